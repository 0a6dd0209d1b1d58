//! Text that is ready to be shown: what came from outside is harmless, what is ours may have a colour.

use std::fmt::Display;

use console::measure_text_width;

use super::sanitize::sanitize;

/// What a piece of text is, not how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Nothing special.
    Plain,
    /// The heading of a table or section.
    Heading,
    /// Good news.
    Good,
    /// Something to look at.
    Warning,
    /// Something wrong.
    Bad,
    /// Less important than the rest.
    Faint,
}

impl Style {
    /// The terminal's code for it.
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Heading => Some("1"),
            Self::Good => Some("32"),
            Self::Warning => Some("33"),
            Self::Bad => Some("1;31"),
            Self::Faint => Some("2"),
        }
    }
}

/// Pieces of text, each with its style. There is no other way into it than through the sanitizer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Text {
    pieces: Vec<(Style, String)>,
}

impl Text {
    /// A text of one style.
    pub(crate) fn styled(style: Style, text: &str) -> Self {
        Self::default().add(style, text)
    }

    /// With a piece at the end.
    pub(crate) fn add(mut self, style: Style, text: &str) -> Self {
        if !text.is_empty() {
            self.pieces.push((style, sanitize(text).into_owned()));
        }
        self
    }

    /// With a piece of no style at the end.
    pub(crate) fn plain(self, text: &str) -> Self {
        self.add(Style::Plain, text)
    }

    /// With another text at the end.
    pub(crate) fn append(mut self, other: Self) -> Self {
        self.pieces.extend(other.pieces);
        self
    }

    /// With another text on a line of its own at the end.
    pub(crate) fn line(self, other: impl Into<Self>) -> Self {
        let broken = if self.is_empty() { self } else { self.plain("\n") };
        broken.append(other.into())
    }

    /// Whether there is nothing to show.
    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Columns that it takes on a terminal, if it is one line.
    pub(super) fn width(&self) -> usize {
        self.pieces.iter().map(|(_, text)| measure_text_width(text)).sum()
    }

    /// The pieces, for cutting.
    pub(super) fn pieces(&self) -> &[(Style, String)] {
        &self.pieces
    }

    /// As it is written into a file.
    pub(crate) fn plain_text(&self) -> String {
        self.render(false)
    }

    /// As it is written, with the terminal's codes or without.
    pub(super) fn render(&self, colours: bool) -> String {
        let mut out = String::new();
        for (style, text) in &self.pieces {
            match style.code().filter(|_| colours) {
                Some(code) => out.push_str(&format!("\u{1b}[{code}m{text}\u{1b}[0m")),
                None => out.push_str(text),
            }
        }
        out
    }
}

/// How many of something there are: `1 package`, `2 packages`.
pub(crate) fn count<N: Display + PartialEq + From<u8>>(number: N, one: &str) -> String {
    format!("{number} {one}{}", if number == N::from(1) { "" } else { "s" })
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::default().plain(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_ours_alone() {
        let text = Text::styled(Style::Bad, "error:").plain(" \u{1b}[2Jhi");
        assert_eq!(text.render(true), "\u{1b}[1;31merror:\u{1b}[0m \\u{1b}[2Jhi");
        assert_eq!(text.render(false), "error: \\u{1b}[2Jhi");
    }

    #[test]
    fn counts() {
        assert_eq!([0_usize, 1, 2].map(|number| count(number, "file")), ["0 files", "1 file", "2 files"]);
    }

    #[test]
    fn lines() {
        assert_eq!(Text::default().line("a").line(Text::styled(Style::Faint, "b")).render(false), "a\nb");
        assert!(Text::from("").is_empty());
    }
}
