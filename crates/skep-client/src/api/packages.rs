//! Packages and releases: what is there, and publishing.

use std::collections::BTreeMap;

use bytes::Bytes;
use hex_format::name::{OrganizationName, PackageName};
use hex_format::version::Version;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use serde::{Deserialize, Serialize};

use super::details::{
    AdvisoryNote, Configs, Downloads, PackageMeta, ReleaseMeta, Requirement, RetirementNote, count,
    or_default, texts,
};
use super::owners::Owner;
use super::users::User;
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
    /// The newest version.
    #[serde(default)]
    pub latest_version: Option<String>,
    /// The newest version that is not a pre-release, if there is one.
    #[serde(default)]
    pub latest_stable_version: Option<String>,
    /// Newest first.
    #[serde(default, deserialize_with = "or_default")]
    pub releases: Vec<PackageRelease>,
    /// Its page.
    #[serde(default)]
    pub html_url: Option<String>,
    /// When something about it changed last, as the server writes it.
    #[serde(default)]
    pub updated_at: Option<String>,
    /// Its documentation, if any release has some.
    #[serde(default)]
    pub docs_html_url: Option<String>,
    /// What it says about itself.
    #[serde(default, deserialize_with = "or_default")]
    pub meta: PackageMeta,
    /// How to depend on its newest version.
    #[serde(default, deserialize_with = "texts")]
    pub configs: Configs,
    /// Retired versions.
    #[serde(default, deserialize_with = "or_default")]
    pub retirements: BTreeMap<String, RetirementNote>,
    /// How often it was downloaded.
    #[serde(default, deserialize_with = "or_default")]
    pub downloads: Downloads,
    /// Who may publish; lists of packages lack it.
    #[serde(default, deserialize_with = "or_default")]
    pub owners: Vec<Owner>,
    /// Known security problems; lists of packages lack it.
    #[serde(default, deserialize_with = "or_default")]
    pub security_advisories: Vec<AdvisoryNote>,
}

/// A release inside a package.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct PackageRelease {
    /// The version.
    pub version: String,
    /// Whether documentation was published.
    #[serde(default, deserialize_with = "or_default")]
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
    /// Whether documentation was published.
    #[serde(default, deserialize_with = "or_default")]
    pub has_docs: bool,
    /// Its documentation, if it has some.
    #[serde(default)]
    pub docs_html_url: Option<String>,
    /// Why it should not be used any more, if so.
    #[serde(default)]
    pub retirement: Option<RetirementNote>,
    /// What it needs, by package.
    #[serde(default, deserialize_with = "or_default")]
    pub requirements: BTreeMap<String, Requirement>,
    /// How to depend on it.
    #[serde(default, deserialize_with = "texts")]
    pub configs: Configs,
    /// What it says about itself.
    #[serde(default, deserialize_with = "or_default")]
    pub meta: ReleaseMeta,
    /// How often it was downloaded.
    #[serde(default, deserialize_with = "count")]
    pub downloads: Option<u64>,
    /// Who published it.
    #[serde(default)]
    pub publisher: Option<User>,
    /// Known security problems of this version.
    #[serde(default, deserialize_with = "or_default")]
    pub security_advisories: Vec<AdvisoryNote>,
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

/// The route of something in a repository, public or an organization's.
pub(super) fn in_repository<'a>(
    organization: Option<&'a OrganizationName>,
    rest: &[&'a str],
) -> Vec<&'a str> {
    let mut route = organization.map_or_else(Vec::new, |name| vec!["repos", name.as_str()]);
    route.extend(rest);
    route
}
