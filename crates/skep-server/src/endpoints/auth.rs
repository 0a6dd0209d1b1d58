//! `GET /api/auth`: may this key or token do that?

use skep_core::Error;

use crate::api::{Call, Param, Reply, object};

pub(super) async fn check(call: Call) -> Result<Reply, Error> {
    let domain = call
        .params
        .address("domain")?
        .ok_or_else(|| Error::new(400, "missing_parameter", "missing required parameters: \"domain\""))?;
    let resource = match call.params.get("resource") {
        // Empty is not absent (the Hex HTTP contract): it names nothing that a limited key opens.
        Some(Param::Text(text)) => Some(text.as_str()),
        _ => call.params.address("resource")?,
    };
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
