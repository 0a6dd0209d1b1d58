//! `GET /api/auth`: may this key or token do that?

use skep_core::Error;

use crate::api::{Call, Param, Reply, object};

pub(super) async fn check(call: Call) -> Result<Reply, Error> {
    let domain = parameter(&call, "domain")?
        .ok_or_else(|| Error::new(400, "missing_parameter", "missing required parameters: \"domain\""))?;
    let resource = parameter(&call, "resource")?;
    let confirmed = call.app.core.check_key(&call.caller(), domain, resource).await?;
    let Some(confirmed) = confirmed else { return Ok(Reply::no_content()) };
    let owner_type = if confirmed.owned_by_organization { "organization" } else { "user" };
    Ok(Reply::ok(object! {
        "key" => object! {
            "name" => confirmed.key,
            "owner" => object! { "type" => owner_type, "name" => confirmed.owner },
        },
    }))
}

/// Empty is not absent here (the Hex HTTP contract): it names nothing that a limited key opens.
fn parameter<'a>(call: &'a Call, name: &str) -> Result<Option<&'a str>, Error> {
    match call.params.get(name) {
        Some(Param::Text(text)) => Ok(Some(text)),
        _ => call.params.address(name),
    }
}
