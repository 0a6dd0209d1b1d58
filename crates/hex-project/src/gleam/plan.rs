//! From what a project requires to the question for the resolver, and from its answer to the manifest.

use std::collections::BTreeMap;

use hex_format::checksum::Sha256;
use hex_format::metadata::Metadata;
use hex_format::name::PackageName;
use hex_format::tarball::{self, Limits};
use hex_format::version::Version;

use super::kept::{Unlock, kept};
use super::manifest::{ManifestPackage, Source};
use super::provided::{Provided, provided};
use super::{Config, HEXPM, Manifest, Project, ProjectError, Requirement};
use crate::resolve::{Dependency, PackageId, Question, Rules, Universe, range};

/// The package of each name, and its version.
type Chosen = BTreeMap<PackageName, (PackageId, Version)>;

/// What is to be resolved for a project.
#[derive(Debug, Clone)]
pub struct Plan<'a> {
    project: &'a Project,
    config: Config,
    provided: BTreeMap<PackageName, Provided>,
    kept: BTreeMap<PackageName, Version>,
}

/// What the manifest says of a release and only its tarball knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Its OTP application.
    pub app: String,
    /// The tools that can build it.
    pub build_tools: Vec<String>,
}

/// A chosen release of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tarball {
    /// The package.
    pub name: PackageName,
    /// The repository, as the client's configuration calls it.
    pub repository: String,
    /// The version.
    pub version: Version,
    /// SHA-256 of the tarball.
    pub outer_checksum: Sha256,
}

impl<'a> Plan<'a> {
    /// A plan for a project with what `config` requires, which need not be what is written yet.
    ///
    /// # Errors
    /// When packages that the project has itself can't be read.
    pub fn new(project: &'a Project, config: Config, unlock: &Unlock) -> Result<Self, ProjectError> {
        let manifest = project.manifest.as_ref();
        let provided = provided(&project.folder, &config, manifest)?;
        let requirements = config.requirements()?;
        let kept = manifest.map(|manifest| kept(&requirements, manifest, unlock)).unwrap_or_default();
        Ok(Self { project, config, provided, kept })
    }

    /// The question.
    pub fn question(&self) -> Question {
        let all = self.config.dependencies.iter().chain(&self.config.dev_dependencies);
        let requirement = |(name, requirement): (&PackageName, &Requirement)| match requirement {
            Requirement::Hex(requirement) => Some(Dependency {
                package: PackageId::new(name.clone(), self.config.repository_of(name)),
                requirement: requirement.clone(),
                optional: false,
            }),
            Requirement::Path(_) | Requirement::Git { .. } => {
                self.provided.get(name).map(|own| own.exactly(name))
            }
        };
        Question {
            project: self.config.name.to_string(),
            rules: Rules::Gleam,
            requirements: all.filter_map(requirement).collect(),
            locked: self.kept.clone(),
            repositories: self.config.repositories.clone(),
        }
    }

    /// What is known from the start: the packages that the project has itself.
    pub fn universe(&self) -> Universe {
        let mut universe = Universe::default();
        for (name, package) in &self.provided {
            universe.add(PackageId::of_project(name.clone()), vec![package.release()]);
        }
        universe
    }

    /// Whether the manifest is what an answer would give, so that there is nothing to ask: Gleam's own condition, and
    /// that the packages of the project are as they were.
    ///
    /// # Errors
    /// When `gleam.toml` lists a dependency twice.
    pub fn is_settled(&self) -> Result<bool, ProjectError> {
        let Some(manifest) = &self.project.manifest else { return Ok(false) };
        let fits = |dependency: &Dependency| {
            let locked = manifest.packages.get(&dependency.package.name);
            locked.is_some_and(|it| range(&dependency.requirement, Rules::Gleam).contains(&it.version))
        };
        let same = |(name, package): (&PackageName, &Provided)| {
            manifest.packages.get(name) == Some(&package.locked()) && package.dependencies.iter().all(fits)
        };
        Ok(manifest.fits(&self.config)? && self.provided.iter().all(same))
    }

    /// The tarballs of an answer.
    ///
    /// # Errors
    /// When a release that was to stay is not what it was.
    pub fn tarballs(&self, chosen: &Chosen, universe: &Universe) -> Result<Vec<Tarball>, ProjectError> {
        let tarball = |(id, version): &(PackageId, Version)| {
            let repository = id.repository()?.to_owned();
            let release = universe.release(id, version)?;
            let outer_checksum = Sha256::from_bytes(release.outer_checksum);
            Some(Tarball { name: id.name.clone(), repository, version: version.clone(), outer_checksum })
        };
        let tarballs: Vec<_> = chosen.values().filter_map(tarball).collect();
        let replaced = |it: &&Tarball| {
            let locked = self.locked(&it.name, &it.version).map(|locked| &locked.source);
            let same =
                locked.is_none_or(|source| *source == Source::Hex { outer_checksum: it.outer_checksum });
            self.kept.contains_key(&it.name) && !same
        };
        match tarballs.iter().find(replaced) {
            None => Ok(tarballs),
            Some(tarball) => {
                let Tarball { name, repository, version, .. } = tarball.clone();
                Err(ProjectError::Replaced { name, version, repository })
            }
        }
    }

    /// What the old manifest knows of a tarball, so that it need not be read.
    pub fn facts(&self, tarball: &Tarball) -> Option<Facts> {
        let locked = self.locked(&tarball.name, &tarball.version)?;
        let same = locked.source == Source::Hex { outer_checksum: tarball.outer_checksum };
        let app = locked.otp_app.clone().filter(|_| same)?;
        Some(Facts { app, build_tools: locked.build_tools.clone() })
    }

    /// The manifest of an answer, for a project that requires what `config` says now.
    ///
    /// # Errors
    /// When `config` lists a dependency twice.
    pub fn manifest(
        &self,
        config: &Config,
        chosen: &Chosen,
        universe: &Universe,
        facts: &BTreeMap<PackageName, Facts>,
    ) -> Result<Manifest, ProjectError> {
        let package = |(name, (id, version)): (&PackageName, &(PackageId, Version))| {
            if let Some(own) = self.provided.get(name) {
                return Some((name.clone(), own.locked()));
            }
            let (release, facts) = (universe.release(id, version)?, facts.get(name)?);
            let mut requirements: Vec<_> =
                release.dependencies.iter().map(|it| it.package.name.to_string()).collect();
            requirements.sort();
            requirements.dedup();
            let source = Source::Hex { outer_checksum: Sha256::from_bytes(release.outer_checksum) };
            let package = ManifestPackage {
                version: version.clone(),
                build_tools: facts.build_tools.clone(),
                requirements,
                otp_app: Some(facts.app.clone()),
                source,
            };
            Some((name.clone(), package))
        };
        Ok(Manifest {
            requirements: config.requirements()?,
            packages: chosen.iter().filter_map(package).collect(),
        })
    }

    fn locked(&self, name: &PackageName, version: &Version) -> Option<&ManifestPackage> {
        let locked = self.project.manifest.as_ref()?.packages.get(name)?;
        Some(locked).filter(|locked| locked.version == *version)
    }
}

impl Project {
    /// The tarballs that the manifest has locked, each from the repository that is recorded for it.
    pub fn locked_tarballs(&self, config: &Config) -> Vec<Tarball> {
        let releases = self.manifest.iter().flat_map(Manifest::releases);
        let tarball = |(name, version, outer_checksum): (&PackageName, &Version, Sha256)| Tarball {
            name: name.clone(),
            repository: config.repository_of(name).to_owned(),
            version: version.clone(),
            outer_checksum,
        };
        releases.map(tarball).collect()
    }
}

impl Facts {
    /// Reads them from a tarball.
    ///
    /// # Errors
    /// When it is no package, or not this one.
    pub fn read(expected: &Tarball, bytes: &[u8]) -> Result<Self, ProjectError> {
        let problem = |problem: String| ProjectError::Tarball {
            name: expected.name.clone(),
            version: expected.version.clone(),
            problem,
        };
        let outer = tarball::read(bytes, &Limits::default()).map_err(|error| problem(error.to_string()))?;
        let metadata = Metadata::parse(outer.metadata).map_err(|error| problem(error.to_string()))?;
        if metadata.name.value().is_some_and(|name| name != expected.name.as_str()) {
            return Err(problem("it holds another package".to_owned()));
        }
        let app = metadata.app.into_value().unwrap_or_else(|| expected.name.to_string());
        // Gleam refuses a manifest with any other.
        let app =
            PackageName::parse(&app).map_err(|error| problem(format!("its application {app:?} {error}")))?;
        Ok(Self {
            app: app.into_string(),
            build_tools: metadata.build_tools.into_value().unwrap_or_default(),
        })
    }
}

/// What is different in a new manifest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// New packages.
    pub added: Vec<(PackageName, Version)>,
    /// Packages with another version, or another tarball: the old version, then the new one.
    pub changed: Vec<(PackageName, Version, Version)>,
    /// Packages that are not needed any more.
    pub removed: Vec<(PackageName, Version)>,
}

impl Changes {
    /// What is different in `new`.
    pub fn between(old: Option<&Manifest>, new: &Manifest) -> Self {
        let none = BTreeMap::new();
        let old = old.map_or(&none, |manifest| &manifest.packages);
        let mut changes = Self::default();
        for (name, package) in &new.packages {
            match old.get(name) {
                None => changes.added.push((name.clone(), package.version.clone())),
                Some(was) if was.version != package.version || was.source != package.source => {
                    changes.changed.push((name.clone(), was.version.clone(), package.version.clone()));
                }
                Some(_) => {}
            }
        }
        let gone = old.iter().filter(|(name, _)| !new.packages.contains_key(*name));
        changes.removed = gone.map(|(name, package)| (name.clone(), package.version.clone())).collect();
        changes
    }
}

/// The repositories to record for an answer: all that are not hex.pm's, and what was recorded for packages that were no
/// part of the project before and are none now.
pub fn repositories(
    config: &Config,
    old: Option<&Manifest>,
    tarballs: &[Tarball],
) -> BTreeMap<PackageName, String> {
    let chosen: BTreeMap<_, _> = tarballs.iter().map(|it| (&it.name, it.repository.as_str())).collect();
    let locked = |name: &PackageName| old.is_some_and(|manifest| manifest.packages.contains_key(name));
    let recorded = config.repositories.iter().filter(|(name, repository)| match chosen.get(name) {
        Some(chosen) => *chosen == repository.as_str(),
        None => !locked(name),
    });
    let needed = chosen.iter().filter(|(_, repository)| **repository != HEXPM);
    let recorded = recorded.map(|(name, repository)| (name.clone(), repository.clone()));
    recorded.chain(needed.map(|(name, repository)| ((*name).clone(), (*repository).to_owned()))).collect()
}
