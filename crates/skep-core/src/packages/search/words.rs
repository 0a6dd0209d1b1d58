//! Words of descriptions, compared without their English endings.
//!
//! A small stemmer is enough to find "pictures" by "picture": a wrong stem costs a result of a search, nothing else.

use skep_store::tables::packages::Condition;

use super::escape_like;

/// Most words of a search that are looked for.
const MAX_WORDS: usize = 16;

/// Words that stand in every description.
const STOP_WORDS: [&str; 24] = [
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "is", "it", "its", "of", "on", "or", "that",
    "the", "this", "to", "was", "with", "your",
];

/// Stems of words, any of which is looked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Words(Vec<String>);

impl Words {
    pub(super) fn of(text: &str) -> Self {
        Self(stems(text).take(MAX_WORDS).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What metadata with any of the words in its description look like, and some others.
    pub(super) fn condition(&self) -> Condition {
        let patterns = self.0.iter().map(|stem| {
            // The database lowers ASCII only, and `y` may have become `i`.
            let plain = if stem.is_ascii() { stem.trim_end_matches('i') } else { "" };
            Condition::MetaLike(format!("%{}%", escape_like(plain)))
        });
        Condition::Any(patterns.collect())
    }

    pub(super) fn any_in(&self, text: &str) -> bool {
        !self.is_empty() && stems(text).any(|stem| self.0.contains(&stem))
    }
}

fn stems(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).filter(|word| !STOP_WORDS.contains(&word.as_str())).map(|word| stem(&word))
}

fn stem(word: &str) -> String {
    const SHORTEST: usize = 3;
    if word.chars().any(|letter| !letter.is_ascii_lowercase()) {
        return word.to_owned();
    }
    let cut = |ending: &str| word.strip_suffix(ending).filter(|stem| stem.len() >= SHORTEST);
    let stem = if let Some(stem) = cut("ies") {
        format!("{stem}y")
    } else if let Some(stem) = ["sses", "xes", "ches", "shes"].iter().find_map(|ending| cut(&ending[ending.len() - 2..]).filter(|_| word.ends_with(ending))) {
        stem.to_owned()
    } else if let Some(stem) = cut("s").filter(|stem| !stem.ends_with(['s', 'u', 'i'])) {
        stem.to_owned()
    } else {
        word.to_owned()
    };
    let cut = |ending: &str| stem.strip_suffix(ending).filter(|stem| stem.len() >= SHORTEST);
    let stem = ["ing", "ed", "er", "ly"].iter().find_map(|ending| cut(ending)).unwrap_or(&stem);
    let stem = stem.strip_suffix('e').filter(|stem| stem.len() >= SHORTEST).unwrap_or(stem);
    match stem.strip_suffix('y').filter(|stem| stem.len() >= SHORTEST - 1) {
        Some(stem) => format!("{stem}i"),
        None => stem.to_owned(),
    }
}
