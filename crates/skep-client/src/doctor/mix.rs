//! `hex.config` of mix.

use std::path::Path;

use hex_format::address::without_login;
use hex_format::hex_config::HexConfig;
use hex_format::term::Term;

use super::{Finding, mix_subject};
use crate::config::mix::organizations;
use crate::config::{cacerts, tools};
use crate::server::RepositoryUrl;

/// Fields that mix fails without, in a repository of its own.
const NEEDED: [&str; 3] = ["url", "public_key", "auth_key"];

/// `authorities` says whether `cacerts_path` counts, `is_told` whether it is told already that an entry
/// is gone or has no key that can be read.
pub(super) fn look(
    config: &HexConfig,
    path: &Path,
    versions: &[String],
    authorities: bool,
    is_told: &dyn Fn(&str) -> bool,
) -> Vec<Finding> {
    let subject = path.display().to_string();
    let mut found = Vec::new();
    if let Some(url) = config.api_url()
        && url.ends_with('/')
    {
        let url = without_login(&url);
        let trimmed = url.trim_end_matches('/');
        found.push(Finding::warning(
            "api_url_slash",
            subject.clone(),
            format!("api_url ends with a slash, so mix asks for {url}/users/me"),
            format!("skep config api_url {trimmed}"),
        ));
    }
    for setting in ["unsafe_registry", "unsafe_https", "no_verify_repo_origin"] {
        if config.text(setting).is_some_and(|value| matches!(&*value, "1" | "true" | "TRUE")) {
            let text = match setting {
                "unsafe_https" => {
                    "unsafe_https makes old versions of mix send keys without checking to whom".to_owned()
                }
                _ => format!("{setting} makes mix take packages without checking whose they are"),
            };
            let remedy = format!("skep config {setting} --delete");
            found.push(Finding::broken("verification_off", subject.clone(), text, remedy));
        }
    }
    if let Some(file) = config.text("cacerts_path").filter(|_| authorities) {
        found.extend(certificates(&file, "cacerts_path in hex.config"));
    }
    for (name, fields) in config.repos() {
        found.extend(repository(config, &name, fields, is_told));
    }
    found.extend(entries(config, versions));
    found
}

/// A file of authorities, which mix takes in the place of its own.
pub(super) fn certificates(file: &str, origin: &str) -> Option<Finding> {
    let remedy = "skep connect URL --cacert FILE writes one with the public authorities and yours";
    match cacerts::count(Path::new(file)) {
        Err(error) => Some(Finding::broken(
            "cacerts_unreadable",
            origin,
            format!("{error}, so mix reaches no server"),
            remedy,
        )),
        Ok(0) => Some(Finding::broken(
            "cacerts_unreadable",
            origin,
            format!("{file} holds no certificate"),
            remedy,
        )),
        Ok(count) if cacerts::is_private(Path::new(file)) => {
            let text = format!(
                "{file} holds {count} of them, which mix takes in the place of the public ones: hex.pm is out of its reach"
            );
            Some(Finding::warning("cacerts_only_private", origin, text, remedy))
        }
        Ok(_) => None,
    }
}

fn repository(
    config: &HexConfig,
    name: &str,
    fields: &Term,
    is_told: &dyn Fn(&str) -> bool,
) -> Option<Finding> {
    let subject = mix_subject(name);
    if fields.as_map().is_none() {
        let remedy = format!("skep repo remove {name}, and connect or add it again");
        return Some(Finding::broken("entry_damaged", subject, "its entry is not a map", remedy));
    }
    if let Some((parent, _)) = name.split_once(':') {
        let known = parent == "hexpm" || config.repo(parent).is_some() || is_told(parent);
        let text =
            format!("mix looks for {parent}, which is not in hex.config, and fails with every command");
        let remedy = format!(
            "skep repo add {parent} URL --fetch-public-key SHA256:…, or take the entry out: skep repo remove {name}"
        );
        return (!known).then(|| Finding::broken("parent_missing", subject, text, remedy));
    }
    let missing = NEEDED.iter().find(|field| name != "hexpm" && fields.get_atom(field).is_none());
    if let Some(field) = missing {
        let text = format!("it has no {field}, on which mix fails");
        let remedy = match *field {
            "url" => format!("skep repo set {name} --url URL"),
            "auth_key" => {
                format!("skep repo set {name} --no-auth-key, or --auth-key - with a key on standard input")
            }
            _ => format!("skep repo set {name} --fetch-public-key SHA256:…"),
        };
        return Some(Finding::broken("entry_incomplete", subject, text, remedy));
    }
    let key = fields.get_atom("public_key").filter(|key| !key.is_atom("nil"));
    let readable = |key: &Term| key.text().is_some_and(|pem| hex_registry::PublicKey::from_pem(&pem).is_ok());
    match key {
        Some(key) if readable(key) => None,
        None if name == "hexpm" => None,
        _ if is_told(name) => None,
        Some(_) | None => {
            let text = "it has no usable public key, on which mix hangs and fails";
            // With its address, for without a key the entry is one that can't be read as it stands.
            let url = fields.get_atom("url").and_then(Term::text).unwrap_or_default();
            let url = without_login(&url);
            let remedy = format!("skep repo set {name} --url {url} --fetch-public-key SHA256:…");
            Some(Finding::broken("public_key_missing", subject, text, remedy))
        }
    }
}

fn entries(config: &HexConfig, versions: &[String]) -> Vec<Finding> {
    let mut found = Vec::new();
    let old = versions.iter().find(|version| tools::needs_plain_names(version));
    let listed = organizations(config);
    for entry in &listed {
        let subject = mix_subject(&entry.repository);
        // One whose parent is missing has no address, which is told above.
        if RepositoryUrl::parse(&entry.url).is_err() {
            continue;
        }
        if !entry.intact {
            found.push(Finding::broken(
                "entry_dropped",
                subject,
                "mix 2.5 has dropped a part of its entry when it wrote the file, and now expects another name",
                format!("skep organization auth {}, or better skep connect URL", entry.organization),
            ));
            continue;
        }
        let is_nested = entry.repository.contains(':') && !entry.repository.starts_with("hexpm:");
        let has_plain =
            listed.iter().any(|other| other.repository == entry.organization && other.url == entry.url);
        if let (Some(version), true, false) = (old, is_nested, has_plain) {
            found.push(Finding::broken(
                "name_too_new",
                subject,
                format!(
                    "Hex {version} of this machine compares the name of its packages with {}",
                    entry.repository
                ),
                "mix local.hex, or connect again, which then writes an entry that this version can read"
                    .to_owned(),
            ));
        }
    }
    found
}
