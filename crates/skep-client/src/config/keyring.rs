//! The system keyring, where there is one: the Secret Service on Linux, the keychain on macOS.
//!
//! It is asked only when a secret is needed, never for long, and never in the way: what can't be kept there is kept in our
//! own file. An entry belongs to one file of ours and one server, so that two home directories don't share a login.

#[cfg(target_os = "macos")]
mod keychain;
#[cfg(target_os = "linux")]
mod secret_service;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::credentials::Secrets;
use crate::secret::Secret;
use crate::server::ApiUrl;

/// What entries are found by, together with the account.
#[cfg(any(target_os = "linux", target_os = "macos"))]
const SERVICE: &str = "skep";

/// A place for secrets that the system keeps.
pub trait Keyring: fmt::Debug + Send + Sync {
    /// The secret of an account, if there is one.
    ///
    /// # Errors
    /// When the keyring does not answer, or is locked.
    fn get(&self, account: &str) -> Result<Option<Secret>, KeyringError>;

    /// Keeps a secret, in the place of an earlier one.
    ///
    /// # Errors
    /// As [`Keyring::get`].
    fn set(&self, account: &str, secret: &Secret) -> Result<(), KeyringError>;

    /// Forgets a secret, if there is one.
    ///
    /// # Errors
    /// As [`Keyring::get`].
    fn remove(&self, account: &str) -> Result<(), KeyringError>;
}

/// Why the system keyring is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// Somebody has to unlock it first.
    #[error("the system keyring is locked")]
    Locked,
    /// It took too long.
    #[error("the system keyring does not answer")]
    Silent,
    /// There is none, or it failed.
    #[error("the system keyring can't be used: {0}")]
    Failed(String),
    /// Somebody has removed our secrets from it.
    #[error("its entry is gone from the system keyring")]
    Gone,
    /// Something else stands in the place of our secrets.
    #[error("its entry in the system keyring is damaged")]
    Damaged,
    /// The user does not want it.
    #[error("the system keyring is switched off")]
    Off,
}

/// The keyring of this system; none where there can't be one. `ask` says whether somebody sits there who can unlock it.
/// Nothing is connected to yet.
pub fn system(ask: bool) -> Option<Arc<dyn Keyring>> {
    #[cfg(target_os = "linux")]
    return secret_service::SecretService::find(ask).map(|found| Arc::new(found) as Arc<dyn Keyring>);
    #[cfg(target_os = "macos")]
    {
        let _ = ask; // The system itself asks.
        return Some(Arc::new(keychain::Keychain));
    }
    #[cfg(not(any(target_os = "linux", target_os = "macos")))]
    {
        let _ = ask;
        None
    }
}

/// The account under which the secrets for a server are kept.
pub(super) fn account(file: &Path, api: &ApiUrl) -> String {
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    format!("{api} {}", file.display())
}

/// All secrets for a server as one.
pub(super) fn pack(secrets: &Secrets) -> Secret {
    let fields: BTreeMap<_, _> = secrets.fields().collect();
    Secret::new(serde_json::to_string(&fields).expect("invariant: texts are JSON"))
}

/// The other way round.
pub(super) fn unpack(packed: &Secret) -> Result<Secrets, KeyringError> {
    let fields: BTreeMap<String, String> =
        serde_json::from_str(packed.expose()).map_err(|_| KeyringError::Damaged)?;
    Ok(Secrets::read(|key| fields.get(key).cloned()))
}
