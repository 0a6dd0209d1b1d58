//! Accounts.

use super::page;
use crate::openapi::schema::Schema::{Named, Object, OneOf, Text};
use crate::openapi::schema::{always, list, sometimes};
use crate::openapi::schemas::DOMAINS;
use crate::openapi::{Family, Operation};

pub(super) fn family() -> Family {
    Family {
        name: "Accounts",
        about: "Signing up, the own account and those of others",
        operations: operations(),
    }
}

fn operations() -> Vec<Operation> {
    let address = Object(vec![sometimes("email", Text, "")]);
    let allowed = Object(vec![always(
        "key",
        Object(vec![
            always("name", Text, ""),
            always(
                "owner",
                Object(vec![always("type", OneOf(&["user", "organization"]), ""), always("name", Text, "")]),
                "",
            ),
        ]),
        "",
    )]);
    vec![
        Operation::new("POST", "/users", "Sign up")
            .notes("Closed where the operator says so. With the setup code of a new server the account becomes an administrator.")
            .takes([
                always("username", Text, "At least 3 small letters, digits, `_`, `-` and `.`"),
                sometimes("password", Text, "At least 8 characters; without one there is no login with a password"),
                sometimes("password_confirmation", Text, "The same again"),
                sometimes("email", Text, "Required here or in `emails`"),
                sometimes("emails", list(address), "The first one counts"),
                sometimes("full_name", Text, ""),
                sometimes("setup_code", Text, ""),
            ])
            .gives(201, "The account", Named("User")),
        Operation::new("GET", "/users/me", "The own account")
            .login()
            .hides()
            .conditional()
            .gives(200, "The account with its memberships", Named("Me")),
        Operation::new("GET", "/users/me/audit-logs", "What the own account did")
            .login()
            .hides()
            .query([page()])
            .gives(200, "A hundred entries, the newest first", list(Named("AuditLog"))),
        Operation::new("GET", "/users/{name}", "An account, by name or public address")
            .conditional()
            .gives(200, "The account with its packages", Named("UserPage")),
        Operation::new("GET", "/users/{name}/test", "The same, for callers with credentials")
            .login()
            .conditional()
            .gives(200, "The account with its packages", Named("UserPage")),
        Operation::new("GET", "/auth", "What a key or token may do")
            .login()
            .hides()
            .query([
                always("domain", OneOf(DOMAINS), ""),
                sometimes("resource", Text, "What of the domain"),
            ])
            .gives(200, "It may; the key that was shown", allowed)
            .done(204, "It may"),
    ]
}
