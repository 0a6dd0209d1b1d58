//! Addresses of an account: adding, proving, choosing which is primary and public.
//!
//! Several accounts may say that an unproven address is theirs; whoever proves it first has it. What is answered to
//! strangers never tells whether an address is known. Texts are those of the reference's page.

use skep_store::tables::emails::{self, Email, NewEmail};
use skep_store::tables::users::{self, User};
use skep_store::tables::{email_verifications, mail_opt_outs, mails, password_resets};
use skep_store::{Change, Conn, Micros, StoreError};

use super::address_problem;
use crate::access::{Access, operations};
use crate::audit::{self, Action, Entry};
use crate::given::{Given, Problems};
use crate::mail::links::{self, LinkKey, Purpose};
use crate::mail::{self, Notice, Preference, To};
use crate::principal::Caller;
use crate::{Error, FieldError, Result, Skep};

/// Most addresses of one account.
const MAX_ADDRESSES: usize = 20;

/// Verifications of one address that are mailed within [`SENT_WITHIN`].
const MAX_SENT: i64 = 3;

/// See [`MAX_SENT`]; microseconds.
const SENT_WITHIN: Micros = 15 * 60 * 1_000_000;

/// An address as its account sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressView {
    /// Lower-cased address.
    pub address: String,
    /// Proven to belong to the account.
    pub verified: bool,
    /// The one that mail goes to.
    pub primary: bool,
    /// The one that everyone sees.
    pub public: bool,
}

impl From<Email> for AddressView {
    fn from(row: Email) -> Self {
        Self { address: row.address, verified: row.verified, primary: row.is_primary, public: row.is_public }
    }
}

impl Skep {
    /// The addresses of the account, the primary one first.
    pub async fn addresses(&self, access: &Access<operations::ReadEmails>) -> Result<Vec<AddressView>> {
        let mut conn = self.db.read().await?;
        let rows = emails::of_user(&mut conn, access.target().user().id).await?;
        Ok(rows.into_iter().map(AddressView::from).collect())
    }

    /// Adds an address, and mails it a link that proves it; without a mail server it counts as proven.
    ///
    /// Errors: 422 by field.
    pub async fn add_address(
        &self,
        access: &Access<operations::ChangeEmails>,
        address: Given<String>,
    ) -> Result<AddressView> {
        let user = access.target().user();
        let address = check_address(address)?;
        let now = self.now();
        let mut tx = self.db.write().await?;
        let present = emails::of_user(&mut tx, user.id).await?;
        if present.iter().any(|email| email.address == address) {
            return Err(Error::field("email", "has already been taken"));
        }
        if present.len() >= MAX_ADDRESSES {
            let text =
                format!("is one too many: an account has at most {MAX_ADDRESSES}, remove another one first");
            return Err(Error::field("email", text));
        }
        let in_use = || Error::field("email", "already in use");
        if emails::is_verified(&mut tx, &address).await? {
            return Err(in_use());
        }
        let verified = self.settings.trust_addresses;
        let new = NewEmail { address: &address, verified, is_primary: false, is_public: false };
        let id = emails::insert(&mut tx, user.id, &new, now).await.map_err(|error| match error {
            StoreError::Duplicate(_) => in_use(),
            error => error.into(),
        })?;
        if !verified {
            self.mail_verification(&mut tx, &user.username, (id, &address), now).await?;
        }
        let notice = Notice::EmailAdded { username: user.username.clone(), address: address.clone() };
        mail::tell(&mut tx, &notice, To::User(user.id), now).await?;
        let params = email_params(&address, false, false);
        audit::record(&mut tx, access.caller(), &Entry::new(Action::EmailAdd, params), now).await?;
        tx.commit(now).await?;
        Ok(AddressView { address, verified, primary: false, public: false })
    }

    /// Removes an address that is not the primary one.
    ///
    /// Errors: 422 by field.
    pub async fn remove_address(
        &self,
        access: &Access<operations::ChangeEmails>,
        address: &str,
    ) -> Result<()> {
        let user = access.target().user();
        let now = self.now();
        let mut tx = self.db.write().await?;
        let (row, _) = own_address(&mut tx, user.id, address).await?;
        if row.is_primary {
            return Err(refused(format!("Cannot remove primary email {}.", row.address)));
        }
        emails::delete(&mut tx, row.id).await?;
        if let Some(group) = verification(&user.username, &row.address, "").group() {
            mails::delete_group(&mut tx, &group).await?;
        }
        let params = email_params(&row.address, false, row.is_public);
        audit::record(&mut tx, access.caller(), &Entry::new(Action::EmailRemove, params), now).await?;
        tx.note(Change::Access);
        Ok(tx.commit(now).await?)
    }

    /// Lets mail go to another proven address. Links for a new password that were sent to the old one end.
    ///
    /// Errors: 422 by field.
    pub async fn set_primary_address(
        &self,
        access: &Access<operations::ChangeEmails>,
        address: &str,
    ) -> Result<()> {
        let user = access.target().user();
        let now = self.now();
        let mut tx = self.db.write().await?;
        let (row, all) = own_verified_address(&mut tx, user.id, address).await?;
        if row.is_primary {
            return Ok(());
        }
        let notice =
            Notice::PrimaryEmailChanged { username: user.username.clone(), address: row.address.clone() };
        mail::tell(&mut tx, &notice, To::User(user.id), now).await?;
        emails::set_primary(&mut tx, user.id, row.id, now).await?;
        password_resets::delete_of_user(&mut tx, user.id).await?;
        let old = all.iter().find(|email| email.is_primary);
        let params = moved(old.map(|email| &*email.address), Some(&row.address));
        audit::record(&mut tx, access.caller(), &Entry::new(Action::EmailPrimary, params), now).await?;
        tx.note(Change::Access);
        Ok(tx.commit(now).await?)
    }

    /// Shows another proven address to everyone, or none.
    ///
    /// Errors: 422 by field.
    pub async fn set_public_address(
        &self,
        access: &Access<operations::ChangeEmails>,
        address: Option<&str>,
    ) -> Result<()> {
        let user = access.target().user();
        let now = self.now();
        let mut tx = self.db.write().await?;
        let (new, all) = match address {
            Some(address) => {
                let (row, all) = own_verified_address(&mut tx, user.id, address).await?;
                (Some(row), all)
            }
            None => (None, emails::of_user(&mut tx, user.id).await?),
        };
        let old = all.iter().find(|email| email.is_public);
        if old.map(|email| email.id) == new.as_ref().map(|email| email.id) {
            return Ok(());
        }
        emails::set_public(&mut tx, user.id, new.as_ref().map(|email| email.id), now).await?;
        let params = moved(old.map(|email| &*email.address), new.as_ref().map(|email| &*email.address));
        audit::record(&mut tx, access.caller(), &Entry::new(Action::EmailPublic, params), now).await?;
        tx.note(Change::Access);
        Ok(tx.commit(now).await?)
    }

    /// Shows an address that is public to nobody any more.
    ///
    /// Errors: 422 by field.
    pub async fn hide_address(&self, access: &Access<operations::ChangeEmails>, address: &str) -> Result<()> {
        let mut conn = self.db.read().await?;
        let (row, _) = own_address(&mut conn, access.target().user().id, address).await?;
        drop(conn);
        if row.is_public { self.set_public_address(access, None).await } else { Ok(()) }
    }

    /// Mails a fresh link for an own address that is not proven yet. Beyond a few within a quarter of an hour nothing is
    /// mailed.
    ///
    /// Errors: 422 by field.
    pub async fn send_verification(
        &self,
        access: &Access<operations::SendVerification>,
        address: &str,
    ) -> Result<()> {
        let user = access.target().user();
        let now = self.now();
        let mut tx = self.db.write().await?;
        let (row, _) = own_address(&mut tx, user.id, address).await?;
        if row.verified {
            return Err(refused(format!("Email {} already verified.", row.address)));
        }
        if email_verifications::count_since(&mut tx, row.id, now - SENT_WITHIN).await? < MAX_SENT {
            self.mail_verification(&mut tx, &user.username, (row.id, &row.address), now).await?;
        }
        Ok(tx.commit(now).await?)
    }

    /// Mails a fresh link for an address that is not proven yet, whoever asks. What comes of it is not told, since it
    /// would tell whether the address is known.
    pub async fn resend_verification(&self, address: &str) -> Result<()> {
        let address = address.to_lowercase();
        let now = self.now();
        let mut conn = self.db.read().await?;
        if address_problem(&address).is_some() || emails::unverified(&mut conn, &address).await?.is_empty() {
            return Ok(());
        }
        drop(conn);
        let mut tx = self.db.write().await?;
        if emails::is_verified(&mut tx, &address).await? {
            return Ok(());
        }
        for (user_id, id) in emails::unverified(&mut tx, &address).await? {
            let user = users::by_id(&mut tx, user_id).await?.filter(|user| user.deactivated_at.is_none());
            let sent = email_verifications::count_since(&mut tx, id, now - SENT_WITHIN).await?;
            if let (Some(user), true) = (user, sent < MAX_SENT) {
                self.mail_verification(&mut tx, &user.username, (id, &address), now).await?;
            }
        }
        Ok(tx.commit(now).await?)
    }

    /// Proves that an address belongs to an account, by the key that was mailed to it. The key works once.
    ///
    /// Errors: 422, the same for an unknown account, address and key, for one that has ended, and for an address that
    /// another account has proven first.
    pub async fn verify_address(
        &self,
        caller: &Caller,
        username: &str,
        address: &str,
        key: &str,
    ) -> Result<()> {
        let address = address.to_lowercase();
        let failed = || Error::field("key", format!("Your email {address} failed to verify."));
        let now = self.now();
        let mut tx = self.db.write().await?;
        let user = users::by_name(&mut tx, &username.to_lowercase()).await?.ok_or_else(failed)?;
        let rows = emails::of_user(&mut tx, user.id).await?;
        let row = rows.into_iter().find(|row| row.address == address && !row.verified).ok_or_else(failed)?;
        if !email_verifications::take(&mut tx, row.id, &self.instance_key.hash(key), now).await? {
            return Err(failed());
        }
        emails::verify(&mut tx, row.id, now).await.map_err(|error| match error {
            StoreError::Duplicate(_) => failed(),
            error => error.into(),
        })?;
        email_verifications::delete_of_email(&mut tx, row.id).await?;
        let params = email_params(&row.address, row.is_primary, row.is_public);
        let entry = Entry::new(Action::EmailVerify, params);
        audit::record_for_user(&mut tx, caller, &entry, &user.username, user.id, now).await?;
        tx.note(Change::Access);
        Ok(tx.commit(now).await?)
    }

    /// Which mails that it may do without the account wants.
    pub async fn mail_preferences(
        &self,
        access: &Access<operations::ReadEmails>,
    ) -> Result<Vec<(Preference, bool)>> {
        let mut conn = self.db.read().await?;
        preferences(&mut conn, access.target().user().id).await
    }

    /// Changes which mails the account wants; what is not named stays.
    pub async fn set_mail_preferences(
        &self,
        access: &Access<operations::ChangeEmails>,
        wanted: &[(Preference, bool)],
    ) -> Result<Vec<(Preference, bool)>> {
        let user = access.target().user();
        let now = self.now();
        let mut tx = self.db.write().await?;
        let old = preferences(&mut tx, user.id).await?;
        for (preference, wanted) in wanted {
            mail_opt_outs::set(&mut tx, user.id, preference.as_str(), !wanted).await?;
        }
        let new = preferences(&mut tx, user.id).await?;
        if new != old {
            let changes = new.iter().copied().filter(|line| !old.contains(line)).collect::<Vec<_>>();
            let params = serde_json::json!({
                "old_preferences": preference_params(&old),
                "new_preferences": preference_params(&new),
                "changes": preference_params(&changes),
            });
            audit::record(&mut tx, access.caller(), &Entry::new(Action::EmailOptions, params), now).await?;
        }
        tx.commit(now).await?;
        Ok(new)
    }

    /// Makes a link that proves an address, and mails it.
    pub(crate) async fn mail_verification(
        &self,
        tx: &mut Conn,
        username: &str,
        (id, address): (i64, &str),
        now: Micros,
    ) -> Result<()> {
        let key = self.new_verification(tx, id, now).await?;
        mail::tell(tx, &verification(username, address, &key.nonce), To::Address(address), now).await
    }

    /// Makes a link that proves an address.
    pub(crate) async fn new_verification(&self, tx: &mut Conn, id: i64, now: Micros) -> Result<LinkKey> {
        let key = self.new_link_key(Purpose::Verification);
        email_verifications::insert(tx, id, &key.hash, now + links::LIFE, now).await?;
        Ok(key)
    }
}

fn verification(username: &str, address: &str, nonce: &str) -> Notice {
    Notice::Verification {
        username: username.to_owned(),
        address: address.to_owned(),
        nonce: nonce.to_owned(),
    }
}

/// An address of the account, and all of them.
async fn own_address(tx: &mut Conn, user_id: i64, address: &str) -> Result<(Email, Vec<Email>)> {
    let address = address.to_lowercase();
    let all = emails::of_user(tx, user_id).await?;
    match all.iter().find(|email| email.address == address) {
        Some(row) => Ok((row.clone(), all)),
        None => Err(refused(format!("Unknown email {address}."))),
    }
}

async fn own_verified_address(tx: &mut Conn, user_id: i64, address: &str) -> Result<(Email, Vec<Email>)> {
    let (row, all) = own_address(tx, user_id, address).await?;
    if !row.verified {
        return Err(refused(format!("Email {} not verified.", row.address)));
    }
    Ok((row, all))
}

/// The primary address of an account.
pub(crate) async fn primary(conn: &mut Conn, user: &User) -> Result<Option<Email>, StoreError> {
    Ok(emails::of_user(conn, user.id).await?.into_iter().find(|email| email.is_primary))
}

async fn preferences(conn: &mut Conn, user_id: i64) -> Result<Vec<(Preference, bool)>> {
    let unwanted = mail_opt_outs::of_user(conn, user_id).await?;
    let wanted = |preference: Preference| !unwanted.iter().any(|name| name == preference.as_str());
    Ok(Preference::ALL.into_iter().map(|preference| (preference, wanted(preference))).collect())
}

fn check_address(given: Given<String>) -> Result<String> {
    let mut problems = Problems::default();
    let address = problems.required("email", given).map(|address| address.to_lowercase());
    if let Some(problem) = address.as_deref().and_then(address_problem) {
        problems.add("email", problem);
    }
    problems.check()?;
    Ok(address.expect("invariant: checked above"))
}

fn refused(text: impl Into<FieldError>) -> Error {
    Error::field("email", text)
}

pub(crate) fn email_params(address: &str, primary: bool, public: bool) -> serde_json::Value {
    serde_json::json!({ "email": address, "primary": primary, "public": public })
}

/// Parameters of the change of a choice.
fn moved(old: Option<&str>, new: Option<&str>) -> serde_json::Value {
    let email = |address: Option<&str>| address.map(|address| serde_json::json!({ "email": address }));
    serde_json::json!({ "old_email": email(old), "new_email": email(new) })
}

fn preference_params(preferences: &[(Preference, bool)]) -> serde_json::Value {
    let pairs =
        preferences.iter().map(|(preference, wanted)| (preference.as_str().to_owned(), (*wanted).into()));
    serde_json::Value::Object(pairs.collect())
}
