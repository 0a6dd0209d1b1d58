//! One module for each table: the row as a struct, and the queries as functions on a connection.

pub mod audit_logs;
pub mod authorization_codes;
pub mod device_requests;
pub mod email_verifications;
pub mod emails;
pub mod instance;
pub mod keys;
pub mod mail_opt_outs;
pub mod mails;
pub mod members;
pub mod oauth_tokens;
pub mod organizations;
pub mod owners;
pub mod package_facts;
pub mod package_index;
pub mod package_search;
pub mod packages;
pub mod password_resets;
pub mod recipients;
pub mod releases;
pub mod repositories;
pub mod requirements;
pub mod resources;
pub mod sessions;
pub mod two_factor;
pub mod users;
