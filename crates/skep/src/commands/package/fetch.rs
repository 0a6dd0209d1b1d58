//! `skep package fetch`: the version comes from the signed registry, and so does the checksum of the tarball.

use std::io::IsTerminal as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::Serialize;

use super::{place, unpack};
use crate::args::FetchArgs;
use crate::commands::context::{Context, block_on};
use crate::commands::source::{Source, choose, warn_if_retired};
use crate::output::{self, Report, Text};

pub(crate) fn run(context: &Context, args: FetchArgs) -> Result<()> {
    let to_stdout = args.output.as_deref() == Some(Path::new("-"));
    if to_stdout {
        output::refuse_json("the tarball is written to standard output");
    }
    if to_stdout && args.unpack {
        bail!("a package can't be unpacked to standard output");
    }
    if to_stdout && std::io::stdout().is_terminal() {
        bail!("a tarball is nothing for a terminal: redirect the output, or say --output FILE");
    }
    let package = args.place.of(&args.package)?;
    let fetched = block_on(async {
        let source = Source::open(context, &package.place, args.fingerprint.as_ref()).await?;
        let found = source.package(&package.package).await?;
        let release = choose(&found, args.version.as_ref())?;
        warn_if_retired(&package.package, release);
        if to_stdout {
            output::write_bytes(&source.tarball(&package.package, release).await?)?;
            return Ok(None);
        }
        let default = format!("{}-{}", package.package, release.version);
        let path = if args.unpack {
            let folder = args.output.unwrap_or_else(|| default.into());
            unpack::unpack(&source.tarball(&package.package, release).await?, &folder)?;
            folder
        } else {
            let file_name = format!("{default}.tar");
            let file = match args.output {
                Some(path) if path.is_dir() => path.join(file_name),
                Some(path) => path,
                None => file_name.into(),
            };
            if place::is_special(&file) {
                let tarball = source.tarball(&package.package, release).await?;
                place::file(&file, &tarball).with_context(|| format!("cannot write {}", file.display()))?;
            } else {
                source.download(&package.package, release, &file).await?;
            }
            file
        };
        Ok(Some((release.version.clone(), path)))
    })?;
    let Some((version, path)) = fetched else { return Ok(()) };
    output::report(&Fetched {
        package: package.package.to_string(),
        repository: context.called(&package.place),
        version,
        path: path.display().to_string(),
        unpacked: args.unpack,
    })
}

#[derive(Serialize)]
struct Fetched {
    package: String,
    repository: String,
    version: String,
    path: String,
    unpacked: bool,
}

impl Report for Fetched {
    fn text(&self) -> Text {
        let how = if self.unpacked { "unpacked" } else { "downloaded" };
        Text::from(format!("{} {} {how} to {}", self.package, self.version, self.path))
    }
}
