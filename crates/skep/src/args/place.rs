//! Where a package is: options that many commands share.

use clap::Args;
use hex_format::name::OrganizationName;
use skep_client::package_ref::{PackageRef, Place, PlaceError};

/// The organization and the repository.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PlaceArgs {
    /// Organization that the package belongs to, as in ORGANIZATION/PACKAGE
    #[arg(long, visible_alias = "organisation", value_name = "ORGANIZATION")]
    pub(crate) organization: Option<OrganizationName>,
    /// Repository of this machine's configuration, such as mysrv or mysrv:acme, as in REPO:PACKAGE [default: hexpm]
    #[arg(long, value_name = "REPO")]
    pub(crate) repo: Option<Place>,
}

impl PlaceArgs {
    /// The place that the options say.
    pub(crate) fn place(&self) -> Result<Place, PlaceError> {
        Place::default().with(self.repo.as_ref(), self.organization.as_ref())
    }

    /// A package with what the options add to it.
    pub(crate) fn of(&self, package: &PackageRef) -> Result<PackageRef, PlaceError> {
        let place = package.place.clone().with(self.repo.as_ref(), self.organization.as_ref())?;
        Ok(PackageRef { place, package: package.package.clone() })
    }
}
