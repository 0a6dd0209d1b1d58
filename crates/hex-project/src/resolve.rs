//! Versions that fit together, by PubGrub.
//!
//! Solving is pure and happens in rounds: [`solve`] either finds an answer with what a [`Universe`] knows, or says which
//! packages it has to know as well. The caller fetches those, all at once, and asks again. What is not known yet
//! constrains nothing, so a conflict that is found early is a conflict for good.
//!
//! A package is a name *in a repository*. Nothing here ever looks for a name in another repository than the one that was
//! said to have it, and a solution never holds two packages of one name.

mod explain;
mod node;
mod provider;
mod range;
mod registry;
#[cfg(test)]
mod tests;
mod universe;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use hex_format::name::PackageName;
use hex_format::requirement::Requirement;
use hex_format::version::Version;
use pubgrub::PubGrubError;
use thiserror::Error;

use node::Node;
use provider::{Provider, Stop};
pub use range::range;
pub use registry::releases;
pub use universe::Universe;

/// Most packages that one resolution looks at. The largest projects have a few hundred.
pub const MAX_PACKAGES: usize = 4000;

/// Of the stack of a search. Only what is used of it costs memory.
const STACK_BYTES: usize = 256 << 20;

/// Where a package comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The project has it itself, in a folder or from git. It stands in for every package of its name.
    Project,
    /// A repository, as the client's configuration calls it: `hexpm`, `hexpm:acme`, `mysrv:acme`.
    Repository(String),
}

/// A package of one repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId {
    /// Its name.
    pub name: PackageName,
    /// The repository.
    pub origin: Origin,
}

/// What a release, or the project, requires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The package.
    pub package: PackageId,
    /// The versions that will do.
    pub requirement: Requirement,
    /// Whether the package is only constrained and not required.
    pub optional: bool,
}

/// One release of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Its version.
    pub version: Version,
    /// What it requires.
    pub dependencies: Vec<Dependency>,
    /// Why it is retired, if it is.
    pub retired: Option<String>,
    /// Why nobody can use it, if so: a requirement that can't be read, for one.
    pub unusable: Option<String>,
    /// SHA-256 of the tarball. All zeros for a package of the project.
    pub outer_checksum: [u8; 32],
}

/// Whose rules count: they differ in what requirements mean, and in retired and locked releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// As Gleam 1.18: `> 1.0.0` means `>= 1.0.1`, `~> 1.0` allows `2.0.0-rc`, retired releases are out unless they are
    /// locked, numbers have 32 bits, and what is locked stays.
    Gleam,
    /// As Hex 2.5: requirements as Elixir reads them, retired releases are taken, and a lock is only preferred.
    Hex,
}

/// What is to be solved.
#[derive(Debug, Clone)]
pub struct Question {
    /// The project's own name, which no dependency can have.
    pub project: String,
    /// Whose rules count.
    pub rules: Rules,
    /// What the project requires.
    pub requirements: Vec<Dependency>,
    /// The versions to keep, where the package is needed at all.
    pub locked: BTreeMap<PackageName, Version>,
    /// The repositories that the project has settled for names.
    pub repositories: BTreeMap<PackageName, String>,
}

/// How far a round came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The package of each name, and its version.
    Solved(BTreeMap<PackageName, (PackageId, Version)>),
    /// These packages have to be known first. Never empty.
    Unknown(BTreeSet<PackageId>),
}

/// Why no versions fit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The reasons, in sentences on lines of their own.
    pub explanation: String,
    /// The packages that could not move because they are locked.
    pub kept: BTreeSet<PackageName>,
}

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SolveError {
    /// No versions fit together.
    #[error("no versions fit together:\n{}", .0.explanation)]
    Conflict(Conflict),
    /// The search took too long to be sensible.
    #[error("gave up after {0} attempts to find versions that fit together; narrower requirements help")]
    TooHard(usize),
    /// The system has no room for a search.
    #[error("cannot start to look for versions that fit together: {0}")]
    Thread(String),
    /// More packages than [`MAX_PACKAGES`].
    #[error("the dependencies are more than {MAX_PACKAGES} packages")]
    TooMany,
}

/// Finds versions that fit together: the newest of each package that the others allow, a pre-release only where no other
/// version does.
///
/// # Errors
/// When there are none, or the search is too hard.
pub fn solve(question: &Question, universe: &Universe) -> Result<Answer, SolveError> {
    if universe.len() > MAX_PACKAGES {
        return Err(SolveError::TooMany);
    }
    // Explanations follow the search down into its reasons, one call for each step.
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        let search = thread.spawn_scoped(scope, || search(question, universe));
        let search = search.map_err(|error| SolveError::Thread(error.to_string()))?;
        search.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn search(question: &Question, universe: &Universe) -> Result<Answer, SolveError> {
    let provider = Provider::new(question, universe);
    let solution = match pubgrub::resolve(&provider, Node::Root, node::Pick::Nothing) {
        Ok(solution) => solution,
        Err(PubGrubError::NoSolution(tree)) => {
            return Err(SolveError::Conflict(explain::explain(&provider, &tree)));
        }
        Err(
            PubGrubError::ErrorInShouldCancel(Stop(steps))
            | PubGrubError::ErrorChoosingVersion { source: Stop(steps), .. }
            | PubGrubError::ErrorRetrievingDependencies { source: Stop(steps), .. },
        ) => return Err(SolveError::TooHard(steps)),
    };
    let chosen: BTreeMap<_, _> = solution
        .into_iter()
        .filter_map(|(node, pick)| match (node, pick) {
            (Node::Package(id), node::Pick::Version(version)) => Some((id.name.clone(), (id, version))),
            _ => None,
        })
        .collect();
    let unknown = provider.unknown(&chosen);
    Ok(if unknown.is_empty() { Answer::Solved(chosen) } else { Answer::Unknown(unknown) })
}

impl PackageId {
    /// A package of a repository.
    pub fn new(name: PackageName, repository: impl Into<String>) -> Self {
        Self { name, origin: Origin::Repository(repository.into()) }
    }

    /// A package that the project has itself.
    pub fn of_project(name: PackageName) -> Self {
        Self { name, origin: Origin::Project }
    }

    /// The repository; none for a package of the project.
    pub fn repository(&self) -> Option<&str> {
        match &self.origin {
            Origin::Project => None,
            Origin::Repository(name) => Some(name),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project => f.write_str("the project"),
            Self::Repository(name) => f.write_str(name),
        }
    }
}
