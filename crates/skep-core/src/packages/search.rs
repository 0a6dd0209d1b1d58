//! The search language of package lists: words and `key:value` filters. Source: the Hex HTTP contract, "Packages".
//!
//! The database narrows the list down with patterns that both engines read alike; what they can't express is
//! then checked here, on the rows. Unknown and unreadable filters are ignored, as the contract says.

mod extra;
mod terms;
mod words;

use hex_format::version::Version;
use skep_store::tables::packages::{Condition, Package};
use skep_store::tables::{releases, requirements};
use skep_store::{Conn, Micros};

use self::extra::Extra;
use self::words::Words;
use super::meta::PackageMeta;
use crate::Result;
use crate::registry::parse_version;

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
    pub(super) updated_since: Option<Micros>,
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
        let text = text[..end].trim();
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

    /// Whether packages of this repository can be found at all.
    pub(super) fn admits(&self, repository: &str) -> bool {
        let wanted = self.name.as_ref().and_then(|name| name.repository.as_deref());
        wanted.is_none_or(|wanted| wanted == repository)
    }

    /// Conditions that every package found meets; see [`Search::needs_reading`].
    pub(super) fn conditions(&self) -> Vec<Condition> {
        let mut conditions = Vec::new();
        conditions.extend(self.text.as_ref().map(FreeText::condition));
        conditions.extend(self.name.as_ref().map(NamePattern::condition));
        conditions.extend(self.description.as_ref().map(Words::condition));
        conditions.extend(self.depends.as_ref().map(|dependency| Condition::Requires {
            repository: dependency.repository.clone(),
            package: dependency.name.clone(),
        }));
        // Build tools are followed by the requirement on Elixir in the stored metadata.
        conditions.extend(self.build_tool.as_ref().map(|tool| {
            let tool = escape_like(&serde_json::Value::from(tool.to_ascii_lowercase()).to_string());
            Condition::ReleaseMetaLike(format!("%\"build\\_tools\":[%{tool}%],\"elixir\"%"))
        }));
        conditions.extend(self.extra.iter().map(Extra::condition));
        conditions.extend(self.updated_since.map(Condition::UpdatedSince));
        conditions
    }

    /// Whether the conditions let packages through that have to be looked at.
    pub(super) fn needs_reading(&self) -> bool {
        let text = self.text.as_ref().is_some_and(|text| text.repository.is_some() || !text.words.is_empty());
        text || self.description.is_some() || self.depends.is_some() || !self.extra.is_empty()
    }

    /// Whether a package that meets the conditions is found, as far as its own row tells.
    pub(super) fn matches(&self, package: &Package) -> Result<bool> {
        let meta = PackageMeta::from_json(&package.meta)?;
        let description = meta.description.as_deref().unwrap_or_default();
        let text =
            self.text.as_ref().is_none_or(|text| text.fits_name(package) || text.words.any_in(description));
        let description = self.description.as_ref().is_none_or(|words| words.any_in(description));
        Ok(text && description && self.extra.iter().all(|extra| extra.is_in(meta.extra.as_ref())))
    }

    /// Whether it is found, as far as its releases tell: it is the highest one whose requirements count.
    pub(super) async fn matches_releases(&self, conn: &mut Conn, package: &Package) -> Result<bool> {
        let Some(dependency) = &self.depends else { return Ok(true) };
        let mut latest: Option<(Version, i64)> = None;
        for row in releases::of_package(conn, package.id).await? {
            let version = parse_version(&row.version)?;
            if latest.as_ref().is_none_or(|(highest, _)| version > *highest) {
                latest = Some((version, row.id));
            }
        }
        let Some((_, id)) = latest else { return Ok(false) };
        let required = requirements::of_release(conn, id).await?;
        Ok(required.iter().any(|r| r.repository == dependency.repository && r.package == dependency.name))
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

    fn by_part(&self) -> bool {
        self.name.chars().count() >= MIN_PART_CHARS
    }

    fn condition(&self) -> Condition {
        let name = match self.by_part() {
            true => Condition::NameLike(format!("%{}%", escape_like(&self.name))),
            false => Condition::Name(self.name.clone()),
        };
        match self.words.is_empty() {
            true => name,
            false => Condition::Any(vec![name, self.words.condition()]),
        }
    }

    fn fits_name(&self, package: &Package) -> bool {
        let name = if self.by_part() { package.name.contains(&self.name) } else { package.name == self.name };
        name && self.repository.as_ref().is_none_or(|repository| *repository == package.repository)
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

    fn condition(&self) -> Condition {
        if !self.open_start && !self.open_end {
            return Condition::Name(self.name.clone());
        }
        let open = |is_open: bool| if is_open { "%" } else { "" };
        Condition::NameLike(format!(
            "{}{}{}",
            open(self.open_start),
            escape_like(&self.name),
            open(self.open_end)
        ))
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

/// A text whose characters stand for themselves in a LIKE pattern.
fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
