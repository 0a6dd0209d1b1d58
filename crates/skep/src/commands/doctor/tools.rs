//! Lets the real programs try: mix and rebar3 fetch one private package with the files of the user.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hex_format::name::{OrganizationName, PackageName};
use hex_format::version::Version;
use skep_client::config::Machine;
use skep_client::doctor::Finding;
use skep_client::network::Network;
use skep_client::repository::{Access, Repository};

use super::servers::Server;
use crate::commands::package::place;

/// For one run of a program.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at whether it has ended.
const TICK: Duration = Duration::from_millis(50);
/// Most bytes of what a program said that are told.
const MAX_TOLD: usize = 300;

/// A package to fetch.
struct Target {
    repository: String,
    name: PackageName,
    version: Version,
}

/// Lets each program that is installed fetch a package of each organization.
pub(super) async fn run(network: &Network, machine: &Machine, server: &Server) -> Vec<Finding> {
    let mut found = Vec::new();
    let connections = machine.connections().unwrap_or_default();
    let connected = connections.iter().filter(|known| known.is_to(&server.api));
    let organizations =
        connected.flat_map(|known| known.organizations.iter().map(|one| (&known.fingerprint, one)));
    for (fingerprint, connected) in organizations {
        let subject = format!("{} at {}", connected.name, server.name);
        let wanted = (connected.name.as_str(), connected.repository.as_str(), fingerprint.as_str());
        let Some(target) = target(network, machine, server, wanted).await else {
            found.push(Finding::good(
                "nothing_to_fetch",
                subject,
                "has no package that could be fetched to try",
            ));
            continue;
        };
        found.extend(mix(&target));
        found.extend(rebar3(&target));
    }
    found
}

/// The first package that there is, in its newest version. Nothing is run with what another key than the pinned one has
/// signed, and nothing but names and versions gets into the files that the programs read.
async fn target(
    network: &Network,
    machine: &Machine,
    server: &Server,
    (organization, repository, fingerprint): (&str, &str, &str),
) -> Option<Target> {
    let organization = OrganizationName::parse(organization).ok()?;
    let stored = machine.organization_key(&server.repository, &organization).ok()??;
    let reader = Repository::new(network, server.repository.clone(), Some(&organization))
        .with_access(Access::Key(stored.secret));
    let trusted =
        reader.public_key().await.ok().filter(|key| key.fingerprint().to_string() == fingerprint)?;
    let reader = reader.with_key(trusted);
    let first = reader.names().await.ok()?.packages.into_iter().next()?;
    let name = PackageName::parse(&first.name).ok()?;
    let package = reader.package(&name).await.ok()?;
    let versions = package.releases.iter().filter_map(|release| release.version.parse::<Version>().ok());
    Some(Target { repository: repository.to_owned(), name, version: versions.max()? })
}

fn mix(target: &Target) -> Option<Finding> {
    let Target { repository, name, version } = target;
    let folder = place::private_folder("skep-doctor-").ok()?;
    let mut command = Command::new("mix");
    command.args(["hex.package", "fetch", name.as_str(), &version.to_string(), "--repo", repository]);
    tried("mix", &format!("{name} {version} of {repository}"), command, folder.path(), |folder| {
        folder.join(format!("{name}-{version}.tar")).exists()
    })
}

fn rebar3(target: &Target) -> Option<Finding> {
    let Target { repository, name, version } = target;
    let folder = place::private_folder("skep-doctor-").ok()?;
    let source = folder.path().join("src");
    std::fs::create_dir(&source).ok()?;
    std::fs::write(folder.path().join("rebar.config"), format!("{{deps, [{{{name}, \"{version}\"}}]}}.\n"))
        .ok()?;
    let app = "{application, skep_doctor, [{vsn, \"1\"}, {applications, [kernel, stdlib]}]}.\n";
    std::fs::write(source.join("skep_doctor.app.src"), app).ok()?;
    let mut command = Command::new("rebar3");
    command.arg("get-deps");
    tried("rebar3", &format!("{name} {version} of {repository}"), command, folder.path(), |folder| {
        folder.join("_build/default/lib").join(name.as_str()).exists()
    })
}

/// Runs a program in a folder of its own, within a limit. `None` if there is no such program.
fn tried(
    program: &str,
    what: &str,
    mut command: Command,
    folder: &Path,
    is_there: impl Fn(&Path) -> bool,
) -> Option<Finding> {
    let output = folder.join("skep-doctor.log");
    let log = std::fs::File::create(&output).ok()?;
    let both = log.try_clone().ok()?;
    let child = command.current_dir(folder).stdin(Stdio::null()).stdout(log).stderr(both).spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => {
            return Some(Finding::warning(
                "tool_not_started",
                program,
                error.to_string(),
                "look at its installation",
            ));
        }
    };
    let begun = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Some(status),
            Ok(None) if begun.elapsed() < PATIENCE => std::thread::sleep(TICK),
            _ => break None,
        }
    };
    let remedy = "what is told above about files and the server comes first; then run it by hand";
    let Some(status) = status else {
        let _ = child.kill();
        let _ = child.wait();
        let told = format!("did not fetch {what} within {} seconds", PATIENCE.as_secs());
        return Some(Finding::broken("tool_hangs", program, told, remedy));
    };
    // Old versions of mix end with 0 after a failure: the file is what counts.
    if status.success() && is_there(folder) {
        return Some(Finding::good("tool_fetches", program, format!("fetches {what}")));
    }
    let said = std::fs::read_to_string(&output).unwrap_or_default();
    let end: String =
        said.trim().chars().rev().take(MAX_TOLD).collect::<Vec<_>>().into_iter().rev().collect();
    let told = format!("cannot fetch {what}: {}", end.replace('\n', " "));
    Some(Finding::broken("tool_fails", program, told, remedy))
}
