//! What PubGrub solves for. Beside packages there are two kinds of helpers, which turn rules that PubGrub does not have
//! into requirements, which it has:
//!
//! - An *allowance* holds the version that a package may have if it is there at all. Optional requirements and locks
//!   constrain the allowance, which may be nothing, and a release of the package requires the allowance to be its own
//!   version.
//! - A *name* holds where the package of this name comes from. Each release requires its own origin of it.

use std::fmt;

use hex_format::name::PackageName;
use hex_format::version::Version;
use pubgrub::Ranges;

use super::{Origin, PackageId};

/// One thing to be decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Node {
    /// The project.
    Root,
    /// The version of a package that is needed.
    Package(PackageId),
    /// The version that a package may have.
    Allowance(PackageId),
    /// The origin of a name.
    Name(PackageName),
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Pick {
    /// No version: of an allowance; and of the project, whose version plays no role.
    Nothing,
    /// A version, of a package or an allowance.
    Version(Version),
    /// The origin of a name.
    From(Origin),
}

pub(super) type Set = Ranges<Pick>;

/// The same versions as decisions. Open ends take in decisions that are no versions, which packages never have.
pub(super) fn picks(versions: &Ranges<Version>) -> Set {
    let pick = |bound: &std::ops::Bound<Version>| bound.clone().map(Pick::Version);
    versions
        .iter()
        .map(|(lower, upper)| Set::from_range_bounds((pick(lower), pick(upper))))
        .fold(Set::empty(), |set, it| set.union(&it))
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("the project"),
            Self::Package(id) | Self::Allowance(id) => id.name.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

impl fmt::Display for Pick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Version(version) => version.fmt(f),
            Self::From(origin) => origin.fmt(f),
        }
    }
}
