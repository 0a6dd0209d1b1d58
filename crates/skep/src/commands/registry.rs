//! `skep registry …`: files in, files out. Nothing here touches the network or the settings of this machine.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use hex_registry::{PublicKey, SigningKey, Timestamp};
use hex_static::{Broken, Build, Built, StaticError, Verb, Verified};
use serde::Serialize;

use super::context::variable;
use crate::args::{RegistryAddArgs, RegistryBuildArgs, RegistryCommand, RegistryVerifyArgs};
use crate::output::text::Style;
use crate::output::{self, Report, Text, count, progress};

/// Most bytes of a key in a file.
const MAX_KEY_BYTES: u64 = 64 << 10;

pub(crate) fn run(command: RegistryCommand) -> Result<()> {
    match command {
        RegistryCommand::Build(args) => build(&args, None),
        RegistryCommand::Add(RegistryAddArgs { build: args, tarballs }) => build(&args, Some(&tarballs)),
        RegistryCommand::Verify(args) => verify(&args),
    }
}

fn build(args: &RegistryBuildArgs, add: Option<&[PathBuf]>) -> Result<()> {
    let key = private_key(&args.private_key, &args.folder)?;
    let now = || Timestamp::from_unix_micros(jiff::Timestamp::now().as_microsecond());
    let job = Build {
        root: &args.folder,
        name: &args.name,
        key: &key,
        published_at: source_date()?.or_else(|| add.map(|_| now())),
        skip_broken: args.skip_broken,
    };
    let bar = progress::spinner("Reading the tarballs");
    let built = match add {
        Some(tarballs) => hex_static::add(&job, tarballs),
        None => hex_static::build(&job),
    };
    bar.finish_and_clear();
    let built = built.map_err(|error| explained(error, args))?;
    built.skipped.iter().for_each(|broken| output::warn(&format!("left out: {broken}")));
    output::report(&Told { folder: args.folder.display().to_string(), built: &built })?;
    let what = if built.changes.is_empty() { "Nothing has changed in" } else { "Built" };
    output::note(format!("{what} {}: {}", args.name, counts(built.packages, built.releases)));
    Ok(())
}

fn counts(packages: usize, releases: usize) -> String {
    format!("{}, {}", count(packages, "package"), count(releases, "release"))
}

/// Several tarballs are told one by one before the failure itself, which is one line.
fn explained(error: StaticError, args: &RegistryBuildArgs) -> anyhow::Error {
    let StaticError::Broken(broken) = &error else { return error.into() };
    if let several @ [_, _, ..] = broken.as_slice() {
        several.iter().for_each(|broken: &Broken| output::warn(&broken.to_string()));
    }
    let can_skip = broken.iter().all(|broken| args.folder.join(&broken.file).exists());
    match (can_skip, broken.len()) {
        (false, _) => error.into(),
        (true, 1) => anyhow!("{error} (--skip-broken builds without it)"),
        (true, _) => anyhow!("{error} (--skip-broken builds without them)"),
    }
}

/// What signs the registry; not from the folder, where the world would see it.
fn private_key(file: &Path, served: &Path) -> Result<SigningKey> {
    let text = if file == Path::new("-") {
        read(std::io::stdin().lock()).context("cannot read the private key from standard input")?
    } else {
        let inside = |file: PathBuf| served.canonicalize().is_ok_and(|served| file.starts_with(served));
        if file.canonicalize().is_ok_and(inside) {
            bail!("{} lies in the folder that is served: keep the private key elsewhere", file.display());
        }
        File::open(file).and_then(read).with_context(|| format!("cannot read {}", file.display()))?
    };
    SigningKey::from_pem(&text).with_context(|| file.display().to_string())
}

fn read(source: impl Read) -> std::io::Result<String> {
    let mut text = String::new();
    source.take(MAX_KEY_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

/// The moment that reproducible builds are given: <https://reproducible-builds.org/specs/source-date-epoch/>.
fn source_date() -> Result<Option<Timestamp>> {
    let Some(text) = variable("SOURCE_DATE_EPOCH") else { return Ok(None) };
    let seconds: Option<i64> = text.trim().parse().ok();
    let micros = seconds.and_then(|seconds| seconds.checked_mul(1_000_000));
    let micros = micros.with_context(|| format!("SOURCE_DATE_EPOCH: {text:?} is no number of seconds"))?;
    Ok(Some(Timestamp::from_unix_micros(micros)))
}

/// What building did, with the folder in which.
#[derive(Serialize)]
struct Told<'a> {
    folder: String,
    #[serde(flatten)]
    built: &'a Built,
}

impl Report for Told<'_> {
    fn text(&self) -> Text {
        self.built.changes.iter().fold(Text::default(), |text, change| {
            let verb = match change.action {
                Verb::Creating => "creating",
                Verb::Updating => "updating",
                Verb::Removing => "removing",
            };
            // In the words of mix.
            text.line(format!("* {verb} {}", Path::new(&self.folder).join(&change.file).display()))
        })
    }
}

fn verify(args: &RegistryVerifyArgs) -> Result<()> {
    let key = args.public_key.as_deref().map(public_key).transpose()?;
    let found = hex_static::verify(&args.folder, args.name.as_ref(), key.as_ref())?;
    let wrong = found.findings.len();
    output::report(&Found(found))?;
    match wrong {
        0 => Ok(()),
        1 => bail!("there is 1 problem in {}", args.folder.display()),
        many => bail!("there are {many} problems in {}", args.folder.display()),
    }
}

fn public_key(file: &Path) -> Result<PublicKey> {
    let text = File::open(file).and_then(read).with_context(|| format!("cannot read {}", file.display()))?;
    PublicKey::from_pem(&text).with_context(|| file.display().to_string())
}

#[derive(Serialize)]
struct Found(Verified);

impl Report for Found {
    fn text(&self) -> Text {
        let Verified { name, fingerprint, packages, releases, findings } = &self.0;
        if findings.is_empty() {
            let what = format!("{}, signed with {fingerprint}", counts(*packages, *releases));
            return Text::from(format!("Registry {name} is in order: {what}"));
        }
        findings.iter().fold(Text::default(), |text, found| {
            text.line(Text::styled(Style::Bad, &found.file).plain(": ").plain(&found.problem))
        })
    }
}
