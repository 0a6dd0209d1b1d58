//! Secrets in the links of mails.
//!
//! A mail may have to be sent hours after it was written, so its secret cannot be stored as a hash alone. What the mail
//! keeps is a random number, from which the secret is computed with the instance's own key when the mail is sent: the
//! database alone gives no link away.

use crate::secrets::{InstanceKey, KEY_SECRET_DIGITS};
use crate::{Environment, Secret, Skep};

/// How long links for verification and for passwords can be used: 24 hours (the reference's time).
pub(crate) const LIFE: i64 = 24 * 60 * 60 * 1_000_000;

/// What a link is for. One for something else has another secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Proving who an address belongs to.
    Verification,
    /// Setting a new password.
    PasswordReset,
    /// Joining an organization.
    Invitation,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Verification => "verification",
            Self::PasswordReset => "password reset",
            Self::Invitation => "invitation",
        }
    }
}

/// A secret that was just made for a link.
pub(crate) struct LinkKey {
    /// What the mail keeps.
    pub(crate) nonce: String,
    /// What the link shows: 32 hexadecimal digits.
    pub(crate) secret: Secret,
    /// What is stored to recognize it.
    pub(crate) hash: [u8; 32],
}

impl LinkKey {
    fn new(environment: &Environment, key: &InstanceKey, purpose: Purpose) -> Self {
        let nonce = data_encoding::HEXLOWER.encode(&environment.bytes::<16>());
        let secret = secret(key, purpose, &nonce);
        let hash = key.hash(secret.reveal());
        Self { nonce, secret, hash }
    }
}

impl Skep {
    /// A new secret for a link.
    pub(crate) fn new_link_key(&self, purpose: Purpose) -> LinkKey {
        LinkKey::new(&self.environment, &self.instance_key, purpose)
    }
}

/// The secret that belongs to what a mail keeps.
pub(crate) fn secret(key: &InstanceKey, purpose: Purpose, nonce: &str) -> Secret {
    let hash = key.hash(&format!("link for {}: {nonce}", purpose.as_str()));
    Secret::from_text(data_encoding::HEXLOWER.encode(&hash[..KEY_SECRET_DIGITS / 2]))
}
