//! Releases: publishing, reverting, retiring, documentation.

use super::in_repositories;
use crate::openapi::schema::Schema::{Bool, Named, OneOf, Text};
use crate::openapi::schema::{Field, always, sometimes};
use crate::openapi::schemas::reason;
use crate::openapi::{Family, Operation};

pub(super) fn family() -> Family {
    let operations: [fn(&str) -> Operation; 10] = [
        publish,
        publish_to,
        show,
        revert,
        retire_all,
        retire,
        unretire,
        show_docs,
        publish_docs,
        delete_docs,
    ];
    let operations = operations.into_iter().flat_map(in_repositories).collect();
    Family {
        name: "Releases",
        about: "Publishing, reverting and retiring releases, and their documentation",
        operations,
    }
}

fn release(repository: &str, rest: &str) -> String {
    format!("{repository}/packages/{{name}}/releases/{{version}}{rest}")
}

fn publishes(operation: Operation) -> Operation {
    operation
        .login()
        .hides()
        .query([sometimes(
            "replace",
            Bool,
            "Whether a version that is there may be replaced; yes if left out",
        )])
        .upload("The tarball of the package")
        .gives(200, "The release, which took the place of an earlier one", Named("Release"))
        .gives(201, "The release", Named("Release"))
}

fn publish(repository: &str) -> Operation {
    publishes(Operation::new(
        "POST",
        &format!("{repository}/publish"),
        "Publish a release of the package in the tarball",
    ))
}

fn publish_to(repository: &str) -> Operation {
    publishes(Operation::new(
        "POST",
        &format!("{repository}/packages/{{name}}/releases"),
        "Publish a release",
    ))
}

fn show(repository: &str) -> Operation {
    Operation::new("GET", &release(repository, ""), "A release")
        .query([
            sometimes("downloads", OneOf(&["day", "month", "all"]), "How downloads are grouped"),
            sometimes("downloads_after", Text, "From this day on, such as `2026-01-31`"),
            sometimes("downloads_before", Text, "Up to this day"),
        ])
        .conditional()
        .gives(200, "The release", Named("Release"))
}

fn revert(repository: &str) -> Operation {
    Operation::new("DELETE", &release(repository, ""), "Revert a release")
        .notes("A public release only for an hour, or within the first day of its package.")
        .login()
        .validates()
        .done(204, "The release is gone")
}

fn retirement() -> [Field; 2] {
    [always("reason", reason(), ""), sometimes("message", Text, "3 to 140 characters")]
}

fn retire_all(repository: &str) -> Operation {
    let replace = sometimes("replace", Bool, "Whether releases that are retired get the new retirement");
    Operation::new("POST", &format!("{repository}/packages/{{name}}/retire"), "Retire all releases")
        .takes(retirement().into_iter().chain([replace]))
        .done(204, "They are retired")
}

fn retire(repository: &str) -> Operation {
    Operation::new("POST", &release(repository, "/retire"), "Retire a release")
        .takes(retirement())
        .done(204, "It is retired")
}

fn unretire(repository: &str) -> Operation {
    Operation::new("DELETE", &release(repository, "/retire"), "Take a retirement back")
        .done(204, "It is not retired")
}

fn show_docs(repository: &str) -> Operation {
    Operation::new("GET", &release(repository, "/docs"), "Where the documentation is")
        .redirects("The archive in the repository")
}

fn publish_docs(repository: &str) -> Operation {
    Operation::new("POST", &release(repository, "/docs"), "Upload documentation")
        .upload("A gzip-compressed tar archive")
        .done(201, "It is there")
}

fn delete_docs(repository: &str) -> Operation {
    Operation::new("DELETE", &release(repository, "/docs"), "Delete documentation").done(204, "There is none")
}
