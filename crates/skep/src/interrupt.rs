//! Ctrl-C while something goes on. What was begun is put away as after any other failure: unfinished files are deleted,
//! and nothing is left half done. Who presses it a second time does not want to wait for that.

use std::future::Future;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Once, mpsc};

use crate::failure::Failure;
use crate::output;

/// What a shell expects of a program that was interrupted: 128 and the number of the signal.
pub(crate) const EXIT_CODE: u8 = 130;

/// The user interrupted it.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub(crate) struct Interrupted;

/// Does the work, unless the user interrupts it.
pub(crate) async fn unless_interrupted<T>(
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    listen();
    tokio::select! {
        done = work => done,
        interrupted = tokio::signal::ctrl_c() => match interrupted {
            Ok(()) => Err(Interrupted.into()),
            Err(error) => Err(anyhow::Error::from(error).context("cannot listen to Ctrl-C")),
        },
    }
}

/// Whether something is typed that must not be seen: nothing but the end of the process interrupts that.
static UNSEEN: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C does not end the process by itself, so that a prompt can put the terminal in order.
pub(crate) fn listen() {
    static LISTENS: Once = Once::new();
    LISTENS.call_once(|| {
        let (ready, is_ready) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            // Without it Ctrl-C does what it always did.
            runtime.map(|runtime| runtime.block_on(count(ready)))
        });
        let _ = is_ready.recv();
    });
}

async fn count(ready: mpsc::Sender<()>) -> io::Result<()> {
    #[cfg(unix)]
    let mut pressed = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    #[cfg(windows)]
    let mut pressed = tokio::signal::windows::ctrl_c()?;
    let _ = ready.send(());
    let mut is_first = true;
    while pressed.recv().await.is_some() {
        if UNSEEN.load(Ordering::SeqCst) {
            show_typing();
        }
        if !is_first || UNSEEN.load(Ordering::SeqCst) {
            output::failure(&Failure::of(&Interrupted.into()));
            std::process::exit(EXIT_CODE.into());
        }
        is_first = false;
    }
    Ok(())
}

/// Has somebody type what must not be seen.
pub(crate) fn unseen<T>(ask: impl FnOnce() -> T) -> T {
    listen();
    UNSEEN.store(true, Ordering::SeqCst);
    let answer = ask();
    UNSEEN.store(false, Ordering::SeqCst);
    answer
}

/// The terminal shows again what is typed.
fn show_typing() {
    #[cfg(unix)]
    let _ = std::process::Command::new("stty").arg("echo").status();
    output::tell("");
}

/// A prompt tells as an error of the system that the user pressed Ctrl-C.
pub(crate) fn unmasked(error: anyhow::Error) -> anyhow::Error {
    let is_of_prompt = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::Interrupted)
    };
    match error.chain().any(is_of_prompt) || error.chain().any(|cause| cause.is::<Interrupted>()) {
        true => Interrupted.into(),
        false => error,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn wherever_it_happened() {
        let pressed = io::Error::from(io::ErrorKind::Interrupted);
        for error in [
            anyhow::Error::from(pressed).context("cannot ask"),
            anyhow::Error::from(Interrupted).context("x"),
        ] {
            assert_eq!(unmasked(error).to_string(), "interrupted");
        }
        let other = Err::<(), _>(io::Error::other("no")).context("cannot ask").unwrap_err();
        assert_eq!(unmasked(other).to_string(), "cannot ask");
    }
}
