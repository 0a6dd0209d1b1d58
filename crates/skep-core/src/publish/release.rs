//! What a publication says about the release. Rules and texts: the Hex HTTP contract, "Release validation".

use hex_format::metadata::{Field, Metadata};
use hex_format::requirement::Requirement;
use hex_format::version::{REGISTRY_MAX_PRERELEASE_CHARS, Version};

use super::package::{inspect, texts};
use crate::given::Problems;
use crate::packages::meta::ReleaseMeta;
use crate::{Error, FieldError, Result};

/// The version, which is judged before everything else.
///
/// Errors: 422.
pub(super) fn version(metadata: &Metadata) -> Result<Version> {
    let version = metadata.version.value().and_then(|text| Version::parse(text).ok());
    let version = version.filter(Version::within_registry_limits);
    version.ok_or_else(|| Error::field("version", "is invalid SemVer"))
}

/// What is stored of the release; what is wrong with it is noted.
pub(super) fn check(version: &Version, metadata: &Metadata, problems: &mut Problems) -> ReleaseMeta {
    if let Some(problem) = version_problem(version) {
        problems.add("version", problem);
    }
    let mut fields: Vec<(String, FieldError)> = Vec::new();
    let mut note = |field: &str, problem: String| fields.push((field.to_owned(), problem.into()));
    let app = metadata.app.required_text().unwrap_or_else(|error| {
        note("app", error.to_string());
        ""
    });
    let build_tools = filled(&metadata.build_tools, "can't be blank").unwrap_or_else(|problem| {
        note("build_tools", problem);
        Vec::new()
    });
    let elixir = elixir(metadata).unwrap_or_else(|problem| {
        note("elixir", problem);
        None
    });
    if let Err(problem) = filled(&metadata.files, "package can't be empty") {
        note("files", problem);
    }
    let meta = ReleaseMeta { app: app.to_owned(), build_tools, elixir };
    if !fields.is_empty() {
        problems.add("meta", FieldError::Nested(fields));
    }
    meta
}

/// Of several problems the last one counts.
fn version_problem(version: &Version) -> Option<String> {
    if version.prerelease().is_some_and(|text| text.len() > REGISTRY_MAX_PRERELEASE_CHARS) {
        return Some(format!("prerelease must be at most {REGISTRY_MAX_PRERELEASE_CHARS} characters"));
    }
    version.build.is_some().then(|| "build number not allowed".to_owned())
}

/// A list with something in it.
fn filled(field: &Field<Vec<String>>, empty: &str) -> std::result::Result<Vec<String>, String> {
    match texts(field)? {
        Some(list) if !list.is_empty() => Ok(list),
        _ => Err(empty.to_owned()),
    }
}

fn elixir(metadata: &Metadata) -> std::result::Result<Option<String>, String> {
    let requirement = metadata.elixir.optional_text().map_err(|error| error.to_string())?;
    match requirement {
        Some(text) if Requirement::parse(text).is_err() => {
            Err(format!("invalid requirement: {}", inspect(text)))
        }
        requirement => Ok(requirement.map(str::to_owned)),
    }
}
