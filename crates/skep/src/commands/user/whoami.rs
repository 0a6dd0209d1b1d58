//! `skep user whoami`

use anyhow::Result;
use serde::Serialize;
use skep_client::api::{Api, Membership};

use super::account;
use crate::commands::context::{Context, block_on};
use crate::output::{self, Report, Text};

/// Who is signed in.
#[derive(Serialize)]
struct Whoami {
    username: String,
    email: Option<String>,
    server: String,
    /// `environment` for `HEX_API_KEY`, else as it is stored.
    method: &'static str,
    organizations: Vec<Membership>,
}

impl Report for Whoami {
    fn text(&self) -> Text {
        Text::from(self.username.as_str())
    }
}

pub(super) fn run(context: &Context) -> Result<()> {
    let api = context.api()?;
    let me = block_on(account::who(&api))?;
    let method = method(context, &api)?;
    let server = api.base().to_string();
    output::report(&Whoami {
        username: me.username,
        email: me.email,
        server,
        method,
        organizations: me.organizations,
    })
}

fn method(context: &Context, api: &Api) -> Result<&'static str> {
    if context.key_for(api.base())?.is_some() {
        return Ok("environment");
    }
    Ok(context.machine.server(api.base())?.login.map_or("none", |login| login.method.as_str()))
}
