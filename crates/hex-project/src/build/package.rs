//! A package that is ready to be packed.

use hex_format::metadata::{self, Draft};
use hex_format::tarball::{self, Built, Limits, SourceFile, TarballError};

use super::BuildError;
use super::files::Files;

/// A package: its metadata, which may still be changed, and its files, which may not.
#[derive(Debug)]
pub struct Package {
    /// What `metadata.config` will say. Dependencies are taken to be in the repository `hexpm`, unless `[tools.skep.packages]`
    /// in `gleam.toml` has another one, for nothing else in Gleam or rebar3 says where they are: whoever knows better
    /// changes it.
    pub metadata: Draft,
    /// What the author should know although the package can be built.
    pub warnings: Vec<String>,
    files: Vec<SourceFile<'static>>,
    largest: Vec<(String, u64)>,
}

impl Package {
    /// Reads the files, and notes their paths in the metadata.
    pub(super) fn read(mut metadata: Draft, files: Files) -> Result<Self, BuildError> {
        metadata.files = files.paths();
        let largest = files.largest();
        Ok(Self { metadata, warnings: Vec::new(), files: files.read()?, largest })
    }

    /// The files, sorted by their paths.
    pub fn files(&self) -> &[SourceFile<'static>] {
        &self.files
    }

    /// The tarball.
    ///
    /// # Errors
    /// When it is too large, or files can't stand beside each other.
    pub fn build(&self) -> Result<Built, BuildError> {
        let limits = Limits::default();
        let text = metadata::write(&self.metadata);
        tarball::build(text.as_bytes(), &self.files, &limits).map_err(|error| match error {
            TarballError::TooBig { size, limit } => BuildError::TooBig {
                what: "tarball",
                size: size as u64,
                limit: limit as u64,
                largest: self.largest.clone(),
            },
            other => BuildError::Tarball(other),
        })
    }
}
