//! Every setting of `mix`, as Hex 2.5 has them.

use url::Url;

use super::SettingError;
use crate::secret::Secret;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// The address of a server.
    Url,
    /// A text that must not be shown unasked.
    Secret,
    /// A switch: `1`, `true`, `0`, `false`.
    Boolean,
    /// A switch that any text but those turns on.
    Truthy,
    /// A whole number.
    Number,
    /// Texts separated by commas.
    List,
    /// A folder that follows from the others and can't be set here.
    Folder,
}

/// A setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its name in `hex.config` and on the command line.
    pub key: &'static str,
    /// The variables that say the same, the first that is set.
    pub environment: &'static [&'static str],
    /// Whether `hex.config` may hold it.
    pub stored: bool,
    /// What its value is.
    pub kind: Kind,
    /// What holds if nobody says anything; `None` is `nil`.
    pub default: Option<&'static str>,
    /// What it is for.
    pub about: &'static str,
}

impl Setting {
    /// The setting of this name.
    pub fn find(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }

    /// Whether a text makes sense as its value: what does not would stop every command afterwards.
    ///
    /// # Errors
    /// When it does not.
    pub fn check(&self, value: &str) -> Result<(), SettingError> {
        let wrong =
            |expected| Err(SettingError { origin: self.key.to_owned(), value: value.to_owned(), expected });
        match self.kind {
            Kind::Boolean if !matches!(value, "1" | "0" | "true" | "false" | "TRUE" | "FALSE") => {
                wrong("true or false")
            }
            Kind::Number if !value.parse::<u64>().is_ok_and(|number| number > 0) => {
                wrong("a whole number above 0")
            }
            Kind::Secret => match Secret::key(value) {
                Ok(_) => Ok(()),
                // The value stays out of the message.
                Err(_) => Err(SettingError {
                    origin: self.key.to_owned(),
                    value: "…".to_owned(),
                    expected: "a key: printable characters without white space",
                }),
            },
            Kind::Url if Url::parse(value).is_err() => wrong("a URL"),
            _ => Ok(()),
        }
    }
}

/// A setting that `hex.config` may hold, without a default.
const fn stored(
    key: &'static str,
    environment: &'static [&'static str],
    kind: Kind,
    about: &'static str,
) -> Setting {
    Setting { key, environment, stored: true, kind, default: None, about }
}

const fn switch(key: &'static str, environment: &'static [&'static str], about: &'static str) -> Setting {
    Setting { default: Some("false"), ..stored(key, environment, Kind::Boolean, about) }
}

const fn with(default: &'static str, setting: Setting) -> Setting {
    Setting { default: Some(default), ..setting }
}

const fn folder(key: &'static str, about: &'static str) -> Setting {
    Setting { stored: false, ..stored(key, &[], Kind::Folder, about) }
}

const fn environment_only(setting: Setting) -> Setting {
    Setting { stored: false, ..setting }
}

/// All settings, by name.
pub const SETTINGS: &[Setting] = &[
    stored(
        "api_key",
        &["HEX_API_KEY"],
        Kind::Secret,
        "key for the API, before the one you are signed in with",
    ),
    environment_only(stored("api_otp", &["HEX_OTP"], Kind::Secret, "one-time password for the API")),
    with(
        "https://hex.pm/api",
        stored("api_url", &["HEX_API_URL", "HEX_API"], Kind::Url, "base URL of the API"),
    ),
    stored("cacerts_path", &["HEX_CACERTS_PATH"], Kind::Text, "file of certificate authorities (PEM)"),
    folder("cache_home", "folder of what can be fetched again"),
    environment_only(with(
        "false",
        stored("ci", &["CI"], Kind::Truthy, "whether this is a continuous integration"),
    )),
    folder("config_home", "folder of hex.config"),
    with(
        "0d",
        stored("cooldown", &["HEX_COOLDOWN"], Kind::Text, "age from which releases are used: 7d, 2w, 1mo"),
    ),
    stored(
        "cooldown_exclude_repos",
        &["HEX_COOLDOWN_EXCLUDE_REPOS"],
        Kind::List,
        "repositories without cooldown",
    ),
    folder("data_home", "folder of documentation"),
    switch("debug_solver", &["HEX_DEBUG_SOLVER"], "whether mix tells how it resolves"),
    with(
        "git diff --no-index --no-prefix __PATH1__ __PATH2__",
        stored("diff_command", &["HEX_DIFF_COMMAND"], Kind::Text, "command that shows differences"),
    ),
    with(
        "8",
        stored("http_concurrency", &["HEX_HTTP_CONCURRENCY"], Kind::Number, "fetches at the same time"),
    ),
    stored("http_proxy", &["http_proxy", "HTTP_PROXY"], Kind::Text, "proxy for http"),
    stored("http_timeout", &["HEX_HTTP_TIMEOUT"], Kind::Number, "seconds without a byte before giving up"),
    stored("https_proxy", &["https_proxy", "HTTPS_PROXY"], Kind::Text, "proxy for https"),
    stored("ignore_advisories", &["HEX_IGNORE_ADVISORIES"], Kind::List, "advisories that are known"),
    stored("ignore_retirements", &["HEX_IGNORE_RETIREMENTS"], Kind::List, "retired packages that are known"),
    stored(
        "mirror_url",
        &["HEX_MIRROR_URL", "HEX_MIRROR"],
        Kind::Url,
        "mirror of hexpm, without credentials",
    ),
    stored("no_proxy", &["no_proxy", "NO_PROXY"], Kind::Text, "hosts without proxy"),
    switch("no_short_urls", &["HEX_NO_SHORT_URLS"], "whether links stay long"),
    switch(
        "no_verify_repo_origin",
        &["HEX_NO_VERIFY_REPO_ORIGIN"],
        "whether mix ignores the repository's name; skep always checks it",
    ),
    switch("offline", &["HEX_OFFLINE"], "whether the network is left alone"),
    stored("policy", &["HEX_POLICY"], Kind::Text, "policy to follow: REPOSITORY/NAME"),
    stored("repos_key", &["HEX_REPOS_KEY"], Kind::Secret, "key for hexpm and its organizations"),
    environment_only(switch(
        "resolve_verbose",
        &["HEX_RESOLVE_VERBOSE"],
        "whether mix tells how it resolves",
    )),
    stored(
        "trusted_mirror_url",
        &["HEX_TRUSTED_MIRROR_URL", "HEX_TRUSTED_MIRROR"],
        Kind::Url,
        "mirror of hexpm, with credentials",
    ),
    switch("unsafe_https", &["HEX_UNSAFE_HTTPS"], "nothing: certificates are always verified"),
    switch(
        "unsafe_registry",
        &["HEX_UNSAFE_REGISTRY"],
        "whether mix ignores signatures; skep always checks them",
    ),
];
