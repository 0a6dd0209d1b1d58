//! A package on the way to its tarball: from a project's folder or from a file that was built before.
//!
//! Whatever it comes from, it is judged as a tarball, by the same rules.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use bytes::Bytes;
use hex_format::checksum::Sha256;
use hex_format::metadata::{Field, Metadata};
use hex_format::name::{OrganizationName, PackageName, RepositoryName};
use hex_format::tarball::{self, ContentsError, EntryKind, Limits, MAX_TARBALL};
use hex_format::version::Version;
use hex_project::build::check::{self, Audience, Findings};
use hex_project::build::{BuildTool, Package, Project, detect, docs, mix_exs, secrets};

use super::mix;
use crate::args::ProjectArgs;
use crate::output;

/// How much of a file is looked at for secrets, in bytes.
const LOOKED_AT: u64 = 64 * 1024;

/// What tarballs have in their first header, unless they are very old, and where.
const MAGIC: &[u8] = b"ustar";
const MAGIC_AT: usize = 257;

/// Where a package comes from.
pub(crate) enum Origin {
    /// A tarball.
    File(PathBuf),
    /// A project that is built here.
    Project(Box<Project>),
    /// A project that mix builds.
    Mix(PathBuf),
}

/// A tarball with what it says, and what there is to say about it.
pub(crate) struct Source {
    pub(crate) name: PackageName,
    pub(crate) version: Version,
    pub(crate) bytes: Bytes,
    pub(crate) outer: Sha256,
    pub(crate) metadata: Metadata,
    /// Paths of files with their sizes in bytes.
    pub(crate) files: Vec<(String, u64)>,
    /// Whom it is for; nobody in particular if it is public.
    pub(crate) organization: Option<OrganizationName>,
    findings: Findings,
}

impl Origin {
    /// A file or a folder.
    pub(crate) fn open(path: &Path, args: &ProjectArgs) -> Result<Self> {
        if !path.exists() {
            bail!("cannot read {}: there is no such file or folder", path.display());
        }
        if path.is_file() { Ok(Self::File(path.to_owned())) } else { Self::of_folder(path, args) }
    }

    /// The project in a folder.
    pub(crate) fn of_folder(folder: &Path, args: &ProjectArgs) -> Result<Self> {
        if !folder.is_dir() {
            let wrong = if folder.exists() { "it is no folder" } else { "there is no such folder" };
            bail!("cannot read {}: {wrong}", folder.display());
        }
        let tool = args.build_tool.map_or_else(|| detect(folder), Ok)?;
        if args.app.is_some() && tool != BuildTool::Rebar3 {
            bail!("--app chooses an application of a rebar3 project, and {tool} builds this one");
        }
        Ok(match tool {
            BuildTool::Mix => Self::Mix(folder.to_owned()),
            BuildTool::Gleam => Self::Project(Box::new(Project::gleam(folder)?)),
            BuildTool::Rebar3 => Self::Project(Box::new(Project::rebar3(folder, args.app.as_deref())?)),
        })
    }

    /// Where the documentation of a project is when it was built; tarballs have none beside them.
    pub(crate) fn docs(&self) -> Option<docs::Place> {
        match self {
            Self::File(_) => None,
            Self::Project(project) => Some(project.docs().clone()),
            Self::Mix(folder) => {
                let (doc, docs) = (folder.join("doc"), folder.join("docs"));
                let folder = if !doc.exists() && docs.exists() { docs } else { doc };
                Some(docs::Place { folder, command: "mix docs", configured: true })
            }
        }
    }

    /// What the project says about other places than hex.pm, unless the options answer it.
    pub(crate) fn elsewhere(&self, args: &ProjectArgs) -> Result<Option<String>> {
        let public = args.organization.as_ref().is_some_and(|name| name.as_str() == RepositoryName::HEXPM);
        Ok(match self {
            Self::Mix(folder) if !public => {
                mix_exs::api_url(folder)?.map(|url| format!("mix.exs names the server {url}"))
            }
            Self::Project(project) if args.organization.is_none() => {
                let names = project.repositories().join(", ");
                (!names.is_empty()).then(|| format!("rebar.config names the repositories {names}"))
            }
            _ => None,
        })
    }

    /// The package, built or read.
    pub(crate) fn source(self, args: &ProjectArgs) -> Result<Source> {
        match self {
            Self::Project(project) => Source::of_package(project.package()?, args),
            other => other.tarball(args),
        }
    }

    fn tarball(self, args: &ProjectArgs) -> Result<Source> {
        if !args.private_dependencies.is_empty() {
            bail!("--private-dependency is for Gleam and rebar3 projects: others say it themselves");
        }
        match self {
            Self::File(path) => {
                let bytes = read(&path)?;
                let length = bytes.len();
                let looks_right = bytes.get(MAGIC_AT..MAGIC_AT + MAGIC.len()) == Some(MAGIC);
                let (read, shown) =
                    (Source::read(bytes, organization(args, None), Vec::new()), path.display());
                if read.is_err() && !looks_right && length <= MAX_TARBALL {
                    bail!("{shown} is no tarball: give one that `skep build` made, or a project's folder");
                }
                read.with_context(|| format!("{shown} can't be published"))
            }
            Self::Mix(folder) => {
                let mix::Built { tarball, organization: named, warnings } = mix::build(&folder)?;
                Source::read(tarball, organization(args, named), warnings)
            }
            Self::Project(_) => unreachable!("handled above"),
        }
    }
}

/// The organization that was given, or that the project names. `hexpm` is none.
fn organization(args: &ProjectArgs, named: Option<OrganizationName>) -> Option<OrganizationName> {
    if let (Some(given), Some(named)) = (&args.organization, &named)
        && given != named
    {
        output::warn(&format!(
            "mix.exs says organization {named}, and --organization says {given}, which counts"
        ));
    }
    let chosen = args.organization.clone().or(named);
    chosen.filter(|name| name.as_str() != RepositoryName::HEXPM)
}

impl Source {
    /// Builds a package whose private dependencies are those that were named.
    pub(crate) fn of_package(mut package: Package, args: &ProjectArgs) -> Result<Self> {
        let organization = organization(args, None);
        match &organization {
            Some(organization) => mark_private(&mut package, organization, &args.private_dependencies)?,
            None if args.private_dependencies.is_empty() => {}
            None => bail!("only a package of an organization can have a --private-dependency"),
        }
        let warnings = std::mem::take(&mut package.warnings);
        // Judged before it is packed, for the packing stops at the first error.
        let text = hex_format::metadata::write(&package.metadata);
        let metadata = Metadata::parse(text.as_bytes()).context("metadata.config")?;
        let findings = check::metadata(&metadata, Audience::of(organization.as_ref()));
        if !findings.errors.is_empty() {
            bail!("Stopping package build due to errors: {}", findings.errors.join("; "));
        }
        Self::read(package.build()?.tarball, organization, warnings)
    }

    /// Reads and judges a tarball.
    fn read(bytes: Vec<u8>, organization: Option<OrganizationName>, warnings: Vec<String>) -> Result<Self> {
        let limits = Limits::default();
        let tarball = tarball::read(&bytes, &limits)?;
        let metadata = Metadata::parse(tarball.metadata).context("metadata.config")?;
        let mut findings = check::metadata(&metadata, Audience::of(organization.as_ref()));
        findings.warnings.splice(0..0, warnings);
        let mut files = Vec::new();
        tarball::contents::walk(tarball.contents, &limits, |entry, data| {
            let EntryKind::File { size, .. } = entry.kind else { return Ok::<_, ContentsError>(()) };
            let path = entry.path.to_string();
            let mut start = Vec::new();
            // What can't be read is told by the walk itself.
            let _ = data.take(LOOKED_AT).read_to_end(&mut start);
            if let Some(reason) = secrets::suspicion(&path, &start) {
                findings.warnings.push(format!("{path} would be published: {reason}"));
            }
            files.push((path, size));
            Ok(())
        })?;
        let name = PackageName::parse(&field(&metadata.name, "name")?)
            .map_err(|error| anyhow!("its name {error}"))?;
        let version = field(&metadata.version, "version")?;
        let version: Version = version.parse().with_context(|| format!("its version {version:?}"))?;
        let outer = tarball.outer;
        Ok(Self { name, version, bytes: bytes.into(), outer, metadata, files, organization, findings })
    }

    /// Tells the warnings, and fails with all the errors at once.
    pub(crate) fn complain(&self, headline: &str) -> Result<()> {
        self.findings.warnings.iter().for_each(|warning| output::warn(warning));
        if self.findings.errors.is_empty() {
            return Ok(());
        }
        bail!("{headline}: {}", self.findings.errors.join("; "))
    }
}

/// Says of dependencies that they are packages of the organization.
fn mark_private(
    package: &mut Package,
    organization: &OrganizationName,
    private: &[PackageName],
) -> Result<()> {
    for name in private {
        let mut dependencies = package.metadata.requirements.iter_mut();
        match dependencies.find(|dependency| dependency.name == name.as_str()) {
            Some(dependency) => dependency.repository = organization.to_string(),
            None => bail!("{name} is a --private-dependency and no dependency of the package"),
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte more than allowed, so that the check of the tarball sees that there is more.
    File::open(path)
        .and_then(|file| file.take(MAX_TARBALL as u64 + 1).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(bytes)
}

fn field(field: &Field<String>, name: &str) -> Result<String> {
    field.value().cloned().with_context(|| format!("metadata.config has no {name}"))
}
