//! `versions`: every version of every package of a repository, with marks for retired ones and for
//! those with a security advisory.
//!
//! On the wire the marks are lists of indexes; here they are flags of the version they belong to, so
//! that an index out of range cannot be written.

use prost::Message;

use crate::limits::{self, MAX_VERSIONS_BYTES, MAX_VERSIONS_FIELDS, Shape};
use crate::{DecodeError, OriginError, PublicKey, ReadError, SigningKey, signed, wire};

const SHAPE: Shape = Shape { max_bytes: MAX_VERSIONS_BYTES, max_fields: MAX_VERSIONS_FIELDS, nested: &[1] };

/// The packages of a repository with their versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions {
    /// The repository's name on the wire (`hexpm`, or the organization's).
    pub repository: String,
    /// In any order; written sorted by the bytes of the name.
    pub packages: Vec<VersionsEntry>,
}

/// One package in `versions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionsEntry {
    /// The package's name.
    pub name: String,
    /// Ascending by SemVer precedence: the caller, who has parsed them, sorts them.
    pub versions: Vec<ListedVersion>,
}

/// One version of a package in `versions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedVersion {
    /// The version.
    pub version: String,
    /// Whether the release is retired.
    pub retired: bool,
    /// Whether at least one advisory that is not withdrawn affects the release.
    pub has_advisories: bool,
}

impl Versions {
    /// The payload: packages sorted by name, then the repository.
    pub fn encode(&self) -> Vec<u8> {
        let mut payload = Vec::new();
        for entry in signed::sorted_by_name(&self.packages, |entry| &entry.name) {
            signed::append_entry(&mut payload, &entry.to_wire());
        }
        wire::Versions { packages: Vec::new(), repository: self.repository.clone() }
            .encode(&mut payload)
            .expect("invariant: a Vec grows as needed");
        payload
    }

    /// Reads a payload.
    ///
    /// # Errors
    /// When it exceeds a limit, is not protobuf, lacks a name, or marks a version that isn't there.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        SHAPE.check(payload)?;
        let wire = wire::Versions::decode(payload)?;
        let packages = wire.packages.into_iter().map(VersionsEntry::from_wire).collect::<Result<_, _>>()?;
        Ok(Self { repository: limits::name("Versions.repository", wire.repository)?, packages })
    }

    /// The file as served: payload, signature, gzip.
    pub fn to_signed(&self, key: &SigningKey) -> Vec<u8> {
        signed::sign(&self.encode(), key)
    }

    /// Reads a file as served: signature, limits and repository are checked.
    ///
    /// # Errors
    /// When any of these checks fails.
    pub fn from_signed(file: &[u8], key: &PublicKey, repository: &str) -> Result<Self, ReadError> {
        let versions = Self::decode(&signed::open(file, key, MAX_VERSIONS_BYTES)?)?;
        versions.verify_origin(repository)?;
        Ok(versions)
    }

    /// Checks that the payload speaks for the repository that was asked for.
    ///
    /// # Errors
    /// When it names another.
    pub fn verify_origin(&self, repository: &str) -> Result<(), OriginError> {
        OriginError::check("repository", repository, &self.repository)
    }
}

impl VersionsEntry {
    fn to_wire(&self) -> wire::VersionsPackage {
        wire::VersionsPackage {
            name: self.name.clone(),
            versions: self.versions.iter().map(|listed| listed.version.clone()).collect(),
            retired: self.indexes(|listed| listed.retired),
            with_advisories: self.indexes(|listed| listed.has_advisories),
        }
    }

    fn indexes(&self, marked: impl Fn(&ListedVersion) -> bool) -> Vec<i32> {
        (0..).zip(&self.versions).filter(|(_, listed)| marked(listed)).map(|(index, _)| index).collect()
    }

    fn from_wire(wire: wire::VersionsPackage) -> Result<Self, DecodeError> {
        let name = limits::name("Versions.Package.name", wire.name)?;
        let mut versions = Vec::with_capacity(wire.versions.len());
        for version in wire.versions {
            if version.is_empty() {
                return Err(DecodeError::Missing { field: "Versions.Package.versions" });
            }
            versions.push(ListedVersion { version, retired: false, has_advisories: false });
        }
        let mut entry = Self { name, versions };
        for index in wire.retired {
            entry.at(index)?.retired = true;
        }
        for index in wire.with_advisories {
            entry.at(index)?.has_advisories = true;
        }
        Ok(entry)
    }

    fn at(&mut self, index: i32) -> Result<&mut ListedVersion, DecodeError> {
        let count = self.versions.len();
        usize::try_from(index)
            .ok()
            .and_then(|position| self.versions.get_mut(position))
            .ok_or_else(|| DecodeError::VersionIndex { package: self.name.clone(), index, count })
    }
}
