//! Mix's `hex.config`: one `{key, Value}.` per setting, repositories as one map under `'$repos'`.

use std::borrow::Cow;

use super::{ConfigError, FormFile};
use crate::term::Term;

const REPOS: &str = "$repos";

/// Mix's `hex.config`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HexConfig {
    file: FormFile,
}

impl HexConfig {
    /// Reads the bytes of the file; no bytes are an empty configuration.
    ///
    /// Files from before Hex 1.0 are Elixir code, which is not evaluated here but refused.
    pub fn parse(bytes: &[u8]) -> Result<HexConfig, ConfigError> {
        let file = FormFile::parse(bytes)?;
        let odd = file.position(|term| key_of(term).is_none());
        match odd {
            Some(index) => Err(ConfigError::Shape { line: file.line(index), expected: "{key, Value}" }),
            None => Ok(HexConfig { file }),
        }
    }

    /// The whole text, to be written back.
    pub fn to_text(&self) -> &str {
        self.file.text()
    }

    /// The keys in the order of the file.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.file.terms().filter_map(key_of)
    }

    /// The value of a top-level key.
    pub fn get(&self, key: &str) -> Option<&Term> {
        self.file.terms().filter_map(Term::as_pair).find(|(k, _)| k.is_atom(key)).map(|(_, value)| value)
    }

    /// The text of a top-level key; `None` for other types.
    pub fn text(&self, key: &str) -> Option<Cow<'_, str>> {
        self.get(key)?.text()
    }

    /// The base of the API, if it is not the default.
    pub fn api_url(&self) -> Option<Cow<'_, str>> {
        self.text("api_url")
    }

    /// Sets a top-level key: in its place, or at the end.
    pub fn set(&mut self, key: &str, value: Term) {
        let term = Term::pair(Term::atom(key), value);
        match self.file.position(|term| key_of(term) == Some(key)) {
            Some(index) => self.file.replace(index, term),
            None => self.file.push(term),
        }
    }

    /// Removes a top-level key, every time it occurs; whether it did.
    pub fn remove(&mut self, key: &str) -> bool {
        let mut found = false;
        while let Some(index) = self.file.position(|term| key_of(term) == Some(key)) {
            self.file.remove(index);
            found = true;
        }
        found
    }

    /// The names of the repositories and their fields (a map with atom keys, see [`Term::get_atom`]).
    pub fn repos(&self) -> Vec<(Cow<'_, str>, &Term)> {
        let pairs = self.get(REPOS).and_then(Term::as_map).unwrap_or_default();
        pairs.iter().filter_map(|(name, fields)| Some((name.text()?, fields))).collect()
    }

    /// The fields of one repository. Organizations are called `hexpm:acme`.
    pub fn repo(&self, name: &str) -> Option<&Term> {
        self.get(REPOS)?.get_bin(name)
    }

    /// Sets fields of a repository and keeps its others.
    pub fn set_repo<'a>(&mut self, name: &str, fields: impl IntoIterator<Item = (&'a str, Term)>) {
        self.change_repos(|repos| {
            let mut repo = repos.get_bin(name).cloned().unwrap_or(Term::Map(Vec::new()));
            for (key, value) in fields {
                repo.set(Term::atom(key), value);
            }
            repos.set(Term::bin(name), repo);
        });
    }

    /// Removes fields of a repository.
    pub fn remove_repo_fields(&mut self, name: &str, fields: &[&str]) {
        if let Some(mut repo) = self.repo(name).cloned() {
            for key in fields {
                repo.remove(&Term::atom(*key));
            }
            self.change_repos(|repos| repos.set(Term::bin(name), repo));
        }
    }

    /// Removes a repository; whether it was there.
    pub fn remove_repo(&mut self, name: &str) -> bool {
        let found = self.repo(name).is_some();
        if found {
            self.change_repos(|repos| {
                repos.remove(&Term::bin(name));
            });
        }
        found
    }

    /// Puts back a whole repository, as it was read before.
    pub fn put_repo(&mut self, name: &str, fields: Term) {
        self.change_repos(|repos| repos.set(Term::bin(name), fields));
    }

    /// Takes out the map of repositories if it holds none.
    pub fn drop_empty_repos(&mut self) {
        if self.get(REPOS).and_then(Term::as_map).is_some_and(<[_]>::is_empty) {
            self.remove(REPOS);
        }
    }

    fn change_repos(&mut self, change: impl FnOnce(&mut Term)) {
        let mut repos = self.get(REPOS).cloned().unwrap_or(Term::Map(Vec::new()));
        change(&mut repos);
        self.set(REPOS, repos);
    }
}

fn key_of(term: &Term) -> Option<&str> {
    term.as_pair()?.0.as_atom()
}
