//! `skep user …`
//!
//! A password is exchanged for keys at once and never stored; what is stored is stored for the server that gave it.

mod sign_in;
mod sign_out;
mod two_factor;
mod whoami;

use anyhow::{Result, bail};
use skep_client::api::{KeysOf, NewUser};

use super::context::{Context, block_on};
use super::keys;
use crate::args::{RegisterArgs, SecretArg, UserCommand};
use crate::output::{self, prompt};

pub(crate) fn run(context: &Context, command: UserCommand) -> Result<()> {
    match command {
        UserCommand::Register(args) => register(context, args),
        UserCommand::Auth(args) => sign_in::run(context, args),
        UserCommand::Deauth(args) => sign_out::run(context, &args),
        UserCommand::Whoami => whoami::run(context),
        UserCommand::Key { command } => keys::run(context, &KeysOf::Caller, command),
        UserCommand::Tfa { command } => two_factor::run(context, command),
    }
}

fn register(context: &Context, args: RegisterArgs) -> Result<()> {
    let api = context.anonymous_api()?;
    let user = NewUser {
        username: args.username.map_or_else(|| prompt::ask("Username", "--username"), Ok)?,
        email: args.email.map_or_else(|| prompt::ask("E-mail", "--email"), Ok)?,
        setup_code: match args.setup_code {
            Some(SecretArg::Given(code)) => Some(code),
            Some(SecretArg::Stdin) => bail!("the setup code can't come from standard input"),
            None => None,
        },
        password: prompt::password("Password", args.password_stdin, true)?,
    };
    let made = block_on(async { Ok(api.register(&user).await?) })?;
    output::note(&format!("Registered {} at {}. To sign in: skep user auth", made.username, api.base()));
    Ok(())
}
