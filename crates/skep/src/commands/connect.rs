//! `skep connect`: first look, then ask, then check, and only then write.

mod ci;
mod keys;
mod told;
pub(crate) mod trust;

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use hex_format::name::{OrganizationName, RepositoryName};
use hex_registry::PublicKey;
use skep_client::TransportError;
use skep_client::address::Address;
use skep_client::config::connections::{Connection, Shape};
use skep_client::config::exposure::{self, Redirects};
use skep_client::config::{Machine, Plan, cacerts, tools};
use skep_client::doctor::netrc_path;
use skep_client::network::{CertificateFile, CertificateProblem, Network};
use skep_client::repository::RepositoryError;
use skep_client::secret::Secret;
use skep_client::server::{ApiUrl, RepositoryUrl};

use crate::args::{ConnectArgs, SecretArg};
use crate::commands::context::{Context, block_on, variable};
use crate::commands::{snippets, user};
use crate::output;

use ci::Folder;
pub(crate) use ci::remove as remove_ci;
pub(crate) use keys::still_held;

pub(crate) fn run(context: &Context, args: &ConnectArgs) -> Result<()> {
    let mut address = Address::parse(&args.url)?;
    if let Some(given) = &args.fingerprint {
        if address.fingerprint.as_ref().is_some_and(|pinned| pinned != given) {
            bail!("the address and --fingerprint name different fingerprints");
        }
        address.fingerprint = Some(*given);
    }
    if let Some(url) = context.given_repository()? {
        address.repository = url;
    }
    let mut organizations = args.organizations.clone();
    if let Some(named) = address.organization.take().filter(|named| !organizations.contains(named)) {
        organizations.insert(0, named);
    }
    organizations.dedup();
    if let Some(kind) = args.print {
        let subject = snippets::of_address(context, &address, args, &organizations, kind)?;
        return snippets::print(kind, &subject);
    }
    if args.ci {
        ci::check_shell(args.shell)?;
    }
    let key = given_key(context, args, &address.api)?;
    let Some(folder) = args.ci.then(Folder::open).transpose()? else {
        return connect(context, &context.machine, args, &address, organizations, key.as_ref(), None);
    };
    let Some(key) = key else {
        folder.remove_if_new();
        bail!("--ci needs a key: put it into SKEP_KEY, or give --key-stdin");
    };
    let done = connect(context, &folder.machine(), args, &address, organizations, Some(&key), Some(&folder));
    if done.is_err() {
        folder.remove_if_new();
    }
    done
}

fn connect(
    context: &Context,
    machine: &Machine,
    args: &ConnectArgs,
    address: &Address,
    mut organizations: Vec<OrganizationName>,
    key: Option<&Secret>,
    ci: Option<&Folder>,
) -> Result<()> {
    let before = machine.connections()?.into_iter().find(|known| known.is_to(&address.api));
    let network = network(context, args)?;
    context.use_network(network.clone());
    let signing_key = block_on(trust::signing_key(context, &network, address, before.as_ref()));
    let signing_key = signing_key.map_err(naming_the_option)?;
    let plan = plan(machine, args, address, before.as_ref(), signing_key)?;
    if plan.shape == Shape::ReplaceHexpm && !address.repository.is_hexpm() {
        refuse_exposure(machine, &plan)?;
    }
    machine.check_connection(&plan, &organizations)?;
    let asking = keys::Asking { context, machine, network: &network, plan: &plan, given: key, args };
    if organizations.is_empty() {
        organizations = match &before {
            Some(before) if !asking.can_ask()? => before.names()?,
            _ => {
                sign_in_if_needed(&asking, address)?;
                block_on(asking.choose())?
            }
        };
    }
    let known = block_on(asking.known(&organizations, before.as_ref()))?;
    if known.len() < organizations.len() {
        sign_in_if_needed(&asking, address)?;
    }
    let (connection, files) = block_on(asking.connect(organizations, known))?;
    let fingerprint = connection.fingerprint.clone();
    let is_taken = machine
        .servers()?
        .iter()
        .any(|(url, known)| *url != address.api && known.name.as_deref() == Some(connection.name.as_str()));
    machine.change_server(&address.api, |server| {
        server.fingerprint = Some(fingerprint);
        if server.name.is_none() && !is_taken {
            server.name = Some(connection.name.clone());
        }
        if !address.api.repository().is_ok_and(|own| own == address.repository) {
            server.repository = Some(address.repository.clone());
        }
    })?;
    warn_about_old_mix(args, &connection);
    match ci {
        Some(folder) => folder.tell(args.shell, &connection),
        None => told::tell(context, &connection, &files),
    }
}

/// A private authority is named with an option here, which only this command has.
fn naming_the_option(error: anyhow::Error) -> anyhow::Error {
    use CertificateProblem::UnknownAuthority;
    match error.downcast() {
        Ok(RepositoryError::Transport(TransportError::Untrusted {
            url,
            problem: problem @ UnknownAuthority,
            reason,
        })) => {
            let reason = format!("{reason}, or here with --cacert FILE");
            RepositoryError::Transport(TransportError::Untrusted { url, problem, reason }).into()
        }
        Ok(other) => other.into(),
        Err(other) => other,
    }
}

/// Whoever can be asked need not come back with a session.
fn sign_in_if_needed(asking: &keys::Asking<'_>, address: &Address) -> Result<()> {
    if output::is_interactive() && !asking.can_ask()? {
        output::note(format!("Signing in to {}", address.site()));
        user::sign_in::in_browser(&asking.context.at_server(&asking.plan.api))?;
    }
    Ok(())
}

/// The network, which believes the server's own certificate authority as well.
pub(crate) fn network(context: &Context, args: &ConnectArgs) -> Result<Network> {
    let mut settings = context.network_settings()?;
    settings.certificates.extend(args.cacert.clone().map(|path| CertificateFile {
        origin: "--cacert".to_owned(),
        path,
        instead_of_system: false,
    }));
    Ok(Network::new(&settings))
}

/// The key that was given, by an option or, in a build, by the environment.
fn given_key(context: &Context, args: &ConnectArgs, api: &ApiUrl) -> Result<Option<Secret>> {
    if let Some(key) = args.key.as_ref().or(args.key_stdin.then_some(&SecretArg::Stdin)) {
        return key.read().map(Some);
    }
    if !args.ci {
        return Ok(None);
    }
    match variable("SKEP_KEY") {
        Some(key) => Ok(Some(Secret::key(&key).map_err(|error| anyhow::anyhow!("SKEP_KEY: {error}"))?)),
        None => context.key_for(api),
    }
}

fn plan(
    machine: &Machine,
    args: &ConnectArgs,
    address: &Address,
    before: Option<&Connection>,
    signing_key: PublicKey,
) -> Result<Plan> {
    let shape = match before {
        _ if args.replace_hexpm || address.repository.is_hexpm() => Shape::ReplaceHexpm,
        _ if args.plain => Shape::Plain,
        Some(before) => before.shape,
        None => Shape::SideBySide,
    };
    let name = match (&args.name, before) {
        (Some(name), _) => name.clone(),
        (None, Some(before)) => RepositoryName::parse(&before.name)?,
        (None, None) => suggested_name(machine, address)?,
    };
    let versions = tools::hex_versions(|name| std::env::var_os(name));
    let netrc = || netrc_path(&variable).context("cannot find ~/.netrc: set HOME or NETRC");
    // A bundle that somebody made for mix has the public authorities already.
    let own = || variable("HEX_CACERTS_PATH").map(PathBuf::from).filter(|path| cacerts::is_private(path));
    let authority = args.cacert.clone().or_else(own);
    Ok(Plan {
        also_plain: versions.iter().any(|version| tools::needs_plain_names(version)),
        rebar3: !args.no_rebar3,
        // What is no address is rebar3's to complain about.
        rebar3_hexpm: variable("HEX_CDN").and_then(|url| RepositoryUrl::parse(&url).ok()),
        netrc: args.netrc.then(netrc).transpose()?,
        certificates: authority.as_deref().map(cacerts::bundle).transpose()?,
        replace: args.replace,
        api: address.api.clone(),
        repository: address.repository.clone(),
        name,
        signing_key,
        shape,
    })
}

/// A name that no other server or repository of this machine has.
pub(crate) fn suggested_name(machine: &Machine, address: &Address) -> Result<RepositoryName> {
    let config = machine.hex_config()?;
    let repositories = config.repos();
    let connections = machine.connections()?;
    // One that is this very server may keep its name: another command may just have connected it.
    let others = connections.iter().filter(|known| !known.is_to(&address.api));
    let mut taken: Vec<&str> = others.map(|known| known.name.as_str()).collect();
    let is_ours = |fields: &hex_format::term::Term| {
        let url = fields.get_atom("url").and_then(hex_format::term::Term::text);
        url.is_some_and(|url| RepositoryUrl::parse(&url).is_ok_and(|url| url == address.repository))
    };
    taken.extend(repositories.iter().filter(|(_, fields)| !is_ours(fields)).map(|(name, _)| name.as_ref()));
    Ok(RepositoryName::parse(&address.suggested_name(&taken))?)
}

/// A server that becomes `hexpm` must not get what was made for another.
fn refuse_exposure(machine: &Machine, plan: &Plan) -> Result<()> {
    let redirects = Redirects::read(variable);
    let config = machine.hex_config()?;
    let found = exposure::replacing_hexpm(&config, &redirects, &plan.api, &plan.repository);
    match found.first() {
        Some(exposure) => bail!("{}: {}", exposure.problem, exposure.remedy),
        None => Ok(()),
    }
}

fn warn_about_old_mix(args: &ConnectArgs, connection: &Connection) {
    let versions = tools::hex_versions(|name| std::env::var_os(name));
    let old = versions.iter().find(|version| tools::needs_plain_names(version));
    if let (Some(version), Shape::SideBySide, false) = (old, connection.shape, args.ci) {
        output::warn(&format!(
            "Hex {version} of this machine cannot read {}:ORGANIZATION, so each organization has an entry of its own name as \
             well; mix local.hex fetches a newer Hex",
            connection.name
        ));
    }
}
