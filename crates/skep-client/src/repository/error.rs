//! Why a repository hands nothing out, and what can be done about it.

use std::fmt;

use hex_format::checksum::Sha256;
use hex_registry::{KeyError, ReadError};

use crate::api::ApiError;
use crate::network::TransportError;
use crate::session::SessionError;

/// Why there is nothing to hand out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RepositoryError {
    /// No answer was understood.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The login that is to open it is of no use.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The repository has no such file, or not for this caller: the two look alike on purpose.
    #[error("{what} does not exist in repository {repository}, or you have no access to it ({status}){hint}")]
    Missing {
        /// What was asked for, in words.
        what: String,
        /// The repository's name on this machine.
        repository: String,
        /// HTTP status.
        status: u16,
        /// What may help.
        hint: Hint,
    },
    /// The credential for the repository is of no use.
    #[error(
        "the credential for {repository} was refused ({status}), expired or revoked: `{again}` gets another"
    )]
    Refused {
        /// The repository's name on this machine.
        repository: String,
        /// HTTP status.
        status: u16,
        /// The command for another.
        again: String,
    },
    /// A server without a signing key, which every repository has.
    #[error("there is no public key at {url} ({status}): that is not the address of a repository")]
    NoPublicKey {
        /// Where it would be.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// Another answer than a file.
    #[error("{url} answered with status {status}")]
    Status {
        /// What was asked for.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// What the server calls its public key is none.
    #[error("{url} is not a public key: {reason}")]
    PublicKey {
        /// Where it came from.
        url: String,
        /// What is wrong with it.
        reason: KeyError,
    },
    /// There is nothing to verify with.
    #[error(
        "the signing key of repository {repository} is not known: `skep repo set {repository} --fetch-public-key \
         SHA256:…` stores it"
    )]
    NoKey {
        /// The repository's name on this machine.
        repository: String,
    },
    /// A resource that did not pass verification.
    #[error("{url} failed verification: {reason}")]
    Unverified {
        /// Where it came from.
        url: String,
        /// Which check failed.
        reason: ReadError,
    },
    /// A tarball that is not the one in the registry.
    #[error("{url} has checksum {found}, the registry says {expected}")]
    Checksum {
        /// Where it came from.
        url: String,
        /// The registry's checksum.
        expected: Sha256,
        /// That of the bytes.
        found: Sha256,
    },
    /// The key could not be exchanged for a token.
    #[error("the key of repository {repository} could not be exchanged for a token: {reason}")]
    Exchange {
        /// The repository's name on this machine.
        repository: String,
        /// The server's reason.
        reason: Box<ApiError>,
    },
}

/// What may help against a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// Nothing that we know of.
    None,
    /// The caller had no credential for this organization.
    Authorize(String),
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Authorize(organization) => write!(
                f,
                ": no credential was sent; run `skep organization auth {organization}`, sign in with `skep user auth`, or set \
                 HEX_API_KEY"
            ),
        }
    }
}
