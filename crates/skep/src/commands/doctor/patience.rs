//! How long an answer is waited for. A command that people run because something hangs must not hang.

use std::future::Future;
use std::time::Duration;

/// For one question, with all its attempts.
const PATIENCE: Duration = Duration::from_secs(5);

/// What came in time; else what is to be told.
pub(super) async fn in_time<T>(question: impl Future<Output = T>) -> Result<T, String> {
    let late = |_| format!("it did not answer within {} seconds", PATIENCE.as_secs());
    tokio::time::timeout(PATIENCE, question).await.map_err(late)
}
