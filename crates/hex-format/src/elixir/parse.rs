//! Reading a literal by recursive descent, with the depth, the size and the number of terms bounded.

use thiserror::Error;

use super::{ElixirTerm, MAX_ATOM_CHARS, MAX_BYTES, MAX_DEPTH, MAX_TERMS, escape};

/// Why a text is not an Elixir literal, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {problem}")]
pub struct ElixirError {
    /// The line in which reading stopped, from 1.
    pub line: usize,
    /// What was wrong there.
    pub problem: ElixirProblem,
}

/// What was wrong with a text that should be an Elixir literal.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ElixirProblem {
    /// Longer than [`MAX_BYTES`].
    #[error("the text has more than {MAX_BYTES} bytes")]
    TooLong,
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("terms are nested more than {MAX_DEPTH} deep")]
    TooDeep,
    /// More terms than [`MAX_TERMS`].
    #[error("there are more than {MAX_TERMS} terms")]
    TooManyTerms,
    /// The text ends within a term.
    #[error("the text ends before the term does")]
    End,
    /// A character that can't stand there.
    #[error("unexpected `{0}`")]
    Unexpected(char),
    /// A variable, a call or an alias.
    #[error("`{0}` is not a literal")]
    NotLiteral(String),
    /// A number that is malformed, beyond 64 bits, or not finite.
    #[error("`{0}` is not a number that can be read")]
    Number(String),
    /// A malformed escape in a string.
    #[error("a string has a malformed escape")]
    Escape,
    /// `#{…}` in a string.
    #[error("a string has an interpolation")]
    Interpolation,
    /// A string whose bytes are not UTF-8.
    #[error("a string is not UTF-8")]
    NotUtf8,
    /// An atom longer than [`MAX_ATOM_CHARS`].
    #[error("an atom has more than {MAX_ATOM_CHARS} characters")]
    AtomTooLong,
}

type Parsed<T> = Result<T, ElixirProblem>;

pub(super) fn parse(text: &str) -> Result<ElixirTerm, ElixirError> {
    if text.len() > MAX_BYTES {
        return Err(ElixirError { line: 1, problem: ElixirProblem::TooLong });
    }
    let mut parser = Parser { text, at: 0, depth: 0, terms: 0 };
    parser.document().map_err(|problem| {
        let line = 1 + text.as_bytes()[..parser.at].iter().filter(|b| **b == b'\n').count();
        ElixirError { line, problem }
    })
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    terms: usize,
}

impl<'a> Parser<'a> {
    fn document(&mut self) -> Parsed<ElixirTerm> {
        self.skip();
        let term = self.term()?;
        self.skip();
        if self.rest().is_empty() { Ok(term) } else { Err(self.unexpected()) }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn unexpected(&self) -> ElixirProblem {
        self.peek().map_or(ElixirProblem::End, ElixirProblem::Unexpected)
    }

    fn eat(&mut self, sign: &str) -> bool {
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let taken = &rest[..rest.find(|c| !keep(c)).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    /// Passes white space and comments.
    fn skip(&mut self) {
        loop {
            self.take_while(|c| matches!(c, ' ' | '\t' | '\r' | '\n'));
            if !self.rest().starts_with('#') {
                return;
            }
            self.take_while(|c| c != '\n');
        }
    }

    fn count(&mut self, terms: usize) -> Parsed<()> {
        self.terms += terms;
        if self.terms > MAX_TERMS { Err(ElixirProblem::TooManyTerms) } else { Ok(()) }
    }

    fn term(&mut self) -> Parsed<ElixirTerm> {
        self.count(1)?;
        match self.peek().ok_or(ElixirProblem::End)? {
            '%' if self.eat("%{") => self.nested(Self::map),
            '{' if self.eat("{") => self.nested(Self::tuple),
            '[' if self.eat("[") => self.nested(Self::list),
            '"' => self.quoted('"').map(ElixirTerm::String),
            '\'' => self.charlist(),
            ':' if self.eat(":") => self.atom(),
            '-' | '+' | '0'..='9' => self.number(),
            c if is_name_start(c) => match self.take_while(is_name_part) {
                "nil" => Ok(ElixirTerm::Nil),
                "true" => Ok(ElixirTerm::Bool(true)),
                "false" => Ok(ElixirTerm::Bool(false)),
                other => Err(ElixirProblem::NotLiteral(other.to_owned())),
            },
            other => Err(ElixirProblem::Unexpected(other)),
        }
    }

    fn nested(&mut self, read: impl Fn(&mut Self) -> Parsed<ElixirTerm>) -> Parsed<ElixirTerm> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(ElixirProblem::TooDeep);
        }
        let term = read(self)?;
        self.depth -= 1;
        Ok(term)
    }

    fn charlist(&mut self) -> Parsed<ElixirTerm> {
        let text = self.quoted('\'')?;
        self.count(text.chars().count())?;
        Ok(ElixirTerm::List(text.chars().map(|c| ElixirTerm::Integer(u32::from(c).into())).collect()))
    }

    fn list(&mut self) -> Parsed<ElixirTerm> {
        let (mut terms, pairs) = self.elements("]", Self::term, pair)?;
        terms.extend(pairs);
        Ok(ElixirTerm::List(terms))
    }

    /// Pairs of a keyword at the end of a tuple are one list: `{:git, "url", branch: "main"}`.
    fn tuple(&mut self) -> Parsed<ElixirTerm> {
        let (mut terms, pairs) = self.elements("}", Self::term, pair)?;
        if !pairs.is_empty() {
            if terms.is_empty() {
                return Err(ElixirProblem::Unexpected(':'));
            }
            terms.push(ElixirTerm::List(pairs));
        }
        Ok(ElixirTerm::Tuple(terms))
    }

    fn map(&mut self) -> Parsed<ElixirTerm> {
        let (mut terms, pairs) = self.elements("}", Self::arrow, |key, value| (key, value))?;
        terms.extend(pairs);
        Ok(ElixirTerm::Map(terms))
    }

    /// `key => value`
    fn arrow(&mut self) -> Parsed<(ElixirTerm, ElixirTerm)> {
        let key = self.term()?;
        self.skip();
        if !self.eat("=>") {
            return Err(self.unexpected());
        }
        self.skip();
        Ok((key, self.term()?))
    }

    /// Elements up to `close`, commas between them and perhaps after the last: terms, then pairs of a
    /// keyword.
    fn elements<T>(
        &mut self,
        close: &str,
        element: impl Fn(&mut Self) -> Parsed<T>,
        pair: impl Fn(ElixirTerm, ElixirTerm) -> T,
    ) -> Parsed<(Vec<T>, Vec<T>)> {
        let (mut terms, mut pairs) = (Vec::new(), Vec::new());
        loop {
            self.skip();
            if self.eat(close) {
                return Ok((terms, pairs));
            }
            match self.keyword_key()? {
                Some(key) => {
                    self.skip();
                    pairs.push(pair(key, self.term()?));
                }
                None if pairs.is_empty() => terms.push(element(self)?),
                None => return Err(self.unexpected()),
            }
            self.skip();
            if !self.eat(",") && !self.rest().starts_with(close) {
                return Err(self.unexpected());
            }
        }
    }

    /// `name: ` or `"name": ` ahead, or nothing read.
    fn keyword_key(&mut self) -> Parsed<Option<ElixirTerm>> {
        let start = self.at;
        let name = match self.peek() {
            Some('"') => self.quoted('"')?,
            Some(c) if is_name_start(c) => self.name().to_owned(),
            _ => return Ok(None),
        };
        let after = self.rest().strip_prefix(':');
        if after.is_some_and(|after| after.starts_with([' ', '\t', '\r', '\n'])) {
            self.at += 1;
            return checked_atom(name).map(Some);
        }
        self.at = start;
        Ok(None)
    }

    fn name(&mut self) -> &'a str {
        let start = self.at;
        self.take_while(is_name_part);
        if !self.eat("?") {
            self.eat("!");
        }
        &self.text[start..self.at]
    }

    fn atom(&mut self) -> Parsed<ElixirTerm> {
        match self.peek() {
            Some('"') => checked_atom(self.quoted('"')?),
            Some(c) if is_name_start(c) => {
                let name = self.name();
                match self.peek() {
                    Some(c) if c == '.' || is_name_part(c) => Err(ElixirProblem::Unexpected(c)),
                    _ => checked_atom(name.to_owned()),
                }
            }
            _ => Err(self.unexpected()),
        }
    }

    fn quoted(&mut self, quote: char) -> Parsed<String> {
        self.at += quote.len_utf8();
        let mut bytes = Vec::new();
        loop {
            let plain = self.take_while(|c| c != quote && c != '\\' && c != '#');
            bytes.extend_from_slice(plain.as_bytes());
            match self.peek().ok_or(ElixirProblem::End)? {
                '\\' => {
                    self.at += 1;
                    self.at += escape::read(self.rest(), &mut bytes).ok_or(ElixirProblem::Escape)?;
                }
                '#' if self.rest().starts_with("#{") => return Err(ElixirProblem::Interpolation),
                '#' => {
                    self.at += 1;
                    bytes.push(b'#');
                }
                _ => {
                    self.at += quote.len_utf8();
                    return String::from_utf8(bytes).map_err(|_| ElixirProblem::NotUtf8);
                }
            }
        }
    }

    /// An integer in base 2, 8, 10 or 16, or a float. `_` may stand between digits.
    fn number(&mut self) -> Parsed<ElixirTerm> {
        let start = self.at;
        let _sign = self.eat("-") || self.eat("+");
        self.take_while(|c| c.is_alphanumeric() || c == '_');
        if self.rest().starts_with('.') {
            self.at += 1;
            self.take_while(|c| c.is_alphanumeric() || c == '_');
            if self.text[..self.at].ends_with(['e', 'E']) && (self.eat("-") || self.eat("+")) {
                self.take_while(|c| c.is_ascii_digit() || c == '_');
            }
        }
        let text = &self.text[start..self.at];
        number(text).ok_or_else(|| ElixirProblem::Number(text.to_owned()))
    }
}

fn pair(key: ElixirTerm, value: ElixirTerm) -> ElixirTerm {
    ElixirTerm::Tuple(vec![key, value])
}

fn number(text: &str) -> Option<ElixirTerm> {
    let groups = || text.trim_start_matches(['-', '+']).split('_');
    // An underscore has a digit on either side; without underscores there is one group.
    let between_digits = |group: &str| {
        group.starts_with(|c: char| c.is_ascii_hexdigit()) && group.ends_with(|c: char| c.is_ascii_hexdigit())
    };
    if !groups().all(between_digits) {
        return None;
    }
    let digits: String = groups().collect();
    let negative = text.starts_with('-');
    if let Some((whole, fraction)) = digits.split_once('.') {
        let shaped = !whole.is_empty()
            && whole.bytes().all(|b| b.is_ascii_digit())
            && fraction.starts_with(|c: char| c.is_ascii_digit());
        let value: f64 = shaped.then(|| digits.parse().ok())??;
        let signed = if negative { -value } else { value };
        return value.is_finite().then_some(ElixirTerm::Float(signed));
    }
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x', ..] => (16, &digits[2..]),
        [b'0', b'o', ..] => (8, &digits[2..]),
        [b'0', b'b', ..] => (2, &digits[2..]),
        _ => (10, digits.as_str()),
    };
    if !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = i128::from_str_radix(digits, radix).ok()?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok().map(ElixirTerm::Integer)
}

fn checked_atom(name: String) -> Parsed<ElixirTerm> {
    if name.chars().count() > MAX_ATOM_CHARS {
        return Err(ElixirProblem::AtomTooLong);
    }
    Ok(ElixirTerm::atom(name))
}

fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn is_name_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '@'
}
