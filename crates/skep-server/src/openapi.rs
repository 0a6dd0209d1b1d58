//! The description of the HTTP API as an OpenAPI 3.1 document, at `/api/openapi.json`.
//!
//! `families` says for every route what it takes and what it can answer. It must never be believed: a test compares it
//! with the table of routes, and every answer that any test of Skep receives is held against it.

mod families;
mod operation;
mod render;
mod schema;
mod schemas;

use std::sync::LazyLock;

pub use operation::{Answer, Operation};
pub use render::document;
pub use schema::{Field, Mismatch, Schema};

/// Operations of one kind.
pub struct Family {
    /// What they are about.
    pub name: &'static str,
    /// In a sentence.
    pub about: &'static str,
    /// The operations.
    pub operations: Vec<Operation>,
}

/// All operations, in the order in which they are shown.
pub fn families() -> &'static [Family] {
    static FAMILIES: LazyLock<Vec<Family>> = LazyLock::new(families::all);
    &FAMILIES
}

/// The operation that answers a method and a path, such as `/packages/jason` for `/api/packages/jason`.
pub fn find(method: &str, path: &str) -> Option<&'static Operation> {
    let path: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let operations = families().iter().flat_map(|family| &family.operations);
    let fitting = operations.filter(|operation| operation.method == method);
    fitting
        .filter_map(|operation| Some((operation.fits(&path)?, operation)))
        .max_by_key(|(literal, _)| *literal)
        .map(|(_, operation)| operation)
}

#[cfg(test)]
mod tests;
