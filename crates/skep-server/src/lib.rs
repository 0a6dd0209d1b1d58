//! The HTTP surfaces of Skep: API, repository, operations.
//!
//! Requests are turned into calls of `skep-core` and its answers into bytes. No rule lives here, and no SQL.

pub mod api;
pub mod app;
pub mod endpoints;
mod installs;
pub mod mail;
pub mod openapi;
pub mod repo;
mod server;
mod site;
pub mod web;

pub use api::{AddressRange, ApiSettings, Limits};
pub use app::App;
pub use server::serve;
