//! What the registry says about the lock file of a project: `skep outdated`, `skep audit`, `skep policy`.

pub(super) mod audit;
mod locked;
pub(super) mod outdated;
pub(super) mod policy;
