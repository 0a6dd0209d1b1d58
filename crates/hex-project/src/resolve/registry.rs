//! From what a repository says to what is solved.

use hex_format::name::{PackageName, RepositoryName};
use hex_format::requirement::Requirement;
use hex_format::version::Version;
use hex_registry::package::{self, Package};

use super::{Dependency, PackageId, Release};

/// The releases of a package that was read from the repository which the client calls `repository`. A release with a
/// requirement that can't be read is unusable; one with a version that can't be read is left out, because nobody can
/// ask for it.
pub fn releases(repository: &str, package: &Package) -> Vec<Release> {
    let release = |release: &package::Release| {
        let version = Version::parse(&release.version).ok()?;
        let (mut dependencies, mut unusable) = (Vec::new(), None);
        for dependency in &release.dependencies {
            match read(repository, package, dependency) {
                Ok(dependency) => dependencies.push(dependency),
                Err(problem) => unusable = Some(problem),
            }
        }
        let retired = release.retirement.as_ref().map(|retirement| {
            let message = retirement.message.as_deref().unwrap_or_default().trim();
            match message.is_empty() {
                true => retirement.reason.to_string(),
                false => format!("{}, {message}", retirement.reason),
            }
        });
        Some(Release { version, dependencies, retired, unusable, outer_checksum: release.outer_checksum })
    };
    package.releases.iter().filter_map(release).collect()
}

fn read(repository: &str, parent: &Package, dependency: &package::Dependency) -> Result<Dependency, String> {
    let package::Dependency { package: name, requirement, optional, .. } = dependency;
    let parsed = PackageName::parse(name).map_err(|error| format!("it requires `{name}`, which {error}"))?;
    let requirement = Requirement::parse(requirement)
        .map_err(|error| format!("its requirement on {name} can't be read: {error}"))?;
    let origin = client_name(repository, &parent.repository, &dependency.repository);
    Ok(Dependency { package: PackageId::new(parsed, origin), requirement, optional: *optional })
}

/// What the client calls the repository that a package of `parent` names `wire`. `hexpm` is `hexpm` for everybody; the
/// other organizations of a server are siblings, so that `other` beside `mysrv:acme` is `mysrv:other`.
fn client_name(parent: &str, parent_wire: &str, wire: &str) -> String {
    if wire == parent_wire {
        return parent.to_owned();
    }
    match parent.split_once(':') {
        Some((server, _)) if wire != RepositoryName::HEXPM => format!("{server}:{wire}"),
        _ => wire.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::client_name;

    #[test]
    fn repositories_of_dependencies() {
        assert_eq!(client_name("mysrv:acme", "acme", "acme"), "mysrv:acme");
        assert_eq!(client_name("mysrv:acme", "acme", "hexpm"), "hexpm");
        assert_eq!(client_name("mysrv:acme", "acme", "other"), "mysrv:other");
        assert_eq!(client_name("acme", "acme", "hexpm"), "hexpm");
        assert_eq!(client_name("acme", "acme", "other"), "other");
        // The root repository of a server calls itself hexpm, whatever the client calls it.
        assert_eq!(client_name("mysrv", "hexpm", "hexpm"), "mysrv");
    }
}
