//! Organizations, their members and repositories.

use super::page;
use crate::openapi::schema::Schema::{Int, Named, Text};
use crate::openapi::schema::{always, list, nullable};
use crate::openapi::schemas::role;
use crate::openapi::{Family, Operation};

pub(super) fn family() -> Family {
    Family {
        name: "Organizations",
        about: "Organizations, their members and repositories",
        operations: operations(),
    }
}

fn operations() -> Vec<Operation> {
    vec![
        Operation::new("GET", "/orgs", "The organizations of the caller").gives(
            200,
            "By name",
            list(Named("Organization")),
        ),
        Operation::new("POST", "/orgs", "Make an organization")
            .login()
            .hides()
            .notes("The caller becomes its admin. A server may leave this to its administrators.")
            .takes([always("name", Text, "Small letters, digits and underscores")])
            .gives(201, "The organization", Named("OrganizationPage")),
        Operation::new("POST", "/orgs/{organization}", "Limit the number of members")
            .takes([always("seats", nullable(Int), "Null is any number")])
            .gives(200, "The organization", Named("OrganizationPage")),
        Operation::new("DELETE", "/orgs/{organization}", "Delete an organization")
            .notes(
                "With its repository and everything in it. It is refused while others are members, or while public \
                 packages have no other full owner. Nobody gets the name again.",
            )
            .takes([always("name", Text, "The name again, as a confirmation")])
            .done(204, "The organization is gone"),
        Operation::new("POST", "/orgs/{organization}/rename", "Rename an organization")
            .notes(
                "Its repository is renamed with it, and signed for the new name. Keys that name it follow, tokens end. \
                 Nobody else gets the old name.",
            )
            .takes([always("name", Text, "The new name")])
            .gives(200, "The organization", Named("OrganizationPage")),
        Operation::new("GET", "/orgs/{organization}", "An organization").gives(
            200,
            "The organization",
            Named("OrganizationPage"),
        ),
        Operation::new("GET", "/orgs/{organization}/audit-logs", "What was done in an organization")
            .query([page()])
            .gives(200, "A hundred entries, the newest first", list(Named("AuditLog"))),
        Operation::new("GET", "/orgs/{organization}/members", "Members").gives(
            200,
            "By name",
            list(Named("MemberMin")),
        ),
        Operation::new("POST", "/orgs/{organization}/members", "Add a member")
            .takes([always("name", Text, "Name or public address"), always("role", role(), "")])
            .gives(200, "The member", Named("Member")),
        Operation::new("GET", "/orgs/{organization}/members/{name}", "A member").gives(
            200,
            "The member",
            Named("Member"),
        ),
        Operation::new("POST", "/orgs/{organization}/members/{name}", "Change a member's role")
            .takes([always("role", role(), "")])
            .gives(200, "The member", Named("Member")),
        Operation::new("DELETE", "/orgs/{organization}/members/{name}", "Remove a member")
            .notes(
                "What the account owned in the organization's repository goes with it, as do keys and invitations \
                 that it made for the organization.",
            )
            .validates()
            .done(204, "The account is no member"),
        Operation::new("DELETE", "/orgs/{organization}/members/me", "Leave an organization")
            .validates()
            .done(204, "The caller is no member"),
        Operation::new("GET", "/repos", "Repositories that the caller may read").conditional().gives(
            200,
            "The public one first, then by name",
            list(Named("Repository")),
        ),
        Operation::new("GET", "/repos/{repository}", "A repository").conditional().gives(
            200,
            "The repository",
            Named("Repository"),
        ),
    ]
}
