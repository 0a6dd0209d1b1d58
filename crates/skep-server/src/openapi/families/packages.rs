//! Packages and their owners.

use super::{in_repositories, page};
use crate::openapi::schema::Schema::{Bool, Int, Named, OneOf, Text};
use crate::openapi::schema::{list, sometimes};
use crate::openapi::schemas::level;
use crate::openapi::{Family, Operation};

const SORTS: &[&str] =
    &["name", "inserted_at", "updated_at", "total_downloads", "downloads", "recent_downloads"];

pub(super) fn family() -> Family {
    let operations: [fn(&str) -> Operation; 7] =
        [list_them, show, audit_logs, owners, owner, put_owner, delete_owner];
    let operations = operations.into_iter().flat_map(in_repositories).collect();
    Family {
        name: "Packages",
        about: "Packages and who owns them, in the public repository and in others",
        operations,
    }
}

fn list_them(repository: &str) -> Operation {
    Operation::new("GET", &format!("{repository}/packages"), "Packages")
        .query([
            sometimes(
                "search",
                Text,
                "Words, and filters such as `name:ec*`, `depends:plug`, `build_tool:mix`",
            ),
            sometimes("sort", OneOf(SORTS), ""),
            page(),
            sometimes("per_page", Int, "At most 100"),
        ])
        .hides()
        .conditional()
        .gives(200, "A page of packages", list(Named("Package")))
}

fn show(repository: &str) -> Operation {
    Operation::new("GET", &format!("{repository}/packages/{{name}}"), "A package").conditional().gives(
        200,
        "The package",
        Named("PackagePage"),
    )
}

fn audit_logs(repository: &str) -> Operation {
    Operation::new("GET", &format!("{repository}/packages/{{name}}/audit-logs"), "What was done to a package")
        .query([page()])
        .gives(200, "A hundred entries, the newest first", list(Named("AuditLog")))
}

fn owners(repository: &str) -> Operation {
    Operation::new("GET", &format!("{repository}/packages/{{name}}/owners"), "Owners").gives(
        200,
        "By name",
        list(Named("Owner")),
    )
}

fn owner_path(repository: &str) -> String {
    format!("{repository}/packages/{{name}}/owners/{{username}}")
}

fn owner(repository: &str) -> Operation {
    Operation::new("GET", &owner_path(repository), "An owner").gives(200, "The owner", Named("Owner"))
}

fn put_owner(repository: &str) -> Operation {
    Operation::new("PUT", &owner_path(repository), "Add an owner, or change the level of one")
        .takes([
            sometimes("level", level(), "`full` if left out"),
            sometimes("transfer", Bool, "Whether all other owners are removed"),
        ])
        .done(204, "The account is an owner")
}

fn delete_owner(repository: &str) -> Operation {
    Operation::new("DELETE", &owner_path(repository), "Remove an owner")
        .validates()
        .done(204, "The account is no owner")
}
