//! `skep user auth`: with a browser, with name and password, or with a key that exists. Nothing is stored before the
//! server accepted it.

use std::io::IsTerminal;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use serde::Serialize;
use skep_client::api::{Api, ApiError, CreatedKey, Credential, DeviceAuthorization, KeysOf, NewKey};
use skep_client::config::Kept;
use skep_client::config::credentials::{Login, Method, NamedKey, Secrets};
use skep_client::permission::Permission;
use skep_client::secret::Secret;
use skep_client::session::wait_for_agreement;

use super::sign_out;
use crate::args::{SecretArg, UserAuthArgs};
use crate::commands::context::{Context, block_on, host_name};
use crate::output::{self, Report, Text, progress, prompt};

/// A login that the server accepted.
struct Accepted {
    username: Option<String>,
    method: Method,
    secrets: Secrets,
}

/// What the command did.
#[derive(Serialize)]
struct SignedIn {
    signed_in: Whom,
}

#[derive(Serialize)]
struct Whom {
    username: Option<String>,
    server: String,
    method: &'static str,
}

impl Report for SignedIn {
    fn text(&self) -> Text {
        Text::default()
    }
}

/// Signs in with the browser, for a command that needs an account. What the command prints is its own.
pub(crate) fn in_browser(context: &Context) -> Result<()> {
    let args = UserAuthArgs {
        username: None,
        password_stdin: false,
        key: None,
        key_stdin: false,
        no_browser: false,
        key_name: None,
    };
    sign_in(context, args).map(drop)
}

pub(super) fn run(context: &Context, args: UserAuthArgs) -> Result<()> {
    output::report(&sign_in(context, args)?)
}

fn sign_in(context: &Context, args: UserAuthArgs) -> Result<SignedIn> {
    let api = context.anonymous_api()?;
    let before = context.machine.server(api.base())?.login;
    // A keyring that does not give the old secrets away must not keep anybody from signing in.
    let old = before.and_then(|_| context.machine.secrets(api.base()).ok()).unwrap_or_default();
    let accepted = accepted(&api, args)?;

    let Accepted { username, method, secrets } = accepted;
    let login = Login { username: username.clone(), method, since: Some(now()) };
    let kept = match context.machine.sign_in(api.base(), login, secrets.clone()) {
        Ok(kept) => kept,
        Err(error) => {
            // What can't be kept would live on at the server, and nobody could use it.
            if method != Method::Key {
                sign_out::revoke_before(&api, secrets, &Secrets::default())?.iter().for_each(output::note);
            }
            return Err(error.into());
        }
    };
    if let Kept::File(Some(reason)) = kept {
        let file = context.machine.paths().credentials.display().to_string();
        output::note(format!("{reason}: the credential is kept in {file}, which nobody else can read"));
    }
    for failure in sign_out::revoke_before(&api, old, &secrets)? {
        output::note(failure);
    }
    let whose = username.as_deref().unwrap_or("an organization");
    output::note(format!("Signed in to {} as {whose}", api.base()));
    let server = api.base().to_string();
    Ok(SignedIn { signed_in: Whom { username, server, method: method.as_str() } })
}

fn accepted(api: &Api, args: UserAuthArgs) -> Result<Accepted> {
    if let Some(key) = args.key.or(args.key_stdin.then_some(SecretArg::Stdin)) {
        return block_on(with_key(api, key.read()?));
    }
    if args.username.is_some() || args.password_stdin {
        let username = args.username.map_or_else(|| prompt::ask("Username", "--username"), Ok)?;
        let password = prompt::password("Password", args.password_stdin, false)?;
        let host = args.key_name.unwrap_or_else(host_name);
        return block_on(with_password(api, username, password, &host));
    }
    if !args.no_browser && !std::io::stderr().is_terminal() {
        bail!(
            "nobody can be asked here: sign in with --key-stdin, or with --username and --password-stdin; --no-browser \
             shows an address to visit and waits"
        );
    }
    let name = args.key_name.unwrap_or_else(host_name);
    block_on(with_browser(api, &name, !args.no_browser))
}

/// A key that exists already: of a user, or of an organization.
async fn with_key(api: &Api, key: Secret) -> Result<Accepted> {
    let own = api.with_credential(Credential::Key(key.clone()));
    let username = match own.me().await {
        Ok(me) => Some(me.username),
        // Not a user's: it may be an organization's.
        Err(error) if matches!(error.status(), Some(403 | 404)) => {
            own.check_api().await.context("the key does not open the API")?;
            None
        }
        Err(error) => return Err(error).context("the key was not accepted"),
    };
    let api_key = Some(NamedKey { name: None, secret: key });
    Ok(Accepted { username, method: Method::Key, secrets: Secrets { api_key, ..Secrets::default() } })
}

/// Name and password, for two keys of this machine.
async fn with_password(api: &Api, username: String, password: Secret, host: &str) -> Result<Accepted> {
    let basic = api.with_credential(Credential::Basic { username, password });
    let create = async |name: &str, permission| -> Result<CreatedKey, ApiError> {
        let key = NewKey { name: format!("{host}-{name}"), permissions: vec![permission], revoke_at: None };
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
    let secrets = Secrets { tokens: None, api_key: named(api_key), repository_key: named(repository_key) };
    Ok(Accepted { username: Some(me.username), method: Method::Keys, secrets })
}

/// Somebody agrees at a browser, here or anywhere.
async fn with_browser(api: &Api, name: &str, open: bool) -> Result<Accepted> {
    let begun = api.authorize_device(name).await.with_context(|| {
        format!("{} offers no login with a browser: try --username NAME, or --key-stdin", api.base())
    })?;
    show(&begun);
    if open {
        open_browser(&begun.verification_uri);
    }
    let waiting = progress::spinner("Waiting for authentication...");
    let agreed = wait_for_agreement(api, &begun).await;
    waiting.finish_and_clear();
    let tokens = agreed?;
    let own = api.with_credential(Credential::Bearer(tokens.access.clone()));
    let username = match own.me().await {
        Ok(me) => me.username,
        Err(error) => {
            let _ = api.revoke_token(&tokens.access).await;
            return Err(error).context("the server gave a token and does not accept it");
        }
    };
    let secrets = Secrets { tokens: Some(tokens), ..Secrets::default() };
    Ok(Accepted { username: Some(username), method: Method::Session, secrets })
}

/// In the words of `mix`.
fn show(begun: &DeviceAuthorization) {
    output::tell(format!("To authenticate, visit: {}\n", begun.verification_uri));
    output::tell(format!("Your verification code:\n  {}\n", halves(&begun.user_code)));
    output::tell("Verify this code matches what is shown in your browser.");
}

/// The code as browsers show it, with a dash in the middle.
fn halves(code: &str) -> String {
    match code.len() / 2 {
        middle if code.is_ascii() && !code.contains('-') && middle > 0 => {
            format!("{}-{}", &code[..middle], &code[middle..])
        }
        _ => code.to_owned(),
    }
}

/// Opens a browser where there is one. That it doesn't open is no failure: the address stands on the terminal.
fn open_browser(url: &str) {
    let is_page = url.starts_with("https://") || url.starts_with("http://");
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let desktop =
        !cfg!(target_os = "linux") || ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"].into_iter().any(set);
    if is_page && desktop {
        let _ = open::that_detached(url);
    }
}

/// To the second.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}
