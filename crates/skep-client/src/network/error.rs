//! Why there was no answer to understand, in words that say what to do about it.

use std::path::PathBuf;

use url::Url;

use super::explain;

/// Why there was no answer to understand.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The connection failed or broke.
    #[error("cannot reach {url}: {reason}")]
    Connection {
        /// What was asked for.
        url: String,
        /// Why, in plain words.
        reason: String,
    },
    /// The other end did not show that it is who it should be.
    #[error("cannot reach {url}: {reason}")]
    Untrusted {
        /// What was asked for.
        url: String,
        /// What is wrong with its certificate.
        problem: CertificateProblem,
        /// The same in plain words.
        reason: String,
    },
    /// Nothing moved for too long.
    #[error(
        "no answer from {url} for {seconds} s: HEX_HTTP_TIMEOUT=SECONDS waits longer{}",
        if *changes { "; it may have been done all the same" } else { "" }
    )]
    Idle {
        /// What was asked for.
        url: String,
        /// How long that was.
        seconds: u64,
        /// Whether it was to change something.
        changes: bool,
    },
    /// Hardly anything moved.
    #[error("{url} sent only {bytes} bytes in {seconds} s: HEX_HTTP_TIMEOUT=SECONDS waits longer")]
    Slow {
        /// What was asked for.
        url: String,
        /// How much came.
        bytes: u64,
        /// In this time.
        seconds: u64,
    },
    /// The body is larger than anything sensible.
    #[error("{url} answered with more than {limit} bytes")]
    TooLarge {
        /// What was asked for.
        url: String,
        /// Bytes allowed.
        limit: usize,
    },
    /// The network may not be used.
    #[error("{url} is not at hand: HEX_OFFLINE (or offline in hex.config) forbids to use the network")]
    Offline {
        /// What was asked for.
        url: String,
    },
    /// What arrived could not be kept.
    #[error("cannot write {}: {source}", path.display())]
    Keep {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file of certificates that is none.
    #[error("{origin}: {} {reason}", path.display())]
    Certificates {
        /// The setting that names the file.
        origin: String,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A proxy that is none. Its address is not shown: it may hold a password.
    #[error("{origin} is not the address of a proxy such as http://proxy.example.com:3128")]
    Proxy {
        /// The setting that names it.
        origin: String,
    },
    /// The system has no usable TLS or resolver set-up.
    #[error("cannot set up HTTP: {0}")]
    Setup(String),
}

/// What is wrong with the certificate of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateProblem {
    /// No authority that this machine knows has signed it; it may be a private one's, or signed by itself.
    UnknownAuthority,
    /// It is an authority's own, as most are that are signed by themselves, and so none of a server.
    IsAuthority,
    /// Its time is over or has not begun, or the clock of this machine is wrong.
    Time,
    /// It is for another name.
    Name,
    /// Anything else.
    Other,
}

impl TransportError {
    /// An answer that broke off.
    pub(super) fn broken(url: &Url, error: &reqwest::Error) -> Self {
        Self::Connection { url: shown(url), reason: explain::broken(error) }
    }

    /// Whether the connection is to blame, so that another may do better.
    pub(crate) fn is_of_connection(&self) -> bool {
        matches!(self, Self::Connection { .. } | Self::Idle { .. } | Self::Slow { .. })
    }

    /// The same for who waits while it is tried again: without the whole address and without advice.
    pub(crate) fn reason(&self) -> String {
        let host = |url: &str| Url::parse(url).map_or_else(|_| url.to_owned(), |url| explain::address(&url));
        match self {
            Self::Connection { reason, .. } | Self::Untrusted { reason, .. } => reason.clone(),
            Self::Idle { url, seconds, .. } => format!("no answer from {} for {seconds} s", host(url)),
            Self::Slow { url, bytes, seconds } => {
                format!("only {bytes} bytes from {} in {seconds} s", host(url))
            }
            other => other.to_string(),
        }
    }
}

/// An address without its query, in which storage services carry signatures.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.to_string()
}
