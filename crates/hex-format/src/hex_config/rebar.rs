//! rebar3's two files: `hex.config` with secrets, one map by repository; and `rebar.config`, where `{hex, …}` lists the
//! repositories in the order in which they are searched.

use std::borrow::Cow;

use super::{ConfigError, FormFile};
use crate::term::Term;

/// rebar3's `hex.config`: one map from repository to its keys.
#[derive(Debug, Clone, PartialEq)]
pub struct RebarAuth {
    file: FormFile,
}

impl RebarAuth {
    /// Reads the bytes of the file; a file without terms is one without repositories.
    pub fn parse(bytes: &[u8]) -> Result<RebarAuth, ConfigError> {
        let mut file = FormFile::parse(bytes)?;
        let odd = match file.terms().next() {
            Some(Term::Map(_)) => (file.terms().len() > 1).then_some(1),
            Some(_) => Some(0),
            None => None,
        };
        if let Some(index) = odd {
            return Err(ConfigError::Shape { line: file.line(index), expected: "one map of repositories" });
        }
        if file.text().is_empty() {
            file.push_comment("%% coding: utf-8");
        }
        if file.terms().len() == 0 {
            file.push(Term::Map(Vec::new()));
        }
        Ok(RebarAuth { file })
    }

    /// The whole text, to be written back.
    pub fn to_text(&self) -> &str {
        self.file.text()
    }

    fn map(&self) -> &Term {
        self.file.terms().next().expect("invariant: there is one term, and it is a map")
    }

    /// The names of the repositories and their fields (a map with atom keys).
    pub fn repos(&self) -> Vec<(Cow<'_, str>, &Term)> {
        let pairs = self.map().as_map().unwrap_or_default();
        pairs.iter().filter_map(|(name, fields)| Some((name.text()?, fields))).collect()
    }

    /// The fields of one repository.
    pub fn repo(&self, name: &str) -> Option<&Term> {
        self.map().get_bin(name)
    }

    /// Sets fields of a repository and keeps its others. Secrets must be binaries: rebar3 sends no header for strings.
    pub fn set_repo<'a>(&mut self, name: &str, fields: impl IntoIterator<Item = (&'a str, Term)>) {
        let mut map = self.map().clone();
        let mut repo = map.get_bin(name).cloned().unwrap_or(Term::Map(Vec::new()));
        for (key, value) in fields {
            repo.set(Term::atom(key), value);
        }
        map.set(Term::bin(name), repo);
        self.file.replace(0, map);
    }

    /// Puts back a whole repository, as it was read before.
    pub fn put_repo(&mut self, name: &str, fields: Term) {
        let mut map = self.map().clone();
        map.set(Term::bin(name), fields);
        self.file.replace(0, map);
    }

    /// Removes a repository; whether it was there.
    pub fn remove_repo(&mut self, name: &str) -> bool {
        let mut map = self.map().clone();
        let found = map.remove(&Term::bin(name));
        self.file.replace(0, map);
        found
    }
}

/// A `rebar.config`, of a project or of the user.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RebarConfig {
    file: FormFile,
}

impl RebarConfig {
    /// Reads the bytes of the file. Only `{hex, …}` is looked at.
    pub fn parse(bytes: &[u8]) -> Result<RebarConfig, ConfigError> {
        let file = FormFile::parse(bytes)?;
        if let Some(index) = file.position(is_hex)
            && hex_options(&file, index).is_none()
        {
            return Err(ConfigError::Shape { line: file.line(index), expected: "{hex, [Option]}" });
        }
        if let Some(index) = file.position(is_hex)
            && hex_options(&file, index).unwrap_or_default().iter().any(is_odd_repos)
        {
            let expected = "{repos, [Repository]} or {repos, replace, [Repository]}";
            return Err(ConfigError::Shape { line: file.line(index), expected });
        }
        Ok(RebarConfig { file })
    }

    /// The whole text, to be written back: as it was read, but for the `{hex, …}` term if it was changed.
    pub fn to_text(&self) -> &str {
        self.file.text()
    }

    /// The value of a top-level key, such as `ssl_cacerts_path`.
    pub fn get(&self, key: &str) -> Option<&Term> {
        self.file.terms().filter_map(Term::as_pair).find(|(k, _)| k.is_atom(key)).map(|(_, value)| value)
    }

    /// Sets a top-level key: in its place, or at the end.
    pub fn set(&mut self, key: &str, value: Term) {
        let term = Term::pair(Term::atom(key), value);
        match self.position(key) {
            Some(index) => self.file.replace(index, term),
            None => self.file.push(term),
        }
    }

    /// Removes a top-level key, every time it occurs; whether it did.
    pub fn remove(&mut self, key: &str) -> bool {
        let mut found = false;
        while let Some(index) = self.position(key) {
            self.file.remove(index);
            found = true;
        }
        found
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.file.position(|term| term.as_pair().is_some_and(|(found, _)| found.is_atom(key)))
    }

    fn options(&self) -> &[Term] {
        self.file.position(is_hex).and_then(|index| hex_options(&self.file, index)).unwrap_or_default()
    }

    /// The repositories in the order of search: maps with atom keys, among them `name`.
    pub fn repos(&self) -> Vec<(Cow<'_, str>, &Term)> {
        let repos = self.options().iter().find_map(repos_of).unwrap_or_default();
        repos.iter().filter_map(|repo| Some((repo.get_atom("name")?.text()?, repo))).collect()
    }

    /// Whether only the listed repositories are searched: `{repos, replace, List}`. Otherwise hexpm follows them.
    pub fn is_complete(&self) -> bool {
        let option = self.options().iter().find(|option| repos_of(option).is_some());
        option.and_then(Term::as_tuple).is_some_and(|option| option.len() == 3)
    }

    /// The fields of one repository.
    pub fn repo(&self, name: &str) -> Option<&Term> {
        self.repos().into_iter().find(|(found, _)| found == name).map(|(_, repo)| repo)
    }

    /// Sets fields of a repository and keeps its others. A new one is searched last. One written as a
    /// property list becomes a map, which is what rebar3 reads.
    pub fn set_repo<'a>(&mut self, name: &str, fields: impl IntoIterator<Item = (&'a str, Term)>) {
        self.change_repos(|repos| {
            let index = repos.iter().position(|repo| is_called(repo, name)).unwrap_or_else(|| {
                repos.push(Term::Map(vec![(Term::atom("name"), Term::bin(name))]));
                repos.len() - 1
            });
            if let Some(pairs) = repos[index].as_pairs() {
                let pairs = pairs.into_iter().map(|(key, value)| (key.clone(), value.clone()));
                repos[index] = Term::Map(pairs.collect());
            }
            for (key, value) in fields {
                repos[index].set(Term::atom(key), value);
            }
        });
    }

    /// Puts back a whole repository, as it was read before; where it stands, or last.
    pub fn put_repo(&mut self, name: &str, fields: Term) {
        self.change_repos(|repos| match repos.iter_mut().find(|repo| is_called(repo, name)) {
            Some(repo) => *repo = fields,
            None => repos.push(fields),
        });
    }

    /// Takes out the list of repositories if it holds none, and `{hex, …}` if then nothing is left in it. A list that
    /// takes the place of the built-in one says something even when it is empty.
    pub fn drop_empty_repos(&mut self) {
        let Some(index) = self.file.position(is_hex) else { return };
        let empty = Term::pair(Term::atom("repos"), Term::List(Vec::new()));
        let options: Vec<Term> = self.options().iter().filter(|option| **option != empty).cloned().collect();
        match options.is_empty() {
            true => self.file.remove(index),
            false => self.file.replace(index, Term::pair(Term::atom("hex"), Term::List(options))),
        }
    }

    /// Removes a repository; whether it was there.
    pub fn remove_repo(&mut self, name: &str) -> bool {
        let found = self.repo(name).is_some();
        if found {
            self.change_repos(|repos| repos.retain(|repo| !is_called(repo, name)));
        }
        found
    }

    fn change_repos(&mut self, change: impl FnOnce(&mut Vec<Term>)) {
        let mut options = self.options().to_vec();
        let index = options.iter().position(|option| repos_of(option).is_some()).unwrap_or_else(|| {
            options.push(Term::pair(Term::atom("repos"), Term::List(Vec::new())));
            options.len() - 1
        });
        if let Term::Tuple(option) = &mut options[index]
            && let Some(Term::List(repos)) = option.last_mut()
        {
            change(repos);
        }
        let term = Term::pair(Term::atom("hex"), Term::List(options));
        match self.file.position(is_hex) {
            Some(index) => self.file.replace(index, term),
            None => self.file.push(term),
        }
    }
}

fn is_hex(term: &Term) -> bool {
    term.as_tuple().and_then(<[Term]>::first).is_some_and(|key| key.is_atom("hex"))
}

fn hex_options(file: &FormFile, index: usize) -> Option<&[Term]> {
    file.terms().nth(index)?.as_pair()?.1.as_list()
}

/// The list in `{repos, List}` or `{repos, replace, List}`.
fn repos_of(option: &Term) -> Option<&[Term]> {
    match option.as_tuple()? {
        [key, repos] if key.is_atom("repos") => repos.as_list(),
        [key, how, repos] if key.is_atom("repos") && how.is_atom("replace") => repos.as_list(),
        _ => None,
    }
}

/// `repos` with something else than a list of repositories: neither rebar3 nor we can tell what is meant.
fn is_odd_repos(option: &Term) -> bool {
    let names_repos = option.as_tuple().and_then(<[Term]>::first).is_some_and(|key| key.is_atom("repos"));
    names_repos && repos_of(option).is_none()
}

fn is_called(repo: &Term, name: &str) -> bool {
    repo.get_atom("name").and_then(Term::text).is_some_and(|found| found == name)
}
