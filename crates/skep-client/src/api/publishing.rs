//! Documentation goes up; releases and documentation are taken back.

use bytes::Bytes;
use hex_format::name::{OrganizationName, PackageName};
use hex_format::version::Version;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderValue, LOCATION};

use super::packages::in_repository;
use super::{Api, ApiError};
use crate::network::Progress;

impl Api {
    /// Publishes documentation of a release, in the place of what was there; gives its address, if the server tells one.
    ///
    /// # Errors
    /// When there is no such release, the caller may not publish, or the archive breaks a rule of the server.
    pub async fn publish_docs(
        &self,
        organization: Option<&OrganizationName>,
        package: &PackageName,
        version: &Version,
        archive: Bytes,
        progress: &Progress,
    ) -> Result<Option<String>, ApiError> {
        let version = version.to_string();
        let route =
            in_repository(organization, &["packages", package.as_str(), "releases", &version, "docs"]);
        let request = self
            .request(Method::POST, &route)?
            .header(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        let response = self.upload(request, archive, progress).await?;
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        Ok(location.map(str::to_owned))
    }

    /// Takes a release back: it is gone, with its documentation, and the package with its last release.
    ///
    /// # Errors
    /// When there is none, the caller may not, or the time for it is over.
    pub async fn revert(
        &self,
        organization: Option<&OrganizationName>,
        package: &PackageName,
        version: &Version,
    ) -> Result<(), ApiError> {
        let version = version.to_string();
        self.delete(&in_repository(organization, &["packages", package.as_str(), "releases", &version])).await
    }

    /// Takes the documentation of a release back.
    ///
    /// # Errors
    /// When there is no such release, or the caller may not.
    pub async fn revert_docs(
        &self,
        organization: Option<&OrganizationName>,
        package: &PackageName,
        version: &Version,
    ) -> Result<(), ApiError> {
        let version = version.to_string();
        let route = ["packages", package.as_str(), "releases", &version, "docs"];
        self.delete(&in_repository(organization, &route)).await
    }
}
