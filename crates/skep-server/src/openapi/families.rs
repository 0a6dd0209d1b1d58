//! Every operation of the API, family by family. The order is that of the table of routes.

mod accounts;
mod administration;
mod emails;
mod invitations;
mod keys;
mod oauth;
mod organizations;
mod packages;
mod policies;
mod releases;
mod reserved_names;
mod sessions;
mod two_factor;

use super::schema::{Field, Schema, sometimes};
use super::{Family, Operation};

pub(super) fn all() -> Vec<Family> {
    vec![
        general(),
        accounts::family(),
        emails::family(),
        sessions::family(),
        two_factor::family(),
        administration::family(),
        keys::family(),
        oauth::family(),
        organizations::family(),
        invitations::family(),
        policies::family(),
        packages::family(),
        releases::family(),
        reserved_names::family(),
    ]
}

fn general() -> Family {
    let index = [
        "packages_url",
        "package_url",
        "package_retirement_url",
        "package_release_url",
        "package_owners_url",
    ];
    let index = index.into_iter().chain(["keys_url", "key_url", "documentation_url"]);
    let index = index.map(|name| super::schema::always(name, Schema::Text, "")).collect();
    Family {
        name: "General",
        about: "Where to find what",
        operations: vec![
            Operation::new("GET", "/", "Addresses of the API").open().gives(
                200,
                "Templates of addresses",
                Schema::Object(index),
            ),
            Operation::new("GET", "/openapi.json", "This document").open().gives(
                200,
                "The description of the API",
                Schema::Map(Box::new(Schema::Any)),
            ),
            Operation::new("POST", "/short_url", "Make a short address")
                .open()
                .notes("Only for addresses on hosts that the operator allows: those of this server, if nothing else is set.")
                .takes([super::schema::always("url", Schema::Text, "At most 2000 characters")])
                .gives(
                    201,
                    "The short address, which leads to the long one",
                    Schema::Object(vec![super::schema::always("url", Schema::Text, "")]),
                ),
        ],
    }
}

/// The page of a list.
fn page() -> Field {
    sometimes("page", Schema::Int, "Which page, from 1; anything else counts as the first")
}

/// The same operation of the public repository and of that of an organization.
fn in_repositories(operation: impl Fn(&str) -> Operation) -> [Operation; 2] {
    ["", "/repos/{repository}"].map(operation)
}
