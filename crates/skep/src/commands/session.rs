//! `skep session …`: where the user is logged in.

use anyhow::{Result, bail};
use serde::Serialize;
use serde_json::json;
use skep_client::api::SessionEntry;

use super::context::{Context, block_on};
use super::done::done;
use super::failure::{NO_ACCOUNT, because};
use super::keys::moment;
use crate::args::{SessionCommand, SessionRevokeArgs};
use crate::output::{self, Report, Text, prompt, table::table};

pub(crate) fn run(context: &Context, command: SessionCommand) -> Result<()> {
    match command {
        SessionCommand::List => list(context),
        SessionCommand::Revoke(args) => revoke(context, &args),
    }
}

#[derive(Serialize)]
struct Sessions(Vec<SessionEntry>);

impl Report for Sessions {
    fn text(&self) -> Text {
        if self.0.is_empty() {
            return Text::default();
        }
        table(["Id", "", "Kind", "Name", "Began", "Ends", "Last used", "From"], self.0.iter().map(row))
    }
}

fn row(session: &SessionEntry) -> [String; 8] {
    let client = session.client.as_ref().and_then(|client| client.name.clone());
    let last_use = session.last_use.as_ref();
    [
        session.id.to_string(),
        if session.current { "this one" } else { "" }.to_owned(),
        client.or_else(|| session.kind.clone()).unwrap_or_default(),
        session.name.clone().unwrap_or_default(),
        moment(session.inserted_at.as_deref(), ""),
        moment(session.expires_at.as_deref(), ""),
        moment(last_use.and_then(|used| used.used_at.as_deref()), "never"),
        last_use.and_then(|used| used.ip.clone()).unwrap_or_default(),
    ]
}

fn list(context: &Context) -> Result<()> {
    let api = context.api()?;
    let sessions =
        block_on(async { api.sessions().await.map_err(because("cannot list the sessions", NO_ACCOUNT)) })?;
    if sessions.is_empty() {
        output::note("No sessions. Keys are listed by `skep key list`");
    }
    output::report(&Sessions(sessions))
}

fn revoke(context: &Context, args: &SessionRevokeArgs) -> Result<()> {
    let api = context.api()?;
    if let Some(id) = args.id {
        block_on(async {
            let missing = format!("you have no session {id}; `skep session list` shows which there are");
            api.revoke_session(id).await.map_err(because(format!("cannot end session {id}"), missing))
        })?;
        return done("revoked", json!({ "session": id }), format!("Ended session {id}"));
    }
    if !prompt::confirm("End all sessions but this one?", false, true)? {
        bail!("no session was ended");
    }
    block_on(async {
        api.revoke_other_sessions().await.map_err(because("cannot end the sessions", NO_ACCOUNT))
    })?;
    done("revoked", json!({ "session": "others" }), "Ended all other sessions".to_owned())
}
