//! The settings of `mix`, by its rules: a variable of the environment, else `hex.config`, else the default.
//!
//! One table says what there is; reading, showing and changing follow from it. The block `hex:` of a project's `mix.exs`
//! is code, which is not run here, so it is not heard.

mod table;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hex_format::hex_config::HexConfig;
use hex_format::term::Term;

use super::ConfigError;
use super::machine::Machine;
use super::paths::Paths;
use crate::network::{CertificateFile, NetworkSettings, Proxies, ProxyAddress};
use crate::secret::Secret;
pub use table::{Kind, SETTINGS, Setting};

#[cfg(test)]
mod tests;

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A variable.
    Environment(&'static str),
    /// `hex.config`.
    File,
    /// Nobody has said anything.
    Default,
}

/// A value that makes no sense. The value is part of the message, as none of these settings is a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{origin} is {value:?}, not {expected}")]
pub struct SettingError {
    /// What said so.
    pub origin: String,
    /// What it said.
    pub value: String,
    /// What would make sense.
    pub expected: &'static str,
}

/// What this machine and its environment say.
#[derive(Clone)]
pub struct Settings {
    environment: BTreeMap<&'static str, String>,
    config: HexConfig,
    file: PathBuf,
}

/// Variables beside those of the table.
const OTHERS: [&str; 6] = ["SSL_CERT_FILE", "NETRC", "HOME", "HEX_HOME", "all_proxy", "ALL_PROXY"];

impl Settings {
    /// Reads `hex.config` and the variables that matter.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn load(paths: &Paths, variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let names = SETTINGS.iter().flat_map(|setting| setting.environment).chain(&OTHERS);
        let environment =
            names.filter_map(|name| Some((*name, variable(name)?.to_str()?.to_owned()))).collect();
        let config = Machine::new(paths.clone()).hex_config()?;
        Ok(Self { environment, config, file: paths.mix.clone() })
    }

    /// The file as it was read.
    pub fn config(&self) -> &HexConfig {
        &self.config
    }

    /// Where the file is.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The text of a setting and where it comes from. An empty variable says nothing, as an empty field in the set-up of a
    /// build server does.
    pub fn text(&self, key: &str) -> Option<(String, Source)> {
        let setting = Setting::find(key)?;
        let from_environment = setting.environment.iter().find_map(|name| {
            let value = self.environment.get(name).filter(|value| !value.trim().is_empty())?;
            Some((value.trim().to_owned(), Source::Environment(name)))
        });
        from_environment.or_else(|| {
            let term = setting.stored.then(|| self.config.get(key)).flatten()?;
            Some((plain(term)?, Source::File))
        })
    }

    /// A switch, as `mix` reads it, and what it would have to be if it is odd: then it counts as not set.
    pub fn boolean(&self, key: &str) -> (bool, Option<SettingError>) {
        let Some((text, source)) = self.text(key) else { return (false, None) };
        match (text.as_str(), Setting::find(key).map(|setting| setting.kind)) {
            ("1" | "true" | "TRUE", _) => (true, None),
            ("0" | "false" | "FALSE" | "", _) => (false, None),
            (_, Some(Kind::Truthy)) => (true, None),
            _ => (false, Some(self.wrong(key, source, text, "1, true, 0 or false: it counts as false"))),
        }
    }

    /// A number.
    ///
    /// # Errors
    /// When it is something else.
    pub fn number(&self, key: &str) -> Result<Option<u64>, SettingError> {
        let Some((text, source)) = self.text(key) else { return Ok(None) };
        match text.parse() {
            Ok(number) if number > 0 => Ok(Some(number)),
            _ => Err(self.wrong(key, source, text, "a whole number above 0")),
        }
    }

    /// A secret, such as `repos_key`.
    pub fn secret(&self, key: &str) -> Option<Secret> {
        Secret::key(&self.text(key)?.0).ok()
    }

    /// How the network is to be used, and what is odd about it.
    ///
    /// # Errors
    /// When a number is none.
    pub fn network(&self, warn: fn(&str)) -> Result<NetworkSettings, SettingError> {
        let mut settings = NetworkSettings { warn, ..NetworkSettings::default() };
        if let Some(seconds) = self.number("http_timeout")? {
            (settings.idle, settings.upload) = (Duration::from_secs(seconds), Duration::from_secs(seconds));
        }
        if let Some(number) = self.number("http_concurrency")? {
            settings.concurrency = usize::try_from(number).unwrap_or(usize::MAX);
        }
        let (offline, odd) = self.boolean("offline");
        if let Some(odd) = odd {
            warn(&odd.to_string());
        }
        settings.offline = offline;
        settings.ci = self.boolean("ci").0;
        settings.proxies = Proxies {
            http: self.proxy("http_proxy"),
            https: self.proxy("https_proxy"),
            none_for: self.text("no_proxy").map(|(list, _)| list),
        };
        if let Some((path, source)) = self.text("cacerts_path") {
            settings.certificates.push(CertificateFile {
                origin: self.origin("cacerts_path", source),
                path: path.into(),
                instead_of_system: false,
            });
        }
        if let Some(path) = self.variable("SSL_CERT_FILE") {
            settings.certificates.push(CertificateFile {
                origin: "SSL_CERT_FILE".to_owned(),
                path: path.into(),
                instead_of_system: true,
            });
        }
        Ok(settings)
    }

    /// The file of logins by host that many tools share: `NETRC`, else `~/.netrc`.
    pub fn netrc(&self) -> Option<PathBuf> {
        match self.variable("NETRC") {
            Some(path) => Some(path.into()),
            None => Some(Path::new(self.variable("HOME")?).join(".netrc")),
        }
    }

    fn proxy(&self, key: &str) -> Option<ProxyAddress> {
        if let Some((url, source)) = self.text(key) {
            return Some(ProxyAddress { origin: self.origin(key, source), url });
        }
        let name = ["all_proxy", "ALL_PROXY"].into_iter().find(|name| self.variable(name).is_some())?;
        Some(ProxyAddress { origin: name.to_owned(), url: self.variable(name)?.to_owned() })
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
    }

    fn wrong(&self, key: &str, source: Source, value: String, expected: &'static str) -> SettingError {
        SettingError { origin: self.origin(key, source), value, expected }
    }

    /// Where a value stands, in words.
    fn origin(&self, key: &str, source: Source) -> String {
        match source {
            Source::Environment(name) => name.to_owned(),
            Source::File | Source::Default => format!("{key} in {}", self.file.display()),
        }
    }
}

/// The text of a value in the file: texts, switches and numbers. `nil` says nothing.
fn plain(term: &Term) -> Option<String> {
    match (term.as_atom(), term.as_integer()) {
        (Some("nil" | "undefined"), _) => None,
        (Some(atom), _) => Some(atom.to_owned()),
        (_, Some(number)) => Some(number.to_string()),
        _ => term.text().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()),
    }
}
