//! OAuth: tokens for clients.

use skep_core::Error;
use skep_core::oauth::{DeviceAuthorizationRequest, INTERVAL, IssuedToken, TokenRequest};

use crate::api::{Cache, Call, Reply, Value, object};

pub(super) async fn token(call: Call) -> Result<Reply, Error> {
    let params = &call.params;
    let request = TokenRequest {
        grant_type: params.text("grant_type"),
        client_id: params.text("client_id"),
        client_secret: params.text("client_secret"),
        scope: params.text("scope"),
        device_code: params.text("device_code"),
        refresh_token: params.text("refresh_token"),
        code: params.text("code"),
        redirect_uri: params.text("redirect_uri"),
        code_verifier: params.text("code_verifier"),
        name: params.text("name"),
    };
    let issued = call.app.core.issue_token(request, &call.caller().origin).await?;
    // RFC 6749, 5.1
    Ok(Reply::ok(render(&issued)).cache(Cache::Never))
}

/// Begins the login of a device.
pub(super) async fn authorize_device(call: Call) -> Result<Reply, Error> {
    let params = &call.params;
    let request = DeviceAuthorizationRequest {
        client_id: params.text("client_id"),
        scope: params.text("scope"),
        name: params.text("name"),
    };
    let begun = call.app.core.authorize_device_client(request).await?;
    let page = format!("{}/oauth/device", call.app.settings.web_url);
    Ok(Reply::ok(object! {
        "device_code" => begun.device_code.reveal(),
        "user_code" => begun.user_code.clone(),
        "verification_uri_complete" => format!("{page}?user_code={}", begun.user_code),
        "verification_uri" => page,
        "expires_in" => begun.expires_in,
        "interval" => INTERVAL,
    })
    .cache(Cache::Never))
}

pub(super) async fn revoke(call: Call) -> Result<Reply, Error> {
    let params = &call.params;
    call.app.core.revoke_token(params.text("client_id"), params.text("token")).await?;
    Ok(Reply::status(200))
}

pub(super) async fn revoke_by_hash(call: Call) -> Result<Reply, Error> {
    let hash = call.params.text("token_hash");
    call.app.core.revoke_by_hash(hash, &call.caller().origin).await?;
    Ok(Reply::status(200))
}

fn render(issued: &IssuedToken) -> Value {
    let body = object! {
        "access_token" => issued.access_token.reveal(),
        "token_type" => "bearer",
        "expires_in" => issued.expires_in,
        "scope" => issued.scope.clone(),
    };
    match &issued.refresh_token {
        Some(token) => body.with("refresh_token", token.reveal()),
        None => body,
    }
}
