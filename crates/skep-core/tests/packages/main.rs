//! What happens to packages: on SQLite, and on PostgreSQL when `SKEP_TEST_POSTGRES` is the address of a server on which
//! databases can be made.

mod docs;
mod lists;
mod owners;
mod publish;
mod requirements;
mod retirement;
mod revert;
mod rights;
mod support;
mod views;
mod windows;
