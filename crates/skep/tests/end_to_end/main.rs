//! The program as its users meet it: real processes, real clients, real kills.
//!
//! Each test starts its own server on its own data folder and port, and gives each client a home directory of its own, so
//! nothing of the machine is read or changed.

mod support;

mod administration;
mod gleam;
mod identity;
mod kill;
mod mix;
mod organizations;
mod packages;
mod readme_session;
mod rebar3;
mod serve_errors;
mod settings;
