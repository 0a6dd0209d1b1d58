//! The repositories of this machine, as the lock files of the three tools mean them: those of mix and Gleam by the rules of
//! mix, those of rebar3 by its own.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::rc::Rc;

use anyhow::{Context as _, Result, anyhow, bail};
use hex_format::checksum::Sha256;
use hex_format::name::{PackageName, RepositoryName};
use hex_format::version::Version;
use hex_registry::package::Package;
use skep_client::config::repositories::Entry;
use skep_client::deps::fetch::{Fetched, Source, SourceError};
use skep_client::deps::{LockFile, Tool, rebar3};
use skep_client::repository::{Access, Repository};
use tokio::sync::OnceCell as AsyncOnceCell;

use hex_project::gleam::Project;

use crate::commands::context::Context;
use crate::failure::told;
use crate::output;

const HEXPM: &str = RepositoryName::HEXPM;

/// The names of the packages of a repository; none if they can't be had.
type Names = Option<HashSet<String>>;

/// Something that is found out once, however many ask for it at a time.
type Once<T> = Rc<AsyncOnceCell<T>>;

/// The repositories of this machine, opened when they are needed.
pub(in crate::commands) struct Repositories<'a> {
    context: &'a Context,
    /// The folder of the project, where rebar3 looks for repositories first.
    folder: PathBuf,
    rebar3: OnceCell<Vec<Entry>>,
    /// By whether the name is one of rebar3, and the name.
    opened: RefCell<HashMap<(bool, String), Once<Repository>>>,
    names: RefCell<HashMap<String, Once<Names>>>,
}

impl<'a> Repositories<'a> {
    pub(in crate::commands) fn new(context: &'a Context, folder: PathBuf) -> Self {
        Self {
            context,
            folder,
            rebar3: OnceCell::new(),
            opened: RefCell::default(),
            names: RefCell::default(),
        }
    }

    async fn repository(&self, tool: Tool, name: &str) -> Result<Repository, SourceError> {
        let by_rebar3 = tool == Tool::Rebar3;
        let cell = Rc::clone(self.opened.borrow_mut().entry((by_rebar3, name.to_owned())).or_default());
        let open = async || if by_rebar3 { self.of_rebar3(name) } else { self.of_mix(name).await };
        cell.get_or_try_init(open).await.cloned().map_err(|error| SourceError::Other(told(&error)))
    }

    async fn of_mix(&self, name: &str) -> Result<Repository> {
        self.context.repository(Some(name), None).await
    }

    fn of_rebar3(&self, name: &str) -> Result<Repository> {
        let entry = self.rebar3()?.iter().find(|entry| entry.name == name);
        let entry = entry.ok_or_else(|| anyhow!("rebar3 knows no repository {name}"))?;
        let access = entry.auth_key.clone().map_or(Access::Anonymous, Access::Key);
        let repository = Repository::of(self.context.network()?, entry).with_access(access);
        Ok(repository.with_cache(self.context.registry_cache()))
    }

    fn rebar3(&self) -> Result<&[Entry]> {
        if let Some(entries) = self.rebar3.get() {
            return Ok(entries);
        }
        let paths = self.context.machine.paths();
        let entries = rebar3::repositories(paths, &self.folder, |name| std::env::var_os(name))?;
        Ok(self.rebar3.get_or_init(|| entries))
    }

    /// The repositories that may have a package of Gleam: `hexpm`, and before it those that list it. None if one that does
    /// not answer may be the only one that has it: hex.pm is not told the names of private packages.
    async fn of_gleam(&self, package: &PackageName) -> Result<Vec<String>> {
        // What `skep gleam` has recorded needs no search.
        let recorded =
            Project::find(&self.folder).ok().map(|project| project.config.repository_of(package).to_owned());
        if let Some(repository) = recorded.filter(|name| name != HEXPM) {
            return Ok(vec![repository]);
        }
        let mut names = self.context.repositories()?.names();
        names.retain(|name| name != HEXPM);
        let (mut found, mut silent) = (Vec::new(), None);
        for name in names {
            match self.names(&name).await {
                Some(names) if names.contains(package.as_str()) => found.push(name),
                Some(_) => {}
                None => silent = silent.or(Some(name)),
            }
        }
        if found.is_empty()
            && let Some(name) = silent
        {
            bail!("repository {name} does not answer, so it is not known whose {package} is");
        }
        found.push(HEXPM.to_owned());
        Ok(found)
    }

    async fn names(&self, name: &str) -> Names {
        let cell = Rc::clone(self.names.borrow_mut().entry(name.to_owned()).or_default());
        let ask = async || {
            let names = match self.repository(Tool::Gleam, name).await {
                Ok(repository) => repository.names().await.map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            match names {
                Ok(names) => Some(names.packages.into_iter().map(|package| package.name).collect()),
                Err(error) => {
                    output::warn(&format!("repository {name} does not tell which packages it has: {error}"));
                    None
                }
            }
        };
        cell.get_or_init(ask).await.clone()
    }
}

/// The address of the server of a repository, as the tool of a lock file knows it by its name; none if it does not.
pub(super) fn root(context: &Context, lock: &LockFile, name: &str) -> Option<String> {
    let root = match lock.tool {
        Tool::Rebar3 => {
            let paths = context.machine.paths();
            let known = rebar3::repositories(paths, lock.folder(), |name| std::env::var_os(name)).ok()?;
            // An organization is listed alone, with its server's address.
            let server = |entry: &Entry| entry.name.split(':').next() == Some(name);
            known.into_iter().find(server)?.root
        }
        Tool::Mix | Tool::Gleam => context.repositories().ok()?.resolve(name).ok()?.root,
    };
    Some(root.as_str().trim_end_matches('/').to_owned())
}

impl Source for Repositories<'_> {
    async fn candidates(&self, tool: Tool, package: &PackageName) -> Result<Vec<String>, SourceError> {
        let names = match tool {
            Tool::Rebar3 => self.rebar3().map(|all| all.iter().map(|entry| entry.name.clone()).collect()),
            Tool::Gleam => self.of_gleam(package).await,
            Tool::Mix => Ok(vec![HEXPM.to_owned()]),
        };
        names
            .context("cannot tell which repositories to ask")
            .map_err(|error| SourceError::Other(told(&error)))
    }

    async fn package(
        &self,
        tool: Tool,
        repository: &str,
        package: &PackageName,
    ) -> Result<Package, SourceError> {
        Ok(self.repository(tool, repository).await?.package(package).await?)
    }

    async fn tarball(
        &self,
        tool: Tool,
        repository: &str,
        package: &PackageName,
        version: &Version,
        outer: Sha256,
    ) -> Result<Fetched, SourceError> {
        let repository = self.repository(tool, repository).await?;
        let (bytes, etag) = repository.tagged_tarball(package, &version.to_string(), outer).await?;
        Ok(Fetched { bytes, etag })
    }

    fn urls(&self, _: Tool, repository: &str) -> Vec<String> {
        let entry = self.context.repositories().ok().and_then(|known| known.resolve(repository).ok());
        entry
            .map(|entry| vec![entry.base.as_str().to_owned(), entry.root.as_str().to_owned()])
            .unwrap_or_default()
    }
}
