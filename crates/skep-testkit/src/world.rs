//! A small world to ask questions in: two organizations, a public and a private package, and a caller of every kind.
//!
//! Made over HTTP as far as clients can make it, so that a world that comes to stand has tested the way there.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::{Client, Package, TestServer};

/// The organization that the world is about.
pub const ORGANIZATION: &str = "acme";

/// Another one, which has nothing to do with it.
pub const OTHER_ORGANIZATION: &str = "umbrella";

/// The password of every account.
pub const PASSWORD: &str = "correct horse";

/// Kinds of callers. Unless it says otherwise a caller shows a key that may do all that its owner may: call the API
/// and fetch from every repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Who {
    /// Shows nothing.
    Anonymous,
    /// An account that belongs to no organization and owns nothing.
    Stranger,
    /// An account that owns the public package, and belongs to no organization.
    Owner,
    /// A member of the organization with the role `read`.
    Reader,
    /// A member with the role `write`.
    Writer,
    /// A member with the role `admin`.
    Admin,
    /// The admin, showing name and password.
    AdminPassword,
    /// A key of the organization.
    Organization,
    /// A key of the other organization.
    OtherOrganization,
    /// A key of the admin, limited to `api:read`.
    ApiRead,
    /// A key of the admin, limited to `api:write`.
    ApiWrite,
    /// A key of the admin, limited to fetching from the organization's repository.
    RepositoryKey,
    /// A key of the admin, limited to fetching.
    RepositoriesKey,
    /// A key of the admin, limited to the private package.
    PrivatePackageKey,
    /// A key of the owner, limited to the public package.
    PublicPackageKey,
    /// A key of the admin, limited to private documentation.
    DocsKey,
    /// A token that the admin's key was exchanged for, for everything.
    Token,
    /// A token that the admin's key was exchanged for, limited to fetching.
    RepositoriesToken,
    /// A token that the organization's key was exchanged for.
    OrganizationToken,
    /// A token that the stranger's key was exchanged for.
    StrangerToken,
    /// A key of the admin that was revoked.
    Revoked,
    /// A key of the admin whose time is over.
    Expired,
    /// A key that nobody ever made.
    Unknown,
    /// An admin of the organization whose address is not verified.
    Unverified,
    /// An admin of the organization whose account is deactivated.
    Deactivated,
}

impl Who {
    /// Every kind.
    pub const ALL: [Self; 25] = [
        Self::Anonymous,
        Self::Stranger,
        Self::Owner,
        Self::Reader,
        Self::Writer,
        Self::Admin,
        Self::AdminPassword,
        Self::Organization,
        Self::OtherOrganization,
        Self::ApiRead,
        Self::ApiWrite,
        Self::RepositoryKey,
        Self::RepositoriesKey,
        Self::PrivatePackageKey,
        Self::PublicPackageKey,
        Self::DocsKey,
        Self::Token,
        Self::RepositoriesToken,
        Self::OrganizationToken,
        Self::StrangerToken,
        Self::Revoked,
        Self::Expired,
        Self::Unknown,
        Self::Unverified,
        Self::Deactivated,
    ];

    /// The account behind the caller, if there is one.
    pub fn username(self) -> Option<&'static str> {
        Some(match self {
            Self::Anonymous
            | Self::Organization
            | Self::OtherOrganization
            | Self::OrganizationToken
            | Self::Unknown => return None,
            Self::Stranger | Self::StrangerToken => "stranger",
            Self::Owner | Self::PublicPackageKey => "owner",
            Self::Reader => "reader",
            Self::Writer => "writer",
            Self::Unverified => "unverified",
            Self::Deactivated => "deactivated",
            _ => "admin",
        })
    }
}

/// See the module.
#[derive(Debug, Clone)]
pub struct World {
    anonymous: Client,
    callers: HashMap<Who, Client>,
    /// The public package, whose version 1.0.0 is published.
    pub public: Package,
    /// The private package, whose version 1.0.0 is published.
    pub private: Package,
}

impl World {
    /// Makes the world on an empty server. The server's clock is moved by a minute.
    ///
    /// # Panics
    ///
    /// If the server refuses any of it.
    pub async fn new(server: &TestServer) -> Self {
        let mut world = Self {
            anonymous: server.anonymous(),
            callers: HashMap::from([(Who::Anonymous, server.anonymous())]),
            public: Package::new("tree", "1.0.0"),
            private: Package::new("cellar", "1.0.0").organization(ORGANIZATION),
        };
        world.make_accounts(server).await;
        let whole = json!([{ "domain": "api" }, { "domain": "repositories" }]);
        for who in [
            Who::Stranger,
            Who::Owner,
            Who::Reader,
            Who::Writer,
            Who::Admin,
            Who::Unverified,
            Who::Deactivated,
        ] {
            let username = who.username().expect("these are accounts");
            world.make_key(who, username, &whole).await;
        }
        for (who, admin, organization) in [
            (Who::Organization, "admin", ORGANIZATION),
            (Who::OtherOrganization, "umbrella_admin", OTHER_ORGANIZATION),
        ] {
            let body = json!({ "name": "machine", "permissions": whole });
            let admin = world.with_password(admin);
            let made = admin.post(&format!("/api/orgs/{organization}/keys"), &body).await.expect_status(201);
            world.callers.insert(who, world.anonymous.with_key(secret(&made.json())));
        }
        world.by(Who::Owner).publish(&world.public).await.expect_status(201);
        world.by(Who::Admin).publish(&world.private).await.expect_status(201);
        world.make_limited_keys(server).await;
        world.make_tokens().await;
        server.deactivate("deactivated").await;
        world
    }

    /// A caller of that kind.
    pub fn by(&self, who: Who) -> Client {
        self.callers[&who].clone()
    }

    /// An account of the world, showing its password.
    pub fn with_password(&self, username: &str) -> Client {
        self.anonymous.with_password(username, PASSWORD)
    }

    /// A caller with a new key of this account.
    ///
    /// # Panics
    ///
    /// If the key is refused.
    pub async fn new_key(&self, username: &str, name: &str, permissions: &Value) -> Client {
        let body = json!({ "name": name, "permissions": permissions });
        let made = self.with_password(username).post("/api/keys", &body).await.expect_status(201);
        self.anonymous.with_key(secret(&made.json()))
    }

    async fn make_accounts(&mut self, server: &TestServer) {
        for username in ["stranger", "owner", "reader", "writer", "admin", "deactivated", "umbrella_admin"] {
            server.create_user(username, PASSWORD).await;
        }
        let unverified =
            json!({ "username": "unverified", "email": "unverified@example.com", "password": PASSWORD });
        self.anonymous.post("/api/users", &unverified).await.expect_status(201);
        server.create_organization(ORGANIZATION, "admin").await;
        server.create_organization(OTHER_ORGANIZATION, "umbrella_admin").await;
        let admin = self.with_password("admin");
        for (name, role) in
            [("reader", "read"), ("writer", "write"), ("unverified", "admin"), ("deactivated", "admin")]
        {
            let body = json!({ "name": name, "role": role });
            admin.post(&format!("/api/orgs/{ORGANIZATION}/members"), &body).await.expect_status(200);
        }
        self.callers.insert(Who::AdminPassword, admin);
    }

    async fn make_key(&mut self, who: Who, username: &str, permissions: &Value) {
        let key = self.new_key(username, &format!("{who:?}"), permissions).await;
        self.callers.insert(who, key);
    }

    async fn make_limited_keys(&mut self, server: &TestServer) {
        let (repository, private) = (ORGANIZATION, format!("{ORGANIZATION}/{}", self.private.name()));
        let public = format!("hexpm/{}", self.public.name());
        for (who, permission) in [
            (Who::ApiRead, json!({ "domain": "api", "resource": "read" })),
            (Who::ApiWrite, json!({ "domain": "api", "resource": "write" })),
            (Who::RepositoryKey, json!({ "domain": "repository", "resource": repository })),
            (Who::RepositoriesKey, json!({ "domain": "repositories" })),
            (Who::PrivatePackageKey, json!({ "domain": "package", "resource": private })),
            (Who::PublicPackageKey, json!({ "domain": "package", "resource": public })),
            (Who::DocsKey, json!({ "domain": "docs", "resource": repository })),
            (Who::Revoked, json!({ "domain": "api" })),
        ] {
            let username = who.username().expect("these are keys of accounts");
            self.make_key(who, username, &json!([permission])).await;
        }
        let admin = self.with_password("admin");
        admin.delete(&format!("/api/keys/{:?}", Who::Revoked)).await.expect_status(200);

        let life = Duration::from_secs(60);
        let whole = json!([{ "domain": "api" }, { "domain": "repositories" }]);
        let body =
            json!({ "name": "Expired", "permissions": whole, "revoke_at": server.clock().after(life) });
        let made = admin.post("/api/keys", &body).await.expect_status(201);
        self.callers.insert(Who::Expired, self.anonymous.with_key(secret(&made.json())));
        server.clock().advance(life + Duration::from_secs(1));

        let nobodys = self.anonymous.with_key("0123456789abcdef0123456789abcdef");
        self.callers.insert(Who::Unknown, nobodys);
    }

    async fn make_tokens(&mut self) {
        for (who, of, scope) in [
            (Who::Token, Who::Admin, "api repositories"),
            (Who::RepositoriesToken, Who::Admin, "repositories"),
            (Who::OrganizationToken, Who::Organization, "api repositories"),
            (Who::StrangerToken, Who::Stranger, "api repositories"),
        ] {
            let issued = self.by(of).exchange(scope).await.expect_status(200).json();
            let token = issued["access_token"].as_str().expect("an exchange shows the token");
            self.callers.insert(who, self.anonymous.with_token(token));
        }
    }
}

fn secret(key: &Value) -> &str {
    key["secret"].as_str().expect("a new key shows its secret")
}
