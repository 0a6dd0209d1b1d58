//! A file of certificate authorities for mix, which believes those in it in the place of its own.
//!
//! So the public ones must be in it beside the private one, or hex.pm is out of reach. They come from the system, which
//! keeps them up to date.

use std::fs;
use std::path::{Path, PathBuf};

use super::{ConfigError, atomic_file};

/// Most bytes of a file of certificates. The system's own, with 140 of them, has 220 kB.
const MAX_BYTES: usize = 8 << 20;

/// Where systems keep their authorities in one file.
const SYSTEM_FILES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Fewer than the public ones, of which there are more than a hundred.
const FEW: usize = 20;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

/// The authorities in `own` and those of the system, as one text.
///
/// # Errors
/// When `own` can't be read or holds none, or the system's are not to be found.
pub fn bundle(own: &Path) -> Result<String, ConfigError> {
    let own_text = read(own)?;
    if own_text.matches(BEGIN).count() == 0 {
        return Err(ConfigError::NoCertificates { path: own.to_owned() });
    }
    // A bundle that has the public ones already needs no second time of them.
    let system = system().ok_or(ConfigError::NoSystemCertificates)?;
    let system_text = read(&system)?;
    if own_text.contains(system_text.trim()) {
        return Ok(own_text);
    }
    Ok(format!("{}\n{}\n", system_text.trim_end(), own_text.trim()))
}

/// The system's file of authorities.
pub fn system() -> Option<PathBuf> {
    SYSTEM_FILES.iter().map(PathBuf::from).find(|path| path.exists())
}

/// How many authorities are in a file.
///
/// # Errors
/// When it can't be read.
pub fn count(path: &Path) -> Result<usize, ConfigError> {
    Ok(read(path)?.matches(BEGIN).count())
}

/// Whether a file holds some authorities, but not the public ones.
pub fn is_private(path: &Path) -> bool {
    count(path).is_ok_and(|count| (1..FEW).contains(&count))
}

fn read(path: &Path) -> Result<String, ConfigError> {
    match atomic_file::read(path, MAX_BYTES)? {
        Some(bytes) => String::from_utf8(bytes).map_err(|_| ConfigError::NotText { path: path.to_owned() }),
        None => Err(ConfigError::Io {
            action: "read",
            path: path.to_owned(),
            reason: fs::metadata(path).err().unwrap_or_else(|| std::io::ErrorKind::NotFound.into()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        assert!(matches!(bundle(&path), Err(ConfigError::Io { .. })));
        fs::write(&path, "nothing").unwrap();
        assert!(matches!(bundle(&path), Err(ConfigError::NoCertificates { .. })));
        fs::write(&path, [0xff]).unwrap();
        assert!(matches!(bundle(&path), Err(ConfigError::NotText { .. })));
    }

    #[test]
    fn the_own_one_comes_beside_those_of_the_system() {
        let Some(system) = system() else { return };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        fs::write(&path, format!("{BEGIN}\nQUJD\n-----END CERTIFICATE-----\n")).unwrap();
        let both = bundle(&path).unwrap();
        assert_eq!(both.matches(BEGIN).count(), count(&system).unwrap() + 1);
        fs::write(&path, &both).unwrap();
        assert_eq!(bundle(&path).unwrap(), both);
    }
}
