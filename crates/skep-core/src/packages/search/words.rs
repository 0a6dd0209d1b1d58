//! Words of descriptions, compared without their English endings.
//!
//! A small stemmer is enough to find "pictures" by "picture": a wrong stem costs a result of a search, nothing else.

use skep_store::tables::packages::Condition;

use super::escape_like;

/// Most words of a search that are looked for.
const MAX_WORDS: usize = 16;

/// Words that stand in every description.
const STOP_WORDS: [&str; 24] = [
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "is", "it", "its", "of", "on",
    "or", "that", "the", "this", "to", "was", "with", "your",
];

/// Shortest stem that an ending is cut from, in letters.
const SHORTEST_STEM: usize = 3;

/// Words, any of which is looked for. A word like `json_pointer` is several stems that must follow one another.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Words(Vec<Vec<String>>);

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let words = text.split_whitespace().map(stems).filter(|stems| !stems.is_empty());
        Self(words.take(MAX_WORDS).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What metadata with any of the words in its description look like, and some others.
    pub(super) fn condition(&self) -> Condition {
        let longest = |stems: &Vec<String>| {
            // The database lowers ASCII only, and an `i` may have been a `y`.
            let sure = stems.iter().filter(|stem| stem.is_ascii()).map(|stem| stem.trim_end_matches('i'));
            let longest = sure.max_by_key(|stem| stem.len()).unwrap_or_default();
            Condition::MetaLike(format!("%{}%", escape_like(longest)))
        };
        Condition::Any(self.0.iter().map(longest).collect())
    }

    pub(super) fn any_in(&self, text: &str) -> bool {
        if self.is_empty() {
            return false;
        }
        let text = stems(text);
        self.0.iter().any(|word| text.windows(word.len()).any(|part| part == word))
    }
}

fn stems(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let words = words.map(str::to_lowercase).filter(|word| !STOP_WORDS.contains(&word.as_str()));
    words.map(stem).collect()
}

/// Takes endings away, plural first.
fn stem(mut word: String) -> String {
    if !word.chars().all(|letter| letter.is_ascii_lowercase()) {
        return word;
    }
    if let Some(start) = cut(&word, &["ies"]) {
        word = format!("{start}y");
    } else if ["sses", "xes", "zes", "ches", "shes"].iter().any(|ending| word.ends_with(ending)) {
        word.truncate(word.len() - 2);
    } else if let Some(start) = cut(&word, &["s"]).filter(|start| !start.ends_with(['s', 'u', 'i'])) {
        word.truncate(start.len());
    }
    for endings in [&["ing", "ed", "er", "ly"][..], &["e"]] {
        if let Some(start) = cut(&word, endings) {
            word.truncate(start.len());
        }
    }
    match cut(&word, &["y"]) {
        Some(start) => format!("{start}i"),
        None => word,
    }
}

fn cut<'a>(word: &'a str, endings: &[&str]) -> Option<&'a str> {
    let starts = endings.iter().filter_map(|ending| word.strip_suffix(ending));
    starts.into_iter().find(|start| start.len() >= SHORTEST_STEM)
}
