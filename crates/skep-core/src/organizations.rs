//! Organizations: how they are made, limited, renamed and deleted, and what their members see.

mod create;
pub(crate) mod delete;
mod rename;

use skep_store::tables::members;
use skep_store::tables::organizations::{self, Organization};
use skep_store::{Change, Conn, Micros};

use crate::access::{Access, operations};
use crate::audit::{self, Action, Entry, organization_params};
use crate::principal::Subject;
use crate::{Error, Result, Skep};

pub(crate) use create::check_name;

/// An organization.
#[derive(Debug, Clone)]
pub struct OrganizationView {
    /// Name.
    pub name: String,
    /// Most members; none = no limit.
    pub seats: Option<i64>,
    /// Made.
    pub inserted_at: Micros,
    /// Last changed.
    pub updated_at: Micros,
}

impl From<Organization> for OrganizationView {
    fn from(row: Organization) -> Self {
        Self { name: row.name, seats: row.seats, inserted_at: row.inserted_at, updated_at: row.updated_at }
    }
}

/// A limit of members, as it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seats {
    /// As many as they like.
    Unlimited,
    /// So many.
    Limit(i64),
}

impl Skep {
    /// The caller's organizations by name; an organization sees itself.
    pub async fn list_organizations(
        &self,
        access: &Access<operations::ListOrganizations>,
    ) -> Result<Vec<OrganizationView>> {
        let Some(principal) = &access.caller().principal else {
            return Ok(Vec::new());
        };
        let mut conn = self.db.read().await?;
        let rows = match &principal.subject {
            Subject::User(user) => organizations::of_user(&mut conn, user.id).await?,
            Subject::Organization(organization) => {
                organizations::by_id(&mut conn, organization.id).await?.into_iter().collect()
            }
        };
        Ok(rows.into_iter().map(OrganizationView::from).collect())
    }

    /// One organization.
    pub fn show_organization(&self, access: &Access<operations::ReadOrganization>) -> OrganizationView {
        access.target().organization.clone().into()
    }

    /// Limits the number of members; none = what was given is no number.
    ///
    /// Errors: 422 for fewer seats than members.
    pub async fn set_seats(
        &self,
        access: &Access<operations::SetSeats>,
        seats: Option<Seats>,
    ) -> Result<OrganizationView> {
        let too_few = || Error::validation_text("number of seats cannot be less than number of members");
        let seats = match seats.ok_or_else(too_few)? {
            Seats::Unlimited => None,
            Seats::Limit(seats) => Some(seats),
        };
        let now = self.now();
        let mut tx = self.db.write().await?;
        let organization = hold(&mut tx, &access.target().organization).await?;
        let members = members::count(&mut tx, organization.id).await?;
        if seats.is_some_and(|seats| seats < members) {
            return Err(too_few());
        }
        organizations::set_seats(&mut tx, organization.id, seats, now).await?;
        let params =
            serde_json::json!({ "organization": organization_params(&organization), "seats": seats });
        let entry =
            Entry { organization_id: Some(organization.id), ..Entry::new(Action::OrganizationSeats, params) };
        audit::record(&mut tx, access.caller(), &entry, now).await?;
        tx.note(Change::Access);
        tx.commit(now).await?;
        Ok(Organization { seats, updated_at: now, ..organization }.into())
    }
}

/// The organization as it is now. Nobody else changes it, its members, keys, invitations or policies before the
/// transaction ends.
///
/// Errors: 404 if it was renamed or deleted since it was looked up.
pub(crate) async fn hold(tx: &mut Conn, known: &Organization) -> Result<Organization> {
    organizations::lock(tx, known.id).await?;
    let organization = organizations::by_id(tx, known.id).await?;
    organization.filter(|organization| organization.name == known.name).ok_or_else(Error::not_found)
}
