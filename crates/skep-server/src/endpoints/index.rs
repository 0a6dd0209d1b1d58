//! `GET /api`: address templates.

use skep_core::Error;

use crate::api::{Call, Reply, object};

pub(super) async fn show(call: Call) -> Result<Reply, Error> {
    Ok(Reply::ok(object! {
        "packages_url" => call.api_url("/packages"),
        "package_url" => call.api_url("/packages/{name}"),
        "package_retirement_url" => call.api_url("/packages/{name}/retire"),
        "package_release_url" => call.api_url("/packages/{name}/releases/{version}"),
        "package_owners_url" => call.api_url("/packages/{name}/owners"),
        "keys_url" => call.api_url("/keys"),
        "key_url" => call.api_url("/keys/{name}"),
        "documentation_url" => "http://docs.hexpm.apiary.io",
    }))
}
