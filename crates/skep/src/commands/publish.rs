//! `skep publish`: what can be known to be wrong is told before the upload.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use hex_format::checksum::Sha256;
use hex_format::metadata::{Field, Metadata};
use hex_format::name::PackageName;
use hex_format::tarball::{self, Limits, MAX_TARBALL};
use hex_format::version::Version;
use skep_client::network::Progress;

use super::context::{Context, block_on};
use crate::args::PublishArgs;
use crate::output::{self, prompt};

/// What a tarball says about itself.
struct Checked {
    package: PackageName,
    version: Version,
    outer: Sha256,
}

pub(crate) fn run(context: &Context, args: PublishArgs) -> Result<()> {
    let bytes = read(&args.file)?;
    let checked = check(&bytes).with_context(|| format!("{} can't be published", args.file.display()))?;
    let api = context.api()?;
    let Checked { package, version, outer } = checked;
    let place = match &args.organization {
        Some(organization) => format!("the private repository of {organization}"),
        None => "the public repository".to_owned(),
    };
    let question = format!("Publish {package} {version} to {place} at {}?", api.base());
    if !prompt::confirm(&question, true, true)? {
        bail!("nothing was published");
    }
    let bar = output::progress::bytes("Uploading", bytes.len() as u64);
    let progress = Progress::new({
        let bar = bar.clone();
        move |done, _| bar.set_position(done)
    });
    let published = block_on(async {
        let organization = args.organization.as_ref();
        Ok(api.publish(organization, &package, bytes.into(), args.replace, &progress).await?)
    })?;
    bar.finish_and_clear();
    if published.replaced {
        output::note(&format!("Replaced {package} {version}"));
    }
    let url = published.release.html_url.or(published.release.url).unwrap_or_else(|| api.base().to_string());
    output::print(&format!("Package published to {url} ({outer})"))?;
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte more than allowed, so that the check of the tarball sees that there is more.
    File::open(path)
        .and_then(|file| file.take(MAX_TARBALL as u64 + 1).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(bytes)
}

fn check(bytes: &[u8]) -> Result<Checked> {
    let limits = Limits::default();
    let tarball = tarball::read(bytes, &limits)?;
    tarball::contents::check(tarball.contents, &limits)?;
    let metadata = Metadata::parse(tarball.metadata).context("metadata.config")?;
    let package =
        PackageName::parse(&field(metadata.name, "name")?).map_err(|error| anyhow!("its name {error}"))?;
    let version = field(metadata.version, "version")?;
    let version: Version = version.parse().with_context(|| format!("its version {version:?}"))?;
    Ok(Checked { package, version, outer: tarball.outer })
}

fn field(field: Field<String>, name: &str) -> Result<String> {
    field.into_value().with_context(|| format!("metadata.config has no {name}"))
}
