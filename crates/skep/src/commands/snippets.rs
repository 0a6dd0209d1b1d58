//! `skep snippets`, and what `skep connect --print` prints.

use anyhow::{Result, bail};
use hex_format::hex_config::{HexConfig, RebarConfig};
use hex_format::name::OrganizationName;
use hex_format::term::Term;
use hex_registry::PublicKey;
use serde::Serialize;
use skep_client::address::Address;
use skep_client::config::Machine;
use skep_client::config::connections::{Connection, Shape};
use skep_client::server::HEXPM_FINGERPRINT;
use skep_client::snippets::{Kind, Subject, snippet};

use super::connect::{self, trust};
use super::context::{Context, block_on};
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
    print(kind, &of_connection(&context.machine, &connection))
}

/// What is known of a server that is connected.
pub(crate) fn of_connection(machine: &Machine, connection: &Connection) -> Subject {
    Subject::of_connection(connection, signing_key(machine, &connection.fingerprint))
}

/// The signing key with this fingerprint, if a file of this machine has it.
fn signing_key(machine: &Machine, fingerprint: &str) -> Option<String> {
    let has_it =
        |pem: &String| PublicKey::from_pem(pem).is_ok_and(|key| key.fingerprint().to_string() == fingerprint);
    let text = |fields: &Term, key: &str| Some(fields.get_atom(key)?.text()?.into_owned());
    let of_mix = machine.hex_config().ok();
    let of_mix =
        of_mix.iter().flat_map(HexConfig::repos).filter_map(|(_, fields)| text(fields, "public_key"));
    let of_rebar3 = machine.rebar3_configs().ok().map(|(config, _)| config);
    let of_rebar3 = of_rebar3
        .iter()
        .flat_map(RebarConfig::repos)
        .filter_map(|(_, fields)| text(fields, "repo_public_key"));
    of_mix.chain(of_rebar3).find(has_it)
}

/// What an address says, with what is known of it. Nothing is asked of the server, but for the signing key where the text
/// has it in full.
pub(crate) fn of_address(
    context: &Context,
    address: &Address,
    args: &ConnectArgs,
    organizations: &[OrganizationName],
    kind: Kind,
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
        _ if args.replace_hexpm || address.repository.is_hexpm() => Shape::ReplaceHexpm,
        _ if args.plain => Shape::Plain,
        Some(known) => known.shape,
        None => Shape::SideBySide,
    };
    let built_in = address.repository.is_hexpm().then(|| HEXPM_FINGERPRINT.to_owned());
    let fingerprint =
        pinned.or(known.as_ref().map(|known| known.fingerprint.clone())).or(stored).or(built_in);
    let local = fingerprint.as_ref().and_then(|fingerprint| signing_key(&context.machine, fingerprint));
    let signing_key = match kind {
        Kind::Rebar3 if local.is_none() && !address.repository.is_hexpm() => {
            let network = connect::network(context, args)?;
            Some(block_on(trust::signing_key(context, &network, address, known.as_ref()))?.to_pem())
        }
        _ => local,
    };
    let mut options = String::new();
    if !address.api.repository().is_ok_and(|own| own == address.repository) {
        options.push_str(&format!(" --repo-url {}", address.repository));
    }
    if let Some(file) = args.cacert.as_ref().and_then(|path| path.file_name()) {
        options.push_str(&format!(" --cacert {}", file.to_string_lossy()));
    }
    Ok(Subject {
        site: address.site().to_owned(),
        api: address.api.to_string(),
        repository: address.repository.to_string(),
        fingerprint,
        organizations: match (organizations.is_empty(), &known) {
            (true, Some(known)) => known.organizations.iter().map(|known| known.name.clone()).collect(),
            _ => organizations.iter().map(ToString::to_string).collect(),
        },
        rebar3: known.map(|known| Subject::of_connection(&known, None).rebar3).unwrap_or_default(),
        name,
        shape,
        signing_key,
        options,
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
