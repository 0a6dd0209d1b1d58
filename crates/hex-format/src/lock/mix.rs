//! `mix.lock`: one Elixir map from application to a tuple.
//!
//! `{:hex, :name, "version", "inner", managers, dependencies, "repository", "outer"}`; the fields came over
//! the years, so that old files end after any of them from the version on, and newer ones may have more. Very
//! old files hold a keyword list instead of the map.

use std::collections::BTreeMap;

use super::{EntryProblem, LockEntry, LockError, LockSource, LockedDependency, LockedRelease, OtherSource};
use crate::checksum::Sha256;
use crate::elixir::ElixirTerm;
use crate::version::Version;

/// The repository of entries that name none.
const DEFAULT_REPOSITORY: &str = "hexpm";

/// Reads `mix.lock`. The entries are sorted by application; of equal keys the last counts, as in Elixir. An
/// empty file has no entries.
///
/// # Errors
/// When the file is no lock file, or an entry of a Hex package has malformed fields.
pub fn parse(text: &str) -> Result<Vec<LockEntry>, LockError> {
    super::check_text(text)?;
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut entries = BTreeMap::new();
    for (key, value) in pairs(ElixirTerm::parse(text)?)? {
        let app = text_of(&key).ok_or(LockError::Shape("mix.lock"))?;
        entries.insert(app.to_owned(), value);
    }
    super::check_count(entries.len())?;
    entries.into_iter().map(entry).collect()
}

fn pairs(term: ElixirTerm) -> Result<Vec<(ElixirTerm, ElixirTerm)>, LockError> {
    let pair = |element| match element {
        ElixirTerm::Tuple(pair) => <[_; 2]>::try_from(pair).ok().map(<(_, _)>::from),
        _ => None,
    };
    match term {
        ElixirTerm::Map(pairs) => Some(pairs),
        ElixirTerm::List(elements) => elements.into_iter().map(pair).collect(),
        _ => None,
    }
    .ok_or(LockError::Shape("mix.lock"))
}

fn entry((app, value): (String, ElixirTerm)) -> Result<LockEntry, LockError> {
    let source = match value.as_tuple() {
        Some([kind, fields @ ..]) if kind.as_atom() == Some("hex") => {
            LockSource::Hex(release(fields).map_err(|problem| problem.of(&app))?)
        }
        Some([kind, fields @ ..]) => LockSource::Other(OtherSource {
            kind: text_of(kind).unwrap_or("unknown").to_owned(),
            location: fields.first().and_then(text_of).map(str::to_owned),
            revision: fields.get(1).and_then(text_of).map(str::to_owned),
            ..OtherSource::default()
        }),
        _ => return Err(EntryProblem::Field("source").of(&app)),
    };
    Ok(LockEntry { app, source, direct: None })
}

fn release(fields: &[ElixirTerm]) -> Result<LockedRelease, EntryProblem> {
    let field = |at: usize| fields.get(at).filter(|value| **value != ElixirTerm::Nil);
    let name = field(0).and_then(text_of).ok_or(EntryProblem::Field("name"))?;
    let version = field(1).and_then(ElixirTerm::as_str).ok_or(EntryProblem::Field("version"))?;
    Ok(LockedRelease {
        name: super::package_name(name)?,
        version: Version::parse(version)?,
        inner: checksum("inner", field(2))?,
        managers: field(3).map_or_else(|| Ok(Vec::new()), managers)?,
        dependencies: field(4).map_or_else(|| Ok(Vec::new()), dependencies)?,
        repository: Some(match field(5) {
            Some(repository) => repository.as_str().ok_or(EntryProblem::Field("repository"))?.to_owned(),
            None => DEFAULT_REPOSITORY.to_owned(),
        }),
        outer: checksum("outer", field(6))?,
    })
}

fn checksum(which: &'static str, field: Option<&ElixirTerm>) -> Result<Option<Sha256>, EntryProblem> {
    let Some(value) = field else { return Ok(None) };
    let text = value.as_str().ok_or(EntryProblem::Field("checksum"))?;
    super::checksum(which, text).map(Some)
}

fn managers(field: &ElixirTerm) -> Result<Vec<String>, EntryProblem> {
    let all: Option<_> = field
        .as_list()
        .and_then(|managers| managers.iter().map(|manager| text_of(manager).map(str::to_owned)).collect());
    all.ok_or(EntryProblem::Field("list of managers"))
}

fn dependencies(field: &ElixirTerm) -> Result<Vec<LockedDependency>, EntryProblem> {
    let all: Option<_> = field.as_list().and_then(|list| list.iter().map(dependency).collect());
    all.ok_or(EntryProblem::Field("list of dependencies"))
}

/// `{:app, "requirement", [hex: :name, repo: "hexpm", optional: false]}`
fn dependency(term: &ElixirTerm) -> Option<LockedDependency> {
    let [app, requirement, options] = term.as_tuple()? else { return None };
    let app = text_of(app)?;
    let name = options.keyword("hex").map_or(Some(app), text_of)?;
    let repository = options.keyword("repo").map_or(Some(DEFAULT_REPOSITORY), ElixirTerm::as_str)?;
    Some(LockedDependency {
        app: app.to_owned(),
        name: name.to_owned(),
        requirement: requirement.as_str().map(str::to_owned),
        repository: Some(repository.to_owned()),
        optional: options.keyword("optional") == Some(&ElixirTerm::Bool(true)),
    })
}

/// Names are atoms or strings, depending on the age of the file.
fn text_of(term: &ElixirTerm) -> Option<&str> {
    term.as_atom().or_else(|| term.as_str())
}
