//! The real binary against a server with canned answers: what it prints, how it exits, and what it leaves on the disk.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod account;
mod authorize;
mod build;
mod completion;
mod connect;
mod credentials;
mod deps;
mod did_you_mean;
mod docs;
mod doctor;
mod failures;
mod gleam;
mod help;
mod info;
mod instance;
mod json;
mod keyring;
mod keys;
#[path = "../../../skep-client/tests/client/mock.rs"]
mod mock;
mod organization;
mod owners;
mod package;
mod package_contents;
mod package_verify;
mod publish;
mod registry;
mod repositories;
mod retirement;
mod review;
mod robust;
mod search;
mod servers;
mod sessions;
mod shell;
mod support;
mod two_factor;
mod user;
