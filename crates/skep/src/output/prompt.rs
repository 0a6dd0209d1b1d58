//! Questions. They are asked on a terminal only: a script that lacks an answer gets an error that names the option, and
//! never hangs.

mod keys;

use std::io::{self, BufRead, Read, Write as _};

use anyhow::{Context as _, bail};
use skep_client::secret::Secret;

use super::options::options;
use super::sanitize::line;
use super::{is_interactive, progress, tell};
use crate::interrupt::Interrupted;
use keys::Typed;

/// Most bytes of a secret on standard input.
const MAX_SECRET_BYTES: u64 = 64 << 10;

/// Asks for a yes. With `--yes` that is the answer, without a terminal it is `otherwise`.
pub(crate) fn confirm(question: &str, default: bool, otherwise: bool) -> anyhow::Result<bool> {
    if options().yes {
        return Ok(true);
    }
    if !is_interactive() {
        return Ok(otherwise);
    }
    let choices = if default { "[Y/n]" } else { "[y/N]" };
    loop {
        match typed(&format!("{} {choices} ", line(question)), false)?.trim().to_lowercase().as_str() {
            "" => return Ok(default),
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => {}
        }
    }
}

/// Asks which of several things are meant; all of them with `--yes` and where nobody can be asked.
pub(crate) fn choose(question: &str, items: &[String]) -> anyhow::Result<Vec<usize>> {
    if options().yes || !is_interactive() || items.len() < 2 {
        return Ok((0..items.len()).collect());
    }
    let numbered = items.iter().enumerate().map(|(at, item)| format!("  {}  {}", at + 1, line(item)));
    tell(format!("{}:\n{}", line(question), numbered.collect::<Vec<_>>().join("\n")));
    loop {
        let answer = typed("Numbers, with spaces between [all of them]: ", false)?;
        if let Some(chosen) = numbers(&answer, items.len()) {
            return Ok(chosen);
        }
    }
}

/// The places of things by their numbers, each once; all of them for an empty text.
fn numbers(text: &str, count: usize) -> Option<Vec<usize>> {
    let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return Some((0..count).collect());
    }
    let place = |word: &&str| word.parse::<usize>().ok()?.checked_sub(1).filter(|place| *place < count);
    let mut places: Vec<usize> = words.iter().map(place).collect::<Option<_>>()?;
    places.sort_unstable();
    places.dedup();
    Some(places)
}

/// A line that somebody types, after a question. Ctrl-C ends the program as everywhere, Ctrl-D answers nothing, and the
/// terminal is as it was in any case.
fn typed(question: &str, hidden: bool) -> anyhow::Result<String> {
    let read = progress::above(|| {
        let mut terminal = io::stderr().lock();
        write!(terminal, "{question}")?;
        terminal.flush()?;
        let read = keys::line(&mut terminal, hidden);
        writeln!(terminal)?;
        read
    });
    match read.context("cannot ask on this terminal")? {
        Typed::Line(text) => Ok(text),
        Typed::Interrupted => Err(Interrupted.into()),
        Typed::Ended => bail!("nothing was answered"),
    }
}

/// Asks which one of several things is meant, by its number, until one of them is typed. Only to be asked on a terminal.
pub(crate) fn select(items: &[String]) -> anyhow::Result<usize> {
    for (number, item) in (1..).zip(items) {
        tell(format!("  [{number}] {}", line(item)));
    }
    loop {
        let answer = typed("Your selection: ", false)?;
        if let Some([place]) = numbers(&answer, items.len()).filter(|_| !answer.trim().is_empty()).as_deref()
        {
            return Ok(*place);
        }
        tell(format!("A number from 1 to {}", items.len()));
    }
}

/// Asks whether something is really meant that can't be taken back. Where nobody can be asked, only `--yes` is a yes.
pub(crate) fn insist(question: &str) -> anyhow::Result<()> {
    if !options().yes && !is_interactive() {
        bail!("{} --yes is needed where nobody can be asked", line(question));
    }
    match confirm(question, false, false)? {
        true => Ok(()),
        false => bail!("nothing was changed"),
    }
}

/// Asks for a name to be typed again, for what would be the worst of mistakes. Where nobody can be asked, only `--yes`
/// is a yes.
pub(crate) fn insist_by_name(question: &str, name: &str) -> anyhow::Result<()> {
    if options().yes {
        return Ok(());
    }
    if !is_interactive() {
        bail!("{} --yes is needed where nobody can be asked", line(question));
    }
    let question = format!("{} Type the name {} to go on: ", line(question), line(name));
    match typed(&question, false)?.trim() == name {
        true => Ok(()),
        false => bail!("that is not the name: nothing was changed"),
    }
}

/// Asks for a line of text that no option gave.
pub(crate) fn ask(question: &str, option: &str) -> anyhow::Result<String> {
    if !is_interactive() {
        bail!("{option} is needed where nobody can be asked");
    }
    not_empty(&format!("{}: ", line(question)), false)
}

/// Asks for a password, twice if it is a new one, or reads it from standard input.
pub(crate) fn password(question: &str, from_stdin: bool, new: bool) -> anyhow::Result<Secret> {
    if from_stdin {
        return first_line_of_stdin().map(Secret::new);
    }
    if !is_interactive() {
        bail!("--password-stdin is needed where nobody can be asked");
    }
    loop {
        let password = not_empty(&format!("{}: ", line(question)), true)?;
        if !new || not_empty("Again: ", true)? == password {
            return Ok(Secret::new(password));
        }
        tell("The passwords differ");
    }
}

/// Asks until something is typed.
fn not_empty(question: &str, hidden: bool) -> anyhow::Result<String> {
    loop {
        let text = typed(question, hidden)?;
        if !text.is_empty() {
            return Ok(text);
        }
    }
}

/// The first line of standard input, without its line break.
pub(crate) fn first_line_of_stdin() -> anyhow::Result<String> {
    let mut text = String::new();
    let mut input = io::stdin().lock().take(MAX_SECRET_BYTES);
    input.read_line(&mut text).context("cannot read standard input")?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        bail!("there is nothing on standard input");
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_chosen_by_their_numbers() {
        assert_eq!(numbers("", 2), Some(vec![0, 1]));
        assert_eq!(numbers(" 3, 1 3 ", 3), Some(vec![0, 2]));
        for wrong in ["0", "4", "x", "1 -1"] {
            assert_eq!(numbers(wrong, 3), None, "{wrong}");
        }
    }
}
