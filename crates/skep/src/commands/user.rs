//! `skep user …`
//!
//! A password is exchanged for keys at once and never stored; the keys are stored for the server that made them.

mod two_factor;

use anyhow::{Context as _, Result, bail};
use skep_client::api::{Api, ApiError, CreatedKey, Credential, KeysOf, NewKey, NewUser};
use skep_client::config::credentials::{NamedKey, ServerCredentials};
use skep_client::permission::Permission;
use skep_client::secret::Secret;

use super::context::{Context, block_on, host_name};
use super::keys;
use crate::args::{RegisterArgs, SecretArg, UserAuthArgs, UserCommand};
use crate::output::{self, prompt};

pub(crate) fn run(context: &Context, command: UserCommand) -> Result<()> {
    match command {
        UserCommand::Register(args) => register(context, args),
        UserCommand::Auth(args) => auth(context, args),
        UserCommand::Deauth => deauth(context),
        UserCommand::Whoami => whoami(context),
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

fn auth(context: &Context, args: UserAuthArgs) -> Result<()> {
    let api = context.anonymous_api()?;
    let username = args.username.map_or_else(|| prompt::ask("Username", "--username"), Ok)?;
    let password = prompt::password("Password", args.password_stdin, false)?;
    let mut before = context.machine.credentials(api.base())?;
    let host = args.key_name.unwrap_or_else(host_name);
    let signed_in = block_on(sign_in(&api, &username, password, &host))?;

    let new = signed_in.clone();
    context.machine.change_credentials(api.base(), |server| {
        *server = ServerCredentials { fingerprint: server.fingerprint.take(), ..new };
    })?;
    if let Some(key) = &signed_in.api_key {
        // The keys of the last time are of no use any more. One that was revoked meanwhile has left its name to a new
        // one, which must stay.
        before.api_key.take_if(|old| old.name == key.name);
        before
            .repository_key
            .take_if(|old| signed_in.repository_key.as_ref().is_some_and(|new| old.name == new.name));
        let api = api.with_credential(Credential::Key(key.secret.clone()));
        let left = block_on(async { Ok(revoke(&api, &before).await) })?;
        left.iter().for_each(|failure| output::note(failure));
    }
    let told = signed_in.username.unwrap_or_default();
    output::note(&format!("Signed in to {} as {told}", api.base()));
    Ok(())
}

async fn sign_in(api: &Api, username: &str, password: Secret, host: &str) -> Result<ServerCredentials> {
    let basic = Credential::Basic { username: username.to_owned(), password };
    let basic = with_otp_if_needed(api.with_credential(basic)).await?;
    let create = async |name: &str, permission| -> Result<CreatedKey, ApiError> {
        let key = NewKey { name: format!("{host}-{name}"), permissions: vec![permission] };
        basic.create_key(&KeysOf::Caller, &key).await
    };
    let api_key = create("api", Permission::Api).await?;
    let own = api.with_credential(Credential::Key(api_key.secret.clone()));
    let rest = async {
        let me = own.me().await?;
        Ok::<_, ApiError>((create("repositories", Permission::Repositories).await?, me))
    }
    .await;
    let (repository_key, me) = match rest {
        Ok(rest) => rest,
        Err(error) => {
            // Half a login is none.
            let _ = own.revoke_key(&KeysOf::Caller, &api_key.name).await;
            return Err(error.into());
        }
    };
    let named = |key: CreatedKey| Some(NamedKey { name: Some(key.name), secret: key.secret });
    Ok(ServerCredentials {
        username: Some(me.username),
        api_key: named(api_key),
        repository_key: named(repository_key),
        fingerprint: None,
    })
}

/// Asks for a one-time password where the server wants one and somebody can answer.
async fn with_otp_if_needed(api: Api) -> Result<Api> {
    match api.me().await {
        Ok(_) => Ok(api),
        Err(ApiError::Refused(refusal)) if refusal.needs_otp && output::is_interactive() => {
            let code = prompt::ask("One-time password", "HEX_OTP")?;
            Ok(api.with_otp(Some(code)))
        }
        Err(error) => Err(error.into()),
    }
}

fn deauth(context: &Context) -> Result<()> {
    let api = context.anonymous_api()?;
    let stored = context.machine.credentials(api.base())?;
    let Some(key) = stored.api_key.clone() else {
        output::note(&format!("Not signed in to {}", api.base()));
        return Ok(());
    };
    let left =
        block_on(async { Ok(revoke(&api.with_credential(Credential::Key(key.secret)), &stored).await) })?;
    context.machine.change_credentials(api.base(), |server| {
        *server =
            ServerCredentials { fingerprint: server.fingerprint.take(), ..ServerCredentials::default() };
    })?;
    match left.into_iter().next() {
        None => output::note(&format!("Signed out of {}", api.base())),
        Some(failure) => bail!("signed out on this machine, but {failure}"),
    }
    Ok(())
}

/// Revokes the keys of an earlier login, that of the API last, because it does the revoking. Gives what went wrong.
async fn revoke(api: &Api, stored: &ServerCredentials) -> Vec<String> {
    let mut failures = Vec::new();
    for key in [&stored.repository_key, &stored.api_key].into_iter().flatten() {
        let Some(name) = &key.name else { continue };
        match api.revoke_key(&KeysOf::Caller, name).await {
            Ok(()) => {}
            // Revoked by somebody else.
            Err(error) if matches!(error.status(), Some(401 | 404)) => {}
            Err(error) => failures.push(format!("key {name} could not be revoked: {error}")),
        }
    }
    failures
}

fn whoami(context: &Context) -> Result<()> {
    let api = context.api()?;
    let me = block_on(async { api.me().await.context("cannot tell who is signed in") })?;
    output::print(&me.username)?;
    Ok(())
}
