//! What a command like `diff` found. Nothing failed and everything was said, but scripts are to see it: the exit code is 1.

/// Something was found.
#[derive(Debug, thiserror::Error)]
#[error("there is something to look at")]
pub(crate) struct Finding;
