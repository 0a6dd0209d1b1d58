//! What a tool knows of registries, kept in a table of Erlang: without it the tool asks the server, even if it has all
//! tarballs.
//!
//! Only what was verified is added. Rows of packages that are not spoken of stay as they are.

mod mix;
mod rebar3;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use hex_format::checksum::Sha256;
use hex_format::ets::{self, Row, Table};
use hex_format::name::PackageName;
use hex_format::term::Term;
use hex_format::version::Version;
use hex_registry::package::Package;

use super::{Caches, Tool};
use crate::config::ConfigError;
use crate::config::atomic_file::{self, Lock};

/// A package that was verified, with the name that its repository has on this machine.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) repository: String,
    pub(super) package: Package,
}

/// The rows of a tool's table.
pub(super) struct Index {
    tool: Tool,
    path: PathBuf,
    rows: Vec<Row>,
    /// Where each key is in the rows.
    places: HashMap<Vec<u8>, usize>,
    /// The version of the rows' form.
    form: i128,
}

impl Index {
    /// Reads the table of a tool. One that is not there, damaged or of another form has no rows, as for the tool.
    ///
    /// # Errors
    /// When the system refuses to read it.
    pub(super) fn load(caches: &Caches, tool: Tool) -> Result<Option<Self>, ConfigError> {
        let Some(path) = caches.index(tool) else { return Ok(None) };
        let bytes = atomic_file::read(&path, ets::MAX_BYTES)?;
        let rows = bytes.and_then(|bytes| ets::read(&bytes, table(tool)).ok()).unwrap_or_default();
        let mut index = Self { tool, path, rows, places: HashMap::new(), form: 0 };
        index.find_places();
        let found = match tool {
            Tool::Mix => mix::form(&index),
            _ => rebar3::form(&index),
        };
        index.form = match tool {
            Tool::Mix => mix::expected_form(caches.hex_version().as_ref(), found),
            _ => rebar3::expected_form(|| caches.rebar3_version(), found),
        };
        if found != Some(index.form) {
            index.rows.clear();
            index.places.clear();
        }
        Ok(Some(index))
    }

    fn find_places(&mut self) {
        let keys = self.rows.iter().enumerate();
        self.places = keys.filter_map(|(place, row)| Some((encoded(row.key.as_ref()?), place))).collect();
    }

    /// Whether the tool would find this release here without asking anybody. `outer` is what the lock file says.
    pub(super) fn knows(
        &self,
        repository: &str,
        package: &PackageName,
        version: &Version,
        outer: Option<Sha256>,
    ) -> bool {
        let found = match self.tool {
            Tool::Mix => mix::outer(self, repository, package, version),
            _ => rebar3::outer(self, repository, package, version),
        };
        found.is_some_and(|found| outer.is_none_or(|outer| outer == found))
    }

    /// The checksum of a release, if it is known.
    pub(super) fn outer(&self, repository: &str, package: &PackageName, version: &Version) -> Option<Sha256> {
        match self.tool {
            Tool::Mix => mix::outer(self, repository, package, version),
            _ => rebar3::outer(self, repository, package, version),
        }
    }

    fn get(&self, key: &Term) -> Option<Vec<Term>> {
        self.places.get(&encoded(key)).and_then(|place| self.rows[*place].fields())
    }

    fn retain(&mut self, keep: impl Fn(&Term) -> bool) {
        self.rows.retain(|row| row.key.as_ref().is_none_or(&keep));
        self.find_places();
    }

    fn set(&mut self, fields: Vec<Term>) {
        let row = Row::new(table(self.tool), fields);
        let key = encoded(row.key.as_ref().expect("invariant: every row has a key"));
        match self.places.get(&key) {
            Some(place) => self.rows[*place] = row,
            None => {
                self.places.insert(key, self.rows.len());
                self.rows.push(row);
            }
        }
    }
}

/// Adds packages to the table of a tool, as they are at `now` (seconds since 1970); `url` tells the addresses of a
/// repository, under any of which the tool may know it.
///
/// # Errors
/// When the table can't be read or written.
pub(super) fn add(
    caches: &Caches,
    tool: Tool,
    known: &[Known],
    now: i64,
    urls: impl Fn(&str) -> Vec<String>,
) -> Result<(), ConfigError> {
    let Some(path) = caches.index(tool) else { return Ok(()) };
    if known.is_empty() {
        return Ok(());
    }
    // Another command of ours may be at it. The tools themselves hold no lock, and the last one wins.
    let _lock = Lock::acquire(&lock_beside(&path))?;
    let Some(mut index) = Index::load(caches, tool)? else { return Ok(()) };
    match tool {
        Tool::Mix => mix::add(&mut index, known, now, urls),
        _ => rebar3::add(&mut index, known),
    }
    let bytes = ets::write(table(tool), &index.rows);
    super::place::write(&index.path, &bytes).map_err(|reason| ConfigError::Io {
        action: "write",
        path: index.path.clone(),
        reason,
    })
}

fn lock_beside(path: &Path) -> PathBuf {
    path.with_file_name(".skep.lock")
}

fn table(tool: Tool) -> &'static Table {
    match tool {
        Tool::Mix => &mix::TABLE,
        _ => &rebar3::TABLE,
    }
}

fn encoded(key: &Term) -> Vec<u8> {
    hex_format::etf::encode(key)
}

/// A checksum in a row: as bytes, or as text in hexadecimal.
fn checksum(term: &Term) -> Option<Sha256> {
    let bytes = term.as_bytes()?;
    match <[u8; 32]>::try_from(bytes) {
        Ok(bytes) => Some(Sha256::from_bytes(bytes)),
        Err(_) => Sha256::parse(std::str::from_utf8(bytes).ok()?).ok(),
    }
}

/// A retirement as the decoder of the tools gives it.
fn retirement(package: &hex_registry::package::Release) -> Option<Term> {
    let retirement = package.retirement.as_ref()?;
    let reason = format!("RETIRED_{}", retirement.reason.as_str().to_uppercase());
    let mut fields = Vec::new();
    if let Some(message) = &retirement.message {
        fields.push((Term::atom("message"), Term::bin(message)));
    }
    fields.push((Term::atom("reason"), Term::atom(reason)));
    Some(Term::Map(fields))
}
