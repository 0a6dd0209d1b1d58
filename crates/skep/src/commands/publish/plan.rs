//! What is going to be published: gathered and packed before anything is sent.

use std::path::Path;

use anyhow::{Result, anyhow};
use hex_format::name::{OrganizationName, PackageName, RepositoryName};
use hex_format::version::Version;
use hex_project::build::Project;
use hex_project::build::docs::{self, Archive, Place};

use crate::args::{ProjectArgs, What};
use crate::commands::build::source::{Origin, Source};
use crate::output;

/// One release of a package.
pub(crate) struct Release {
    pub(crate) package: PackageName,
    pub(crate) version: Version,
    /// Whose it is; nobody's if it is public.
    pub(crate) organization: Option<OrganizationName>,
}

/// Everything that goes up.
pub(super) struct Plan {
    pub(super) release: Release,
    pub(super) package: Option<Source>,
    pub(super) docs: Option<Archive>,
    /// Where documentation would be, if it had been built.
    pub(super) missing_docs: Option<Place>,
    /// What the project says about other places than hex.pm.
    pub(super) elsewhere: Option<String>,
}

/// Which of some packages an organization has.
pub(super) type OwnPackages<'a> = dyn Fn(&OrganizationName, &[PackageName]) -> Result<Vec<PackageName>> + 'a;

impl Plan {
    pub(super) fn new(
        what: What,
        path: &Path,
        args: &ProjectArgs,
        doc_dir: Option<&Path>,
        own_packages: &OwnPackages<'_>,
    ) -> Result<Self> {
        let origin = Origin::open(path, args)?;
        let place = origin.docs();
        let elsewhere = origin.elsewhere(args)?;
        if what == What::Docs && doc_dir.is_none() && place.is_none() {
            return Err(anyhow!("a tarball has no documentation beside it: name its folder with --doc-dir"));
        }
        // Packed first: documentation that can't be published keeps the package from being published alone.
        let docs = match (what, doc_dir, &place) {
            (What::Package, ..) => None,
            (_, Some(folder), _) => Some(docs::archive(folder)?),
            (What::Docs, None, Some(place)) if !place.is_built() => {
                let folder = place.folder.display();
                return Err(anyhow!("there is no documentation in {folder}: `{}` builds it", place.command));
            }
            (_, None, Some(place)) if place.is_built() => Some(docs::archive(&place.folder)?),
            _ => None,
        };
        let missing_docs = place.filter(|_| what == What::Both && docs.is_none());
        let (release, package) = match what {
            What::Docs => (identify(origin, args)?, None),
            What::Both | What::Package => {
                let source = with_own_packages(origin, args, own_packages)?;
                let release = Release {
                    package: source.name.clone(),
                    version: source.version.clone(),
                    organization: source.organization.clone(),
                };
                (release, Some(source))
            }
        };
        Ok(Self { release, package, docs, missing_docs, elsewhere })
    }
}

/// The package of a project, with dependencies from where the organization has them.
fn with_own_packages(origin: Origin, args: &ProjectArgs, own_packages: &OwnPackages<'_>) -> Result<Source> {
    let Origin::Project(project) = origin else { return origin.source(args) };
    let package = project.package()?;
    let organization = args.organization.as_ref().filter(|name| name.as_str() != RepositoryName::HEXPM);
    // What the project itself records is not asked again.
    let unknown = package
        .metadata
        .requirements
        .iter()
        .filter(|dependency| dependency.repository == RepositoryName::HEXPM);
    let names: Vec<PackageName> = unknown.filter_map(|dependency| dependency.name.parse().ok()).collect();
    let mut args = args.clone();
    if let Some(organization) = organization
        && args.private_dependencies.is_empty()
        && !names.is_empty()
    {
        args.private_dependencies = own_packages(organization, &names)?;
        for name in &args.private_dependencies {
            output::note(format!("{name} is taken from the repository of {organization}"));
        }
    }
    Source::of_package(package, &args)
}

/// The release that a folder or a file is.
pub(super) fn identity(path: &Path, args: &ProjectArgs) -> Result<Release> {
    identify(Origin::open(path, args)?, args)
}

fn identify(origin: Origin, args: &ProjectArgs) -> Result<Release> {
    if let Origin::Project(project) = &origin {
        return manifest(project, args);
    }
    let Source { name, version, organization, .. } = origin.source(args)?;
    Ok(Release { package: name, version, organization })
}

/// What the manifest says, which needs no files and no build.
fn manifest(project: &Project, args: &ProjectArgs) -> Result<Release> {
    let (name, version) = (project.name(), project.version());
    let organization = args.organization.clone();
    Ok(Release {
        package: PackageName::parse(name).map_err(|error| anyhow!("the name {name:?} {error}"))?,
        version: version.parse().map_err(|error| anyhow!("the version {version:?}: {error}"))?,
        organization: organization.filter(|name| name.as_str() != RepositoryName::HEXPM),
    })
}
