//! From terms of any historical shape to typed fields.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::value::{self, pairs};
use super::{Dependency, Field, Metadata, MetadataError, Value};
use crate::erlang::{self, Limits, Profile};
use crate::term::Term;

/// Which file at the top of a package tells of which build tool.
const TELLTALE_FILES: [(&str, &str); 5] = [
    ("Makefile", "make"),
    ("Makefile.win", "make"),
    ("mix.exs", "mix"),
    ("rebar", "rebar3"),
    ("rebar.config", "rebar3"),
];

pub(super) fn metadata(bytes: &[u8]) -> Result<Metadata, MetadataError> {
    let forms = erlang::parse(bytes, Profile::Metadata, &Limits::METADATA)
        .map_err(|error| MetadataError::InvalidTerms(Some(error)))?;
    if forms.is_empty() {
        return Err(MetadataError::InvalidTerms(None));
    }
    let pairs: Option<Vec<(&Term, &Term)>> = forms.iter().map(Term::as_pair).collect();
    let keys = Keys::new(pairs.ok_or(MetadataError::NotKeyValue)?);
    let files = keys.field("files", "list(string)", texts);
    Ok(Metadata {
        name: keys.text("name"),
        version: keys.text("version"),
        app: keys.text("app"),
        description: keys.text("description"),
        licenses: keys.field("licenses", "list(string)", texts),
        links: keys.field("links", "map(string)", links),
        maintainers: keys.field("maintainers", "list(string)", texts),
        extra: keys.field("extra", "map", |term| Value::map(value::pairs(term)?)),
        elixir: keys.text("elixir"),
        build_tools: build_tools(&keys, &files),
        requirements: keys.field("requirements", "list(map)", dependencies),
        files,
    })
}

/// The pairs of a property list whose keys are binaries. Of equal keys the last one counts.
struct Keys<'a>(HashMap<&'a [u8], &'a Term>);

impl<'a> Keys<'a> {
    fn new(pairs: Vec<(&'a Term, &'a Term)>) -> Keys<'a> {
        Keys(pairs.into_iter().filter_map(|(key, value)| Some((key.as_bytes()?, value))).collect())
    }

    fn field<T>(&self, key: &str, expected: &'static str, read: impl Fn(&Term) -> Option<T>) -> Field<T> {
        match self.0.get(key.as_bytes()) {
            None => Field::Absent,
            Some(term) if term.is_atom("nil") => Field::Absent,
            Some(term) => read(term).map_or(Field::Invalid(expected), Field::Value),
        }
    }

    fn text(&self, key: &str) -> Field<String> {
        self.field(key, "string", text)
    }
}

/// Text is a binary: a double-quoted string is a list of numbers to those who will read the package.
fn text(term: &Term) -> Option<String> {
    term.as_bytes().and(term.text()).map(|text| text.into_owned())
}

fn texts(term: &Term) -> Option<Vec<String>> {
    term.as_list()?.iter().map(text).collect()
}

fn links(term: &Term) -> Option<BTreeMap<String, String>> {
    pairs(term)?.into_iter().map(|(title, url)| Some((text(title)?, text(url)?))).collect()
}

fn build_tools(keys: &Keys<'_>, files: &Field<Vec<String>>) -> Field<Vec<String>> {
    if keys.0.get("build_tools".as_bytes()).is_some_and(|term| term.as_list().is_some()) {
        return match keys.field("build_tools", "list(string)", texts) {
            Field::Value(tools) => Field::Value(unique(tools)),
            other => other,
        };
    }
    let Field::Value(files) = files else { return Field::Absent };
    let names: HashSet<&str> = files.iter().map(String::as_str).collect();
    let guessed = TELLTALE_FILES.into_iter().filter(|(file, _)| names.contains(file));
    Field::Value(unique(guessed.map(|(_, tool)| tool.to_owned()).collect()))
}

fn unique(mut items: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    items.retain(|item| seen.insert(item.clone()));
    items
}

/// Both shapes: name and properties, or (from the oldest clients and from Mix) properties that include the name.
fn dependencies(term: &Term) -> Option<Vec<Dependency>> {
    let found: Option<BTreeMap<String, Dependency>> = match term.as_list() {
        Some(items @ [Term::List(_) | Term::Map(_), ..]) => items.iter().map(named_dependency).collect(),
        _ => pairs(term)?
            .into_iter()
            .map(|(name, properties)| dependency(text(name)?, pairs(properties)?))
            .collect(),
    };
    found.map(|found| found.into_values().collect())
}

fn named_dependency(term: &Term) -> Option<(String, Dependency)> {
    let properties = pairs(term)?;
    let name = properties.iter().rev().find(|(key, _)| key.as_bytes() == Some(b"name"))?.1;
    dependency(text(name)?, properties)
}

fn dependency(name: String, properties: Vec<(&Term, &Term)>) -> Option<(String, Dependency)> {
    let keys = Keys::new(properties);
    let dependency = Dependency {
        name: name.clone(),
        app: keys.text("app"),
        requirement: keys.text("requirement"),
        optional: keys.field("optional", "boolean", Term::as_bool),
        repository: keys.text("repository"),
    };
    Some((name, dependency))
}
