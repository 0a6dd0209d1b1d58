//! The form of a mail: one definition, from which text and HTML are made.
//!
//! Names in it come from strangers. None of them can begin a header or a line of its own, or become markup.

use std::fmt::Write as _;

/// What every subject begins with.
const PREFIX: &str = "Skep - ";

/// Longest value from outside that is shown, in characters.
const MAX_VALUE: usize = 400;

/// A mail as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    subject: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// A paragraph.
    Text(String),
    /// Names and what they stand for.
    Facts(Vec<(&'static str, String)>),
    /// Something to click at.
    Link { label: &'static str, url: String },
}

impl Letter {
    pub(super) fn new(subject: impl AsRef<str>) -> Self {
        Self { subject: format!("{PREFIX}{}", clean(subject.as_ref())), parts: Vec::new() }
    }

    pub(super) fn text(mut self, text: impl AsRef<str>) -> Self {
        self.parts.push(Part::Text(clean(text.as_ref())));
        self
    }

    pub(super) fn facts<const N: usize>(mut self, facts: [(&'static str, &str); N]) -> Self {
        let facts = facts.into_iter().map(|(name, value)| (name, clean(value)));
        self.parts.push(Part::Facts(facts.collect()));
        self
    }

    pub(super) fn link(mut self, label: &'static str, url: String) -> Self {
        self.parts.push(Part::Link { label, url });
        self
    }

    /// One line.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// For those who read text.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        for (number, part) in self.parts.iter().enumerate() {
            if number > 0 {
                out.push('\n');
            }
            match part {
                Part::Text(text) => line(&mut out, format_args!("{text}")),
                Part::Facts(facts) => {
                    for (name, value) in facts {
                        line(&mut out, format_args!("  {name}: {value}"));
                    }
                }
                Part::Link { label, url } => {
                    line(&mut out, format_args!("{label}:"));
                    line(&mut out, format_args!("{url}"));
                }
            }
        }
        out
    }

    /// For everyone else. Nothing is loaded from anywhere.
    pub fn to_html(&self) -> String {
        let mut out =
            String::from("<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>");
        out.push_str(&escape(&self.subject));
        out.push_str("</title></head>\n<body style=\"font-family: sans-serif; max-width: 40em\">\n");
        for part in &self.parts {
            match part {
                Part::Text(text) => line(&mut out, format_args!("<p>{}</p>", escape(text))),
                Part::Facts(facts) => {
                    line(&mut out, format_args!("<table>"));
                    for (name, value) in facts {
                        let (name, value) = (escape(name), escape(value));
                        line(
                            &mut out,
                            format_args!("<tr><th align=\"left\">{name}</th><td>{value}</td></tr>"),
                        );
                    }
                    line(&mut out, format_args!("</table>"));
                }
                Part::Link { label, url } => {
                    let (label, url) = (escape(label), escape(url));
                    line(&mut out, format_args!("<p><a href=\"{url}\">{label}</a></p>"));
                    line(&mut out, format_args!("<p>If that does not work, open this address: {url}</p>"));
                }
            }
        }
        out.push_str("</body>\n</html>\n");
        out
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("invariant: a string takes everything");
}

/// Text on one line, without characters that nobody sees.
pub(super) fn clean(text: &str) -> String {
    let visible = |c: char| match c {
        c if c.is_whitespace() => Some(' '),
        c if c.is_control() => None,
        // These change the order in which what follows is shown.
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => None,
        c => Some(c),
    };
    text.chars().filter_map(visible).take(MAX_VALUE).collect()
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
