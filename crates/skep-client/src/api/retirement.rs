//! Retiring releases: they stay fetchable, and clients warn.

use hex_format::name::{OrganizationName, PackageName};
use hex_format::version::Version;
use hex_registry::package::RetirementReason;
use reqwest::Method;
use serde::Serialize;

use super::packages::in_repository;
use super::{Api, ApiError};

#[derive(Serialize)]
struct Body<'a> {
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replace: Option<bool>,
}

impl Api {
    /// Retires a release, or says something else about one that is retired.
    ///
    /// # Errors
    /// When the caller may not, there is no such release, or the message is too long.
    pub async fn retire(
        &self,
        organization: Option<&OrganizationName>,
        package: &PackageName,
        version: &Version,
        reason: RetirementReason,
        message: Option<&str>,
    ) -> Result<(), ApiError> {
        let version = version.to_string();
        let route =
            in_repository(organization, &["packages", package.as_str(), "releases", &version, "retire"]);
        let body = Body { reason: reason.as_str(), message, replace: None };
        self.answer(self.request(Method::POST, &route)?.json(&body)).await.map(drop)
    }

    /// Retires all releases of a package. Those that are retired already change only with `replace`.
    ///
    /// # Errors
    /// As [`Api::retire`].
    pub async fn retire_package(
        &self,
        organization: Option<&OrganizationName>,
        package: &PackageName,
        reason: RetirementReason,
        message: Option<&str>,
        replace: bool,
    ) -> Result<(), ApiError> {
        let route = in_repository(organization, &["packages", package.as_str(), "retire"]);
        let body = Body { reason: reason.as_str(), message, replace: Some(replace) };
        self.answer(self.request(Method::POST, &route)?.json(&body)).await.map(drop)
    }

    /// Takes a retirement back.
    ///
    /// # Errors
    /// When the caller may not, or there is no such release.
    pub async fn unretire(
        &self,
        organization: Option<&OrganizationName>,
        package: &PackageName,
        version: &Version,
    ) -> Result<(), ApiError> {
        let version = version.to_string();
        self.delete(&in_repository(
            organization,
            &["packages", package.as_str(), "releases", &version, "retire"],
        ))
        .await
    }
}
