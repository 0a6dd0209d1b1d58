//! The endpoints of the HTTP API. One file for each small family; [`routes`] reads as a table of contents.
//!
//! An endpoint extracts, asks `skep-core` for access, calls it, and renders. It must decide nothing.

mod audit_logs;
mod auth;
mod index;
mod keys;
mod members;
mod organizations;
mod repositories;
mod users;

use skep_core::Caller;

use crate::api::{Call, Routes};
use crate::app::{App, caller};

/// Every route of the API, below `/api`.
pub fn routes() -> Routes<App> {
    Routes::new()
        .get("/", index::show)
        // Accounts
        .post("/users", users::create)
        .get("/users/me", users::me)
        .get("/users/me/audit-logs", audit_logs::of_user)
        .get("/users/{name}", users::show)
        .get("/users/{name}/test", users::show_authenticated)
        // What a key may do
        .get("/auth", auth::check)
        // Keys of the caller and of organizations
        .under(["", "/orgs/{organization}"], |routes| {
            routes
                .get("/keys", keys::list)
                .post("/keys", keys::create)
                .delete("/keys", keys::revoke_all)
                .get("/keys/{name}", keys::show)
                .delete("/keys/{name}", keys::revoke)
        })
        // Organizations
        .get("/orgs", organizations::list)
        .get("/orgs/{organization}", organizations::show)
        .get("/orgs/{organization}/audit-logs", audit_logs::of_organization)
        .get("/orgs/{organization}/members", members::list)
        .post("/orgs/{organization}/members", members::add)
        .get("/orgs/{organization}/members/{name}", members::show)
        .post("/orgs/{organization}/members/{name}", members::change_role)
        .delete("/orgs/{organization}/members/{name}", members::remove)
        // Repositories
        .get("/repos", repositories::list)
        .get("/repos/{repository}", repositories::show)
}

impl Call<App> {
    /// Who makes this call, and from where.
    pub(crate) fn caller(&self) -> Caller {
        caller(self.principal.as_ref(), &self.head)
    }

    /// An address below the API.
    pub(crate) fn api_url(&self, path: &str) -> String {
        format!("{}{path}", self.app.settings.api_url)
    }

    /// The page of a list, from 1; anything else counts as the first.
    pub(crate) fn page(&self) -> i64 {
        let given = self.params.get("page");
        let page = match given {
            Some(crate::api::Param::Int(page)) => Some(*page),
            Some(crate::api::Param::Text(text)) => text.parse().ok(),
            _ => None,
        };
        page.filter(|page| *page >= 1).unwrap_or(1)
    }
}

/// An opaque entity tag from whatever makes two answers differ.
pub(crate) fn tag(parts: impl std::fmt::Debug) -> String {
    let digest = hex_format::checksum::Sha256::of(format!("{parts:?}").as_bytes());
    digest.to_string()[..32].to_owned()
}
