//! What every client command starts from: which server, whose files, which credential. Nothing here touches the network,
//! and what a command doesn't ask for is not read.

mod before;
mod choose;
mod key;
mod place;
mod repository;

use std::cell::OnceCell;
use std::future::Future;
use std::io::IsTerminal as _;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use skep_client::api::{Api, Credential};
use skep_client::config::Machine;
use skep_client::config::credentials::Method;
use skep_client::config::keyring;
use skep_client::config::paths::Paths;
use skep_client::config::settings::Settings;
use skep_client::network::{Network, NetworkSettings};
use skep_client::server::{ApiUrl, RepositoryUrl};
use skep_client::session::Session;

use crate::args::ServerArgs;
use crate::interrupt::unless_interrupted;
use crate::output::{self, prompt};
use repository::Meant;

/// The server that was named and the files of this machine.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) machine: Machine,
    server: ServerArgs,
    /// The server that an organization stands for.
    implied: Option<ApiUrl>,
    settings: OnceCell<Settings>,
    network: OnceCell<Network>,
}

impl Context {
    pub(crate) fn new(server: &ServerArgs) -> anyhow::Result<Self> {
        let paths = Paths::discover(|name| std::env::var_os(name))?;
        let keyring = match variable("SKEP_KEYRING").as_deref() {
            Some("never") => None,
            Some("auto") | None => keyring::system(output::is_interactive()),
            Some(other) => bail!("SKEP_KEYRING is {other:?}: it can be auto or never"),
        };
        let machine = Machine::new(paths).with_keyring(keyring);
        Ok(Self {
            machine,
            server: server.clone(),
            implied: None,
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
        let network = Network::new(&self.network_settings()?);
        Ok(self.network.get_or_init(|| network))
    }

    /// How the settings have the network, and what is told of it on the way.
    pub(crate) fn network_settings(&self) -> anyhow::Result<NetworkSettings> {
        let settings = self.settings()?.network(output::warn)?;
        // Only who waits wants to know that something is tried again.
        let is_watched = std::io::stderr().is_terminal() && !output::options::options().json;
        Ok(match is_watched {
            true => NetworkSettings { retrying: |text| output::note(text), ..settings },
            false => settings,
        })
    }

    /// The API, asked by nobody.
    pub(crate) fn anonymous_api(&self) -> anyhow::Result<Api> {
        self.anonymous_api_of(self.api_url()?)
    }

    /// The API of another server, asked by nobody.
    pub(crate) fn anonymous_api_of(&self, url: ApiUrl) -> anyhow::Result<Api> {
        let network = self.network()?.clone();
        let api = Api::new(network, url, Credential::Anonymous).with_otp(variable("HEX_OTP"));
        Ok(if output::is_interactive() { api.asking_otp(Arc::new(ask_otp)) } else { api })
    }

    /// The API, asked with `HEX_API_KEY`, if it is for this server, or the login that is stored for it. A session is
    /// renewed, and a one-time code asked for, where it is needed.
    pub(crate) fn api(&self) -> anyhow::Result<Api> {
        let api = self.api_if_signed_in()?;
        match api.credential() {
            Credential::Anonymous => {
                let url = api.base();
                let option = self.server_option(url);
                if let (Some(_), Some(usual)) = (variable("HEX_API_KEY"), self.usual_api()?) {
                    bail!(
                        "not signed in to {url}: run `skep user auth{option}`, or set HEX_API_URL={url} if that is where \
                         HEX_API_KEY belongs; now HEX_API_KEY is for {usual}"
                    );
                }
                let elsewhere = self.elsewhere();
                bail!("not signed in to {url}: run `skep user auth{option}` or set HEX_API_KEY{elsewhere}")
            }
            _ => Ok(api),
        }
    }

    /// The option that a command needs to speak to the same server as this one; none if it would by itself.
    pub(crate) fn server_option(&self, url: &ApiUrl) -> String {
        let said = self.server.server.is_some() || self.server.api_url.is_some() || self.implied.is_some();
        if said { format!(" --server {url}") } else { String::new() }
    }

    /// Where somebody is signed in, for who has named no server and is signed in to another one.
    fn elsewhere(&self) -> String {
        if self.server.server.is_some() || self.server.api_url.is_some() {
            return String::new();
        }
        let servers = self.machine.servers().unwrap_or_default().into_iter();
        let signed_in = servers.filter(|(_, server)| server.login.is_some());
        let names: Vec<String> =
            signed_in.map(|(url, server)| server.name.unwrap_or_else(|| url.to_string())).collect();
        match names.as_slice() {
            [] => String::new(),
            [only] => format!("; or say --server {only}, where you are signed in"),
            several => format!("; or say --server with one where you are signed in: {}", several.join(", ")),
        }
    }

    /// The API of a server that was named by its address, asked with the login that is stored for it, or with
    /// `HEX_API_KEY` if the environment or `hex.config` name the same server.
    pub(crate) fn session(&self, server: &ApiUrl) -> anyhow::Result<Option<Api>> {
        match self.key_surely_for(server)? {
            Some(key) => {
                Ok(Some(self.anonymous_api_of(server.clone())?.with_credential(Credential::Key(key))))
            }
            None => self.login_at(server),
        }
    }

    /// The API of a server, asked with the login that is stored for it and with nothing else; none if there is no login.
    pub(crate) fn login_at(&self, server: &ApiUrl) -> anyhow::Result<Option<Api>> {
        let api = self.with_login(self.anonymous_api_of(server.clone())?)?;
        Ok(Some(api).filter(|api| !api.is_anonymous()))
    }

    /// Uses this network in the place of the one that the settings describe, which must not have been asked for yet.
    pub(crate) fn use_network(&self, network: Network) {
        let _ = self.network.set(network);
    }

    /// The API, asked as in [`Context::api`] if there is a login, else by nobody: for what strangers may see too.
    pub(crate) fn api_if_signed_in(&self) -> anyhow::Result<Api> {
        let api = self.anonymous_api()?;
        if let Some(key) = self.key_for(api.base())? {
            let api = api.with_credential(Credential::Key(key));
            return Ok(api.with_origin("it is the one in HEX_API_KEY"));
        }
        self.with_login(api)
    }

    /// The same API, asked with the login that is stored for it, if there is one.
    fn with_login(&self, api: Api) -> anyhow::Result<Api> {
        let told = format!("`skep user auth --server {}` signs in again", api.base());
        Ok(api.with_credential(self.stored(&api)?).with_origin(&told))
    }

    /// The login that is stored for a server.
    fn stored(&self, api: &Api) -> anyhow::Result<Credential> {
        let Some(login) = self.machine.server(api.base())?.login else { return Ok(Credential::Anonymous) };
        if login.method == Method::Session {
            return Ok(Credential::Session(Arc::new(Session::new(self.machine.clone(), api))));
        }
        let key = self.machine.secrets(api.base())?.api_key;
        Ok(key.map_or(Credential::Anonymous, |key| Credential::Key(key.secret)))
    }

    /// The login that opens this repository: that of the server which the repository belongs to, and of no other.
    pub(crate) fn credential_for_repository(&self, repository: &RepositoryUrl) -> anyhow::Result<Credential> {
        let Some((url, server)) = self.server_of(repository)? else { return Ok(Credential::Anonymous) };
        match server.login.map(|login| login.method) {
            None => Ok(Credential::Anonymous),
            Some(Method::Session) => self.stored(&self.anonymous_api_of(url)?),
            Some(Method::Keys | Method::Key) => {
                let secrets = self.machine.secrets(&url)?;
                let key = secrets.repository_key.or(secrets.api_key);
                Ok(key.map_or(Credential::Anonymous, |key| Credential::Key(key.secret)))
            }
        }
    }
}

/// Asks for a one-time code, in the words of `mix`.
fn ask_otp(wrong: bool) -> Option<String> {
    let question = if wrong { "Invalid OTP code. Please try again" } else { "Enter OTP code" };
    prompt::ask(question, "HEX_OTP").ok()
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
