//! `packages/NAME`: everything a client needs to resolve and to verify one package.
//!
//! The rules of what is left out live here, because clients read presence as meaning: Gleam takes any
//! `optional` field as true, and every client takes an absent `repository` as the parent's own.

use prost::Message;

use crate::limits::{self, MAX_ADVISORY_REFERENCES, MAX_PACKAGE_BYTES, MAX_PACKAGE_FIELDS, Shape};
use crate::{DecodeError, OriginError, PublicKey, ReadError, SigningKey, Timestamp, signed, wire};

mod advisory;
mod dependency;
mod retirement;

pub use advisory::{Advisory, Severity};
pub use dependency::Dependency;
pub use retirement::{Retirement, RetirementReason, UnknownRetirementReason};

const SHAPE: Shape = Shape { max_bytes: MAX_PACKAGE_BYTES, max_fields: MAX_PACKAGE_FIELDS, nested: &[1, 4] };

/// A package with all its releases.
#[derive(Debug, Clone, PartialEq)]
pub struct Package {
    /// The repository's name on the wire (`hexpm`, or the organization's).
    pub repository: String,
    /// The package's name.
    pub name: String,
    /// Ascending by SemVer precedence, pre-releases before their release: the caller, who has parsed
    /// the versions, sorts them.
    pub releases: Vec<Release>,
    /// The advisories that are not withdrawn, in any order; written sorted by id, one per id.
    pub advisories: Vec<Advisory>,
}

/// One release of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The version.
    pub version: String,
    /// SHA-256 of the tarball's inner members; deprecated, but every client still checks it.
    pub inner_checksum: [u8; 32],
    /// SHA-256 of the whole tarball.
    pub outer_checksum: [u8; 32],
    /// In any order; written sorted by repository, then package.
    pub dependencies: Vec<Dependency>,
    /// Set when the release is retired.
    pub retirement: Option<Retirement>,
    /// Ids of the advisories that affect this release. An id that [`Package::advisories`] does not list
    /// is left out when writing: that is what a withdrawn advisory looks like.
    pub advisory_ids: Vec<String>,
    /// When the release was published. Servers always write it; old files lack it, and clients then
    /// count the release as old enough for any cooldown.
    pub published_at: Option<Timestamp>,
}

impl Package {
    /// The payload.
    pub fn encode(&self) -> Vec<u8> {
        self.to_wire().encode_to_vec()
    }

    /// Reads a payload.
    ///
    /// # Errors
    /// When it exceeds a limit, is not protobuf, lacks a name, has a checksum that is not 32 bytes, or
    /// refers to an advisory that isn't there.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        SHAPE.check(payload)?;
        Self::from_wire(wire::Package::decode(payload)?)
    }

    /// The file as served: payload, signature, gzip.
    pub fn to_signed(&self, key: &SigningKey) -> Vec<u8> {
        signed::sign(&self.encode(), key)
    }

    /// Reads a file as served: signature, limits, repository and name are checked.
    ///
    /// # Errors
    /// When any of these checks fails.
    pub fn from_signed(
        file: &[u8],
        key: &PublicKey,
        repository: &str,
        name: &str,
    ) -> Result<Self, ReadError> {
        let package = Self::decode(&signed::open(file, key, MAX_PACKAGE_BYTES)?)?;
        package.verify_origin(repository, name)?;
        Ok(package)
    }

    /// Checks that the payload is the package that was asked for.
    ///
    /// # Errors
    /// When it names another repository or another package.
    pub fn verify_origin(&self, repository: &str, name: &str) -> Result<(), OriginError> {
        OriginError::check("repository", repository, &self.repository)?;
        OriginError::check("package", name, &self.name)
    }

    fn to_wire(&self) -> wire::Package {
        let mut advisories = signed::sorted_by_name(&self.advisories, |advisory| &advisory.id);
        advisories.dedup_by(|later, earlier| later.id == earlier.id);
        let releases = self.releases.iter().map(|release| release.to_wire(&self.repository, &advisories));
        wire::Package {
            releases: releases.collect(),
            name: self.name.clone(),
            repository: self.repository.clone(),
            advisories: advisories.iter().map(|advisory| advisory.to_wire()).collect(),
        }
    }

    fn from_wire(wire: wire::Package) -> Result<Self, DecodeError> {
        let repository = limits::name("Package.repository", wire.repository)?;
        let advisories =
            wire.advisories.into_iter().map(Advisory::from_wire).collect::<Result<Vec<_>, _>>()?;
        let references: usize = wire.releases.iter().map(|release| release.advisory_indexes.len()).sum();
        if references > MAX_ADVISORY_REFERENCES {
            return Err(DecodeError::TooManyAdvisoryReferences { limit: MAX_ADVISORY_REFERENCES });
        }
        let releases = wire.releases.into_iter().map(|it| Release::from_wire(it, &repository, &advisories));
        Ok(Self {
            name: limits::name("Package.name", wire.name)?,
            releases: releases.collect::<Result<_, _>>()?,
            repository,
            advisories,
        })
    }
}

impl Release {
    /// `advisories` are sorted by id, as they are written.
    fn to_wire(&self, repository: &str, advisories: &[&Advisory]) -> wire::Release {
        let mut dependencies: Vec<&Dependency> = self.dependencies.iter().collect();
        dependencies.sort_by_key(|dependency| (&dependency.repository, &dependency.package));
        let position = |id: &String| advisories.binary_search_by(|it| it.id.cmp(id)).ok();
        let mut indexes: Vec<u32> =
            self.advisory_ids.iter().filter_map(position).map(|index| index as u32).collect();
        indexes.sort_unstable();
        indexes.dedup();
        wire::Release {
            version: self.version.clone(),
            inner_checksum: self.inner_checksum.to_vec(),
            dependencies: dependencies.iter().map(|dependency| dependency.to_wire(repository)).collect(),
            retired: self.retirement.as_ref().map(Retirement::to_wire),
            outer_checksum: Some(self.outer_checksum.to_vec()),
            advisory_indexes: indexes,
            published_at: self.published_at.map(wire::Timestamp::from),
        }
    }

    fn from_wire(
        wire: wire::Release,
        repository: &str,
        advisories: &[Advisory],
    ) -> Result<Self, DecodeError> {
        let version = wire.version;
        if version.is_empty() {
            return Err(DecodeError::Missing { field: "Release.version" });
        }
        let id_at = |index: u32| match advisories.get(index as usize) {
            Some(advisory) => Ok(advisory.id.clone()),
            None => {
                Err(DecodeError::AdvisoryIndex { version: version.clone(), index, count: advisories.len() })
            }
        };
        let advisory_ids = wire.advisory_indexes.into_iter().map(id_at).collect::<Result<_, _>>()?;
        let dependencies = wire.dependencies.into_iter().map(|it| Dependency::from_wire(it, repository));
        let outer = wire.outer_checksum.unwrap_or_default();
        Ok(Self {
            inner_checksum: checksum("inner", &version, wire.inner_checksum)?,
            outer_checksum: checksum("outer", &version, outer)?,
            dependencies: dependencies.collect::<Result<_, _>>()?,
            retirement: wire.retired.map(Retirement::from_wire).transpose()?,
            advisory_ids,
            published_at: wire.published_at.map(Timestamp::try_from).transpose()?,
            version,
        })
    }
}

fn checksum(which: &'static str, version: &str, bytes: Vec<u8>) -> Result<[u8; 32], DecodeError> {
    <[u8; 32]>::try_from(bytes).map_err(|bytes| DecodeError::Checksum {
        which,
        version: version.to_owned(),
        found: bytes.len(),
    })
}

#[cfg(test)]
mod tests;
