//! Tarballs as releases: what the registry says about each comes from its own metadata, never from the name of its file.
//!
//! Tarballs come from everywhere and any age. One that can't be used is [`Broken`], with the reason, and never a panic.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use hex_format::metadata::{self, Field, Metadata};
use hex_format::name::PackageName;
use hex_format::requirement::Requirement;
use hex_format::tarball::{self, Limits, MAX_TARBALL};
use hex_format::version::Version;
use hex_registry::Timestamp;
use hex_registry::package::{Dependency, Release};
use serde::Serialize;

use crate::files::{self, FileError, failed};
use crate::{RegistryName, StaticError};

/// Where tarballs are.
pub(crate) const FOLDER: &str = "tarballs";
/// How their files end.
const SUFFIX: &str = ".tar";

/// A tarball that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// Its file, as it was named or inside the folder.
    pub file: String,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.reason)
    }
}

/// A release, as its tarball tells it.
pub(crate) struct Found {
    pub(crate) name: PackageName,
    pub(crate) version: Version,
    /// Without a date: see [`Found::modified`].
    pub(crate) release: Release,
    /// When the file was last changed.
    pub(crate) modified: Timestamp,
    /// Where it is to be copied from, if it is not in the folder yet.
    pub(crate) outside: Option<PathBuf>,
}

impl Found {
    /// Its file inside the folder, which is where clients ask for it.
    pub(crate) fn file(&self) -> String {
        format!("{FOLDER}/{}-{}{SUFFIX}", self.name, self.version)
    }
}

/// Reads every tarball of the folder, and says which can't be used.
pub(crate) fn scan(root: &Path, registry: &RegistryName) -> Result<(Vec<Found>, Vec<Broken>), FileError> {
    let (mut all, mut broken) = (Vec::<Found>::new(), Vec::new());
    for name in files::list(&root.join(FOLDER))?.iter().filter(|name| name.ends_with(SUFFIX)) {
        let file = format!("{FOLDER}/{name}");
        let found = read(&root.join(&file), registry)?.and_then(|found| match found.file() == file {
            true => Ok(found),
            false => {
                let place = found.file();
                Err(format!(
                    "it holds {} {}, which clients fetch as {place}: rename it",
                    found.name, found.version
                ))
            }
        });
        match found {
            Ok(found) => all.push(found),
            Err(reason) => broken.push(Broken { file, reason }),
        }
    }
    Ok((all, broken))
}

/// Reads tarballs from anywhere that are to be put into the folder.
pub(crate) fn outside(paths: &[PathBuf], registry: &RegistryName) -> Result<Vec<Found>, StaticError> {
    let (mut all, mut broken) = (Vec::new(), Vec::new());
    for path in paths {
        match read(path, registry)? {
            Ok(found) => all.push(Found { outside: Some(path.clone()), ..found }),
            Err(reason) => broken.push(Broken { file: path.display().to_string(), reason }),
        }
    }
    if broken.is_empty() { Ok(all) } else { Err(StaticError::Broken(broken)) }
}

/// One tarball, or what is wrong with it. The outer error is the system's.
fn read(path: &Path, registry: &RegistryName) -> Result<Result<Found, String>, FileError> {
    let data = fs::metadata(path).map_err(failed("read", path))?;
    if data.len() > MAX_TARBALL as u64 {
        return Ok(Err(format!("it has more than {MAX_TARBALL} bytes")));
    }
    let modified = data.modified().map_err(failed("read", path))?;
    let modified = match modified.duration_since(UNIX_EPOCH) {
        Ok(since) => Timestamp::from_unix_micros(i64::try_from(since.as_secs()).unwrap_or(0) * 1_000_000),
        Err(_) => Timestamp::from_unix_micros(0),
    };
    let bytes = files::read(path, MAX_TARBALL)?.unwrap_or_default();
    Ok(parse(&bytes, registry).map(|(name, version, release)| Found {
        name,
        version,
        release,
        modified,
        outside: None,
    }))
}

/// What the bytes of a tarball say.
pub(crate) fn parse(
    bytes: &[u8],
    registry: &RegistryName,
) -> Result<(PackageName, Version, Release), String> {
    let tarball = tarball::read(bytes, &Limits::default()).map_err(|error| error.to_string())?;
    let metadata = Metadata::parse(tarball.metadata).map_err(|error| format!("its metadata: {error}"))?;
    let name = metadata.name.required_text().map_err(|error| format!("its name {error}"))?;
    let name: PackageName = name.parse().map_err(|error| format!("its name {name:?}: {error}"))?;
    let version = metadata.version.required_text().map_err(|error| format!("its version {error}"))?;
    let version: Version = version.parse().map_err(|error| format!("its version {version:?}: {error}"))?;
    let requirements =
        metadata.requirements.optional().map_err(|error| format!("its requirements: {error}"))?;
    let dependencies = requirements.into_iter().flatten().map(|required| dependency(required, registry));
    let mut dependencies = dependencies.collect::<Result<Vec<_>, _>>()?;
    // As they are written, so that what is read back can be compared.
    dependencies.sort_by(|a, b| (&a.repository, &a.package).cmp(&(&b.repository, &b.package)));
    let release = Release {
        version: version.to_string(),
        inner_checksum: *tarball.inner.as_bytes(),
        outer_checksum: *tarball.outer.as_bytes(),
        dependencies,
        retirement: None,
        advisory_ids: Vec::new(),
        published_at: None,
    };
    Ok((name, version, release))
}

fn dependency(required: &metadata::Dependency, registry: &RegistryName) -> Result<Dependency, String> {
    let name = &required.name;
    let text = |field: &Field<String>, what: &str| match field.optional_text() {
        Ok(text) => Ok(text.map(str::to_owned)),
        Err(error) => Err(format!("its requirement on {name}: the {what} {error}")),
    };
    let package: PackageName =
        name.parse().map_err(|error| format!("its requirement on {name:?}: {error}"))?;
    let requirement = text(&required.requirement, "requirement")?.unwrap_or_else(|| ">= 0.0.0".to_owned());
    // One requirement that a solver can't read makes every version of the package unusable for everybody.
    let readable = requirement.parse::<Requirement>().map_err(|error| error.to_string());
    readable
        .and_then(|parsed| parsed.check_for_registry().map_err(|error| error.to_string()))
        .map_err(|error| format!("its requirement {requirement:?} on {name}: {error}"))?;
    Ok(Dependency {
        // As mix builds static registries: without a repository it is the registry itself.
        repository: text(&required.repository, "repository")?.unwrap_or_else(|| registry.to_string()),
        app: text(&required.app, "application")?.unwrap_or_else(|| name.clone()),
        optional: required.optional.value().copied().unwrap_or(false),
        package: package.to_string(),
        requirement,
    })
}
