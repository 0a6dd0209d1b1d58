//! What this machine knows about servers without asking them: for completions, and for guesses at what was meant.

use std::path::Path;

use anyhow::{Context as _, Result};
use hex_format::name::PackageName;
use hex_format::version::Version;
use skep_client::api::{Api, Credential};
use skep_client::nearest::nearest;
use skep_client::package_ref::{PackageRef, Place};

use super::{Context, Meant};
use crate::commands::trust;

/// Most tarballs of a repository in the cache of mix that are looked at.
const MAX_TARBALLS: usize = 20_000;

impl Context {
    /// The API, asked with the login that is at hand: no session is renewed for it, and `HEX_API_KEY` is shown to nobody
    /// whom it isn't surely for.
    ///
    /// # Errors
    /// When nobody is signed in, or the session would have to be renewed first.
    pub(crate) fn api_at_hand(&self) -> Result<Api> {
        let api = self.session(&self.api_url()?)?.context("nobody is signed in")?;
        let Credential::Session(session) = api.credential() else { return Ok(api) };
        let token = session.token_at_hand().context("the session has to be renewed")?;
        Ok(api.with_credential(Credential::Bearer(token)))
    }

    /// Names of the packages at a place: of all, if their list was fetched before, and of those that were.
    pub(crate) fn packages_before(&self, place: &Place) -> Result<Vec<String>> {
        let mut names = self.seen(place, |before| Some(before.names()))?.unwrap_or_default();
        names.extend(self.tarballs(place).into_iter().map(|(name, _)| name));
        Ok(names)
    }

    /// A guess at the package that was meant, to stand behind a name that is not known.
    pub(crate) fn meant_package(&self, package: &PackageRef) -> String {
        let known = self.packages_before(&package.place).unwrap_or_default();
        let guess = nearest(package.package.as_str(), known.iter().map(String::as_str));
        let guess = guess.and_then(|name| name.parse().ok());
        let guess = guess.map(|name| PackageRef { place: package.place.clone(), package: name });
        guess.map(|guess| format!(" (did you mean {guess}?)")).unwrap_or_default()
    }

    /// Versions of a package that were there when something was fetched of it.
    pub(crate) fn versions_before(&self, place: &Place, package: &PackageName) -> Result<Vec<Version>> {
        let releases = self.seen(place, |before| before.package(package))?;
        let listed = releases.into_iter().flat_map(|package| package.releases).map(|release| release.version);
        let fetched = self.tarballs(place).into_iter().filter(|(name, _)| name == package.as_str());
        let all = listed.chain(fetched.map(|(_, version)| version));
        Ok(all.filter_map(|version| version.parse().ok()).collect())
    }

    /// What was fetched of a repository before, verified with the key that is trusted.
    fn seen<T>(
        &self,
        place: &Place,
        read: impl FnOnce(&skep_client::repository::Before<'_>) -> Option<T>,
    ) -> Result<Option<T>> {
        let meant = self.meant(place.repo.as_deref(), place.organization.as_ref())?;
        let cache = self.registry_cache();
        let organization = place.organization.as_ref();
        let (root, base, name, stored) = match &meant {
            Meant::Entry(entry) => {
                let key = if self.has_known_key(entry)? { entry.public_key.clone() } else { None };
                (&entry.root, entry.base.clone(), entry.registry_name.as_str(), key)
            }
            Meant::Other(root) => {
                let base = organization.map_or_else(|| root.clone(), |name| root.organization(name));
                (root, base, organization.map_or("hexpm", |name| name.as_str()), None)
            }
        };
        let pinned = || {
            let key = cache.public_key(root)?;
            let known = trust::known(self, root, organization).ok()??;
            (key.fingerprint() == known).then_some(key)
        };
        let Some(key) = stored.or_else(pinned) else { return Ok(None) };
        // The root of a server is `hexpm` in its own registry, whatever this machine calls it.
        let names = [name, "hexpm"];
        let names = if root.as_str() == base.as_str() { &names[..] } else { &names[..1] };
        Ok(read(&cache.repository(&base, names, &key)))
    }

    /// Packages and versions whose tarballs mix keeps.
    fn tarballs(&self, place: &Place) -> Vec<(String, String)> {
        let folder = self.machine.paths().cache_home.join("packages").join(place.name());
        let Ok(files) = std::fs::read_dir(folder) else { return Vec::new() };
        let names = files.flatten().take(MAX_TARBALLS).filter_map(|file| {
            let file = file.file_name();
            let name = Path::new(&file).file_name()?.to_str()?.strip_suffix(".tar")?;
            let (package, version) = name.split_once('-')?;
            Some((package.to_owned(), version.to_owned()))
        });
        names.collect()
    }
}
