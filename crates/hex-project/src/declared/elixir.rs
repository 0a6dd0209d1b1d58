//! The words of Elixir source text: enough to tell its texts from its comments, and no more. Nothing is evaluated.

use std::iter::Peekable;
use std::str::Chars;

/// Most texts inside texts.
const MAX_DEPTH: usize = 32;

/// A word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// `:name` or `:"name"`.
    Atom(String),
    /// `name:` or `"name":`.
    Key(String),
    /// A text without interpolation.
    Text(String),
    /// `~w(dev test)a` and its like: the words between the brackets.
    Words(Vec<String>),
    /// A name or a number.
    Name(String),
    /// Any other sign, brackets and commas included.
    Sign(char),
    /// A text that is computed, a regular expression, a date.
    Other,
}

/// Cuts a text into words. It ends early where texts are nested too deeply.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { rest: text.chars().peekable() };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.next(0) {
        tokens.push(token);
    }
    tokens
}

struct Lexer<'a> {
    rest: Peekable<Chars<'a>>,
}

impl Lexer<'_> {
    fn next(&mut self, depth: usize) -> Option<Token> {
        if depth > MAX_DEPTH {
            return None;
        }
        loop {
            let character = self.rest.next()?;
            return Some(match character {
                _ if character.is_whitespace() => continue,
                '#' => {
                    self.rest.by_ref().find(|character| *character == '\n');
                    continue;
                }
                '"' | '\'' => self.quoted(character, depth)?,
                ':' => self.atom(depth)?,
                '~' => self.sigil(depth)?,
                // A character: `?"`, `?\n`.
                '?' => {
                    if self.rest.next()? == '\\' {
                        self.rest.next()?;
                    }
                    Token::Other
                }
                _ if is_name(character) => self.name(character),
                sign => Token::Sign(sign),
            });
        }
    }

    fn name(&mut self, first: char) -> Token {
        let mut name = first.to_string();
        while let Some(character) = self.rest.next_if(|it| is_name(*it) || matches!(it, '?' | '!')) {
            name.push(character);
        }
        if self.ends_a_key() { Token::Key(name) } else { Token::Name(name) }
    }

    /// Takes the colon of `name: `, if it is one.
    fn ends_a_key(&mut self) -> bool {
        let mut ahead = self.rest.clone();
        let is_key = ahead.next() == Some(':') && ahead.next().is_none_or(char::is_whitespace);
        if is_key {
            self.rest.next();
        }
        is_key
    }

    fn atom(&mut self, depth: usize) -> Option<Token> {
        if let Some(quote) = self.rest.next_if(|it| matches!(it, '"' | '\'')) {
            return Some(match self.quoted(quote, depth)? {
                Token::Text(name) => Token::Atom(name),
                other => other,
            });
        }
        let mut name = String::new();
        while let Some(character) = self.rest.next_if(|it| is_name(*it) || matches!(it, '@' | '?' | '!')) {
            name.push(character);
        }
        Some(if name.is_empty() { Token::Sign(':') } else { Token::Atom(name) })
    }

    /// After its first quote.
    fn quoted(&mut self, quote: char, depth: usize) -> Option<Token> {
        let mut ahead = self.rest.clone();
        if ahead.next() == Some(quote) && ahead.next() == Some(quote) {
            self.rest = ahead;
            let text = self.until(|lexer| lexer.takes_two(quote), quote, true, depth)?;
            return Some(text.map_or(Token::Other, Token::Text));
        }
        let text = self.until(|_| true, quote, true, depth)?;
        let Some(text) = text else { return Some(Token::Other) };
        Some(if self.ends_a_key() { Token::Key(text) } else { Token::Text(text) })
    }

    fn takes_two(&mut self, quote: char) -> bool {
        let mut ahead = self.rest.clone();
        let found = ahead.next() == Some(quote) && ahead.next() == Some(quote);
        if found {
            self.rest = ahead;
        }
        found
    }

    /// `~s"…"`, `~w(…)a`, `~r/…/`, `~D[…]`, and heredocs of them.
    fn sigil(&mut self, depth: usize) -> Option<Token> {
        let Some(first) = self.rest.next_if(char::is_ascii_alphabetic) else { return Some(Token::Sign('~')) };
        while self.rest.next_if(char::is_ascii_uppercase).is_some() {}
        let open = self.rest.next()?;
        let close = match open {
            '(' => ')',
            '[' => ']',
            '{' => '}',
            '<' => '>',
            '/' | '|' | '"' | '\'' => open,
            _ => return Some(Token::Other),
        };
        let escapes = first.is_ascii_lowercase();
        let mut ahead = self.rest.clone();
        let heredoc = matches!(open, '"' | '\'') && ahead.next() == Some(open) && ahead.next() == Some(open);
        let text = if heredoc {
            self.rest = ahead;
            self.until(|lexer| lexer.takes_two(close), close, escapes, depth)?
        } else {
            self.until(|_| true, close, escapes, depth)?
        };
        while self.rest.next_if(char::is_ascii_alphabetic).is_some() {}
        Some(match (first.to_ascii_lowercase(), text) {
            ('w', Some(text)) => Token::Words(text.split_whitespace().map(str::to_owned).collect()),
            ('s', Some(text)) => Token::Text(text),
            _ => Token::Other,
        })
    }

    /// The text before `close`, where `is_end` agrees; `None` inside if part of it is computed.
    fn until(
        &mut self,
        mut is_end: impl FnMut(&mut Self) -> bool,
        close: char,
        escapes: bool,
        depth: usize,
    ) -> Option<Option<String>> {
        let (mut text, mut computed) = (String::new(), false);
        loop {
            let character = self.rest.next()?;
            match character {
                _ if character == close && is_end(self) => return Some((!computed).then_some(text)),
                '\\' => {
                    let escaped = self.rest.next()?;
                    if !escapes && escaped != close {
                        text.push('\\');
                    }
                    text.push(escaped);
                }
                '#' if escapes && self.rest.next_if_eq(&'{').is_some() => {
                    computed = true;
                    let mut open = 1_usize;
                    while open > 0 {
                        match self.next(depth + 1)? {
                            Token::Sign('{') => open += 1,
                            Token::Sign('}') => open -= 1,
                            _ => {}
                        }
                    }
                }
                _ => text.push(character),
            }
        }
    }
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}
