//! What is wrong with the set-up of a machine, told by looking at files and variables alone.
//!
//! Each finding has a code, which scripts may rely on, and a remedy that can be typed. Nothing here writes anything or
//! asks a server; what servers say is found out by the command.

use std::path::{Path, PathBuf};

use hex_format::hex_config::{HexConfig, RebarAuth, RebarConfig};
use serde::Serialize;

use crate::config::exposure::{Redirects, exposures};
use crate::config::paths::Paths;
use crate::config::{ConfigError, Machine, atomic_file, tools};

mod cache;
mod environment;
mod mix;
mod private;
mod rebar3;
#[cfg(test)]
mod tests;

pub use private::{Exposed, exposed, protect};

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// As it should be.
    Good,
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

/// Everything that can be seen without a network.
pub fn look(machine: &Machine, variable: Variable<'_>) -> Vec<Finding> {
    let paths = machine.paths();
    let mut found = Vec::new();
    let mix = read(&mut found, &paths.mix, "mix", HexConfig::parse);
    let rebar3 = read(&mut found, &paths.rebar3, "rebar3", RebarConfig::parse);
    let keys = read(&mut found, &paths.rebar3_keys, "rebar3", RebarAuth::parse);
    for error in [machine.connections().err(), machine.servers().err()] {
        found.extend(error.map(|error| damaged(paths.credentials.display().to_string(), &error)));
    }
    let versions = tools::hex_versions(|name| variable(name).map(Into::into));
    if let Some(config) = &mix {
        found.extend(mix::look(config, &paths.mix, &versions));
        let redirects = Redirects::read(variable);
        found.extend(exposures(config, &redirects).into_iter().map(|exposure| {
            Finding::broken(exposure.code, paths.mix.display().to_string(), exposure.problem, exposure.remedy)
        }));
    }
    let connections = machine.connections().unwrap_or_default();
    if let (Some(config), Some(keys)) = (&rebar3, &keys) {
        found.extend(rebar3::look(config, keys, paths, &connections, variable));
    }
    found.extend(environment::look(mix.as_ref(), &connections, variable));
    found.extend(exposed(paths, netrc_path(variable).as_deref()).iter().map(Exposed::finding));
    found.extend(cache::look(variable));
    found
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
            found.push(damaged(subject, &error));
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

fn damaged(subject: String, error: &ConfigError) -> Finding {
    let remedy = "mend the file, or move it away";
    Finding::broken("file_damaged", subject, error.to_string(), remedy)
}

/// The paths of the files that hold secrets.
fn secret_files(paths: &Paths) -> Vec<PathBuf> {
    let connections = paths.credentials.with_file_name("connections.toml");
    vec![paths.mix.clone(), paths.rebar3_keys.clone(), paths.credentials.clone(), connections]
}
