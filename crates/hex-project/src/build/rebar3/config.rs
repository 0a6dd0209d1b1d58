//! `rebar.config`, as far as it says what a package is.

use std::path::Path;

use hex_format::name::RepositoryName;
use hex_format::term::Term;

use super::{consult_optional, text};
use crate::build::BuildError;

/// The terms of a `rebar.config`; none if there is no such file.
#[derive(Debug)]
pub(super) struct Config(Term);

impl Config {
    /// Reads the file in a folder.
    pub(super) fn read(folder: &Path) -> Result<Self, BuildError> {
        let script = folder.join("rebar.config.script");
        if script.is_file() {
            return Err(BuildError::Program(script, "rebar3 hex build"));
        }
        Ok(Self(Term::List(consult_optional(folder.join("rebar.config"))?)))
    }

    /// The dependencies as they are written.
    pub(super) fn dependencies(&self) -> &[Term] {
        self.0.get_atom("deps").and_then(Term::as_list).unwrap_or_default()
    }

    /// Where applications are, if that is set.
    pub(super) fn app_dirs(&self) -> Option<Vec<String>> {
        self.0.get_atom("project_app_dirs")?.as_list()?.iter().map(text).collect()
    }

    /// The names in `{hex, [{repos, [#{name => NAME, ...}]}]}` other than `hexpm`.
    pub(super) fn repositories(&self) -> Vec<String> {
        let repos = self.0.get_atom("hex").and_then(|hex| hex.get_atom("repos")).and_then(Term::as_list);
        let names = repos.into_iter().flatten().filter_map(|repo| text(repo.get_atom("name")?));
        names.filter(|name| name != RepositoryName::HEXPM).collect()
    }

    /// What makes the documentation, by `{hex, [{doc, PROVIDER}]}`.
    pub(super) fn docs_provider(&self) -> Option<&str> {
        let setting = self.0.get_atom("hex")?.get_atom("doc")?;
        match setting {
            Term::Map(_) => setting.get_atom("provider")?.as_atom(),
            _ => setting.as_atom(),
        }
    }

    /// The folder that it is set to write to.
    pub(super) fn docs_folder(&self, provider: Option<&str>) -> Option<String> {
        let options = match provider? {
            "edoc" => self.0.get_atom("edoc_opts"),
            other => self.0.get_atom(other),
        };
        text(options?.get_atom("dir")?)
    }
}
