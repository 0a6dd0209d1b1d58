//! Where the files are: the rules of `mix`, of `rebar3`, and ours, which follow `mix`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::ConfigError;

/// The places of all files on one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// `hex.config` of `mix`: in `HEX_HOME`, else in the XDG directory if `MIX_XDG` is set, else in `~/.hex`.
    pub mix: PathBuf,
    /// The global `rebar.config` of `rebar3`.
    pub rebar3: PathBuf,
    /// The keys of `rebar3`, a file that is called `hex.config` as well.
    pub rebar3_keys: PathBuf,
    /// Our credentials, in a folder beside `mix`'s `hex.config`.
    pub credentials: PathBuf,
    /// Where `mix` keeps its cache: `HEX_HOME`, else by XDG if `MIX_XDG` is set, else `~/.hex`.
    pub cache_home: PathBuf,
    /// Where `mix` keeps documentation: `HEX_HOME`, else by XDG if `MIX_XDG` is set, else `~/.hex`.
    pub data_home: PathBuf,
    /// What we fetched and can fetch again, in a folder beside the cache of `mix`.
    pub cache: PathBuf,
}

impl Paths {
    /// Finds the places by the environment, given as a function so that tests need not change their own.
    ///
    /// # Errors
    /// When a home directory is needed and there is none.
    pub fn discover(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let home = || variable("HOME").map(PathBuf::from).ok_or(ConfigError::NoHome);
        let xdg = variable("MIX_XDG").is_some_and(|value| value == "1" || value == "true");
        let place = |xdg_variable: &str, xdg_default: &str| match variable("HEX_HOME") {
            Some(folder) => Ok(PathBuf::from(folder)),
            None if xdg => match variable(xdg_variable) {
                Some(folder) => Ok(PathBuf::from(folder).join("hex")),
                None => Ok(home()?.join(xdg_default).join("hex")),
            },
            None => Ok(home()?.join(".hex")),
        };
        let hex = place("XDG_CONFIG_HOME", ".config")?;
        let cache_home = place("XDG_CACHE_HOME", ".cache")?;
        let data_home = place("XDG_DATA_HOME", ".local/share")?;
        // rebar3 takes the variables for the home directory, not for the folder itself; and what moves its cache moves its
        // keys as well, but not its settings.
        let below = |home: PathBuf| home.join(".config/rebar3");
        let (rebar3, keys) = match (variable("REBAR_GLOBAL_CONFIG_DIR"), variable("REBAR_CACHE_DIR")) {
            (Some(folder), _) => (below(folder.clone().into()), below(folder.into())),
            (None, Some(cache)) => (below(home()?), below(cache.into())),
            (None, None) => (below(home()?), below(home()?)),
        };
        let rebar3_keys = keys.join("hex.config");
        let cache = our_cache(&cache_home);
        Ok(Self { cache, cache_home, data_home, rebar3_keys, ..Self::in_folders(&hex, &rebar3) })
    }

    /// The places in given folders: that of `mix`'s `hex.config` and that of `rebar3`'s global configuration.
    pub fn in_folders(hex: &Path, rebar3: &Path) -> Self {
        Self {
            mix: hex.join("hex.config"),
            rebar3: rebar3.join("rebar.config"),
            rebar3_keys: rebar3.join("hex.config"),
            credentials: hex.join("skep").join("credentials.toml"),
            cache_home: hex.to_owned(),
            data_home: hex.to_owned(),
            cache: our_cache(hex),
        }
    }

    /// The memory of `skep connect`: what it wrote, and what stood there before.
    pub fn connections(&self) -> PathBuf {
        self.credentials.with_file_name("connections.toml")
    }

    /// The file that is locked while files are changed.
    pub fn lock(&self) -> PathBuf {
        self.credentials.with_file_name("lock")
    }

    /// The file that is locked while a session is renewed, which takes longer than changing files.
    pub fn session_lock(&self) -> PathBuf {
        self.credentials.with_file_name("session.lock")
    }
}

fn our_cache(home: &Path) -> PathBuf {
    home.join("skep").join("cache")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn discover(environment: &[(&str, &str)]) -> Paths {
        Paths::discover(|name| {
            environment.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
        })
        .unwrap()
    }

    #[test]
    fn first_rule_wins() {
        let mix = |environment: &[_]| discover(environment).mix.display().to_string();
        assert_eq!(mix(&[("HOME", "/h")]), "/h/.hex/hex.config");
        assert_eq!(mix(&[("HOME", "/h"), ("MIX_XDG", "0")]), "/h/.hex/hex.config");
        assert_eq!(mix(&[("HOME", "/h"), ("MIX_XDG", "1")]), "/h/.config/hex/hex.config");
        assert_eq!(
            mix(&[("HOME", "/h"), ("MIX_XDG", "true"), ("XDG_CONFIG_HOME", "/x")]),
            "/x/hex/hex.config"
        );
        assert_eq!(mix(&[("HOME", "/h"), ("MIX_XDG", "1"), ("HEX_HOME", "/e")]), "/e/hex.config");
        assert_eq!(mix(&[("HOME", "/h"), ("HEX_HOME", "")]), "/h/.hex/hex.config");
    }

    #[test]
    fn rebar3_and_ours() {
        let paths = discover(&[("HOME", "/h"), ("HEX_HOME", "/e"), ("REBAR_GLOBAL_CONFIG_DIR", "/r")]);
        assert_eq!(paths.rebar3, Path::new("/r/.config/rebar3/rebar.config"));
        assert_eq!(paths.rebar3_keys, Path::new("/r/.config/rebar3/hex.config"));
        let cache = discover(&[("HOME", "/h"), ("REBAR_CACHE_DIR", "/c")]);
        assert_eq!(cache.rebar3, Path::new("/h/.config/rebar3/rebar.config"));
        assert_eq!(cache.rebar3_keys, Path::new("/c/.config/rebar3/hex.config"));
        let both = discover(&[("HOME", "/h"), ("REBAR_GLOBAL_CONFIG_DIR", "/r"), ("REBAR_CACHE_DIR", "/c")]);
        assert_eq!(both.rebar3_keys, Path::new("/r/.config/rebar3/hex.config"));
        assert_eq!(paths.credentials, Path::new("/e/skep/credentials.toml"));
        assert_eq!(paths.lock(), Path::new("/e/skep/lock"));
        assert_eq!(paths.cache, Path::new("/e/skep/cache"));
        assert_eq!(
            discover(&[("HOME", "/h"), ("MIX_XDG", "1")]).cache,
            Path::new("/h/.cache/hex/skep/cache")
        );
        assert!(matches!(Paths::discover(|_| None), Err(ConfigError::NoHome)));
    }
}
