//! `metadata.config` as the official client writes it, to the byte.
//!
//! The inner checksum of a package covers these bytes. Keys stand in alphabetical order, which is what Mix gives on
//! every Erlang whose small maps are sorted by name (up to OTP 25; later ones order them differently per build).

use std::collections::BTreeMap;

use super::Value;
use crate::erlang::print_form;
use crate::term::Term;

/// A package about to be written. Keys that are `None` are left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Draft {
    /// The package.
    pub name: String,
    /// The version.
    pub version: String,
    /// The OTP application.
    pub app: String,
    /// One paragraph about the package.
    pub description: Option<String>,
    /// Dependencies in the order of the project.
    pub requirements: Vec<DraftDependency>,
    /// Build tools.
    pub build_tools: Vec<String>,
    /// Paths inside the package, in the order of its contents.
    pub files: Vec<String>,
    /// Licences.
    pub licenses: Option<Vec<String>>,
    /// Links by title.
    pub links: Option<BTreeMap<String, String>>,
    /// The requirement on Elixir.
    pub elixir: Option<String>,
    /// Anything else.
    pub extra: Option<BTreeMap<String, Value>>,
}

/// One dependency of a package about to be written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DraftDependency {
    /// The package required.
    pub name: String,
    /// Its OTP application.
    pub app: String,
    /// The version requirement.
    pub requirement: String,
    /// Whether the dependency is optional.
    pub optional: bool,
    /// Its repository: `hexpm`, or an organization.
    pub repository: String,
}

/// The text of `metadata.config`.
pub fn write(draft: &Draft) -> String {
    let pairs = [
        ("app", Some(Term::bin(&draft.app))),
        ("build_tools", Some(texts(&draft.build_tools))),
        ("description", draft.description.as_ref().map(Term::bin)),
        ("elixir", draft.elixir.as_ref().map(Term::bin)),
        ("extra", draft.extra.as_ref().map(Value::map_to_term)),
        ("files", Some(texts(&draft.files))),
        ("licenses", draft.licenses.as_deref().map(texts)),
        ("links", draft.links.as_ref().map(links)),
        ("name", Some(Term::bin(&draft.name))),
        ("requirements", Some(Term::List(draft.requirements.iter().map(dependency).collect()))),
        ("version", Some(Term::bin(&draft.version))),
    ];
    pairs
        .into_iter()
        .filter_map(|(key, value)| Some(print_form(&Term::pair(Term::bin(key), value?))))
        .collect()
}

fn texts(items: &[String]) -> Term {
    Term::List(items.iter().map(Term::bin).collect())
}

fn links(links: &BTreeMap<String, String>) -> Term {
    Term::List(links.iter().map(|(title, url)| Term::pair(Term::bin(title), Term::bin(url))).collect())
}

fn dependency(dependency: &DraftDependency) -> Term {
    let pairs = [
        ("app", Term::bin(&dependency.app)),
        ("name", Term::bin(&dependency.name)),
        ("optional", Term::bool(dependency.optional)),
        ("repository", Term::bin(&dependency.repository)),
        ("requirement", Term::bin(&dependency.requirement)),
    ];
    Term::List(pairs.into_iter().map(|(key, value)| Term::pair(Term::bin(key), value)).collect())
}
