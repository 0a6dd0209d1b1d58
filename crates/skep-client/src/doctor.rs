//! What is wrong with the set-up of a machine, told by looking at files and variables alone.
//!
//! Each finding has a code, which scripts may rely on, and a remedy that can be typed. Nothing here writes anything or
//! asks a server; what servers say is found out by the command.

use std::path::{Path, PathBuf};

use hex_format::hex_config::{HexConfig, RebarAuth, RebarConfig};
use serde::Serialize;

use crate::config::connections::Place;
use crate::config::exposure::{Redirects, exposures};
use crate::config::paths::Paths;
use crate::config::{ConfigError, Machine, atomic_file, tools};
use crate::shell::{quoted, quoted_path};

mod cache;
mod connected;
mod environment;
mod mix;
mod private;
mod rebar3;
#[cfg(test)]
mod tests;

use connected::Files;

pub use connected::again;
pub use private::{Exposed, exposed, protect};

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// As it should be.
    Good,
    /// Worth knowing; neither good nor bad.
    Note,
    /// Works, but somebody should look at it.
    Warning,
    /// Something does not work, or a secret goes astray.
    Broken,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A stable word for what was found.
    pub code: &'static str,
    /// How bad it is.
    pub grade: Grade,
    /// What it is about: a file, a variable, a server, a repository.
    pub subject: String,
    /// What was found.
    pub text: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Finding {
    /// Something as it should be.
    pub fn good(code: &'static str, subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self { code, grade: Grade::Good, subject: subject.into(), text: text.into(), remedy: None }
    }

    /// Something worth knowing.
    pub fn note(code: &'static str, subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self { grade: Grade::Note, ..Self::good(code, subject, text) }
    }

    /// Something to look at.
    pub fn warning(
        code: &'static str,
        subject: impl Into<String>,
        text: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let remedy = Some(remedy.into());
        Self { code, grade: Grade::Warning, subject: subject.into(), text: text.into(), remedy }
    }

    /// Something that does not work.
    pub fn broken(
        code: &'static str,
        subject: impl Into<String>,
        text: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { grade: Grade::Broken, ..Self::warning(code, subject, text, remedy) }
    }
}

/// The environment, as a function so that tests need not change their own.
pub type Variable<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Everything that can be seen without a network. Empty variables are given as they are: to mix some of them mean
/// something else than to everybody.
pub fn look(machine: &Machine, variable: Variable<'_>) -> Vec<Finding> {
    let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    let paths = machine.paths();
    let mut found = environment::empty_home(variable, paths);
    let mix = read(&mut found, &paths.mix, "mix", HexConfig::parse);
    let rebar3 = read(&mut found, &paths.rebar3, "rebar3", RebarConfig::parse);
    let keys = read(&mut found, &paths.rebar3_keys, "rebar3", RebarAuth::parse);
    let memories = [
        (machine.connections().err(), paths.connections()),
        (machine.servers().err(), paths.credentials.clone()),
    ];
    for (error, path) in memories {
        found.extend(error.map(|error| unreadable(&path, &error)));
    }
    let connections = machine.connections().unwrap_or_default();
    let netrc = environment::Netrc::read(&set);
    let files = Files {
        paths,
        mix: mix.as_ref(),
        rebar3: rebar3.as_ref(),
        rebar3_keys: keys.as_ref(),
        netrc: netrc.as_ref(),
    };
    found.extend(connected::look(&connections, &files));
    let is_told = |place, name: &str| connected::is_told(&connections, &files, place, name);
    let versions = tools::hex_versions(|name| set(name).map(Into::into));
    if let Some(config) = &mix {
        let own_authorities = set("HEX_CACERTS_PATH").is_none();
        found.extend(mix::look(config, &paths.mix, &versions, own_authorities, &|name| {
            is_told(Place::Mix, name)
        }));
        let redirects = Redirects::read(set);
        found.extend(exposures(config, &redirects).into_iter().map(|exposure| {
            Finding::broken(exposure.code, paths.mix.display().to_string(), exposure.problem, exposure.remedy)
        }));
    }
    if let (Some(config), Some(keys)) = (&rebar3, &keys) {
        let is_told = |name: &str| is_told(Place::Rebar3, name);
        found.extend(rebar3::look(config, keys, paths, &connections, &set, &is_told));
    }
    found.extend(environment::look(&set));
    found.extend(environment::logins(mix.as_ref(), &connections, netrc.as_ref()));
    found.extend(exposed(paths, netrc_path(&set).as_deref()).iter().map(Exposed::finding));
    found.extend(cache::look(&set));
    found
}

/// Adds what a server says, without what the files have told about the same entry before.
pub fn add(found: &mut Vec<Finding>, more: Vec<Finding>) {
    let is_told = |new: &Finding| found.iter().any(|old| old.code == new.code && old.subject == new.subject);
    let new: Vec<Finding> = more.into_iter().filter(|finding| !is_told(finding)).collect();
    // That a key is another one says less than that it is of no use.
    found.retain(|old| {
        old.code != "key_changed"
            || !new.iter().any(|new| new.grade == Grade::Broken && new.subject == old.subject)
    });
    found.extend(new);
}

/// How an entry of mix is called.
pub fn mix_subject(name: &str) -> String {
    format!("mix, repository {name}")
}

/// How an entry of rebar3 is called.
pub fn rebar3_subject(name: &str) -> String {
    format!("rebar3, repository {name}")
}

/// Where `~/.netrc` is.
pub fn netrc_path(variable: Variable<'_>) -> Option<PathBuf> {
    let home = || Some(Path::new(&variable("HOME")?).join(".netrc"));
    variable("NETRC").map(PathBuf::from).or_else(home)
}

fn read<T>(
    found: &mut Vec<Finding>,
    path: &Path,
    tool: &str,
    parse: impl Fn(&[u8]) -> Result<T, hex_format::hex_config::ConfigError>,
) -> Option<T> {
    let subject = path.display().to_string();
    let bytes = match atomic_file::read(path, hex_format::erlang::Limits::CONFIG.bytes) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return parse(b"").ok(),
        Err(error) => {
            found.push(unreadable(path, &error));
            return None;
        }
    };
    match parse(&bytes) {
        Ok(config) => {
            found.push(Finding::good("file_read", subject, format!("read as {tool} reads it")));
            Some(config)
        }
        Err(error) => {
            let remedy =
                format!("mend that line, or move the file away; until then {tool} fails with every command");
            found.push(Finding::broken("file_damaged", subject, format!("cannot be read: {error}"), remedy));
            None
        }
    }
}

/// A file that can't be got at, or that is ours and was changed by hand.
fn unreadable(path: &Path, error: &ConfigError) -> Finding {
    let shown = quoted_path(path);
    let old = quoted(&format!("{}.old", path.display()));
    let remedy = match error {
        ConfigError::Io { .. } if path.is_dir() => {
            format!("it is a folder: move it away (mv {shown} {old})")
        }
        ConfigError::Io { reason, .. } if reason.kind() == std::io::ErrorKind::PermissionDenied => {
            format!("look whose it is (ls -l {shown}), and make it readable for you")
        }
        ConfigError::Toml { .. } => format!("mend the file, or move it away (mv {shown} {old})"),
        _ => "look at what is there, and move it away if it is not yours".to_owned(),
    };
    Finding::broken("file_damaged", path.display().to_string(), error.to_string(), remedy)
}

/// The paths of the files that hold secrets.
fn secret_files(paths: &Paths) -> Vec<PathBuf> {
    vec![paths.mix.clone(), paths.rebar3_keys.clone(), paths.credentials.clone(), paths.connections()]
}
