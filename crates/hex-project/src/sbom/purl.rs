//! Package addresses: <https://github.com/package-url/purl-spec>, of the type `hex`.
//!
//! An organization is the namespace, and a repository other than that of hex.pm stands in `repository_url`.

use hex_format::address::without_login;

/// The repository that the type `hex` implies.
pub const DEFAULT_REPOSITORY: &str = "https://repo.hex.pm";

/// The address of a release. `repository` is the base address of the repository, without that of the organization.
pub fn hex(name: &str, version: &str, organization: Option<&str>, repository: Option<&str>) -> String {
    let namespace = organization.map(|name| format!("{}/", encode(&name.to_lowercase()))).unwrap_or_default();
    let elsewhere = repository.filter(|url| url.trim_end_matches('/') != DEFAULT_REPOSITORY);
    let qualifier = elsewhere.map(|url| format!("?repository_url={}", encode(url))).unwrap_or_default();
    format!("pkg:hex/{namespace}{}@{}{qualifier}", encode(&name.to_lowercase()), encode(version))
}

/// The address of a revision of a git repository.
pub fn git(name: &str, url: &str, revision: &str) -> String {
    format!(
        "pkg:generic/{}@{}?vcs_url={}",
        encode(name),
        encode(revision),
        encode(&git_revision(url, revision))
    )
}

/// Where a revision of a git repository is, as SPDX and package addresses write it: `git+https://…@…`. Names and passwords in
/// the address are left out: documents are for others.
pub fn git_revision(url: &str, revision: &str) -> String {
    format!("git+{}@{revision}", without_login(url))
}

/// Escapes what is not a letter, a digit or one of `.-_~:`.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' | b':' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
