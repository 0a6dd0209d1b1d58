//! Where the tools keep what they have fetched.
//!
//! As mix 2.0 to 2.5, rebar3 3.19 to 3.27 and Gleam 1.18 do it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use hex_format::checksum::Sha256;
use hex_format::name::PackageName;
use hex_format::version::Version;

use super::{GleamCache, Tool, place};
use crate::config::ConfigError;

/// Most bytes that are read to find a version.
const HEAD_BYTES: u64 = 64 << 10;

/// The caches of one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caches {
    /// Of Hex: in `HEX_HOME`, else in the XDG directory if `MIX_XDG` is set, else in `~/.hex`.
    pub mix: PathBuf,
    /// Of rebar3: in `REBAR_CACHE_DIR`, else in `~/.cache/rebar3`; there in `hex`.
    pub rebar3: PathBuf,
    /// Of Gleam.
    pub gleam: GleamCache,
    /// Where mix has its archives, of which Hex is one, if there is a home.
    mix_archives: Option<PathBuf>,
    /// The folders in which programs are looked for.
    programs: Vec<PathBuf>,
}

impl Caches {
    /// Finds them by the environment, given as a function so that tests need not change their own.
    ///
    /// # Errors
    /// When a home directory is needed and there is none.
    pub fn discover(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let folder = |name: &str| variable(name).map(PathBuf::from);
        let home = || folder("HOME").ok_or(ConfigError::NoHome);
        let xdg = |name: &str, default: &str| match folder(name) {
            Some(folder) => Ok(folder),
            None => home().map(|home| home.join(default)),
        };
        let uses_xdg = variable("MIX_XDG").is_some_and(|value| value == "1" || value == "true");
        let mix = match folder("HEX_HOME") {
            Some(folder) => folder,
            None if uses_xdg => xdg("XDG_CACHE_HOME", ".cache")?.join("hex"),
            None => home()?.join(".hex"),
        };
        let rebar3 = match folder("REBAR_CACHE_DIR") {
            Some(folder) => folder,
            None => home()?.join(".cache/rebar3"),
        };
        let mix_archives = match (folder("MIX_ARCHIVES"), folder("MIX_HOME")) {
            (Some(archives), _) => Some(archives),
            (None, Some(home)) => Some(home.join("archives")),
            (None, None) if uses_xdg => {
                xdg("XDG_DATA_HOME", ".local/share").ok().map(|data| data.join("mix/archives"))
            }
            (None, None) => home().ok().map(|home| home.join(".mix/archives")),
        };
        Ok(Self {
            mix,
            rebar3: rebar3.join("hex"),
            gleam: GleamCache::discover(variable)?,
            mix_archives,
            programs: variable("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default(),
        })
    }

    /// Where a tool keeps a tarball. `repository` is its name on this machine; Gleam knows none, and goes by the checksum.
    pub fn tarball(
        &self,
        tool: Tool,
        repository: &str,
        package: &PackageName,
        version: &Version,
        outer: Sha256,
    ) -> PathBuf {
        // A name is one folder, whatever a configuration calls a repository. A colon is no part of one on Windows.
        let repository = repository.replace(['/', '\\'], "-").replace("..", "-");
        let repository = if cfg!(windows) { repository.replace(':', "-") } else { repository };
        let file = format!("{package}-{version}.tar");
        match tool {
            Tool::Mix => self.mix.join("packages").join(repository).join(file),
            Tool::Rebar3 => self.rebar3.join(repository).join("packages").join(file),
            Tool::Gleam => self.gleam.path(outer),
        }
    }

    /// A release's tarball, if any of the tools has it. `repository` is its name on this machine.
    pub fn held(
        &self,
        repository: &str,
        package: &PackageName,
        version: &Version,
        outer: Sha256,
    ) -> Option<Vec<u8>> {
        Tool::ALL.into_iter().find_map(|tool| {
            let path = self.tarball(tool, repository, package, version, outer);
            // What can't be read is no help, and no hindrance either: it can be fetched.
            place::read(&path).ok()?.filter(|bytes| Sha256::of(bytes) == outer)
        })
    }

    /// The file in which a tool keeps what it knows of registries. Gleam has none.
    pub(super) fn index(&self, tool: Tool) -> Option<PathBuf> {
        match tool {
            Tool::Mix => Some(self.mix.join("cache.ets")),
            Tool::Rebar3 => Some(self.rebar3.join("packages.idx")),
            Tool::Gleam => None,
        }
    }

    /// The newest version of Hex that mix has, as its applications say.
    pub(super) fn hex_version(&self) -> Option<Version> {
        let entries = std::fs::read_dir(self.mix_archives.as_ref()?).ok()?;
        let version = |archive: PathBuf| {
            // `hex-2.5.1/hex-2.5.1/ebin/hex.app`, or the same with `hex` for `hex-2.5.1`.
            let name = archive.file_name()?.to_str().filter(|name| name.starts_with("hex"))?.to_owned();
            application_version(&read_head(&archive.join(name).join("ebin/hex.app"))?)
        };
        entries.filter_map(|entry| version(entry.ok()?.path())).max()
    }

    /// The version of rebar3 that is found first, as its program says in its second line.
    pub(super) fn rebar3_version(&self) -> Option<Version> {
        let program = self.programs.iter().map(|folder| folder.join("rebar3")).find(|path| path.is_file())?;
        let head = read_head(&program)?;
        let line = head.lines().find_map(|line| line.strip_prefix("%% Rebar3 "))?;
        line.split(['+', ' ']).next()?.trim().parse().ok()
    }
}

/// The version in the text of an application's `.app`.
fn application_version(text: &str) -> Option<Version> {
    let (_, rest) = text.split_once("{vsn,")?;
    rest.trim_start().strip_prefix('"')?.split('"').next()?.parse().ok()
}

/// The beginning of a file, where both programs tell their versions.
fn read_head(path: &Path) -> Option<String> {
    use std::io::Read as _;
    let mut head = Vec::new();
    std::fs::File::open(path).ok()?.take(HEAD_BYTES).read_to_end(&mut head).ok()?;
    Some(String::from_utf8_lossy(&head).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caches(variables: &[(&str, &str)]) -> Caches {
        let find =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        Caches::discover(find).unwrap()
    }

    #[test]
    fn what_any_tool_has_is_found_by_its_checksum() {
        let home = tempfile::tempdir().unwrap();
        let caches = caches(&[
            ("HOME", home.path().to_str().unwrap()),
            ("XDG_CACHE_HOME", home.path().to_str().unwrap()),
        ]);
        let (package, version, outer) =
            ("foo".parse().unwrap(), "1.0.0".parse().unwrap(), Sha256::of(b"foo"));
        let held = || caches.held("hexpm:acme", &package, &version, outer);
        assert_eq!(held(), None);
        let put = |tool, bytes: &[u8]| {
            place::write(&caches.tarball(tool, "hexpm:acme", &package, &version, outer), bytes).unwrap();
        };
        put(Tool::Mix, b"damaged");
        assert_eq!(held(), None);
        put(Tool::Rebar3, b"foo");
        assert_eq!(held().unwrap(), b"foo");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn places() {
        let plain = caches(&[("HOME", "/home/me")]);
        let (package, version, outer) = ("foo".parse().unwrap(), "1.0.0".parse().unwrap(), Sha256::of(b""));
        let place = |tool| plain.tarball(tool, "hexpm:acme", &package, &version, outer);
        assert_eq!(place(Tool::Mix), Path::new("/home/me/.hex/packages/hexpm:acme/foo-1.0.0.tar"));
        assert_eq!(
            place(Tool::Rebar3),
            Path::new("/home/me/.cache/rebar3/hex/hexpm:acme/packages/foo-1.0.0.tar")
        );
        let gleam = "/home/me/.cache/gleam/hex/hexpm/packages/E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855.tar";
        assert_eq!(place(Tool::Gleam), Path::new(gleam));

        let moved = caches(&[("HEX_HOME", "/h"), ("REBAR_CACHE_DIR", "/r"), ("XDG_CACHE_HOME", "/x")]);
        let places = [Tool::Mix, Tool::Rebar3, Tool::Gleam]
            .map(|tool| moved.tarball(tool, "hexpm", &package, &version, outer));
        assert!(places[0].starts_with("/h/packages") && places[1].starts_with("/r/hex/hexpm"));
        assert!(places[2].starts_with("/x/gleam/hex/hexpm"));
        let xdg = caches(&[("HOME", "/home/me"), ("MIX_XDG", "1")]);
        assert_eq!(xdg.mix, Path::new("/home/me/.cache/hex"));
        assert!(Caches::discover(|_| None).is_err());
    }

    #[test]
    fn the_version_of_hex() {
        let version = |text: &str| application_version(text).map(|version| version.to_string());
        let text = "{application,hex,\n             [{modules,['Elixir.Hex']},\n              {vsn,\"2.5.2-dev\"}]}.\n";
        assert_eq!(version(text).as_deref(), Some("2.5.2-dev"));
        assert_eq!(version("{vsn, \"2.0.6\"}").as_deref(), Some("2.0.6"));
        assert_eq!(version("{application,hex,[{vsn,git}]}."), None);
    }
}
