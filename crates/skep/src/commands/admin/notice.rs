//! `skep admin notice`

use anyhow::{Context, Result};
use clap::Subcommand;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::json;
use skep_core::notice::{Notice, NoticeLevel};
use skep_core::{Micros, Skep};

use crate::commands::done::done;
use crate::instance;

#[derive(Debug, Subcommand)]
pub(super) enum NoticeCommand {
    /// Show a text on every server of this instance, within a second
    #[command(after_help = "\
Examples:
  skep admin --data /var/lib/skep notice set 'Read-only on Friday from 18:00' --until 2030-01-31")]
    Set {
        /// The text: ASCII without double quotes
        text: String,
        /// What mix makes of it: none, warn or fatal
        #[arg(long, default_value = "warn")]
        level: NoticeLevel,
        /// Its last day (2030-01-31, UTC), or the moment when it ends (2030-01-31T18:00:00Z)
        #[arg(long, value_name = "DATE", value_parser = end)]
        until: Option<Micros>,
    },
    /// Show no text, or that of the settings
    #[command(after_help = "\
Examples:
  skep admin --data /var/lib/skep notice clear")]
    Clear,
}

pub(super) async fn run(core: &Skep, command: NoticeCommand) -> Result<()> {
    let text = match &command {
        NoticeCommand::Set { text, .. } => Some(text.clone()),
        NoticeCommand::Clear => None,
    };
    let notice = match command {
        NoticeCommand::Set { text, level, until } => Some(Notice::new(&text, level, until)?),
        NoticeCommand::Clear => None,
    };
    core.operator_set_notice(notice.as_ref()).await.map_err(instance::explained)?;
    let (verb, told) = match notice {
        Some(_) => ("shown", "the notice is shown"),
        None => ("cleared", "the notice is gone"),
    };
    done(verb, json!({ "notice": text }), told.to_owned())
}

/// Microseconds since 1970 of the end of a day, or of a moment.
fn end(text: &str) -> Result<Micros> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment.as_microsecond());
    }
    let day =
        Date::strptime("%Y-%m-%d", text).context("this is neither a date such as 2030-01-31 nor a moment")?;
    Ok(day.checked_add(1.day())?.to_zoned(TimeZone::UTC)?.timestamp().as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends() {
        assert_eq!(end("1970-01-01").unwrap(), 86_400_000_000);
        assert_eq!(end("1970-01-01T00:00:01Z").unwrap(), 1_000_000);
        assert!(end("tomorrow").is_err());
    }
}
