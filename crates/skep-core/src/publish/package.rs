//! What a publication says about the package. Rules and texts: the Hex HTTP contract, "Package validation".
//!
//! One message for each field: the last check that fails is the one reported.

use std::collections::BTreeMap;

use hex_format::elixir::ElixirTerm;
use hex_format::metadata::{Field, Metadata};
use hex_format::name::PackageName;

use super::spdx;
use crate::access::PackageTarget;
use crate::given::Problems;
use crate::packages::meta::PackageMeta;
use crate::{FieldError, Result};

/// What is stored of the package.
///
/// Errors: 422 by field.
pub(super) fn check(target: &PackageTarget, metadata: &Metadata) -> Result<PackageMeta> {
    let mut problems = Problems::default();
    if let Some(problem) = name_problem(target, metadata) {
        problems.add("name", problem);
    }
    let public = target.repository.is_public();
    let mut fields = Vec::new();
    let meta = PackageMeta {
        description: taken(&mut fields, "description", description(metadata, public)),
        licenses: taken(&mut fields, "licenses", licenses(metadata, public)),
        links: taken(&mut fields, "links", links(metadata)),
        maintainers: taken(&mut fields, "maintainers", texts(&metadata.maintainers)),
        extra: taken(&mut fields, "extra", optional(&metadata.extra)),
    };
    if !fields.is_empty() {
        problems.add("meta", FieldError::Nested(fields));
    }
    problems.check()?;
    Ok(meta)
}

fn name_problem(target: &PackageTarget, metadata: &Metadata) -> Option<String> {
    let name = match metadata.name.required_text() {
        Ok(name) => name,
        Err(error) => return Some(error.to_string()),
    };
    if name != target.name {
        return Some("metadata does not match package name".into());
    }
    if target.package.is_some() {
        return None;
    }
    PackageName::parse_new(name).err().map(|error| error.to_string())
}

type Checked<T> = std::result::Result<Option<T>, String>;

/// Notes the problem of a field.
fn taken<T>(fields: &mut Vec<(String, FieldError)>, name: &str, checked: Checked<T>) -> Option<T> {
    checked.unwrap_or_else(|problem| {
        fields.push((name.to_owned(), problem.into()));
        None
    })
}

fn optional<T: Clone>(field: &Field<T>) -> Checked<T> {
    field.optional().map(|value| value.cloned()).map_err(|error| error.to_string())
}

/// A list of text, without empty elements.
pub(super) fn texts(field: &Field<Vec<String>>) -> Checked<Vec<String>> {
    let list = optional(field)?;
    Ok(list.map(|list| list.into_iter().filter(|text| !text.trim().is_empty()).collect()))
}

fn description(metadata: &Metadata, public: bool) -> Checked<String> {
    let description = match public {
        true => metadata.description.required_text().map(Some),
        false => metadata.description.optional_text(),
    };
    description.map(|text| text.map(str::to_owned)).map_err(|error| error.to_string())
}

fn licenses(metadata: &Metadata, public: bool) -> Checked<Vec<String>> {
    let licenses = texts(&metadata.licenses)?;
    if !public {
        return Ok(licenses);
    }
    let licenses = licenses.ok_or("can't be blank")?;
    match licenses.iter().find(|id| !is_license(id)) {
        Some(id) => Err(format!("invalid license {}", inspect(id))),
        None => Ok(Some(licenses)),
    }
}

fn is_license(id: &str) -> bool {
    let own = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-');
    let reference = id.strip_prefix("LicenseRef-");
    spdx::is_known(id) || reference.is_some_and(|name| !name.is_empty() && name.chars().all(own))
}

fn links(metadata: &Metadata) -> Checked<BTreeMap<String, String>> {
    let links = optional(&metadata.links)?;
    match links.iter().flatten().find(|(_, address)| !is_link(address)) {
        Some((_, address)) => Err(format!("invalid link {}", inspect(address))),
        None => Ok(links),
    }
}

/// Web addresses only: they end up in pages.
fn is_link(address: &str) -> bool {
    // An empty host passes, as it does at the reference.
    let Some((scheme, _)) = address.split_once("://") else { return false };
    (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"))
        && !address.chars().any(|letter| letter.is_control() || letter.is_whitespace())
}

/// A text as the contract quotes it, cut when it is very long.
pub(super) fn inspect(text: &str) -> String {
    const LONGEST: usize = 300;
    let mut shown: String = text.chars().take(LONGEST).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    ElixirTerm::String(shown).to_string()
}
