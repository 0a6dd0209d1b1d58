//! Which repository is meant, whom it is trusted by and what opens it: by the names of `mix`, for the server that was
//! named.

use std::sync::Arc;

use anyhow::{Result, bail};
use hex_format::name::{OrganizationName, RepositoryName};
use hex_registry::Fingerprint;
use jiff::Timestamp;
use skep_client::api::Credential;
use skep_client::api::RepositoryToken;
use skep_client::config::repositories::{Entry, Repositories};
use skep_client::package_ref::Place;
use skep_client::repository::{Access, Cache, Exchange, Repository};
use skep_client::secret::Secret;
use skep_client::server::{ApiUrl, RepositoryUrl};

use super::{Context, variable};
use crate::commands::trust::{self, Expectation};
use crate::failure::told;
use crate::output;

impl Context {
    /// The repository called `repo` on this machine (`hexpm`, `hexpm:acme`, `mysrv`, `mysrv:acme`), or that of
    /// `organization`, or both: `repo:organization`. Without either it is the public one. It comes with the signing key that
    /// the user trusts, the credential that opens it, and the cache.
    pub(crate) async fn repository(
        &self,
        repo: Option<&str>,
        organization: Option<&OrganizationName>,
    ) -> Result<Repository> {
        self.pinned_repository(repo, organization, None).await
    }

    /// The same, if the server's signing key has this fingerprint.
    pub(crate) async fn pinned_repository(
        &self,
        repo: Option<&str>,
        organization: Option<&OrganizationName>,
        fingerprint: Option<&Fingerprint>,
    ) -> Result<Repository> {
        let meant = self.meant(repo, organization)?;
        let (repository, access, known) = match &meant {
            Meant::Entry(entry) => (
                Repository::of(self.network()?, entry),
                self.access(Some(entry), &entry.root, entry.organization.is_some())?,
                self.has_known_key(entry)?,
            ),
            Meant::Other(root) => (
                Repository::new(self.network()?, root.clone(), organization),
                self.access(None, root, organization.is_some())?,
                false,
            ),
        };
        let repository = repository.with_access(access).with_cache(self.registry_cache());
        let key = repository.trusted_key().filter(|_| known);
        if key.is_some_and(|key| fingerprint.is_none_or(|pinned| *pinned == key.fingerprint())) {
            return Ok(repository);
        }
        let root = repository.root().clone();
        let trusted = trust::signing_key(self, &root, Expectation { fingerprint, organization }).await?;
        if let Err(error) = trust::remember(self, &root, &trusted) {
            output::warn(&format!("the signing key will not be known the next time: {}", told(&error)));
        }
        Ok(repository.with_key(trusted.key))
    }

    /// What this machine calls the repository at a place; `None` if it does not know it.
    pub(crate) fn repository_name(&self, place: &Place) -> Option<String> {
        match self.meant(place.repo.as_deref(), place.organization.as_ref()).ok()? {
            Meant::Entry(entry) => Some(entry.name),
            Meant::Other(_) => None,
        }
    }

    /// The same, or what mix would call it.
    pub(crate) fn called(&self, place: &Place) -> String {
        self.repository_name(place).unwrap_or_else(|| place.name())
    }

    /// Registry files that were fetched before.
    pub(crate) fn registry_cache(&self) -> Cache {
        Cache::new(self.machine.paths().cache.join("registry"))
    }

    /// The repositories that this machine knows.
    pub(crate) fn repositories(&self) -> Result<Repositories<'_>> {
        Ok(Repositories::new(self.settings()?, Timestamp::now().as_second()))
    }

    pub(super) fn meant(&self, repo: Option<&str>, organization: Option<&OrganizationName>) -> Result<Meant> {
        let repositories = self.repositories()?;
        match (repo, organization) {
            (Some(repo), None) => Ok(Meant::entry(repositories.resolve(repo)?)),
            (Some(repo), Some(organization)) => match repo.split_once(':') {
                None => Ok(Meant::entry(repositories.resolve(&format!("{repo}:{organization}"))?)),
                Some((_, segment)) if segment == organization.as_str() => {
                    Ok(Meant::entry(repositories.resolve(repo)?))
                }
                Some(_) => bail!("--repo {repo} is not a repository of organization {organization}"),
            },
            (None, organization) if self.names_a_server()? => {
                let root = self.repository_url()?;
                let base = match organization {
                    Some(organization) => root.organization(organization),
                    None => root.clone(),
                };
                let entry = repositories.at(&base).or_else(|| {
                    // An organization that is not stored is one of a repository that may be.
                    let name = format!("{}:{}", repositories.at(&root)?.name, organization?);
                    repositories.resolve(&name).ok()
                });
                Ok(entry.map_or(Meant::Other(root), Meant::entry))
            }
            (None, None) => Ok(Meant::entry(repositories.resolve(RepositoryName::HEXPM)?)),
            (None, Some(organization)) => self.of_organization(repositories, organization),
        }
    }

    /// An organization, when no server was named: the one of `hexpm`, if it is stored or no other is.
    fn of_organization(
        &self,
        repositories: Repositories<'_>,
        organization: &OrganizationName,
    ) -> Result<Meant> {
        let of_hexpm = format!("{}:{organization}", RepositoryName::HEXPM);
        let mut stored = repositories.of_organization(organization);
        if stored.len() > 1 && !stored.iter().any(|entry| entry.name == of_hexpm) {
            let names: Vec<_> = stored.iter().map(|entry| entry.name.as_str()).collect();
            bail!(
                "this machine knows organization {organization} as {}: say which by --repo",
                names.join(", ")
            );
        }
        match stored.pop().filter(|entry| stored.is_empty() && entry.name != of_hexpm) {
            Some(only) => Ok(Meant::entry(only)),
            None => Ok(Meant::entry(repositories.resolve(&of_hexpm)?)),
        }
    }

    /// Whether it was said, anywhere, which server is meant.
    fn names_a_server(&self) -> Result<bool> {
        let named =
            self.server.server.is_some() || self.server.api_url.is_some() || self.server.repo_url.is_some();
        Ok(named
            || self.implied.is_some()
            || variable("HEX_REPO_URL").is_some()
            || self.settings()?.text("api_url").is_some())
    }

    /// Whether the signing key of an entry is the one to trust. It is not, if it is only hex.pm's for want of another and the
    /// user trusts another for this server.
    pub(super) fn has_known_key(&self, entry: &Entry) -> Result<bool> {
        if entry.public_key.is_none() {
            return Ok(false);
        }
        if !entry.key_is_built_in || entry.root.is_hexpm() {
            return Ok(true);
        }
        let fingerprint = match entry.root.api() {
            Some(api) => self.machine.server(&api)?.fingerprint,
            None => None,
        };
        let mirrored = ["mirror_url", "trusted_mirror_url"];
        let mirrored =
            mirrored.iter().any(|key| self.settings().is_ok_and(|settings| settings.text(key).is_some()));
        Ok(mirrored && fingerprint.is_none())
    }

    /// What opens a repository: its own credential, then the user's for that very server, then a netrc file. The public
    /// repository of a server gets a key only if it has one of its own: it is open.
    fn access(&self, entry: Option<&Entry>, root: &RepositoryUrl, private: bool) -> Result<Access> {
        if let Some(entry) = entry
            && entry.trusted
            && let Some(access) = self.own_access(entry)
        {
            return Ok(access);
        }
        if private && entry.is_none_or(|entry| entry.trusted) {
            let login = self.credential_for_repository(root)?;
            if !matches!(login, Credential::Anonymous) {
                return Ok(Access::Login(login));
            }
            let api = self.api_url()?;
            // An API whose repository can't be derived has the one that was named beside it.
            let own = api.repository().or_else(|_| self.repository_url());
            if own.is_ok_and(|own| own == *root)
                && let Some(key) = self.key_for(&api)?
            {
                return Ok(Access::Key(key));
            }
        }
        Ok(self.login(root)?.unwrap_or_default())
    }

    fn own_access(&self, entry: &Entry) -> Option<Access> {
        if let (Some(token), true) = (&entry.token, entry.exchange.is_some()) {
            return Some(Access::Bearer(token.clone()));
        }
        let key = entry.auth_key.clone()?;
        Some(match entry.exchange.clone() {
            Some(api) => Access::Exchange(self.exchange(&entry.name, api, key)),
            None => Access::Key(key),
        })
    }

    /// The exchange of a repository's key for a token, which is kept for the next command.
    pub(crate) fn exchange(&self, name: &str, api: ApiUrl, key: Secret) -> Exchange {
        let (machine, name) = (self.machine.clone(), name.to_owned());
        let keep = move |token: &RepositoryToken| {
            let expires_at = Timestamp::now().as_second() + token.expires_in;
            if let Err(error) = machine.keep_token(&name, &token.access_token, expires_at) {
                output::warn(&format!("the token is not kept for the next time: {error}"));
            }
        };
        Exchange { api, key, keep: Arc::new(keep) }
    }

    /// The login of the server's host in a netrc file.
    pub(crate) fn login(&self, root: &RepositoryUrl) -> Result<Option<Access>> {
        let Some(file) = self.settings()?.netrc() else { return Ok(None) };
        let login = self.machine.netrc(&file, &root.host());
        Ok(login.map(|login| Access::Basic { username: login.username, password: login.password }))
    }
}

/// The repository that is meant.
pub(super) enum Meant {
    /// One that this machine knows.
    Entry(Box<Entry>),
    /// One of the server at this address.
    Other(RepositoryUrl),
}

impl Meant {
    fn entry(entry: Entry) -> Self {
        Self::Entry(Box::new(entry))
    }
}
