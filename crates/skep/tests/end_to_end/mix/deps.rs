//! `skep deps fetch` puts all that `mix` needs where `mix` looks for it.

use super::{machine, mix, point_hexpm_at, project, versions};
use crate::support::{Application, Registry};

/// With what `skep` has fetched, the server may be gone: in every version, with `HEX_OFFLINE` and without.
#[tokio::test]
async fn is_offline_after_deps_fetch() {
    for hex in versions().await {
        let registry = Registry::start().await;
        let owner = registry.owners_home().await;
        for version in ["1.0.0", "1.0.1-rc.1", "1.1.0"] {
            registry.publish(&owner, None, &Application::new("leaf", version)).await;
        }
        let twig = Application::new("twig", "1.0.0").requires("hexpm", "leaf", "~> 1.0.0");
        registry.publish(&owner, Some("acme"), &twig).await;

        let mut home = machine(&registry, &hex);
        point_hexpm_at(&registry, &home).await;
        let key = registry.organization_key("owner", "acme", "ci").await;
        home.skep(&["organization", "auth", "acme", "--key", &key, "--yes"]).await.succeeds();
        project(&home, "app", "0.1.0", None, r#"{:twig, "~> 1.0", organization: "acme"}"#);
        mix(&home, "app", &["deps.get"]).await.says("Getting leaf").says("Getting twig").succeeds();
        let lock = home.read("app/mix.lock");

        // A new machine has the project and nothing else.
        home.remove(&[".hex/cache.ets", ".hex/packages", ".hex/registry", "app/deps"]);
        home.skep(&["deps", "fetch", "--check", "--lock", "app/mix.lock"])
            .await
            .says("missing twig 1.0.0")
            .fails();
        let fetched = home.skep(&["deps", "fetch", "--lock", "app/mix.lock"]).await.succeeds().to_owned();
        assert_eq!(fetched, "2 fetched, 0 already there", "Hex {}", hex.version);
        drop(registry);

        home.set("HEX_OFFLINE", "1");
        mix(&home, "app", &["deps.get"]).await.says("Getting twig").does_not_say("rror").succeeds();
        assert_eq!(home.read("app/mix.lock"), lock);
        mix(&home, "app", &["compile"]).await.says("Compiling 1 file").succeeds();

        // Even the server that does not answer is no reason to fail.
        home.remove(&["app/deps", "app/_build"]);
        home.unset("HEX_OFFLINE");
        mix(&home, "app", &["deps.get"]).await.says("using cache instead").succeeds();
        let again = home.skep(&["deps", "fetch", "--lock", "app/mix.lock"]).await.succeeds().to_owned();
        assert_eq!(again, "0 fetched, 2 already there");
        home.skep(&["deps", "fetch", "--check", "--lock", "app/mix.lock"]).await.succeeds();
    }
}

/// What `mix` has in its table of registries stays there, and it goes on with ours.
#[tokio::test]
async fn shares_its_table_with_skep() {
    for hex in versions().await {
        let registry = Registry::start().await;
        let owner = registry.owners_home().await;
        for name in ["leaf", "other"] {
            registry.publish(&owner, None, &Application::new(name, "1.0.0")).await;
        }
        let mut home = machine(&registry, &hex);
        point_hexpm_at(&registry, &home).await;
        project(&home, "app", "0.1.0", None, r#"{:leaf, "~> 1.0"}"#);
        mix(&home, "app", &["deps.get"]).await.succeeds();
        project(&home, "next", "0.1.0", None, r#"{:other, "~> 1.0"}"#);
        let outer = registry.outer_checksum("other", "1.0.0").await.to_lowercase();
        let inner = {
            let tarball = Application::new("other", "1.0.0").tarball();
            let read = hex_format::tarball::read(&tarball, &hex_format::tarball::Limits::default());
            read.expect("the tarball is right").inner
        };
        let entry =
            format!("{{:hex, :other, \"1.0.0\", \"{inner}\", [:mix, :rebar3], [], \"hexpm\", \"{outer}\"}}");
        home.write("next/mix.lock", format!("%{{\n  \"other\": {entry},\n}}\n"));
        home.skep(&["deps", "fetch", "--lock", "next/mix.lock"]).await.succeeds();
        drop(registry);

        home.set("HEX_OFFLINE", "1");
        for folder in ["app", "next", "app"] {
            home.remove(&["app/deps", "next/deps"]);
            mix(&home, folder, &["deps.get"]).await.says("Getting").succeeds();
        }
    }
}
