//! `skep server …`: what this machine knows about servers. Listing asks neither the network nor the keyring.

use anyhow::{Result, bail};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use skep_client::config::credentials::Server;
use skep_client::server::{ApiUrl, RepositoryUrl};

use super::context::Context;
use super::done::done;
use super::user;
use crate::args::ServerCommand;
use crate::output::{self, Report, Text, table::table};

pub(crate) fn run(context: &Context, command: ServerCommand) -> Result<()> {
    match command {
        ServerCommand::List => list(context),
        ServerCommand::Forget { server } => forget(context, &server),
    }
}

/// One server.
#[derive(Serialize)]
struct Row {
    name: Option<String>,
    url: String,
    repository: Option<String>,
    username: Option<String>,
    /// How somebody is signed in: `session`, `keys` or `key`.
    method: Option<&'static str>,
    since: Option<String>,
    fingerprint: Option<String>,
    /// Whether it is meant where nothing is said.
    default: bool,
}

#[derive(Serialize)]
struct Servers(Vec<Row>);

impl Report for Servers {
    fn text(&self) -> Text {
        let heading = ["Name", "URL", "Signed in", "Since", "Default", "Signing key"];
        let row = |server: &Row| {
            let who = match (server.method, server.username.as_deref()) {
                (None, _) => "no",
                (Some(_), Some(username)) => username,
                (Some(_), None) => "as an organization",
            };
            [
                server.name.clone().unwrap_or_default(),
                server.url.clone(),
                who.to_owned(),
                super::keys::moment(server.since.as_deref(), ""),
                if server.default { "yes".to_owned() } else { String::new() },
                server.fingerprint.clone().unwrap_or_default(),
            ]
        };
        table(heading, self.0.iter().map(row))
    }
}

fn list(context: &Context) -> Result<()> {
    let default = context.default_api_url()?;
    let mut servers = context.machine.servers()?;
    if servers.iter().all(|(url, _)| *url != default) {
        servers.insert(0, (default.clone(), Server::default()));
    }
    let rows = servers.into_iter().map(|(url, server)| row(&url, server, url == default));
    output::report(&Servers(rows.collect()))
}

fn row(url: &ApiUrl, server: Server, default: bool) -> Row {
    let repository = server.repository.or_else(|| url.repository().ok());
    let login = server.login.as_ref();
    Row {
        name: server.name,
        url: url.to_string(),
        repository: repository.as_ref().map(RepositoryUrl::to_string),
        username: login.and_then(|login| login.username.clone()),
        method: login.map(|login| login.method.as_str()),
        since: login.and_then(|login| login.since).map(|at: Timestamp| at.to_string()),
        fingerprint: server.fingerprint,
        default,
    }
}

fn forget(context: &Context, server: &str) -> Result<()> {
    let url = context.find(server)?;
    let known = context.machine.server(&url)?;
    let failures = match &known.login {
        Some(login) => user::sign_out::end(context, &url, login.method)?,
        None => Vec::new(),
    };
    if !context.machine.forget_server(&url)? && known == Server::default() {
        bail!("this machine knows nothing about {url}");
    }
    done("forgotten", json!({ "url": url.to_string() }), format!("Forgot {url}"))?;
    match failures.as_slice() {
        [] => Ok(()),
        failures => bail!("forgotten on this machine, but {}", failures.join("; ")),
    }
}
