//! The repositories of this machine, by the names that a project records.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, anyhow};
use futures::stream::{FuturesUnordered, StreamExt as _};
use hex_format::name::OrganizationName;
use hex_project::gleam::Tarball;
use hex_project::resolve::{PackageId, Question};
use hex_registry::package::Package;
use skep_client::deps::GleamCache;
use skep_client::repository::{Repository, RepositoryError};

use crate::commands::context::Context;
use crate::output::progress;

/// Repositories that were opened.
pub(super) struct Registry<'a> {
    context: &'a Context,
    open: BTreeMap<String, Repository>,
}

impl<'a> Registry<'a> {
    /// None is opened yet.
    pub(super) fn new(context: &'a Context) -> Self {
        Self { context, open: BTreeMap::new() }
    }

    /// What this machine calls the repository that is meant, so that others find it by this name.
    pub(super) async fn called(
        &mut self,
        repo: Option<&str>,
        organization: Option<&OrganizationName>,
    ) -> Result<String> {
        let repository = self.context.repository(repo, organization).await?;
        let name = repository.called().to_owned();
        self.context.repositories()?.resolve(&name).with_context(|| {
            format!(
                "{name} can't be recorded in gleam.toml, because this machine has no repository of that name"
            )
        })?;
        self.open.insert(name.clone(), repository);
        Ok(name)
    }

    async fn open(&mut self, name: &str) -> Result<Repository> {
        if let Some(known) = self.open.get(name) {
            return Ok(known.clone());
        }
        let repository = self.context.repository(Some(name), None).await?;
        self.open.insert(name.to_owned(), repository.clone());
        Ok(repository)
    }

    /// Asks for packages, all at once. One that a repository doesn't have is told with the reason, so that releases which
    /// don't require it can be found, unless the project itself requires it. Any other failure ends it.
    pub(super) async fn ask(
        &mut self,
        unknown: &BTreeSet<PackageId>,
        question: &Question,
    ) -> Result<Vec<(PackageId, Result<Package, String>)>> {
        let required = |id: &PackageId| question.requirements.iter().any(|it| it.package == *id);
        let mut answers = FuturesUnordered::new();
        for id in unknown.iter().cloned() {
            let name = id.repository().ok_or_else(|| anyhow!("the project itself lacks {}", id.name))?;
            let repository = self.open(name).await?;
            answers.push(async move {
                let answer = repository.package(&id.name).await;
                (id, answer)
            });
        }
        let mut all = Vec::new();
        while let Some((id, answer)) = answers.next().await {
            let answer = match answer {
                Ok(package) => Ok(package),
                Err(error @ RepositoryError::Missing { .. }) if !required(&id) => {
                    let told = error.to_string();
                    let reason = told.strip_prefix(&format!("package {} ", id.name)).unwrap_or(&told);
                    Err(reason.to_owned())
                }
                Err(error) => return Err(error.into()),
            };
            all.push((id, answer));
        }
        Ok(all)
    }

    /// Puts tarballs into the cache that are not there yet, all at once. How many that were.
    pub(super) async fn fill(&mut self, cache: &GleamCache, tarballs: &[Tarball]) -> Result<usize> {
        let missing: Vec<_> = tarballs.iter().filter(|it| !cache.holds(it.outer_checksum)).cloned().collect();
        let bar = progress::count("Downloading", missing.len() as u64);
        let mut downloads = FuturesUnordered::new();
        for Tarball { name, repository, version, outer_checksum } in missing {
            let (repository, cache) = (self.open(&repository).await?, cache.clone());
            downloads.push(async move {
                let bytes = repository.tarball(&name, &version.to_string(), outer_checksum).await?;
                anyhow::Ok(cache.store(&bytes)?)
            });
        }
        let mut count = 0;
        while let Some(download) = downloads.next().await {
            download?;
            count += 1;
            bar.inc(1);
        }
        Ok(count)
    }
}
