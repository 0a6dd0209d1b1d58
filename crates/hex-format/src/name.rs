//! Names of packages, organizations and repositories, as types.
//!
//! They exist so that no function below the edge takes a `String` with a grammar. A value of these types is
//! well formed; whether it may be *created* (reserved names) is a separate question, because names that are
//! reserved today may exist in a registry that is read. This module must never normalise: `Foo` is not `foo`.

mod reserved;

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

pub use reserved::{is_reserved_organization, is_reserved_package};

/// Fewest characters of a package name.
pub const PACKAGE_MIN_CHARS: usize = 2;

/// Fewest characters of an organization name.
pub const ORGANIZATION_MIN_CHARS: usize = 3;

/// Most characters of any name here. The reference registry has no bound; the longest public package name has
/// well under 64 characters, and 128 keeps every file name made of a package and a version below the 255
/// bytes that file systems allow.
pub const NAME_MAX_CHARS: usize = 128;

/// Why a name was refused. The texts are the validation messages of the Hex HTTP contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NameError {
    /// Empty, or nothing but white space.
    #[error("can't be blank")]
    Blank,
    /// Fewer characters than `min`.
    #[error("should be at least {min} character(s)")]
    TooShort {
        /// The fewest characters allowed.
        min: usize,
    },
    /// More characters than `max`.
    #[error("should be at most {max} character(s)")]
    TooLong {
        /// The most characters allowed.
        max: usize,
    },
    /// A character that the grammar doesn't have.
    #[error("has invalid format")]
    Format,
    /// Well formed, but nobody may create it.
    #[error("is reserved")]
    Reserved,
}

/// Checks length, then format. Of several failures the last one checked is the answer, as in the reference.
fn check(name: &str, min: usize, well_formed: impl Fn(&[u8]) -> bool) -> Result<(), NameError> {
    if name.trim().is_empty() {
        return Err(NameError::Blank);
    }
    if !well_formed(name.as_bytes()) {
        return Err(NameError::Format);
    }
    // Well formed means ASCII, so that bytes are characters.
    match name.len() {
        len if len < min => Err(NameError::TooShort { min }),
        len if len > NAME_MAX_CHARS => Err(NameError::TooLong { max: NAME_MAX_CHARS }),
        _ => Ok(()),
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'
}

macro_rules! name_type {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(String);

        impl $type {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The name as text, owned.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = NameError;

            fn from_str(name: &str) -> Result<Self, NameError> {
                Self::parse(name)
            }
        }
    };
}

name_type! {
    /// The name of a package: at least two characters, `[a-z][a-z0-9_]*`.
    PackageName
}

name_type! {
    /// The name of an organization: at least three characters, `[a-z0-9_]+`.
    OrganizationName
}

name_type! {
    /// The name of a repository on the wire: `hexpm` for the instance's root repository, otherwise the name
    /// of the organization that owns it.
    RepositoryName
}

impl PackageName {
    /// Reads a package name.
    ///
    /// # Errors
    /// The validation message that the registry answers.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        let well_formed = |bytes: &[u8]| bytes[0].is_ascii_lowercase() && bytes.iter().copied().all(is_word);
        check(name, PACKAGE_MIN_CHARS, well_formed)?;
        Ok(Self(name.to_owned()))
    }

    /// Reads the name of a package that is about to be created.
    ///
    /// # Errors
    /// As [`PackageName::parse`], and [`NameError::Reserved`].
    pub fn parse_new(name: &str) -> Result<Self, NameError> {
        // A reserved name is checked first because the last failing check is the one that is answered.
        if is_reserved_package(name) { Err(NameError::Reserved) } else { Self::parse(name) }
    }
}

impl OrganizationName {
    /// Reads an organization name.
    ///
    /// # Errors
    /// The validation message that the registry answers.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        check(name, ORGANIZATION_MIN_CHARS, |bytes| bytes.iter().copied().all(is_word))?;
        Ok(Self(name.to_owned()))
    }

    /// Reads the name of an organization that is about to be created.
    ///
    /// # Errors
    /// As [`OrganizationName::parse`], and [`NameError::Reserved`].
    pub fn parse_new(name: &str) -> Result<Self, NameError> {
        if is_reserved_organization(name) { Err(NameError::Reserved) } else { Self::parse(name) }
    }

    /// The repository that this organization owns.
    pub fn repository(&self) -> RepositoryName {
        RepositoryName(self.0.clone())
    }
}

impl RepositoryName {
    /// The wire name of the root repository, which unmodified clients expect.
    pub const HEXPM: &'static str = "hexpm";

    /// The root repository.
    pub fn hexpm() -> Self {
        Self(Self::HEXPM.to_owned())
    }

    /// Reads a repository name: an organization's, or `hexpm`.
    ///
    /// # Errors
    /// As [`OrganizationName::parse`].
    pub fn parse(name: &str) -> Result<Self, NameError> {
        OrganizationName::parse(name).map(|organization| Self(organization.0))
    }

    /// Whether this is the root repository.
    pub fn is_hexpm(&self) -> bool {
        self.0 == Self::HEXPM
    }

    /// The organization that owns this repository; none for the root repository.
    pub fn organization(&self) -> Option<OrganizationName> {
        (!self.is_hexpm()).then(|| OrganizationName(self.0.clone()))
    }
}

impl From<OrganizationName> for RepositoryName {
    fn from(organization: OrganizationName) -> Self {
        Self(organization.0)
    }
}

#[cfg(test)]
mod tests;
