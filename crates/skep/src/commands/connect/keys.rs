//! A key for each organization: the one that is there and works, the one that was given, or a new one of this machine.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use hex_format::name::OrganizationName;
use skep_client::api::{Api, CreatedKey, Credential, KeysOf, NewKey as Wanted};
use skep_client::authorize::{AuthorizedKey, authorize};
use skep_client::config::connections::Connection;
use skep_client::config::{Machine, NewKey, Plan};
use skep_client::network::Network;
use skep_client::permission::Permission;
use skep_client::secret::Secret;

use crate::args::ConnectArgs;
use crate::commands::context::{Context, host_name};
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
    /// Finds the organizations, gets their keys, and writes everything; what was made for nothing is revoked.
    pub(super) async fn connect(
        &self,
        organizations: Vec<OrganizationName>,
        before: Option<&Connection>,
    ) -> Result<(Connection, Vec<PathBuf>)> {
        let api = self.api()?;
        let organizations = match organizations.is_empty() {
            true => self.choose(&api).await?,
            false => organizations,
        };
        if self.plan.netrc.is_some() && organizations.len() > 1 && self.given.is_none() {
            bail!(
                "~/.netrc has room for one key: name one organization, or give --key a key that opens all of them"
            );
        }
        // Again, with all names: before a key is made at the server, which would be left over.
        self.machine.check_connection(self.plan, &organizations)?;
        let mut made = Vec::new();
        let written = self.authorize_and_write(&api, &organizations, before, &mut made).await;
        match &written {
            Err(_) => self.revoke(&api, made.iter().map(|key| key.name.as_str())).await,
            Ok((now, _)) => {
                let replaced = before.iter().flat_map(|before| &before.organizations).filter_map(|old| {
                    let new = now.organizations.iter().find(|new| new.name == old.name)?;
                    (new.key_name != old.key_name).then_some(old.key_name.as_deref()?)
                });
                self.revoke(&api, replaced).await;
            }
        }
        written
    }

    async fn authorize_and_write(
        &self,
        api: &Api,
        organizations: &[OrganizationName],
        before: Option<&Connection>,
        made: &mut Vec<CreatedKey>,
    ) -> Result<(Connection, Vec<PathBuf>)> {
        let mut keys = Vec::new();
        for organization in organizations {
            keys.push(self.key(api, organization, before, made).await?);
        }
        Ok(self.machine.connect(self.plan, &keys)?)
    }

    /// The API, asked with the key that was given, or with the session of this very server.
    fn api(&self) -> Result<Api> {
        if let Some(key) = self.given {
            let credential = Credential::Key(key.clone());
            return Ok(Api::new(self.network.clone(), self.plan.api.clone(), credential));
        }
        let server = &self.plan.api;
        self.context.session(server)?.with_context(|| {
            format!(
                "not signed in to {server}: run `skep user auth --api-url {server}`, or give --key-stdin or --key KEY"
            )
        })
    }

    async fn choose(&self, api: &Api) -> Result<Vec<OrganizationName>> {
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

    async fn key(
        &self,
        api: &Api,
        organization: &OrganizationName,
        before: Option<&Connection>,
        made: &mut Vec<CreatedKey>,
    ) -> Result<NewKey> {
        if let Some(given) = self.given {
            let key = self.authorize(api, organization, given).await?;
            return Ok(NewKey { key, name: None });
        }
        let known =
            before.and_then(|before| before.organizations.iter().find(|o| o.name == organization.as_str()));
        let stored = self.machine.organization_key(&self.plan.repository, organization)?;
        if let (Some(known), Some(stored)) = (known, stored)
            && let Ok(key) = self.authorize(api, organization, &stored.secret).await
        {
            return Ok(NewKey { key, name: known.key_name.clone() });
        }
        let host = self.args.key_name.clone().unwrap_or_else(host_name);
        let wanted = Wanted {
            name: format!("{host}-repository-{organization}"),
            permissions: vec![Permission::Repository(organization.clone())],
            revoke_at: None,
        };
        let created = api
            .create_key(&KeysOf::Caller, &wanted)
            .await
            .with_context(|| format!("cannot make a key for {organization}"))?;
        let (name, secret) = (created.name.clone(), created.secret.clone());
        made.push(created);
        let key = self.authorize(api, organization, &secret).await?;
        Ok(NewKey { key, name: Some(name) })
    }

    async fn authorize(
        &self,
        api: &Api,
        organization: &OrganizationName,
        secret: &Secret,
    ) -> Result<AuthorizedKey> {
        let trusted = self.plan.signing_key.clone();
        Ok(authorize(api, &self.plan.repository, organization, secret.clone(), trusted).await?)
    }

    async fn revoke(&self, api: &Api, names: impl Iterator<Item = &str>) {
        for name in names {
            // What went wrong before, or went well, is what the user must hear first.
            match api.revoke_key(&KeysOf::Caller, name).await {
                Ok(()) => note(format!("Revoked the key {name}")),
                Err(error) if matches!(error.status(), Some(404)) => {}
                Err(error) => warn(&format!("the key {name} could not be revoked: {error}")),
            }
        }
    }
}
