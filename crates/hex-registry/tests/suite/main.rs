//! What this crate promises to the clients that read its files.

mod gleam;
mod properties;
mod real_files;
mod support;
mod wire_rules;
