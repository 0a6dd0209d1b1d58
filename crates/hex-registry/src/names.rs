//! `names`: every package of a repository and when it last changed.
//!
//! Large (one entry per package), so it is written entry by entry. Only packages with at least one
//! release belong in it; that choice is the caller's.

use prost::Message;

use crate::limits::{self, MAX_NAMES_BYTES, MAX_NAMES_FIELDS, Shape};
use crate::{DecodeError, OriginError, PublicKey, ReadError, SigningKey, Timestamp, signed, wire};

const SHAPE: Shape = Shape { max_bytes: MAX_NAMES_BYTES, max_fields: MAX_NAMES_FIELDS, nested: &[1] };

/// The packages of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The repository's name on the wire (`hexpm`, or the organization's).
    pub repository: String,
    /// In any order; written sorted by the bytes of the name.
    pub packages: Vec<NamesEntry>,
}

/// One package in `names`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamesEntry {
    /// The package's name.
    pub name: String,
    /// When the package last changed. Servers always write it; registries built offline may lack it.
    pub updated_at: Option<Timestamp>,
}

impl Names {
    /// The payload: packages sorted by name, then the repository.
    pub fn encode(&self) -> Vec<u8> {
        let mut payload = Vec::new();
        for entry in signed::sorted_by_name(&self.packages, |entry| &entry.name) {
            let package = wire::NamesPackage {
                name: entry.name.clone(),
                updated_at: entry.updated_at.map(wire::Timestamp::from),
            };
            signed::append_entry(&mut payload, &package);
        }
        wire::Names { packages: Vec::new(), repository: self.repository.clone() }
            .encode(&mut payload)
            .expect("invariant: a Vec grows as needed");
        payload
    }

    /// Reads a payload.
    ///
    /// # Errors
    /// When it exceeds a limit, is not protobuf, or lacks a name.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        SHAPE.check(payload)?;
        let wire = wire::Names::decode(payload)?;
        let packages = wire.packages.into_iter().map(NamesEntry::from_wire).collect::<Result<_, _>>()?;
        Ok(Self { repository: limits::name("Names.repository", wire.repository)?, packages })
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
        let names = Self::decode(&signed::open(file, key, MAX_NAMES_BYTES)?)?;
        names.verify_origin(repository)?;
        Ok(names)
    }

    /// Checks that the payload speaks for the repository that was asked for.
    ///
    /// # Errors
    /// When it names another.
    pub fn verify_origin(&self, repository: &str) -> Result<(), OriginError> {
        OriginError::check("repository", repository, &self.repository)
    }
}

impl NamesEntry {
    fn from_wire(wire: wire::NamesPackage) -> Result<Self, DecodeError> {
        Ok(Self {
            name: limits::name("Names.Package.name", wire.name)?,
            updated_at: wire.updated_at.map(Timestamp::try_from).transpose()?,
        })
    }
}
