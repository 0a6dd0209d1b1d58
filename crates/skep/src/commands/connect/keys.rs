//! A key for each organization: the one that is there and works, the one that was given, or a new one of this machine.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use hex_format::name::OrganizationName;
use skep_client::api::{Api, ApiError, CreatedKey, Credential, KeysOf, NewKey as Wanted};
use skep_client::authorize::{AuthorizeError, AuthorizedKey, authorize};
use skep_client::config::connections::Connection;
use skep_client::config::{Machine, NewKey, Plan};
use skep_client::doctor::netrc_path;
use skep_client::network::Network;
use skep_client::permission::Permission;
use skep_client::secret::Secret;

use crate::args::ConnectArgs;
use crate::commands::context::{Context, host_name, variable};
use crate::failure::told;
use crate::output::{note, prompt, warn};

/// What keys are asked for.
pub(super) struct Asking<'a> {
    pub(super) context: &'a Context,
    pub(super) machine: &'a Machine,
    pub(super) network: &'a Network,
    pub(super) plan: &'a Plan,
    pub(super) given: Option<&'a Secret>,
    pub(super) args: &'a ConnectArgs,
}

impl Asking<'_> {
    /// The keys that this machine has already and that open their organizations still.
    pub(super) async fn known(
        &self,
        organizations: &[OrganizationName],
        before: Option<&Connection>,
    ) -> Result<Vec<NewKey>> {
        let mut found = Vec::new();
        let Some(before) = before.filter(|_| self.given.is_none()) else { return Ok(found) };
        for organization in organizations {
            let Some(known) = before.organizations.iter().find(|known| known.name == organization.as_str())
            else {
                continue;
            };
            for secret in self.machine.known_keys(before, organization)? {
                match self.authorize(organization, &secret).await {
                    Ok(key) => {
                        found.push(NewKey { key, name: known.key_name.clone() });
                        break;
                    }
                    Err(AuthorizeError::Key { reason, .. }) if matches!(reason.status(), Some(401 | 403)) => {
                    }
                    // Another key would not help either.
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(found)
    }

    /// Gets the keys that are missing, and writes everything; what was made for nothing is revoked.
    pub(super) async fn connect(
        &self,
        organizations: Vec<OrganizationName>,
        known: Vec<NewKey>,
    ) -> Result<(Connection, Vec<PathBuf>)> {
        if self.plan.netrc.is_some() && organizations.len() > 1 && self.given.is_none() {
            bail!(
                "~/.netrc has room for one key: name one organization, or give --key a key that opens all of them"
            );
        }
        // Again, with all names: before a key is made at the server, which would be left over.
        self.machine.check_connection(self.plan, &organizations)?;
        let mut made = Vec::new();
        match self.authorize_and_write(&organizations, known, &mut made).await {
            Err(error) => {
                self.revoke(made.iter().map(|key| key.name.as_str())).await;
                Err(error)
            }
            Ok((before, now, files)) => {
                self.revoke(self.replaced(before.as_ref(), &now).iter().map(String::as_str)).await;
                Ok((now, files))
            }
        }
    }

    async fn authorize_and_write(
        &self,
        organizations: &[OrganizationName],
        mut known: Vec<NewKey>,
        made: &mut Vec<CreatedKey>,
    ) -> Result<(Option<Connection>, Connection, Vec<PathBuf>)> {
        let mut keys = Vec::new();
        for organization in organizations {
            keys.push(match known.iter().position(|known| known.key.organization() == organization) {
                Some(place) => known.swap_remove(place),
                None => self.key(organization, made).await?,
            });
        }
        // As it is by now: another command may have made keys meanwhile, which nobody needs any more after this.
        let before = self.machine.connections()?.into_iter().find(|known| known.is_to(&self.plan.api));
        let (now, files) = self.machine.connect(self.plan, &keys)?;
        Ok((before, now, files))
    }

    /// The names of keys that were made here before and that nothing uses any more.
    fn replaced(&self, before: Option<&Connection>, now: &Connection) -> Vec<String> {
        let Some(before) = before else { return Vec::new() };
        let mut replaced = Vec::new();
        for old in &before.organizations {
            let Some(name) = &old.key_name else { continue };
            let new = now.organizations.iter().find(|new| new.name == old.name);
            if new.is_none_or(|new| new.key_name.as_ref() == Some(name)) {
                continue;
            }
            match still_held(self.machine, before, &old.name) {
                None => replaced.push(name.clone()),
                Some(file) => warn(&format!(
                    "the key {name} is not revoked, because {} still holds it; without need of it: skep key revoke {name} \
                     --server {}",
                    file.display(),
                    self.plan.api
                )),
            }
        }
        replaced
    }

    /// The API, asked with the key that was given, or with the session of this very server.
    fn api(&self) -> Result<Api> {
        if let Some(key) = self.given {
            let credential = Credential::Key(key.clone());
            return Ok(Api::new(self.network.clone(), self.plan.api.clone(), credential));
        }
        let server = &self.plan.api;
        self.context.session(server)?.with_context(|| {
            format!("not signed in to {server}: run `skep user auth --server {server}`, or give --key-stdin or --key KEY")
        })
    }

    /// Whether there is a credential to ask the server with.
    pub(super) fn can_ask(&self) -> Result<bool> {
        Ok(self.given.is_some() || self.context.session(&self.plan.api)?.is_some())
    }

    /// The organizations that are meant where none was named.
    pub(super) async fn choose(&self) -> Result<Vec<OrganizationName>> {
        let api = self.api()?;
        let names = api.reachable_organizations().await.with_context(|| {
            format!(
                "cannot tell which organizations of {} are meant: name them after the address",
                api.base()
            )
        })?;
        let names: Vec<OrganizationName> =
            names.iter().filter_map(|name| OrganizationName::parse(name).ok()).collect();
        if names.is_empty() {
            bail!("there is no organization at {} to connect: name one after the address", api.base());
        }
        let shown: Vec<String> = names.iter().map(ToString::to_string).collect();
        let chosen = prompt::choose("Which organizations?", &shown)?;
        if chosen.is_empty() {
            bail!("no organization was chosen");
        }
        Ok(chosen.into_iter().map(|index| names[index].clone()).collect())
    }

    async fn key(&self, organization: &OrganizationName, made: &mut Vec<CreatedKey>) -> Result<NewKey> {
        if let Some(given) = self.given {
            let key = self.authorize(organization, given).await?;
            return Ok(NewKey { key, name: None });
        }
        let host = self.args.key_name.clone().unwrap_or_else(host_name);
        let wanted = Wanted {
            name: format!("{host}-repository-{organization}"),
            permissions: vec![Permission::Repository(organization.clone())],
            revoke_at: None,
        };
        let created = self
            .api()?
            .create_key(&KeysOf::Caller, &wanted)
            .await
            .with_context(|| format!("cannot make a key for {organization}"))?;
        let (name, secret) = (created.name.clone(), created.secret.clone());
        made.push(created);
        let key = self.authorize(organization, &secret).await?;
        Ok(NewKey { key, name: Some(name) })
    }

    async fn authorize(
        &self,
        organization: &OrganizationName,
        secret: &Secret,
    ) -> Result<AuthorizedKey, AuthorizeError> {
        let api = Api::new(self.network.clone(), self.plan.api.clone(), Credential::Anonymous);
        let trusted = self.plan.signing_key.clone();
        authorize(&api, &self.plan.repository, organization, secret.clone(), trusted).await
    }

    /// Revokes keys of the user. What went wrong before, or went well, is what the user must hear first.
    async fn revoke(&self, names: impl Iterator<Item = &str>) {
        for name in names {
            let server = &self.plan.api;
            // A key that was given may not do that, whoever is signed in may.
            let revoked = match self.context.session(server) {
                Ok(Some(api)) => api.revoke_key(&KeysOf::Caller, name).await.map_err(anyhow::Error::from),
                Ok(None) => Err(anyhow::anyhow!("not signed in to {server}")),
                Err(error) => Err(error),
            };
            match revoked {
                Ok(()) => note(format!("Revoked the key {name}")),
                Err(error) if status(&error) == Some(404) => {}
                Err(error) => warn(&format!(
                    "the key {name} could not be revoked: {}; later: skep key revoke {name} --server {server}",
                    told(&error)
                )),
            }
        }
    }
}

fn status(error: &anyhow::Error) -> Option<u16> {
    error.downcast_ref::<ApiError>().and_then(ApiError::status)
}

/// The file that still holds a key which was written for an organization.
pub(crate) fn still_held(machine: &Machine, connection: &Connection, organization: &str) -> Option<PathBuf> {
    let netrc = netrc_path(&variable);
    let keys = connection.secrets(organization);
    keys.iter().find_map(|key| machine.holder(key, netrc.as_deref()))
}
