//! Lets the real programs try: mix and rebar3 fetch one private package with the files of the user, and with caches to
//! throw away, so that what they say is the server's answer and not a memory of it.
//!
//! Nobody has chosen to trust that package, so nothing of it may run: mix only downloads it, and rebar3, which evaluates
//! parts of what it has fetched, gets one that has none of those, by its checksum.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use hex_format::checksum::Sha256;
use hex_format::name::{OrganizationName, PackageName};
use hex_format::version::Version;
use hex_registry::package::Release;
use skep_client::config::Machine;
use skep_client::config::paths::Paths;
use skep_client::doctor::Finding;
use skep_client::network::Network;
use skep_client::repository::{Access, Repository};

use super::harmless::is_harmless;
use super::patience::in_time;
use super::servers::Server;
use crate::commands::build::tool::Tool;
use crate::commands::package::place;

/// For one run of a program.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at whether it has ended.
const TICK: Duration = Duration::from_millis(50);
const PREFIX: &str = "skep-doctor-";
/// Most bytes of what a program said that are told.
const MAX_TOLD: usize = 300;

/// Packages that are looked at to find one for rebar3.
const MOST_TRIED: usize = 5;

/// A release to fetch.
struct Target {
    repository: String,
    name: PackageName,
    version: Version,
    inner: Sha256,
    outer: Sha256,
}

/// The packages of an organization.
struct Shelf {
    /// Its name on this machine.
    repository: String,
    reader: Repository,
    names: Vec<PackageName>,
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
        let open = async {
            let shelf = open(network, machine, server, wanted).await?;
            let first = shelf.newest(shelf.names.first()?, |_| true).await?;
            Some((shelf, first))
        };
        let Ok(Some((shelf, first))) = in_time(open).await else {
            let text = "has no package that could be fetched to try";
            found.push(Finding::note("nothing_to_fetch", subject, text));
            continue;
        };
        let for_rebar3 = match Tool::find("rebar3") {
            Some(_) => match in_time(shelf.harmless()).await {
                Ok(Some(target)) => rebar3(machine, &target).await,
                _ => Some(untried(subject)),
            },
            None => None,
        };
        let tried = [mix(machine, &first).await, for_rebar3];
        if tried.iter().all(Option::is_none) {
            let text = "neither is on the PATH, so nothing was run";
            found.push(Finding::note("no_tools", "mix and rebar3", text));
            break;
        }
        found.extend(tried.into_iter().flatten());
    }
    found
}

/// What is told where rebar3 was not run.
fn untried(subject: String) -> Finding {
    let text = format!(
        "rebar3 was not run: it evaluates parts of what it fetches, and none of the first {MOST_TRIED} packages is without \
         them and without requirements; to try it, run rebar3 get-deps in a project with a package that you trust"
    );
    Finding::note("nothing_to_fetch", subject, text)
}

/// The packages that there are. Nothing is run with what another key than the pinned one has signed, and nothing but names,
/// versions and checksums gets into the files that the programs read.
async fn open(
    network: &Network,
    machine: &Machine,
    server: &Server,
    (organization, repository, fingerprint): (&str, &str, &str),
) -> Option<Shelf> {
    let organization = OrganizationName::parse(organization).ok()?;
    let stored = machine.organization_key(&server.repository, &organization).ok()??;
    let reader = Repository::new(network, server.repository.clone(), Some(&organization))
        .with_access(Access::Key(stored.secret));
    let trusted =
        reader.public_key().await.ok().filter(|key| key.fingerprint().to_string() == fingerprint)?;
    let reader = reader.with_key(trusted);
    let listed = reader.names().await.ok()?.packages;
    let names = listed.into_iter().filter_map(|package| PackageName::parse(&package.name).ok());
    let names = names.take(MOST_TRIED).collect();
    Some(Shelf { repository: repository.to_owned(), reader, names })
}

impl Shelf {
    /// The newest release of a package that is of use.
    async fn newest(&self, name: &PackageName, is_of_use: impl Fn(&Release) -> bool) -> Option<Target> {
        let package = self.reader.package(name).await.ok()?;
        let releases = package.releases.iter().filter(|release| is_of_use(release));
        let versions =
            releases.filter_map(|release| Some((release.version.parse::<Version>().ok()?, release)));
        let (version, release) = versions.max_by(|(one, _), (other, _)| one.cmp(other))?;
        Some(Target {
            repository: self.repository.clone(),
            name: name.clone(),
            version,
            inner: Sha256::from_bytes(release.inner_checksum),
            outer: Sha256::from_bytes(release.outer_checksum),
        })
    }

    /// A release of which rebar3 runs nothing, and that brings no other with it.
    async fn harmless(&self) -> Option<Target> {
        for name in &self.names {
            let Some(target) = self.newest(name, |release| release.dependencies.is_empty()).await else {
                continue;
            };
            let version = target.version.to_string();
            let tarball = self.reader.tarball(name, &version, target.outer).await;
            if tarball.is_ok_and(|tarball| is_harmless(&tarball)) {
                return Some(target);
            }
        }
        None
    }
}

impl Target {
    /// Without a lock file rebar3 would take a package of this name from whichever repository has one, which need not be
    /// that which was looked at. This is the form of rebar3 3.14 and later.
    fn rebar_lock(&self) -> String {
        let Self { name, version, .. } = self;
        let checksum =
            |checksum: Sha256| format!("[{{<<\"{name}\">>, <<\"{}\">>}}]", checksum.to_upper_hex());
        format!(
            "{{\"1.2.0\", [{{<<\"{name}\">>,{{pkg,<<\"{name}\">>,<<\"{version}\">>}},0}}]}}.\n\
             [{{pkg_hash, {}}}, {{pkg_hash_ext, {}}}].\n",
            checksum(self.inner),
            checksum(self.outer),
        )
    }
}

/// It downloads the tarball and neither unpacks nor reads it.
async fn mix(machine: &Machine, target: &Target) -> Option<Finding> {
    let Target { repository, name, version, .. } = target;
    let folder = place::private_folder(PREFIX).ok()?;
    let home = folder.path().join("hex");
    let mut command = Command::new("mix");
    if own_home(&home, &machine.paths().mix).is_ok() {
        command.env("HEX_HOME", &home);
    }
    command.args(["hex.package", "fetch", name.as_str(), &version.to_string(), "--repo", repository]);
    tried("mix", &format!("{name} {version} of {repository}"), command, folder.path(), |folder| {
        folder.join(format!("{name}-{version}.tar")).exists()
    })
    .await
}

/// A home for mix that leads to the user's settings and has a cache of its own.
fn own_home(home: &Path, config: &Path) -> std::io::Result<()> {
    std::fs::create_dir(home)?;
    link(config, &home.join("hex.config"))
}

/// The same for rebar3, with the plugins that it has installed.
fn own_folder(folder: &Path, paths: &Paths) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    link(&paths.rebar3, &folder.join("rebar.config"))?;
    link(&paths.rebar3_keys, &folder.join("hex.config"))?;
    match paths.rebar3_keys.with_file_name("plugins") {
        plugins if plugins.exists() => link(&plugins, &folder.join("plugins")),
        _ => Ok(()),
    }
}

/// Settings are linked, not copied: tools write tokens into them, and keys stand in them.
#[cfg(unix)]
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(std::path::absolute(from)?, to)
}

#[cfg(not(unix))]
fn link(_from: &Path, _to: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

async fn rebar3(machine: &Machine, target: &Target) -> Option<Finding> {
    let Target { repository, name, version, .. } = target;
    let folder = place::private_folder(PREFIX).ok()?;
    let source = folder.path().join("src");
    std::fs::create_dir(&source).ok()?;
    std::fs::write(folder.path().join("rebar.config"), format!("{{deps, [{{{name}, \"{version}\"}}]}}.\n"))
        .ok()?;
    std::fs::write(folder.path().join("rebar.lock"), target.rebar_lock()).ok()?;
    let app = "{application, skep_doctor, [{vsn, \"1\"}, {applications, [kernel, stdlib]}]}.\n";
    std::fs::write(source.join("skep_doctor.app.src"), app).ok()?;
    let mut command = Command::new("rebar3");
    command.arg("get-deps");
    // One variable moves the cache, and would move the keys, too, without the other.
    let home = folder.path().join("home");
    if own_folder(&home.join(".config/rebar3"), machine.paths()).is_ok() {
        command.env("REBAR_GLOBAL_CONFIG_DIR", &home).env("REBAR_CACHE_DIR", folder.path().join("cache"));
    }
    tried("rebar3", &format!("{name} {version} of {repository}"), command, folder.path(), |folder| {
        folder.join("_build/default/lib").join(name.as_str()).exists()
    })
    .await
}

/// Runs a program in a folder of its own, within a limit. `None` if there is no such program.
async fn tried(
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
    let running = match child {
        Ok(child) => Running(child),
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
    let remedy = "what is told above about files and the server comes first; then run it by hand";
    let Some(status) = running.end().await else {
        let told = format!("did not fetch {what} within {} seconds", PATIENCE.as_secs());
        return Some(Finding::broken("tool_hangs", program, told, remedy));
    };
    // Old versions of mix end with 0 after a failure: the file is what counts.
    if status.success() && is_there(folder) {
        return Some(Finding::good("tool_fetches", program, format!("fetches {what}")));
    }
    let said = std::fs::read_to_string(&output).unwrap_or_default();
    if said.contains("hex.package\" could not be found") || said.contains("Could not find Hex") {
        let text = "Hex is not installed, without which mix fetches no package";
        return Some(Finding::broken("hex_not_installed", program, text, "mix local.hex"));
    }
    let end: String =
        said.trim().chars().rev().take(MAX_TOLD).collect::<Vec<_>>().into_iter().rev().collect();
    let told = format!("cannot fetch {what}: {}", end.replace('\n', " "));
    Some(Finding::broken("tool_fails", program, told, remedy))
}

/// A program that ends at the latest when nobody waits for it any more.
struct Running(Child);

impl Running {
    /// How it ended, if it did in time.
    async fn end(mut self) -> Option<ExitStatus> {
        let begun = Instant::now();
        loop {
            match self.0.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if begun.elapsed() < PATIENCE => tokio::time::sleep(TICK).await,
                _ => return None,
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
