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
    let device = Object(vec![
        always("device_code", Text, "To ask with"),
        always("user_code", Text, "To be typed in at a browser"),
        always("verification_uri", Text, "Where to type it in"),
        always("verification_uri_complete", Text, "The same with the code"),
        always("expires_in", Int, "Seconds"),
        always("interval", Int, "Seconds between two questions"),
    ]);
    vec![
        Operation::new("POST", "/oauth/token", "Get a token")
            .open()
            .takes([
                always("grant_type", Text, "Which of the ways below"),
                always("client_id", Text, "Which program asks"),
                sometimes("client_secret", Text, "`client_credentials`: an API key"),
                sometimes("scope", Text, "`client_credentials`: what is asked for, separated by spaces"),
                sometimes("device_code", Text, "`urn:ietf:params:oauth:grant-type:device_code`: what the device was given"),
                sometimes("refresh_token", Text, "`refresh_token`: what came with the last token"),
                sometimes("code", Text, "`authorization_code`: what came back from the browser"),
                sometimes("redirect_uri", Text, "`authorization_code`: where it came back to"),
                sometimes("code_verifier", Text, "`authorization_code`: what the code challenge was made of"),
                sometimes("name", Text, "`authorization_code`: what the session is to be called"),
            ])
            .refuses_as_oauth()
            .gives(200, "A token", token),
        Operation::new("POST", "/oauth/device_authorization", "Log a device in")
            .notes("Somebody has to agree at a browser; until then `POST /oauth/token` answers `authorization_pending`.")
            .open()
            .takes([
                always("client_id", Text, "Which program asks"),
                sometimes("scope", Text, "What is asked for, separated by spaces"),
                sometimes("name", Text, "What the session is to be called, such as the name of a machine"),
            ])
            .refuses_as_oauth()
            .gives(200, "What to show to people, and what to ask with", device),
        Operation::new("POST", "/oauth/revoke", "Give a token back")
            .open()
            .takes([
                always("client_id", Text, "The program that it was given to"),
                always("token", Text, "An access or refresh token; the other one ends too"),
            ])
            .done(200, "There is no such token any more"),
        Operation::new("POST", "/oauth/revoke_by_hash", "End a session by the hash of a refresh token")
            .open()
            .takes([always("token_hash", Text, "SHA-256 of the refresh token, in hexadecimal")])
            .done(200, "There is no such session any more"),
    ]
}
