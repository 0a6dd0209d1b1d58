//! Dependency policies.

use crate::openapi::schema::Schema::{Int, Named, Object, OneOf, Text};
use crate::openapi::schema::{Field, always, list, nullable, sometimes};
use crate::openapi::{Family, Operation};

pub(super) fn family() -> Family {
    Family {
        name: "Policies",
        about: "What an organization lets its projects resolve",
        operations: operations(),
    }
}

fn operations() -> Vec<Operation> {
    let (all, one) = ("/orgs/{organization}/policies", "/orgs/{organization}/policies/{name}");
    vec![
        Operation::new("GET", all, "Policies").gives(200, "By name", list(Named("Policy"))),
        Operation::new("POST", all, "Make a policy")
            .takes(
                [always("name", Text, "3 to 64 characters; it never changes")].into_iter().chain(content()),
            )
            .gives(201, "The policy, which is published", Named("Policy")),
        Operation::new("GET", one, "A policy").gives(200, "The policy", Named("Policy")),
        Operation::new("PUT", one, "Change a policy")
            .notes("What is not given stays; what is given of a repository replaces what was there.")
            .takes(content())
            .gives(200, "The policy, which is published", Named("Policy")),
        Operation::new("DELETE", one, "Delete a policy").done(204, "There is no such policy"),
    ]
}

fn content() -> [Field; 3] {
    let restriction = Object(vec![
        sometimes("cooldown", nullable(Text), "`0`, or a number with `d`, `w` or `mo`"),
        sometimes("advisory_min_severity", nullable(Int), "0 none, 1 low, 2 medium, 3 high, 4 critical"),
        sometimes(
            "retirement_reasons",
            nullable(list(Int)),
            "0 other, 1 invalid, 2 security, 3 deprecated, 4 renamed",
        ),
    ]);
    let exception = Object(vec![
        always("action", OneOf(&["allow", "deny"]), ""),
        always("package", Text, "At most once in a repository"),
        sometimes("requirement", nullable(Text), "Null is every version"),
    ]);
    let repository = Object(vec![
        always("repository", Text, "`hexpm`, or the organization's"),
        sometimes("restriction", nullable(restriction), ""),
        sometimes("overrides", nullable(list(exception)), ""),
    ]);
    [
        sometimes("description", nullable(Text), "At most 500 characters"),
        sometimes(
            "visibility",
            OneOf(&["private", "public"]),
            "A public one is published without private packages",
        ),
        sometimes("repositories", nullable(list(repository)), ""),
    ]
}
