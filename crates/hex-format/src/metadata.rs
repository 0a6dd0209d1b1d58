//! `metadata.config`, the description of a package inside its tarball.
//!
//! Many clients have written it in many shapes. Reading settles the shape and the types and nothing else: whether a name is
//! allowed, a licence known or a requirement satisfiable is decided by those who publish. A field keeps whether
//! it was missing or of the wrong type, because the Hex HTTP contract answers differently.

mod field;
mod read;
#[cfg(test)]
mod tests;
mod value;
mod write;

use std::collections::BTreeMap;

use crate::erlang::ParseError;
pub use field::{Field, FieldError};
pub use value::Value;
pub use write::{Draft, DraftDependency, write};

/// What `metadata.config` says. Keys that are not listed here are ignored; of a key given twice the last one counts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Metadata {
    /// The package.
    pub name: Field<String>,
    /// The version, not checked.
    pub version: Field<String>,
    /// The OTP application.
    pub app: Field<String>,
    /// One paragraph about the package.
    pub description: Field<String>,
    /// Licences, not checked.
    pub licenses: Field<Vec<String>>,
    /// Links by title, not checked.
    pub links: Field<BTreeMap<String, String>>,
    /// People; in old packages only.
    pub maintainers: Field<Vec<String>>,
    /// Anything else that the author wanted to say.
    pub extra: Field<BTreeMap<String, Value>>,
    /// The requirement on Elixir, not checked.
    pub elixir: Field<String>,
    /// Build tools without repetition. When the key is absent or no list they are guessed from the files, then sorted
    /// and possibly none.
    pub build_tools: Field<Vec<String>>,
    /// Paths inside the package.
    pub files: Field<Vec<String>>,
    /// Dependencies, sorted by name. The error for every wrong shape is that of the contract, `expected type list(map)`.
    pub requirements: Field<Vec<Dependency>>,
}

/// One requirement of a package on another.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dependency {
    /// The package required.
    pub name: String,
    /// Its OTP application. When absent the reader may take the name; publishing demands it.
    pub app: Field<String>,
    /// The version requirement, not checked.
    pub requirement: Field<String>,
    /// Whether the dependency is optional; absent means it is not.
    pub optional: Field<bool>,
    /// The repository of the package; absent means `hexpm`, also in packages of an organization.
    pub repository: Field<String>,
}

/// Why `metadata.config` could not be read at all. The texts are those of the Hex HTTP contract, where they follow
/// `error reading package metadata: `.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// No terms, or something that is no term.
    #[error("invalid terms")]
    InvalidTerms(#[source] Option<ParseError>),
    /// A term that is no pair.
    #[error("not in key-value format")]
    NotKeyValue,
}

impl Metadata {
    /// Reads the bytes of a `metadata.config`, which may be up to 1 MiB ([`crate::erlang::Limits::METADATA`]).
    pub fn parse(bytes: &[u8]) -> Result<Metadata, MetadataError> {
        read::metadata(bytes)
    }
}
