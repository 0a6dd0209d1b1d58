//! `skep build`: the tarball of a project, with everything that is wrong with it told at once.

mod mix;
pub(crate) mod source;
pub(crate) mod summary;
pub(crate) mod tool;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::package::{place, unpack};
use crate::args::BuildArgs;
use crate::output::{self, Report, Text};
use source::{Origin, Source};
use summary::Summary;

pub(crate) fn run(args: BuildArgs) -> Result<()> {
    let origin = Origin::of_folder(&args.folder, &args.project)?;
    let source = origin.source(&args.project)?;
    source.complain("Stopping package build due to errors")?;
    let path = write(&source, args.output, args.unpack)?;
    output::report(&Built {
        package: Summary::of(&source),
        checksum: source.outer.to_string(),
        unpacked: args.unpack,
        path: path.display().to_string(),
    })
}

fn write(source: &Source, output: Option<PathBuf>, unpacked: bool) -> Result<PathBuf> {
    let name = format!("{}-{}", source.name, source.version);
    if unpacked {
        let folder = output.unwrap_or_else(|| name.into());
        unpack::unpack(&source.bytes, &folder)?;
        return Ok(folder);
    }
    let file_name = format!("{name}.tar");
    let file = match output {
        Some(path) if path.is_dir() || ends_with_slash(&path) => path.join(file_name),
        Some(path) => path,
        None => file_name.into(),
    };
    place::file(&file, &source.bytes).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

fn ends_with_slash(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(b"/")
}

/// What was built and where it is.
#[derive(Serialize)]
struct Built {
    #[serde(flatten)]
    package: Summary,
    /// The outer checksum.
    checksum: String,
    unpacked: bool,
    path: String,
}

impl Report for Built {
    fn text(&self) -> Text {
        let text = self.package.text();
        let text =
            if self.unpacked { text } else { text.line(format!("Package checksum: {}", self.checksum)) };
        text.line(format!("Saved to {}", self.path))
    }
}
