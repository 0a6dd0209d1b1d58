//! Why there was no answer to understand, in words that say what to do about it.

use std::error::Error as _;
use std::path::PathBuf;

use url::Url;

/// Why there was no answer to understand.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The connection failed or broke.
    #[error("cannot reach {url}: {reason}")]
    Connection {
        /// What was asked for.
        url: String,
        /// The innermost causes, outermost first.
        reason: String,
    },
    /// Nothing moved for too long.
    #[error("{url} did not answer for {seconds} seconds: HEX_HTTP_TIMEOUT=SECONDS waits longer")]
    Idle {
        /// What was asked for.
        url: String,
        /// How long that was.
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

impl TransportError {
    pub(super) fn connection(url: &Url, error: &reqwest::Error) -> Self {
        Self::Connection { url: shown(url), reason: causes(error) }
    }
}

/// An address without its query, in which storage services carry signatures.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.to_string()
}

/// The chain of causes on one line, without the outermost text, which only repeats the address.
pub(super) fn causes(error: &reqwest::Error) -> String {
    let mut texts = Vec::<String>::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        // Wrappers often repeat what they wrap.
        if !texts.iter().any(|known| known.contains(&text)) {
            texts.push(text);
        }
        next = cause.source();
    }
    let told = if texts.is_empty() { error.to_string() } else { texts.join(": ") };
    match told.contains("UnknownIssuer") {
        true => format!(
            "{told} (its certificate comes from nobody this machine knows: name the file of your authority in \
             HEX_CACERTS_PATH)"
        ),
        false => told,
    }
}
