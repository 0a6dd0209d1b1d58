//! Files with secrets that others may read. mix writes its own with whatever the umask leaves, which is usually 0644.

use std::path::{Path, PathBuf};

use super::{Finding, secret_files};
use crate::config::paths::Paths;
use crate::config::{ConfigError, atomic_file};
use crate::shell::quoted_path;

/// Bits of group and others.
const OTHERS: u32 = 0o077;
/// Words beside which a secret stands, in any of these files.
const SIGNS: [&str; 9] = [
    "auth_key",
    "oauth_token",
    "api_key",
    "repo_key",
    "write_key",
    "read_key",
    "password",
    "repository_key",
    "refresh_token",
];
/// What mix and rebar3 write where there is no secret.
const NOTHING: [&str; 5] = ["nil", "undefined", "none", "<<>>", "<<\"\">>"];
/// Most bytes that are looked at.
const MAX_BYTES: usize = 40 << 20;

/// A file with a secret that others may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposed {
    /// The file.
    pub path: PathBuf,
    /// Its permission bits.
    pub mode: u32,
}

impl Exposed {
    /// As it is told.
    pub fn finding(&self) -> Finding {
        let text = format!("holds a key and can be read by others (mode {:04o})", self.mode);
        let remedy = format!("skep doctor --fix, or chmod 600 {}", quoted_path(&self.path));
        Finding::warning("file_permissions", self.path.display().to_string(), text, remedy)
    }
}

/// Those of this machine.
pub fn exposed(paths: &Paths, netrc: Option<&Path>) -> Vec<Exposed> {
    let files = secret_files(paths).into_iter().chain(netrc.map(Path::to_owned));
    files
        .filter_map(|path| {
            let mode = atomic_file::mode(&path).filter(|mode| mode & OTHERS != 0)?;
            let bytes = atomic_file::read(&path, MAX_BYTES).ok()??;
            let text = String::from_utf8_lossy(&bytes);
            holds_secret(&text).then_some(Exposed { path, mode })
        })
        .collect()
}

/// Whether something stands beside one of the words.
fn holds_secret(text: &str) -> bool {
    let is_value = |rest: &str| {
        let value = rest.trim_start_matches(|c: char| c.is_whitespace() || "'\",=>".contains(c));
        !NOTHING.iter().any(|nothing| {
            let after = value.strip_prefix(nothing).map(|after| after.chars().next());
            after.is_some_and(|next| next.is_none_or(|c| !c.is_alphanumeric() && c != '_'))
        })
    };
    SIGNS.iter().any(|sign| text.match_indices(sign).any(|(at, _)| is_value(&text[at + sign.len()..])))
}

/// Takes the rights of others away.
///
/// # Errors
/// When the system refuses.
pub fn protect(exposed: &Exposed) -> Result<(), ConfigError> {
    atomic_file::set_mode(&exposed.path, exposed.mode & !OTHERS)
}
