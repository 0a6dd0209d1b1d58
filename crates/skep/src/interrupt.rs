//! Ctrl-C while something goes on. What was begun is put away as after any other failure: unfinished files are deleted,
//! and nothing is left half done. Who presses it a second time does not want to wait for that.

use std::future::Future;
use std::io;
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

/// From now on Ctrl-C ends the process by itself only when it is pressed a second time.
fn listen() {
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
        if !is_first {
            output::failure(&Failure::of(&Interrupted.into()));
            std::process::exit(EXIT_CODE.into());
        }
        is_first = false;
    }
    Ok(())
}

/// The interruption alone, whatever it was that it interrupted.
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
