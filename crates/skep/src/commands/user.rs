//! `skep user …`
//!
//! A password is exchanged for keys at once and never stored; what is stored is stored for the server that gave it.

mod account;
mod email;
mod password;
pub(super) mod sign_in;
pub(super) mod sign_out;
pub(super) mod two_factor;
mod whoami;

use anyhow::Result;
use serde_json::json;
use skep_client::api::{KeysOf, NewUser};

use super::context::{Context, block_on};
use super::done::done;
use super::{keys, session};
use crate::args::{RegisterArgs, SecretArg, UserCommand};
use crate::output::{self, prompt};

pub(crate) fn run(context: &Context, command: UserCommand) -> Result<()> {
    match command {
        UserCommand::Register(args) => register(context, args),
        UserCommand::Auth(args) => sign_in::run(context, args),
        UserCommand::Deauth(args) => sign_out::run(context, &args),
        UserCommand::Whoami => whoami::run(context),
        UserCommand::Show { name } => account::show(context, &name),
        UserCommand::AuditLog(part) => account::audit_log(context, part),
        UserCommand::Email { command } => email::run(context, command),
        UserCommand::Password { command } => password::run(context, command),
        UserCommand::Session { command } => session::run(context, command),
        UserCommand::Key { command } => keys::run(context, &KeysOf::Caller, command),
        UserCommand::Tfa { command } => two_factor::run(context, command),
    }
}

fn register(context: &Context, args: RegisterArgs) -> Result<()> {
    let api = context.anonymous_api()?;
    let user = NewUser {
        username: args.username.map_or_else(|| prompt::ask("Username", "--username"), Ok)?,
        email: args.email.map_or_else(|| prompt::ask("E-mail", "--email"), Ok)?,
        // On the first line, if both come from standard input.
        setup_code: args.setup_code.as_ref().map(SecretArg::read).transpose()?,
        password: prompt::password("Password", args.password_stdin, true)?,
    };
    let made = block_on(async { Ok(api.register(&user).await?) })?;
    let (username, url) = (made.username, api.base());
    output::note(format!(
        "Registered {username} at {url}. To sign in: skep user auth{}",
        context.server_option(url)
    ));
    done("registered", json!({ "username": username, "server": url.as_str() }), String::new())
}
