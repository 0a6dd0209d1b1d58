//! OAuth: tokens for clients.

use http::header::{self, HeaderValue};
use skep_core::Error;
use skep_core::oauth::TokenRequest;

use crate::api::{Call, Reply, object};

pub(super) async fn token(call: Call) -> Result<Reply, Error> {
    let params = &call.params;
    let request = TokenRequest {
        grant_type: params.text("grant_type"),
        client_id: params.text("client_id"),
        client_secret: params.text("client_secret"),
        scope: params.text("scope"),
    };
    let issued = call.app.core.issue_token(request, &call.caller().origin).await?;
    let reply = Reply::ok(object! {
        "access_token" => issued.access_token.reveal(),
        "token_type" => "bearer",
        "expires_in" => issued.expires_in,
        "scope" => issued.scope,
    });
    // RFC 6749, 5.1
    Ok(reply.header(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
}
