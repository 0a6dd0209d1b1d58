//! The rules of Skep: accounts, organizations, keys, permissions, publishing, audit.
//!
//! This crate knows neither HTTP frameworks nor SQL text. Clock and randomness are passed in
//! ([`Environment`]). Everything that a caller asks for goes through [`Skep::allow`] (see [`access`]).

pub mod access;
pub mod accounts;
pub mod administration;
pub mod attempts;
pub mod audit;
pub mod audit_logs;
pub mod auth_check;
mod authenticate;
pub mod browser;
mod cache;
pub mod claim;
pub mod configs;
pub mod docs;
pub mod downloads;
mod environment;
mod error;
pub mod given;
pub mod invitations;
pub mod keys;
mod logins;
pub mod mail;
pub mod members;
pub mod notice;
pub mod oauth;
mod operator;
pub mod organizations;
pub mod owners;
pub mod packages;
mod passwords;
pub mod permission;
pub mod policies;
pub mod principal;
pub mod publish;
mod registry;
mod renew;
pub mod repositories;
pub mod reserved;
pub mod resources;
pub mod retirement;
mod revert;
pub mod role;
mod secrets;
pub mod sessions;
mod settings;
pub mod short_urls;
mod skep;
pub mod two_factor;
pub mod upkeep;
mod windows;

pub use authenticate::Surface;
pub use environment::{Environment, Random};
pub use error::{Challenge, Error, FieldError, Fields, Result, Shape};
pub use oauth::{TokenKey, TokenKeyError};
pub use principal::{Caller, Origin, Principal};
pub use secrets::{InstanceKey, Keys, Secret};
pub use settings::{Creators, Settings};
pub use skep::Skep;
pub use skep_store::{Db, Feed, Micros, Objects};
