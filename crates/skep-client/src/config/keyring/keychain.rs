//! The keychain of macOS.

use security_framework::base::Error;
use security_framework::passwords::{delete_generic_password, get_generic_password, set_generic_password};

use super::{Keyring, KeyringError, SERVICE};
use crate::secret::Secret;

/// `errSecItemNotFound` of the system's headers.
const NOT_FOUND: i32 = -25300;
/// `errSecInteractionNotAllowed`: the keychain is locked and nobody can be asked.
const LOCKED: i32 = -25308;

/// The user's keychain.
#[derive(Debug)]
pub(super) struct Keychain;

impl Keyring for Keychain {
    fn get(&self, account: &str) -> Result<Option<Secret>, KeyringError> {
        match get_generic_password(SERVICE, account) {
            Ok(bytes) => Ok(Some(Secret::new(String::from_utf8(bytes).map_err(|_| KeyringError::Damaged)?))),
            Err(error) if error.code() == NOT_FOUND => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    fn set(&self, account: &str, secret: &Secret) -> Result<(), KeyringError> {
        set_generic_password(SERVICE, account, secret.expose().as_bytes()).map_err(failed)
    }

    fn remove(&self, account: &str) -> Result<(), KeyringError> {
        match delete_generic_password(SERVICE, account) {
            Err(error) if error.code() != NOT_FOUND => Err(failed(error)),
            _ => Ok(()),
        }
    }
}

fn failed(error: Error) -> KeyringError {
    match error.code() {
        LOCKED => KeyringError::Locked,
        _ => KeyringError::Failed(error.to_string()),
    }
}
