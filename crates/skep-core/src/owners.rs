//! Owners of packages: who they are, adding, transferring, removing. Refusals, their order and texts: the Hex HTTP
//! contract, "Owners".
//!
//! A public package must always have a full owner: whoever changes owners first holds other writers of the package
//! back, and judges by what is true then.

use skep_store::tables::owners::{self, Owner};
use skep_store::tables::packages::{self, Package};
use skep_store::tables::repositories::Repository;
use skep_store::tables::users::User;
use skep_store::tables::{members, owners::OwnerDetails};
use skep_store::{Change, Conn, StoreError};

use crate::access::{Access, operations};
use crate::accounts::{self, AccountView};
use crate::audit::{self, Action};
use crate::given::Given;
use crate::mail::{self, Notice, To};
use crate::packages::owner_entry;
use crate::role::Level;
use crate::{Error, Result, Skep};

/// An owner.
#[derive(Debug, Clone)]
pub struct OwnerView {
    /// The account.
    pub account: AccountView,
    /// What the owner may do.
    pub level: Level,
}

/// How somebody becomes an owner, as it was given.
pub struct NewOwner {
    /// `full` or `maintainer`; full if absent.
    pub level: Given<String>,
    /// Whether all other owners are removed.
    pub transfer: bool,
}

impl Skep {
    /// Owners of a package by username.
    ///
    /// Errors: 404.
    pub async fn owners(
        &self,
        access: &Access<operations::ReadRepository>,
        package: &str,
    ) -> Result<Vec<OwnerView>> {
        let mut conn = self.db.read().await?;
        let found = packages::by_name(&mut conn, access.target().repository.id, package).await?;
        let rows = owners::details(&mut conn, found.ok_or_else(Error::not_found)?.id).await?;
        rows.into_iter().map(view).collect()
    }

    /// One owner by username or public address.
    ///
    /// Errors: 404, also for an account that is no owner.
    pub async fn owner(
        &self,
        access: &Access<operations::ReadRepository>,
        package: &str,
        name_or_email: &str,
    ) -> Result<OwnerView> {
        let owners = self.owners(access, package).await?;
        let mut conn = self.db.read().await?;
        let user = accounts::find(&mut conn, name_or_email, true).await?.ok_or_else(Error::not_found)?;
        owners.into_iter().find(|owner| owner.account.username == user.username).ok_or_else(Error::not_found)
    }

    /// Makes somebody, by username or public address, an owner, or changes an owner's level.
    ///
    /// Errors: 404 for an unknown account, 422.
    pub async fn put_owner(
        &self,
        access: &Access<operations::ChangeOwners>,
        name_or_email: &str,
        new: NewOwner,
    ) -> Result<()> {
        let repository = &access.target().repository;
        let now = self.now();
        let mut tx = self.change_in(repository).await?;
        let package = lock(&mut tx, access).await?;
        let user = accounts::find(&mut tx, name_or_email, true).await?.ok_or_else(Error::not_found)?;
        let present = owners::of_package(&mut tx, package.id).await?;
        check_membership(&mut tx, repository, &user).await?;
        let level = check_level(repository, &user, &new, &present)?;

        let notice = Notice::OwnerAdd {
            repository: repository.name.clone(),
            package: package.name.clone(),
            owner: user.username.clone(),
        };
        // Those who were owners are told too, also if they are none any more. Another level is no news.
        if new.transfer || !present.iter().any(|owner| owner.user_id == user.id) {
            let mut told = mail::addresses(&mut tx, &notice, To::Owners(package.id)).await?;
            told.append(&mut mail::addresses(&mut tx, &notice, To::User(user.id)).await?);
            mail::tell_all(&mut tx, &notice, &told, now).await?;
        }
        owners::put(&mut tx, package.id, user.id, level.as_str(), now).await.map_err(
            |error| match error {
                // An organization that was deleted meanwhile, and its account with it.
                StoreError::Reference(_) => Error::not_found(),
                error => error.into(),
            },
        )?;
        if new.transfer {
            owners::delete_others(&mut tx, package.id, user.id).await?;
        }
        let action = if new.transfer { Action::OwnerTransfer } else { Action::OwnerAdd };
        let entry = owner_entry(action, repository, &package, &user, level)?;
        audit::record(&mut tx, access.caller(), &entry, now).await?;
        tx.note(Change::Package { repository_id: repository.id, name: package.name });
        Ok(tx.commit(now).await?)
    }

    /// Removes an owner, by username or any verified address. Owners of private packages may all go, since rights
    /// there come from roles.
    ///
    /// Errors: 404 for an unknown account, 422.
    pub async fn remove_owner(
        &self,
        access: &Access<operations::ChangeOwners>,
        name_or_email: &str,
    ) -> Result<()> {
        let repository = &access.target().repository;
        let now = self.now();
        let mut tx = self.change_in(repository).await?;
        let package = lock(&mut tx, access).await?;
        let user = accounts::find(&mut tx, name_or_email, false).await?.ok_or_else(Error::not_found)?;
        let present = owners::of_package(&mut tx, package.id).await?;
        let owner = present.iter().find(|owner| owner.user_id == user.id);
        let owner = owner.ok_or_else(|| refused("user is not an owner of package"))?;
        if repository.is_public() && present.len() == 1 {
            return Err(refused("cannot remove last owner of package"));
        }
        if repository.is_public() && is_last_full(&present, user.id) {
            return Err(refused("cannot remove the last full owner of package"));
        }
        let notice = Notice::OwnerRemove {
            repository: repository.name.clone(),
            package: package.name.clone(),
            owner: user.username.clone(),
        };
        mail::tell(&mut tx, &notice, To::Owners(package.id), now).await?;
        owners::delete(&mut tx, package.id, user.id).await?;
        let entry = owner_entry(Action::OwnerRemove, repository, &package, &user, level_of(&owner.level)?)?;
        audit::record(&mut tx, access.caller(), &entry, now).await?;
        tx.note(Change::Package { repository_id: repository.id, name: package.name });
        Ok(tx.commit(now).await?)
    }
}

async fn lock(tx: &mut Conn, access: &Access<operations::ChangeOwners>) -> Result<Package> {
    let id = access.target().existing()?.id;
    packages::lock(tx, id).await?;
    packages::by_id(tx, id).await?.ok_or_else(Error::not_found)
}

/// Owners of a private package are members of its organization.
async fn check_membership(tx: &mut Conn, repository: &Repository, user: &User) -> Result<()> {
    if repository.is_public() || members::role(tx, repository.organization_id, user.id).await?.is_some() {
        return Ok(());
    }
    Err(refused("cannot add owner to private package when the user is not a member of the organization"))
}

/// The level that the new owner gets.
fn check_level(repository: &Repository, user: &User, new: &NewOwner, present: &[Owner]) -> Result<Level> {
    let level = match &new.level {
        Ok(None) => Some(Level::Full),
        Ok(Some(level)) => Level::parse(level),
        Err(_) => None,
    };
    let is_organization = user.organization_id.is_some();
    if is_organization && !new.transfer {
        return Err(refused("organization ownership can only be transferred, removing all existing owners"));
    }
    if is_organization && level != Some(Level::Full) {
        return Err(Error::field(
            "level",
            "ownership level is required to be \"full\" for organization ownership",
        ));
    }
    if level != Some(Level::Full) && is_last_full(present, user.id) {
        return Err(refused("cannot demote the last full owner of a package"));
    }
    let level = level.ok_or_else(|| Error::field("level", "is invalid"))?;
    // The reference lets the last full owner go here.
    if new.transfer && level != Level::Full && repository.is_public() {
        return Err(Error::field("level", "ownership level is required to be \"full\" for a transfer"));
    }
    Ok(level)
}

fn is_last_full(present: &[Owner], user_id: i64) -> bool {
    let mut full = present.iter().filter(|owner| owner.level == Level::Full.as_str());
    matches!((full.next(), full.next()), (Some(only), None) if only.user_id == user_id)
}

fn refused(text: &str) -> Error {
    Error::field("username", text)
}

fn level_of(text: &str) -> Result<Level> {
    Level::parse(text).ok_or_else(|| Error::internal(format!("an owner has the unknown level {text}")))
}

fn view(row: OwnerDetails) -> Result<OwnerView> {
    let level = level_of(&row.level)?;
    let account = AccountView {
        username: row.username,
        full_name: row.full_name,
        email: row.email,
        inserted_at: row.inserted_at,
        updated_at: row.updated_at,
    };
    Ok(OwnerView { account, level })
}
