//! Organizations as their members see them. Making one: see `operator`.

use skep_store::Micros;
use skep_store::tables::organizations::{self, Organization};

use crate::access::{Access, operations};
use crate::principal::Subject;
use crate::{Result, Skep};

/// An organization.
#[derive(Debug, Clone)]
pub struct OrganizationView {
    /// Name.
    pub name: String,
    /// Made.
    pub inserted_at: Micros,
    /// Last changed.
    pub updated_at: Micros,
}

impl From<Organization> for OrganizationView {
    fn from(row: Organization) -> Self {
        Self { name: row.name, inserted_at: row.inserted_at, updated_at: row.updated_at }
    }
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
}
