//! What a search should find, decided package by package, as the Hex HTTP contract says it: no index, no tokens.

use std::collections::BTreeSet;

/// Forms of words that English takes for one.
const FORMS: [&[&str]; 9] = [
    &["picture", "pictures", "pictured"],
    &["library", "libraries"],
    &["connect", "connected", "connecting", "connection", "connections"],
    &["parse", "parsing", "parsed"],
    &["json", "JSON", "Json"],
    &["running", "runs", "run"],
    &["été", "Été"],
    &["2fa"],
    &["client", "clients"],
];

const STOP_WORDS: [&str; 4] = ["the", "of", "and", "The"];

/// A dice that falls alike in every run (SplitMix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let word = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((word ^ (word >> 31)) % sides as u64).unwrap()
    }

    pub(super) fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.roll(of.len())]
    }

    /// Any form of any word.
    pub(super) fn word(&mut self) -> &'static str {
        let forms = self.one(&FORMS);
        self.one(forms)
    }

    /// A few words, with what stands between words.
    pub(super) fn text(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.roll(5) + 1 {
            text += if self.roll(4) == 0 { self.one(&STOP_WORDS) } else { self.word() };
            text += self.one(&[" ", ", ", "-", "_", ". "]);
        }
        text
    }
}

/// A package as its publications left it.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    pub(super) repository: String,
    pub(super) name: String,
    pub(super) description: String,
    /// Version, build tool, and names of public packages required; ascending versions.
    pub(super) releases: Vec<(&'static str, &'static str, Vec<String>)>,
    pub(super) colour: String,
    pub(super) sizes: Vec<i64>,
    pub(super) inserted_at: i64,
    pub(super) updated_at: i64,
    /// In all, and of late. None before the first one.
    pub(super) downloads: Option<(i64, i64)>,
}

/// A search.
#[derive(Debug, Clone, Default)]
pub(super) struct Query {
    pub(super) text: Option<String>,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) depends: Option<String>,
    pub(super) build_tool: Option<String>,
    pub(super) colour: Option<String>,
    pub(super) size: Option<i64>,
    pub(super) updated_after: Option<i64>,
    pub(super) sort: Option<&'static str>,
}

impl Query {
    /// As a client writes it.
    pub(super) fn written(&self) -> String {
        let mut terms: Vec<String> = Vec::new();
        terms.extend(self.text.clone());
        terms.extend(self.name.as_ref().map(|name| format!("name:{name}")));
        terms.extend(self.description.as_ref().map(|text| format!("description:\"{text}\"")));
        terms.extend(self.depends.as_ref().map(|name| format!("depends:{name}")));
        terms.extend(self.build_tool.as_ref().map(|tool| format!("build_tool:{tool}")));
        terms.extend(self.colour.as_ref().map(|colour| format!("extra:look,colour,{colour}")));
        terms.extend(self.size.map(|size| format!("extra:sizes,[{size}]")));
        terms.extend(self.updated_after.map(|at| {
            let at = jiff::Timestamp::from_microsecond(at).unwrap();
            format!("updated_after:{at}")
        }));
        terms.join(" ")
    }

    /// `REPOSITORY/NAME` of what is found in these repositories, in its order.
    pub(super) fn answer(&self, packages: &[Known], repositories: &[&str]) -> Vec<String> {
        let seen = packages.iter().filter(|package| repositories.contains(&&*package.repository));
        let mut found: Vec<(&Known, u8)> =
            seen.filter(|package| self.admits(package)).filter_map(|p| Some((p, self.rank(p)?))).collect();
        let by_name = |package: &Known| (package.name.clone(), place(&package.repository));
        match self.sort {
            _ if self.updated_after.is_some() => found.sort_by_key(|(package, _)| package.updated_at),
            Some("inserted_at") => found.sort_by_key(|(package, _)| std::cmp::Reverse(package.inserted_at)),
            Some("downloads") => {
                found.sort_by_key(|(p, _)| (std::cmp::Reverse(p.downloads.map(|d| d.0)), by_name(p)));
            }
            Some("recent_downloads") => {
                found.sort_by_key(|(p, _)| (std::cmp::Reverse(p.downloads.map(|d| d.1)), by_name(p)));
            }
            Some("updated_at") => found.sort_by_key(|(package, _)| std::cmp::Reverse(package.updated_at)),
            Some(_) => found.sort_by_key(|(package, _)| by_name(package)),
            None => found.sort_by_key(|(package, rank)| (*rank, by_name(package))),
        }
        found.into_iter().map(|(package, _)| format!("{}/{}", package.repository, package.name)).collect()
    }

    fn admits(&self, package: &Known) -> bool {
        let latest = package.releases.last().unwrap();
        let depends = |wanted: &String| {
            let name = wanted.strip_prefix("hexpm:").unwrap_or(wanted);
            latest.2.iter().any(|required| required == name)
        };
        self.name.as_ref().is_none_or(|pattern| fits(pattern, package))
            && self.description.as_ref().is_none_or(|text| {
                words(text).is_empty() || words(text).iter().any(|word| has(&package.description, word))
            })
            && self.depends.as_ref().is_none_or(depends)
            && self.build_tool.as_ref().is_none_or(|tool| package.releases.iter().any(|(_, t, _)| t == tool))
            && self.colour.as_ref().is_none_or(|colour| package.colour == *colour)
            && self.size.is_none_or(|size| package.sizes.contains(&size))
            && self.updated_after.is_none_or(|at| package.updated_at >= at)
    }

    /// How well the free text fits: none if it does not.
    fn rank(&self, package: &Known) -> Option<u8> {
        let Some(text) = &self.text else { return Some(0) };
        let text = text.trim().to_lowercase();
        let (repository, name) = match text.split_once('/') {
            Some((repository, name)) => (Some(repository), name),
            None => (None, &*text),
        };
        let part = match name.chars().count() {
            0..3 => package.name == name,
            _ => package.name.contains(name),
        };
        let words = words(&text);
        let there = words.iter().filter(|word| has(&package.description, word)).count();
        if part && repository.is_none_or(|repository| repository == package.repository) {
            Some(if package.name == name { 0 } else { 2 - u8::from(package.name.starts_with(name)) })
        } else {
            (there > 0).then_some(if there == words.len() { 3 } else { 4 })
        }
    }
}

/// The public repository was made first.
fn place(repository: &str) -> usize {
    ["hexpm", "acme", "umbrella"].iter().position(|name| *name == repository).unwrap()
}

fn fits(pattern: &str, package: &Known) -> bool {
    let (repository, name) = pattern.split_once('/').unwrap_or((&package.repository, pattern));
    let name = name.to_lowercase();
    let fits = match (name.strip_prefix('*'), name.len() > 1 && name.ends_with('*')) {
        (None, false) => package.name == name,
        (None, true) => package.name.starts_with(&name[..name.len() - 1]),
        (Some(rest), false) => package.name.ends_with(rest),
        (Some(rest), true) => package.name.contains(&rest[..rest.len() - 1]),
    };
    fits && repository == package.repository
}

/// Words to look for, each of parts that follow one another.
fn words(text: &str) -> BTreeSet<Vec<String>> {
    text.split_whitespace().map(parts).filter(|parts| !parts.is_empty()).collect()
}

fn parts(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.filter(|word| !STOP_WORDS.contains(word)).map(form).collect()
}

/// One form for all.
fn form(word: &str) -> String {
    let forms = FORMS.iter().find(|forms| forms.contains(&word) || forms.contains(&&*word.to_lowercase()));
    forms.map_or_else(|| word.to_lowercase(), |forms| forms[0].to_owned())
}

fn has(description: &str, word: &[String]) -> bool {
    parts(description).windows(word.len()).any(|part| part == word)
}
