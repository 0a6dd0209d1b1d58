//! The caller's second factor.

use serde::{Deserialize, Serialize};

use super::{Api, ApiError};
use crate::secret::Secret;

/// Whether there is one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct TwoFactorStatus {
    /// Whether it is asked for.
    pub enabled: bool,
    /// Recovery codes that were not used yet.
    pub recovery_codes_left: u32,
}

/// A secret for an authenticator app, shown by the server this once.
pub struct NewTwoFactor {
    /// In base32, for typing.
    pub secret: Secret,
    /// `otpauth://…`, for a QR code.
    pub uri: Secret,
}

/// What proves that the caller has the device, or had it.
pub enum SecondFactor {
    /// A code that the app shows.
    Code(String),
    /// One of the recovery codes.
    RecoveryCode(String),
}

#[derive(Serialize)]
struct Proof<'a> {
    password: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_code: Option<&'a str>,
}

impl<'a> Proof<'a> {
    fn new(password: &'a Secret, factor: Option<&'a SecondFactor>) -> Self {
        let (code, recovery_code) = match factor {
            Some(SecondFactor::Code(code)) => (Some(code.as_str()), None),
            Some(SecondFactor::RecoveryCode(code)) => (None, Some(code.as_str())),
            None => (None, None),
        };
        Self { password: password.expose(), code, recovery_code }
    }
}

#[derive(Deserialize)]
struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

impl RecoveryCodes {
    fn secrets(self) -> Vec<Secret> {
        self.recovery_codes.into_iter().map(Secret::new).collect()
    }
}

impl Api {
    /// Whether the caller has a second factor.
    ///
    /// # Errors
    /// When the credential is refused, or belongs to an organization.
    pub async fn two_factor(&self) -> Result<TwoFactorStatus, ApiError> {
        self.get(&["users", "me", "tfa"]).await
    }

    /// Begins to set a second factor up. It is not asked for before [`Api::confirm_two_factor`].
    ///
    /// # Errors
    /// When the password is wrong, or there is a second factor already.
    pub async fn begin_two_factor(&self, password: &Secret) -> Result<NewTwoFactor, ApiError> {
        #[derive(Deserialize)]
        struct Body {
            secret: String,
            uri: String,
        }
        let body: Body = self.post(&["users", "me", "tfa"], &Proof::new(password, None)).await?;
        Ok(NewTwoFactor { secret: Secret::new(body.secret), uri: Secret::new(body.uri) })
    }

    /// Ends it with a code of the new secret. Gives recovery codes.
    ///
    /// # Errors
    /// When the code is wrong, or setting up was not begun in the last quarter of an hour.
    pub async fn confirm_two_factor(&self, code: &str) -> Result<Vec<Secret>, ApiError> {
        #[derive(Serialize)]
        struct Body<'a> {
            code: &'a str,
        }
        let codes: RecoveryCodes = self.post(&["users", "me", "tfa", "confirm"], &Body { code }).await?;
        Ok(codes.secrets())
    }

    /// Replaces the recovery codes.
    ///
    /// # Errors
    /// When the password or the code is wrong, or there is no second factor.
    pub async fn rotate_recovery_codes(
        &self,
        password: &Secret,
        code: String,
    ) -> Result<Vec<Secret>, ApiError> {
        let factor = SecondFactor::Code(code);
        let proof = Proof::new(password, Some(&factor));
        let codes: RecoveryCodes = self.post(&["users", "me", "tfa", "recovery-codes"], &proof).await?;
        Ok(codes.secrets())
    }

    /// Switches the second factor off.
    ///
    /// # Errors
    /// When the password or the code is wrong, or there is no second factor.
    pub async fn disable_two_factor(&self, password: &Secret, factor: &SecondFactor) -> Result<(), ApiError> {
        self.delete_with(&["users", "me", "tfa"], &Proof::new(password, Some(factor))).await
    }
}
