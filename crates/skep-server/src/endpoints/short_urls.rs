//! Short addresses.

use skep_core::Error;

use crate::api::{Call, Reply, object};

pub(super) async fn create(call: Call) -> Result<Reply, Error> {
    let settings = &call.app.settings;
    let origin = call.caller().origin;
    let code = call.app.core.shorten(call.params.text("url"), &settings.short_url_hosts, &origin).await?;
    Ok(Reply::status(201).body(object! { "url" => format!("{}/l/{code}", settings.web_url) }))
}
