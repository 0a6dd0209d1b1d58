//! A build's own folder: settings and keys that go away with the job, and the lines that make tools look there.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use skep_client::config::Machine;
use skep_client::config::connections::{Connection, Place};
use skep_client::config::paths::Paths;

use crate::args::Shell;
use crate::commands::context::variable;
use crate::commands::package::place;
use crate::output::options::options;
use crate::output::{self, note};

/// Stands in every folder that was made here, so that nothing else is ever removed.
const MARKER: &str = ".skep-ci";
const PREFIX: &str = "skep-ci-";
const VARIABLE: &str = "SKEP_CI_HOME";

/// The folder of this job.
pub(crate) struct Folder {
    path: PathBuf,
    is_new: bool,
}

impl Folder {
    /// The folder that this job has already, or a new one.
    pub(crate) fn open() -> Result<Self> {
        if let Some(path) = Self::known()? {
            return Ok(Self { path, is_new: false });
        }
        let path = match Self::place() {
            Some(path) => {
                create_private(&path).with_context(|| format!("cannot make {}", path.display()))?;
                path
            }
            None => place::private_folder(PREFIX)?.keep(),
        };
        fs::write(path.join(MARKER), "").with_context(|| format!("cannot write into {}", path.display()))?;
        Ok(Self { path, is_new: true })
    }

    /// The folder that an earlier step of this job has made. One that others could have made, or can write to, is
    /// refused: its name can be guessed, and what is in it is trusted.
    pub(crate) fn known() -> Result<Option<PathBuf>> {
        let named = variable(VARIABLE).map(PathBuf::from);
        let Some(path) = named.or_else(Self::place).filter(|path| path.join(MARKER).exists()) else {
            return Ok(None);
        };
        for part in [path.clone(), path.join(MARKER), path.join("hex"), path.join("rebar3")] {
            if !is_private(&part).with_context(|| format!("cannot look at {}", part.display()))? {
                bail!("{} is not yours alone: remove it, and look who made it", part.display());
            }
        }
        Ok(Some(path))
    }

    /// Where steps of one job find it without a variable. After GitLab's jobs another shell runs, which has none.
    fn place() -> Option<PathBuf> {
        let clean = |text: String| text.chars().all(|c| c.is_ascii_alphanumeric()).then_some(text);
        if let Some(folder) = variable("RUNNER_TEMP") {
            return Some(Path::new(&folder).join(format!("{PREFIX}job")));
        }
        let job = variable("CI_JOB_ID").and_then(clean)?;
        Some(std::env::temp_dir().join(format!("{PREFIX}{job}")))
    }

    /// The files in it.
    pub(crate) fn machine(&self) -> Machine {
        Machine::new(Paths::in_folders(&self.path.join("hex"), &self.path.join("rebar3/.config/rebar3")))
    }

    /// After a failure nothing of this step remains.
    pub(crate) fn remove_if_new(&self) {
        if self.is_new {
            let _ = fs::remove_dir_all(&self.path);
        }
    }

    /// Prints or writes the settings. The key is in none of them.
    pub(crate) fn tell(&self, shell: Shell, connection: &Connection) -> Result<()> {
        let settings = self.settings(connection);
        for organization in &connection.organizations {
            note(format!(
                "Connected {}: {}",
                organization.name,
                super::told::dependency(&organization.repository)
            ));
        }
        if options().json {
            return output::json(&settings);
        }
        let lines: Vec<String> = settings.iter().map(|setting| setting.line(shell)).collect();
        if shell != Shell::Github {
            return Ok(output::print(lines.join("\n"))?);
        }
        let path = github_file()?;
        let mut file = fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(&path)
            .with_context(|| format!("cannot write {path}"))?;
        writeln!(file, "{}", lines.join("\n")).with_context(|| format!("cannot write {path}"))
    }

    fn settings(&self, connection: &Connection) -> Vec<Setting> {
        let setting = |name, path: &Path| Setting { name, value: path.display().to_string() };
        let mut settings = vec![
            setting("HEX_HOME", &self.path.join("hex")),
            setting("REBAR_GLOBAL_CONFIG_DIR", &self.path.join("rebar3")),
            setting(VARIABLE, &self.path),
        ];
        if let Some(slot) = connection.slots.iter().find(|slot| slot.place == Place::Certificates) {
            settings.push(setting("HEX_CACERTS_PATH", Path::new(&slot.name)));
        }
        settings
    }
}

/// Whether the settings can be told, before anything is asked or written.
pub(super) fn check_shell(shell: Shell) -> Result<()> {
    match shell == Shell::Github && !options().json {
        true => github_file().map(drop),
        false => Ok(()),
    }
}

/// The file that GitHub Actions reads variables for later steps from.
fn github_file() -> Result<String> {
    variable("GITHUB_ENV").context("GITHUB_ENV is not set: use another --shell outside of GitHub")
}

/// Removes the folder of this job.
pub(crate) fn remove() -> Result<PathBuf> {
    let Some(path) = Folder::known()? else {
        bail!("this job has no folder of connect --ci ({VARIABLE} is not set)");
    };
    fs::remove_dir_all(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    Ok(path)
}

#[derive(Serialize)]
struct Setting {
    name: &'static str,
    value: String,
}

impl Setting {
    fn line(&self, shell: Shell) -> String {
        let (name, value) = (self.name, &self.value);
        let quoted = |quote: &str| value.replace('\'', quote);
        match shell {
            Shell::Sh | Shell::Gitlab => format!("export {name}='{}'", quoted("'\\''")),
            Shell::Fish => format!("set -gx {name} '{}'", value.replace('\\', "\\\\").replace('\'', "\\'")),
            Shell::Powershell => format!("$env:{name} = '{}'", quoted("''")),
            Shell::Github => format!("{name}={value}"),
        }
    }
}

/// Whether a file or folder is this user's, no link, and nobody else can write to it. What isn't there is.
#[cfg(unix)]
fn is_private(path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(true),
        found => found?,
    };
    // Whoever makes a file now is whoever runs this.
    let own = tempfile::tempfile()?.metadata()?.uid();
    Ok(!found.is_symlink() && found.uid() == own && found.mode() & 0o022 == 0)
}

#[cfg(not(unix))]
fn is_private(path: &Path) -> std::io::Result<bool> {
    Ok(!path.is_symlink())
}

#[cfg(unix)]
fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    // Fails if something is there: in a folder that others may write to, it could be a trap.
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> std::io::Result<()> {
    fs::create_dir(path)
}
