//! Typed client of a Hex server's API and repository, and the configuration files of the Hex tools.
//!
//! The command line and the tests of Skep talk to servers through this crate. It must never send a credential to a
//! server that it was not made for, never hand out registry data that was not verified, and never write a
//! configuration file that it could not read.
//!
//! The pieces, from the outside in: [`server`] says which server is meant, [`api`] and [`repository`] talk to its two
//! surfaces through one [`network`], [`authorize`] proves that a key works before anything is stored, and [`config`] stores it where `mix` and
//! `rebar3` find it.

pub mod address;
pub mod api;
pub mod authorize;
pub mod config;
pub mod deps;
pub mod doctor;
pub mod nearest;
pub mod network;
pub mod package_ref;
pub mod permission;
pub mod repository;
pub mod secret;
pub mod server;
pub mod session;
pub mod shell;
pub mod snippets;

pub use network::TransportError;
