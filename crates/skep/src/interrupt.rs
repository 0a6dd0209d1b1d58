//! Ctrl-C while something goes on. What was begun is put away as after any other failure: unfinished files are deleted,
//! and nothing is left half done.

use std::future::Future;

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
    tokio::select! {
        done = work => done,
        interrupted = tokio::signal::ctrl_c() => match interrupted {
            Ok(()) => Err(Interrupted.into()),
            Err(error) => Err(anyhow::Error::from(error).context("cannot listen to Ctrl-C")),
        },
    }
}
