//! Switching the second factor on and off.
//!
//! A key or token alone must not be enough for it, or a leaked one could lock its owner out: the account's password is
//! asked for, and a code wherever there is a second factor already.

use data_encoding::BASE32_NOPAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use skep_store::tables::{two_factor, users};
use skep_store::{Change, Conn, Micros};

use super::{OneTimeCode, SEALED_AS, WRONG_CODE, counted_address, recovery, totp};
use crate::access::{Access, operations};
use crate::audit::{self, Action, Entry, user_params};
use crate::given::Given;
use crate::logins::WRONG_PASSWORD;
use crate::mail::{self, Notice, To};
use crate::principal::{Caller, Credential, UserSubject};
use crate::{Error, Result, Secret, Skep};

/// How long a new secret waits for its first code.
const PENDING: Micros = 15 * 60 * 1_000_000;

/// What is written as it is in an address for apps.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The second factor of an account, as the account sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TwoFactorStatus {
    /// Whether it is asked for.
    pub enabled: bool,
    /// Recovery codes that were not used.
    pub recovery_codes_left: i64,
}

/// A secret for an authenticator app, which is not asked for yet.
pub struct NewSecret {
    /// Base32, for typing.
    pub secret: Secret,
    username: String,
}

impl NewSecret {
    /// The address that apps read, as a rule from a QR code. `issuer` tells the user's accounts apart: the name of the host.
    pub fn uri(&self, issuer: &str) -> Secret {
        let encode = |text| utf8_percent_encode(text, UNRESERVED).to_string();
        let (issuer, username, secret) = (encode(issuer), encode(&self.username), self.secret.reveal());
        Secret::from_text(format!("otpauth://totp/{issuer}:{username}?secret={secret}&issuer={issuer}"))
    }
}

/// What an account shows to prove that it is not only a key or token that calls.
pub struct Proof {
    /// Its password. Whoever logged in with it need not show it again.
    pub password: Given<String>,
    /// A code of the app.
    pub code: Given<String>,
    /// Instead of it, where losing the device must not be the end.
    pub recovery_code: Given<String>,
}

impl Skep {
    /// Whether the own account has a second factor.
    pub async fn two_factor_status(
        &self,
        access: &Access<operations::ShowTwoFactor>,
    ) -> Result<TwoFactorStatus> {
        let user_id = access.target().user().id;
        let mut conn = self.db.read().await?;
        let enabled = super::enabled(&mut conn, user_id).await?;
        let recovery_codes_left = two_factor::recovery_codes_left(&mut conn, user_id).await?;
        Ok(TwoFactorStatus { enabled, recovery_codes_left })
    }

    /// Makes a secret, which counts for nothing until [`Skep::enable_two_factor`] is shown a code of it.
    ///
    /// Errors: 422 by field, also when a second factor is enabled already; 429.
    pub async fn begin_two_factor(
        &self,
        access: &Access<operations::ChangeTwoFactor>,
        password: Given<String>,
    ) -> Result<NewSecret> {
        let user = access.target().user();
        if user.two_factor {
            return Err(already_enabled());
        }
        self.check_own_password(access.caller(), user, password).await?;
        let secret = self.environment.bytes::<{ totp::SECRET_BYTES }>();
        let sealed = self.instance_key.seal(SEALED_AS, user.id, &secret, &self.environment);
        let now = self.now();
        let mut tx = self.db.write().await?;
        if !two_factor::set_pending(&mut tx, user.id, &sealed, now + PENDING).await? {
            return Err(already_enabled());
        }
        tx.commit(now).await?;
        let secret = Secret::from_text(BASE32_NOPAD.encode(&secret));
        Ok(NewSecret { secret, username: user.username.clone() })
    }

    /// Enables the new secret, of which a code is shown, and makes recovery codes.
    ///
    /// Errors: 422 by field; 429.
    pub async fn enable_two_factor(
        &self,
        access: &Access<operations::ChangeTwoFactor>,
        code: Given<String>,
    ) -> Result<Vec<Secret>> {
        let user = access.target().user();
        let code = required("code", code)?;
        let now = self.now();
        let found = two_factor::of_user(&mut self.db.read().await?, user.id).await?;
        let pending = match found {
            Some(found) if found.enabled_at.is_some() => return Err(already_enabled()),
            Some(found) if found.pending_until.is_some_and(|until| until > now) => found.secret,
            _ => return Err(nothing_pending()),
        };
        let secret = self.instance_key.open(SEALED_AS, user.id, &pending)?;
        let attempt = self.begin_attempt(user.id, &access.caller().origin, now)?;
        let step = code.digits().and_then(|digits| totp::step_of(&secret, digits, now));
        let step = step.ok_or_else(|| {
            Error::field("code", "is wrong; check that the clock of the device with the app is right")
        })?;
        attempt.take_back();
        let mut tx = self.db.write().await?;
        if !two_factor::enable(&mut tx, user.id, &pending, step, now).await? {
            return Err(nothing_pending());
        }
        let codes = self.give_recovery_codes(&mut tx, user.id, now).await?;
        record(&mut tx, access.caller(), Action::SecurityUpdate, user, Some("enabled"), now).await?;
        let notice = Notice::TfaEnabled { username: user.username.clone() };
        mail::tell(&mut tx, &notice, To::User(user.id), now).await?;
        tx.note(Change::Access);
        tx.commit(now).await?;
        Ok(codes)
    }

    /// Makes new recovery codes in place of the old ones.
    ///
    /// Errors: 422 by field; 429.
    pub async fn rotate_recovery_codes(
        &self,
        access: &Access<operations::ChangeTwoFactor>,
        proof: Proof,
    ) -> Result<Vec<Secret>> {
        let user = access.target().user();
        self.check_proof(access.caller(), user, Proof { recovery_code: Ok(None), ..proof }).await?;
        let now = self.now();
        let mut tx = self.db.write().await?;
        let codes = self.give_recovery_codes(&mut tx, user.id, now).await?;
        record(&mut tx, access.caller(), Action::SecurityRotateRecoveryCodes, user, None, now).await?;
        let notice = Notice::TfaRecoveryRotated { username: user.username.clone() };
        mail::tell(&mut tx, &notice, To::User(user.id), now).await?;
        tx.commit(now).await?;
        Ok(codes)
    }

    /// Switches the second factor off.
    ///
    /// Errors: 422 by field; 429.
    pub async fn disable_two_factor(
        &self,
        access: &Access<operations::ChangeTwoFactor>,
        proof: Proof,
    ) -> Result<()> {
        let user = access.target().user();
        self.check_proof(access.caller(), user, proof).await?;
        let now = self.now();
        let mut tx = self.db.write().await?;
        if !two_factor::disable(&mut tx, user.id).await? {
            return Err(not_enabled());
        }
        record(&mut tx, access.caller(), Action::SecurityUpdate, user, Some("disabled"), now).await?;
        let notice = Notice::TfaDisabled { username: user.username.clone() };
        mail::tell(&mut tx, &notice, To::User(user.id), now).await?;
        tx.note(Change::Access);
        Ok(tx.commit(now).await?)
    }

    async fn give_recovery_codes(&self, tx: &mut Conn, user_id: i64, now: Micros) -> Result<Vec<Secret>> {
        let (codes, hashes) = recovery::new_codes(&self.instance_key, user_id, &self.environment);
        two_factor::replace_recovery_codes(tx, user_id, &hashes, now).await?;
        Ok(codes)
    }

    /// Password first: whoever does not have it learns nothing about codes, and uses none up.
    async fn check_proof(&self, caller: &Caller, user: &UserSubject, proof: Proof) -> Result<()> {
        if !user.two_factor {
            return Err(not_enabled());
        }
        self.check_own_password(caller, user, proof.password).await?;
        let (field, checked) =
            match proof.recovery_code.map_err(|error| Error::field("recovery_code", error))? {
                Some(code) => {
                    let code = OneTimeCode::new(&code);
                    ("recovery_code", self.use_recovery_code(user.id, &code, &caller.origin).await)
                }
                None => {
                    let code = required("code", proof.code)?;
                    ("code", self.check_code_on_page(user.id, &code, &caller.origin).await)
                }
            };
        checked.map_err(|error| match error.code {
            WRONG_CODE => Error::field(field, "is wrong, or was used before"),
            _ => error,
        })
    }

    /// Whether the account has this password, counted as a login.
    ///
    /// Errors: 422; 429 after too many wrong ones.
    pub(crate) async fn check_own_password(
        &self,
        caller: &Caller,
        user: &UserSubject,
        password: Given<String>,
    ) -> Result<()> {
        let shown = caller.principal.as_ref().map(|principal| &principal.credential);
        if matches!(shown, Some(Credential::Password)) {
            return Ok(());
        }
        let account =
            users::by_id(&mut self.db.read().await?, user.id).await?.ok_or_else(Error::not_found)?;
        let Some(hash) = account.password_hash else { return Err(no_password()) };
        let password = password.and_then(|given| given.ok_or_else(|| "can't be blank".into()));
        let password = password.map_err(|error| Error::field("password", error))?;
        let passwords = self.passwords.clone();
        let login = async move {
            match passwords.verify(password, Some(hash)).await? {
                true => Ok(()),
                false => Err(Error::new(422, WRONG_PASSWORD, "wrong password")),
            }
        };
        let checked = self.attempt_login(counted_address(&caller.origin), &user.username, login).await;
        checked.map_err(|error| match error.code {
            WRONG_PASSWORD => Error::field("password", "is wrong"),
            _ => error,
        })
    }
}

async fn record(
    tx: &mut Conn,
    caller: &Caller,
    action: Action,
    user: &UserSubject,
    two_factor: Option<&str>,
    now: Micros,
) -> Result<()> {
    let mut params = user_params(user.id, &user.username);
    if let (Value::Object(params), Some(state)) = (&mut params, two_factor) {
        params.insert("two_factor".to_owned(), state.into());
    }
    Ok(audit::record(tx, caller, &Entry::new(action, params), now).await?)
}

fn required(field: &str, code: Given<String>) -> Result<OneTimeCode> {
    let code = code.and_then(|given| given.ok_or_else(|| "can't be blank".into()));
    code.map(|code| OneTimeCode::new(&code)).map_err(|error| Error::field(field, error))
}

fn already_enabled() -> Error {
    Error::field("two_factor", "is enabled already; disable it first to set up another device")
}

fn not_enabled() -> Error {
    Error::field("two_factor", "is not enabled")
}

fn nothing_pending() -> Error {
    Error::field("two_factor", "was not begun, or too long ago; begin again to get a new secret")
}

fn no_password() -> Error {
    Error::field(
        "password",
        "is needed, and this account has none; reset it by mail, or ask an administrator of this server to set one",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_for_apps() {
        let new = NewSecret { secret: Secret::from_text("ABC".into()), username: "al-ice".into() };
        assert_eq!(
            new.uri("hex.example.com:4000").reveal(),
            "otpauth://totp/hex.example.com%3A4000:al-ice?secret=ABC&issuer=hex.example.com%3A4000"
        );
    }
}
