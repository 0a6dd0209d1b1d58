//! `skep admin user …`

use std::io::Read as _;

use anyhow::{Context, Result};
use clap::Subcommand;
use serde_json::json;
use skep_core::administration::{PER_PAGE, UserChange, UserRecord};
use skep_core::{Micros, Skep};

use crate::commands::done::done;
use crate::instance::explained;
use crate::output::options::options;
use crate::output::{self, table::table};

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Make an account with a verified address
    #[command(after_help = "\
Examples:
  skep admin --data /var/lib/skep user create al --email al@example.com --password-stdin < pw.txt")]
    Create {
        /// Name
        name: String,
        /// E-mail address
        #[arg(long)]
        email: String,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
        /// Let the account administer the instance
        #[arg(long)]
        admin: bool,
    },
    /// Set a new password; keys stay valid
    #[command(after_help = "\
Examples:
  skep admin --data /var/lib/skep user reset-password alice --password-stdin < password.txt")]
    ResetPassword {
        /// Name or address
        name: String,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// List accounts
    #[command(after_help = "\
Examples:
  skep admin --data /var/lib/skep user list
  skep admin --data /var/lib/skep user list --search @example.com --json")]
    List {
        /// Only those with this text in a name or address
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
    },
    /// Refuse everything that an account shows, from now on
    #[command(after_help = "\
Examples:
  skep admin --data /var/lib/skep user deactivate alice")]
    Deactivate {
        /// Name or address
        name: String,
    },
    /// Let a deactivated account in again, with the keys that it had
    #[command(after_help = "\
Examples:
  skep admin --data /var/lib/skep user reactivate alice")]
    Reactivate {
        /// Name or address
        name: String,
    },
    /// Switch off the second factor of an account that lost it
    #[command(after_help = "\
Examples:
  skep admin --data /var/lib/skep user reset-two-factor alice")]
    ResetTwoFactor {
        /// Name or address
        name: String,
    },
}

/// Runs a command.
pub(super) async fn run(core: &Skep, command: UserCommand) -> Result<()> {
    match command {
        UserCommand::Create { name, email, password_stdin: _, admin } => {
            let password = read_password()?;
            let made = core.operator_create_user(&name, &email, password, admin).await;
            let account = made.map_err(explained)?;
            let told = format!("account {} is ready", account.username);
            done("created", json!({ "username": account.username }), told)?;
        }
        UserCommand::ResetPassword { name, password_stdin: _ } => {
            core.operator_reset_password(&name, read_password()?).await.map_err(explained)?;
            done("changed", json!({ "username": name }), format!("the password of {name} is set"))?;
        }
        UserCommand::List { search } => list(core, &search.unwrap_or_default()).await?,
        UserCommand::Deactivate { name } => {
            let name = change(core, &name, UserChange::Deactivate).await?;
            let told = format!("account {name} is deactivated: its keys, tokens and password are refused");
            done("deactivated", json!({ "username": name }), told)?;
        }
        UserCommand::Reactivate { name } => {
            let name = change(core, &name, UserChange::Reactivate).await?;
            done("reactivated", json!({ "username": name }), format!("account {name} is active"))?;
        }
        UserCommand::ResetTwoFactor { name } => {
            let name = change(core, &name, UserChange::ResetTwoFactor).await?;
            done("changed", json!({ "username": name }), format!("account {name} has no second factor"))?;
        }
    }
    Ok(())
}

/// The name of the account that was changed.
async fn change(core: &Skep, name: &str, change: UserChange) -> Result<String> {
    match core.operator_change_user(name, change).await {
        Ok(user) => Ok(user.username),
        Err(error) if error.status == 404 => anyhow::bail!("there is no account {name}"),
        Err(error) => Err(explained(error)),
    }
}

async fn list(core: &Skep, search: &str) -> Result<()> {
    let mut users = Vec::new();
    for page in 1.. {
        let found = core.operator_list_users(search, page).await.map_err(explained)?;
        let is_last = found.len() < PER_PAGE as usize;
        users.extend(found);
        if is_last {
            break;
        }
    }
    if options().json {
        return output::json(&users.iter().map(to_json).collect::<Vec<_>>());
    }
    let heading = ["Name", "Address", "Administrator", "Two-factor", "Created", "Last used", "State"];
    Ok(output::print(table(heading, users.iter().map(row)))?)
}

fn row(user: &UserRecord) -> [String; 7] {
    let yes = |is: bool| if is { "yes".to_owned() } else { String::new() };
    [
        user.username.clone(),
        user.emails.first().map(|email| email.address.clone()).unwrap_or_default(),
        yes(user.administrator),
        yes(user.two_factor),
        moment(user.inserted_at, "%Y-%m-%d %H:%M"),
        user.last_used_at.map_or_else(|| "never".to_owned(), |at| moment(at, "%Y-%m-%d %H:%M")),
        if user.deactivated_at.is_some() { "deactivated".to_owned() } else { "active".to_owned() },
    ]
}

/// As the API writes it.
fn to_json(user: &UserRecord) -> serde_json::Value {
    let time = |at| moment(at, "%Y-%m-%dT%H:%M:%S.%6fZ");
    let emails: Vec<_> = user
        .emails
        .iter()
        .map(|email| {
            json!({
                "email": email.address,
                "verified": email.verified,
                "primary": email.is_primary,
                "public": email.is_public,
            })
        })
        .collect();
    json!({
        "username": user.username,
        "full_name": user.full_name,
        "emails": emails,
        "administrator": user.administrator,
        "tfa_enabled": user.two_factor,
        "deactivated_at": user.deactivated_at.map(time),
        "last_used_at": user.last_used_at.map(time),
        "inserted_at": time(user.inserted_at),
    })
}

/// In UTC.
fn moment(at: Micros, format: &str) -> String {
    jiff::Timestamp::from_microsecond(at).map(|at| at.strftime(format).to_string()).unwrap_or_default()
}

/// One line of standard input, without its end.
fn read_password() -> Result<String> {
    /// Far more than any password.
    const MAX: u64 = 64 * 1024;
    let mut text = String::new();
    std::io::stdin()
        .take(MAX)
        .read_to_string(&mut text)
        .context("cannot read the password from standard input")?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
