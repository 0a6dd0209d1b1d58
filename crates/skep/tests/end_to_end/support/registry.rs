//! A server with an organization, people and packages that real build tools can compile.

use hex_format::checksum::Sha256;
use serde_json::json;
use skep_testkit::{Client, Engine};
use std::time::{Duration, SystemTime};

use super::{Application, Home, Instance, Server};

pub(crate) const PASSWORD: &str = "correct horse";

/// The owner of `acme` and of the public packages, a stranger, and their server.
pub(crate) struct Registry {
    pub(crate) server: Server,
    /// Its files are deleted when this is dropped.
    instance: Instance,
}

impl Registry {
    /// Starts it without packages.
    pub(crate) async fn start() -> Self {
        let instance = Instance::new(Engine::Sqlite);
        let server = instance.serve();
        instance.create_user("owner", PASSWORD).await;
        instance.create_user("stranger", PASSWORD).await;
        instance.admin(&["organization", "create", "acme", "--owner", "owner"], "").await.succeeds();
        instance.admin(&["organization", "create", "other", "--owner", "stranger"], "").await.succeeds();
        Self { server, instance }
    }

    pub(crate) fn url(&self) -> &str {
        self.server.url()
    }

    /// The address of the repository.
    pub(crate) fn repository(&self) -> String {
        format!("{}/repo", self.url())
    }

    /// The public key, as the server gives it.
    pub(crate) async fn public_key(&self) -> String {
        self.server.anonymous().get("/repo/public_key").await.expect_status(200).text().to_owned()
    }

    /// The fingerprint of the public key, as the server said it at its start.
    pub(crate) fn fingerprint(&self) -> &str {
        let line = self.server.greeting().lines().find_map(|line| line.strip_prefix("public key "));
        line.expect("the server tells its fingerprint")
    }

    /// The checksum of a release's tarball, in capitals as lock files have it.
    pub(crate) async fn outer_checksum(&self, package: &str, version: &str) -> String {
        let owner = self.owner().await;
        for repository in ["/repo/repos/acme", "/repo"] {
            let answer = owner.get(&format!("{repository}/tarballs/{package}-{version}.tar")).await;
            if answer.status == 200 {
                return Sha256::of(&answer.body).to_upper_hex();
            }
        }
        panic!("there is no {package} {version}");
    }

    /// A new home that uses this server.
    pub(crate) fn home(&self) -> Home {
        Home::new(self.url())
    }

    /// Gives a home a browser in which `user` is signed in and agrees to everything that a device asks for.
    ///
    /// It writes to the database, because pages want a session and a second factor.
    pub(crate) fn browse_as(&self, user: &str, home: &Home) {
        let hook = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/conformance/hook.py");
        let data = self.instance.data();
        home.write_program(
            "xdg-open",
            &format!(
                "#!/bin/sh\nSKEP_DATA={} exec python3 -B {hook} approve-device {user} \"${{1##*user_code=}}\"\n",
                data.display()
            ),
        );
    }

    /// The home of the owner, with a key for everything in the environment.
    pub(crate) async fn owners_home(&self) -> Home {
        let mut home = self.home();
        home.set("HEX_API_KEY", self.user_key("owner", "everything").await);
        home
    }

    /// A key of a user that may call the API and fetch from all repositories.
    pub(crate) async fn user_key(&self, user: &str, name: &str) -> String {
        let permissions = json!([{ "domain": "api" }, { "domain": "repositories" }]);
        self.key(user, "/api/keys", &json!({ "name": name, "permissions": permissions })).await
    }

    /// A key of a user that may call the API and nothing else.
    pub(crate) async fn api_key(&self, user: &str) -> String {
        self.key(user, "/api/keys", &json!({ "name": "api", "permissions": [{ "domain": "api" }] })).await
    }

    /// A key of a user that may read what the API shows.
    pub(crate) async fn read_key(&self, user: &str) -> String {
        let permissions = json!([{ "domain": "api", "resource": "read" }]);
        self.key(user, "/api/keys", &json!({ "name": "read", "permissions": permissions })).await
    }

    /// A key of an organization for its repository.
    pub(crate) async fn organization_key(&self, owner: &str, organization: &str, name: &str) -> String {
        let permissions = json!([{ "domain": "repository", "resource": organization }]);
        let body = json!({ "name": name, "permissions": permissions });
        self.key(owner, &format!("/api/orgs/{organization}/keys"), &body).await
    }

    /// A key of `acme` whose time is over.
    pub(crate) async fn expired_key(&self) -> String {
        let soon = jiff::Timestamp::try_from(SystemTime::now() + Duration::from_millis(1500));
        let body = json!({
            "name": "expired",
            "permissions": [{ "domain": "repository", "resource": "acme" }],
            "revoke_at": soon.expect("the clock shows a time").to_string(),
        });
        let secret = self.key("owner", "/api/orgs/acme/keys", &body).await;
        let caller = self.server.anonymous().with_key(&secret);
        while caller.get("/repo/repos/acme/names").await.status == 200 {
            // Asked until the answer changes: the key has its own clock.
        }
        secret
    }

    /// Publishes with `skep publish`, to the public repository or an organization's.
    pub(crate) async fn publish(&self, home: &Home, organization: Option<&str>, application: &Application) {
        let file = home.write(&application.file_name(), application.tarball());
        let mut arguments = vec!["publish", file.to_str().expect("the path is text"), "--yes"];
        arguments.extend(organization.iter().flat_map(|organization| ["--organization", *organization]));
        home.skep(&arguments).await.succeeds();
    }

    async fn key(&self, user: &str, path: &str, body: &serde_json::Value) -> String {
        let caller = self.server.anonymous().with_password(user, PASSWORD);
        let answer = caller.post(path, body).await.expect_status(201).json();
        answer["secret"].as_str().expect("a new key has a secret").to_owned()
    }

    /// A caller with the owner's key.
    pub(crate) async fn owner(&self) -> Client {
        self.server.anonymous().with_key(&self.user_key("owner", "everything").await)
    }
}
