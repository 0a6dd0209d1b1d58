//! Repositories as the API lists them.

mod known;

use skep_store::Micros;
use skep_store::tables::repositories::{self, Repository};

use crate::access::{Access, operations};
use crate::principal::{Principal, Subject};
use crate::{Result, Skep};

pub(crate) use known::KnownRepositories;

/// A repository. In lists the public one carries no times, as in the reference.
#[derive(Debug, Clone)]
pub struct RepositoryView {
    /// Name.
    pub name: String,
    /// Made.
    pub inserted_at: Option<Micros>,
    /// Last changed.
    pub updated_at: Option<Micros>,
}

impl From<&Repository> for RepositoryView {
    fn from(row: &Repository) -> Self {
        Self { name: row.name.clone(), inserted_at: Some(row.inserted_at), updated_at: Some(row.updated_at) }
    }
}

impl Skep {
    /// The public repository first, then those of the caller's organizations by name.
    pub async fn list_repositories(
        &self,
        access: &Access<operations::ListRepositories>,
    ) -> Result<Vec<RepositoryView>> {
        let mut views = vec![RepositoryView { name: "hexpm".into(), inserted_at: None, updated_at: None }];
        if let Some(principal) = &access.caller().principal {
            let mut conn = self.db.read().await?;
            for name in organization_names(principal) {
                views
                    .extend(repositories::by_name(&mut conn, name).await?.as_ref().map(RepositoryView::from));
            }
        }
        Ok(views)
    }

    /// One repository.
    pub fn show_repository(&self, access: &Access<operations::ReadRepository>) -> RepositoryView {
        access.target().repository.as_ref().into()
    }
}

/// Names of the organizations whose repositories the principal may read, in order.
fn organization_names(principal: &Principal) -> Vec<&str> {
    match &principal.subject {
        Subject::User(user) => user.memberships.iter().map(|m| m.organization.as_str()).collect(),
        Subject::Organization(organization) => vec![&organization.name],
    }
}
