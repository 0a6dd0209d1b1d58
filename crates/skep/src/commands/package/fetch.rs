//! `skep package fetch`: the version comes from the signed registry, and so does the checksum of the tarball.

use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use hex_format::checksum::Sha256;
use hex_format::tarball::{self, Limits};
use hex_format::version::Version;
use hex_registry::package::{Package, Release};

use super::{place, unpack};
use crate::args::FetchArgs;
use crate::commands::context::{Context, block_on};
use crate::output;

pub(crate) fn run(context: &Context, args: FetchArgs) -> Result<()> {
    let to_stdout = args.output.as_deref() == Some(Path::new("-"));
    if to_stdout && args.unpack {
        bail!("a package can't be unpacked to standard output");
    }
    let (version, bytes) = block_on(download(context, &args))?;
    let package = &args.package;
    let what = format!("{package} {version}");
    if to_stdout {
        return Ok(output::write_bytes(&bytes)?);
    }
    let default = format!("{package}-{version}");
    let written = if args.unpack {
        let folder = args.output.unwrap_or_else(|| default.into());
        unpack::unpack(&bytes, &folder)?;
        format!("{what} unpacked to {}", folder.display())
    } else {
        let file_name = format!("{default}.tar");
        let file = match args.output {
            Some(path) if path.is_dir() => path.join(file_name),
            Some(path) => path,
            None => file_name.into(),
        };
        place::file(&file, &bytes).with_context(|| format!("cannot write {}", file.display()))?;
        format!("{what} downloaded to {}", file.display())
    };
    output::print(&written)?;
    Ok(())
}

async fn download(context: &Context, args: &FetchArgs) -> Result<(String, Vec<u8>)> {
    let repository =
        context.pinned_repository(None, args.organization.as_ref(), args.fingerprint.as_ref()).await?;
    let package = repository.package(&args.package).await?;
    let release = choose(&package, args.version.as_ref())?;
    if let Some(retirement) = &release.retirement {
        let message = retirement.message.as_deref().unwrap_or_default();
        let reason = format!("{:?}", retirement.reason).to_lowercase();
        output::note(&format!("{} {} is retired ({reason}) {message}", package.name, release.version));
    }
    let outer = Sha256::from_bytes(release.outer_checksum);
    let bytes = repository.tarball(&args.package, &release.version, outer).await?;
    let read = tarball::read(&bytes, &Limits::default()).context("the tarball is damaged")?;
    if read.inner.as_bytes() != &release.inner_checksum {
        bail!("the inner checksum of the tarball is not the one in the registry");
    }
    Ok((release.version.clone(), bytes))
}

/// The version asked for, else the newest stable one, else the newest.
fn choose<'a>(package: &'a Package, version: Option<&Version>) -> Result<&'a Release> {
    // Versions that can't be read are older than the rules for them and can't be the newest.
    let releases = || {
        package
            .releases
            .iter()
            .filter_map(|release| Some((release.version.parse::<Version>().ok()?, release)))
    };
    let found = match version {
        Some(wanted) => releases().find(|(version, _)| version == wanted),
        None => releases().max_by(|(a, _), (b, _)| (!a.is_prerelease(), a).cmp(&(!b.is_prerelease(), b))),
    };
    found.map(|(_, release)| release).ok_or_else(|| match version {
        Some(version) => anyhow!("package {} has no version {version}", package.name),
        None => anyhow!("package {} has no releases", package.name),
    })
}
