//! What those who administer the instance decide about names.

use super::page;
use crate::openapi::schema::Schema::{Named, Text};
use crate::openapi::schema::{Field, always, list, nullable, sometimes};
use crate::openapi::{Family, Operation};

pub(super) fn family() -> Family {
    Family {
        name: "Names",
        about: "Names that nobody may publish, and organizations that are not there any more",
        operations: operations(),
    }
}

fn operations() -> Vec<Operation> {
    let path = "/admin/reserved-names";
    vec![
        Operation::new("GET", path, "Reserved names").login().query([page()]).gives(
            200,
            "A hundred of them, by repository and name",
            list(Named("ReservedName")),
        ),
        Operation::new("POST", path, "Reserve a name or a version")
            .login()
            .takes(name().into_iter().chain([sometimes("reason", nullable(Text), "At most 255 characters")]))
            .gives(201, "What is reserved", Named("ReservedName")),
        Operation::new("DELETE", path, "Give a name or a version free")
            .login()
            .hides()
            .takes(name())
            .done(204, "It may be published"),
        Operation::new("GET", "/admin/orgs/{organization}/audit-logs", "The log of any organization")
            .login()
            .notes("Also of one that was deleted, and by names that it had.")
            .query([page()])
            .gives(200, "A hundred entries, the newest first", list(Named("AuditLog"))),
    ]
}

fn name() -> [Field; 3] {
    [
        sometimes("repository", nullable(Text), "The public one if absent"),
        always("name", Text, "The package"),
        sometimes("version", nullable(Text), "The whole name if absent"),
    ]
}
