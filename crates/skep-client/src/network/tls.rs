//! Whom to believe: the system's certificate authorities, and those that the user adds. `mix` believes only those that the
//! user names instead; here they come in addition, so that one private authority does not shut out the rest of the world.

use std::fs;
use std::path::{Path, PathBuf};

use reqwest::{Certificate, Client, ClientBuilder};

use super::TransportError;

/// Most bytes of a file of certificates. The system's own, with 140 of them, has 220 kB.
const MAX_BYTES: u64 = 8 << 20;

/// Where systems keep their authorities in one file. Needed beside `SSL_CERT_FILE`, which takes the system's place in the
/// library that reads them.
const SYSTEM_FILES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// A file of certificates, and the setting that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFile {
    /// Such as `HEX_CACERTS_PATH`.
    pub origin: String,
    /// Where it is.
    pub path: PathBuf,
    /// Whether the file takes the place of the system's authorities, which are then added as well.
    pub instead_of_system: bool,
}

/// Adds the authorities in `files`.
pub(super) fn trust(
    mut builder: ClientBuilder,
    files: &[CertificateFile],
) -> Result<ClientBuilder, TransportError> {
    for file in files {
        builder = builder.tls_certs_merge(read(file)?);
    }
    if files.iter().any(|file| file.instead_of_system) {
        let system = SYSTEM_FILES.iter().find_map(|path| fs::read(Path::new(path)).ok());
        // The system's own file was never ours to judge.
        let system = system.and_then(|bytes| Certificate::from_pem_bundle(&bytes).ok());
        builder = builder.tls_certs_merge(system.unwrap_or_default());
    }
    Ok(builder)
}

fn read(file: &CertificateFile) -> Result<Vec<Certificate>, TransportError> {
    let wrong = |reason: String| TransportError::Certificates {
        origin: file.origin.clone(),
        path: file.path.clone(),
        reason,
    };
    let there = fs::metadata(&file.path).map_err(|error| wrong(format!("can't be read: {error}")))?;
    // A pipe would be waited for without end, and once for each time that it is read.
    if !there.is_file() {
        return Err(wrong("is no file".to_owned()));
    }
    if there.len() > MAX_BYTES {
        return Err(wrong(format!("is larger than {MAX_BYTES} bytes")));
    }
    let bytes = fs::read(&file.path).map_err(|error| wrong(format!("can't be read: {error}")))?;
    let found = Certificate::from_pem_bundle(&bytes).unwrap_or_default();
    // Whether they are certificates is known only to who uses them.
    let sound = Client::builder().tls_certs_only(found.clone()).build().is_ok();
    match sound && !found.is_empty() {
        true => Ok(found),
        false => Err(wrong("holds no certificates in PEM form (-----BEGIN CERTIFICATE-----)".to_owned())),
    }
}
