//! `rebar.lock`: Erlang terms in three generations.
//!
//! Today `{"1.2.0", Locks}.` and a list with `pkg_hash` (inner) and `pkg_hash_ext` (outer checksums),
//! before that `"1.1.0"` with `pkg_hash` only, and at first the bare list of locks. The checksums are found
//! by the application, not by the package. No generation records the repository.

use std::collections::HashMap;

use super::{EntryProblem, LockEntry, LockError, LockSource, LockedRelease, OtherSource};
use crate::checksum::Sha256;
use crate::erlang::{self, Limits, Profile};
use crate::term::Term;
use crate::version::Version;

/// Reads `rebar.lock`, in the order of the file. An empty file has no entries.
///
/// # Errors
/// When the file is no lock file, or an entry of a Hex package has malformed fields.
pub fn parse(text: &str) -> Result<Vec<LockEntry>, LockError> {
    super::check_text(text)?;
    let forms = erlang::parse(text, Profile::Config, &Limits::CONFIG)?;
    let shape = || LockError::Shape("rebar.lock");
    let (locks, attributes) = match forms.as_slice() {
        [] => return Ok(Vec::new()),
        [Term::List(locks)] => (locks, None),
        [Term::Tuple(versioned), rest @ ..] => match versioned.as_slice() {
            [version, Term::List(locks)] if version.text().is_some() => (locks, rest.first()),
            _ => return Err(shape()),
        },
        _ => return Err(shape()),
    };
    super::check_count(locks.len())?;
    let inner = checksums("inner", attributes.and_then(|list| list.get_atom("pkg_hash")))?;
    let outer = checksums("outer", attributes.and_then(|list| list.get_atom("pkg_hash_ext")))?;
    locks.iter().map(|lock| entry(lock, &inner, &outer)).collect()
}

fn checksums(which: &'static str, list: Option<&Term>) -> Result<HashMap<String, Sha256>, LockError> {
    let Some(list) = list else { return Ok(HashMap::new()) };
    let pairs = list.as_pairs().ok_or(LockError::Shape("rebar.lock"))?;
    let read = |(app, checksum): (&Term, &Term)| {
        let app = app.text().ok_or(LockError::Shape("rebar.lock"))?.into_owned();
        let text = checksum.text().ok_or_else(|| EntryProblem::Field("checksum").of(&app))?;
        let checksum = super::checksum(which, &text).map_err(|problem| problem.of(&app))?;
        Ok((app, checksum))
    };
    pairs.into_iter().map(read).collect()
}

/// `{<<"app">>, Source, Level}`
fn entry(
    lock: &Term,
    inner: &HashMap<String, Sha256>,
    outer: &HashMap<String, Sha256>,
) -> Result<LockEntry, LockError> {
    let [app, source, level @ ..] = lock.as_tuple().unwrap_or_default() else {
        return Err(LockError::Shape("rebar.lock"));
    };
    let app = app.text().ok_or(LockError::Shape("rebar.lock"))?.into_owned();
    let source = match source.as_tuple() {
        Some([kind, fields @ ..]) if kind.is_atom("pkg") => {
            let mut release = release(fields).map_err(|problem| problem.of(&app))?;
            release.inner = inner.get(&app).copied();
            release.outer = outer.get(&app).copied();
            LockSource::Hex(release)
        }
        Some([kind, fields @ ..]) => LockSource::Other(OtherSource {
            kind: kind.as_atom().unwrap_or("unknown").to_owned(),
            location: fields.first().and_then(text_of),
            revision: fields.get(1).and_then(revision),
            ..OtherSource::default()
        }),
        _ => return Err(EntryProblem::Field("source").of(&app)),
    };
    // The level is how far it is from the project.
    let direct = level.first().and_then(Term::as_integer).map(|level| level == 0);
    Ok(LockEntry { app, source, direct })
}

fn release(fields: &[Term]) -> Result<LockedRelease, EntryProblem> {
    let field = |at: usize, what| fields.get(at).and_then(text_of).ok_or(EntryProblem::Field(what));
    Ok(LockedRelease {
        name: super::package_name(&field(0, "name")?)?,
        version: Version::parse(&field(1, "version")?)?,
        repository: None,
        inner: None,
        outer: None,
        managers: Vec::new(),
        dependencies: Vec::new(),
    })
}

/// `{ref, "commit"}`, `{tag, "v1"}`, `{branch, "main"}`, or the text alone.
fn revision(term: &Term) -> Option<String> {
    term.as_pair().map_or_else(|| text_of(term), |(_, revision)| text_of(revision))
}

fn text_of(term: &Term) -> Option<String> {
    term.text().map(|text| text.into_owned())
}
