//! `skep instance user …`

use anyhow::{Result, anyhow};
use serde::Serialize;
use serde_json::json;
use skep_client::api::{Api, ApiError, UserChange, UserRecord, UserSession};

use super::NO_SUCH_CALL;
use crate::args::{InstanceUserCommand, UserArg};
use crate::commands::context::{Context, block_on};
use crate::commands::done::done;
use crate::commands::failure::because;
use crate::commands::keys::moment;
use crate::commands::log::pages;
use crate::failure::told;
use crate::output::text::Style;
use crate::output::{self, Report, Text, prompt, table::table};

pub(super) fn run(context: &Context, command: InstanceUserCommand) -> Result<()> {
    let api = context.api()?;
    match command {
        InstanceUserCommand::List { search, limit } => {
            let (search, limit) = (search.unwrap_or_default(), limit.unwrap_or(usize::MAX));
            let users = block_on(async {
                let users = pages(1, limit, async |page| api.user_records(&search, page).await).await;
                users.map_err(because("cannot list the accounts", NO_SUCH_CALL))
            })?;
            if users.is_empty() {
                output::note("No accounts");
            }
            output::report(&Users(users))
        }
        InstanceUserCommand::Show(UserArg { user }) => {
            let record = block_on(async {
                let record = api.user_record(&user).await;
                record.map_err(because(format!("cannot show account {user}"), no_account(&user)))
            })?;
            output::report(&User(record))
        }
        InstanceUserCommand::Deactivate(UserArg { user }) => {
            prompt::insist(&format!(
                "Deactivate account {user}? Its keys and sessions are refused from then on."
            ))?;
            let record = change(&api, &user, UserChange::Deactivate)?;
            let told = "is deactivated: its keys, tokens and password are refused";
            done("deactivated", &record, format!("account {} {told}", record.username))
        }
        InstanceUserCommand::Reactivate(UserArg { user }) => {
            let record = change(&api, &user, UserChange::Reactivate)?;
            done("reactivated", &record, format!("account {} is active", record.username))
        }
        InstanceUserCommand::Promote(UserArg { user }) => {
            prompt::insist(&format!("Let account {user} administer {}?", api.base()))?;
            let record = change(&api, &user, UserChange::Promote)?;
            done("promoted", &record, format!("account {} administers the server", record.username))
        }
        InstanceUserCommand::Demote(UserArg { user }) => {
            let record = change(&api, &user, UserChange::Demote)?;
            done("demoted", &record, format!("account {} administers the server no more", record.username))
        }
        InstanceUserCommand::ResetTwoFactor(UserArg { user }) => {
            prompt::insist(&format!("Switch the second factor of account {user} off?"))?;
            let record = change(&api, &user, UserChange::ResetTwoFactor)?;
            done("reset", &record, format!("account {} has no second factor", record.username))
        }
        InstanceUserCommand::Sessions(UserArg { user }) => {
            let sessions = block_on(async {
                let sessions = api.sessions_of_user(&user).await;
                sessions.map_err(because(format!("cannot list the sessions of {user}"), no_account(&user)))
            })?;
            if sessions.is_empty() {
                output::note("No sessions");
            }
            output::report(&Sessions(sessions))
        }
        InstanceUserCommand::EndSessions(UserArg { user }) => {
            prompt::insist(&format!("End all sessions of account {user}?"))?;
            block_on(async {
                let ended = api.end_sessions_of_user(&user).await;
                ended.map_err(refused(format!("cannot end the sessions of {user}"), &user))
            })?;
            done("ended", json!({ "username": user }), format!("the sessions of account {user} have ended"))
        }
    }
}

fn change(api: &Api, user: &str, change: UserChange) -> Result<UserRecord> {
    block_on(async {
        api.change_user(user, change).await.map_err(refused(format!("cannot change account {user}"), user))
    })
}

/// Why a change failed: most often because a key was used, and the server's words don't say what else there is.
fn refused(what: String, user: &str) -> impl FnOnce(ApiError) -> anyhow::Error {
    let missing = no_account(user);
    move |error| {
        let was_key =
            matches!(&error, ApiError::Refused(refusal) if refusal.message.contains("not authorized"));
        let error = because(what, missing)(error);
        match was_key {
            true => anyhow!("{}. API keys change no accounts: log in with `skep user auth`", told(&error)),
            false => error,
        }
    }
}

fn no_account(user: &str) -> String {
    format!("there is no account {user}")
}

#[derive(Serialize)]
struct Users(Vec<UserRecord>);

impl Report for Users {
    fn text(&self) -> Text {
        if self.0.is_empty() {
            return Text::default();
        }
        let yes = |is: bool| if is { "yes".to_owned() } else { String::new() };
        let rows = self.0.iter().map(|user| {
            [
                user.username.clone(),
                user.emails.first().map(|email| email.email.clone()).unwrap_or_default(),
                yes(user.administrator),
                yes(user.tfa_enabled),
                moment(user.inserted_at.as_deref(), ""),
                moment(user.last_used_at.as_deref(), "never"),
                state(user).to_owned(),
            ]
        });
        table(["Name", "Address", "Administrator", "Two-factor", "Created", "Last used", "State"], rows)
    }
}

fn state(user: &UserRecord) -> &'static str {
    if user.deactivated_at.is_some() { "deactivated" } else { "active" }
}

#[derive(Serialize)]
struct User(UserRecord);

impl Report for User {
    fn text(&self) -> Text {
        let user = &self.0;
        let yes = |is: bool| if is { "yes" } else { "no" };
        let line = |name: &str, value: &str| Text::styled(Style::Heading, name).plain(" ").plain(value);
        let text = line("Name:", &user.username)
            .line(line("State:", state(user)))
            .line(line("Administrator:", yes(user.administrator)))
            .line(line("Two-factor:", yes(user.tfa_enabled)))
            .line(line("Created:", &moment(user.inserted_at.as_deref(), "")))
            .line(line("Last used:", &moment(user.last_used_at.as_deref(), "never")))
            .line(Text::styled(Style::Heading, "Addresses:"));
        user.emails.iter().fold(text, |text, email| {
            let marks = [(email.primary, "primary"), (email.verified, "verified"), (email.public, "public")];
            let marks: Vec<&str> = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect();
            text.line(format!("  {} ({})", email.email, marks.join(", ")))
        })
    }
}

#[derive(Serialize)]
struct Sessions(Vec<UserSession>);

impl Report for Sessions {
    fn text(&self) -> Text {
        if self.0.is_empty() {
            return Text::default();
        }
        let rows = self.0.iter().map(|session| {
            let last = session.last_use.as_ref();
            [
                session.id.to_string(),
                session.kind.clone(),
                session.name.clone().unwrap_or_default(),
                moment(session.inserted_at.as_deref(), ""),
                moment(session.expires_at.as_deref(), "never"),
                moment(last.and_then(|used| used.used_at.as_deref()), "never"),
                last.and_then(|used| used.ip.clone()).unwrap_or_default(),
            ]
        });
        table(["Number", "Type", "Name", "Began", "Ends", "Last used", "From"], rows)
    }
}
