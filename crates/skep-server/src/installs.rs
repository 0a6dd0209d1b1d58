//! Files for installing the clients: what the operator has put into the folder `installs` of the data folder, and lists
//! of nothing where there is no such file. `mix` asks once a day for a newer client; an empty list tells it that there is
//! none.
//!
//! It must never open a file that is not below the folder.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use hex_format::version::Version;
use hex_registry::SigningKey;
use skep_core::Error;

/// The list that `mix` reads.
const LIST: &str = "hex-1.x.csv";

/// Ends the name of a signature.
const SIGNED: &str = ".signed";

/// Largest file, in bytes.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// Longest name of a file or folder, in bytes.
const MAX_NAME: usize = 100;

/// The file of a path below `installs/`, such as `hex-1.x.csv` or `1.18.0/hex.ez`.
///
/// # Errors
/// 404
pub(crate) async fn read(folder: Option<&Path>, path: &str, key: &SigningKey) -> Result<Bytes, Error> {
    if !is_safe(path) {
        return Err(Error::not_found());
    }
    if let Some(content) = from_folder(folder, path).await? {
        return Ok(content);
    }
    match path {
        LIST | "list.csv" => Ok(Bytes::new()),
        // The signature of whatever list there is, as `mix local.hex` checks it.
        _ if path.strip_suffix(SIGNED) == Some(LIST) => {
            let list = from_folder(folder, LIST).await?.unwrap_or_default();
            Ok(BASE64_STANDARD.encode(key.sign(&list)).into())
        }
        _ => Err(Error::not_found()),
    }
}

/// The path below `installs/` of the archive for a version of Elixir: that of the highest version that is not above it.
pub(crate) async fn archive(folder: Option<&Path>, elixir: Option<Version>) -> String {
    const ARCHIVE: &str = "hex.ez";
    let (Some(folder), Some(elixir)) = (folder, elixir) else { return ARCHIVE.to_owned() };
    let mut versions = Vec::new();
    if let Ok(mut entries) = tokio::fs::read_dir(folder).await {
        while let Ok(Some(entry)) = entries.next_entry().await {
            let name = entry.file_name().into_string().unwrap_or_default();
            versions.extend(Version::parse(&name).ok().filter(|version| *version <= elixir));
        }
    }
    versions.sort_by_key(|version| Reverse(version.clone()));
    for version in versions {
        let path = format!("{version}/{ARCHIVE}");
        if tokio::fs::try_exists(folder.join(&path)).await.unwrap_or_default() {
            return path;
        }
    }
    ARCHIVE.to_owned()
}

/// A file, or a file in one folder, of plain names: nothing that leads elsewhere or is hidden.
fn is_safe(path: &str) -> bool {
    let is_plain = |name: &str| {
        let first = name.as_bytes().first();
        first.is_some_and(u8::is_ascii_alphanumeric)
            && name.len() <= MAX_NAME
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-+".contains(&byte))
    };
    path.split('/').count() <= 2 && path.split('/').all(is_plain)
}

async fn from_folder(folder: Option<&Path>, path: &str) -> Result<Option<Bytes>, Error> {
    let Some(file) = folder.map(|folder| folder.join(path)) else { return Ok(None) };
    let found = tokio::fs::metadata(&file).await.ok().filter(|found| found.is_file());
    match found {
        None => Ok(None),
        Some(found) if found.len() > MAX_FILE => Err(too_large(&file)),
        Some(_) => Ok(Some(tokio::fs::read(&file).await.map_err(Error::internal)?.into())),
    }
}

fn too_large(file: &Path) -> Error {
    let file: PathBuf = file.to_owned();
    Error::internal(format!("{} is larger than {MAX_FILE} bytes", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_the_folder() {
        for good in ["hex-1.x.csv", "list.csv", "1.18.0/hex-2.2.1.ez", "1.18.0-rc.0+x/hex.ez"] {
            assert!(is_safe(good), "{good}");
        }
        for bad in [
            "", "/", "..", "../x", "x/..", "x/../y", ".x", "x/.y", "a/b/c", "/etc", "x//y", "a%2e", "a\\b",
            "é",
        ] {
            assert!(!is_safe(bad), "{bad}");
        }
        assert!(!is_safe(&"x".repeat(101)));
    }

    #[tokio::test]
    async fn files_of_the_operator_come_first() {
        let folder = tempfile::tempdir().unwrap();
        let key = SigningKey::generate(hex_registry::KeySize::default()).unwrap();
        let get =
            async |path: &str| read(Some(folder.path()), path, &key).await.map_err(|error| error.status);
        assert_eq!(get("hex-1.x.csv").await, Ok(Bytes::new()));
        assert_eq!(get("list.csv").await, Ok(Bytes::new()));
        assert_eq!(get("1.18.0/hex.ez").await, Err(404));
        let empty = get("hex-1.x.csv.signed").await.unwrap();
        assert_eq!(BASE64_STANDARD.decode(&empty).unwrap(), key.sign(b""));

        std::fs::create_dir(folder.path().join("1.18.0")).unwrap();
        std::fs::write(folder.path().join("1.18.0/hex.ez"), "archive").unwrap();
        std::fs::write(folder.path().join("hex-1.x.csv"), "2.2.1,abc,1.18.0").unwrap();
        assert_eq!(get("1.18.0/hex.ez").await, Ok(Bytes::from("archive")));
        assert_eq!(get("1.18.0").await, Err(404));
        assert_eq!(get("hex-1.x.csv").await, Ok(Bytes::from("2.2.1,abc,1.18.0")));
        let signed = get("hex-1.x.csv.signed").await.unwrap();
        assert_eq!(BASE64_STANDARD.decode(&signed).unwrap(), key.sign(b"2.2.1,abc,1.18.0"));
        std::fs::write(folder.path().join("hex-1.x.csv.signed"), "theirs").unwrap();
        assert_eq!(get("hex-1.x.csv.signed").await, Ok(Bytes::from("theirs")));
    }

    #[tokio::test]
    async fn an_archive_is_not_newer_than_elixir() {
        let folder = tempfile::tempdir().unwrap();
        for version in ["1.9.0", "1.14.0", "1.18.0"] {
            std::fs::create_dir(folder.path().join(version)).unwrap();
            std::fs::write(folder.path().join(version).join("hex.ez"), "").unwrap();
        }
        std::fs::create_dir(folder.path().join("1.16.0")).unwrap();
        let of = async |version: &str| archive(Some(folder.path()), Version::parse(version).ok()).await;
        assert_eq!(of("1.18.4").await, "1.18.0/hex.ez");
        assert_eq!(of("1.17.0").await, "1.14.0/hex.ez");
        assert_eq!(of("1.13.9").await, "1.9.0/hex.ez");
        assert_eq!(of("1.0.0").await, "hex.ez");
        assert_eq!(of("new").await, "hex.ez");
        assert_eq!(archive(None, Version::parse("1.18.0").ok()).await, "hex.ez");
    }
}
