//! `skep doctor`: what files and variables say, then what the servers say on the ways that tools go.

mod harmless;
mod keys;
mod patience;
mod repositories;
mod servers;
mod tools;

use anyhow::{Result, bail};
use serde::Serialize;
use skep_client::address::Address;
use skep_client::config::paths::Paths;
use skep_client::doctor::{self, Finding, Grade};

use super::context::{Context, block_on, variable};
use super::disconnect;
use crate::args::DoctorArgs;
use crate::failure::told;
use crate::output::text::Style;
use crate::output::{self, Report, Text, note, progress};
use servers::Server;

pub(crate) fn run(context: &Context, args: &DoctorArgs) -> Result<()> {
    let machine = &context.machine;
    let named = args.connection.as_deref().or_else(|| context.option());
    let servers = servers_of(context, named)?;
    if args.fix {
        fix(machine.paths())?;
    }
    // With empty values as they are: mix makes something else of some than we do.
    let mut findings = doctor::look(machine, &|name| std::env::var(name).ok());
    match context.network().and_then(|network| Ok(network.check().map(|()| network)?)) {
        Ok(network) if network.is_offline() => findings.push(offline(context)?),
        Ok(network) => {
            doctor::add(&mut findings, block_on(keys::look(context, named.and(servers.first())))?);
            for server in &servers {
                let _sign_of_life = progress::spinner(&format!("Asking {}", server.name));
                let (found, answers) = block_on(async { Ok(servers::ask(network, machine, server).await) })?;
                doctor::add(&mut findings, found);
                if args.run && answers {
                    let found = block_on(async { Ok(tools::run(network, machine, server).await) })?;
                    doctor::add(&mut findings, found);
                }
            }
            if args.connection.is_none() {
                let _sign_of_life = progress::spinner("Asking the repositories of mix");
                let found = block_on(repositories::ask(context, network, &servers, &findings))?;
                doctor::add(&mut findings, found);
            }
        }
        Err(error) => {
            let remedy = "mend what is named there; until then no server is asked";
            findings.push(Finding::broken("network_settings", "the network", told(&error), remedy));
        }
    }
    if args.run && servers.is_empty() {
        findings.push(Finding::note(
            "nothing_to_fetch",
            "mix and rebar3",
            "no server is connected to fetch from",
        ));
    }
    let broken = findings.iter().filter(|finding| finding.grade == Grade::Broken).count();
    let warnings = findings.iter().filter(|finding| finding.grade == Grade::Warning).count();
    if findings.is_empty() {
        note(
            "There is nothing to look at: no server is connected, and neither mix nor rebar3 has a configuration",
        );
    }
    output::report(&Examination { findings, broken, warnings })?;
    match broken {
        0 => Ok(()),
        1 => bail!("one thing is broken"),
        _ => bail!("{broken} things are broken"),
    }
}

/// The server that was named, or all that are connected.
fn servers_of(context: &Context, named: Option<&str>) -> Result<Vec<Server>> {
    let connections = context.machine.connections().unwrap_or_default();
    let Some(named) = named else { return Ok(connections.iter().filter_map(Server::of).collect()) };
    if let Ok(connection) = disconnect::find(&context.machine, named) {
        return Ok(Server::of(&connection).into_iter().collect());
    }
    // One that is not connected can be looked at all the same; but a name must not be taken for a host.
    if named.contains(['.', '/', ':']) {
        return Ok(vec![Server::at(&Address::parse(named)?)]);
    }
    match context.find(named) {
        Ok(known) => Ok(vec![Server::at(&Address::parse(known.as_str())?)]),
        Err(_) => {
            disconnect::find(&context.machine, named).map(|known| Server::of(&known).into_iter().collect())
        }
    }
}

/// Nobody can be asked, on the user's word.
fn offline(context: &Context) -> Result<Finding> {
    let by_variable = variable("HEX_OFFLINE").is_some();
    let (subject, remedy) = match by_variable {
        true => ("HEX_OFFLINE".to_owned(), "unset HEX_OFFLINE"),
        false => (context.machine.paths().mix.display().to_string(), "skep config offline --delete"),
    };
    Ok(Finding::warning("offline", subject, "the network may not be used, so no server was asked", remedy))
}

fn fix(paths: &Paths) -> Result<()> {
    for exposed in doctor::exposed(paths, doctor::netrc_path(&variable).as_deref()) {
        doctor::protect(&exposed)?;
        note(format!("{} can now be read by you alone", exposed.path.display()));
    }
    Ok(())
}

#[derive(Serialize)]
struct Examination {
    findings: Vec<Finding>,
    broken: usize,
    warnings: usize,
}

impl Report for Examination {
    fn text(&self) -> Text {
        self.findings.iter().fold(Text::default(), |text, finding| {
            let (style, sign) = match finding.grade {
                Grade::Good => (Style::Good, "✓"),
                Grade::Note => (Style::Faint, "·"),
                Grade::Warning => (Style::Warning, "!"),
                Grade::Broken => (Style::Bad, "✗"),
            };
            let head = Text::styled(style, sign).plain(&format!(" {}: {}", finding.subject, finding.text));
            let text = text.line(head);
            match &finding.remedy {
                Some(remedy) => {
                    text.line(Text::from("  ").add(Style::Faint, "→").plain(&format!(" {remedy}")))
                }
                None => text,
            }
        })
    }
}
