//! What a release requires.
//!
//! Values here are complete: where the wire leaves a field out for its default, reading fills the
//! default in, and writing leaves it out again.

use crate::{DecodeError, limits, wire};

/// A requirement of a release on another package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The repository that holds the package, as it is called on the wire: the containing repository
    /// itself, or `hexpm` for a public dependency of a private package.
    pub repository: String,
    /// The package.
    pub package: String,
    /// The version requirement; `>= 0.0.0` where none was given.
    pub requirement: String,
    /// Whether the package is only required when something else requires it too.
    pub optional: bool,
    /// The OTP application it provides; mostly the package's own name.
    pub app: String,
}

impl Dependency {
    pub(super) fn to_wire(&self, containing_repository: &str) -> wire::Dependency {
        wire::Dependency {
            package: self.package.clone(),
            requirement: self.requirement.clone(),
            optional: self.optional.then_some(true),
            app: (self.app != self.package).then(|| self.app.clone()),
            repository: (self.repository != containing_repository).then(|| self.repository.clone()),
        }
    }

    pub(super) fn from_wire(
        wire: wire::Dependency,
        containing_repository: &str,
    ) -> Result<Self, DecodeError> {
        let package = limits::name("Dependency.package", wire.package)?;
        if wire.requirement.is_empty() {
            return Err(DecodeError::Missing { field: "Dependency.requirement" });
        }
        let app = wire.app.unwrap_or_else(|| package.clone());
        let repository = wire.repository.unwrap_or_else(|| containing_repository.to_owned());
        Ok(Self {
            repository: limits::name("Dependency.repository", repository)?,
            package,
            requirement: wire.requirement,
            optional: wire.optional.unwrap_or(false),
            app: limits::name("Dependency.app", app)?,
        })
    }
}
