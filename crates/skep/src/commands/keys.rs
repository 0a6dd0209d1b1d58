//! Keys of an organization or of the caller: the same three commands.

use hex_format::name::OrganizationName;
use jiff::Timestamp;
use serde::Serialize;
use skep_client::api::{Key, KeysOf, NewKey};
use skep_client::permission::Permission;

use super::context::{Context, block_on, host_name};
use super::failure::{NO_ACCOUNT, because};
use crate::args::{GenerateArgs, KeyCommand, RevokeArgs};
use crate::output::text::Style;
use crate::output::{self, Report, Text, prompt, table::table};

/// Runs `key …`.
pub(crate) fn run(context: &Context, of: &KeysOf, command: KeyCommand) -> anyhow::Result<()> {
    match command {
        KeyCommand::Generate(args) => generate(context, of, args),
        KeyCommand::Revoke(args) => revoke(context, of, args),
        KeyCommand::List => list(context, of),
        KeyCommand::Show { name } => show(context, of, &name),
    }
}

/// Prints the secret alone, so that a script can take it.
fn generate(context: &Context, of: &KeysOf, args: GenerateArgs) -> anyhow::Result<()> {
    let now = Timestamp::now();
    let key = NewKey {
        revoke_at: args.expires.map(|expires| expires.from(now)),
        permissions: permissions(of, &args.permissions)?,
        name: args.key_name.unwrap_or_else(host_name),
    };
    let api = context.api()?;
    let created = block_on(async {
        api.create_key(of, &key).await.map_err(because("cannot make a key", no_keys(of)))
    })?;
    output::report(&Created {
        name: created.name,
        secret: created.secret.expose().to_owned(),
        revoke_at: key.revoke_at.map(|at| at.to_string()),
    })
}

/// A key that was made. Its secret is what the command is for.
#[derive(Serialize)]
struct Created {
    name: String,
    secret: String,
    revoke_at: Option<String>,
}

impl Report for Created {
    fn text(&self) -> Text {
        Text::from(&self.secret)
    }
}

/// What was revoked, for programs.
#[derive(Serialize)]
struct Revoked<'a> {
    revoked: RevokedKey<'a>,
}

#[derive(Serialize)]
struct RevokedKey<'a> {
    /// None where it was all keys.
    name: Option<&'a str>,
    all: bool,
}

impl Report for Revoked<'_> {
    fn text(&self) -> Text {
        Text::default()
    }
}

/// What a 404 means for one key.
fn no_key(of: &KeysOf, name: &str) -> String {
    match of {
        KeysOf::Organization(organization) => {
            format!("there is no organization {organization} that you are in, or it has no key {name}")
        }
        KeysOf::Caller => format!("you have no key {name}; `skep key list` shows which there are"),
    }
}

/// What a 404 means for all keys.
fn no_keys(of: &KeysOf) -> String {
    match of {
        KeysOf::Organization(organization) => {
            format!("there is no organization {organization} that you are in")
        }
        KeysOf::Caller => NO_ACCOUNT.to_owned(),
    }
}

fn permissions(of: &KeysOf, typed: &[String]) -> anyhow::Result<Vec<Permission>> {
    let organization: Option<&OrganizationName> = match of {
        KeysOf::Organization(organization) => Some(organization),
        KeysOf::Caller => None,
    };
    if typed.is_empty() {
        return Ok(vec![organization.map_or(Permission::Api, |name| Permission::Repository(name.clone()))]);
    }
    Ok(typed.iter().map(|text| Permission::parse(text, organization)).collect::<Result<_, _>>()?)
}

fn revoke(context: &Context, of: &KeysOf, args: RevokeArgs) -> anyhow::Result<()> {
    let api = context.api()?;
    match &args.name {
        Some(name) => {
            block_on(async {
                let revoked = api.revoke_key(of, name).await;
                revoked.map_err(because(format!("cannot revoke key {name}"), no_key(of, name)))
            })?;
            output::note(format!("Revoked key {name}"));
        }
        None => {
            let whose = match of {
                KeysOf::Organization(organization) => format!("of organization {organization}"),
                KeysOf::Caller => "of your account".to_owned(),
            };
            prompt::insist(&format!("Revoke all keys {whose}?"))?;
            block_on(async {
                api.revoke_all_keys(of).await.map_err(because("cannot revoke the keys", no_keys(of)))
            })?;
            output::note(format!("Revoked all keys {whose}"));
        }
    }
    output::report(&Revoked { revoked: RevokedKey { name: args.name.as_deref(), all: args.all } })
}

fn list(context: &Context, of: &KeysOf) -> anyhow::Result<()> {
    let api = context.api()?;
    let keys = block_on(async { api.keys(of).await.map_err(because("cannot list the keys", no_keys(of))) })?;
    if keys.is_empty() {
        output::note(match of {
            KeysOf::Organization(name) => {
                format!("No keys yet. Make one with `skep organization key {name} generate`")
            }
            KeysOf::Caller => "No keys yet. Make one with `skep key generate`".to_owned(),
        });
    }
    output::report(&Keys(keys))
}

fn show(context: &Context, of: &KeysOf, name: &str) -> anyhow::Result<()> {
    let api = context.api()?;
    let key = block_on(async {
        api.key(of, name).await.map_err(because(format!("cannot show key {name}"), no_key(of, name)))
    })?;
    output::report(&OneKey(key))
}

#[derive(Serialize)]
struct OneKey(Key);

impl Report for OneKey {
    fn text(&self) -> Text {
        let [name, permissions, created, expires, last_used, from] = row(&self.0);
        let line = |name: &str, value: &str| Text::styled(Style::Heading, name).plain(" ").plain(value);
        let text = line("Name:", &name)
            .line(line("Permissions:", &permissions))
            .line(line("Created:", &created))
            .line(line("Expires:", &expires))
            .line(line("Last used:", &last_used));
        if from.is_empty() { text } else { text.line(line("From:", &from)) }
    }
}

#[derive(Serialize)]
struct Keys(Vec<Key>);

impl Report for Keys {
    fn text(&self) -> Text {
        if self.0.is_empty() {
            return Text::default();
        }
        let heading = ["Name", "Permissions", "Created", "Expires", "Last used", "From"];
        table(heading, self.0.iter().map(row))
    }
}

fn row(key: &Key) -> [String; 6] {
    let permissions: Vec<String> = key.permissions.iter().map(ToString::to_string).collect();
    let last_use = key.last_use.as_ref();
    [
        key.name.clone(),
        permissions.join(" "),
        moment(key.inserted_at.as_deref(), ""),
        moment(key.revoke_at.as_deref(), "never"),
        moment(last_use.and_then(|used| used.used_at.as_deref()), "never"),
        last_use.and_then(|used| used.ip.clone()).unwrap_or_default(),
    ]
}

/// A moment to the minute, in UTC; a text that is not one is shown as it is.
pub(super) fn moment(text: Option<&str>, otherwise: &str) -> String {
    let Some(text) = text else { return otherwise.to_owned() };
    match text.parse::<Timestamp>() {
        Ok(moment) => moment.strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => text.to_owned(),
    }
}
