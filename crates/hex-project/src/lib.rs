//! Projects on the user's machine: what stands in the manifests and lock files of Gleam, rebar3 and mix, the packages that
//! are built from their folders, the graph of their dependencies, and the versions that fit together.
//!
//! It reads and writes folders that it is given and must never talk to the network: what it has to know of a registry,
//! such as which releases a package has, is asked of the caller. It runs no program and no code of a project.

pub mod audit;
pub mod build;
pub mod contents;
pub mod cooldown;
pub mod declared;
pub mod diff;
pub mod gleam;
pub mod graph;
pub mod licenses;
pub mod outdated;
pub mod policy;
mod regular;
pub mod resolve;
pub mod sbom;
pub mod screen;
