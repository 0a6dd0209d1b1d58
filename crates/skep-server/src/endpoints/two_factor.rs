//! The second factor of the calling account.

use skep_core::access::operations::{ChangeTwoFactor, ShowTwoFactor};
use skep_core::two_factor::Proof;
use skep_core::{Error, Secret};

use crate::api::{Cache, Call, Reply, Value, object};

pub(super) async fn show(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ShowTwoFactor>(&call.caller(), ()).await?;
    let status = call.app.core.two_factor_status(&access).await?;
    let body = object! {
        "enabled" => status.enabled,
        "recovery_codes_left" => status.recovery_codes_left,
    };
    Ok(Reply::ok(body))
}

/// A new secret, shown this once.
pub(super) async fn begin(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ChangeTwoFactor>(&call.caller(), ()).await?;
    let new = call.app.core.begin_two_factor(&access, call.params.text("password")).await?;
    let body = object! {
        "secret" => new.secret.reveal(),
        "uri" => new.uri(call.app.settings.host()).reveal(),
    };
    Ok(Reply::created(&call.api_url("/users/me/tfa"), body).cache(Cache::Never))
}

pub(super) async fn confirm(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ChangeTwoFactor>(&call.caller(), ()).await?;
    let codes = call.app.core.enable_two_factor(&access, call.params.text("code")).await?;
    Ok(recovery_codes(&codes))
}

pub(super) async fn rotate(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ChangeTwoFactor>(&call.caller(), ()).await?;
    let codes = call.app.core.rotate_recovery_codes(&access, proof(&call)).await?;
    Ok(recovery_codes(&codes))
}

pub(super) async fn disable(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ChangeTwoFactor>(&call.caller(), ()).await?;
    call.app.core.disable_two_factor(&access, proof(&call)).await?;
    Ok(Reply::no_content())
}

fn proof(call: &Call) -> Proof {
    let text = |name| call.params.text(name);
    Proof { password: text("password"), code: text("code"), recovery_code: text("recovery_code") }
}

fn recovery_codes(codes: &[Secret]) -> Reply {
    let codes = codes.iter().map(|code| Value::from(code.reveal()));
    Reply::ok(object! { "recovery_codes" => Value::list(codes) }).cache(Cache::Never)
}
