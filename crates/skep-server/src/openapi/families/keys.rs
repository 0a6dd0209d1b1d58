//! API keys, of accounts and of organizations.

use crate::openapi::schema::Schema::{Named, Object, Text, Time};
use crate::openapi::schema::{always, list, sometimes};
use crate::openapi::{Family, Operation};

pub(super) fn family() -> Family {
    let operations = ["", "/orgs/{organization}"].into_iter().flat_map(operations).collect();
    Family { name: "Keys", about: "API keys of the caller, and of organizations", operations }
}

fn operations(of: &str) -> [Operation; 5] {
    let keys = format!("{of}/keys");
    let key = format!("{of}/keys/{{name}}");
    let permission = Object(vec![
        always("domain", Text, "`api`, `package`, `repository`, `repositories` or `docs`"),
        sometimes("resource", Text, "`read` or `write`, a package, or a repository"),
    ]);
    [
        Operation::new("GET", &keys, "Keys by name").login().hides().gives(
            200,
            "Keys that have not ended",
            list(Named("Key")),
        ),
        Operation::new("POST", &keys, "Make a key")
            .login()
            .hides()
            .takes([
                always("name", Text, "Gets a number behind it if it is taken"),
                sometimes("permissions", list(permission), "Without any, all of the API"),
                sometimes("revoke_at", Time, "When it ends"),
            ])
            .gives(201, "The key with its secret, which is never shown again", Named("Key")),
        Operation::new("DELETE", &keys, "Revoke all keys")
            .login()
            .hides()
            .gives(200, "The key that was shown, now revoked", Named("Key"))
            .done(204, "All are revoked; none was shown"),
        Operation::new("GET", &key, "A key").login().conditional().gives(200, "The key", Named("Key")),
        Operation::new("DELETE", &key, "Revoke a key").login().gives(
            200,
            "The key, now revoked",
            Named("Key"),
        ),
    ]
}
