//! What is going to be published: gathered and packed before anything is sent.

use std::path::Path;

use anyhow::{Result, anyhow, bail};
use hex_format::name::{OrganizationName, PackageName, RepositoryName};
use hex_format::version::Version;
use hex_project::build::Project;
use hex_project::build::docs::Archive;

use super::documentation::{Documentation, Wanted};
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
    /// None before [`Plan::pack_docs`].
    pub(super) docs: Option<Archive>,
    wanted: Wanted,
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
        let elsewhere = origin.elsewhere(args)?;
        let wanted = match (what, doc_dir, origin.docs()) {
            (What::Package, ..) => Wanted::Nothing,
            (_, Some(folder), _) => Wanted::Folder(folder.to_owned()),
            (_, None, Some(place)) => Wanted::Project(path.to_owned(), place),
            (What::Both, None, None) => Wanted::Nothing,
            (What::Docs, None, None) => {
                bail!("a tarball has no documentation beside it: name its folder with --doc-dir")
            }
        };
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
        Ok(Self { release, package, docs: None, wanted, elsewhere })
    }

    /// Packs the documentation, before anything is sent: one that can't be published keeps the package from being published
    /// alone.
    pub(super) fn pack_docs(&mut self) -> Result<()> {
        match self.wanted.pack()? {
            Documentation::Nothing => {}
            Documentation::Archive(archive) => self.docs = Some(archive),
            Documentation::Missing(place) if self.package.is_none() => {
                bail!("there is no documentation {place}");
            }
            Documentation::Missing(place) => output::note(format!(
                "There is no documentation {place}; once there is some, `skep publish docs` publishes it"
            )),
        }
        Ok(())
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
