//! QR codes on a terminal: two rows of modules in one line of half blocks, with the quiet zone that scanners need.
//!
//! Dark on light whatever the colours of the terminal are, because not every scanner reads the inverse.

use std::io::{self, Write};

use anyhow::Context as _;
use fast_qr::{ECL, QRBuilder, QRCode};

/// Light modules around the code, of the four of the standard: scanners are content with two.
const QUIET_ZONE: usize = 2;

const BLACK_ON_WHITE: &str = "\u{1b}[38;5;16;48;5;231m";
const AS_BEFORE: &str = "\u{1b}[0m";

/// Draws a text on standard error. With `NO_COLOR` it is left to the terminal to be dark.
pub(crate) fn draw(text: &str) -> anyhow::Result<()> {
    let code = QRBuilder::new(text).ecl(ECL::L).build().context("the text is too long for a QR code")?;
    let colors = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let mut out = io::stderr().lock();
    // That nobody sees it is no failure: the key is told as text too.
    let _ = out.write_all(render(&code, colors).as_bytes());
    Ok(())
}

fn render(code: &QRCode, colors: bool) -> String {
    let side = code.size + 2 * QUIET_ZONE;
    let is_dark = |row: usize, column: usize| {
        let inside = |at: usize| at.checked_sub(QUIET_ZONE).filter(|at| *at < code.size);
        matches!((inside(row), inside(column)), (Some(row), Some(column)) if code[row][column].value())
    };
    // A block is what is dark on a light ground, and what is light on the dark one of a terminal.
    let is_block = |row, column| is_dark(row, column) == colors;
    let mut text = String::new();
    for row in (0..side).step_by(2) {
        let below = |column| if row + 1 < side { is_block(row + 1, column) } else { false };
        let line: String = (0..side)
            .map(|column| match (is_block(row, column), below(column)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            })
            .collect();
        if colors {
            text.extend([BLACK_ON_WHITE, &line, AS_BEFORE, "\n"]);
        } else {
            text.extend([line.as_str(), "\n"]);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is drawn is the code again, module by module, with light around it.
    #[test]
    fn every_module_is_drawn() {
        let code = QRBuilder::new("otpauth://totp/x:alice?secret=ABC").ecl(ECL::L).build().unwrap();
        let side = code.size + 2 * QUIET_ZONE;
        for colors in [true, false] {
            let text = render(&code, colors);
            let lines: Vec<Vec<char>> = text
                .lines()
                .map(|line| {
                    line.trim_start_matches(BLACK_ON_WHITE).trim_end_matches(AS_BEFORE).chars().collect()
                })
                .collect();
            assert_eq!(lines.len(), side.div_ceil(2));
            for row in 0..side {
                for column in 0..side {
                    let blocks = if row % 2 == 0 { "█▀" } else { "█▄" };
                    let dark = blocks.contains(lines[row / 2][column]) == colors;
                    let zone = QUIET_ZONE..QUIET_ZONE + code.size;
                    let expected = zone.contains(&row)
                        && zone.contains(&column)
                        && code[row - QUIET_ZONE][column - QUIET_ZONE].value();
                    assert_eq!(dark, expected, "row {row}, column {column}, colors {colors}");
                }
            }
        }
    }
}
