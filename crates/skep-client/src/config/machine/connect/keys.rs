//! Which keys this machine has for what is connected, and which files still hold one: nothing may be revoked that a tool
//! goes on using.

use std::path::{Path, PathBuf};

use hex_format::erlang::Limits;
use hex_format::name::OrganizationName;
use hex_format::term::Term;

use super::super::Machine;
use super::{Connections, rebar3};
use crate::config::connections::Connection;
use crate::config::{ConfigError, atomic_file};
use crate::secret::Secret;

impl Machine {
    /// The keys that this machine may have for an organization, each once: those in the files of mix and rebar3, and those
    /// that were written there once, for files get lost.
    ///
    /// # Errors
    /// When a file can't be read.
    pub fn known_keys(
        &self,
        connection: &Connection,
        organization: &OrganizationName,
    ) -> Result<Vec<Secret>, ConfigError> {
        let mut found = Vec::new();
        if let Ok(repository) = connection.repository_url() {
            found.extend(self.organization_key(&repository, organization)?.map(|stored| stored.secret));
            let (config, keys) = self.rebar3_configs()?;
            for alone in [true, false] {
                if rebar3::occupied(&config, &repository, organization, alone).is_some() {
                    continue;
                }
                let key =
                    keys.repo(&rebar3::entry(organization, alone)).and_then(|key| key.get_atom("repo_key"));
                found.extend(key.and_then(Term::text).and_then(|key| Secret::key(&key).ok()));
            }
        }
        found.extend(connection.secrets(organization.as_str()));
        let mut known: Vec<Secret> = Vec::new();
        for key in found {
            if !known.contains(&key) {
                known.push(key);
            }
        }
        Ok(known)
    }

    /// The first file of a tool in which a key stands, under whatever name. One that can't be looked into may hold it.
    /// `netrc` is where logins by host are.
    pub fn holder(&self, key: &Secret, netrc: Option<&Path>) -> Option<PathBuf> {
        let paths = self.paths();
        let own = [&paths.mix, &paths.rebar3_keys, &paths.rebar3].map(PathBuf::from);
        let memory = Connections::load(&paths.connections()).map(|(memory, _)| memory).unwrap_or_default();
        let written = memory.files.into_keys().map(PathBuf::from);
        own.into_iter().chain(netrc.map(Path::to_owned)).chain(written).find(|path| {
            match atomic_file::read(path, Limits::CONFIG.bytes) {
                Ok(None) => false,
                Ok(Some(bytes)) => {
                    let key = key.expose().as_bytes();
                    bytes.windows(key.len()).any(|window| window == key)
                }
                Err(_) => true,
            }
        })
    }
}
