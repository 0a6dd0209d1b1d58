//! The search language of package lists: words and `key:value` filters. Source: the Hex HTTP contract, "Packages".
//!
//! A search becomes conditions on tokens and facts, which are cut here and kept by the database: this decides what is
//! found, on every engine alike. Unknown and unreadable filters are ignored, as the contract says. Nothing of a search
//! is ever part of a query but as a token.

mod extra;
pub(super) mod facts;
pub(super) mod names;
mod stem;
mod terms;
pub(super) mod words;

use skep_store::Micros;
use skep_store::tables::package_search::{Condition, Fact, Part, Sort};

use self::extra::Extra;
use self::words::Words;

#[cfg(test)]
mod tests;

/// Longest search that is read, in bytes; what follows is ignored.
const MAX_BYTES: usize = 2_000;

/// Shortest text that is looked for inside of names; shorter ones must be the name.
const MIN_PART_CHARS: usize = 3;

/// A search that was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Search {
    text: Option<FreeText>,
    name: Option<NamePattern>,
    description: Option<Words>,
    depends: Option<Dependency>,
    build_tool: Option<String>,
    extra: Vec<Extra>,
    updated_since: Option<Micros>,
}

/// What is not a filter.
#[derive(Debug, Clone, PartialEq)]
struct FreeText {
    repository: Option<String>,
    name: String,
    words: Words,
}

/// A name in which `*` at either end stands for anything.
#[derive(Debug, Clone, PartialEq)]
struct NamePattern {
    repository: Option<String>,
    name: String,
    open_start: bool,
    open_end: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct Dependency {
    repository: String,
    name: String,
}

impl Search {
    /// Reads a search.
    pub(super) fn parse(text: &str) -> Self {
        let mut end = text.len().min(MAX_BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        // No text of the database can hold a NUL.
        let text = text[..end].replace('\0', " ");
        let text = text.trim();
        let mut search = Self::default();
        let mut words = Vec::new();
        for term in terms::split(text) {
            match term {
                terms::Term::Word(word) => words.push(word),
                terms::Term::Filter("extra", value) => match Extra::parse(value) {
                    Some(extra) => search.extra.push(extra),
                    // The contract takes the whole search for words then.
                    None => return Self { text: FreeText::parse(text), ..Self::default() },
                },
                terms::Term::Filter(key, value) => search.set(key, value),
            }
        }
        search.text = FreeText::parse(&words.join(" "));
        search
    }

    fn set(&mut self, key: &str, value: &str) {
        match key {
            "name" => self.name = NamePattern::parse(value),
            "description" => self.description = Some(Words::of(value)).filter(|words| !words.is_empty()),
            "depends" => self.depends = Dependency::parse(value),
            "build_tool" => self.build_tool = Some(value.to_owned()),
            "updated_after" => {
                let at = value.parse::<jiff::Timestamp>().ok();
                self.updated_since = at.map(|at| at.as_microsecond()).or(self.updated_since);
            }
            _ => {}
        }
    }

    /// The packages that are found, in the order that was asked for. Without one, free text has the best matches
    /// first: by name (the whole name, its beginning, a part of it), then every word in the description, then some of
    /// them; of equal matches by name.
    pub(super) fn parts(&self, sort: Option<Sort>) -> Vec<Part> {
        let filters = self.filters();
        let part = |sort: Sort, conditions: Vec<Condition>| Part {
            conditions: filters.iter().cloned().chain(conditions).collect(),
            sort,
        };
        if self.updated_since.is_some() {
            let text = self.text.iter().map(FreeText::condition).collect();
            return vec![part(Sort::UpdatedAtAscending, text)];
        }
        match (&self.text, sort) {
            (text, Some(sort @ (Sort::Downloads | Sort::RecentDownloads))) => {
                let text: Vec<Condition> = text.iter().map(FreeText::condition).collect();
                let also = |condition: Condition| text.iter().cloned().chain([condition]).collect();
                let never = Condition::Not(Box::new(Condition::Downloaded));
                vec![part(sort, also(Condition::Downloaded)), part(Sort::Name, also(never))]
            }
            (None, sort) => vec![part(sort.unwrap_or_default(), Vec::new())],
            (Some(text), Some(sort)) => vec![part(sort, vec![text.condition()])],
            (Some(text), None) => {
                text.ranked().into_iter().map(|conditions| part(Sort::Name, conditions)).collect()
            }
        }
    }

    fn filters(&self) -> Vec<Condition> {
        let mut conditions = Vec::new();
        if let Some(name) = &self.name {
            conditions.extend(name.repository.clone().map(Condition::Repository));
            conditions.extend(name.condition());
        }
        conditions.extend(self.description.as_ref().map(Words::any));
        conditions.extend(self.depends.as_ref().map(|dependency| {
            Condition::Fact(Fact::Of {
                text: facts::DEPENDENCY,
                repository: dependency.repository.clone(),
                package: dependency.name.clone(),
            })
        }));
        conditions
            .extend(self.build_tool.as_ref().map(|tool| Condition::Fact(Fact::Is(facts::build_tool(tool)))));
        conditions.extend(self.extra.iter().map(|extra| Condition::Fact(extra.fact())));
        conditions.extend(self.updated_since.map(Condition::UpdatedSince));
        conditions
    }
}

impl FreeText {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        if text.is_empty() {
            return None;
        }
        let (repository, name) = in_repository(&text);
        Some(Self { repository, name: name.to_owned(), words: Words::of(&text) })
    }

    /// Whether a package is found.
    fn condition(&self) -> Condition {
        Condition::Any(vec![self.name_condition(), self.words.any()])
    }

    fn name_condition(&self) -> Condition {
        let is_part = self.name.chars().count() >= MIN_PART_CHARS;
        let name = if is_part { names::containing(&self.name) } else { names::exactly(&self.name) };
        self.in_repository(name)
    }

    fn in_repository(&self, name: Condition) -> Condition {
        match &self.repository {
            Some(repository) => Condition::All(vec![Condition::Repository(repository.clone()), name]),
            None => name,
        }
    }

    /// The packages that are found, best first; each set without those before it.
    fn ranked(&self) -> Vec<Vec<Condition>> {
        let not = |condition: Condition| Condition::Not(Box::new(condition));
        let whole = names::exactly(&self.name);
        let mut sets = vec![vec![self.in_repository(whole.clone())]];
        if self.name.chars().count() >= MIN_PART_CHARS {
            let start = names::beginning(&self.name);
            sets.push(vec![self.in_repository(start.clone()), not(whole)]);
            sets.push(vec![self.in_repository(names::containing(&self.name)), not(start)]);
        }
        if !self.words.is_empty() {
            let named = not(self.name_condition());
            sets.push(vec![self.words.every(), named.clone()]);
            if self.words.are_several() {
                sets.push(vec![self.words.any(), not(self.words.every()), named]);
            }
        }
        sets
    }
}

impl NamePattern {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let (repository, name) = in_repository(&text);
        let open_start = name.starts_with('*');
        let open_end = name.len() > 1 && name.ends_with('*');
        let name = name.strip_prefix('*').unwrap_or(name);
        let name = if open_end { &name[..name.len() - 1] } else { name };
        (!text.is_empty()).then(|| Self { repository, name: name.to_owned(), open_start, open_end })
    }

    /// None when any name fits.
    fn condition(&self) -> Option<Condition> {
        match (self.open_start, self.open_end) {
            (false, false) => Some(names::exactly(&self.name)),
            _ if self.name.is_empty() => None,
            (false, true) => Some(names::beginning(&self.name)),
            (true, false) => Some(names::ending(&self.name)),
            (true, true) => Some(names::containing(&self.name)),
        }
    }
}

impl Dependency {
    /// `NAME` or `REPOSITORY:NAME`.
    fn parse(text: &str) -> Option<Self> {
        let (repository, name) =
            text.split_once(':').unwrap_or((hex_format::name::RepositoryName::HEXPM, text));
        (!name.is_empty()).then(|| Self { repository: repository.to_owned(), name: name.to_owned() })
    }
}

/// `REPOSITORY/NAME` or `NAME`.
fn in_repository(text: &str) -> (Option<String>, &str) {
    match text.split_once('/') {
        Some((repository, name)) => (Some(repository.to_owned()), name),
        None => (None, text),
    }
}
