//! Reading a requirement: a scan into tokens, then clauses between `and` and `or`.

use std::fmt;

use thiserror::Error;

use super::{Clause, MAX_BYTES, Operator, Requirement};
use crate::version::{LooseVersion, VersionError};

/// Why a text is not a requirement.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RequirementError {
    /// Longer than [`MAX_BYTES`].
    #[error("a requirement has at most {MAX_BYTES} bytes, not {0}")]
    TooLong(usize),
    /// Nothing where an operator or a version belongs: an empty text, a dangling operator, `and` or `or`.
    #[error("a version is missing")]
    MissingVersion,
    /// Something other than `and` or `or` after a clause.
    #[error("expected ` and ` or ` or ` before `{0}`")]
    MissingJoiner(String),
    /// A clause's version is not one.
    #[error(transparent)]
    Version(#[from] VersionError),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    And,
    Or,
    Operator(Operator),
    Text(&'a str),
}

/// Longest first, so that `>=` is not read as `>`. The joiners need their spaces: `1.0.0-and` is a version.
const SIGNS: [(&str, Token<'static>); 10] = [
    (">=", Token::Operator(Operator::GreaterOrEqual)),
    ("<=", Token::Operator(Operator::LessOrEqual)),
    ("~>", Token::Operator(Operator::Compatible)),
    (">", Token::Operator(Operator::Greater)),
    ("<", Token::Operator(Operator::Less)),
    ("==", Token::Operator(Operator::Equal)),
    ("!=", Token::Operator(Operator::NotEqual)),
    ("!", Token::Operator(Operator::NotEqual)),
    (" or ", Token::Or),
    (" and ", Token::And),
];

impl Requirement {
    /// Reads a requirement.
    ///
    /// # Errors
    /// When Elixir's `Version.parse_requirement/1` would refuse it, or when it is longer than [`MAX_BYTES`].
    pub fn parse(text: &str) -> Result<Self, RequirementError> {
        if text.len() > MAX_BYTES {
            return Err(RequirementError::TooLong(text.len()));
        }
        let mut alternatives = vec![Vec::new()];
        let mut tokens = scan(text).into_iter();
        loop {
            let clause = clause(&mut tokens)?;
            alternatives.last_mut().expect("invariant: there is a first alternative").push(clause);
            match tokens.next() {
                None => break,
                Some(Token::And) => {}
                Some(Token::Or) => alternatives.push(Vec::new()),
                Some(other) => return Err(RequirementError::MissingJoiner(other.to_string())),
            }
        }
        Ok(Self { text: text.to_owned(), alternatives })
    }
}

fn scan(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut word, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        let sign = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign));
        let width = match sign {
            Some((sign, _)) => sign.len(),
            None if rest.starts_with(' ') => 1,
            None => {
                at += rest.chars().next().map_or(1, char::len_utf8);
                continue;
            }
        };
        push_word(&mut tokens, &text[word..at]);
        tokens.extend(sign.map(|(_, token)| *token));
        at += width;
        word = at;
    }
    push_word(&mut tokens, &text[word..]);
    tokens
}

fn push_word<'a>(tokens: &mut Vec<Token<'a>>, word: &'a str) {
    if !word.is_empty() {
        tokens.push(Token::Text(word));
    }
}

fn clause<'a>(tokens: &mut impl Iterator<Item = Token<'a>>) -> Result<Clause, RequirementError> {
    let (operator, version) = match tokens.next() {
        Some(Token::Text(version)) => (Operator::Equal, version),
        Some(Token::Operator(operator)) => match tokens.next() {
            Some(Token::Text(version)) => (operator, version),
            _ => return Err(RequirementError::MissingVersion),
        },
        _ => return Err(RequirementError::MissingVersion),
    };
    let operand = LooseVersion::parse(version)?;
    if !operand.has_patch && operator != Operator::Compatible {
        return Err(VersionError::Parts(version.to_owned()).into());
    }
    Ok(Clause { operator, operand })
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And => f.write_str("and"),
            Self::Or => f.write_str("or"),
            Self::Operator(operator) => operator.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}
