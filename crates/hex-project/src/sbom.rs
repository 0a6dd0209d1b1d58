//! What a project is made of, for machines: CycloneDX 1.6 and SPDX 2.3.
//!
//! The same project at the same moment gives the same bytes: the identifier of a document is made of its content, not of
//! chance, and the moment is passed in. Licences are told as declared by their packages, never as concluded.

mod cyclonedx;
pub mod purl;
mod spdx;

use hex_format::checksum::Sha256;
use serde_json::Value;

use crate::licenses::License;
pub use cyclonedx::cyclonedx;
pub use spdx::spdx;

#[cfg(test)]
mod tests;

/// A project and all that it depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct Bom {
    /// The project's name.
    pub name: String,
    /// Its version, if it has one.
    pub version: Option<String>,
    /// The components that the project asks for itself.
    pub dependencies: Vec<usize>,
    /// All components.
    pub components: Vec<Component>,
}

/// One dependency.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Component {
    /// The package, or the application if it is not from a Hex repository.
    pub name: String,
    /// The version, or the revision.
    pub version: Option<String>,
    /// The organization whose repository it comes from.
    pub organization: Option<String>,
    /// Its package address; see [`purl`].
    pub purl: Option<String>,
    /// What it is, in its author's words.
    pub description: Option<String>,
    /// Licences as it states them; none if that is not known.
    pub licenses: Vec<License>,
    /// The checksum of its tarball.
    pub outer: Option<Sha256>,
    /// Where it is downloaded from.
    pub download: Option<String>,
    /// The components that it depends on.
    pub dependencies: Vec<usize>,
}

/// Who made the document, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp<'a> {
    /// The moment, UTC, as `2026-01-31T12:00:00Z`.
    pub created: &'a str,
    /// The version of this program.
    pub tool_version: &'a str,
}

const TOOL: &str = "skep";

impl Bom {
    /// The order in which components are told, so that the order of lock files doesn't count.
    fn sorted(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.components.len()).collect();
        order.sort_by_key(|index| self.key(*index));
        order
    }

    fn key(&self, index: usize) -> (&str, Option<&str>, Option<&str>) {
        let component = &self.components[index];
        (&component.name, component.version.as_deref(), component.purl.as_deref())
    }

    /// What identifies each component inside a document.
    fn references(&self) -> Vec<String> {
        let mut references: Vec<String> = Vec::with_capacity(self.components.len());
        for component in &self.components {
            let plain = || [Some(component.name.as_str()), component.version.as_deref()];
            let wanted = component.purl.clone();
            let wanted =
                wanted.unwrap_or_else(|| plain().into_iter().flatten().collect::<Vec<_>>().join("@"));
            let taken = references.iter().filter(|reference| **reference == wanted).count();
            references.push(if taken == 0 { wanted } else { format!("{wanted}#{taken}") });
        }
        references
    }
}

/// A UUID of the kind that is left to applications (RFC 9562, version 8), made of a document.
fn uuid(document: &Value) -> String {
    let mut bytes = *Sha256::of(document.to_string().as_bytes()).as_bytes();
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = Sha256::from_bytes(bytes).to_lower_hex();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32])
}

/// Licences that all apply, as one expression, if all are understood.
fn joined(licenses: &[License]) -> Option<String> {
    let all: Option<Vec<String>> = licenses
        .iter()
        .map(|license| {
            let expression = license.spdx.as_ref()?;
            let several = licenses.len() > 1 && expression.requirements().count() > 1;
            Some(if several { format!("({expression})") } else { expression.to_string() })
        })
        .collect();
    all.filter(|all| !all.is_empty()).map(|all| all.join(" AND "))
}
