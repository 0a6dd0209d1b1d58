//! Files that nobody means to publish: keys, passwords, the settings of a machine.
//!
//! It is a hint for the author and no protection: it knows the usual names and the beginning of a private key, and finds
//! nothing else.

/// How much of a file is looked at, in bytes.
const LOOKED_AT: usize = 64 * 1024;

/// Names of files that hold secrets.
const NAMES: &[&str] = &[
    ".env",
    ".envrc",
    ".git-credentials",
    ".netrc",
    "_netrc",
    ".npmrc",
    ".pgpass",
    ".pypirc",
    "credentials.toml",
    "hex.config",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "id_rsa",
];
/// Ends of such names.
const ENDINGS: &[&str] = &[".jks", ".key", ".keystore", ".p12", ".pfx", ".secret.exs"];
/// Ends of names of examples, which hold none.
const EXAMPLES: &[&str] = &[".dist", ".example", ".sample", ".template"];

/// Why a file looks like one that should stay at home.
pub fn suspicion(path: &str, bytes: &[u8]) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    if EXAMPLES.iter().any(|ending| name.ends_with(ending)) {
        return None;
    }
    if NAMES.contains(&name.as_str())
        || name.starts_with(".env.")
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
    {
        return Some("files of this name usually hold secrets");
    }
    let start = &bytes[..bytes.len().min(LOOKED_AT)];
    holds_private_key(start).then_some("it holds a private key")
}

/// Whether there is the first line of a private key in PEM.
fn holds_private_key(bytes: &[u8]) -> bool {
    const BEGIN: &[u8] = b"-----BEGIN ";
    bytes.split(|byte| *byte == b'\n').any(|line| {
        let line = line.trim_ascii();
        line.starts_with(BEGIN) && line.ends_with(b"PRIVATE KEY-----")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for path in
            [".env", "priv/.env.prod", "config/prod.secret.exs", "priv/ID_RSA", "a.key", "priv/.netrc"]
        {
            assert!(suspicion(path, b"").is_some(), "{path}");
        }
        for path in [".env.example", "src/env.gleam", "src/key.erl", "priv/monkey", "priv/ca.pem"] {
            assert_eq!(suspicion(path, b"-----BEGIN CERTIFICATE-----"), None, "{path}");
        }
    }

    #[test]
    fn private_keys() {
        let key = b"# mine\r\n-----BEGIN RSA PRIVATE KEY-----\r\nMIIE";
        assert_eq!(suspicion("priv/server.pem", key), Some("it holds a private key"));
        assert_eq!(suspicion("src/pem.erl", b"Begin = <<\"-----BEGIN PRIVATE KEY-----\">>"), None);
    }
}
