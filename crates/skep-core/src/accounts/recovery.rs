//! Passwords: changing them, and setting a new one by a link in a mail.
//!
//! What is answered to whoever asks for a link never tells whether there is such an account. A link counts once, for
//! 24 hours, and only as long as the address that it was sent to is the primary one.

use skep_store::tables::keys::{self, Owner};
use skep_store::tables::users::{self, User};
use skep_store::tables::{oauth_tokens, password_resets, sessions};
use skep_store::{Change, Conn, Micros};

use super::{addresses, password_problem};
use crate::access::{Access, operations};
use crate::audit::{self, Action, Entry, key_params, user_params};
use crate::given::{Given, Problems};
use crate::mail::links::{self, LinkKey, Purpose};
use crate::mail::{self, Notice, To};
use crate::permission::Permission;
use crate::principal::Caller;
use crate::{Error, Result, Skep};

/// Links that are mailed to one account within [`SENT_WITHIN`].
const MAX_SENT: i64 = 3;

/// See [`MAX_SENT`]; microseconds.
const SENT_WITHIN: Micros = 15 * 60 * 1_000_000;

/// A password that is to be set, as it was given.
pub struct NewPassword {
    /// At least 8 characters.
    pub password: Given<String>,
    /// Must equal the password, if given.
    pub confirmation: Given<String>,
}

impl NewPassword {
    /// The password, if it can be one. `name` is what it was given as.
    fn check(self, mut problems: Problems, name: &str) -> Result<String> {
        let password = problems.required(name, self.password);
        if let Some(problem) = password.as_deref().and_then(password_problem) {
            problems.add(name, problem);
        }
        let confirmation_name = format!("{name}_confirmation");
        let confirmation = problems.optional(&confirmation_name, self.confirmation);
        if confirmation.is_some() && confirmation != password {
            problems.add(&confirmation_name, "does not match password");
        }
        problems.check()?;
        Ok(password.expect("invariant: checked above"))
    }
}

impl Skep {
    /// Sets another password for the account. Its other sessions and its tokens end, its keys stay.
    ///
    /// Errors: 422 by field. The code `wrong_password` marks a wrong current one.
    pub async fn change_password(
        &self,
        access: &Access<operations::ChangePassword>,
        current: Given<String>,
        new: NewPassword,
    ) -> Result<()> {
        let subject = access.target().user();
        let mut problems = Problems::default();
        let current = problems.required("current", current);
        let password = new.check(problems, "new")?;
        let mut conn = self.db.read().await?;
        let user = users::by_id(&mut conn, subject.id).await?.ok_or_else(Error::not_found)?;
        drop(conn);
        let current = current.expect("invariant: checked above");
        if !self.passwords.verify(current, user.password_hash.clone()).await? {
            return Err(Error { code: "wrong_password", ..Error::field("current", "is not your password") });
        }
        let hash = self.passwords.hash(password).await?;
        let now = self.now();
        let mut tx = self.db.write().await?;
        let current = access.caller().principal.as_ref().and_then(|principal| principal.session_id());
        self.put_password(&mut tx, access.caller(), &user, &hash, current, now).await?;
        tell_changed(&mut tx, &user, now).await?;
        let entry = Entry::new(Action::PasswordUpdate, serde_json::json!({}));
        audit::record(&mut tx, access.caller(), &entry, now).await?;
        Ok(tx.commit(now).await?)
    }

    /// Mails a link for a new password to the primary address of an account, by its name or verified address. What comes
    /// of it is not told. Beyond a few within a quarter of an hour nothing is mailed.
    pub async fn request_password_reset(&self, caller: &Caller, name_or_address: &str) -> Result<()> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let Some(user) = super::find(&mut tx, name_or_address, false).await?.filter(may_log_in) else {
            return Ok(());
        };
        let Some(primary) = addresses::primary(&mut tx, &user).await? else { return Ok(()) };
        if password_resets::count_since(&mut tx, user.id, now - SENT_WITHIN).await? >= MAX_SENT {
            return Ok(());
        }
        let key = self.new_password_reset(&mut tx, user.id, &primary.address, now).await?;
        let notice = Notice::PasswordResetRequest { username: user.username.clone(), nonce: key.nonce };
        mail::tell(&mut tx, &notice, To::Address(&primary.address), now).await?;
        let entry = Entry::new(Action::PasswordResetInit, user_params(user.id, &user.username));
        audit::record(&mut tx, caller, &entry, now).await?;
        Ok(tx.commit(now).await?)
    }

    /// Sets a new password by a link. Sessions and tokens of the account end; with `revoke_keys` its keys too.
    ///
    /// Errors: 422 by field.
    pub async fn finish_password_reset(
        &self,
        caller: &Caller,
        username: &str,
        key: &str,
        new: NewPassword,
        revoke_keys: bool,
    ) -> Result<()> {
        let password = new.check(Problems::default(), "password")?;
        let stale = || {
            let text = "This password reset link has expired or already been used. Ask for a new one.";
            Error::field("key", text)
        };
        let hash = self.instance_key.hash(key);
        let username = username.to_lowercase();
        // Looked at before the work of hashing, which is not done for everybody.
        let mut conn = self.db.read().await?;
        let user = users::by_name(&mut conn, &username).await?.filter(may_log_in).ok_or_else(stale)?;
        if !password_resets::is_open(&mut conn, user.id, &hash, self.now()).await? {
            return Err(stale());
        }
        drop(conn);
        let password_hash = self.passwords.hash(password).await?;
        let now = self.now();
        let mut tx = self.db.write().await?;
        keys::lock_owner(&mut tx, Owner::User(user.id)).await?;
        let user = users::by_id(&mut tx, user.id).await?.filter(may_log_in).ok_or_else(stale)?;
        let primary = addresses::primary(&mut tx, &user).await?.ok_or_else(stale)?;
        if !password_resets::take(&mut tx, user.id, &hash, &primary.address, now).await? {
            return Err(stale());
        }
        self.put_password(&mut tx, caller, &user, &password_hash, None, now).await?;
        tell_changed(&mut tx, &user, now).await?;
        let entry = Entry::new(Action::PasswordReset, user_params(user.id, &user.username));
        audit::record_for_user(&mut tx, caller, &entry, &user.username, user.id, now).await?;
        if revoke_keys {
            revoke_all_keys(&mut tx, caller, &user, now).await?;
        }
        Ok(tx.commit(now).await?)
    }

    /// Makes a link for a new password.
    pub(crate) async fn new_password_reset(
        &self,
        tx: &mut Conn,
        user_id: i64,
        primary_address: &str,
        now: Micros,
    ) -> Result<LinkKey> {
        let key = self.new_link_key(Purpose::PasswordReset);
        password_resets::insert(tx, user_id, &key.hash, primary_address, now + links::LIFE, now).await?;
        Ok(key)
    }

    /// Sets a password and ends what the old one gave access to: open links, tokens, every session but one, and what was
    /// agreed to but not used.
    pub(crate) async fn put_password(
        &self,
        tx: &mut Conn,
        caller: &Caller,
        user: &User,
        hash: &str,
        except_session: Option<i64>,
        now: Micros,
    ) -> Result<()> {
        users::set_password(tx, user.id, hash, now).await?;
        password_resets::delete_of_user(tx, user.id).await?;
        sessions::lock_user(tx, user.id).await?;
        self.take_back_agreements(tx, user.id).await?;
        for session in sessions::active(tx, user.id, now).await? {
            if Some(session.id) != except_session {
                self.end_session_of(tx, &caller.origin, user, &session, now).await?;
            }
        }
        oauth_tokens::revoke_of_user(tx, user.id, except_session, now).await?;
        tx.note(Change::Access);
        Ok(())
    }
}

async fn tell_changed(tx: &mut Conn, user: &User, now: Micros) -> Result<()> {
    let notice = Notice::PasswordChanged { username: user.username.clone() };
    mail::tell(tx, &notice, To::User(user.id), now).await
}

/// Whether it is the account of somebody, and not an organization's or a deactivated one.
fn may_log_in(user: &User) -> bool {
    user.organization_id.is_none() && user.deactivated_at.is_none()
}

async fn revoke_all_keys(tx: &mut Conn, caller: &Caller, user: &User, now: Micros) -> Result<()> {
    let owner = user_params(user.id, &user.username);
    for key in keys::live(tx, Owner::User(user.id), now).await? {
        // A moment ago, so that no clock can find the key alive.
        keys::revoke(tx, key.id, now - 1_000_000, now).await?;
        let permissions: Vec<Permission> = serde_json::from_str(&key.permissions).map_err(Error::internal)?;
        let params = key_params(key.id, &key.name, &permissions, owner.clone(), serde_json::Value::Null);
        let entry = Entry::new(Action::KeyRemove, params);
        audit::record_for_user(tx, caller, &entry, &user.username, user.id, now).await?;
    }
    Ok(())
}
