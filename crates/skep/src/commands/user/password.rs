//! `skep user password …`

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use skep_client::api::Credential;

use super::account;
use crate::args::{PasswordCommand, PasswordResetArgs};
use crate::commands::context::{Context, block_on};
use crate::commands::done::done;
use crate::output::prompt;

pub(super) fn run(context: &Context, command: PasswordCommand) -> Result<()> {
    match command {
        PasswordCommand::Change { password_stdin } => change(context, password_stdin),
        PasswordCommand::Reset(args) => reset(context, args),
    }
}

/// Asked with name and password whatever the login: the password is there anyway.
fn change(context: &Context, password_stdin: bool) -> Result<()> {
    let api = context.api()?;
    let username = account::username(context, &api)?;
    let current = prompt::password("Current password", password_stdin, false)?;
    let new = prompt::password("New password", password_stdin, true)?;
    let api =
        api.with_credential(Credential::Basic { username: username.clone(), password: current.clone() });
    block_on(async { api.change_password(&current, &new).await.context("cannot change the password") })?;
    done("changed", json!({ "password_of": username }), format!("Changed the password of {username}"))
}

fn reset(context: &Context, args: PasswordResetArgs) -> Result<()> {
    let name = args.name;
    if name.trim_matches('.').is_empty() {
        bail!("{name:?} is not the name of an account");
    }
    let api = context.anonymous_api()?;
    let Some(key) = args.key else {
        block_on(async { api.ask_password_reset(&name).await.context("cannot have a link mailed") })?;
        let told = format!("If there is an account {name}, a link to set a new password was mailed to it");
        return done("sent", json!({ "name": name }), told);
    };
    let key = key.read()?;
    let new = prompt::password("New password", args.password_stdin, true)?;
    block_on(async {
        let reset = api.reset_password(&name, &key, &new, !args.keep_keys).await;
        reset.context("cannot set the password")
    })?;
    let told = if args.keep_keys { "" } else { "; its sessions and API keys have ended" };
    done("changed", json!({ "password_of": name }), format!("Changed the password of {name}{told}"))
}
