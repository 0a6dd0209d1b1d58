//! What the operator does at the machine: accounts and organizations without a request. Whoever can run
//! these commands can read the data folder, so there is nothing to authorize.

use skep_store::Conn;
use skep_store::tables::organizations::{self, Organization};
use skep_store::tables::users::User;

use crate::accounts::{self, AccountView, Registration};
use crate::audit::{self, Action, Entry, user_params};
use crate::mail::{self, Notice, To};
use crate::organizations::check_name;
use crate::organizations::delete::LastMember;
use crate::principal::Caller;
use crate::reserved::GivenName;
use crate::{Error, Origin, Result, Skep};

/// How entries of the audit log name the operator.
const ACTOR: &str = "operator";

pub(crate) fn operator() -> Caller {
    Caller { origin: Origin { ip: None, user_agent: ACTOR.into() }, ..Caller::default() }
}

impl Skep {
    /// Makes an account with a verified address, an administrator if asked.
    ///
    /// Errors: 422 by field.
    pub async fn operator_create_user(
        &self,
        username: &str,
        email: &str,
        password: String,
        administrator: bool,
    ) -> Result<AccountView> {
        let given = |text: &str| Ok(Some(text.to_owned()));
        let valid = accounts::validate(Registration {
            username: given(username),
            full_name: Ok(None),
            password: Ok(Some(password)),
            password_confirmation: Ok(None),
            email: given(email),
            setup_code: Ok(None),
        })?;
        let role = if administrator { accounts::Rank::Administrator } else { accounts::Rank::User };
        self.insert_account(&operator(), valid, role, true).await
    }

    /// Makes an organization with its repository and one admin.
    ///
    /// Errors: 422 by field, 404 for an unknown owner.
    pub async fn operator_create_organization(&self, name: &str, owner: &str) -> Result<()> {
        let name = check_name(Ok(Some(name.to_owned())))?;
        let mut conn = self.db.read().await?;
        let owner = accounts::find(&mut conn, owner, false).await?;
        drop(conn);
        let owner = owner
            .filter(|user| user.organization_id.is_none())
            .ok_or_else(|| Error::field("owner", "is not the name or verified address of an account"))?;
        self.insert_organization(&operator(), &name, owner.id).await.map(drop)
    }

    /// Gives an organization another name.
    ///
    /// Errors: 422 by field, 404 for an unknown organization.
    pub async fn operator_rename_organization(&self, name: &str, new: &str) -> Result<()> {
        let organization = self.operators_organization(name).await?;
        let new = Ok(Some(new.to_owned()));
        self.rename_organization_by(&operator(), &organization, new).await.map(drop)
    }

    /// Deletes an organization of which at most one account is a member.
    ///
    /// Errors: 422 when others depend on it, 404 for an unknown organization.
    pub async fn operator_delete_organization(&self, name: &str) -> Result<()> {
        let organization = self.operators_organization(name).await?;
        let confirmation = Ok(Some(organization.name.clone()));
        self.delete_organization_by(&operator(), &organization, LastMember::Anyone, confirmation).await
    }

    async fn operators_organization(&self, name: &str) -> Result<Organization> {
        let mut conn = self.db.read().await?;
        organizations::by_name(&mut conn, name).await?.ok_or_else(Error::not_found)
    }

    /// Reserves a name or a version.
    ///
    /// Errors: 422 by field.
    pub async fn operator_reserve_name(&self, given: GivenName) -> Result<()> {
        self.reserve_by(&operator(), given).await.map(drop)
    }

    /// Gives a name or a version free.
    ///
    /// Errors: 404 for one that is not reserved, 422 by field.
    pub async fn operator_release_name(&self, given: GivenName) -> Result<()> {
        self.release_by(&operator(), given).await
    }

    /// Sets a new password for an account. Its sessions and tokens end, its keys stay valid.
    ///
    /// Errors: 404 for an unknown account, 422 for a password that is too short or too long.
    pub async fn operator_reset_password(&self, name: &str, password: String) -> Result<()> {
        if let Some(problem) = accounts::password_problem(&password) {
            return Err(Error::field("password", problem));
        }
        let hash = self.passwords.hash(password).await?;
        let now = self.now();
        let mut tx = self.db.write().await?;
        let user = account(&mut tx, name).await?;
        self.put_password(&mut tx, &operator(), &user, &hash, None, now).await?;
        let notice = Notice::SecurityPasswordReset { username: user.username.clone() };
        mail::tell(&mut tx, &notice, To::User(user.id), now).await?;
        let entry = Entry::new(Action::PasswordReset, user_params(user.id, &user.username));
        audit::record(&mut tx, &operator(), &entry, now).await?;
        Ok(tx.commit(now).await?)
    }
}

/// The account of that name or verified address.
pub(crate) async fn account(tx: &mut Conn, name: &str) -> Result<User> {
    let user = accounts::find(tx, name, false).await?.filter(|user| user.organization_id.is_none());
    user.ok_or_else(|| Error::field("user", format!("there is no account {name}")))
}
