//! The second factor of accounts: one-time codes of an authenticator app (RFC 6238), and recovery codes for those who
//! lost it.
//!
//! No code may be looked at before the attempt is counted: that is what keeps six digits from being guessed. A code that
//! was right once may be shown again on the API, because `mix` sends the same one for a package, its documentation and
//! its owner; on a page it is used up.

mod code;
mod recovery;
mod set_up;
mod totp;

use std::net::IpAddr;

use skep_store::tables::two_factor;
use skep_store::{Conn, Micros};

pub use code::OneTimeCode;
pub use set_up::{NewSecret, Proof, TwoFactorStatus};

use crate::access::Scope;
use crate::attempts::{Attempt, Attempts, Limit};
use crate::principal::{Credential, Origin, Principal};
use crate::{Challenge, Error, Result, Skep};

/// Wrong codes of an address (an IPv6 network of 64 bits is one), and for an account from anywhere: the Hex HTTP
/// contract, "Throttling and blocking". Recovery codes count too.
const OF_ADDRESS: Limit = Limit { failures: 20, seconds: 15 * 60 };
const OF_ACCOUNT: Limit = Limit { failures: 5, seconds: 10 * 60 };

/// The code of the error that is a wrong code.
const WRONG_CODE: &str = "invalid_totp";

/// What the secrets are sealed as.
const SEALED_AS: &str = "two-factor secret";

/// Counts wrong codes by account.
pub(crate) fn attempts() -> Attempts<i64> {
    Attempts::new(OF_ADDRESS, OF_ACCOUNT)
}

/// Whether the account has a second factor.
pub(crate) async fn enabled(conn: &mut Conn, user_id: i64) -> Result<bool> {
    let found = two_factor::of_user(conn, user_id).await?;
    Ok(found.is_some_and(|found| found.enabled_at.is_some()))
}

/// Whether a write with this credential needs a code: with a token of an account always. With a password only where the
/// account itself is at stake, which a password alone must not be enough to take over; otherwise clients that know
/// nothing of codes go on working.
pub(crate) fn is_asked_of(principal: &Principal, scope: Scope) -> bool {
    let Some(user) = principal.user() else { return false };
    match principal.credential {
        Credential::Token { .. } => true,
        Credential::Password => user.two_factor && scope == Scope::Account,
        Credential::Key { .. } | Credential::Browser { .. } => false,
    }
}

impl Skep {
    /// Whether the account has a second factor.
    pub async fn two_factor_enabled(&self, user_id: i64) -> Result<bool> {
        enabled(&mut self.db.read().await?, user_id).await
    }

    /// Checks the code of an API request. It may be the same as before.
    ///
    /// Errors: 401 `invalid_totp`, 429 after too many wrong ones, 403 without a second factor.
    pub async fn check_code_on_api(&self, user_id: i64, code: &OneTimeCode, origin: &Origin) -> Result<()> {
        if code.was_accepted_of(user_id) {
            return Ok(());
        }
        let secret = self.two_factor_secret(user_id).await?;
        let now = self.now();
        let attempt = self.begin_attempt(user_id, origin, now)?;
        secret.step_of(code, now).ok_or_else(wrong_code)?;
        attempt.take_back();
        code.accept_of(user_id);
        Ok(())
    }

    /// Checks a code that was typed into a page, and uses it up.
    ///
    /// Errors: as [`Skep::check_code_on_api`]; a code that was used before is wrong.
    pub async fn check_code_on_page(&self, user_id: i64, code: &OneTimeCode, origin: &Origin) -> Result<()> {
        let secret = self.two_factor_secret(user_id).await?;
        let now = self.now();
        let attempt = self.begin_attempt(user_id, origin, now)?;
        let step = secret.step_of(code, now).ok_or_else(wrong_code)?;
        let mut tx = self.db.write().await?;
        if !two_factor::use_step(&mut tx, user_id, &secret.sealed, step).await? {
            return Err(wrong_code());
        }
        tx.commit(now).await?;
        attempt.take_back();
        Ok(())
    }

    /// Checks a recovery code and uses it up. Upper case, spaces and missing dashes are forgiven.
    ///
    /// Errors: as [`Skep::check_code_on_page`].
    pub async fn use_recovery_code(&self, user_id: i64, code: &OneTimeCode, origin: &Origin) -> Result<()> {
        let now = self.now();
        let attempt = self.begin_attempt(user_id, origin, now)?;
        let hash = recovery::hash(&self.instance_key, user_id, code).ok_or_else(wrong_code)?;
        let mut tx = self.db.write().await?;
        if !two_factor::use_recovery_code(&mut tx, user_id, &hash, now).await? {
            return Err(wrong_code());
        }
        tx.commit(now).await?;
        attempt.take_back();
        Ok(())
    }

    /// The gate before writes of a principal that [is asked](is_asked_of) for a code.
    pub(crate) async fn check_second_factor(
        &self,
        principal: &Principal,
        code: Option<&OneTimeCode>,
        origin: &Origin,
    ) -> Result<()> {
        let Some(user) = principal.user().filter(|user| user.two_factor) else { return Err(not_enabled()) };
        let code = code.ok_or_else(|| Error {
            challenge: Some(Challenge::TotpRequired),
            ..Error::unauthorized(
                "totp_required",
                "Two-factor authentication required. Include X-Hex-OTP header with your TOTP code.",
            )
        })?;
        self.check_code_on_api(user.id, code, origin).await
    }

    async fn two_factor_secret(&self, user_id: i64) -> Result<Enabled> {
        let found = two_factor::of_user(&mut self.db.read().await?, user_id).await?;
        let sealed = found.filter(|found| found.enabled_at.is_some()).ok_or_else(not_enabled)?.secret;
        let secret = self.instance_key.open(SEALED_AS, user_id, &sealed)?;
        Ok(Enabled { sealed, secret })
    }

    fn begin_attempt(&self, user_id: i64, origin: &Origin, now: Micros) -> Result<Attempt<i64>> {
        self.two_factor_attempts.begin(counted_address(origin), user_id, now).map_err(|_| {
            Error::new(
                429,
                "two_factor_rate_limited",
                "Too many failed two-factor authentication attempts. Please try again later.",
            )
        })
    }
}

/// A second factor that is asked for.
struct Enabled {
    /// As it is stored.
    sealed: Vec<u8>,
    secret: Vec<u8>,
}

impl Enabled {
    fn step_of(&self, code: &OneTimeCode, now: Micros) -> Option<i64> {
        totp::step_of(&self.secret, code.digits()?, now)
    }
}

/// The address that failures are counted for. This machine is none: behind a proxy that does not say for whom it asks,
/// everyone would be it.
pub(crate) fn counted_address(origin: &Origin) -> Option<IpAddr> {
    origin.ip.filter(|ip| !ip.is_loopback())
}

fn wrong_code() -> Error {
    Error {
        challenge: Some(Challenge::InvalidTotp),
        ..Error::unauthorized(WRONG_CODE, "Invalid two-factor authentication code")
    }
}

fn not_enabled() -> Error {
    Error::new(403, "two_factor_required", "Two-factor authentication must be enabled for API write access")
}
