//! The Secret Service of Linux desktops (GNOME Keyring, KWallet, KeePassXC), over D-Bus.

use std::collections::HashMap;
use std::env;
use std::path::PathBuf;
use std::time::Duration;

use secret_service::{Collection, EncryptionType, Error, SecretService as Connection};

use super::{Keyring, KeyringError, SERVICE};
use crate::secret::Secret;

/// For everything, where nobody is asked.
const TIMEOUT: Duration = Duration::from_secs(3);
/// For everything, where somebody may have to type a password.
const TIMEOUT_ASKING: Duration = Duration::from_secs(60);

/// The session bus, on which a Secret Service may be.
#[derive(Debug)]
pub(super) struct SecretService {
    /// Whether a locked keyring may ask somebody for its password.
    ask: bool,
}

enum Work {
    Get,
    Set(Secret),
    Remove,
}

impl SecretService {
    /// One where there is a session bus. A bus is not started for it.
    pub(super) fn find(ask: bool) -> Option<Self> {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty());
        let socket =
            || set("XDG_RUNTIME_DIR").is_some_and(|folder| PathBuf::from(folder).join("bus").exists());
        let desktop = || set("DISPLAY").or_else(|| set("WAYLAND_DISPLAY")).is_some();
        (set("DBUS_SESSION_BUS_ADDRESS").is_some() || socket()).then(|| Self { ask: ask && desktop() })
    }

    /// Works in a thread with an engine of its own, because callers may be inside another one.
    fn run(&self, account: &str, work: Work) -> Result<Option<Secret>, KeyringError> {
        let (account, ask) = (account.to_owned(), self.ask);
        let thread = std::thread::spawn(move || {
            let engine = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let engine = engine.map_err(|error| KeyringError::Failed(error.to_string()))?;
            let limit = if ask { TIMEOUT_ASKING } else { TIMEOUT };
            engine.block_on(async {
                let answer = tokio::time::timeout(limit, perform(&account, work, ask)).await;
                answer.map_err(|_| KeyringError::Silent)?
            })
        });
        thread.join().unwrap_or_else(|_| Err(KeyringError::Failed("it made the program fail".to_owned())))
    }
}

impl Keyring for SecretService {
    fn get(&self, account: &str) -> Result<Option<Secret>, KeyringError> {
        self.run(account, Work::Get)
    }

    fn set(&self, account: &str, secret: &Secret) -> Result<(), KeyringError> {
        self.run(account, Work::Set(secret.clone())).map(drop)
    }

    fn remove(&self, account: &str) -> Result<(), KeyringError> {
        self.run(account, Work::Remove).map(drop)
    }
}

async fn perform(account: &str, work: Work, ask: bool) -> Result<Option<Secret>, KeyringError> {
    let service = Connection::connect(EncryptionType::Dh).await.map_err(failed)?;
    let attributes = HashMap::from([("service", SERVICE), ("account", account)]);
    if let Work::Set(secret) = work {
        let collection = service.get_default_collection().await.map_err(failed)?;
        unlock(&collection, ask).await?;
        let label = format!("{SERVICE}: {account}");
        let bytes = secret.expose().as_bytes();
        collection.create_item(&label, attributes, bytes, true, "text/plain").await.map_err(failed)?;
        return Ok(None);
    }
    let found = service.search_items(attributes).await.map_err(failed)?;
    let item = match (found.unlocked.first(), found.locked.first()) {
        (Some(item), _) => item,
        (None, Some(_)) if !ask => return Err(KeyringError::Locked),
        (None, Some(item)) => {
            item.unlock().await.map_err(failed)?;
            item
        }
        (None, None) => return Ok(None),
    };
    if let Work::Remove = work {
        item.delete().await.map_err(failed)?;
        return Ok(None);
    }
    let bytes = item.get_secret().await.map_err(failed)?;
    Ok(Some(Secret::new(String::from_utf8(bytes).map_err(|_| KeyringError::Damaged)?)))
}

async fn unlock(collection: &Collection<'_>, ask: bool) -> Result<(), KeyringError> {
    match collection.is_locked().await.map_err(failed)? {
        false => Ok(()),
        true if ask => collection.unlock().await.map_err(failed),
        true => Err(KeyringError::Locked),
    }
}

/// What went wrong. None of these errors holds a secret.
fn failed(error: Error) -> KeyringError {
    match error {
        Error::Locked | Error::Prompt => KeyringError::Locked,
        Error::NoResult => KeyringError::Failed("it has no default collection".to_owned()),
        error => KeyringError::Failed(error.to_string()),
    }
}
