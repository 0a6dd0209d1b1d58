//! The repositories that rebar3 searches, in its order, as it finds them in its own files.
//!
//! Those of the project's `rebar.config` come first, then those of the user's, then `hexpm`, unless a list says that it
//! replaces the others. A name `PARENT:ORG` is the organization ORG of a listed repository. The address of `hexpm` comes
//! from `HEX_CDN` (`HEX_MIRROR` in newer versions) and from no file. Seen with rebar3 3.19 and 3.27.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use hex_format::erlang::Limits;
use hex_format::hex_config::{self, RebarAuth, RebarConfig};
use hex_format::name::{OrganizationName, RepositoryName};
use hex_format::term::Term;
use hex_registry::PublicKey;

use crate::config::paths::Paths;
use crate::config::repositories::{Entry, hexpm_public_key};
use crate::config::{ConfigError, atomic_file};
use crate::secret::Secret;
use crate::server::RepositoryUrl;

#[cfg(test)]
mod tests;

const HEXPM: &str = RepositoryName::HEXPM;

/// Why the repositories can't be told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Rebar3Error {
    /// A file can't be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An entry that can't be used.
    #[error("repository {name} of rebar3: {reason}")]
    Broken {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// The repositories that rebar3 searches in a project, in order.
///
/// # Errors
/// When a file can't be read, or an entry makes no sense.
pub fn repositories(
    paths: &Paths,
    project: &Path,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Vec<Entry>, Rebar3Error> {
    let own = load(&project.join("rebar.config"), RebarConfig::parse)?;
    let user = load(&paths.rebar3, RebarConfig::parse)?;
    let auth = load(&paths.rebar3_keys, RebarAuth::parse)?;
    let mirror = ["HEX_CDN", "HEX_MIRROR"].iter().find_map(|name| variable(name)?.into_string().ok());
    let found = Found { own, user, auth, mirror };
    found.names().iter().map(|name| found.entry(name)).collect()
}

fn load<T>(
    path: &Path,
    parse: impl Fn(&[u8]) -> Result<T, hex_config::ConfigError>,
) -> Result<T, ConfigError> {
    let bytes = atomic_file::read(path, Limits::CONFIG.bytes)?.unwrap_or_default();
    parse(&bytes).map_err(|reason| ConfigError::Syntax { path: PathBuf::from(path), reason })
}

struct Found {
    own: RebarConfig,
    user: RebarConfig,
    auth: RebarAuth,
    mirror: Option<String>,
}

impl Found {
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let listed = self.own.repos().into_iter().chain(self.user.repos()).map(|(name, _)| name.into_owned());
        let complete = self.own.is_complete() || (self.own.repos().is_empty() && self.user.is_complete());
        let implied = (!complete).then(|| HEXPM.to_owned());
        for name in listed.chain(implied) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// A field of a repository, by the rules of rebar3: the secrets from their file, the rest from the lists.
    fn text(&self, name: &str, field: &str) -> Option<String> {
        first(&[self.auth.repo(name), self.own.repo(name), self.user.repo(name)], field)
    }

    /// The same without what the project says.
    fn of_user(&self, name: &str, field: &str) -> Option<String> {
        first(&[self.auth.repo(name), self.user.repo(name)], field)
    }

    /// A project that somebody else wrote must not send the user's keys elsewhere, nor put packages of elsewhere into
    /// the cache under the names of the user's repositories.
    fn check_address(&self, name: &str, parent: Option<&str>, asked: &str) -> Result<(), String> {
        let is_mine = |name: &str| self.user.repo(name).is_some() || self.auth.repo(name).is_some();
        if !is_mine(name) && !parent.is_some_and(is_mine) {
            return Ok(());
        }
        let own = self.url_by(name, parent, Self::of_user);
        let same = |url: &str| RepositoryUrl::parse(url).ok() == RepositoryUrl::parse(asked).ok();
        match own {
            Some(own) if same(&own) => Ok(()),
            Some(own) => Err(format!(
                "the rebar.config of the project has it at {asked}, your own at {own}: one of them has to be changed"
            )),
            None => Err(format!(
                "only the rebar.config of the project says that it is at {asked}, so your key is not sent there: `skep \
                 connect`, or an entry in your own rebar.config, says that it is"
            )),
        }
    }

    fn url(&self, name: &str, parent: Option<&str>) -> Option<String> {
        self.url_by(name, parent, Self::text)
    }

    fn url_by(
        &self,
        name: &str,
        parent: Option<&str>,
        text: impl Fn(&Self, &str, &str) -> Option<String>,
    ) -> Option<String> {
        let hexpm = || self.mirror.clone().unwrap_or_else(|| RepositoryUrl::hexpm().as_str().to_owned());
        match (name, parent) {
            (HEXPM, _) => Some(hexpm()),
            (_, Some(HEXPM)) => Some(text(self, name, "repo_url").unwrap_or_else(hexpm)),
            (_, parent) => text(self, name, "repo_url").or_else(|| text(self, parent?, "repo_url")),
        }
    }

    fn entry(&self, name: &str) -> Result<Entry, Rebar3Error> {
        let broken = |reason: String| Rebar3Error::Broken { name: name.to_owned(), reason };
        let (parent, segment) = match name.split_once(':') {
            Some((parent, segment)) => (Some(parent), Some(segment)),
            None => (None, None),
        };
        // An organization has what its parent has, where it has nothing of its own.
        let field = |field: &str| self.text(name, field).or_else(|| self.text(parent?, field));
        // The name is also that of a folder.
        RepositoryName::parse(parent.unwrap_or(name)).map_err(|error| broken(error.to_string()))?;
        let organization = segment.map(OrganizationName::parse).transpose();
        let organization = organization.map_err(|error| broken(error.to_string()))?;
        let root = match self.url(name, parent) {
            Some(url) => RepositoryUrl::parse(&url).map_err(|error| broken(error.to_string()))?,
            None => return Err(broken("it has no repo_url".to_owned())),
        };
        self.check_address(name, parent, root.as_str()).map_err(broken)?;
        // What the user says about trust counts before what the project says.
        let trust =
            |name: &str| self.of_user(name, "repo_public_key").or_else(|| self.text(name, "repo_public_key"));
        let key = trust(name).or_else(|| trust(parent?)).map(|pem| PublicKey::from_pem(&pem)).transpose();
        let key = key.map_err(|error| broken(format!("its repo_public_key is damaged: {error}")))?;
        let is_hexpm = name == HEXPM || parent == Some(HEXPM);
        let secret = field("repo_key").map(|key| Secret::key(&key)).transpose();
        Ok(Entry {
            name: name.to_owned(),
            registry_name: segment.unwrap_or(name).to_owned(),
            base: organization.as_ref().map_or_else(|| root.clone(), |it| root.organization(it)),
            root,
            key_is_built_in: key.is_none() && is_hexpm,
            public_key: key.or_else(|| is_hexpm.then(hexpm_public_key)),
            trusted: true,
            auth_key: secret.map_err(|error| broken(format!("its repo_key: {error}")))?,
            exchange: None,
            token: None,
            organization,
        })
    }
}

/// A field of the first list that has it.
fn first(lists: &[Option<&Term>], field: &str) -> Option<String> {
    let found = lists.iter().copied().flatten().find_map(|fields| fields.get_atom(field)?.text());
    found.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}
