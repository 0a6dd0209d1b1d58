//! The three keys of an instance: the one that signs the registry, the one that stored secrets are hashed
//! with, and the one that signs tokens. Made at the first start, kept in the data folder, never shown.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use hex_registry::{KeySize, SigningKey};
use skep_core::{InstanceKey, Keys, TokenKey};

use super::Folder;

const SIGNING_KEY: &str = "signing.pem";
const INSTANCE_KEY: &str = "instance.key";
const TOKEN_KEY: &str = "token.key";

const INSTANCE_KEY_BYTES: usize = 32;

/// The keys of the folder, which have to be there. `signing` is used in place of the folder's.
pub(crate) fn load(folder: &Folder, signing: Option<&Path>) -> Result<Keys> {
    let own = signing.is_none().then_some(SIGNING_KEY);
    for name in own.into_iter().chain([INSTANCE_KEY, TOKEN_KEY]) {
        let path = folder.keys().join(name);
        if !path.exists() {
            bail!("there is no key {}: restore it from a backup, or correct --data", path.display());
        }
    }
    load_or_make(folder, signing)
}

/// The keys of the folder; what is missing is made. `signing` is used in place of the folder's.
pub(crate) fn load_or_make(folder: &Folder, signing: Option<&Path>) -> Result<Keys> {
    Ok(Keys {
        signing: signing_key(folder, signing)?,
        instance: instance_key(folder)?,
        token: token_key(folder)?,
    })
}

fn signing_key(folder: &Folder, given: Option<&Path>) -> Result<SigningKey> {
    let own = folder.keys().join(SIGNING_KEY);
    let path = given.unwrap_or(&own);
    if given.is_none() && !path.exists() {
        let key = SigningKey::generate(KeySize::default()).context("cannot make a signing key")?;
        Folder::write_secret(path, key.to_pkcs8_pem().as_bytes())?;
        return Ok(key);
    }
    let pem = fs::read_to_string(path)
        .with_context(|| format!("cannot read the signing key {}", path.display()))?;
    SigningKey::from_pem(&pem).with_context(|| format!("{} is no signing key", path.display()))
}

fn instance_key(folder: &Folder) -> Result<InstanceKey> {
    let path = folder.keys().join(INSTANCE_KEY);
    if !path.exists() {
        let mut bytes = [0; INSTANCE_KEY_BYTES];
        fill_random(&mut bytes);
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Folder::write_secret(&path, format!("{text}\n").as_bytes())?;
        return Ok(InstanceKey::new(&bytes));
    }
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    match parse(text.trim()) {
        Some(bytes) => Ok(InstanceKey::new(&bytes)),
        None => {
            bail!("{} is damaged: restore it from a backup, all keys and tokens hang on it", path.display())
        }
    }
}

fn token_key(folder: &Folder) -> Result<TokenKey> {
    let path = folder.keys().join(TOKEN_KEY);
    if !path.exists() {
        let key = TokenKey::generate()?;
        Folder::write_secret(&path, &key.to_pkcs8()?)?;
        return Ok(key);
    }
    let der = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    TokenKey::from_pkcs8(&der)
        .with_context(|| format!("{} is damaged: restore it from a backup", path.display()))
}

fn parse(text: &str) -> Option<[u8; INSTANCE_KEY_BYTES]> {
    let sha256: hex_format::checksum::Sha256 = text.parse().ok()?;
    Some(*sha256.as_bytes())
}

/// Fills a buffer from the system's source of randomness.
pub(crate) fn fill_random(buffer: &mut [u8]) {
    aws_lc_rs::rand::fill(buffer).expect("the system's randomness does not fail");
}
