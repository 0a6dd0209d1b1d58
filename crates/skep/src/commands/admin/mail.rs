//! `skep admin mail`

use std::io;

use anyhow::{Result, bail};
use clap::Subcommand;
use jiff::Timestamp;
use serde_json::json;
use skep_core::mail::operator::WaitingMail;
use skep_core::{Micros, Skep};

use crate::commands::done::done;
use crate::instance;
use crate::output::options::options;
use crate::output::{self, table::table};

#[derive(Debug, Subcommand)]
pub(super) enum MailCommand {
    /// List mails that wait to be sent or were given up
    #[command(after_help = "\
Examples:
  skep admin --data /var/lib/skep mail list
  skep admin --data /var/lib/skep mail list --json")]
    List,
    /// Let the server try a mail again at once, or all with --all
    #[command(
        arg_required_else_help = true,
        after_help = "\
Examples:
  skep admin --data /var/lib/skep mail retry 17
  skep admin --data /var/lib/skep mail retry --all"
    )]
    Retry {
        /// Number of the mail
        #[arg(value_name = "NUMBER", required_unless_present = "all", conflicts_with = "all")]
        id: Option<i64>,
        /// Try all of them
        #[arg(long)]
        all: bool,
    },
}

pub(super) async fn run(core: &Skep, command: MailCommand) -> Result<()> {
    match command {
        MailCommand::List => {
            let mails = core.operator_list_mail().await.map_err(instance::explained)?;
            if options().json {
                output::json(&mails.iter().map(as_json).collect::<Vec<_>>())?
            } else {
                print_table(&mails)?
            }
        }
        MailCommand::Retry { id, all: _ } => {
            match (core.operator_retry_mail(id).await.map_err(instance::explained)?, id) {
                (0, Some(id)) => bail!("there is no mail {id} that was not sent"),
                (1, _) => done("retried", json!({ "mails": 1 }), "1 mail is tried again".to_owned())?,
                (count, _) => {
                    done("retried", json!({ "mails": count }), format!("{count} mails are tried again"))?;
                }
            }
        }
    }
    Ok(())
}

fn print_table(mails: &[WaitingMail]) -> io::Result<()> {
    if mails.is_empty() {
        return output::print("every mail was sent");
    }
    let rows = mails.iter().map(|mail| {
        [
            mail.id.to_string(),
            mail.kind.clone(),
            mail.recipient.clone(),
            time(mail.written_at),
            mail.attempts.to_string(),
            mail.next_attempt_at.map_or("given up".into(), time),
            mail.last_error.clone().unwrap_or_default(),
        ]
    });
    let heading = ["Number", "Kind", "Recipient", "Written", "Attempts", "Next attempt", "Last error"];
    output::print(table(heading, rows))
}

fn as_json(mail: &WaitingMail) -> serde_json::Value {
    serde_json::json!({
        "number": mail.id,
        "kind": mail.kind,
        "recipient": mail.recipient,
        "written_at": time(mail.written_at),
        "attempts": mail.attempts,
        "next_attempt_at": mail.next_attempt_at.map(time),
        "last_error": mail.last_error,
    })
}

fn time(at: Micros) -> String {
    Timestamp::from_microsecond(at).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
