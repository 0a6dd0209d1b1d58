//! Accounts in the hands of others: of the administrators of the instance, over the API, and of its operator, at the
//! machine.
//!
//! There must always be an active administrator left, whoever acts and however many at once.

use skep_store::tables::emails::{self, Email};
use skep_store::tables::users::{self, User};
use skep_store::tables::{sessions, two_factor};
use skep_store::{Change, Conn, Micros};

use crate::access::{Access, operations};
use crate::accounts;
use crate::audit::{self, Action, Entry, user_params};
use crate::mail::{self, Notice, To};
use crate::operator::operator;
use crate::principal::Caller;
use crate::sessions::SessionView;
use crate::{Error, Result, Skep};

/// Accounts on a page.
pub const PER_PAGE: i64 = 100;

/// Longest text that is searched for, in characters.
const MAX_SEARCH: usize = 255;

/// An account as those see it who look after the instance.
#[derive(Debug, Clone)]
pub struct UserRecord {
    /// Name.
    pub username: String,
    /// As people write it.
    pub full_name: Option<String>,
    /// All addresses, the primary one first.
    pub emails: Vec<Email>,
    /// May administer the instance.
    pub administrator: bool,
    /// Since when the account may do nothing.
    pub deactivated_at: Option<Micros>,
    /// Whether a second factor is enabled.
    pub two_factor: bool,
    /// Last use of one of its keys or sessions, within five minutes.
    pub last_used_at: Option<Micros>,
    /// Made.
    pub inserted_at: Micros,
}

/// What can be done to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserChange {
    /// Nothing that the account shows is accepted any more: keys, tokens and passwords, from now on.
    Deactivate,
    /// What it has is good again.
    Reactivate,
    /// It may administer the instance.
    Promote,
    /// It may no longer.
    Demote,
    /// Its second factor is switched off, for somebody who lost it and the recovery codes.
    ResetTwoFactor,
}

impl UserChange {
    fn action(self) -> Action {
        match self {
            Self::Deactivate => Action::UserDeactivate,
            Self::Reactivate => Action::UserReactivate,
            Self::Promote => Action::AdministratorAdd,
            Self::Demote => Action::AdministratorRemove,
            Self::ResetTwoFactor => Action::SecurityUpdate,
        }
    }

    /// What its owner is told.
    fn notice(self, username: &str) -> Option<Notice> {
        let username = username.to_owned();
        match self {
            Self::Deactivate => Some(Notice::AccountDeactivated { username }),
            Self::ResetTwoFactor => Some(Notice::TfaDisabled { username }),
            Self::Reactivate | Self::Promote | Self::Demote => None,
        }
    }
}

impl Skep {
    /// Accounts by name, a page of them. `search` is a part of a name or address. Pages count from 1.
    pub async fn list_users(
        &self,
        _access: &Access<operations::ReadUsers>,
        search: &str,
        page: i64,
    ) -> Result<Vec<UserRecord>> {
        self.user_records(search, page).await
    }

    /// As [`Skep::list_users`], for the operator.
    pub async fn operator_list_users(&self, search: &str, page: i64) -> Result<Vec<UserRecord>> {
        self.user_records(search, page).await
    }

    /// An account by name or verified address.
    ///
    /// Errors: 404.
    pub async fn user_record(
        &self,
        _access: &Access<operations::ReadUsers>,
        name: &str,
    ) -> Result<UserRecord> {
        let mut conn = self.db.read().await?;
        let user = find(&mut conn, name).await?;
        record_of(&mut conn, user).await
    }

    /// Changes an account. One that is so already stays as it is.
    ///
    /// Errors: 404; 422 if no active administrator would be left.
    pub async fn change_user(
        &self,
        access: &Access<operations::ChangeUsers>,
        name: &str,
        change: UserChange,
    ) -> Result<UserRecord> {
        self.apply(access.caller(), name, change).await
    }

    /// Active sessions of an account, the one used last first.
    ///
    /// Errors: 404.
    pub async fn sessions_of_user(
        &self,
        access: &Access<operations::ReadUsers>,
        name: &str,
    ) -> Result<Vec<SessionView>> {
        let mut conn = self.db.read().await?;
        let user = find(&mut conn, name).await?;
        let rows = sessions::active(&mut conn, user.id, self.now()).await?;
        Ok(rows.into_iter().rev().map(|row| self.view(row, access.caller())).collect())
    }

    /// Ends every session of an account, and the tokens of them.
    ///
    /// Errors: 404.
    pub async fn end_sessions_of_user(
        &self,
        access: &Access<operations::ChangeUsers>,
        name: &str,
    ) -> Result<()> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let user = find(&mut tx, name).await?;
        self.end_sessions(&mut tx, access.caller(), user.id, None, now).await?;
        Ok(tx.commit(now).await?)
    }

    /// As [`Skep::change_user`], for the operator.
    pub async fn operator_change_user(&self, name: &str, change: UserChange) -> Result<UserRecord> {
        self.apply(&operator(), name, change).await
    }

    async fn user_records(&self, search: &str, page: i64) -> Result<Vec<UserRecord>> {
        let search: String = search.trim().to_lowercase().chars().take(MAX_SEARCH).collect();
        let offset = page.max(1).saturating_sub(1).saturating_mul(PER_PAGE);
        let mut conn = self.db.read().await?;
        let mut records = Vec::new();
        for user in users::list(&mut conn, &search, PER_PAGE, offset).await? {
            records.push(record_of(&mut conn, user).await?);
        }
        Ok(records)
    }

    async fn apply(&self, caller: &Caller, name: &str, change: UserChange) -> Result<UserRecord> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        if matches!(change, UserChange::Deactivate | UserChange::Demote) {
            let administrators = users::lock_administrators(&mut tx).await?;
            let user = find(&mut tx, name).await?;
            if administrators == [user.id] {
                return Err(last_administrator(&user));
            }
        }
        let user = find(&mut tx, name).await?;
        let changed = match change {
            UserChange::Deactivate if user.deactivated_at.is_none() => {
                users::set_deactivated(&mut tx, user.id, Some(now), now).await?;
                true
            }
            UserChange::Reactivate if user.deactivated_at.is_some() => {
                users::set_deactivated(&mut tx, user.id, None, now).await?;
                true
            }
            UserChange::Promote | UserChange::Demote => {
                let administrator = change == UserChange::Promote;
                users::set_administrator(&mut tx, user.id, administrator, now).await?
            }
            UserChange::ResetTwoFactor => two_factor::disable(&mut tx, user.id).await?,
            UserChange::Deactivate | UserChange::Reactivate => false,
        };
        if changed {
            let mut params = user_params(user.id, &user.username);
            if change == UserChange::ResetTwoFactor {
                params["two_factor"] = "reset".into();
            }
            audit::record(&mut tx, caller, &Entry::new(change.action(), params), now).await?;
            if let Some(notice) = change.notice(&user.username) {
                mail::tell(&mut tx, &notice, To::User(user.id), now).await?;
            }
            tx.note(Change::Access);
        }
        let user = find(&mut tx, &user.username).await?;
        let record = record_of(&mut tx, user).await?;
        tx.commit(now).await?;
        Ok(record)
    }
}

/// An account by name or verified address; those of organizations are none.
async fn find(conn: &mut Conn, name: &str) -> Result<User> {
    let user = accounts::find(conn, name, false).await?;
    user.filter(|user| user.organization_id.is_none()).ok_or_else(Error::not_found)
}

async fn record_of(conn: &mut Conn, user: User) -> Result<UserRecord> {
    Ok(UserRecord {
        emails: emails::of_user(conn, user.id).await?,
        last_used_at: users::last_used_at(conn, user.id).await?,
        username: user.username,
        full_name: user.full_name,
        administrator: user.administrator,
        deactivated_at: user.deactivated_at,
        two_factor: user.two_factor,
        inserted_at: user.inserted_at,
    })
}

fn last_administrator(user: &User) -> Error {
    let text = format!(
        "{} is the last active administrator; make another account an administrator first",
        user.username
    );
    Error::field("administrator", text)
}
