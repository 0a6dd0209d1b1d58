//! `skep connect`, `disconnect`, `snippets` and `doctor`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use hex_format::name::{OrganizationName, RepositoryName};
use hex_registry::Fingerprint;
use skep_client::snippets::Kind;

use super::SecretArg;

pub(super) const CONNECT_EXAMPLES: &str = "\
Examples:
  skep connect https://hex.example.com                        every organization of your account
  skep connect 'https://hex.example.com#SHA256:…' acme        the fingerprint is on its pages
  skep connect https://hex.example.com acme --replace-hexpm   for organization: \"acme\" in mix.exs
  skep connect 'https://hex.example.com#SHA256:…' acme --ci --shell github
  skep connect https://hex.example.com acme --print dependabot";

pub(super) const DISCONNECT_EXAMPLES: &str = "\
Examples:
  skep disconnect                 the only server that is connected
  skep disconnect https://hex.example.com
  skep disconnect example acme    one organization of the server called example
  skep disconnect --ci            at the end of a build";

pub(super) const SNIPPETS_EXAMPLES: &str = "\
Examples:
  skep snippets              a list of what there is
  skep snippets mix
  skep snippets renovate example > renovate.json";

pub(super) const DOCTOR_EXAMPLES: &str = "\
Examples:
  skep doctor
  skep doctor https://hex.example.com
  skep doctor --run      also let mix and rebar3 try
  skep doctor --fix      mend what can be mended without asking anybody";

/// Connecting.
#[derive(Debug, Args)]
pub(crate) struct ConnectArgs {
    /// Address of the server: of its site, its API or its repository; with #SHA256:… behind it, its signing key must have
    /// that fingerprint
    #[arg(value_name = "URL")]
    pub(crate) url: String,
    /// Organizations to connect [default: all that the account or key opens; on a terminal they are offered]
    #[arg(value_name = "ORGANIZATION")]
    pub(crate) organizations: Vec<OrganizationName>,
    /// Trust the server's signing key only if it has this fingerprint
    #[arg(long, value_name = "SHA256:…")]
    pub(crate) fingerprint: Option<Fingerprint>,
    /// Key to use; - reads it from standard input [default: a new key for each organization, made with your account]
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub(crate) key: Option<SecretArg>,
    /// Read the key from the first line of standard input
    #[arg(long, conflicts_with = "key")]
    pub(crate) key_stdin: bool,
    /// Base of the names of new keys [default: this machine's name]
    #[arg(long, value_name = "NAME", conflicts_with_all = ["key", "key_stdin"])]
    pub(crate) key_name: Option<String>,
    /// What to call the server on this machine, as in repo: "NAME:ORGANIZATION" [default: after its host]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<RepositoryName>,
    /// Call the organizations by their names alone, as in repo: "ORGANIZATION", which every version of mix understands
    #[arg(long, conflicts_with = "replace_hexpm")]
    pub(crate) plain: bool,
    /// Make the server this machine's hexpm, for projects that say organization: "ORGANIZATION" and fetch everything from it
    #[arg(long)]
    pub(crate) replace_hexpm: bool,
    /// Overwrite entries that point at other servers
    #[arg(long)]
    pub(crate) replace: bool,
    /// Also write a login for the host into ~/.netrc (or where NETRC says)
    #[arg(long)]
    pub(crate) netrc: bool,
    /// Leave the files of rebar3 alone
    #[arg(long)]
    pub(crate) no_rebar3: bool,
    /// Certificate authority of the server, if it is a private one [env: HEX_CACERTS_PATH]
    #[arg(long, value_name = "FILE")]
    pub(crate) cacert: Option<PathBuf>,
    /// For a build: write into a folder to throw away, take the key from SKEP_KEY or HEX_API_KEY, and print the settings
    /// for the shell
    #[arg(long)]
    pub(crate) ci: bool,
    /// Language of the settings that --ci prints; github writes them into GITHUB_ENV
    #[arg(long, value_name = "SHELL", requires = "ci", default_value = "sh")]
    pub(crate) shell: Shell,
    /// Only print a text to paste, and connect nothing: mix, rebar3, gleam, dependabot, renovate, docker, github, gitlab
    #[arg(long, value_name = "KIND", value_parser = kind, conflicts_with = "ci")]
    pub(crate) print: Option<Kind>,
}

/// Undoing it.
#[derive(Debug, Args)]
pub(crate) struct DisconnectArgs {
    /// The server: its address or its name on this machine [default: the one that is connected]
    #[arg(value_name = "SERVER", conflicts_with = "ci")]
    pub(crate) connection: Option<String>,
    /// Organizations to disconnect [default: all, and the server with them]
    #[arg(value_name = "ORGANIZATION")]
    pub(crate) organizations: Vec<OrganizationName>,
    /// Do not revoke the keys that connecting has made
    #[arg(long)]
    pub(crate) keep_keys: bool,
    /// Remove the folder that connect --ci has made
    #[arg(long)]
    pub(crate) ci: bool,
}

/// Texts to paste.
#[derive(Debug, Args)]
pub(crate) struct SnippetsArgs {
    /// What for: mix, rebar3, gleam, dependabot, renovate, docker, github, gitlab
    #[arg(value_name = "KIND", value_parser = kind)]
    pub(crate) kind: Option<Kind>,
    /// The server: its address or its name on this machine [default: the one that is connected]
    #[arg(value_name = "SERVER")]
    pub(crate) connection: Option<String>,
}

/// Looking for what is wrong.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// The server: its address or its name on this machine [default: all that are connected]
    #[arg(value_name = "SERVER", conflicts_with_all = ["server", "api_url"])]
    pub(crate) connection: Option<String>,
    /// Also let mix and rebar3 fetch, if they are installed
    #[arg(long)]
    pub(crate) run: bool,
    /// Mend what can be mended: permissions of files with secrets
    #[arg(long)]
    pub(crate) fix: bool,
}

/// A language of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// Bourne shells.
    Sh,
    /// The file that GitHub Actions names.
    Github,
    /// The shell of GitLab's jobs.
    Gitlab,
    /// PowerShell.
    Powershell,
    /// fish.
    Fish,
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| {
        let all: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("expected one of {}", all.join(", "))
    })
}
