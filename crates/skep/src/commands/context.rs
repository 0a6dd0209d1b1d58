//! What every client command starts from: which server, whose files, which credential. Nothing here touches the network,
//! and what a command doesn't ask for is not read.

mod repository;

use std::cell::OnceCell;
use std::future::Future;

use anyhow::{Context as _, anyhow, bail};
use skep_client::api::{Api, Credential};
use skep_client::config::Machine;
use skep_client::config::paths::Paths;
use skep_client::config::settings::Settings;
use skep_client::network::Network;
use skep_client::secret::Secret;
use skep_client::server::{ApiUrl, RepositoryUrl};

use crate::args::ServerArgs;
use crate::interrupt::unless_interrupted;
use crate::output;

/// The server that was named and the files of this machine.
pub(crate) struct Context {
    pub(crate) machine: Machine,
    server: ServerArgs,
    settings: OnceCell<Settings>,
    network: OnceCell<Network>,
}

impl Context {
    pub(crate) fn new(server: &ServerArgs) -> anyhow::Result<Self> {
        let paths = Paths::discover(|name| std::env::var_os(name))?;
        Ok(Self {
            machine: Machine::new(paths),
            server: server.clone(),
            settings: OnceCell::new(),
            network: OnceCell::new(),
        })
    }

    /// What `hex.config` and the environment say, read once.
    pub(crate) fn settings(&self) -> anyhow::Result<&Settings> {
        if let Some(settings) = self.settings.get() {
            return Ok(settings);
        }
        let settings = Settings::load(self.machine.paths(), |name| std::env::var_os(name))?;
        Ok(self.settings.get_or_init(|| settings))
    }

    /// The network as the settings have it, set up once.
    pub(crate) fn network(&self) -> anyhow::Result<&Network> {
        if let Some(network) = self.network.get() {
            return Ok(network);
        }
        let network = Network::new(&self.settings()?.network(output::warn)?)?;
        Ok(self.network.get_or_init(|| network))
    }

    /// The API: by option, environment, `hex.config`, or the public one.
    pub(crate) fn api_url(&self) -> anyhow::Result<ApiUrl> {
        let given =
            self.server.api_url.clone().or_else(|| variable("HEX_API_URL")).or_else(|| variable("HEX_API"));
        match given.map_or_else(|| self.machine.api_url(), |url| Ok(Some(url)))? {
            Some(url) => Ok(ApiUrl::parse(&url)?),
            None => Ok(ApiUrl::hexpm()),
        }
    }

    /// The repository: by option, environment, or the one that belongs to the API.
    pub(crate) fn repository_url(&self) -> anyhow::Result<RepositoryUrl> {
        match self.server.repo_url.clone().or_else(|| variable("HEX_REPO_URL")) {
            Some(url) => Ok(RepositoryUrl::parse(&url)?),
            None => Ok(self.api_url()?.repository()?),
        }
    }

    /// The API, asked by nobody.
    pub(crate) fn anonymous_api(&self) -> anyhow::Result<Api> {
        let network = self.network()?.clone();
        Ok(Api::new(network, self.api_url()?, Credential::Anonymous).with_otp(variable("HEX_OTP")))
    }

    /// The API, asked with `HEX_API_KEY` or the key that is stored for this server and no other.
    pub(crate) fn api(&self) -> anyhow::Result<Api> {
        let api = self.anonymous_api()?;
        let key = match environment_key()? {
            Some(key) => Some(key),
            None => self.machine.credentials(api.base())?.api_key.map(|key| key.secret),
        };
        match key {
            Some(key) => Ok(api.with_credential(Credential::Key(key))),
            None => bail!("not signed in to {}: run `skep user auth` or set HEX_API_KEY", api.base()),
        }
    }
}

/// Runs network work. The engine starts here and not before, so that a command without network costs nothing.
pub(crate) fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the network engine")?
        .block_on(unless_interrupted(work))
}

/// The value of a variable that is set to something.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

fn environment_key() -> anyhow::Result<Option<Secret>> {
    variable("HEX_API_KEY")
        .map(|key| Secret::key(&key).map_err(|error| anyhow!("HEX_API_KEY: {error}")))
        .transpose()
}

/// The name of this machine, for the names of keys.
pub(crate) fn host_name() -> String {
    let from_file = |path| std::fs::read_to_string(path).ok();
    let from_command = || {
        let output = std::process::Command::new("hostname").output().ok()?;
        String::from_utf8(output.stdout).ok()
    };
    let name = variable("HOSTNAME")
        .or_else(|| from_file("/proc/sys/kernel/hostname"))
        .or_else(|| from_file("/etc/hostname"))
        .or_else(from_command)
        .unwrap_or_default();
    // Without the domain, as `mix` takes it.
    match name.trim().split('.').next() {
        Some(host) if !host.is_empty() => host.to_owned(),
        _ => "unknown-host".to_owned(),
    }
}
