//! Who may publish a package.

use std::borrow::Cow;

use hex_format::name::{OrganizationName, PackageName};
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::packages::in_repository;
use super::{Api, ApiError, OwnedPackage, segment};

/// An owner of a package. An organization can be one, too.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Owner {
    /// The user's name.
    pub username: String,
    /// The public address, if any.
    #[serde(default)]
    pub email: Option<String>,
    /// `full` or `maintainer`; only lists of owners say it.
    #[serde(default)]
    pub level: Option<String>,
}

/// What an owner may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OwnerLevel {
    /// Publish, and change who owns the package.
    Full,
    /// Publish.
    Maintainer,
}

impl OwnerLevel {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Maintainer => "maintainer",
        }
    }
}

impl Api {
    /// The owners of a package.
    ///
    /// # Errors
    /// When there is no package that the caller may see.
    pub async fn owners(
        &self,
        organization: Option<&OrganizationName>,
        package: &PackageName,
    ) -> Result<Vec<Owner>, ApiError> {
        self.get(&in_repository(organization, &["packages", package.as_str(), "owners"])).await
    }

    /// Makes a user an owner, or changes the level of one. With `transfer` all others cease to be owners.
    ///
    /// # Errors
    /// When the caller may not, or the server knows no such user or package.
    pub async fn add_owner(
        &self,
        organization: Option<&OrganizationName>,
        package: &PackageName,
        owner: &str,
        level: OwnerLevel,
        transfer: bool,
    ) -> Result<(), ApiError> {
        #[derive(Serialize)]
        struct Body {
            level: OwnerLevel,
            transfer: bool,
        }
        let owner = twice(owner)?;
        let route = in_repository(organization, &["packages", package.as_str(), "owners", &owner]);
        self.answer(self.request(Method::PUT, &route)?.json(&Body { level, transfer })).await.map(drop)
    }

    /// Removes an owner.
    ///
    /// # Errors
    /// When the caller may not, or it would leave the package without an owner.
    pub async fn remove_owner(
        &self,
        organization: Option<&OrganizationName>,
        package: &PackageName,
        owner: &str,
    ) -> Result<(), ApiError> {
        let owner = twice(owner)?;
        self.delete(&in_repository(organization, &["packages", package.as_str(), "owners", &owner])).await
    }

    /// The packages that the caller owns.
    ///
    /// # Errors
    /// When the credential is refused, or belongs to an organization.
    pub async fn owned_packages(&self) -> Result<Vec<OwnedPackage>, ApiError> {
        #[derive(Deserialize)]
        struct Body {
            #[serde(default)]
            packages: Option<Vec<OwnedPackage>>,
        }
        let body: Body = self.get(&["users", "me"]).await?;
        Ok(body.packages.unwrap_or_default())
    }
}

/// A name or address as the last part of an address. Servers decode this part twice, the second time as a form, where
/// a plus would be a space.
fn twice(owner: &str) -> Result<Cow<'_, str>, ApiError> {
    let owner = segment(owner)?;
    if !owner.contains(['%', '+']) {
        return Ok(Cow::Borrowed(owner));
    }
    Ok(Cow::Owned(owner.replace('%', "%25").replace('+', "%2B")))
}
