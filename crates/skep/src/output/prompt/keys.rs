//! Reading a line key by key, so that Ctrl-C can't end the program while the terminal hides what is typed, and works also
//! where something else listens to the signal.

use std::io::{self, Read, Write};

use console::measure_text_width;

/// Most bytes of a line.
const MAX_LINE: usize = 4096;

/// What came of a question.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// A line, without its end.
    Line(String),
    /// Ctrl-C.
    Interrupted,
    /// Ctrl-D, or the terminal went away.
    Ended,
}

/// Reads a line from the terminal that standard input is, showing it on `out` unless it is hidden.
#[cfg(unix)]
pub(super) fn line(out: &mut impl Write, hidden: bool) -> io::Result<Typed> {
    use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};
    let stdin = io::stdin();
    let before = tcgetattr(&stdin)?;
    let mut by_key = before.clone();
    by_key.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG | LocalModes::IEXTEN);
    by_key.special_codes[SpecialCodeIndex::VMIN] = 1;
    by_key.special_codes[SpecialCodeIndex::VTIME] = 0;
    tcsetattr(&stdin, OptionalActions::Drain, &by_key)?;
    let read = read(stdin.lock().bytes(), out, hidden);
    tcsetattr(&stdin, OptionalActions::Drain, &before)?;
    read
}

/// Reads a line from the terminal.
#[cfg(not(unix))]
pub(super) fn line(_out: &mut impl Write, hidden: bool) -> io::Result<Typed> {
    let terminal = console::Term::stderr();
    if hidden { terminal.read_secure_line() } else { terminal.read_line() }.map(Typed::Line)
}

#[cfg(any(unix, test))]
fn read(keys: impl Iterator<Item = io::Result<u8>>, out: &mut impl Write, hidden: bool) -> io::Result<Typed> {
    let mut text: Vec<u8> = Vec::new();
    let mut escaped = false;
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    for key in keys {
        match key? {
            b'\r' | b'\n' => return Ok(Typed::Line(shown(&text))),
            0x03 => return Ok(Typed::Interrupted),
            0x04 if text.is_empty() => return Ok(Typed::Ended),
            // Ctrl-H and backspace take a character away, Ctrl-U all of them.
            key @ (0x08 | 0x7f | 0x15) => {
                let kept =
                    if key == 0x15 { 0 } else { shown(&text).char_indices().last().map_or(0, |(at, _)| at) };
                let gone = shown(&text)[kept..].to_owned();
                text.truncate(kept);
                if !hidden {
                    write!(out, "{}", "\u{8} \u{8}".repeat(measure_text_width(&gone)))?;
                    out.flush()?;
                }
            }
            // Arrows and such are several bytes, which end with a letter.
            0x1b => escaped = true,
            byte if escaped => escaped = !(byte.is_ascii_alphabetic() || byte == b'~'),
            byte if byte < 0x20 || text.len() == MAX_LINE => {}
            byte => {
                text.push(byte);
                if !hidden {
                    out.write_all(&[byte])?;
                    out.flush()?;
                }
            }
        }
    }
    Ok(Typed::Ended)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &str, hidden: bool) -> (Typed, String) {
        let mut out = Vec::new();
        let typed = read(keys.bytes().map(Ok), &mut out, hidden).unwrap();
        (typed, String::from_utf8(out).unwrap())
    }

    fn line(text: &str) -> Typed {
        Typed::Line(text.to_owned())
    }

    #[test]
    fn lines() {
        assert_eq!(typed("größe\rrest", false), (line("größe"), "größe".to_owned()));
        assert_eq!(typed("geheim\n", true), (line("geheim"), String::new()));
        assert_eq!(typed("a日\u{7f}b\n", false), (line("ab"), "a日\u{8} \u{8}\u{8} \u{8}b".to_owned()));
        assert_eq!(typed("abc\u{15}d\n", true).0, line("d"));
        assert_eq!(typed("a\u{1b}[Db\u{1b}[3~\tc\n", false).0, line("abc"));
        assert_eq!(typed("\u{7f}\n", false).0, line(""));
    }

    #[test]
    fn endings() {
        assert_eq!(typed("ab\u{3}c\n", true).0, Typed::Interrupted);
        assert_eq!(typed("\u{4}", false).0, Typed::Ended);
        assert_eq!(typed("ab\u{4}c\n", false).0, line("abc"));
        assert_eq!(typed("ab", false).0, Typed::Ended);
    }
}
