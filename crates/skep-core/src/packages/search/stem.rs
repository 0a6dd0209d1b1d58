//! English words without their endings, so that "pictures" is found by "picture".
//!
//! This is the Porter2 algorithm ("English (Porter2) stemming algorithm", Snowball), which is what the reference's
//! database does to descriptions. A test compares it with the one of PostgreSQL.

/// Words that the rules are wrong about.
const EXCEPTIONS: [(&str, &str); 18] = [
    ("skis", "ski"),
    ("skies", "sky"),
    ("dying", "die"),
    ("lying", "lie"),
    ("tying", "tie"),
    ("idly", "idl"),
    ("gently", "gentl"),
    ("ugly", "ugli"),
    ("early", "earli"),
    ("only", "onli"),
    ("singly", "singl"),
    ("sky", "sky"),
    ("news", "news"),
    ("howe", "howe"),
    ("atlas", "atlas"),
    ("cosmos", "cosmos"),
    ("bias", "bias"),
    ("andes", "andes"),
];

/// Words that are whole once they have lost the ending of the plural.
const WHOLE: [&str; 8] =
    ["inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed"];

/// Endings of derived words and what they become, longer ones before those that they end in.
const DERIVED: [(&str, &str); 22] = [
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("abli", "able"),
    ("entli", "ent"),
    ("ization", "ize"),
    ("izer", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("aliti", "al"),
    ("alli", "al"),
    ("fulness", "ful"),
    ("ousli", "ous"),
    ("ousness", "ous"),
    ("iveness", "ive"),
    ("iviti", "ive"),
    ("biliti", "ble"),
    ("bli", "ble"),
    ("fulli", "ful"),
    ("lessli", "less"),
];

const DERIVED_AGAIN: [(&str, &str); 8] = [
    ("ational", "ate"),
    ("tional", "tion"),
    ("alize", "al"),
    ("icate", "ic"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ful", ""),
    ("ness", ""),
];

/// Endings that are taken away from long words, longer ones before those that they end in.
const LAST: [&str; 17] = [
    "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize",
    "al", "er", "ic",
];

/// The stem of a word in lower case. Words with anything but letters have no endings.
pub(super) fn stem(word: &str) -> String {
    if word.len() <= 2 || !word.chars().all(char::is_alphabetic) {
        return word.to_owned();
    }
    if let Some((_, stem)) = EXCEPTIONS.iter().find(|(exception, _)| *exception == word) {
        return (*stem).to_owned();
    }
    let mut word = Word::of(word);
    word.plural();
    if !WHOLE.iter().any(|whole| word.is(whole)) {
        word.past_and_participle();
        word.final_y();
        word.derived();
        word.derived_again();
        word.last_ending();
        word.final_letter();
    }
    word.letters.into_iter().map(|letter| if letter == 'Y' { 'y' } else { letter }).collect()
}

fn is_vowel(letter: char) -> bool {
    matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

struct Word {
    /// A `Y` is a `y` that sounds like a consonant.
    letters: Vec<char>,
    /// Where the two regions begin that rules look for their endings in.
    r1: usize,
    r2: usize,
}

impl Word {
    fn of(word: &str) -> Self {
        let mut letters: Vec<char> = word.chars().collect();
        for n in 0..letters.len() {
            if letters[n] == 'y' && (n == 0 || is_vowel(letters[n - 1])) {
                letters[n] = 'Y';
            }
        }
        let start = ["gener", "commun", "arsen"].iter().find(|start| word.starts_with(**start));
        let r1 = start.map_or_else(|| region(&letters, 0), |start| start.len());
        Self { r2: region(&letters, r1), letters, r1 }
    }

    fn is(&self, word: &str) -> bool {
        self.letters.iter().copied().eq(word.chars())
    }

    /// Where the ending begins, if this is the ending.
    fn ending(&self, ending: &str) -> Option<usize> {
        let start = self.letters.len().checked_sub(ending.len())?;
        self.letters[start..].iter().copied().eq(ending.chars()).then_some(start)
    }

    fn has_vowel_before(&self, end: usize) -> bool {
        self.letters[..end].iter().copied().any(is_vowel)
    }

    fn cut(&mut self, start: usize, instead: &str) {
        self.letters.truncate(start);
        self.letters.extend(instead.chars());
    }

    /// Whether what comes before `end` ends in a short syllable.
    fn short_syllable(&self, end: usize) -> bool {
        match self.letters[..end] {
            [.., a, b, c] if !is_vowel(a) => is_vowel(b) && !is_vowel(c) && !matches!(c, 'w' | 'x' | 'Y'),
            [b, c] => is_vowel(b) && !is_vowel(c),
            _ => false,
        }
    }

    fn plural(&mut self) {
        if let Some(start) = self.ending("sses") {
            self.cut(start, "ss");
        } else if let Some(start) = self.ending("ied").or_else(|| self.ending("ies")) {
            self.cut(start, if start > 1 { "i" } else { "ie" });
        } else if self.ending("us").or_else(|| self.ending("ss")).is_none()
            && let Some(start) = self.ending("s")
            && start > 0
            && self.has_vowel_before(start - 1)
        {
            self.cut(start, "");
        }
    }

    fn past_and_participle(&mut self) {
        if let Some(start) = self.ending("eedly").or_else(|| self.ending("eed")) {
            if start >= self.r1 {
                self.cut(start, "ee");
            }
            return;
        }
        let start = ["ingly", "edly", "ing", "ed"].iter().find_map(|ending| self.ending(ending));
        let Some(start) = start.filter(|start| self.has_vowel_before(*start)) else { return };
        self.cut(start, "");
        if ["at", "bl", "iz"].iter().any(|ending| self.ending(ending).is_some()) {
            self.letters.push('e');
        } else if let [.., a, b] = self.letters[..]
            && a == b
            && matches!(a, 'b' | 'd' | 'f' | 'g' | 'm' | 'n' | 'p' | 'r' | 't')
        {
            self.letters.pop();
        } else if self.r1 >= self.letters.len() && self.short_syllable(self.letters.len()) {
            self.letters.push('e');
        }
    }

    fn final_y(&mut self) {
        // Not after the first letter of the word.
        if let [_, .., before, last @ ('y' | 'Y')] = &mut self.letters[..]
            && !is_vowel(*before)
        {
            *last = 'i';
        }
    }

    fn derived(&mut self) {
        if let Some((start, instead)) = self.first_ending(&DERIVED) {
            if start >= self.r1 {
                self.cut(start, instead);
            }
        } else if let Some(start) = self.ending("ogi") {
            if start >= self.r1 && start > 0 && self.letters[start - 1] == 'l' {
                self.cut(start, "og");
            }
        } else if let Some(start) = self.ending("li")
            && start >= self.r1
            && start > 0
            && matches!(self.letters[start - 1], 'c' | 'd' | 'e' | 'g' | 'h' | 'k' | 'm' | 'n' | 'r' | 't')
        {
            self.cut(start, "");
        }
    }

    fn derived_again(&mut self) {
        if let Some((start, instead)) = self.first_ending(&DERIVED_AGAIN) {
            if start >= self.r1 {
                self.cut(start, instead);
            }
        } else if let Some(start) = self.ending("ative")
            && start >= self.r2
        {
            self.cut(start, "");
        }
    }

    fn last_ending(&mut self) {
        if let Some(start) = LAST.iter().find_map(|ending| self.ending(ending)) {
            if start >= self.r2 {
                self.cut(start, "");
            }
        } else if let Some(start) = self.ending("ion")
            && start >= self.r2
            && start > 0
            && matches!(self.letters[start - 1], 's' | 't')
        {
            self.cut(start, "");
        }
    }

    fn final_letter(&mut self) {
        let Some(end) = self.letters.len().checked_sub(1) else { return };
        let superfluous = match self.letters[end] {
            'e' => end >= self.r2 || (end >= self.r1 && !self.short_syllable(end)),
            'l' => end >= self.r2 && end > 0 && self.letters[end - 1] == 'l',
            _ => false,
        };
        if superfluous {
            self.letters.pop();
        }
    }

    fn first_ending(&self, endings: &[(&str, &'static str)]) -> Option<(usize, &'static str)> {
        endings.iter().find_map(|(ending, instead)| Some((self.ending(ending)?, *instead)))
    }
}

/// What follows the first consonant after a vowel.
fn region(letters: &[char], start: usize) -> usize {
    let after_vowel = letters[start..].windows(2).position(|pair| is_vowel(pair[0]) && !is_vowel(pair[1]));
    after_vowel.map_or(letters.len(), |n| start + n + 2)
}
