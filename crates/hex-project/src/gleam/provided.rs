//! Packages that a project has itself: in folders, which are read, and from git, which are taken as Gleam has locked them.

use std::collections::BTreeMap;
use std::path::Path;

use hex_format::name::PackageName;
use hex_format::requirement;
use hex_format::version::Version;

use super::file::io;
use super::manifest::{ManifestPackage, Source};
use super::requirement::relative;
use super::{CONFIG_FILE, Config, Manifest, ProjectError, Requirement};
use crate::resolve::{Dependency, PackageId, Release};

/// One such package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provided {
    /// Its version.
    pub version: Version,
    /// Its folder or commit, as the manifest has it.
    pub source: Source,
    /// What it requires.
    pub dependencies: Vec<Dependency>,
}

/// All packages that a project has itself, those that they have in turn included.
///
/// # Errors
/// When a folder can't be read or holds another package, when they require each other, when one name has two places, or
/// one from git is not locked.
pub(super) fn provided(
    root: &Path,
    config: &Config,
    manifest: Option<&Manifest>,
) -> Result<BTreeMap<PackageName, Provided>, ProjectError> {
    let mut reader = Reader { root, config, manifest, found: BTreeMap::new(), parents: Vec::new() };
    for (name, requirement) in &config.requirements()? {
        let locked = manifest.and_then(|manifest| manifest.requirements.get(name));
        if matches!(requirement, Requirement::Git { .. }) && locked != Some(requirement) {
            return Err(ProjectError::Git(name.clone()));
        }
        reader.dependency(name, requirement, root, config)?;
    }
    Ok(reader.found)
}

impl Provided {
    /// A requirement on nothing else.
    pub(super) fn exactly(&self, name: &PackageName) -> Dependency {
        let package = PackageId::of_project(name.clone());
        Dependency { package, requirement: exactly(&self.version), optional: false }
    }

    /// As a release for the resolver.
    pub(super) fn release(&self) -> Release {
        Release {
            version: self.version.clone(),
            dependencies: self.dependencies.clone(),
            retired: None,
            unusable: None,
            outer_checksum: [0; 32],
        }
    }

    /// As the manifest has it.
    pub(super) fn locked(&self) -> ManifestPackage {
        let mut requirements: Vec<_> =
            self.dependencies.iter().map(|it| it.package.name.to_string()).collect();
        requirements.sort();
        ManifestPackage {
            version: self.version.clone(),
            build_tools: vec!["gleam".to_owned()],
            requirements,
            otp_app: None,
            source: self.source.clone(),
        }
    }
}

struct Reader<'a> {
    root: &'a Path,
    config: &'a Config,
    manifest: Option<&'a Manifest>,
    found: BTreeMap<PackageName, Provided>,
    parents: Vec<PackageName>,
}

impl Reader<'_> {
    /// A dependency of the package in `folder`, whose configuration is `parent`.
    fn dependency(
        &mut self,
        name: &PackageName,
        requirement: &Requirement,
        folder: &Path,
        parent: &Config,
    ) -> Result<Dependency, ProjectError> {
        let version = match requirement {
            Requirement::Hex(requirement) => {
                // What the project has settled goes before what a folder in it has.
                let settled = self.config.repositories.get(name);
                let repository = settled.map_or_else(|| parent.repository_of(name), String::as_str);
                let package = PackageId::new(name.clone(), repository);
                return Ok(Dependency { package, requirement: requirement.clone(), optional: false });
            }
            Requirement::Path(path) => self.folder(name, &folder.join(path))?,
            Requirement::Git { url, .. } => self.git(name, Some(url))?,
        };
        let package = PackageId::of_project(name.clone());
        Ok(Dependency { package, requirement: exactly(&version), optional: false })
    }

    fn folder(&mut self, name: &PackageName, path: &Path) -> Result<Version, ProjectError> {
        let folder = std::fs::canonicalize(path).map_err(io("find the folder", path))?;
        let source = Source::Local { path: relative(self.root, &folder) };
        if let Some(version) = self.known(name, &source)? {
            return Ok(version);
        }
        let config = Config::read(&folder)?
            .ok_or_else(|| ProjectError::NoProject { path: folder.join(CONFIG_FILE) })?;
        if config.name != *name {
            return Err(ProjectError::WrongPackage {
                path: folder,
                expected: name.clone(),
                found: config.name,
            });
        }
        self.parents.push(name.clone());
        let dependencies = (config.dependencies.iter())
            .map(|(name, requirement)| self.dependency(name, requirement, &folder, &config))
            .collect::<Result<_, _>>()?;
        self.parents.pop();
        Ok(self.add(name, Provided { version: config.version, source, dependencies }))
    }

    /// As it is locked. What it requires stands in its sources, if Gleam has left them in the build folder.
    fn git(&mut self, name: &PackageName, url: Option<&str>) -> Result<Version, ProjectError> {
        let locked = self.manifest.and_then(|manifest| manifest.packages.get(name));
        let Some(locked) = locked else { return Err(ProjectError::Git(name.clone())) };
        match &locked.source {
            Source::Git { repo, .. } if url.is_none_or(|url| url == repo) => {}
            _ => return Err(ProjectError::Git(name.clone())),
        }
        if let Some(version) = self.known(name, &locked.source)? {
            return Ok(version);
        }
        let locked = locked.clone();
        let sources = Config::read(&self.root.join("build/packages").join(name.as_str()))?;
        let sources = sources.filter(|config| config.name == *name && config.version == locked.version);
        self.parents.push(name.clone());
        let mut dependencies = Vec::new();
        for dependency in &locked.requirements {
            let dependency = PackageName::parse(dependency).map_err(|_| ProjectError::Git(name.clone()))?;
            let stated = sources.as_ref().and_then(|config| config.dependencies.get(&dependency));
            let (package, requirement) = match stated {
                _ if self.manifest.is_some_and(|manifest| manifest.is_git(&dependency)) => {
                    let version = self.git(&dependency, None)?;
                    (PackageId::of_project(dependency), exactly(&version))
                }
                Some(Requirement::Hex(requirement)) => (self.of_repository(dependency), requirement.clone()),
                _ => (self.of_repository(dependency), any()),
            };
            dependencies.push(Dependency { package, requirement, optional: false });
        }
        self.parents.pop();
        Ok(self.add(name, Provided { version: locked.version, source: locked.source, dependencies }))
    }

    fn of_repository(&self, name: PackageName) -> PackageId {
        let repository = self.config.repository_of(&name);
        PackageId::new(name, repository)
    }

    /// The version, if the package was read already.
    fn known(&self, name: &PackageName, source: &Source) -> Result<Option<Version>, ProjectError> {
        if let Some(at) = self.parents.iter().position(|parent| parent == name) {
            let cycle: Vec<_> = self.parents[at..].iter().map(PackageName::as_str).collect();
            return Err(ProjectError::Cycle(cycle.join(", ")));
        }
        match self.found.get(name) {
            None => Ok(None),
            Some(known) if known.source == *source => Ok(Some(known.version.clone())),
            Some(known) => Err(ProjectError::TwoPlaces {
                name: name.clone(),
                first: place(&known.source),
                second: place(source),
            }),
        }
    }

    fn add(&mut self, name: &PackageName, package: Provided) -> Version {
        let version = package.version.clone();
        self.found.insert(name.clone(), package);
        version
    }
}

fn exactly(version: &Version) -> requirement::Requirement {
    requirement::Requirement::parse(&format!("== {version}")).expect("invariant: a version is a requirement")
}

fn any() -> requirement::Requirement {
    requirement::Requirement::parse(">= 0.0.0").expect("invariant: it is a requirement")
}

fn place(source: &Source) -> String {
    match source {
        Source::Hex { .. } => "a repository".to_owned(),
        Source::Git { repo, commit, .. } => format!("{repo} at {commit}"),
        Source::Local { path } => path.clone(),
    }
}
