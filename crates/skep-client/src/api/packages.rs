//! Packages and releases: what is there, and publishing.

use bytes::Bytes;
use hex_format::name::{OrganizationName, PackageName};
use hex_format::version::Version;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use serde::{Deserialize, Serialize};

use super::{Api, ApiError};
use crate::network::Progress;

/// A package with its releases.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// The repository it is in.
    #[serde(default)]
    pub repository: Option<String>,
    /// The newest version that is not a pre-release, if there is one.
    #[serde(default)]
    pub latest_stable_version: Option<String>,
    /// Newest first.
    #[serde(default)]
    pub releases: Vec<PackageRelease>,
    /// Its page.
    #[serde(default)]
    pub html_url: Option<String>,
}

/// A release inside a package.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct PackageRelease {
    /// The version.
    pub version: String,
    /// Whether documentation was published.
    #[serde(default)]
    pub has_docs: bool,
    /// When it was published, as the server writes it.
    #[serde(default)]
    pub inserted_at: Option<String>,
}

/// One release.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Release {
    /// The version.
    pub version: String,
    /// SHA-256 of the tarball, in lower-case hexadecimal.
    #[serde(default)]
    pub checksum: Option<String>,
    /// Its page.
    #[serde(default)]
    pub html_url: Option<String>,
    /// Its address in the API.
    #[serde(default)]
    pub url: Option<String>,
    /// When it was published, as the server writes it.
    #[serde(default)]
    pub inserted_at: Option<String>,
}

/// The answer to a publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The release as the server has it now.
    pub release: Release,
    /// Whether it took the place of an earlier upload of the same version.
    pub replaced: bool,
}

impl Api {
    /// A package, public or an organization's.
    ///
    /// # Errors
    /// When there is none that the caller may see.
    pub async fn package(
        &self,
        organization: Option<&OrganizationName>,
        package: &PackageName,
    ) -> Result<Package, ApiError> {
        self.get(&in_repository(organization, &["packages", package.as_str()])).await
    }

    /// A release, public or an organization's.
    ///
    /// # Errors
    /// When there is none that the caller may see.
    pub async fn release(
        &self,
        organization: Option<&OrganizationName>,
        package: &PackageName,
        version: &Version,
    ) -> Result<Release, ApiError> {
        let version = version.to_string();
        self.get(&in_repository(organization, &["packages", package.as_str(), "releases", &version])).await
    }

    /// Publishes a tarball. `replace` lets it take the place of an earlier upload of the same version.
    ///
    /// # Errors
    /// When the caller may not, or the tarball breaks a rule of the server.
    pub async fn publish(
        &self,
        organization: Option<&OrganizationName>,
        package: &PackageName,
        tarball: Bytes,
        replace: bool,
        progress: &Progress,
    ) -> Result<Published, ApiError> {
        let route = in_repository(organization, &["packages", package.as_str(), "releases"]);
        let request = self
            .request(Method::POST, &route)?
            .query(&[("replace", replace)])
            .header(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        let response = self.upload(request, tarball, progress).await?;
        let replaced = response.status().as_u16() == 200;
        Ok(Published { release: super::read(response).await?, replaced })
    }
}

fn in_repository<'a>(organization: Option<&'a OrganizationName>, rest: &[&'a str]) -> Vec<&'a str> {
    let mut route = organization.map_or_else(Vec::new, |name| vec!["repos", name.as_str()]);
    route.extend(rest);
    route
}
