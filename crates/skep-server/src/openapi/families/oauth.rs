//! Tokens.

use crate::openapi::schema::Schema::{Int, Object, OneOf, Text};
use crate::openapi::schema::{always, sometimes};
use crate::openapi::{Family, Operation};

pub(super) fn family() -> Family {
    Family { name: "Tokens", about: "OAuth 2: short-lived tokens for clients", operations: operations() }
}

fn operations() -> Vec<Operation> {
    let token = Object(vec![
        always("access_token", Text, "To be shown as `Bearer`"),
        always("token_type", OneOf(&["bearer"]), ""),
        always("expires_in", Int, "Seconds"),
        always("scope", Text, "What it opens, separated by spaces"),
        sometimes("refresh_token", Text, "For the next access token; good for one use"),
    ]);
    vec![
        Operation::new("POST", "/oauth/token", "Get a token")
            .open()
            .takes([
                always("grant_type", Text, "Which of the ways below"),
                always("client_id", Text, "Which program asks"),
                sometimes("client_secret", Text, "`client_credentials`: an API key"),
                sometimes("scope", Text, "What is asked for, separated by spaces"),
            ])
            .refuses_as_oauth()
            .gives(200, "A token", token),
    ]
}
