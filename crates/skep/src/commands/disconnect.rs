//! `skep disconnect`

use std::path::PathBuf;

use anyhow::{Result, bail};
use serde::Serialize;
use skep_client::address::Address;
use skep_client::api::KeysOf;
use skep_client::config::Machine;
use skep_client::config::connections::Connection;

use super::connect;
use super::context::{Context, block_on};
use crate::args::DisconnectArgs;
use crate::output::text::Style;
use crate::output::{self, Report, Text, warn};

pub(crate) fn run(context: &Context, args: &DisconnectArgs) -> Result<()> {
    if args.ci {
        let folder = connect::remove_ci()?;
        return output::report(&Gone { folder });
    }
    let server = args.connection.as_deref().unwrap_or_default();
    let connection = find(&context.machine, server)?;
    let undone = context.machine.disconnect(&connection.name, &args.organizations)?;
    for name in &undone.kept {
        warn(&format!("{name} was changed since and is left as it is"));
    }
    let names: Vec<String> = undone.organizations.iter().filter_map(|gone| gone.key_name.clone()).collect();
    let (mut revoked, mut left) = (Vec::new(), Vec::new());
    if args.keep_keys {
        left = names;
    } else if !names.is_empty() {
        (revoked, left) = revoke(context, &connection, names);
    }
    output::report(&Disconnected {
        name: undone.connection.name,
        organizations: undone.organizations.into_iter().map(|gone| Name { name: gone.name }).collect(),
        whole: undone.whole,
        files: undone.files.into_iter().map(|path| File { path }).collect(),
        revoked_keys: revoked.into_iter().map(|name| Name { name }).collect(),
        left_keys: left.into_iter().map(|name| Name { name }).collect(),
    })
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

/// Revokes the keys that connecting made. The files are right already, so that a failure is told and no more.
fn revoke(context: &Context, connection: &Connection, names: Vec<String>) -> (Vec<String>, Vec<String>) {
    let (mut revoked, mut left) = (Vec::new(), Vec::new());
    let asked = block_on(async {
        let server = connection.api_url()?;
        let Some(api) = context.session(&server)? else { bail!("not signed in to {server}") };
        for name in &names {
            match api.revoke_key(&KeysOf::Caller, name).await {
                Ok(()) => revoked.push(name.clone()),
                // Revoked by somebody else.
                Err(error) if error.status() == Some(404) => revoked.push(name.clone()),
                Err(error) => {
                    warn(&format!("the key {name} could not be revoked: {error}"));
                    left.push(name.clone());
                }
            }
        }
        Ok(())
    });
    if let Err(error) = asked {
        warn(&format!("the keys {} are not revoked: {error:#}", names.join(", ")));
        left = names;
    }
    (revoked, left)
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
}

impl Report for Disconnected {
    fn text(&self) -> Text {
        let names: Vec<&str> = self.organizations.iter().map(|gone| gone.name.as_str()).collect();
        let what =
            if self.whole { self.name.clone() } else { format!("{} of {}", names.join(", "), self.name) };
        let mut text = Text::styled(Style::Good, "Disconnected").plain(&format!(" {what}"));
        for file in &self.files {
            text = text.line(
                Text::from("  ").add(Style::Faint, "restored").plain(&format!(" {}", file.path.display())),
            );
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
