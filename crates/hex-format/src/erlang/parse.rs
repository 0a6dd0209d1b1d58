//! Terms out of tokens, by recursive descent with an explicit bound on depth and number.

use super::scan::{Scanner, Token, abridge};
use super::{Limits, ParseError, Profile, Reason, TopLevelForms};
use crate::term::Term;

pub(super) fn forms(text: &str, profile: Profile, limits: &Limits) -> Result<TopLevelForms, ParseError> {
    let mut scanner = Scanner::new(text, profile);
    let (start, token) = scanner.next()?;
    let mut parser = Parser { scanner, token, start, limits, terms: 0 };
    let mut forms = Vec::new();
    while parser.token != Token::End {
        let start = parser.start;
        let term = parser.term(0)?;
        if parser.token != Token::Dot {
            return Err(parser.expected("\".\""));
        }
        forms.push((start..parser.scanner.pos(), term));
        parser.advance()?;
    }
    Ok(TopLevelForms { forms })
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    /// The next token and where it starts.
    token: Token,
    start: usize,
    limits: &'a Limits,
    terms: usize,
}

impl Parser<'_> {
    fn advance(&mut self) -> Result<Token, ParseError> {
        let (start, token) = self.scanner.next()?;
        self.start = start;
        Ok(std::mem::replace(&mut self.token, token))
    }

    fn error(&self, reason: Reason) -> ParseError {
        self.scanner.error(reason)
    }

    fn expected(&self, expected: &'static str) -> ParseError {
        ParseError {
            line: self.scanner.line(),
            reason: Reason::Expected { expected, found: self.token.describe() },
        }
    }

    fn at(&self, sign: &str) -> bool {
        matches!(self.token, Token::Punct(found) if found == sign)
    }

    fn accept(&mut self, sign: &str) -> Result<bool, ParseError> {
        let found = self.at(sign);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn term(&mut self, depth: usize) -> Result<Term, ParseError> {
        self.terms += 1;
        if self.terms > self.limits.terms {
            return Err(self.error(Reason::TooMany(self.limits.terms)));
        }
        if depth > self.limits.depth {
            return Err(self.error(Reason::TooDeep(self.limits.depth)));
        }
        match &self.token {
            Token::Atom(_) | Token::Integer(_) | Token::Float(_) => self.leaf(),
            Token::Str(_) => self.string(),
            Token::Punct("-" | "+") => self.signed(),
            Token::Punct("{") => self.tuple(depth),
            Token::Punct("[") => self.list(depth),
            Token::Punct("#") => self.map(depth),
            Token::Punct("<<") => self.binary(),
            _ => Err(self.expected("a term")),
        }
    }

    fn leaf(&mut self) -> Result<Term, ParseError> {
        Ok(match self.advance()? {
            Token::Atom(name) => Term::Atom(name),
            Token::Integer(value) => Term::Integer(value),
            Token::Float(value) => Term::Float(value),
            _ => return Err(self.expected("a term")),
        })
    }

    fn signed(&mut self) -> Result<Term, ParseError> {
        let negative = self.at("-");
        self.advance()?;
        match self.token {
            Token::Integer(_) | Token::Float(_) => {}
            _ => return Err(self.expected("a number")),
        }
        Ok(match self.leaf()? {
            Term::Integer(value) if negative => Term::Integer(-value),
            Term::Float(value) if negative => Term::Float(-value),
            other => other,
        })
    }

    /// One string or several in a row, which are one.
    fn joined_strings(&mut self) -> Result<String, ParseError> {
        let mut text = String::new();
        while let Token::Str(_) = self.token {
            if let Token::Str(more) = self.advance()? {
                text.push_str(&more);
            }
        }
        Ok(text)
    }

    fn string(&mut self) -> Result<Term, ParseError> {
        let text = self.joined_strings()?;
        Ok(if text.is_empty() { Term::List(Vec::new()) } else { Term::Str(text) })
    }

    fn tuple(&mut self, depth: usize) -> Result<Term, ParseError> {
        self.advance()?;
        let mut items = Vec::new();
        if self.accept("}")? {
            return Ok(Term::Tuple(items));
        }
        loop {
            items.push(self.term(depth + 1)?);
            if self.accept("}")? {
                return Ok(Term::Tuple(items));
            }
            if !self.accept(",")? {
                return Err(self.expected("\",\" or \"}\""));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Term, ParseError> {
        self.advance()?;
        let mut items = Vec::new();
        if self.accept("]")? {
            return Ok(Term::List(items));
        }
        loop {
            items.push(self.term(depth + 1)?);
            if self.accept("]")? {
                return Ok(Term::List(items));
            }
            if self.accept("|")? {
                return self.tail(items, depth);
            }
            if !self.accept(",")? {
                return Err(self.expected("\",\", \"|\" or \"]\""));
            }
        }
    }

    /// What follows the `|` of a list. A tail that is a list continues it.
    fn tail(&mut self, mut items: Vec<Term>, depth: usize) -> Result<Term, ParseError> {
        let tail = self.term(depth + 1)?;
        if !self.accept("]")? {
            return Err(self.expected("\"]\""));
        }
        Ok(match tail {
            Term::List(more) => {
                items.extend(more);
                Term::List(items)
            }
            Term::ImproperList(more, tail) => {
                items.extend(more);
                Term::ImproperList(items, tail)
            }
            Term::Str(text) => {
                items.extend(text.chars().map(|c| Term::Integer(i128::from(u32::from(c)))));
                Term::List(items)
            }
            tail => Term::ImproperList(items, Box::new(tail)),
        })
    }

    fn map(&mut self, depth: usize) -> Result<Term, ParseError> {
        self.advance()?;
        if !self.accept("{")? {
            return Err(self.expected("\"{\""));
        }
        let mut pairs = Vec::new();
        if self.accept("}")? {
            return Ok(Term::Map(pairs));
        }
        loop {
            let key = self.term(depth + 1)?;
            if !self.accept("=>")? {
                return Err(self.expected("\"=>\""));
            }
            pairs.push((key, self.term(depth + 1)?));
            if self.accept("}")? {
                return Ok(Term::Map(pairs));
            }
            if !self.accept(",")? {
                return Err(self.expected("\",\" or \"}\""));
            }
        }
    }

    fn binary(&mut self) -> Result<Term, ParseError> {
        self.advance()?;
        let mut bytes = Vec::new();
        if self.accept(">>")? {
            return Ok(Term::Binary(bytes));
        }
        loop {
            self.segment(&mut bytes)?;
            if self.accept(">>")? {
                return Ok(Term::Binary(bytes));
            }
            if !self.accept(",")? {
                return Err(self.expected("\",\" or \">>\""));
            }
        }
    }

    /// A string or an integer: code points as UTF-8 when so marked, else the lowest eight bits of each, as in Erlang.
    fn segment(&mut self, bytes: &mut Vec<u8>) -> Result<(), ParseError> {
        let text = match self.token {
            Token::Str(_) => Ok(self.joined_strings()?),
            Token::Punct("-" | "+") | Token::Integer(_) => Err(self.integer()?),
            _ => return Err(self.expected("a string or a byte")),
        };
        match (text, self.accept("/")? && self.utf8_type()?) {
            (Ok(text), true) => bytes.extend_from_slice(text.as_bytes()),
            (Ok(text), false) => bytes.extend(text.chars().map(|c| low_byte(u32::from(c).into()))),
            (Err(code), true) => match u32::try_from(code).ok().and_then(char::from_u32) {
                Some(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                None => return Err(self.error(Reason::Segment(format!("{code}/utf8")))),
            },
            (Err(code), false) => bytes.push(low_byte(code)),
        }
        Ok(())
    }

    fn integer(&mut self) -> Result<i128, ParseError> {
        let term = if matches!(self.token, Token::Punct(_)) { self.signed()? } else { self.leaf()? };
        term.as_integer().ok_or_else(|| self.expected("a byte"))
    }

    /// The type after a slash: whether it is `utf8`. Types that mean plain bytes are accepted as such.
    fn utf8_type(&mut self) -> Result<bool, ParseError> {
        let mut utf8 = false;
        loop {
            match self.advance()? {
                Token::Atom(name) if name == "utf8" => utf8 = true,
                Token::Atom(name)
                    if matches!(&*name, "integer" | "unsigned" | "signed" | "big" | "little" | "native") => {}
                Token::Atom(name) => {
                    return Err(self.error(Reason::Segment(format!("type {}", abridge(&name)))));
                }
                _ => return Err(self.error(Reason::Segment("type".into()))),
            }
            if !self.accept("-")? {
                return Ok(utf8);
            }
        }
    }
}

/// What `<<N>>` holds for an integer that does not fit a byte.
fn low_byte(code: i128) -> u8 {
    code.to_le_bytes()[0]
}
