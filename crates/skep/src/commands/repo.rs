//! `skep repo …`: what can fail is done first, and stored last.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use hex_registry::{Fingerprint, PublicKey};
use serde::Serialize;
use serde_json::json;
use skep_client::config::repositories::{Change, Entry};
use skep_client::repository::{Access, Repository};
use skep_client::secret::Secret;
use skep_client::server::{ApiUrl, RepositoryUrl};

use super::context::{Context, block_on};
use crate::args::{
    RepoAddArgs, RepoCommand, RepoPartArgs, RepoSetArgs, RepoShowArgs, RepoWithArgs, SecretArg,
};
use crate::output::options::options;
use crate::output::table::table;
use crate::output::{self, Report, Text, prompt};

/// Most bytes of a file with a public key.
const MAX_KEY_FILE: u64 = 64 << 10;

pub(crate) fn run(context: &Context, command: RepoCommand) -> Result<()> {
    match command {
        RepoCommand::Add(args) => add(context, args),
        RepoCommand::Set(args) => set(context, args),
        RepoCommand::Remove { name } => remove(context, &name),
        RepoCommand::Show(args) => show(context, &args),
        RepoCommand::List => list(context),
    }
}

/// A repository, without secrets.
#[derive(Serialize)]
struct Row {
    name: String,
    url: String,
    organization: Option<String>,
    /// Of the key that it signs with.
    fingerprint: Option<String>,
    has_auth_key: bool,
    oauth_exchange: bool,
    oauth_exchange_url: Option<String>,
}

impl Row {
    fn of(entry: &Entry) -> Self {
        Self {
            name: entry.name.clone(),
            url: entry.base.to_string(),
            organization: entry.organization.as_ref().map(ToString::to_string),
            fingerprint: entry.public_key.as_ref().map(|key| key.fingerprint().to_string()),
            has_auth_key: entry.auth_key.is_some(),
            oauth_exchange: entry.exchange.is_some(),
            oauth_exchange_url: entry.exchange.as_ref().map(ToString::to_string),
        }
    }

    fn cells(&self) -> [String; 4] {
        let auth_key = match (self.has_auth_key, self.oauth_exchange) {
            (false, _) => "",
            (true, false) => "stored",
            (true, true) => "stored, exchanged for tokens",
        };
        [
            self.name.clone(),
            self.url.clone(),
            self.fingerprint.clone().unwrap_or_default(),
            auth_key.to_owned(),
        ]
    }
}

const HEADING: [&str; 4] = ["Name", "URL", "Public key", "Auth key"];

/// All repositories.
#[derive(Serialize)]
#[serde(transparent)]
struct Rows(Vec<Row>);

impl Report for Rows {
    fn text(&self) -> Text {
        table(HEADING, self.0.iter().map(Row::cells))
    }
}

/// One repository.
#[derive(Serialize)]
#[serde(transparent)]
struct One(Row);

impl Report for One {
    fn text(&self) -> Text {
        table(HEADING, [self.0.cells()])
    }
}

/// What was done. `mix` prints nothing, so for people it is a note.
#[derive(Serialize)]
struct Done<'a> {
    repository: &'a str,
    action: &'static str,
    fingerprint: Option<String>,
}

impl Report for Done<'_> {
    fn text(&self) -> Text {
        Text::default()
    }
}

fn add(context: &Context, args: RepoAddArgs) -> Result<()> {
    let name = &args.name;
    let url = RepositoryUrl::parse(&args.url)?;
    let auth_key = args.with.auth_key.as_ref().map(SecretArg::read).transpose()?;
    let mut change = change(&args.with)?;
    change.url = Some(url.clone());
    change.auth_key = auth_key.clone().map(Some);
    if let Some(pinned) = &args.with.fetch_public_key {
        change.public_key = Some(fetch_key(context, name, &url, auth_key, &change, pinned)?);
    }
    insist_on_another(context, name, &url)?;
    let replaced = context.machine.add_repository(name, &change)?;
    let what = if replaced { "replaced" } else { "added" };
    output::note(format!("Repository {name} {what}: {url}"));
    if change.public_key.is_none() && !name.contains(':') && name != "hexpm" {
        output::warn(&format!(
            "mix can't use repository {name} before it has a public key: `skep repo set {name} --fetch-public-key SHA256:…`"
        ));
    }
    done(name, what, &change)
}

/// What is stored about a repository at another address would be gone: mix replaces it unasked, also for a slip.
fn insist_on_another(context: &Context, name: &str, url: &RepositoryUrl) -> Result<()> {
    let repositories = context.repositories()?;
    // That hexpm is there says nothing: it always is.
    let is_stored = context.settings()?.config().repo(name).is_some();
    match repositories.resolve_stored(name) {
        Ok(old) if is_stored && old.base != *url => {
            prompt::insist(&format!("Replace repository {name} at {}, and its keys?", old.base))
        }
        _ => Ok(()),
    }
}

fn set(context: &Context, args: RepoSetArgs) -> Result<()> {
    let name = &args.name;
    let entry = context.repositories()?.resolve_stored(name);
    let mut change = change(&args.with)?;
    change.url = args.url.as_deref().map(RepositoryUrl::parse).transpose()?;
    let given = args.with.auth_key.as_ref().map(SecretArg::read).transpose()?;
    change.auth_key = if args.no_auth_key { Some(None) } else { given.clone().map(Some) };
    let old = match &entry {
        Ok(entry) => entry.base.clone(),
        // An entry that is broken is there to be mended; one that is not there is told below.
        Err(error) => match &change.url {
            Some(url) => url.clone(),
            None => bail!("{error}"),
        },
    };
    if let Some(pinned) = &args.with.fetch_public_key {
        let url = change.url.clone().unwrap_or_else(|| old.clone());
        let stored = entry.as_ref().ok().filter(|entry| entry.base.same_server(&url));
        let auth_key = given.or_else(|| stored?.auth_key.clone()).filter(|_| !args.no_auth_key);
        change.public_key = Some(fetch_key(context, name, &url, auth_key, &change, pinned)?);
    }
    context.machine.set_repository(name, &old, &change)?;
    if change.url.as_ref().is_some_and(|url| !url.same_server(&old)) {
        warn_about_children(context, name)?;
    }
    output::note(format!("Repository {name} changed"));
    done(name, "changed", &change)
}

/// The organizations below a repository move with it, and their keys.
fn warn_about_children(context: &Context, name: &str) -> Result<()> {
    let children = format!("{name}:");
    let names: Vec<_> =
        context.repositories()?.names().into_iter().filter(|name| name.starts_with(&children)).collect();
    if !names.is_empty() {
        output::warn(&format!("{} moved with it: their keys will go to the new server", names.join(", ")));
    }
    Ok(())
}

fn remove(context: &Context, name: &str) -> Result<()> {
    let found = context.machine.remove_repository(name)?;
    output::note(&match found {
        true => format!("Repository {name} removed"),
        false => "Repository hexpm is as it was made: there was nothing to remove".to_owned(),
    });
    done(name, "removed", &Change::default())
}

fn show(context: &Context, args: &RepoShowArgs) -> Result<()> {
    let entry = context.repositories()?.resolve(&args.name)?;
    match part(&entry, &args.only) {
        None => output::report(&One(Row::of(&entry))),
        Some((name, value)) if options().json => output::json(&json!({ name: value })),
        Some((_, Some(value))) => Ok(output::print(value.trim_end())?),
        Some((_, None)) => Ok(()),
    }
}

/// The one thing that was asked for, if one was, and its value, if it has one.
fn part(entry: &Entry, only: &RepoPartArgs) -> Option<(&'static str, Option<String>)> {
    let exchange = entry.exchange.as_ref();
    [
        (only.url, "url", Some(entry.base.to_string())),
        (only.public_key, "public_key", entry.public_key.as_ref().map(PublicKey::to_pem)),
        (only.auth_key, "auth_key", entry.auth_key.as_ref().map(|key| key.expose().to_owned())),
        (only.oauth_exchange, "oauth_exchange", Some(exchange.is_some().to_string())),
        (only.oauth_exchange_url, "oauth_exchange_url", exchange.map(ToString::to_string)),
    ]
    .into_iter()
    .find_map(|(asked, name, value)| asked.then_some((name, value)))
}

/// An entry that can't be used is listed, too: it is what one looks for.
fn list(context: &Context) -> Result<()> {
    let repositories = context.repositories()?;
    let mut rows = Vec::new();
    for name in repositories.names() {
        match repositories.resolve(&name) {
            Ok(entry) => rows.push(Row::of(&entry)),
            Err(error) => output::warn(&error.to_string()),
        }
    }
    output::report(&Rows(rows))
}

fn done(repository: &str, action: &'static str, change: &Change) -> Result<()> {
    let fingerprint = change.public_key.as_ref().map(|key| key.fingerprint().to_string());
    output::report(&Done { repository, action, fingerprint })
}

/// What the options say, but for addresses and keys.
fn change(with: &RepoWithArgs) -> Result<Change> {
    Ok(Change {
        public_key: with.public_key.as_deref().map(read_key).transpose()?,
        fetched_by: with.fetch_public_key,
        oauth_exchange: with.oauth_exchange.then_some(true).or(with.no_oauth_exchange.then_some(false)),
        oauth_exchange_url: with.oauth_exchange_url.as_deref().map(ApiUrl::parse).transpose()?,
        ..Change::default()
    })
}

fn read_key(path: &Path) -> Result<PublicKey> {
    let cannot_read = || format!("cannot read {}", path.display());
    if fs::metadata(path).with_context(cannot_read)?.len() > MAX_KEY_FILE {
        bail!("{} is larger than {MAX_KEY_FILE} bytes, which no public key is", path.display());
    }
    let bytes = fs::read(path).with_context(cannot_read)?;
    PublicKey::from_pem(&String::from_utf8_lossy(&bytes))
        .with_context(|| format!("{} is not a public key in PEM form", path.display()))
}

/// The key that the repository says it signs with, if it is the one that was named.
fn fetch_key(
    context: &Context,
    name: &str,
    url: &RepositoryUrl,
    auth_key: Option<Secret>,
    change: &Change,
    pinned: &Fingerprint,
) -> Result<PublicKey> {
    let access = match (auth_key, &change.oauth_exchange_url) {
        (Some(key), Some(api)) if change.oauth_exchange == Some(true) => {
            Access::Exchange(context.exchange(name, api.clone(), key))
        }
        (Some(key), _) => Access::Key(key),
        (None, _) => Access::Anonymous,
    };
    let repository = Repository::new(context.network()?, url.clone(), None).with_access(access);
    let key = block_on(async { Ok(repository.public_key().await?) })?;
    let found = key.fingerprint();
    if found != *pinned {
        bail!("the signing key of {url} has fingerprint {found}, not {pinned}: nothing was stored");
    }
    Ok(key)
}
