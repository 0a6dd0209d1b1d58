//! Questions. They are asked on a terminal only: a script that lacks an answer gets an error that names the option, and
//! never hangs.

use std::io::{self, BufRead, Read};

use anyhow::{Context as _, bail};
use dialoguer::{Confirm, Input, MultiSelect, Password};
use skep_client::secret::Secret;

use super::options::options;
use super::sanitize::line;
use super::{is_interactive, tell};
use crate::interrupt;

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
    answered(|| Confirm::new().with_prompt(line(question)).default(default).interact())
}

/// Asks which of several things are meant; all of them with `--yes` and where nobody can be asked.
pub(crate) fn choose(question: &str, items: &[String]) -> anyhow::Result<Vec<usize>> {
    if options().yes || !is_interactive() || items.len() < 2 {
        return Ok((0..items.len()).collect());
    }
    let shown: Vec<_> = items.iter().map(|item| line(item)).collect();
    let chosen = vec![true; items.len()];
    let question = format!("{} (space chooses, enter goes on)", line(question));
    answered(|| MultiSelect::new().with_prompt(question).items(&shown).defaults(&chosen).interact())
}

/// Asks which one of several things is meant, by its number, until one of them is typed. Only to be asked on a terminal.
pub(crate) fn select(items: &[String]) -> anyhow::Result<usize> {
    for (number, item) in (1..).zip(items) {
        tell(format!("  [{number}] {}", line(item)));
    }
    let chosen =
        |typed: &String| typed.trim().parse().is_ok_and(|number| (1..=items.len()).contains(&number));
    let question =
        Input::new().with_prompt("Your selection").validate_with(|typed: &String| match chosen(typed) {
            true => Ok(()),
            false => Err(format!("a number from 1 to {}", items.len())),
        });
    let typed = answered(|| question.interact_text())?;
    Ok(typed.trim().parse::<usize>()? - 1)
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
    let question = format!("{} Type the name {} to go on", line(question), line(name));
    let typed: String = answered(|| Input::new().with_prompt(question).allow_empty(true).interact_text())?;
    match typed.trim() == name {
        true => Ok(()),
        false => bail!("that is not the name: nothing was changed"),
    }
}

/// Asks for a line of text that no option gave.
pub(crate) fn ask(question: &str, option: &str) -> anyhow::Result<String> {
    if !is_interactive() {
        bail!("{option} is needed where nobody can be asked");
    }
    answered(|| Input::new().with_prompt(question).interact_text())
}

/// Asks for a password, twice if it is a new one, or reads it from standard input.
pub(crate) fn password(question: &str, from_stdin: bool, new: bool) -> anyhow::Result<Secret> {
    if from_stdin {
        return first_line_of_stdin().map(Secret::new);
    }
    if !is_interactive() {
        bail!("--password-stdin is needed where nobody can be asked");
    }
    let mut prompt = Password::new().with_prompt(question);
    if new {
        prompt = prompt.with_confirmation("Again", "The passwords differ");
    }
    let typed = interrupt::unseen(|| prompt.interact()).map_err(|dialoguer::Error::IO(error)| error)?;
    Ok(Secret::new(typed))
}

/// What was answered. A question that Ctrl-C ends leaves the terminal as it was.
fn answered<T>(ask: impl FnOnce() -> dialoguer::Result<T>) -> anyhow::Result<T> {
    interrupt::listen();
    ask().map_err(|dialoguer::Error::IO(error)| {
        let terminal = console::Term::stderr();
        let _ = terminal.show_cursor().and_then(|()| terminal.write_line(""));
        error.into()
    })
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
