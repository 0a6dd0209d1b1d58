//! `rebar.config`, as far as it says what a package is.

use std::path::Path;

use hex_format::name::RepositoryName;
use hex_format::term::Term;

use super::{consult_optional, text};
use crate::build::BuildError;

/// The terms of a `rebar.config`; none if there is no such file.
#[derive(Debug)]
pub(super) struct Config(Term);

/// What makes the documentation.
pub(super) struct Provider {
    /// The folder that it is set to write to.
    pub(super) folder: Option<String>,
    /// How to run it.
    pub(super) command: &'static str,
    /// Whether it is one of those that are known here.
    pub(super) configured: bool,
}

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
    pub(super) fn docs_provider(&self) -> Provider {
        let setting = self.0.get_atom("hex").and_then(|hex| hex.get_atom("doc"));
        let name = match setting {
            Some(Term::Map(_)) => setting.and_then(|map| map.get_atom("provider")).and_then(Term::as_atom),
            _ => setting.and_then(Term::as_atom),
        };
        let options = match name {
            Some("edoc") => self.0.get_atom("edoc_opts"),
            Some(provider) => self.0.get_atom(provider),
            None => None,
        };
        Provider {
            folder: options.and_then(|options| options.get_atom("dir")).and_then(text),
            command: if name == Some("ex_doc") { "rebar3 ex_doc" } else { "rebar3 edoc" },
            configured: matches!(name, Some("ex_doc" | "edoc")),
        }
    }
}
