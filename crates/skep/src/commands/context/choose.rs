//! Which server is meant: the one that was named, else the one that an organization is known at, else the one that `mix`
//! is set to, else hex.pm.

use anyhow::{Result, anyhow, bail};
use hex_format::name::{OrganizationName, RepositoryName};
use skep_client::config::credentials::Server;
use skep_client::nearest::did_you_mean;
use skep_client::server::{ApiUrl, RepositoryUrl};

use super::key::environment_api;
use super::{Context, variable};
use crate::output;

impl Context {
    /// The API: by option, environment, organization, `hex.config`, or the public one.
    pub(crate) fn api_url(&self) -> Result<ApiUrl> {
        match self.named()? {
            Some(url) => Ok(url),
            None => self.implied.clone().map_or_else(|| self.default_api_url(), Ok),
        }
    }

    /// The API that is meant where nothing is said.
    pub(crate) fn default_api_url(&self) -> Result<ApiUrl> {
        match self.machine.api_url()? {
            Some(url) => Ok(ApiUrl::parse(&url)?),
            None => Ok(ApiUrl::hexpm()),
        }
    }

    /// The repository that an option names.
    pub(crate) fn given_repository(&self) -> Result<Option<RepositoryUrl>> {
        Ok(self.server.repo_url.as_deref().map(RepositoryUrl::parse).transpose()?)
    }

    /// The repository: by option, environment, or the one that belongs to the API.
    pub(crate) fn repository_url(&self) -> Result<RepositoryUrl> {
        if let Some(url) = self.server.repo_url.clone().or_else(|| variable("HEX_REPO_URL")) {
            return Ok(RepositoryUrl::parse(&url)?);
        }
        let api = self.api_url()?;
        match self.machine.server(&api)?.repository {
            Some(repository) => Ok(repository),
            None => Ok(api.repository()?),
        }
    }

    /// For commands about an organization. Where no server is named and this machine is authorized for the organization
    /// at one server, that one is meant, and it is said if that isn't the usual one.
    ///
    /// A key in `HEX_API_KEY` is for the server that `HEX_API_URL` names or for the usual one: where it is set, nothing
    /// is guessed.
    pub(crate) fn for_organization(&self, organization: &OrganizationName) -> Result<Self> {
        if self.named()?.is_some() || variable("HEX_API_KEY").is_some() {
            return Ok(self.at(None));
        }
        let found = self.servers_of(organization)?;
        let [url] = found.as_slice() else {
            if found.is_empty() {
                return Ok(self.at(None));
            }
            let urls: Vec<_> = found.iter().map(ApiUrl::as_str).collect();
            bail!(
                "this machine is authorized for {organization} at {} servers: say which with --server ({})",
                found.len(),
                urls.join(", ")
            );
        };
        if *url != self.default_api_url()? {
            output::note(format!("Using {url}, where this machine is authorized for {organization}"));
        }
        Ok(self.at(Some(url.clone())))
    }

    /// The same where this server is meant, whatever else is named.
    pub(crate) fn at_server(&self, server: &ApiUrl) -> Self {
        let mut context = self.at(None);
        context.server = crate::args::ServerArgs {
            api_url: Some(server.to_string()),
            ..crate::args::ServerArgs::default()
        };
        if let Some(network) = self.network.get() {
            context.use_network(network.clone());
        }
        context
    }

    /// The same where this server is meant if none is named.
    fn at(&self, implied: Option<ApiUrl>) -> Self {
        Self { implied, ..self.clone() }
    }

    /// The servers at which this machine is authorized for an organization.
    fn servers_of(&self, organization: &OrganizationName) -> Result<Vec<ApiUrl>> {
        let mut found = Vec::new();
        for entry in self.machine.organizations()? {
            if entry.organization != organization.as_str() {
                continue;
            }
            let repository = RepositoryUrl::parse(&entry.url).ok();
            let root = repository.and_then(|repository| repository.root_of(organization.as_str()));
            let Some(root) = root else { continue };
            let known = self.server_of(&root)?.map(|(url, _)| url);
            if let Some(url) = known.or_else(|| root.api())
                && !found.contains(&url)
            {
                found.push(url);
            }
        }
        Ok(found)
    }

    /// The known server that a repository belongs to.
    pub(super) fn server_of(&self, repository: &RepositoryUrl) -> Result<Option<(ApiUrl, Server)>> {
        let belongs = |(url, server): &(ApiUrl, Server)| match &server.repository {
            Some(own) => own == repository,
            None => url.repository().is_ok_and(|own| own == *repository),
        };
        Ok(self.machine.servers()?.into_iter().find(belongs))
    }

    /// The server that was named.
    fn named(&self) -> Result<Option<ApiUrl>> {
        if let Some(server) = &self.server.server {
            return self.find(server).map(Some);
        }
        let api_url = self.server.api_url.clone();
        let url = api_url.or_else(environment_api);
        Ok(url.map(|url| ApiUrl::parse(&url)).transpose()?)
    }

    /// What an option names a server by.
    pub(crate) fn option(&self) -> Option<&str> {
        self.server.server.as_deref().or(self.server.api_url.as_deref())
    }

    /// The server of this address, name or host.
    pub(crate) fn find(&self, text: &str) -> Result<ApiUrl> {
        if text.contains("://") {
            return Ok(ApiUrl::of_server(text)?);
        }
        let servers = self.machine.servers()?;
        if let Some((url, _)) = servers.iter().find(|(_, server)| server.name.as_deref() == Some(text)) {
            return Ok(url.clone());
        }
        if text == RepositoryName::HEXPM || text == ApiUrl::hexpm().host() {
            return Ok(ApiUrl::hexpm());
        }
        let mut at_host = servers.iter().filter(|(url, _)| url.host() == text);
        match (at_host.next(), at_host.next()) {
            (Some((url, _)), None) => Ok(url.clone()),
            _ => {
                let names: Vec<_> = servers.iter().filter_map(|(_, server)| server.name.as_deref()).collect();
                let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                Err(anyhow!(
                    "there is no server called {text:?}{}: give its URL, or one of these names: {known}",
                    did_you_mean(text, names)
                ))
            }
        }
    }
}
