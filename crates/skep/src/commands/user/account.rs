//! `skep user show`, and the password that changing an account takes where an API key is not enough.

use anyhow::Result;
use serde::Serialize;
use skep_client::api::{Api, Credential, Me, OwnedPackage, UserPage};

use crate::args::{LogPages, PasswordStdin};
use crate::commands::context::{Context, block_on};
use crate::commands::failure::{NO_ACCOUNT, because};
use crate::commands::keys::moment;
use crate::commands::log::{Log, pages};
use crate::output::text::Style;
use crate::output::{self, Report, Text, prompt};

#[derive(Serialize)]
struct Page(UserPage);

impl Report for Page {
    fn text(&self) -> Text {
        let user = &self.0;
        let line = |name: &str, value: &str| Text::styled(Style::Heading, name).plain(" ").plain(value);
        let mut text = line("Username:", &user.username);
        if let Some(full_name) = &user.full_name {
            text = text.line(line("Name:", full_name));
        }
        if let Some(email) = &user.email {
            text = text.line(line("E-mail:", email));
        }
        if user.inserted_at.is_some() {
            text = text.line(line("Since:", &moment(user.inserted_at.as_deref(), "")));
        }
        let packages: Vec<String> = user.packages.iter().map(name).collect();
        if packages.is_empty() { text } else { text.line(line("Packages:", &packages.join(", "))) }
    }
}

/// A package as people write it: with its repository if that is not the public one.
fn name(package: &OwnedPackage) -> String {
    match package.repository.as_deref() {
        None | Some("hexpm") => package.name.clone(),
        Some(repository) => format!("{repository}/{}", package.name),
    }
}

pub(super) fn show(context: &Context, name: &str) -> Result<()> {
    let api = context.api_if_signed_in()?;
    let user = block_on(async {
        let missing = format!("there is no user {name}");
        api.user(name).await.map_err(because(format!("cannot show user {name}"), missing))
    })?;
    output::report(&Page(user))
}

pub(super) fn audit_log(context: &Context, part: LogPages) -> Result<()> {
    let api = context.api()?;
    let entries = block_on(async {
        let page = async |page| api.own_audit_log(page).await;
        let entries = pages(part.page, part.limit, page).await;
        entries.map_err(because("cannot read the log of your account", NO_ACCOUNT))
    })?;
    if entries.is_empty() {
        output::note("No entries");
    }
    output::report(&Log(entries))
}

/// The API for changes of the account itself, which no API key may make: whoever finds one must not be able to take the
/// account over. A session may, with a one-time code; else name and password do.
pub(super) fn api(context: &Context, password: &PasswordStdin) -> Result<Api> {
    let api = context.api()?;
    if let Credential::Session(_) = api.credential() {
        let second_factor = block_on(async { Ok(api.two_factor().await?) })?;
        if second_factor.enabled {
            return Ok(api);
        }
    }
    let username = username(context, &api)?;
    let question = format!("Password of {username} (an API key or login alone can't change an account)");
    let password = prompt::password(&question, password.password_stdin, false)?;
    Ok(api.with_credential(Credential::Basic { username, password }))
}

/// The caller's account.
pub(super) async fn who(api: &Api) -> Result<Me> {
    api.me().await.map_err(because("cannot tell who is signed in", NO_ACCOUNT))
}

/// The name of who is signed in.
pub(super) fn username(context: &Context, api: &Api) -> Result<String> {
    let stored = match context.key_for(api.base())? {
        Some(_) => None,
        None => context.machine.server(api.base())?.login.and_then(|login| login.username),
    };
    match stored {
        Some(username) => Ok(username),
        None => block_on(async { Ok(who(api).await?.username) }),
    }
}
