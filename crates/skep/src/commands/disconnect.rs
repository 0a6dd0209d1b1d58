//! `skep disconnect`

use std::path::PathBuf;

use anyhow::{Result, bail};
use serde::Serialize;
use skep_client::address::Address;
use skep_client::api::KeysOf;
use skep_client::config::Machine;
use skep_client::config::connections::{Connected, Connection};

use super::connect;
use super::context::{Context, block_on};
use crate::args::DisconnectArgs;
use crate::failure::told;
use crate::output::options::options;
use crate::output::text::Style;
use crate::output::{self, Report, Text, warn};

pub(crate) fn run(context: &Context, args: &DisconnectArgs) -> Result<()> {
    if args.ci {
        let folder = connect::remove_ci()?;
        return output::report(&Gone { folder });
    }
    let connection = match &args.connection {
        Some(server) => find(&context.machine, server)?,
        None => only(&context.machine)?,
    };
    let undone = context.machine.disconnect(&connection.name, &args.organizations)?;
    for name in &undone.kept {
        warn(&format!("{name} was changed since and is left as it is"));
    }
    let (revoked, left, failures) = match args.keep_keys {
        true => {
            let kept = undone.organizations.iter().filter_map(|gone| gone.key_name.clone());
            (Vec::new(), kept.collect(), Vec::new())
        }
        false => revoke(context, &connection, &undone.organizations),
    };
    if undone.whole && failures.is_empty() {
        forget_server(&context.machine, &connection)?;
    }
    let told = Disconnected {
        name: undone.connection.name,
        organizations: undone.organizations.into_iter().map(|gone| Name { name: gone.name }).collect(),
        whole: undone.whole,
        files: undone.files.into_iter().map(File::of).collect(),
        revoked_keys: revoked.into_iter().map(|name| Name { name }).collect(),
        left_keys: left.iter().map(|name| Name { name: name.clone() }).collect(),
    };
    // What goes well is nothing that was asked for; programs get it all the same.
    if !options().quiet || options().json {
        output::report(&told)?;
    }
    if failures.is_empty() {
        return Ok(());
    }
    let server = &connection.api;
    let commands: Vec<String> =
        left.iter().map(|name| format!("skep key revoke {name} --server {server}")).collect();
    bail!(
        "{}: sign in (skep user auth --server {server}), then {}",
        failures.join("; "),
        commands.join(" and ")
    );
}

/// Forgets what connecting has noted of the server, unless somebody is signed in to it, or has noted something else.
fn forget_server(machine: &Machine, connection: &Connection) -> Result<()> {
    let Ok(api) = connection.api_url() else { return Ok(()) };
    let known = machine.server(&api)?;
    let is_same = known.name.as_ref().is_none_or(|name| *name == connection.name)
        && known.fingerprint.as_ref() == Some(&connection.fingerprint);
    if known.login.is_none() && is_same {
        machine.forget_server(&api)?;
    }
    Ok(())
}

/// The connection that there is, if there is but one.
fn only(machine: &Machine) -> Result<Connection> {
    let mut connections = machine.connections()?;
    match (connections.pop(), connections.as_slice()) {
        (Some(only), []) => Ok(only),
        (Some(last), others) => {
            let names: Vec<&str> = others.iter().chain([&last]).map(|known| known.name.as_str()).collect();
            bail!("several servers are connected: say which, of {}", names.join(", "))
        }
        (None, _) => bail!("no server is connected"),
    }
}

/// The connection with this name, or to the server at this address.
pub(crate) fn find(machine: &Machine, server: &str) -> Result<Connection> {
    let connections = machine.connections()?;
    let address = Address::parse(server).ok();
    let is_meant = |known: &Connection| {
        known.name == server || address.as_ref().is_some_and(|address| known.is_to(&address.api))
    };
    if let Some(found) = connections.iter().find(|known| is_meant(known)) {
        return Ok(found.clone());
    }
    let names: Vec<String> =
        connections.iter().map(|known| format!("{} ({})", known.name, known.api)).collect();
    match names.is_empty() {
        true => bail!("{server} is not connected, nor is any other server"),
        false => bail!("{server} is not connected; what is: {}", names.join(", ")),
    }
}

/// Revokes the keys that connecting made: gives the names of those that are revoked, of those that are not, and why not.
/// The files are right already, so that all of them are tried.
fn revoke(
    context: &Context,
    connection: &Connection,
    gone: &[Connected],
) -> (Vec<String>, Vec<String>, Vec<String>) {
    let (mut revoked, mut left, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    let mut to_revoke = Vec::new();
    for one in gone {
        let Some(name) = &one.key_name else { continue };
        match connect::still_held(&context.machine, connection, &one.name) {
            None => to_revoke.push(name.clone()),
            Some(file) => {
                failures.push(format!("the key {name} is not revoked, because {} holds it", file.display()));
                left.push(name.clone());
            }
        }
    }
    if to_revoke.is_empty() {
        return (revoked, left, failures);
    }
    let mut unasked = to_revoke.clone();
    let asked = block_on(async {
        let server = connection.api_url()?;
        let Some(api) = context.session(&server)? else { bail!("not signed in to {server}") };
        for name in to_revoke {
            match api.revoke_key(&KeysOf::Caller, &name).await {
                Ok(()) => revoked.push(name.clone()),
                // Revoked by somebody else.
                Err(error) if error.status() == Some(404) => revoked.push(name.clone()),
                Err(error) => {
                    failures.push(format!("the key {name} could not be revoked: {error}"));
                    left.push(name.clone());
                }
            }
            unasked.retain(|other| *other != name);
        }
        Ok(())
    });
    if let Err(error) = asked {
        let what = if unasked.len() == 1 { "key" } else { "keys" };
        failures.push(format!("the {what} {} could not be revoked: {}", unasked.join(", "), told(&error)));
        left.append(&mut unasked);
    }
    (revoked, left, failures)
}

#[derive(Serialize)]
struct Gone {
    folder: PathBuf,
}

impl Report for Gone {
    fn text(&self) -> Text {
        format!("Removed {}", self.folder.display()).into()
    }
}

#[derive(Serialize)]
struct Disconnected {
    name: String,
    organizations: Vec<Name>,
    whole: bool,
    files: Vec<File>,
    revoked_keys: Vec<Name>,
    left_keys: Vec<Name>,
}

#[derive(Serialize)]
struct Name {
    name: String,
}

#[derive(Serialize)]
struct File {
    path: PathBuf,
    /// Whether it is gone, for it was not there before.
    removed: bool,
}

impl File {
    fn of(path: PathBuf) -> Self {
        Self { removed: !path.exists(), path }
    }
}

impl Report for Disconnected {
    fn text(&self) -> Text {
        let names: Vec<&str> = self.organizations.iter().map(|gone| gone.name.as_str()).collect();
        let what =
            if self.whole { self.name.clone() } else { format!("{} of {}", names.join(", "), self.name) };
        let mut text = Text::styled(Style::Good, "Disconnected").plain(&format!(" {what}"));
        for file in &self.files {
            let what = if file.removed { "removed " } else { "restored" };
            text = text
                .line(Text::from("  ").add(Style::Faint, what).plain(&format!(" {}", file.path.display())));
        }
        for key in &self.revoked_keys {
            text = text
                .line(Text::from("  ").add(Style::Faint, "revoked ").plain(&format!(" key {}", key.name)));
        }
        for key in &self.left_keys {
            text = text
                .line(Text::from("  ").add(Style::Faint, "left    ").plain(&format!(" key {}", key.name)));
        }
        text
    }
}
