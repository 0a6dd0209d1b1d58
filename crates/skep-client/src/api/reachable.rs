//! Which organizations a credential opens.

use serde::Deserialize;

use super::{Api, ApiError};

impl Api {
    /// The names of the organizations that the caller belongs to; for a key of an organization that organization.
    ///
    /// # Errors
    /// When the credential may not ask.
    pub async fn reachable_organizations(&self) -> Result<Vec<String>, ApiError> {
        #[derive(Deserialize)]
        struct Named {
            name: String,
        }
        match self.me().await {
            Ok(me) => Ok(me.organizations.into_iter().map(|organization| organization.name).collect()),
            // There is no account behind a key of an organization.
            Err(error) if error.status() == Some(404) => {
                let organizations: Vec<Named> = self.get(&["orgs"]).await?;
                Ok(organizations.into_iter().map(|organization| organization.name).collect())
            }
            Err(error) => Err(error),
        }
    }
}
