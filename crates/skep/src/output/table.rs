//! Tables, aligned by the width that characters have on a terminal.

use comfy_table::{Cell, ContentArrangement, Table, presets};

use super::sanitize::line;

/// A table with a heading, two spaces between columns and no lines. Cells are made harmless here.
pub(crate) fn table<const N: usize>(
    heading: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(heading);
    for row in rows {
        table.add_row(row.iter().map(|text| Cell::new(line(text))));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines: Vec<String> = table.to_string().lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_by_width() {
        let text = table(
            ["Name", "Permissions"],
            [["schlüssel".to_owned(), "api".to_owned()], ["日本".to_owned(), "a\u{1b}b\nc".to_owned()]],
        );
        assert_eq!(text, "Name       Permissions\nschlüssel  api\n日本       a\\u{1b}b c");
    }
}
