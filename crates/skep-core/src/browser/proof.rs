//! Showing again who one is, before what a browser left open must not do ("sudo" in the reference).

use crate::browser::Code;
use crate::logins::WRONG_PASSWORD;
use crate::principal::Caller;
use crate::{Error, Micros, Result, Skep};

/// How long a proof holds.
const HOLDS: Micros = 3600 * 1_000_000;

/// What is shown.
pub enum Proof {
    /// The password, by those without a second factor.
    Password(String),
    /// A code, by those with one.
    Code(Code),
}

impl Skep {
    /// Whether somebody at this browser has shown within the last hour that the account is theirs. A login counts.
    ///
    /// Errors: 401 if the caller is no browser, or its session has ended.
    pub async fn is_proved(&self, caller: &Caller) -> Result<bool> {
        Ok(self.proved_at(caller).await? + HOLDS > self.now())
    }

    /// Shows that the account of this session is one's own. What has a second factor is shown by nothing else.
    ///
    /// Errors: 400 for what is wrong, 429 after too many of it, 401 if the caller is no browser.
    pub async fn prove(&self, caller: &Caller, proof: Proof) -> Result<()> {
        let caller = self.renewed(caller).await?;
        let user = caller.principal.as_ref().and_then(|principal| principal.user());
        let user = user.ok_or_else(Error::bad_request)?;
        match proof {
            Proof::Password(_) if user.two_factor => return Err(Error::bad_request()),
            Proof::Password(password) => {
                let checked = self.check_own_password(&caller, user, Ok(Some(password))).await;
                checked.map_err(|error| match error.status {
                    422 => Error::new(400, WRONG_PASSWORD, "Incorrect password."),
                    429 => {
                        Error::new(429, error.code, "Too many incorrect passwords. Please try again later.")
                    }
                    _ => error,
                })?;
            }
            Proof::Code(_) if !user.two_factor => return Err(Error::bad_request()),
            Proof::Code(code) => self.check_code(user.id, &code, &caller.origin).await?,
        }
        self.prove_session(&caller).await
    }
}
