//! Failures of connections as one plain sentence. The engine tells them as a chain of its layers, which says little to
//! whoever has to mend it.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::time::Duration;

use reqwest::Error as Failed;
use rustls::{AlertDescription, CertificateError, Error as TlsError, OtherError};
use url::Url;

use super::CertificateProblem;
use super::proxy::Through;

/// Why there is no connection to the server of `url`, or to the proxy that it is reached through.
pub(super) fn reason(url: &Url, error: &Failed, connect: Duration, through: Option<Through<'_>>) -> String {
    let chain = Chain::of(error);
    if let Some(tls) = chain.tls() {
        return certificate(url, tls);
    }
    let Some(proxy) = through else {
        return chain.connection(&Place::server(url), connect).unwrap_or_else(|| causes(error));
    };
    if chain.says("tunnel error: proxy authorization required") {
        return proxy.wants_password();
    }
    if chain.says("tunnel error: unsuccessful") {
        return format!("{proxy} refuses to connect to {}", address(url));
    }
    let place = Place { host: proxy.host(), address: proxy.to_string() };
    chain
        .connection(&place, connect)
        .unwrap_or_else(|| format!("{proxy} answers with nonsense: {}", causes(error)))
}

/// Why the other end could not show who it is, if that is what failed: no other attempt changes it.
pub(super) fn certificate_problem(error: &Failed) -> Option<CertificateProblem> {
    let Some(TlsError::InvalidCertificate(wrong)) = Chain::of(error).tls() else { return None };
    Some(match wrong {
        CertificateError::UnknownIssuer => CertificateProblem::UnknownAuthority,
        CertificateError::Other(other) if is_authority(other) => CertificateProblem::IsAuthority,
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => CertificateProblem::Time,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateProblem::Name
        }
        _ => CertificateProblem::Other,
    })
}

/// The library has no word of its own for what the one below it calls so.
fn is_authority(error: &OtherError) -> bool {
    error.0.to_string() == "CaUsedAsEndEntity"
}

/// Why an answer broke off.
pub(super) fn broken(error: &Failed) -> String {
    match Chain::of(error).io() {
        Some(ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::UnexpectedEof) | None => {
            "the connection broke in the middle of the answer".to_owned()
        }
        Some(_) => causes(error),
    }
}

/// Host and port.
pub(super) fn address(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port_or_known_default().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The other end, as messages name it.
struct Place {
    host: String,
    address: String,
}

impl Place {
    fn server(url: &Url) -> Self {
        Self { host: format!("host {}", url.host_str().unwrap_or_default()), address: address(url) }
    }
}

/// The layers of an error, outermost first.
struct Chain<'a> {
    layers: Vec<&'a (dyn Error + 'static)>,
    timed_out: bool,
}

impl<'a> Chain<'a> {
    fn of(error: &'a Failed) -> Self {
        let layers = std::iter::successors(error.source(), |&error| below(error)).collect();
        Self { layers, timed_out: error.is_timeout() }
    }

    fn says(&self, text: &str) -> bool {
        self.layers.iter().any(|error| error.to_string() == text)
    }

    fn tls(&self) -> Option<&'a TlsError> {
        self.layers.iter().find_map(|error| error.downcast_ref())
    }

    /// The innermost error of the system.
    fn io(&self) -> Option<ErrorKind> {
        self.layers.iter().rev().find_map(|error| error.downcast_ref::<io::Error>()).map(io::Error::kind)
    }

    /// What failed between here and `place`, if it is one of the usual things.
    fn connection(&self, place: &Place, connect: Duration) -> Option<String> {
        let Place { host, address } = place;
        if self.says("dns error") {
            return Some(format!("cannot resolve {host}"));
        }
        if self.timed_out {
            return Some(format!("{address} did not take the connection within {} s", connect.as_secs()));
        }
        Some(match self.io() {
            Some(ErrorKind::ConnectionRefused) => format!("connection to {address} refused"),
            Some(ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable) => {
                format!("there is no route to {address}")
            }
            Some(
                ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                | ErrorKind::BrokenPipe
                | ErrorKind::UnexpectedEof,
            ) => {
                format!("{address} closed the connection without an answer")
            }
            None if self.says("connection closed before message completed") => {
                format!("{address} closed the connection without an answer")
            }
            None if self.says("invalid HTTP version parsed") => format!("{address} does not speak HTTP"),
            _ => return None,
        })
    }
}

/// The next layer. An error of the system passes on what is below the one that it wraps, but not that itself.
fn below<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

/// What is wrong with the other end of TLS.
fn certificate(url: &Url, error: &TlsError) -> String {
    let (host, address) = (url.host_str().unwrap_or_default(), address(url));
    match error {
        TlsError::InvalidCertificate(wrong) => match wrong {
            CertificateError::UnknownIssuer => format!(
                "the certificate of {host} is not trusted: it comes from no authority that this machine knows. If it is \
                 a private one, name the file with its certificate in HEX_CACERTS_PATH"
            ),
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                format!("the certificate of {host} has expired, or the clock of this machine is wrong")
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                format!("the certificate of {host} is not valid yet, or the clock of this machine is wrong")
            }
            CertificateError::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
                format!("the certificate of {host} is for another name: {}", names(presented))
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                format!("the certificate of {host} is for another name")
            }
            CertificateError::Other(other) if is_authority(other) => format!(
                "the certificate of {host} is not trusted: it is that of an authority, as self-signed ones often are. The \
                 server needs one of its own, that the authority has signed"
            ),
            CertificateError::Revoked => format!("the certificate of {host} has been revoked"),
            other => format!("the certificate of {host} is not trusted: {other}"),
        },
        TlsError::InvalidMessage(_) => {
            format!("{address} does not speak TLS: its address may begin with http://")
        }
        TlsError::AlertReceived(AlertDescription::HandshakeFailure | AlertDescription::ProtocolVersion) => {
            format!("{address} speaks no TLS that this program knows (1.2 and 1.3)")
        }
        other => format!("TLS with {address} failed: {other}"),
    }
}

/// `DnsName("example.com")` is the library's way to write `example.com`.
fn names(presented: &[String]) -> String {
    let plain = presented.iter().map(|name| name.split('"').nth(1).unwrap_or(name));
    plain.collect::<Vec<_>>().join(", ")
}

/// The chain of causes on one line, without the outermost text, which only repeats the address.
pub(super) fn causes(error: &Failed) -> String {
    let mut texts = Vec::<String>::new();
    for cause in Chain::of(error).layers {
        let text = cause.to_string();
        // Wrappers often repeat what they wrap, and the engine's own says nothing.
        if !text.starts_with("client error") && !texts.iter().any(|known| known.contains(&text)) {
            texts.push(text);
        }
    }
    if texts.is_empty() { error.to_string() } else { texts.join(": ") }
}
