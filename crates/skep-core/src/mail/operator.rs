//! What the operator does about mail at the machine: see what waits, send it again, make links that were not mailed.

use skep_store::tables::mails::{self, Mail};
use skep_store::tables::{emails, instance, organizations};
use skep_store::{Conn, Micros};

use super::templates::{invitation_url, password_url, verification_url};
use crate::accounts::addresses;
use crate::audit::{self, Action, Entry, user_params};
use crate::operator::{account, operator};
use crate::{Error, Result, Skep};

/// Where the address of the web pages is kept.
const WEB_URL: &str = "web_url";

/// Most mails that are listed.
const MAX_LISTED: i64 = 1000;

/// How long a mail that is tried again is worth sending, in microseconds.
const RETRIED_FOR: Micros = 3 * 24 * 60 * 60 * 1_000_000;

/// A mail that was not sent yet.
#[derive(Debug, Clone)]
pub struct WaitingMail {
    /// Its number.
    pub id: i64,
    /// Name of the template.
    pub kind: String,
    /// Address.
    pub recipient: String,
    /// Attempts so far.
    pub attempts: i64,
    /// When it is tried next. None = it was given up.
    pub next_attempt_at: Option<Micros>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was written.
    pub written_at: Micros,
}

impl From<Mail> for WaitingMail {
    fn from(row: Mail) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            recipient: row.recipient,
            attempts: row.attempts,
            next_attempt_at: row.next_attempt_at,
            last_error: row.last_error,
            written_at: row.inserted_at,
        }
    }
}

impl Skep {
    /// Remembers the address of the web pages, without a final slash, for the links that an operator asks for.
    pub async fn remember_web_url(&self, web_url: &str) -> Result<()> {
        let mut tx = self.db.write().await?;
        instance::set(&mut tx, WEB_URL, web_url).await?;
        Ok(tx.commit(self.now()).await?)
    }

    /// Mails that were not sent, oldest first; a thousand at most.
    pub async fn operator_list_mail(&self) -> Result<Vec<WaitingMail>> {
        let mut conn = self.db.read().await?;
        Ok(mails::all(&mut conn, MAX_LISTED).await?.into_iter().map(WaitingMail::from).collect())
    }

    /// Lets servers try a mail again at once, or all of them, and gives how many there were. Links in them may have ended.
    pub async fn operator_retry_mail(&self, id: Option<i64>) -> Result<u64> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let count = mails::retry(&mut tx, id, now + RETRIED_FOR, now).await?;
        tx.commit(now).await?;
        Ok(count)
    }

    /// A fresh link that proves an address of an account, its primary one if none is named.
    ///
    /// Errors: 422 by field.
    pub async fn operator_verification_link(&self, name: &str, address: Option<&str>) -> Result<String> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let user = account(&mut tx, name).await?;
        let wanted = address.map(str::to_lowercase);
        let rows = emails::of_user(&mut tx, user.id).await?;
        let row = rows.into_iter().find(|row| match &wanted {
            Some(address) => row.address == *address,
            None => row.is_primary,
        });
        let row =
            row.ok_or_else(|| Error::field("address", format!("{} has no such address", user.username)))?;
        if row.verified {
            return Err(Error::field("address", format!("Email {} already verified.", row.address)));
        }
        let web_url = web_url(&mut tx).await?;
        let key = self.new_verification(&mut tx, row.id, now).await?;
        tx.commit(now).await?;
        Ok(verification_url(&web_url, &user.username, &row.address, &key.secret))
    }

    /// A fresh link that sets a new password for an account.
    ///
    /// Errors: 422 by field.
    pub async fn operator_password_link(&self, name: &str) -> Result<String> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let user = account(&mut tx, name).await?;
        let primary = addresses::primary(&mut tx, &user).await?;
        let primary = primary.ok_or_else(|| Error::field("user", "has no address"))?;
        if user.deactivated_at.is_some() {
            return Err(Error::field("user", "is deactivated"));
        }
        let web_url = web_url(&mut tx).await?;
        let key = self.new_password_reset(&mut tx, user.id, &primary.address, now).await?;
        let entry = Entry::new(Action::PasswordResetInit, user_params(user.id, &user.username));
        audit::record(&mut tx, &operator(), &entry, now).await?;
        tx.commit(now).await?;
        Ok(password_url(&web_url, &user.username, &key.secret))
    }

    /// A fresh link for somebody who is invited to an organization. The link that was mailed is dead.
    ///
    /// Errors: 422 for an unknown organization, and for an address that is not invited; 409 before a server ran.
    pub async fn operator_invitation_link(&self, organization: &str, address: &str) -> Result<String> {
        let mut tx = self.db.write().await?;
        let found = organizations::by_name(&mut tx, organization).await?;
        let found = found.ok_or_else(|| {
            Error::field("organization", format!("there is no organization {organization}"))
        })?;
        let web_url = web_url(&mut tx).await?;
        let secret = self.renew_invitation(&mut tx, &operator(), &found, address).await?;
        tx.commit(self.now()).await?;
        Ok(invitation_url(&web_url, &secret))
    }
}

async fn web_url(conn: &mut Conn) -> Result<String> {
    let text = "the address of the server is not known yet: start it once";
    instance::get(conn, WEB_URL).await?.ok_or_else(|| Error::new(409, "unknown_address", text))
}
