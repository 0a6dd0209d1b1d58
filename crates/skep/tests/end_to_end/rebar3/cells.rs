//! What `rebar3` itself does, operation by operation: its columns of the compatibility page.

use super::*;
use crate::support::Operation;

/// What the plugin `rebar3_hex` does, which has columns of its own.
const OF_THE_PLUGIN: [Operation; 9] = [
    Operation::Publish,
    Operation::Replace,
    Operation::Revert,
    Operation::Docs,
    Operation::Retire,
    Operation::Owners,
    Operation::Keys,
    Operation::OrganizationKeys,
    Operation::Search,
];

impl Rebar3 {
    async fn run(&self, home: &Home, arguments: &[&str]) -> Run {
        home.run("app", &self.program, arguments).await
    }

    /// Fetches as on a machine that has never fetched before.
    async fn fetch_anew(&self, home: &Home) -> Run {
        home.remove(&[".cache", "app/_build", "app/rebar.lock"]);
        self.run(home, &["get-deps"]).await
    }
}

#[tokio::test]
async fn authenticate() {
    for rebar3 in Rebar3::versions().await {
        let check = async {
            let registry = registry().await;
            let home = machine(&registry).await;
            let auth = async |key: &str| {
                home.skep(&["organization", "auth", "acme", "--key", key, "--yes"]).await.succeeds();
            };
            rebar3.fetch_anew(&home).await.says("Package not found in any repo: tree").fails();
            auth(&registry.organization_key("owner", "acme", "ci").await).await;
            rebar3.fetch_anew(&home).await.says("Fetching tree v1.0.0").succeeds();
            registry
                .owners_home()
                .await
                .skep(&["organization", "key", "acme", "revoke", "ci"])
                .await
                .succeeds();
            rebar3.fetch_anew(&home).await.says("Package not found in any repo: tree").fails();
            auth(&registry.user_key("owner", "fetch").await).await;
            rebar3.fetch_anew(&home).await.says("Fetching tree v1.0.0").succeeds();
        };
        rebar3
            .column()
            .works_except(
                Operation::Authenticate,
                "with `skep organization auth`; it has no command itself",
                check,
            )
            .await;
    }
}

#[tokio::test]
async fn add_repository() {
    for rebar3 in Rebar3::versions().await {
        let check = async {
            let registry = registry().await;
            let mut home = machine(&registry).await;
            home.unset("HEX_CDN");
            // As the handbook says it by hand, in the project.
            let (url, pem) = (registry.repository(), registry.public_key().await);
            let trust = format!("repo_url => <<\"{url}\">>, repo_public_key => <<\"{pem}\">>");
            let config = format!(
                "{{deps, [{{tree, \"~> 1.0\"}}]}}.\n{{hex, [{{repos, [#{{name => <<\"hexpm:acme\">>, {trust}}}, \
                 #{{name => <<\"skep\">>, {trust}}}]}}]}}.\n"
            );
            home.write("app/rebar.config", config);
            let key = registry.organization_key("owner", "acme", "ci").await;
            let auth =
                format!("%% coding: utf-8\n#{{<<\"hexpm:acme\">> => #{{repo_key => <<\"{key}\">>}}}}.\n");
            home.write(".config/rebar3/hex.config", auth);
            // The public repository says that its name is hexpm, and under another name rebar3 refuses it.
            rebar3.fetch_anew(&home).await.says("Fetching tree v1.0.0").does_not_say("Fetching leaf").fails();
            home.set("HEX_CDN", &url);
            rebar3
                .fetch_anew(&home)
                .await
                .says("Fetching tree v1.0.0")
                .says("Fetching leaf v1.0.0")
                .succeeds();
        };
        rebar3.column().works(Operation::AddRepository, check).await;
    }
}

#[tokio::test]
async fn fetch() {
    for rebar3 in Rebar3::versions().await {
        let check = async {
            let registry = registry().await;
            let home = machine(&registry).await;
            let key = registry.organization_key("owner", "acme", "ci").await;
            home.skep(&["organization", "auth", "acme", "--key", &key, "--yes"]).await.succeeds();
            let fetched = rebar3.run(&home, &["get-deps"]).await;
            fetched
                .says("Fetching tree v1.0.0")
                .says("Fetching twig v0.2.0")
                .says("Fetching leaf v1.0.0")
                .succeeds();
            let lock = home.read("app/rebar.lock");
            for (name, version) in [("leaf", "1.0.0"), ("tree", "1.0.0"), ("twig", "0.2.0")] {
                let checksum = registry.outer_checksum(name, version).await;
                assert!(
                    lock.contains(&format!("{{<<\"{name}\">>, <<\"{checksum}\">>}}")),
                    "{name} in {lock}"
                );
            }
            rebar3.run(&home, &["compile"]).await.says("Compiling tree").succeeds();
        };
        rebar3.column().works(Operation::Fetch, check).await;
    }
}

#[tokio::test]
async fn offline_cache() {
    for rebar3 in Rebar3::versions().await {
        let check = async {
            let registry = registry().await;
            let mut home = machine(&registry).await;
            let key = registry.organization_key("owner", "acme", "ci").await;
            home.skep(&["organization", "auth", "acme", "--key", &key, "--yes"]).await.succeeds();
            rebar3.run(&home, &["get-deps"]).await.succeeds();
            drop(registry);
            home.remove(&["app/_build"]);
            rebar3.run(&home, &["compile"]).await.says("Compiling tree").succeeds();
            home.remove(&["app/_build"]);
            home.set("REBAR_OFFLINE", "1");
            rebar3.run(&home, &["compile"]).await.fails();
        };
        let fault = "when the server is away; `REBAR_OFFLINE` forbids the cache, too";
        rebar3.column().works_except(Operation::OfflineCache, fault, check).await;
    }
}

#[tokio::test]
async fn what_it_does_not_do() {
    for rebar3 in Rebar3::versions().await {
        let column = rebar3.column();
        for operation in OF_THE_PLUGIN {
            column.has_no(operation, "done by the plugin rebar3_hex");
        }
        column.has_no(Operation::SignIn, "it knows keys only");
        column.has_no(Operation::Policy, "it knows no policies");
        column.has_no(Operation::TwoFactor, "it uses keys, for which no code is asked");
        column.has_no(Operation::Exchange, "it sends the key itself");
        column.has_no(Operation::Info, "`rebar3 pkgs` shows the index that it has fetched");
    }
}
