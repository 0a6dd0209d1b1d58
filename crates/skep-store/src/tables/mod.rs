//! One module for each table: the row as a struct, and the queries as functions on a connection.

pub mod audit_logs;
pub mod authorization_codes;
pub mod device_requests;
pub mod emails;
pub mod instance;
pub mod keys;
pub mod members;
pub mod oauth_tokens;
pub mod organizations;
pub mod owners;
pub mod packages;
pub mod releases;
pub mod repositories;
pub mod requirements;
pub mod resources;
pub mod sessions;
pub mod users;
