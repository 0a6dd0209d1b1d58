//! Logins: what is known about servers, and the secrets for them, in the system keyring or in our file.

use std::sync::Arc;

use super::atomic_file::{self, Lock};
use super::credentials::{Credentials, Login, Place, Secrets, Server, Tokens};
use super::keyring::{self, Keyring, KeyringError};
use super::{ConfigError, Machine};
use crate::secret::Secret;
use crate::server::ApiUrl;

#[cfg(test)]
mod tests;

/// Where secrets were put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// In the system keyring.
    Keyring,
    /// In our file, because the keyring was of no use or there is none.
    File(Option<KeyringError>),
}

impl Machine {
    /// The same machine with a keyring to put secrets into.
    pub fn with_keyring(mut self, keyring: Option<Arc<dyn Keyring>>) -> Self {
        self.keyring = keyring;
        self
    }

    /// The servers that are known, by address.
    ///
    /// # Errors
    /// When our file can't be read.
    pub fn servers(&self) -> Result<Vec<(ApiUrl, Server)>, ConfigError> {
        Ok(self.logins()?.servers())
    }

    /// What is known about a server, without secrets; the keyring is not asked.
    ///
    /// # Errors
    /// When our file can't be read.
    pub fn server(&self, api: &ApiUrl) -> Result<Server, ConfigError> {
        Ok(self.logins()?.server(api))
    }

    /// Changes what is known about a server: its name, its repository, its fingerprint. Its login stays as it is.
    ///
    /// # Errors
    /// When another server has the name, or our file can't be read or written.
    pub fn change_server(&self, api: &ApiUrl, change: impl FnOnce(&mut Server)) -> Result<(), ConfigError> {
        let _lock = Lock::acquire(&self.paths().lock())?;
        let mut file = self.logins()?;
        let before = file.server(api);
        let mut server = before.clone();
        change(&mut server);
        server.login.clone_from(&before.login);
        if server == before {
            return Ok(());
        }
        if let Some(name) = &server.name {
            let taken = file
                .servers()
                .into_iter()
                .find(|(url, other)| url != api && other.name.as_ref() == Some(name));
            if let Some((url, _)) = taken {
                return Err(ConfigError::NameTaken { name: name.clone(), url: url.to_string() });
            }
        }
        file.set_server(api, &server);
        self.save(&file)
    }

    /// The secrets for a server.
    ///
    /// # Errors
    /// When our file can't be read; when they are in the keyring, and it is of no use.
    pub fn secrets(&self, api: &ApiUrl) -> Result<Secrets, ConfigError> {
        self.secrets_in(&self.logins()?, api)
    }

    /// Notes that somebody signed in to a server, in the place of whoever was signed in before.
    ///
    /// # Errors
    /// When our file can't be read or written. A keyring that is of no use is no error.
    pub fn sign_in(&self, api: &ApiUrl, login: Login, secrets: Secrets) -> Result<Kept, ConfigError> {
        let _lock = Lock::acquire(&self.paths().lock())?;
        let mut file = self.logins()?;
        let server = Server { login: Some(login), ..file.server(api) };
        file.set_server(api, &server);
        self.keep(&mut file, api, secrets)
    }

    /// Puts new tokens into the place of those that had the refresh token `before`. Whoever signed in anew meanwhile is
    /// not disturbed.
    ///
    /// # Errors
    /// As [`Machine::sign_in`].
    pub fn replace_tokens(&self, api: &ApiUrl, before: &Secret, new: &Tokens) -> Result<(), ConfigError> {
        let _lock = Lock::acquire(&self.paths().lock())?;
        let mut file = self.logins()?;
        let mut secrets = self.secrets_in(&file, api)?;
        match &mut secrets.tokens {
            Some(tokens) if tokens.refresh.as_ref() == Some(before) => *tokens = new.clone(),
            _ => return Ok(()),
        }
        self.keep(&mut file, api, secrets).map(drop)
    }

    /// Forgets who is signed in to a server, and the secrets.
    ///
    /// # Errors
    /// When our file can't be read or written. What a keyring does not let go of is of no use without the file.
    pub fn sign_out(&self, api: &ApiUrl) -> Result<(), ConfigError> {
        let _lock = Lock::acquire(&self.paths().lock())?;
        let mut file = self.logins()?;
        self.drop_from_keyring(&file, api);
        let server = Server { login: None, ..file.server(api) };
        file.set_server(api, &server);
        file.set_secrets(api, &Place::File(Secrets::default()));
        self.save(&file)
    }

    /// Forgets everything about a server. Whether it was known.
    ///
    /// # Errors
    /// As [`Machine::sign_out`].
    pub fn forget_server(&self, api: &ApiUrl) -> Result<bool, ConfigError> {
        let _lock = Lock::acquire(&self.paths().lock())?;
        let mut file = self.logins()?;
        self.drop_from_keyring(&file, api);
        let known = file.remove_server(api);
        if known {
            self.save(&file)?;
        }
        Ok(known)
    }

    fn logins(&self) -> Result<Credentials, ConfigError> {
        Credentials::load(&self.paths().credentials)
    }

    fn save(&self, file: &Credentials) -> Result<(), ConfigError> {
        match file.is_empty() {
            true => atomic_file::remove(&self.paths().credentials),
            false => atomic_file::write_private(&self.paths().credentials, &file.to_text()),
        }
    }

    fn account(&self, api: &ApiUrl) -> String {
        keyring::account(&self.paths().credentials, api)
    }

    fn secrets_in(&self, file: &Credentials, api: &ApiUrl) -> Result<Secrets, ConfigError> {
        if let Place::File(secrets) = file.secrets(api) {
            return Ok(secrets);
        }
        let get = || {
            let keyring = self.keyring.as_ref().ok_or(KeyringError::Off)?;
            let packed = keyring.get(&self.account(api))?.ok_or(KeyringError::Gone)?;
            keyring::unpack(&packed)
        };
        get().map_err(|reason| ConfigError::Keyring { url: api.to_string(), reason })
    }

    /// Writes the file, with the secrets or with the word that the keyring has them.
    fn keep(&self, file: &mut Credentials, api: &ApiUrl, secrets: Secrets) -> Result<Kept, ConfigError> {
        let keyring = self.keyring.as_ref().filter(|_| file.wants_keyring());
        let kept = match keyring.map(|keyring| keyring.set(&self.account(api), &keyring::pack(&secrets))) {
            Some(Ok(())) => Kept::Keyring,
            Some(Err(reason)) => Kept::File(Some(reason)),
            None => Kept::File(None),
        };
        let place = match kept {
            Kept::Keyring => Place::Keyring,
            Kept::File(_) => Place::File(secrets),
        };
        file.set_secrets(api, &place);
        self.save(file)?;
        Ok(kept)
    }

    fn drop_from_keyring(&self, file: &Credentials, api: &ApiUrl) {
        if let (Place::Keyring, Some(keyring)) = (file.secrets(api), &self.keyring) {
            let _ = keyring.remove(&self.account(api));
        }
    }
}
