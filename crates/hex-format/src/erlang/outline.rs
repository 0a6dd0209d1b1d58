//! Where the parts of a term stand in its text, so that one of them can be changed and comments and layout stay.
//!
//! The text has been read before, as [`Profile::Config`]: whatever is unexpected here gives no outline, and no error.

use std::ops::Range;

use super::Profile;
use super::scan::{Scanner, Token};

/// A part of a term and the parts that it has.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outline {
    /// From its first byte to after its last.
    pub(crate) range: Range<usize>,
    pub(crate) parts: Parts,
}

/// What a part is made of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Parts {
    /// Nothing that is looked into: numbers, atoms, texts, binaries, improper lists.
    Leaf,
    List(Vec<Outline>),
    Tuple(Vec<Outline>),
    /// Keys and values.
    Map(Vec<(Outline, Outline)>),
}

/// The outline of the term that a form holds, without its full stop.
pub(crate) fn outline(form: &str) -> Option<Outline> {
    let mut scanner = Scanner::new(form, Profile::Config);
    let mut tokens = Vec::new();
    loop {
        let (start, token) = scanner.next().ok()?;
        match token {
            Token::End | Token::Dot => break,
            token => tokens.push((start..scanner.pos(), token)),
        }
    }
    let mut reader = Reader { tokens, next: 0 };
    let outline = reader.part()?;
    (reader.next == reader.tokens.len()).then_some(outline)
}

struct Reader {
    tokens: Vec<(Range<usize>, Token)>,
    next: usize,
}

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn at(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Punct(found)) if *found == sign)
    }

    fn accept(&mut self, sign: &str) -> bool {
        let found = self.at(sign);
        self.next += usize::from(found);
        found
    }

    /// From the token at `first` to the one before the next.
    fn since(&self, first: usize) -> Range<usize> {
        self.tokens[first].0.start..self.tokens[self.next - 1].0.end
    }

    fn part(&mut self) -> Option<Outline> {
        let first = self.next;
        let parts = match self.peek()? {
            Token::Punct("{") => {
                self.next += 1;
                Parts::Tuple(self.items("}")?)
            }
            Token::Punct("[") => {
                self.next += 1;
                match self.items("]") {
                    Some(items) => Parts::List(items),
                    None => return self.improper(first),
                }
            }
            Token::Punct("#") => {
                self.next += 1;
                self.accept("{").then_some(())?;
                Parts::Map(self.pairs()?)
            }
            Token::Punct("<<") => {
                while !self.accept(">>") {
                    self.peek()?;
                    self.next += 1;
                }
                Parts::Leaf
            }
            Token::Punct("-" | "+") => {
                self.next += 2;
                Parts::Leaf
            }
            Token::Str(_) => {
                while matches!(self.peek(), Some(Token::Str(_))) {
                    self.next += 1;
                }
                Parts::Leaf
            }
            Token::Punct(_) => return None,
            _ => {
                self.next += 1;
                Parts::Leaf
            }
        };
        (self.next <= self.tokens.len()).then(|| Outline { range: self.since(first), parts })
    }

    fn items(&mut self, end: &str) -> Option<Vec<Outline>> {
        let mut items = Vec::new();
        if self.accept(end) {
            return Some(items);
        }
        loop {
            items.push(self.part()?);
            if self.accept(end) {
                return Some(items);
            }
            self.accept(",").then_some(())?;
        }
    }

    fn pairs(&mut self) -> Option<Vec<(Outline, Outline)>> {
        let mut pairs = Vec::new();
        if self.accept("}") {
            return Some(pairs);
        }
        loop {
            let key = self.part()?;
            self.accept("=>").then_some(())?;
            pairs.push((key, self.part()?));
            if self.accept("}") {
                return Some(pairs);
            }
            self.accept(",").then_some(())?;
        }
    }

    /// A list with a tail is one piece: it ends with the bracket that closes it.
    fn improper(&mut self, first: usize) -> Option<Outline> {
        self.next = first + 1;
        let mut open = 1;
        while open > 0 {
            match self.peek()? {
                Token::Punct("[") => open += 1,
                Token::Punct("]") => open -= 1,
                _ => {}
            }
            self.next += 1;
        }
        Some(Outline { range: self.since(first), parts: Parts::Leaf })
    }
}
