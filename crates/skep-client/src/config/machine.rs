//! All files together: one question or one change of the user's machine.
//!
//! A change takes the lock, reads every file that it concerns, decides, and only then writes; so a broken or conflicting
//! file stops it before anything is different. Questions take no lock and never touch the network.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hex_format::erlang::Limits;
use hex_format::hex_config::{self, HexConfig, RebarAuth, RebarConfig};
use hex_format::name::{OrganizationName, RepositoryName};
use hex_format::term::Term;

use super::atomic_file::{self, Lock};
use super::changes::Change as FileChange;
use super::keyring::Keyring;
use super::mix::{self, Conflict, OrganizationEntry, Placement, StoredKey};
use super::netrc::{self, Login};
use super::paths::Paths;
use super::repositories::{self, Change, ChangeError};
use super::{ConfigError, rebar3};
use crate::authorize::AuthorizedKey;
use crate::secret::Secret;
use crate::server::RepositoryUrl;

mod connect;
#[cfg(test)]
mod tests;

pub use connect::{NewKey, Plan, Undone};

/// How an organization is to be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authorization {
    /// Under this repository name beside `hexpm`, instead of as an organization of `hexpm`.
    pub side_by_side: Option<RepositoryName>,
    /// Over an entry that points at another server.
    pub replace: bool,
    /// Where `rebar3` fetches `hexpm` from, if the environment says so (`HEX_CDN`).
    pub rebar3_hexpm: Option<RepositoryUrl>,
}

/// The configuration files of one machine.
#[derive(Debug, Clone)]
pub struct Machine {
    paths: Paths,
    pub(super) keyring: Option<Arc<dyn Keyring>>,
}

impl Machine {
    /// The machine whose files are at `paths`. Nothing is read yet.
    pub fn new(paths: Paths) -> Self {
        Self { paths, keyring: None }
    }

    /// Where the files are.
    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// The settings of `mix`.
    ///
    /// # Errors
    /// When `hex.config` can't be read.
    pub fn hex_config(&self) -> Result<HexConfig, ConfigError> {
        Ok(self.mix()?.config)
    }

    /// The repositories and the keys of `rebar3`.
    ///
    /// # Errors
    /// When one of its files can't be read.
    pub fn rebar3_configs(&self) -> Result<(RebarConfig, RebarAuth), ConfigError> {
        Ok((self.rebar3()?.config, self.rebar3_keys()?.config))
    }

    /// The API that `mix` is set to.
    ///
    /// # Errors
    /// When `hex.config` can't be read.
    pub fn api_url(&self) -> Result<Option<String>, ConfigError> {
        Ok(self.mix()?.config.api_url().map(|url| url.into_owned()))
    }

    /// The organizations that `mix` is set up for.
    ///
    /// # Errors
    /// When `hex.config` can't be read.
    pub fn organizations(&self) -> Result<Vec<OrganizationEntry>, ConfigError> {
        Ok(mix::organizations(&self.mix()?.config))
    }

    /// The key that is stored for an organization of the server at `repository`.
    ///
    /// # Errors
    /// When `hex.config` can't be read.
    pub fn organization_key(
        &self,
        repository: &RepositoryUrl,
        organization: &OrganizationName,
    ) -> Result<Option<StoredKey>, ConfigError> {
        Ok(mix::key(&self.mix()?.config, repository, organization))
    }

    /// Whether [`Machine::authorize`] would find its place free and its files readable: to be asked before a key is made.
    ///
    /// # Errors
    /// When it would not.
    pub fn check(
        &self,
        repository: &RepositoryUrl,
        organization: &OrganizationName,
        how: &Authorization,
    ) -> Result<Placement, ConfigError> {
        let mix = self.mix()?;
        let placement = place(&mix, repository, organization, how)?;
        let rebar3 = self.rebar3()?;
        self.rebar3_keys()?;
        let side_by_side = how.side_by_side.is_some();
        match rebar3::occupied(&rebar3.config, repository, organization, side_by_side) {
            Some((name, url)) if !how.replace => Err(ConfigError::Occupied { path: rebar3.path, name, url }),
            _ => Ok(placement),
        }
    }

    /// Writes an organization's key into the files of `mix` and `rebar3`, and says where it can be found.
    ///
    /// # Errors
    /// When a file can't be read, has another server in this place, or can't be written.
    pub fn authorize(&self, key: &AuthorizedKey, how: &Authorization) -> Result<Placement, ConfigError> {
        let _lock = Lock::acquire(&self.paths.lock())?;
        let placement = self.check(key.repository(), key.organization(), how)?;
        let (mut mix, mut rebar3, mut keys) = (self.mix()?, self.rebar3()?, self.rebar3_keys()?);
        mix::write(&mut mix.config, key, &placement);
        let side_by_side = how.side_by_side.is_some();
        rebar3::write(&mut rebar3.config, &mut keys.config, key, side_by_side, how.rebar3_hexpm.as_ref());
        mix.save(HexConfig::to_text)?;
        rebar3.save(RebarConfig::to_text)?;
        keys.save(RebarAuth::to_text)?;
        Ok(placement)
    }

    /// Removes an organization from the files of `mix` and `rebar3`; whether it was in any.
    ///
    /// # Errors
    /// When a file can't be read or written.
    pub fn deauthorize(
        &self,
        organization: &OrganizationName,
        side_by_side: Option<&RepositoryName>,
    ) -> Result<bool, ConfigError> {
        let _lock = Lock::acquire(&self.paths.lock())?;
        let (mut mix, mut rebar3, mut keys) = (self.mix()?, self.rebar3()?, self.rebar3_keys()?);
        let in_mix = mix::remove(&mut mix.config, organization, side_by_side);
        let in_rebar3 =
            rebar3::remove(&mut rebar3.config, &mut keys.config, organization, side_by_side.is_some());
        if in_mix {
            mix.save(HexConfig::to_text)?;
        }
        if in_rebar3 {
            rebar3.save(RebarConfig::to_text)?;
            keys.save(RebarAuth::to_text)?;
        }
        Ok(in_mix || in_rebar3)
    }

    /// The login for a host in a netrc file. What can't be read there says nothing, as everywhere: the file is not ours.
    pub fn netrc(&self, file: &Path, host: &str) -> Option<Login> {
        netrc::find(file, host)
    }

    /// Keeps the token that a repository's key was exchanged for where `mix` does, in the repository's entry, if there is one.
    ///
    /// # Errors
    /// When `hex.config` can't be read or written.
    pub fn keep_token(&self, repository: &str, token: &Secret, expires_at: i64) -> Result<(), ConfigError> {
        let _lock = Lock::acquire(&self.paths.lock())?;
        let mut mix = self.mix()?;
        if mix.config.repo(repository).is_none() {
            return Ok(());
        }
        let fields = vec![
            (Term::atom("access_token"), Term::bin(token.expose())),
            (Term::atom("expires_at"), Term::Integer(expires_at.into())),
            (Term::atom("refresh_token"), Term::atom("undefined")),
        ];
        mix.config.set_repo(repository, [("oauth_token", Term::Map(fields))]);
        mix.save(HexConfig::to_text)
    }

    /// Stores a repository, over what is stored under its name. Whether there was something.
    ///
    /// # Errors
    /// When the name is none, or `hex.config` can't be read or written.
    pub fn add_repository(&self, name: &str, change: &Change) -> Result<bool, ChangeError> {
        self.change_mix(|config| repositories::add(config, name, change))
    }

    /// Changes a repository that points at `old`.
    ///
    /// # Errors
    /// When it is not stored, its key would go to another server, or `hex.config` can't be read or written.
    pub fn set_repository(
        &self,
        name: &str,
        old: &RepositoryUrl,
        change: &Change,
    ) -> Result<(), ChangeError> {
        self.change_mix(|config| repositories::set(config, name, old, change))
    }

    /// Forgets a repository; for `hexpm` what was changed about it, if anything.
    ///
    /// # Errors
    /// When it is not stored, or `hex.config` can't be read or written.
    pub fn remove_repository(&self, name: &str) -> Result<bool, ChangeError> {
        self.change_mix(|config| repositories::remove(config, name))
    }

    /// Sets a setting of `hex.config`, or takes it away.
    ///
    /// # Errors
    /// When `hex.config` can't be read or written.
    pub fn set_setting(&self, key: &str, value: Option<&str>) -> Result<(), ConfigError> {
        self.change_mix(|config| {
            match value {
                Some(value) => config.set(key, Term::bin(value)),
                None => drop(config.remove(key)),
            }
            Ok(())
        })
    }

    /// Changes `hex.config`. What `change` refuses leaves the file as it is.
    ///
    /// # Errors
    /// When the file can't be read or written, or `change` refuses.
    fn change_mix<T, E: From<ConfigError>>(
        &self,
        change: impl FnOnce(&mut HexConfig) -> Result<T, E>,
    ) -> Result<T, E> {
        let _lock = Lock::acquire(&self.paths.lock())?;
        let mut mix = self.mix()?;
        let done = change(&mut mix.config)?;
        mix.save(HexConfig::to_text)?;
        Ok(done)
    }

    fn mix(&self) -> Result<Loaded<HexConfig>, ConfigError> {
        Loaded::load(&self.paths.mix, HexConfig::parse)
    }

    fn rebar3(&self) -> Result<Loaded<RebarConfig>, ConfigError> {
        Loaded::load(&self.paths.rebar3, RebarConfig::parse)
    }

    fn rebar3_keys(&self) -> Result<Loaded<RebarAuth>, ConfigError> {
        Loaded::load(&self.paths.rebar3_keys, RebarAuth::parse)
    }
}

/// A file as it was read, and as it is to be.
struct Loaded<T> {
    path: PathBuf,
    before: Vec<u8>,
    /// Whether there was a file.
    exists: bool,
    config: T,
}

impl<T> Loaded<T> {
    fn load(
        path: &Path,
        parse: impl Fn(&[u8]) -> Result<T, hex_config::ConfigError>,
    ) -> Result<Self, ConfigError> {
        let found = atomic_file::read(path, Limits::CONFIG.bytes)?;
        let exists = found.is_some();
        let before = found.unwrap_or_default();
        let config =
            parse(&before).map_err(|reason| ConfigError::Syntax { path: path.to_owned(), reason })?;
        Ok(Self { path: path.to_owned(), before, exists, config })
    }

    /// What writing it would change.
    fn change(
        &self,
        parse: impl Fn(&[u8]) -> Result<T, hex_config::ConfigError>,
        text: impl Fn(&T) -> &str,
    ) -> FileChange {
        // Reading alone may add to the text: what every such file begins with.
        let fresh = parse(&self.before).map(|config| text(&config).to_owned()).unwrap_or_default();
        let before = String::from_utf8(self.before.clone()).expect("invariant: it was read as text");
        let before = self.exists.then_some(before);
        let after = Some(text(&self.config).to_owned());
        // A file that is not there need not be made for nothing.
        let after = after.filter(|after| *after != fresh).or_else(|| before.clone());
        FileChange { path: self.path.clone(), before, after }
    }

    fn save(&self, text: impl Fn(&T) -> &str) -> Result<(), ConfigError> {
        let text = text(&self.config);
        if text.as_bytes() == self.before { Ok(()) } else { atomic_file::write_private(&self.path, text) }
    }
}

fn place(
    mix: &Loaded<HexConfig>,
    repository: &RepositoryUrl,
    organization: &OrganizationName,
    how: &Authorization,
) -> Result<Placement, ConfigError> {
    let path = || mix.path.clone();
    mix::place(&mix.config, repository, organization, how.side_by_side.as_ref(), how.replace).map_err(
        |conflict| match conflict {
            Conflict::Occupied { name, url } => ConfigError::Occupied { path: path(), name, url },
            Conflict::Redirected { url } => ConfigError::Redirected { path: path(), url },
            Conflict::Shape => {
                ConfigError::Shape { path: path(), key: "'$repos'", expected: "a map of maps" }
            }
        },
    )
}
