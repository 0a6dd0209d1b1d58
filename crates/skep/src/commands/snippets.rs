//! `skep snippets`, and what `skep connect --print` prints.

use anyhow::{Result, bail};
use hex_format::name::OrganizationName;
use serde::Serialize;
use skep_client::address::Address;
use skep_client::config::connections::{Connection, Shape};
use skep_client::snippets::{Kind, Subject, snippet};

use super::connect;
use super::context::Context;
use super::disconnect;
use crate::args::{ConnectArgs, SnippetsArgs};
use crate::output::{self, Report, Text, table::table};

pub(crate) fn run(context: &Context, args: &SnippetsArgs) -> Result<()> {
    let Some(kind) = args.kind else { return output::report(&Kinds(Kind::ALL.map(Row::of))) };
    let connection = match &args.connection {
        Some(server) => disconnect::find(&context.machine, server)?,
        None => {
            let mut connections = context.machine.connections()?;
            match (connections.pop(), connections.is_empty()) {
                (Some(only), true) => only,
                (None, _) => bail!("no server is connected: skep connect URL --print {kind}"),
                _ => bail!("several servers are connected: say which, as in skep snippets {kind} SERVER"),
            }
        }
    };
    print(kind, &of_connection(connection))
}

/// What is known of a server that is connected.
fn of_connection(connection: Connection) -> Subject {
    Subject {
        site: connection.api.strip_suffix("/api").unwrap_or(&connection.api).to_owned(),
        api: connection.api,
        repository: connection.repository,
        fingerprint: Some(connection.fingerprint),
        name: connection.name,
        shape: connection.shape,
        organizations: connection.organizations.into_iter().map(|organization| organization.name).collect(),
    }
}

/// What an address says, with what is known of it. Nothing is asked of the server.
pub(crate) fn of_address(
    context: &Context,
    address: &Address,
    args: &ConnectArgs,
    organizations: &[OrganizationName],
) -> Result<Subject> {
    let known = context.machine.connections()?.into_iter().find(|known| known.is_to(&address.api));
    let stored = context.machine.server(&address.api)?.fingerprint;
    let name = match (&args.name, &known) {
        (Some(name), _) => name.to_string(),
        (None, Some(known)) => known.name.clone(),
        (None, None) => connect::suggested_name(&context.machine, address)?.to_string(),
    };
    let pinned = address.fingerprint.as_ref().map(ToString::to_string);
    let shape = match &known {
        _ if args.replace_hexpm => Shape::ReplaceHexpm,
        _ if args.plain => Shape::Plain,
        Some(known) => known.shape,
        None => Shape::SideBySide,
    };
    Ok(Subject {
        site: address.site().to_owned(),
        api: address.api.to_string(),
        repository: address.repository.to_string(),
        fingerprint: pinned.or(known.as_ref().map(|known| known.fingerprint.clone())).or(stored),
        organizations: match (organizations.is_empty(), known) {
            (true, Some(known)) => known.organizations.into_iter().map(|known| known.name).collect(),
            _ => organizations.iter().map(ToString::to_string).collect(),
        },
        name,
        shape,
    })
}

pub(crate) fn print(kind: Kind, subject: &Subject) -> Result<()> {
    output::report(&Snippet { kind: kind.as_str(), file: kind.file(), text: snippet(kind, subject) })
}

#[derive(Serialize)]
struct Snippet {
    kind: &'static str,
    file: &'static str,
    text: String,
}

impl Report for Snippet {
    fn text(&self) -> Text {
        self.text.trim_end_matches('\n').into()
    }
}

#[derive(Serialize)]
struct Kinds([Row; Kind::ALL.len()]);

#[derive(Serialize)]
struct Row {
    kind: &'static str,
    file: &'static str,
}

impl Row {
    fn of(kind: Kind) -> Self {
        Self { kind: kind.as_str(), file: kind.file() }
    }
}

impl Report for Kinds {
    fn text(&self) -> Text {
        table(["Kind", "For"], self.0.iter().map(|row| [row.kind, row.file]))
    }
}
