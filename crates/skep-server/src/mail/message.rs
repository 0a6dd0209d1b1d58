//! A mail in the form that mail servers and programs read (RFC 5322, with a text and an HTML part).

use std::time::{Duration, SystemTime};

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};
use skep_core::mail::delivery::Outgoing;

/// Who sends.
#[derive(Debug, Clone)]
pub struct Sender(Mailbox);

/// What is given as the sender is not one.
#[derive(Debug, thiserror::Error)]
#[error("{given:?} is not a sender of mail, write skep@example.com or Skep <skep@example.com>: {problem}")]
pub struct SenderError {
    given: String,
    problem: lettre::address::AddressError,
}

impl Sender {
    /// A sender such as `Skep <skep@example.com>`.
    ///
    /// # Errors
    /// If it is none.
    pub fn parse(text: &str) -> Result<Self, SenderError> {
        let parsed: Result<Mailbox, _> = text.parse();
        parsed.map(Self).map_err(|problem| SenderError { given: text.to_owned(), problem })
    }

    /// The sender of a server whose web pages are at an address, if nothing else was said.
    pub fn of(web_url: &str) -> Self {
        let url = url::Url::parse(web_url).ok();
        let domain = url.as_ref().and_then(url::Url::domain).unwrap_or("localhost");
        let address = Address::new("skep", domain);
        let localhost = || Address::new("skep", "localhost").expect("invariant: this is an address");
        Self(Mailbox::new(Some("Skep".into()), address.unwrap_or_else(|_| localhost())))
    }

    /// The mail as it is sent.
    pub(super) fn message(&self, mail: &Outgoing) -> Result<Message, String> {
        let to: Address = mail
            .recipient
            .parse()
            .map_err(|error| format!("no mail can be sent to this address: {error}"))?;
        let since_epoch = Duration::from_micros(mail.written_at.unsigned_abs());
        let message = Message::builder()
            .from(self.0.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.letter.subject())
            .date(SystemTime::UNIX_EPOCH + since_epoch)
            .message_id(Some(format!("<{}@{}>", mail.message_id, self.0.email.domain())))
            .raw_header(automatic());
        let body = MultiPart::alternative_plain_html(mail.letter.to_text(), mail.letter.to_html());
        message.multipart(body).map_err(|error| error.to_string())
    }
}

/// Keeps programs that answer mail from answering (RFC 3834).
fn automatic() -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into())
}

#[cfg(test)]
mod tests;
