//! Tables, aligned by the width that characters have on a terminal.

use std::io::IsTerminal;

use console::truncate_str;

use super::Text;
use super::sanitize::line;
use super::text::Style;

/// Between columns.
const GUTTER: &str = "  ";
/// A wider column gives way on a narrow terminal; names, times and addresses of people are hardly ever that wide.
const LONG: usize = 24;
/// Least width that it keeps.
const MIN_CUT: usize = 16;

/// A table with a heading, two spaces between columns and no lines. Cells are made harmless and one line here.
pub(crate) fn table<const N: usize, C: Into<Cell>>(
    heading: [&str; N],
    rows: impl IntoIterator<Item = [C; N]>,
) -> Text {
    let columns = || usize::from(console::Term::stdout().size().1);
    // A terminal that does not say how wide it is cuts nothing.
    let terminal = std::io::stdout().is_terminal().then(columns).filter(|columns| *columns > 0);
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

/// Lays the table out. On a terminal that is too narrow, what is long is cut.
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
    let is_whole = |column: usize| column == 0 || rows.iter().any(|row| is_address(&row[column]));
    let widths = terminal.map_or(widths, |columns| fitted(widths, columns, is_whole));
    all().fold(Text::default(), |text, row| text.line(row_text(row, &widths)))
}

/// Widths for a terminal: the widest columns give way, but not those that have to stay whole.
fn fitted<const N: usize>(
    mut widths: [usize; N],
    columns: usize,
    is_whole: impl Fn(usize) -> bool,
) -> [usize; N] {
    let room = columns.saturating_sub(GUTTER.len() * (N - 1));
    let flexible: Vec<usize> = (0..N).filter(|column| widths[*column] > LONG && !is_whole(*column)).collect();
    while widths.iter().sum::<usize>() > room {
        let widest = flexible.iter().copied().max_by_key(|column| widths[*column]);
        match widest.filter(|column| widths[*column] > MIN_CUT) {
            Some(column) => widths[column] -= 1,
            None => break,
        }
    }
    widths
}

/// Half an address leads nowhere.
fn is_address(cell: &Text) -> bool {
    matches!(cell.pieces(), [(_, text)] if text.contains("://"))
}

fn row_text<const N: usize>(row: &[Text; N], widths: &[usize; N]) -> Text {
    // No spaces at the end of a line: behind the last cell that holds something there is nothing.
    let used = row.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
    let mut text = Text::default();
    for (column, cell) in row.iter().take(used).enumerate() {
        let cell = cut(cell, widths[column]);
        let padding = widths[column].saturating_sub(cell.width());
        text = text.append(cell);
        if column + 1 < used {
            text = text.plain(&format!("{:padding$}{GUTTER}", ""));
        }
    }
    text
}

fn cut(cell: &Text, width: usize) -> Text {
    match cell.pieces() {
        [(style, text)] if cell.width() > width => Text::styled(*style, &truncate_str(text, width, "…")),
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

    #[test]
    fn what_is_long_gives_way_and_an_address_does_not() {
        let row = ["leaf", "Barks 🐶 in 日本語 and others", "1.0.0", "https://hex.example.com/packages/leaf"];
        assert_eq!(
            plain(["Package", "Description", "Version", "URL"], vec![row], Some(75)),
            "Package  Description         Version  URL\n\
             leaf     Barks 🐶 in 日本…   1.0.0    https://hex.example.com/packages/leaf"
        );
        let rows = || vec![["a", "words that are rather long here", "others that are no shorter at all"]];
        let told = plain(["N", "First", "Last"], rows(), Some(50));
        assert_eq!(told.lines().last(), Some("a  words that are rather …  others that are no sh…"));
        let told = plain(["N", "First", "Last"], rows(), Some(10));
        assert_eq!(told.lines().last(), Some("a  words that are …  others that are…"));
    }
}
