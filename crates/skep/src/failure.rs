//! Failures as they are told: one sentence for people, one JSON object for programs, whatever failed and wherever.
//!
//! The object's shape and its codes are an interface, described in `docs/json.md`.

use clap::error::ErrorKind;
use serde::Serialize;
use skep_client::TransportError;
use skep_client::api::ApiError;
use skep_client::repository::RepositoryError;

use crate::interrupt::Interrupted;

/// A failure of a command or of its arguments.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    /// What kind it is, in a word.
    pub(crate) code: &'static str,
    /// What was wrong, with which value.
    pub(crate) message: String,
    /// What may have been meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
}

/// Something that was asked for by its name is not there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotFound(pub(crate) String);

impl Failure {
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        let code = error.chain().find_map(code).unwrap_or("failed");
        Self { code, message: told(error), hint: None }
    }

    /// Arguments that make no sense.
    pub(crate) fn of_usage(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        let help = || "see --help".to_owned();
        // clap has no sentence for these, but the whole help.
        let missing = match error.kind() {
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                Some("a command or an argument is missing")
            }
            ErrorKind::MissingSubcommand => Some("a command is missing"),
            _ => None,
        };
        if let Some(missing) = missing {
            return Self { code: "usage", message: missing.to_owned(), hint: Some(help()) };
        }
        // What is wrong stands before the first empty line, after it tips and the usage.
        let (wrong, _) = text.split_once("\n\n").unwrap_or((&text, ""));
        let words: Vec<&str> = wrong.trim_start_matches("error:").split_whitespace().collect();
        let tip = text.lines().find_map(|line| line.trim().strip_prefix("tip: "));
        Self { code: "usage", message: words.join(" "), hint: Some(tip.map_or_else(help, str::to_owned)) }
    }
}

/// A failure with its causes in one line. Many an error tells its cause already.
pub(crate) fn told(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if told.contains(&cause) {
            continue;
        }
        if !told.is_empty() {
            told.push_str(": ");
        }
        told.push_str(&cause);
    }
    told
}

fn code(cause: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    if cause.is::<Interrupted>() {
        return Some("interrupted");
    }
    if cause.is::<NotFound>() {
        return Some("not_found");
    }
    match cause.downcast_ref::<RepositoryError>() {
        Some(RepositoryError::Missing { .. } | RepositoryError::NoPublicKey { .. }) => {
            return Some("not_found");
        }
        Some(RepositoryError::Status { status, .. } | RepositoryError::Refused { status, .. }) => {
            return Some(of_status(*status));
        }
        Some(RepositoryError::Unverified { .. } | RepositoryError::Checksum { .. }) => {
            return Some("unverified");
        }
        Some(RepositoryError::Transport(error)) => return Some(of_transport(error)),
        _ => {}
    }
    match cause.downcast_ref::<ApiError>() {
        Some(ApiError::Transport(error)) => return Some(of_transport(error)),
        Some(error) => return error.status().map(of_status),
        None => {}
    }
    cause.downcast_ref().map(of_transport)
}

fn of_transport(error: &TransportError) -> &'static str {
    match error {
        TransportError::Offline { .. } => "offline",
        TransportError::Keep { .. } => "failed",
        _ => "network",
    }
}

fn of_status(status: u16) -> &'static str {
    match status {
        401 => "unauthorized",
        403 => "forbidden",
        404 => "not_found",
        400 | 413 | 422 => "invalid",
        429 => "rate_limited",
        500.. => "server",
        _ => "failed",
    }
}

#[cfg(test)]
mod tests {
    use anyhow::{Context as _, anyhow};
    use clap::Parser as _;

    use super::*;
    use crate::args::Cli;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot write /x: {source}")]
    struct Shows {
        source: std::io::Error,
    }

    #[test]
    fn a_cause_is_told_once() {
        let error = Err::<(), _>(Shows { source: std::io::Error::other("the disk is full") })
            .context("nothing was fetched")
            .unwrap_err();
        assert_eq!(told(&error), "nothing was fetched: cannot write /x: the disk is full");
        assert_eq!(told(&anyhow!("inner").context("outer")), "outer: inner");
    }

    #[test]
    fn arguments_that_make_no_sense() {
        let failure = |line: &str| {
            let words = std::iter::once("skep").chain(line.split_whitespace());
            let failure = Failure::of_usage(&Cli::try_parse_from(words).unwrap_err());
            format!("{} ({})", failure.message, failure.hint.unwrap_or_default())
        };
        assert_eq!(
            failure("organization lst"),
            "unrecognized subcommand 'lst' (a similar subcommand exists: 'list')"
        );
        assert_eq!(
            failure("user show"),
            "the following required arguments were not provided: <NAME> (see --help)"
        );
        for line in ["", "organization", "key revoke"] {
            assert_eq!(failure(line), "a command or an argument is missing (see --help)", "{line}");
        }
        assert_eq!(failure("--json"), "a command is missing (see --help)");
        assert_eq!(
            failure("--color blue user whoami"),
            "invalid value 'blue' for '--color <WHEN>' [possible values: auto, always, never] (see --help)"
        );
    }
}
