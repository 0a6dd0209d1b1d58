//! The configuration files on the user's machine: those of `mix` and `rebar3`, and our own credentials.
//!
//! They belong to the user and to other tools. So: a file that can't be read as a whole is refused and left alone, what
//! is not ours is kept, a change is written beside the file and renamed over it, and only the owner may read the result.
//! Every change of several files reads and checks all of them before it writes the first.

pub mod atomic_file;
pub mod cacerts;
mod changes;
pub mod connections;
pub mod credentials;
pub mod exposure;
pub mod keyring;
mod logins;
mod machine;
pub mod mix;
mod netrc;
pub mod netrc_entries;
pub mod paths;
pub mod rebar3;
pub mod repositories;
pub mod settings;
pub mod tools;

use std::path::PathBuf;

pub use logins::Kept;
pub use machine::{Authorization, Machine, NewKey, Plan, Undone};
pub use netrc::Login;

use hex_format::hex_config;

/// Why a configuration file could not be read or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The system refused.
    #[error("cannot {action} {}: {reason}", path.display())]
    Io {
        /// `read`, `write` or `lock`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason; part of the message, and not told a second time as its cause.
        reason: std::io::Error,
    },
    /// More bytes than such a file can sensibly have.
    #[error("{} is larger than {limit} bytes, left as it is", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Bytes allowed.
        limit: usize,
    },
    /// Not a configuration file of this kind.
    #[error("{} is not a valid configuration file, left as it is: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where and what.
        reason: hex_config::ConfigError,
    },
    /// Not TOML.
    #[error("{} is not valid TOML, left as it is: {reason}", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// Where and what.
        reason: String,
    },
    /// Readable, but with something else in the place where we must write.
    #[error("{}: {key} is not {expected}, left as it is", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// Which part.
        key: &'static str,
        /// What it would have to be.
        expected: &'static str,
    },
    /// An entry that belongs to another server.
    #[error(
        "repository {name} in {} already points at {url}: add --replace to overwrite it, or --repo NAME to keep both (with connect --name NAME)",
        path.display()
    )]
    Occupied {
        /// The file.
        path: PathBuf,
        /// The repository's name in it.
        name: String,
        /// Where it points.
        url: String,
    },
    /// `mix` can't address hex.pm's organizations while `hexpm` points elsewhere.
    #[error("repository hexpm in {} points at {url}, so organizations of hex.pm are out of reach", path.display())]
    Redirected {
        /// The file.
        path: PathBuf,
        /// Where `hexpm` points.
        url: String,
    },
    /// A name that stands for another server.
    #[error("{name} is what {api} is called on this machine: choose another name with --name NAME")]
    Connected {
        /// The name.
        name: String,
        /// The server that has it.
        api: String,
    },
    /// One server, connected in one way and now to be connected in another.
    #[error("{api} is connected as {name}, {how}: run `skep disconnect {name}` first")]
    ConnectedOtherwise {
        /// The connection's name.
        name: String,
        /// The server.
        api: String,
        /// What it is now and was to be.
        how: String,
    },
    /// Nothing to undo.
    #[error("{name} is not connected; `skep doctor` lists what is")]
    NotConnected {
        /// What was named.
        name: String,
    },
    /// A host that has a login already.
    #[error(
        "{} already has an entry for {host}: remove it, add --replace to overwrite it, or leave out --netrc",
        path.display()
    )]
    NetrcOccupied {
        /// The file.
        path: PathBuf,
        /// The host.
        host: String,
    },
    /// A file that holds no certificate.
    #[error("{} holds no certificates in PEM form (-----BEGIN CERTIFICATE-----)", path.display())]
    NoCertificates {
        /// The file.
        path: PathBuf,
    },
    /// The public certificate authorities are nowhere.
    #[error(
        "cannot find the system's certificate authorities, which mix needs beside yours: install ca-certificates"
    )]
    NoSystemCertificates,
    /// Not text.
    #[error("{} is not UTF-8, left as it is", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// Another server has the name already.
    #[error("{name} is the name of {url} already: forget that one first with `skep server forget {name}`")]
    NameTaken {
        /// The name.
        name: String,
        /// The server that has it.
        url: String,
    },
    /// The secrets for a server can't be got at.
    #[error(
        "cannot get the credential for {url}: {reason}; mend that, or sign in again with `skep user auth`"
    )]
    Keyring {
        /// The server.
        url: String,
        /// Why.
        reason: keyring::KeyringError,
    },
    /// There is no home directory to look in.
    #[error("cannot find the home directory: set HOME")]
    NoHome,
}
