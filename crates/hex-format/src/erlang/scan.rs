//! Erlang tokens.
//!
//! Two readers are followed exactly: Hex's lexer for metadata and Erlang's own scanner for everything else. Where they
//! differ (escapes, numbers, reserved words, what ends a form) the profile decides. Nothing here looks further than
//! one token.

use super::{ParseError, Profile, Reason};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Atom(String),
    Str(String),
    Integer(i128),
    Float(f64),
    /// One of `{ } [ ] , | # / : - + ( ) << >> => :=`
    Punct(&'static str),
    Dot,
    End,
}

impl Token {
    pub(super) fn describe(&self) -> String {
        match self {
            Token::Atom(name) => format!("atom {:?}", abridge(name)),
            Token::Str(_) => "a string".into(),
            Token::Integer(value) => format!("{value}"),
            Token::Float(value) => format!("{value}"),
            Token::Punct(sign) => format!("\"{sign}\""),
            Token::Dot => "the end of the term".into(),
            Token::End => "the end of the text".into(),
        }
    }
}

/// Longest signs first.
const SIGNS: [&str; 14] = ["<<", ">>", "=>", "{", "}", "[", "]", ",", "|", "#", "/", ":", "-", "+"];
/// Signs that Hex's metadata lexer does not know.
const NOT_IN_METADATA: [&str; 2] = ["|", ":"];

const RESERVED: [&str; 29] = [
    "after", "and", "andalso", "band", "begin", "bnot", "bor", "bsl", "bsr", "bxor", "case", "catch", "cond",
    "div", "else", "end", "fun", "if", "let", "maybe", "not", "of", "or", "orelse", "receive", "rem", "try",
    "when", "xor",
];

/// Whether Erlang reads `name` as a keyword. `else` and `maybe` became keywords late: they are read as atoms.
pub(super) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name) && !matches!(name, "else" | "maybe")
}

pub(super) struct Scanner<'a> {
    text: &'a str,
    pos: usize,
    line: usize,
    profile: Profile,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, profile: Profile) -> Scanner<'a> {
        let text_start = if profile == Profile::Config && text.starts_with('\u{feff}') { 3 } else { 0 };
        Scanner { text, pos: text_start, line: 1, profile }
    }

    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// The byte after the token last read.
    pub(super) fn pos(&self) -> usize {
        self.pos
    }

    pub(super) fn error(&self, reason: Reason) -> ParseError {
        ParseError { line: self.line, reason }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.pos..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.pos += c.len_utf8();
        self.line += usize::from(c == '\n');
        Some(c)
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        self.pos += end;
        &rest[..end]
    }

    fn skip_blank(&mut self) {
        let config = self.profile == Profile::Config;
        while let Some(c) = self.peek() {
            if c <= ' ' || (config && ('\u{80}'..='\u{a0}').contains(&c)) {
                self.bump();
            } else if config && c == '%' {
                self.take_while(|c| c != '\n');
            } else {
                return;
            }
        }
    }

    /// The next token, and the byte where it starts.
    pub(super) fn next(&mut self) -> Result<(usize, Token), ParseError> {
        self.skip_blank();
        let start = self.pos;
        let Some(first) = self.peek() else { return Ok((start, Token::End)) };
        let token = match first {
            '"' => Token::Str(self.quoted('"', "string")?),
            '\'' => Token::Atom(self.quoted('\'', "atom")?),
            '.' => self.dot()?,
            '0'..='9' => self.number()?,
            '$' if self.profile == Profile::Config => self.character()?,
            c if self.starts_atom(c) => self.atom()?,
            c => self.sign(c)?,
        };
        Ok((start, token))
    }

    fn sign(&mut self, first: char) -> Result<Token, ParseError> {
        let found = SIGNS.into_iter().find(|sign| self.rest().starts_with(sign));
        match found {
            Some(sign) if self.profile == Profile::Config || !NOT_IN_METADATA.contains(&sign) => {
                self.pos += sign.len();
                Ok(Token::Punct(sign))
            }
            _ => Err(self.error(Reason::Character(first))),
        }
    }

    /// For metadata any full stop ends the form; Erlang wants white space, a comment or the end after it.
    fn dot(&mut self) -> Result<Token, ParseError> {
        self.bump();
        match self.peek() {
            Some(c) if self.profile == Profile::Config && !(c <= ' ' || c == '%' || c == '\u{a0}') => {
                Err(self.error(Reason::Character('.')))
            }
            _ => Ok(Token::Dot),
        }
    }

    fn starts_atom(&self, c: char) -> bool {
        c.is_ascii_lowercase() || (self.profile == Profile::Config && ('ß'..='ÿ').contains(&c) && c != '÷')
    }

    fn atom(&mut self) -> Result<Token, ParseError> {
        let name = match self.profile {
            Profile::Metadata => self.take_while(|c| c.is_ascii_alphanumeric() || c == '_' || c == '@'),
            Profile::Config => self.take_while(is_name_char),
        };
        if self.profile == Profile::Config && is_reserved(name) {
            return Err(self.error(Reason::ReservedWord(name.into())));
        }
        Ok(Token::Atom(name.into()))
    }

    fn number(&mut self) -> Result<Token, ParseError> {
        let start = self.pos;
        let config = self.profile == Profile::Config;
        let whole = self.take_while(|c| c.is_ascii_digit() || (config && c == '_'));
        let mut radix = 10;
        let mut digits = whole;
        let mut chars = self.rest().chars();
        match (chars.next(), chars.next()) {
            (Some('#'), Some(c)) if config && c.is_ascii_alphanumeric() => {
                self.pos += 1;
                radix = whole.parse().ok().filter(|radix| (2..=36).contains(radix)).unwrap_or(0);
                digits = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
            }
            (Some('.'), Some(c)) if config && c.is_ascii_digit() => {
                self.pos += 1;
                self.take_while(|c| c.is_ascii_digit() || c == '_');
                self.exponent();
                return self.float(start);
            }
            _ => {}
        }
        let malformed =
            digits.ends_with('_') || digits.starts_with('_') || digits.contains("__") || radix == 0;
        let value = if malformed { None } else { i128::from_str_radix(&digits.replace('_', ""), radix).ok() };
        match value {
            Some(value) => Ok(Token::Integer(value)),
            None => Err(self.error(Reason::Number(abridge(&self.text[start..self.pos])))),
        }
    }

    fn exponent(&mut self) {
        let rest = self.rest();
        let Some(after) = rest.strip_prefix(['e', 'E']) else { return };
        let after = after.strip_prefix(['+', '-']).unwrap_or(after);
        if after.starts_with(|c: char| c.is_ascii_digit()) {
            self.pos += rest.len() - after.len();
            self.take_while(|c| c.is_ascii_digit());
        }
    }

    fn float(&mut self, start: usize) -> Result<Token, ParseError> {
        let text = &self.text[start..self.pos];
        let malformed =
            text.contains("__") || text.contains("_.") || text.contains("._") || text.contains("_e");
        match text.replace('_', "").parse::<f64>() {
            Ok(value) if value.is_finite() && !malformed => Ok(Token::Float(value)),
            _ => Err(self.error(Reason::Number(abridge(text)))),
        }
    }

    fn character(&mut self) -> Result<Token, ParseError> {
        self.bump();
        let code = match self.bump() {
            Some('\\') => self.escape()?,
            other => other,
        };
        match code {
            Some(c) => Ok(Token::Integer(i128::from(u32::from(c)))),
            None => Err(self.error(Reason::NotClosed("character"))),
        }
    }

    fn quoted(&mut self, quote: char, what: &'static str) -> Result<String, ParseError> {
        let opened = self.line;
        let not_closed = ParseError { line: opened, reason: Reason::NotClosed(what) };
        self.bump();
        let mut out = String::new();
        loop {
            out.push_str(self.take_while(|c| c != quote && c != '\\' && c != '\n'));
            match self.bump() {
                None => return Err(not_closed),
                Some('\\') => out.extend(self.escape()?),
                Some(c) if c == quote => return Ok(out),
                Some(c) => out.push(c),
            }
        }
    }

    /// What stands after a backslash. Hex's lexer knows fewer escapes, and drops a backslash with white space after it.
    fn escape(&mut self) -> Result<Option<char>, ParseError> {
        let Some(c) = self.bump() else { return Err(self.error(Reason::NotClosed("escape sequence"))) };
        let code = match (self.profile, c) {
            (Profile::Metadata, '\0'..=' ') => return Ok(None),
            (Profile::Metadata, '0'..='7') => match self.octal(c) {
                (3, code) => code,
                _ => u32::from(c),
            },
            (Profile::Config, '0'..='7') => self.octal(c).1,
            (Profile::Config, 'x') => self.hexadecimal()?,
            (_, '^') => match self.bump() {
                Some(c) => u32::from(c) & 31,
                None => return Err(self.error(Reason::NotClosed("escape sequence"))),
            },
            (_, 'n') => 10,
            (_, 'r') => 13,
            (_, 't') => 9,
            (_, 'v') => 11,
            (_, 'b') => 8,
            (_, 'f') => 12,
            (_, 'e') => 27,
            (_, 's') => 32,
            (_, 'd') => 127,
            (_, c) => u32::from(c),
        };
        char::from_u32(code).map(Some).ok_or_else(|| self.error(Reason::Escape))
    }

    /// One to three octal digits: how many there are, and their value. Metadata takes all three or the first alone.
    fn octal(&mut self, first: char) -> (usize, u32) {
        let wanted = self.rest().chars().take(2).take_while(|c| ('0'..='7').contains(c)).count();
        if self.profile == Profile::Metadata && wanted < 2 {
            return (1, u32::from(first));
        }
        let more = &self.rest()[..wanted];
        self.pos += wanted;
        let value = more.chars().fold(u32::from(first) - 48, |value, c| value * 8 + u32::from(c) - 48);
        (1 + wanted, value)
    }

    /// `\xHH` or `\x{H…}`, after the `x`.
    fn hexadecimal(&mut self) -> Result<u32, ParseError> {
        let braced = self.rest().strip_prefix('{').map(|rest| rest.split_once('}'));
        let digits = match braced {
            Some(Some((digits, _))) => {
                self.pos += digits.len() + 2;
                digits
            }
            Some(None) => return Err(self.error(Reason::NotClosed("escape sequence"))),
            None => {
                let digits = self.rest().get(..2).unwrap_or_default();
                self.pos += digits.len();
                digits
            }
        };
        let valid = !digits.is_empty() && digits.len() <= 8 && digits.chars().all(|c| c.is_ascii_hexdigit());
        let code = if valid { u32::from_str_radix(digits, 16).ok() } else { None };
        code.ok_or_else(|| self.error(Reason::Escape))
    }
}

/// Whether an unquoted atom may hold this character after its first.
pub(super) fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '@' || (('À'..='ÿ').contains(&c) && c != '×' && c != '÷')
}

/// Enough of a token to recognise it in a message.
pub(super) fn abridge(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}
