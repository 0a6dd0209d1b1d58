//! The Hex languages, pure: names, versions, requirements, Erlang terms, tarballs, checksums, lock files, tables.
//!
//! Nothing here does I/O, reads a clock or is asynchronous. Every parser has limits declared beside it.

pub mod address;
pub mod checksum;
pub mod elixir;
pub mod erlang;
pub mod etf;
pub mod ets;
pub mod hex_config;
pub mod lock;
pub mod metadata;
pub mod name;
pub mod requirement;
pub mod tarball;
pub mod term;
pub mod version;
