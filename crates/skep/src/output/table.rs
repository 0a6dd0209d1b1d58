//! Tables, aligned by the width that characters have on a terminal.

use std::io::IsTerminal;

use console::truncate_str;

use super::Text;
use super::sanitize::line;
use super::text::Style;

/// Between columns.
const GUTTER: &str = "  ";
/// Least width that the last column keeps on a narrow terminal.
const MIN_LAST: usize = 20;

/// A table with a heading, two spaces between columns and no lines. Cells are made harmless and one line here.
pub(crate) fn table<const N: usize, C: Into<Cell>>(
    heading: [&str; N],
    rows: impl IntoIterator<Item = [C; N]>,
) -> Text {
    let terminal = std::io::stdout().is_terminal().then(|| console::Term::stdout().size().1.into());
    layout(heading, rows, terminal)
}

/// One cell.
pub(crate) struct Cell(Text);

impl Cell {
    /// A cell with a meaning.
    pub(crate) fn styled(style: Style, text: &str) -> Self {
        Self(Text::styled(style, &line(text)))
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::styled(Style::Plain, text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

/// Lays the table out. On a terminal the last column, which holds what may be long, is cut to its width.
fn layout<const N: usize, C: Into<Cell>>(
    heading: [&str; N],
    rows: impl IntoIterator<Item = [C; N]>,
    terminal: Option<usize>,
) -> Text {
    let heading = heading.map(|title| Cell::styled(Style::Heading, title).0);
    let rows: Vec<[Text; N]> = rows.into_iter().map(|row| row.map(|cell| cell.into().0)).collect();
    let all = || std::iter::once(&heading).chain(&rows);
    let widths: [usize; N] =
        std::array::from_fn(|column| all().map(|row| row[column].width()).max().unwrap_or(0));
    let before_last: usize = widths[..N - 1].iter().map(|width| width + GUTTER.len()).sum();
    let room = terminal.map(|columns| columns.saturating_sub(before_last).max(MIN_LAST));
    all().fold(Text::default(), |text, row| text.line(row_text(row, &widths, room)))
}

fn row_text<const N: usize>(row: &[Text; N], widths: &[usize; N], room: Option<usize>) -> Text {
    // No spaces at the end of a line: behind the last cell that holds something there is nothing.
    let used = row.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
    let mut text = Text::default();
    for (column, cell) in row.iter().take(used).enumerate() {
        let cell = if column == N - 1 { cut(cell, room) } else { cell.clone() };
        let padding = widths[column].saturating_sub(cell.width());
        text = text.append(cell);
        if column + 1 < used {
            text = text.plain(&format!("{:padding$}{GUTTER}", ""));
        }
    }
    text
}

fn cut(cell: &Text, room: Option<usize>) -> Text {
    match (room, cell.pieces()) {
        (Some(room), [(style, text)]) => Text::styled(*style, &truncate_str(text, room, "…")),
        _ => cell.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain<const N: usize>(heading: [&str; N], rows: Vec<[&str; N]>, terminal: Option<usize>) -> String {
        layout(heading, rows, terminal).render(false)
    }

    #[test]
    fn columns_line_up_by_width() {
        let rows = vec![["schlüssel", "api"], ["日本", "a\u{1b}b\nc"], ["x", ""]];
        assert_eq!(
            plain(["Name", "Permissions"], rows, None),
            "Name       Permissions\nschlüssel  api\n日本       a\\u{1b}b c\nx"
        );
    }

    #[test]
    fn only_a_terminal_cuts() {
        let rows = || vec![["a", "a description that is longer than the terminal"]];
        assert!(plain(["N", "Description"], rows(), None).ends_with("terminal"));
        assert_eq!(
            plain(["N", "Description"], rows(), Some(30)),
            "N  Description\na  a description that is long…"
        );
    }
}
