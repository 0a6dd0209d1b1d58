//! Logging in on a page: a password, and a code where the account has a second factor.
//!
//! Neither may be looked at before the attempt is counted, and what is told of a login that failed must not say whether
//! there is such an account.

use std::sync::Arc;

use skep_store::tables::keys::Owner;
use skep_store::tables::users::{self, User};

use super::Purpose;
use crate::authenticate::load_subject;
use crate::logins::WRONG_PASSWORD;
use crate::principal::{Origin, Subject, UserSubject};
use crate::two_factor::{OneTimeCode, counted_address};
use crate::{Error, Result, Secret, Skep};

/// How long the code may follow the password, in seconds.
pub const SECOND_FACTOR_SECONDS: i64 = 15 * 60;

/// What a password leads to.
pub enum Login {
    /// A session has begun; this is the value of its cookie.
    Session(Secret),
    /// A code has to follow. The note says that the password was right, to [`Skep::log_in_with_code`] and for
    /// [`SECOND_FACTOR_SECONDS`].
    SecondFactor(String),
}

/// A code as it was typed.
pub enum Code {
    /// Of the app.
    App(OneTimeCode),
    /// One of those for who has lost it.
    Recovery(OneTimeCode),
}

impl Skep {
    /// Logs in with a name or verified address and a password. `browser` is what the note is bound to.
    ///
    /// Errors: 400 for a wrong name or password, an address that is not verified, or a deactivated account; 429 after
    /// too many wrong passwords.
    pub async fn log_in(
        self: &Arc<Self>,
        browser: &str,
        name: &str,
        password: String,
        origin: &Origin,
    ) -> Result<Login> {
        let attempt = {
            let (core, name, origin) = (self.clone(), name.to_lowercase(), origin.clone());
            async move { core.check_login(&name, password, &origin).await }
        };
        let checked = self.attempt_login(counted_address(origin), name, attempt).await;
        let (user, subject) = checked.map_err(|error| match error.status {
            429 => Error::new(429, error.code, "Too many login attempts. Please try again later."),
            _ => error,
        })?;
        if subject.two_factor {
            let note = self.seal(Purpose::SecondFactor, browser, &self.half(&user), SECOND_FACTOR_SECONDS);
            return Ok(Login::SecondFactor(note));
        }
        Ok(Login::Session(self.begin_browser_session(user.id, name_of(&origin.user_agent), origin).await?))
    }

    /// Ends the login that `note` began, with a code.
    ///
    /// Errors: 401 for a note that is over (`login_over`), 400 for a wrong code, 429 after too many of them.
    pub async fn log_in_with_code(
        &self,
        browser: &str,
        note: &str,
        code: &Code,
        origin: &Origin,
    ) -> Result<Secret> {
        let user = self.half_logged_in(browser, note).await?.ok_or_else(login_over)?;
        if let Err(error) = self.check_code(user.id, code, origin).await {
            if error.status < 500 {
                self.record_failed_login(user.id, "code", origin);
            }
            return Err(error);
        }
        self.begin_browser_session(user.id, name_of(&origin.user_agent), origin).await
    }

    /// Whose login waits for a code. None if it is over: too late, not of this browser, or the password was changed.
    pub async fn half_logged_in(&self, browser: &str, note: &str) -> Result<Option<User>> {
        let Some(half) = self.unseal(Purpose::SecondFactor, browser, note) else { return Ok(None) };
        let id = half.split_once(' ').and_then(|(id, _)| id.parse().ok());
        let Some(id) = id else { return Ok(None) };
        let user = users::by_id(&mut self.db.read().await?, id).await?;
        Ok(user.filter(|user| self.half(user) == half))
    }

    /// Checks a code that was typed into a page, in words for people.
    pub(super) async fn check_code(&self, user_id: i64, code: &Code, origin: &Origin) -> Result<()> {
        let (checked, wrong) = match code {
            Code::App(code) => {
                (self.check_code_on_page(user_id, code, origin).await, "Incorrect authentication code.")
            }
            Code::Recovery(code) => {
                (self.use_recovery_code(user_id, code, origin).await, "Incorrect recovery code.")
            }
        };
        checked.map_err(|error| match error.status {
            401 => Error::new(400, "wrong_code", wrong),
            429 => Error::new(429, error.code, "Too many incorrect codes. Please try again later."),
            _ => error,
        })
    }

    /// What is known after a right password: whose it is, and which one.
    fn half(&self, user: &User) -> String {
        let password = user.password_hash.as_deref().unwrap_or_default();
        let password = self.instance_key.hash(&format!("password of a login\0{password}"));
        format!("{} {}", user.id, data_encoding::HEXLOWER.encode(&password[..16]))
    }

    /// `name` is in small letters. Takes as long for an account that there is not.
    async fn check_login(
        &self,
        name: &str,
        password: String,
        origin: &Origin,
    ) -> Result<(User, UserSubject)> {
        let by_address = name.contains('@');
        let user = self.account_with_password(name, password, origin).await?;
        let user =
            user.ok_or_else(|| Error::new(400, WRONG_PASSWORD, "Invalid username, email or password."))?;
        if user.deactivated_at.is_some() {
            let text = "This account is deactivated. Please ask an administrator of this server.";
            return Err(Error::new(400, "deactivated", text));
        }
        let subject = load_subject(&mut self.db.read().await?, Owner::User(user.id), None).await?;
        let Subject::User(subject) = subject else { unreachable!("an account is asked for") };
        if !subject.email_verified && !by_address {
            let text = "Email has not been verified yet. Follow the link in the mail that you were sent.";
            return Err(Error::new(400, "email_not_verified", text));
        }
        Ok((user, subject))
    }
}

fn login_over() -> Error {
    Error::new(401, "login_over", "Your login took too long. Please log in again.")
}

/// What the owner of a session may know its browser by.
fn name_of(user_agent: &str) -> &'static str {
    // Browsers also call themselves by the names of older ones, so the order matters.
    const NAMES: [(&str, &str); 5] = [
        ("Edg", "Edge"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let found = NAMES.into_iter().find(|(sign, _)| user_agent.contains(sign));
    found.map_or("Unknown Browser", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_browsers() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        assert_eq!(name_of(chrome), "Chrome");
        assert_eq!(name_of(&format!("{chrome} Edg/156.0.0.0")), "Edge");
        assert_eq!(
            name_of("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"),
            "Firefox"
        );
        assert_eq!(
            name_of("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15"),
            "Safari"
        );
        assert_eq!(name_of("curl/8.0"), "Unknown Browser");
    }
}
