//! The dependencies of a project on the user's machine: its lock files, and the caches of the tools that read them.
//!
//! What is put into a tool's cache is what the tool itself would have put there, so that it finds it and asks nobody.
//! Nothing gets there that was not verified, and nothing half: a file appears whole or not at all. Lock files are read
//! and never written.

pub mod cache;
pub mod fetch;
mod gleam;
mod index;
pub mod lock_file;
pub mod metadata;
mod place;
pub mod rebar3;

pub use cache::Caches;
pub use gleam::GleamCache;
pub use lock_file::{LockFile, LockFileError, Tool};
