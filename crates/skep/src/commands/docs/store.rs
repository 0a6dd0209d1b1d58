//! Where documentation is kept on this machine: in the data folder of mix, as `docs/REPO/PACKAGE/VERSION`, so that both
//! find what the other fetched.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use hex_format::name::PackageName;
use hex_format::version::Version;
use skep_client::config::Machine;
use skep_client::package_ref::{PackageRef, Place};

use crate::args::DocsFormat;
use crate::commands::package::unpack_docs;

/// The folder `docs`.
pub(super) struct Store(PathBuf);

/// Documentation of one release.
pub(super) struct Kept {
    pub(super) package: PackageRef,
    pub(super) version: Version,
    pub(super) folder: PathBuf,
}

impl Store {
    pub(super) fn of(machine: &Machine) -> Self {
        Self(machine.paths().data_home.join("docs"))
    }

    fn of_package(&self, package: &PackageRef) -> PathBuf {
        // Windows allows no colon, and mix writes a dash there.
        let repository = package.place.name();
        let repository = if cfg!(windows) { repository.replace(':', "-") } else { repository };
        self.0.join(repository).join(package.package.as_str())
    }

    /// Where a release's documentation belongs.
    pub(super) fn folder(&self, package: &PackageRef, version: &Version) -> PathBuf {
        self.of_package(package).join(version.to_string())
    }

    /// Where it is, if it is there. Old versions of mix left the repository out.
    pub(super) fn find(&self, package: &PackageRef, version: &Version) -> Option<PathBuf> {
        let old = self.0.join(package.package.as_str()).join(version.to_string());
        let old = Some(old).filter(|_| package.place == Place::default());
        Some(self.folder(package, version)).into_iter().chain(old).find(|folder| folder.is_dir())
    }

    /// The newest version that is there, stable if there is one.
    pub(super) fn newest(&self, package: &PackageRef) -> Option<Version> {
        let versions = names(&self.of_package(package)).into_iter();
        let versions = versions.filter_map(|name| name.parse::<Version>().ok());
        versions.max_by(|a, b| (!a.is_prerelease(), a).cmp(&(!b.is_prerelease(), b)))
    }

    /// Unpacks documentation to where it belongs.
    pub(super) fn put(&self, package: &PackageRef, version: &Version, gz: &[u8]) -> Result<PathBuf> {
        let folder = self.folder(package, version);
        unpack_docs(gz, &folder)?;
        Ok(folder)
    }

    /// Everything that is there, in order.
    pub(super) fn all(&self) -> Vec<Kept> {
        let mut kept = Vec::new();
        for repository in names(&self.0) {
            // Windows has a dash for the colon, and the names of organizations have none.
            let place = if cfg!(windows) { repository.replace('-', ":") } else { repository.clone() };
            let Ok(place) = place.parse::<Place>() else { continue };
            let repository = self.0.join(repository);
            for name in names(&repository) {
                let Ok(package) = PackageName::parse(&name) else { continue };
                let folder = repository.join(name);
                let package = PackageRef { place: place.clone(), package };
                let mut versions: Vec<Version> =
                    names(&folder).iter().filter_map(|name| name.parse().ok()).collect();
                versions.sort_unstable();
                kept.extend(versions.into_iter().map(|version| Kept {
                    folder: folder.join(version.to_string()),
                    package: package.clone(),
                    version,
                }));
            }
        }
        kept
    }
}

/// Names in a folder, sorted; a folder that can't be read has none.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    names
}

/// The file to open in fetched documentation, as mix chooses it.
pub(super) fn file(folder: &Path, format: DocsFormat, page: Option<&str>) -> Option<PathBuf> {
    if page.is_some_and(|page| page.split(['/', '\\']).any(|part| part == "..") || page.starts_with('/')) {
        return None;
    }
    let path = match format {
        DocsFormat::Html => folder.join(format!("{}.html", page.unwrap_or("index"))),
        DocsFormat::Md => {
            page.map_or_else(|| folder.join("llms.txt"), |page| folder.join(format!("{page}.md")))
        }
        DocsFormat::Epub => folder.join(names(folder).into_iter().find(|name| name.ends_with(".epub"))?),
    };
    path.is_file().then_some(path)
}
