//! What happens to packages: on SQLite, and on PostgreSQL when `SKEP_TEST_POSTGRES` is the address of a server on which
//! databases can be made.

#![expect(clippy::unwrap_used, reason = "what fails in a helper fails its test")]

mod docs;
mod identity;
mod lists;
mod oauth;
mod owners;
mod publish;
mod races;
mod requirements;
mod retirement;
mod revert;
mod rights;
mod search;
mod sessions;
mod support;
mod tokens;
mod views;
mod windows;
