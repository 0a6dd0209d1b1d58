//! The description of the API.

use skep_core::Error;

use crate::api::{Cache, Call, Reply};
use crate::openapi;

pub(super) async fn show(call: Call) -> Result<Reply, Error> {
    Ok(Reply::ok(openapi::document(&call.app.settings.api_url)).cache(Cache::Public))
}
