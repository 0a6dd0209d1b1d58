//! Words of descriptions, compared without their English endings.

use skep_store::tables::package_index::{Field, Tokens};
use skep_store::tables::package_search::Condition;

use super::stem::stem;

/// Most words of a search that are looked for.
const MAX_WORDS: usize = 16;

/// Most words of a description that can be found.
const MAX_INDEXED: usize = 5_000;

/// Longer words are no words, in bytes.
const MAX_WORD_BYTES: usize = 100;

/// Words that stand in every description: those that PostgreSQL's English configuration leaves out.
const STOP_WORDS: &str = " i me my myself we our ours ourselves you your yours yourself yourselves he him his himself \
    she her hers herself it its itself they them their theirs themselves what which who whom this that these those am \
    is are was were be been being have has had having do does did doing a an the and but if or because as until while \
    of at by for with about against between into through during before after above below to from up down in out on \
    off over under again further then once here there when where why how all any both each few more most other some \
    such no nor not only own same so than too very s t can will just don should now ";

/// Words to look for. A word like `json_pointer` is several stems that must follow one another.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Words(Vec<Vec<String>>);

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let mut phrases: Vec<Vec<String>> = Vec::new();
        for word in text.split_whitespace() {
            let phrase: Vec<String> = stems(word).collect();
            if !phrase.is_empty() && !phrases.contains(&phrase) && phrases.len() < MAX_WORDS {
                phrases.push(phrase);
            }
        }
        Self(phrases)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether [`Words::any`] and [`Words::every`] differ.
    pub(super) fn are_several(&self) -> bool {
        self.0.len() > 1
    }

    /// A description with any of the words.
    pub(super) fn any(&self) -> Condition {
        self.condition(false)
    }

    /// A description with all of them.
    pub(super) fn every(&self) -> Condition {
        self.condition(true)
    }

    fn condition(&self, all: bool) -> Condition {
        if self.is_empty() {
            return Condition::Any(Vec::new());
        }
        Condition::Tokens(Tokens { field: Field::Words, phrases: self.0.clone(), all, open: false })
    }
}

/// The words of a description as they are indexed.
pub(in crate::packages) fn of_description(text: &str) -> Vec<String> {
    stems(text).take(MAX_INDEXED).collect()
}

fn stems(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty() && word.len() <= MAX_WORD_BYTES).map(str::to_lowercase);
    words.filter(|word| !STOP_WORDS.contains(&format!(" {word} "))).map(|word| stem(&word))
}
