//! The endpoints of the HTTP API. One file for each small family; [`routes`] reads as a table of contents.
//!
//! An endpoint extracts, asks `skep-core` for access, calls it, and renders. It must decide nothing.

mod administration;
mod audit_logs;
mod auth;
mod docs;
mod emails;
mod index;
mod invitations;
mod keys;
mod members;
mod oauth;
mod openapi;
mod organizations;
mod owners;
mod packages;
mod passwords;
mod policies;
pub(crate) mod receive;
mod releases;
mod repositories;
mod reserved_names;
mod retirement;
mod sessions;
mod short_urls;
mod two_factor;
mod users;

use skep_core::{Caller, Error};

use crate::api::{Cache, Call, Routes};
use crate::app::{App, caller};

/// Every route of the API, below `/api`.
pub fn routes() -> Routes<App> {
    Routes::new()
        .get("/", index::show)
        .get("/openapi.json", openapi::show)
        // Accounts
        .post("/users", users::create)
        .get("/users/me", users::me)
        .get("/users/me/audit-logs", audit_logs::of_user)
        .get("/users/me/sessions", sessions::list)
        .delete("/users/me/sessions", sessions::revoke_others)
        .delete("/users/me/sessions/{id}", sessions::revoke)
        .get("/users/me/emails", emails::list)
        .post("/users/me/emails", emails::add)
        .get("/users/me/emails/preferences", emails::preferences)
        .put("/users/me/emails/preferences", emails::set_preferences)
        .delete("/users/me/emails/{address}", emails::remove)
        .post("/users/me/emails/{address}/primary", emails::make_primary)
        .post("/users/me/emails/{address}/public", emails::make_public)
        .delete("/users/me/emails/{address}/public", emails::hide)
        .post("/users/me/emails/{address}/verification", emails::send_verification)
        .post("/users/me/password", passwords::change)
        .get("/users/me/tfa", two_factor::show)
        .post("/users/me/tfa", two_factor::begin)
        .delete("/users/me/tfa", two_factor::disable)
        .post("/users/me/tfa/confirm", two_factor::confirm)
        .post("/users/me/tfa/recovery-codes", two_factor::rotate)
        .get("/users/{name}", users::show)
        .get("/users/{name}/test", users::show_authenticated)
        .post("/users/{name}/verify", emails::verify)
        .post("/users/{name}/password/reset", passwords::ask)
        .post("/users/{name}/password", passwords::reset)
        // Accounts in the hands of administrators
        .get("/admin/users", administration::list)
        .get("/admin/users/{name}", administration::show)
        .post("/admin/users/{name}/deactivate", administration::deactivate)
        .post("/admin/users/{name}/reactivate", administration::reactivate)
        .post("/admin/users/{name}/administrator", administration::promote)
        .delete("/admin/users/{name}/administrator", administration::demote)
        .delete("/admin/users/{name}/tfa", administration::reset_two_factor)
        .get("/admin/users/{name}/sessions", administration::sessions)
        .delete("/admin/users/{name}/sessions", administration::end_sessions)
        // What a key or token may do
        .get("/auth", auth::check)
        // Short addresses
        .post("/short_url", short_urls::create)
        // Tokens
        .post("/oauth/token", oauth::token)
        .post("/oauth/device_authorization", oauth::authorize_device)
        .post("/oauth/revoke", oauth::revoke)
        .post("/oauth/revoke_by_hash", oauth::revoke_by_hash)
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
        .post("/orgs", organizations::create)
        .get("/orgs/{organization}", organizations::show)
        .post("/orgs/{organization}", organizations::set_seats)
        .delete("/orgs/{organization}", organizations::delete)
        .post("/orgs/{organization}/rename", organizations::rename)
        .get("/orgs/{organization}/audit-logs", audit_logs::of_organization)
        .get("/orgs/{organization}/members", members::list)
        .post("/orgs/{organization}/members", members::add)
        .get("/orgs/{organization}/members/{name}", members::show)
        .post("/orgs/{organization}/members/{name}", members::change_role)
        .delete("/orgs/{organization}/members/{name}", members::remove)
        .delete("/orgs/{organization}/members/me", members::leave)
        .get("/orgs/{organization}/invitations", invitations::list)
        .post("/orgs/{organization}/invitations", invitations::create)
        .delete("/orgs/{organization}/invitations/{id}", invitations::revoke)
        .post("/invitations/show", invitations::show)
        .post("/invitations/accept", invitations::accept)
        .get("/orgs/{organization}/policies", policies::list)
        .post("/orgs/{organization}/policies", policies::create)
        .get("/orgs/{organization}/policies/{name}", policies::show)
        .put("/orgs/{organization}/policies/{name}", policies::update)
        .delete("/orgs/{organization}/policies/{name}", policies::delete)
        // For those who administer the instance
        .get("/admin/reserved-names", reserved_names::list)
        .post("/admin/reserved-names", reserved_names::create)
        .delete("/admin/reserved-names", reserved_names::delete)
        .get("/admin/orgs/{organization}/audit-logs", reserved_names::organization_audit_logs)
        // Repositories
        .get("/repos", repositories::list)
        .get("/repos/{repository}", repositories::show)
        // Packages, in the public repository and in private ones
        .under(["", "/repos/{repository}"], |routes| {
            routes
                .get("/packages", packages::list)
                .get("/packages/{name}", packages::show)
                .get("/packages/{name}/audit-logs", packages::audit_logs)
                .upload("/publish", releases::publish_unnamed)
                .upload("/packages/{name}/releases", releases::publish)
                .get("/packages/{name}/releases/{version}", releases::show)
                .delete("/packages/{name}/releases/{version}", releases::revert)
                .post("/packages/{name}/retire", retirement::retire_all)
                .post("/packages/{name}/releases/{version}/retire", retirement::retire)
                .delete("/packages/{name}/releases/{version}/retire", retirement::unretire)
                .get("/packages/{name}/releases/{version}/docs", docs::show)
                .upload("/packages/{name}/releases/{version}/docs", docs::publish)
                .delete("/packages/{name}/releases/{version}/docs", docs::delete)
                .get("/packages/{name}/owners", owners::list)
                .get("/packages/{name}/owners/{username}", owners::show)
                .put("/packages/{name}/owners/{username}", owners::put)
                .delete("/packages/{name}/owners/{username}", owners::delete)
        })
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

    /// The repository that is meant: the one named, in the path or elsewhere, or the public one. Clients
    /// that know it by a name of their own, `NAME:acme`, mean `acme`.
    pub(crate) fn repository(&self) -> Result<&str, Error> {
        let named = self.params.address("repository")?.unwrap_or("hexpm");
        Ok(named.rsplit_once(':').map_or(named, |(_, organization)| organization))
    }

    /// How long an answer about a package may be kept, and by whom.
    pub(crate) fn cache_of(&self, public: bool) -> Cache {
        if public { Cache::Public } else { Cache::Private }
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
