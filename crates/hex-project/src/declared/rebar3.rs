//! `rebar.config`: Erlang terms, unless a script beside it computes them.

use std::path::Path;

use hex_format::erlang::{self, Limits, Profile};
use hex_format::term::Term;

use super::{Asked, Declaration, DeclaredError, children, read};

const MANIFEST: &str = "rebar.config";
/// Where rebar3 looks for the applications of a project.
const APP_FOLDERS: [&str; 2] = ["apps", "lib"];

/// A dependency as `rebar.config` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) app: String,
    /// The package, which usually is called like the application; none if it does not come from Hex.
    pub(crate) package: Option<String>,
    pub(crate) requirement: Option<String>,
}

impl Dependency {
    /// `name`, `{name, "~> 1.0"}`, `{name, {pkg, other}}`, `{name, "~> 1.0", {pkg, other}}`, or a source that is not Hex.
    pub(crate) fn read(term: &Term) -> Option<Self> {
        if let Term::Atom(app) = term {
            return Some(Self { app: app.clone(), package: Some(app.clone()), requirement: None });
        }
        let [app, rest @ ..] = term.as_tuple()? else { return None };
        let app = text(app)?;
        let (requirement, source) = match rest {
            [source @ Term::Tuple(_), ..] => (None, Some(source)),
            [requirement, source @ Term::Tuple(_), ..] => (text(requirement), Some(source)),
            [requirement, ..] => (text(requirement), None),
            [] => (None, None),
        };
        let package = match source.and_then(Term::as_tuple) {
            None => Some(app.clone()),
            Some([kind, package, ..]) if kind.is_atom("pkg") => text(package),
            Some(_) => None,
        };
        Some(Self { app, package, requirement: requirement.filter(|text| !text.is_empty()) })
    }
}

/// What the `rebar.config` of a folder and those of its applications ask for, and their profiles; nothing if there is
/// none.
///
/// # Errors
/// When a file can't be read or is not Erlang terms.
pub fn rebar3(folder: &Path) -> Result<Vec<Declaration>, DeclaredError> {
    let Some(text) = read(folder, MANIFEST)? else { return Ok(Vec::new()) };
    let mut declared = declarations(&text, MANIFEST)?;
    for apps in APP_FOLDERS {
        for path in children(folder, apps, MANIFEST) {
            if let Some(text) = read(folder, &path)? {
                declared.extend(declarations(&text, &path)?);
            }
        }
    }
    Ok(declared)
}

/// The dependencies of one manifest.
pub(super) fn declarations(text: &str, source: &str) -> Result<Vec<Declaration>, DeclaredError> {
    let terms = erlang::parse(text, Profile::Config, &Limits::CONFIG);
    let terms = Term::List(terms.map_err(|error| DeclaredError::of(source, &error.to_string()))?);
    let mut declared = dependencies(&terms, source, &[]);
    let profiles = terms.get_atom("profiles").and_then(Term::as_list).unwrap_or_default();
    for (name, profile) in profiles.iter().filter_map(Term::as_pair) {
        let only = self::text(name).into_iter().collect::<Vec<_>>();
        declared.extend(dependencies(profile, source, &only));
    }
    Ok(declared)
}

fn dependencies(config: &Term, source: &str, only: &[String]) -> Vec<Declaration> {
    let deps = config.get_atom("deps").and_then(Term::as_list).unwrap_or_default();
    let hex = deps.iter().filter_map(Dependency::read).filter(|dependency| dependency.package.is_some());
    hex.map(|dependency| Declaration {
        source: source.to_owned(),
        name: dependency.app,
        asked: dependency.requirement.map_or(Asked::Any, Asked::Text),
        only: only.to_vec(),
    })
    .collect()
}

/// A name or a text.
pub(crate) fn text(term: &Term) -> Option<String> {
    match term {
        Term::Atom(name) => Some(name.clone()),
        Term::List(items) if items.is_empty() => Some(String::new()),
        _ => term.text().map(|text| text.into_owned()),
    }
}
