//! The registry as it is in the folder: what it knows that the tarballs don't, and which of its files can stay.

use std::path::Path;

use hex_registry::limits::{MAX_NAMES_BYTES, MAX_PACKAGE_BYTES, MAX_VERSIONS_BYTES};
use hex_registry::names::Names;
use hex_registry::package::Package;
use hex_registry::versions::Versions;
use hex_registry::{PublicKey, signed};

use crate::StaticError;
use crate::files;

/// Most bytes of a signed file as it is stored.
pub(crate) const MAX_FILE_BYTES: usize = 64 << 20;
/// Most bytes of a public key.
pub(crate) const MAX_KEY_BYTES: usize = 64 << 10;

/// Where packages are.
pub(crate) const PACKAGES: &str = "packages";
pub(crate) const PUBLIC_KEY: &str = "public_key";
pub(crate) const NAMES: &str = "names";
pub(crate) const VERSIONS: &str = "versions";

/// A value, and whether the file that it is from is signed with the key of today and can stay.
pub(crate) struct Earlier<T> {
    pub(crate) value: T,
    pub(crate) is_signed: bool,
}

/// The key that the folder says it is signed with, and its text.
pub(crate) fn public_key(root: &Path) -> Result<Option<(PublicKey, String)>, StaticError> {
    let Some(bytes) = files::read(&root.join(PUBLIC_KEY), MAX_KEY_BYTES)? else { return Ok(None) };
    let wrong = |reason: String| StaticError::PublicKey { file: PUBLIC_KEY.to_owned(), reason };
    let text = String::from_utf8(bytes).map_err(|_| wrong("it is no text".to_owned()))?;
    let key = PublicKey::from_pem(&text).map_err(|error| wrong(error.to_string()))?;
    Ok(Some((key, text)))
}

/// The keys that files of the folder may be signed with: that of today, and the one before it, if it is being replaced.
pub(crate) struct Keys<'a> {
    pub(crate) today: &'a PublicKey,
    pub(crate) before: Option<PublicKey>,
}

impl Keys<'_> {
    pub(crate) fn package(&self, root: &Path, name: &str) -> Result<Option<Earlier<Package>>, StaticError> {
        let decode = |payload: &[u8]| {
            let package = Package::decode(payload).map_err(|error| error.to_string())?;
            // Under another name of the registry it is still the same package.
            package.verify_origin(&package.repository, name).map_err(|error| error.to_string())?;
            Ok(package)
        };
        self.read(root, &format!("{PACKAGES}/{name}"), MAX_PACKAGE_BYTES, decode)
    }

    /// The list of names. One that can't be read is no loss: everything in it is made anew.
    pub(crate) fn names(&self, root: &Path) -> Option<Earlier<Names>> {
        let decode = |payload: &[u8]| Names::decode(payload).map_err(|error| error.to_string());
        self.read(root, NAMES, MAX_NAMES_BYTES, decode).ok().flatten()
    }

    /// The list of versions, as [`Keys::names`].
    pub(crate) fn versions(&self, root: &Path) -> Option<Earlier<Versions>> {
        let decode = |payload: &[u8]| Versions::decode(payload).map_err(|error| error.to_string());
        self.read(root, VERSIONS, MAX_VERSIONS_BYTES, decode).ok().flatten()
    }

    fn read<T>(
        &self,
        root: &Path,
        file: &str,
        max_unpacked: usize,
        decode: impl Fn(&[u8]) -> Result<T, String>,
    ) -> Result<Option<Earlier<T>>, StaticError> {
        let Some(bytes) = files::read(&root.join(file), MAX_FILE_BYTES)? else { return Ok(None) };
        let mut failure = String::new();
        for (key, is_signed) in [(Some(self.today), true), (self.before.as_ref(), false)] {
            let Some(key) = key else { continue };
            let value = signed::open(&bytes, key, max_unpacked)
                .map_err(|error| error.to_string())
                .and_then(|payload| decode(&payload));
            match value {
                Ok(value) => return Ok(Some(Earlier { value, is_signed })),
                // The first key is the one that is meant.
                Err(reason) if failure.is_empty() => failure = reason,
                Err(_) => {}
            }
        }
        Err(StaticError::Earlier { file: file.to_owned(), reason: failure })
    }
}
