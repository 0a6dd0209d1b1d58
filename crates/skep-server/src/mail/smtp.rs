//! Mail by SMTP.
//!
//! The certificate of the mail server is always verified; a private authority can be added to those of the system. No
//! password is ever sent without TLS, and TLS that was asked for is never gone without.

use std::error::Error as _;
use std::time::Duration;

use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use percent_encoding::percent_decode_str;
use skep_core::mail::delivery::Outgoing;
use url::Url;

use super::{Failure, Sender};

/// How long the mail server may take for each of its answers.
const ANSWER_TAKES: Duration = Duration::from_secs(10);

/// Ports that are used if none is given: for TLS from the beginning, for STARTTLS, for no TLS.
const PORTS: (u16, u16, u16) = (465, 587, 25);

/// A mail server.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Sender,
}

/// A mail server cannot be used as it was given.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// The address is none of a mail server. It is not shown, because it may hold a password.
    #[error(
        "the address of the mail server {0}: write smtps://USER:PASSWORD@HOST for TLS, smtp://USER:PASSWORD@HOST for \
         STARTTLS, or smtp://HOST?tls=none"
    )]
    Address(&'static str),
    /// A password would be sent in the clear.
    #[error("a password is not sent without TLS: leave ?tls=none away, or the name and password")]
    PasswordWithoutTls,
    /// The file of certificates has none.
    #[error("the certificates for the mail server cannot be used: {0}")]
    Certificates(lettre::transport::smtp::Error),
}

impl Smtp {
    /// The mail server at an address: `smtps://USER:PASSWORD@HOST:PORT` speaks TLS from the beginning, `smtp://…` by
    /// STARTTLS; `smtp://HOST:PORT?tls=none` does not, and takes no password. Name and password are percent-encoded.
    /// `authorities` are certificates (PEM) that are believed besides those of the system.
    ///
    /// # Errors
    /// If it cannot be used. Nothing is sent yet.
    pub fn new(address: &str, authorities: Option<&[u8]>, sender: Sender) -> Result<Self, SmtpError> {
        let url = Url::parse(address).map_err(|_| SmtpError::Address("cannot be read"))?;
        let host = match url.host() {
            Some(url::Host::Ipv6(ip)) => ip.to_string(),
            Some(host) => host.to_string(),
            None => return Err(SmtpError::Address("has no host")),
        };
        if !matches!(url.path(), "" | "/") {
            return Err(SmtpError::Address("has a path"));
        }
        let parameters = || tls_parameters(&host, authorities).map_err(SmtpError::Certificates);
        let (tls, port) = match (url.scheme(), url.query()) {
            ("smtps", None) => (Tls::Wrapper(parameters()?), PORTS.0),
            ("smtp", None) => (Tls::Required(parameters()?), PORTS.1),
            ("smtp", Some("tls=none")) => (Tls::None, PORTS.2),
            ("smtps" | "smtp", Some(_)) => return Err(SmtpError::Address("has an unknown option")),
            _ => return Err(SmtpError::Address("begins with neither smtps:// nor smtp://")),
        };
        let credentials = credentials(&url)?;
        if credentials.is_some() && matches!(tls, Tls::None) {
            return Err(SmtpError::PasswordWithoutTls);
        }
        // What is dangerous about it is that it begins without TLS, which is decided here.
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(url.port().unwrap_or(port))
            .tls(tls)
            .timeout(Some(ANSWER_TAKES))
            .pool_config(PoolConfig::new().max_size(1));
        if let Some(credentials) = credentials {
            builder = builder.credentials(credentials);
        }
        Ok(Self { transport: builder.build(), sender })
    }

    /// Sends a mail.
    pub(super) async fn send(&self, mail: &Outgoing) -> Result<(), Failure> {
        let message = self.sender.message(mail).map_err(|reason| Failure { reason, for_all: false })?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => {
                // A mail server that answers may refuse this mail and take the next one.
                let for_all = !(error.is_permanent() || error.is_transient());
                let mut reason = error.to_string();
                let mut source = error.source();
                while let Some(cause) = source {
                    let cause_text = cause.to_string();
                    if !reason.contains(&cause_text) {
                        reason = format!("{reason}: {cause_text}");
                    }
                    source = cause.source();
                }
                Err(Failure { reason, for_all })
            }
        }
    }
}

fn tls_parameters(
    host: &str,
    authorities: Option<&[u8]>,
) -> Result<TlsParameters, lettre::transport::smtp::Error> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(pem) = authorities {
        builder = builder.add_root_certificate(Certificate::from_pem(pem)?);
    }
    builder.build()
}

fn credentials(url: &Url) -> Result<Option<Credentials>, SmtpError> {
    let Some(password) = url.password() else {
        return match url.username() {
            "" => Ok(None),
            _ => Err(SmtpError::Address("has a name and no password")),
        };
    };
    let decode = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8();
        decoded.map(|text| text.into_owned()).map_err(|_| SmtpError::Address("has an unreadable password"))
    };
    Ok(Some(Credentials::new(decode(url.username())?, decode(password)?)))
}

#[cfg(test)]
mod tests;
