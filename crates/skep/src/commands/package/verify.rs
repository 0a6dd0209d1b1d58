//! `skep package verify`: whether a release is what its registry has signed, and whether a project builds the same.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use hex_format::checksum::Sha256;
use hex_format::metadata::{Field, Metadata};
use hex_format::name::{OrganizationName, PackageName, RepositoryName};
use hex_format::tarball::{self, Limits, contents::RESERVED_FILE};
use hex_project::contents::{self, Contents};
use hex_project::diff::changes;
use serde::Serialize;
use skep_client::package_ref::PackageRef;

use super::diff::report::{Difference, Form};
use crate::args::{ProjectArgs, VerifyPackageArgs};
use crate::commands::build::source::Origin;
use crate::commands::context::{Context, block_on};
use crate::commands::source::{Source, choose, warn_if_retired};
use crate::finding::Finding;
use crate::output::text::Style;
use crate::output::{self, Report, Text};

/// Exits with 1 if the project builds another package.
pub(super) fn run(context: &Context, args: &VerifyPackageArgs) -> Result<()> {
    let package = args.place.of(&args.package)?;
    let (release, tarball, signed_by) = block_on(async {
        let source = Source::open(context, &package.place, args.fingerprint.as_ref()).await?;
        let found = source.package(&package.package).await?;
        let release = choose(&found, args.version.as_ref())?.clone();
        // What the server has is to be looked at, not what is on this machine.
        let tarball = source.fetched(&package.package, &release).await?;
        Ok((release, tarball, source.signed_by()))
    })?;
    warn_if_retired(&package.package, &release);
    let project =
        args.project.as_deref().map(|folder| compare(&package, &release.version, &tarball, folder, args));
    let verified = Verified {
        package: package.package.to_string(),
        repository: context.called(&package.place),
        version: release.version.clone(),
        signed_by,
        outer_checksum: Sha256::from_bytes(release.outer_checksum).to_string(),
        inner_checksum: Sha256::from_bytes(release.inner_checksum).to_string(),
        project: project.transpose()?,
    };
    output::report(&verified)?;
    match &verified.project {
        Some(project) if !project.difference.changes.is_empty() => Err(Finding.into()),
        _ => Ok(()),
    }
}

/// Builds the project as it was built to be published there, and compares.
fn compare(
    package: &PackageRef,
    version: &str,
    published: &[u8],
    folder: &Path,
    args: &VerifyPackageArgs,
) -> Result<Compared> {
    let mut project =
        ProjectArgs { app: args.app.clone(), build_tool: args.build_tool, ..ProjectArgs::default() };
    let origin = Origin::of_folder(folder, &project)?;
    let organization = package.place.organization.clone();
    if let (Origin::Project(_), Some(organization)) = (&origin, &organization) {
        project.private_dependencies = private_dependencies(published, organization)?;
    }
    // The public one has to be named, where the project names another.
    project.organization = Some(match organization {
        Some(organization) => organization,
        None => RepositoryName::HEXPM.parse()?,
    });
    let built = origin.source(&project)?;
    if built.name != package.package || built.version.to_string() != version {
        let shown = folder.display();
        bail!(
            "the project in {shown} is {} {}, not {} {version}",
            built.name,
            built.version,
            package.package
        );
    }
    let name = format!("{}-{version}", package.package);
    let read = |bytes: &[u8]| contents::of_tarball(bytes).with_context(|| name.clone());
    let (before, after) = (read(published)?, read(&built.bytes)?);
    let mut changes = changes(&before, &after);
    if meaning(published, &before)? == meaning(&built.bytes, &after)? {
        changes.retain(|change| change.path != RESERVED_FILE);
    }
    let (before, after) = (name, folder.display().to_string());
    let difference = Difference { package: package.clone(), before, after, changes, form: Form::Summary };
    Ok(Compared {
        identical: *built.bytes == *published,
        outer_checksum: built.outer.to_string(),
        difference,
    })
}

/// What the metadata of a package means, however it is written: mix and rebar3 also list folders, and orders differ.
fn meaning(tarball: &[u8], contents: &Contents) -> Result<Metadata> {
    let mut metadata = Metadata::parse(tarball::read(tarball, &Limits::default())?.metadata)?;
    if let Field::Value(files) = &mut metadata.files {
        files.retain(|file| contents.contains_key(file));
        files.sort();
    }
    if let Field::Value(requirements) = &mut metadata.requirements {
        requirements.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(metadata)
}

/// Which dependencies the published package takes from the organization. Projects of Gleam and rebar3 don't say it.
fn private_dependencies(published: &[u8], organization: &OrganizationName) -> Result<Vec<PackageName>> {
    let metadata = Metadata::parse(tarball::read(published, &Limits::default())?.metadata)?;
    let requirements = metadata.requirements.value().into_iter().flatten();
    let own = requirements.filter(|dependency| {
        dependency.repository.value().is_some_and(|repository| repository == organization.as_str())
    });
    Ok(own.filter_map(|dependency| dependency.name.parse().ok()).collect())
}

#[derive(Serialize)]
struct Verified {
    package: String,
    repository: String,
    version: String,
    /// Fingerprint of the key that signed the registry.
    signed_by: Option<String>,
    outer_checksum: String,
    inner_checksum: String,
    project: Option<Compared>,
}

#[derive(Serialize)]
struct Compared {
    /// Whether the project builds the very bytes that are published.
    identical: bool,
    /// The checksum of what it builds.
    outer_checksum: String,
    #[serde(flatten)]
    difference: Difference,
}

impl Report for Verified {
    fn text(&self) -> Text {
        let heading =
            format!("{} {} of {} is what its registry says", self.package, self.version, self.repository);
        let mut text = Text::styled(Style::Good, &heading);
        if let Some(key) = &self.signed_by {
            text = text.line(format!("Signed by:      {key}"));
        }
        text = text.line(format!("Outer checksum: {}", self.outer_checksum));
        text = text.line(format!("Inner checksum: {}", self.inner_checksum));
        let Some(project) = &self.project else { return text };
        let place = &project.difference.after;
        let same = project.difference.changes.is_empty();
        match (project.identical, same) {
            (true, _) => text.line(Text::styled(Style::Good, &format!("{place} builds the same bytes"))),
            (false, true) => text
                .line(Text::styled(Style::Good, &format!("{place} builds the same files, packed otherwise"))),
            (false, false) => text
                .line(Text::styled(Style::Bad, &format!("{place} builds another package:")))
                .line(project.difference.text()),
        }
    }
}
