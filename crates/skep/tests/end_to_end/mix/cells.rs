//! What `mix` does, operation by operation: its columns of the compatibility page.

use serde_json::json;

use super::*;
use crate::support::Operation;
use crate::support::registry::PASSWORD;

/// The public `leaf`, `twig` of the organization, and the owner's machine, whose `hexpm` is our server.
pub(super) async fn set_up(hex: &Hex) -> (Registry, Home) {
    let registry = Registry::start().await;
    publish(&registry, hex).await;
    let owner = owners_machine(&registry, hex).await;
    point_hexpm_at(&registry, &owner).await;
    project(&owner, "leaf", "1.0.0", None, "");
    project(&owner, "twig", "1.0.0", Some("acme"), "");
    (registry, owner)
}

/// A build machine, whose `hexpm` is our server and that has a key of the organization and nothing else.
pub(super) async fn build_machine(registry: &Registry, hex: &Hex) -> Home {
    let ci = machine(registry, hex);
    point_hexpm_at(registry, &ci).await;
    let key = registry.organization_key("owner", "acme", "ci").await;
    mix(&ci, "", &["hex.organization", "auth", "acme", "--key", &key]).await.succeeds();
    project(&ci, "app", "0.1.0", None, r#"{:twig, "~> 1.0", organization: "acme"}, {:leaf, "~> 1.0"}"#);
    ci
}

/// Fails if the repositories don't answer so for version 1.0.0 of both packages.
async fn tarballs_answer(registry: &Registry, status: u16) {
    let owner = registry.owner().await;
    for path in ["/repo/tarballs/leaf-1.0.0.tar", "/repo/repos/acme/tarballs/twig-1.0.0.tar"] {
        owner.get(path).await.expect_status(status);
    }
}

#[tokio::test]
async fn authenticate() {
    for hex in versions().await {
        let check = async {
            let (registry, owner) = set_up(&hex).await;
            assert_eq!(mix(&owner, "", &["hex.user", "whoami"]).await.succeeds(), "owner");
            let ci = build_machine(&registry, &hex).await;
            assert_eq!(mix(&ci, "", &["hex.organization", "list"]).await.succeeds(), "acme");
            let bad = ["hex.organization", "auth", "acme", "--key", "0123456789abcdef0123456789abcdef"];
            // Hex 2.0 and 2.2 then end with exit code 0.
            mix(&ci, "", &bad).await.says("Failed to authenticate");
            mix(&ci, "", &["hex.organization", "deauth", "acme"]).await.succeeds();
            assert_eq!(mix(&ci, "", &["hex.organization", "list"]).await.succeeds(), "");
            if !hex.is_at_least(2, 4) {
                sign_in_by_password(&registry, &hex).await;
            }
        };
        hex.column().works(Operation::Authenticate, check).await;
    }
}

/// With name and password, as Hex did it before the browser.
async fn sign_in_by_password(registry: &Registry, hex: &Hex) {
    let home = machine(registry, hex);
    point_hexpm_at(registry, &home).await;
    let input = format!("owner\n{PASSWORD}\nlocal\nlocal\n");
    home.run_with_input("", "mix", &["hex.user", "auth"], &input).await.does_not_say("failed").succeeds();
    mix(&home, "", &["hex.user", "whoami"]).await.says("owner").succeeds();
    project(&home, "app", "0.1.0", None, r#"{:twig, "~> 1.0", organization: "acme"}"#);
    fetch_anew(&home).await.says("Getting twig").succeeds();
    mix(&home, "", &["hex.user", "deauth"]).await.succeeds();
    mix(&home, "", &["hex.user", "whoami"]).await.does_not_say("owner");
}

#[tokio::test]
async fn add_repository() {
    for hex in versions().await {
        let check = async {
            let (registry, _) = set_up(&hex).await;
            let ci = machine(&registry, &hex);
            let key = registry.organization_key("owner", "acme", "ci").await;
            let url = format!("{}/repos/acme", registry.repository());
            let add = |fingerprint| {
                let url = url.as_str();
                ["hex.repo", "add", "acme", url, "--auth-key", &key, "--fetch-public-key", fingerprint]
            };
            let wrong = format!("SHA256:{}", "A".repeat(43));
            mix(&ci, "", &add(&wrong)).await.says("fingerprint mismatch").fails();
            mix(&ci, "", &add(registry.fingerprint())).await.succeeds();
            mix(&ci, "", &["hex.repo", "list"]).await.says(&url).says(registry.fingerprint()).succeeds();
            project(&ci, "app", "0.1.0", None, r#"{:twig, "~> 1.0", repo: "acme"}"#);
            fetch_anew(&ci).await.says("Getting twig").succeeds();
            mix(&ci, "", &["hex.repo", "remove", "acme"]).await.succeeds();
            fetch_anew(&ci).await.says("Unknown repository \"acme\"").fails();
            // The public repository is that of the name hexpm.
            point_hexpm_at(&registry, &ci).await;
            project(&ci, "app", "0.1.0", None, r#"{:leaf, "~> 1.0"}"#);
            fetch_anew(&ci).await.says("Getting leaf").succeeds();
        };
        hex.column().works(Operation::AddRepository, check).await;
    }
}

#[tokio::test]
async fn fetch() {
    for hex in versions().await {
        let check = async {
            let (registry, owner) = set_up(&hex).await;
            let deps = r#"{:twig, "~> 1.0", organization: "acme"}, {:leaf, "~> 1.0"}"#;
            project(&owner, "tree", "1.0.0", Some("acme"), deps);
            let key = registry.organization_key("owner", "acme", "owner").await;
            mix(&owner, "tree", &["hex.organization", "auth", "acme", "--key", &key]).await.succeeds();
            mix(&owner, "tree", &["deps.get"]).await.succeeds();
            mix(&owner, "tree", &["hex.publish", "package", "--yes"]).await.says("published to").succeeds();

            let ci = build_machine(&registry, &hex).await;
            project(&ci, "app", "0.1.0", None, r#"{:tree, "~> 1.0", organization: "acme"}"#);
            fetch_anew(&ci).await.says("Getting tree").says("Getting twig").says("Getting leaf").succeeds();
            let lock = ci.read("app/mix.lock");
            for (name, repository) in [("tree", "hexpm:acme"), ("twig", "hexpm:acme"), ("leaf", "hexpm")] {
                let checksum = registry.outer_checksum(name, "1.0.0").await.to_lowercase();
                assert!(lock.contains(&format!("\"{repository}\", \"{checksum}\"}}")), "{name} in {lock}");
            }
            mix(&ci, "app", &["compile"]).await.says("Generated tree app").succeeds();
            let fetch =
                ["hex.package", "fetch", "tree", "1.0.0", "--organization", "acme", "--output", "out"];
            mix(&ci, "app", &fetch).await.succeeds();
            let fetched = std::fs::read(ci.path().join("app/out/tree-1.0.0.tar")).expect("it was fetched");
            let tarball = registry.owner().await.get("/repo/repos/acme/tarballs/tree-1.0.0.tar").await;
            assert_eq!(fetched, tarball.body);
        };
        hex.column().works(Operation::Fetch, check).await;
    }
}

#[tokio::test]
async fn publish_package() {
    for hex in versions().await {
        let check = async {
            let registry = Registry::start().await;
            publish(&registry, &hex).await;
            tarballs_answer(&registry, 200).await;
            let mut stranger = machine(&registry, &hex);
            stranger.set("HEX_API_KEY", registry.user_key("stranger", "everything").await);
            project(&stranger, "leaf", "1.1.0", None, "");
            let publish = ["hex.publish", "package", "--yes"];
            mix(&stranger, "leaf", &publish).await.does_not_say("Package published");
            registry.owner().await.get("/repo/tarballs/leaf-1.1.0.tar").await.expect_status(404);
        };
        hex.column().works(Operation::Publish, check).await;
    }
}

#[tokio::test]
async fn replace() {
    for hex in versions().await {
        let check = async {
            let (registry, owner) = set_up(&hex).await;
            for name in ["leaf", "twig"] {
                let before = registry.outer_checksum(name, "1.0.0").await;
                owner.write(&format!("{name}/lib/more.ex"), "defmodule More do\nend\n");
                let mut publish = vec!["hex.publish", "package", "--yes"];
                mix(&owner, name, &publish).await.says("--replace").does_not_say("Package published");
                assert_eq!(registry.outer_checksum(name, "1.0.0").await, before);
                publish.push("--replace");
                mix(&owner, name, &publish).await.says("Package published to").succeeds();
                assert_ne!(registry.outer_checksum(name, "1.0.0").await, before);
            }
        };
        hex.column().works(Operation::Replace, check).await;
    }
}

#[tokio::test]
async fn revert() {
    for hex in versions().await {
        let check = async {
            let (registry, owner) = set_up(&hex).await;
            for name in ["leaf", "twig"] {
                let revert = ["hex.publish", "--revert", "1.0.0", "--yes"];
                mix(&owner, name, &revert).await.says(&format!("Reverted {name} 1.0.0")).succeeds();
            }
            tarballs_answer(&registry, 404).await;
            let ci = build_machine(&registry, &hex).await;
            fetch_anew(&ci).await.says("No package with name").fails();
        };
        hex.column().works(Operation::Revert, check).await;
    }
}

#[tokio::test]
async fn docs() {
    for hex in versions().await {
        let check = async {
            let (registry, owner) = set_up(&hex).await;
            let ci = build_machine(&registry, &hex).await;
            let client = registry.owner().await;
            for (name, path, option) in [
                ("leaf", "/repo/docs/leaf-1.0.0.tar.gz", None),
                ("twig", "/repo/repos/acme/docs/twig-1.0.0.tar.gz", Some("--organization=acme")),
            ] {
                mix(&owner, name, &["hex.publish", "docs", "--yes"]).await.says(path).succeeds();
                client.get(path).await.expect_status(200);
                let fetch: Vec<_> = ["hex.docs", "fetch", name, "1.0.0"].into_iter().chain(option).collect();
                mix(&ci, "", &fetch).await.says("Docs fetched").succeeds();
                let revert = ["hex.publish", "docs", "--revert", "1.0.0", "--yes"];
                mix(&owner, name, &revert).await.says(&format!("Reverted docs for {name} 1.0.0")).succeeds();
                client.get(path).await.expect_status(404);
            }
            project(&owner, "tree", "1.0.0", Some("acme"), "");
            let whole = mix(&owner, "tree", &["hex.publish", "--yes"]).await;
            whole.says("Package published to").says("/repo/repos/acme/docs/tree-1.0.0.tar.gz").succeeds();
        };
        hex.column().works(Operation::Docs, check).await;
    }
}

#[tokio::test]
async fn retire() {
    for hex in versions().await {
        let check = async {
            let (registry, owner) = set_up(&hex).await;
            let ci = build_machine(&registry, &hex).await;
            for (name, option) in [("leaf", None), ("twig", Some("--organization=acme"))] {
                let arguments = ["hex.retire", name, "1.0.0", "security", "--message", "it leaks"];
                let arguments: Vec<_> = arguments.into_iter().chain(option).collect();
                mix(&owner, "", &arguments).await.says("1.0.0 has been retired").succeeds();
                let fetched = fetch_anew(&ci).await;
                fetched.says(&format!("{name} 1.0.0 RETIRED!")).says("(security) it leaks").succeeds();
                let arguments = ["hex.retire", name, "1.0.0", "--unretire"];
                let arguments: Vec<_> = arguments.into_iter().chain(option).collect();
                mix(&owner, "", &arguments).await.says("1.0.0 has been unretired").succeeds();
                fetch_anew(&ci).await.does_not_say("RETIRED").succeeds();
            }
        };
        hex.column().works(Operation::Retire, check).await;
    }
}

#[tokio::test]
async fn owners() {
    for hex in versions().await {
        let check = async {
            let (registry, owner) = set_up(&hex).await;
            // Owners of a private package are members, and whoever published it is not made one.
            let member = json!({ "name": "stranger", "role": "read" });
            registry.owner().await.post("/api/orgs/acme/members", &member).await.expect_status(200);
            for (name, option) in [("leaf", None), ("twig", Some("--organization=acme"))] {
                let run = async |arguments: &[&str]| {
                    let all: Vec<_> = ["hex.owner"].iter().chain(arguments).copied().chain(option).collect();
                    let run = mix(&owner, "", &all).await;
                    run.does_not_say("failed").succeeds();
                    run
                };
                run(&["add", name, "stranger@example.com", "--level", "maintainer"]).await;
                run(&["list", name]).await.says("stranger@example.com").says("maintainer");
                run(&["remove", name, "stranger@example.com"]).await;
                run(&["list", name]).await.does_not_say("stranger@example.com");
                run(&["transfer", name, "stranger"]).await;
                run(&["list", name]).await.says("stranger@example.com").does_not_say("owner@example.com");
            }
            mix(&owner, "", &["hex.owner", "packages"]).await.does_not_say("leaf").succeeds();
        };
        hex.column().works(Operation::Owners, check).await;
    }
}

#[tokio::test]
async fn keys() {
    for hex in versions().await {
        if hex.is_at_least(2, 4) {
            hex.column().has_no(Operation::Keys, "Hex has no commands for a user's keys since 2.4");
            continue;
        }
        let check = async {
            let (registry, owner) = set_up(&hex).await;
            let generate = ["hex.user", "key", "generate", "--key-name", "made", "--permission", "api:read"];
            let generated = owner.run_with_input("", "mix", &generate, &format!("owner\n{PASSWORD}\n")).await;
            let key = generated.succeeds().lines().last().unwrap_or_default();
            let key = key.rsplit(' ').next().unwrap_or_default();
            registry.server.anonymous().with_key(key).get("/api/users/me").await.expect_status(200);
            mix(&owner, "", &["hex.user", "key", "list"]).await.says("everything").says("made").succeeds();
            mix(&owner, "", &["hex.user", "key", "revoke", "made"]).await.does_not_say("failed").succeeds();
            mix(&owner, "", &["hex.user", "key", "list"]).await.does_not_say("made").succeeds();
            registry.server.anonymous().with_key(key).get("/api/users/me").await.expect_status(401);
            mix(&owner, "", &["hex.user", "key", "revoke", "--all"]).await.does_not_say("failed").succeeds();
            mix(&owner, "", &["hex.user", "whoami"]).await.says("Failed to auth");
        };
        hex.column().works(Operation::Keys, check).await;
    }
}

#[tokio::test]
async fn organization_keys() {
    for hex in versions().await {
        let check = async {
            let (registry, owner) = set_up(&hex).await;
            let generate = ["hex.organization", "key", "acme", "generate", "--key-name", "build"];
            let key = mix(&owner, "", &generate).await.succeeds().to_owned();
            let reader = registry.server.anonymous().with_key(&key);
            reader.get("/repo/repos/acme/packages/twig").await.expect_status(200);
            let limited = ["limited", "--permission", "api:read", "--permission", "repository:acme"];
            mix(&owner, "", &[&generate[..5], &limited].concat()).await.succeeds();
            let list = ["hex.organization", "key", "acme", "list"];
            mix(&owner, "", &list).await.says("build").says("limited").succeeds();
            let revoke = ["hex.organization", "key", "acme", "revoke", "build"];
            mix(&owner, "", &revoke).await.does_not_say("failed").succeeds();
            assert_ne!(reader.get("/repo/repos/acme/packages/twig").await.status, 200);
            mix(&owner, "", &list).await.does_not_say("build").says("limited").succeeds();
            let revoke = ["hex.organization", "key", "acme", "revoke", "--all"];
            mix(&owner, "", &revoke).await.does_not_say("failed").succeeds();
            mix(&owner, "", &list).await.does_not_say("limited").succeeds();
        };
        hex.column().works(Operation::OrganizationKeys, check).await;
    }
}

#[tokio::test]
async fn exchange() {
    for hex in versions().await {
        if !hex.is_at_least(2, 4) {
            hex.column().has_no(Operation::Exchange, "Hex exchanges keys for short-lived tokens since 2.4");
            continue;
        }
        let check = async {
            let (registry, _) = set_up(&hex).await;
            // Of hexpm and its organizations without being asked to.
            let ci = build_machine(&registry, &hex).await;
            fetch_anew(&ci).await.says("Getting twig").succeeds();
            assert!(ci.read(".hex/hex.config").contains("access_token"), "{}", ci.read(".hex/hex.config"));
            // Of another repository when it was added so.
            let home = machine(&registry, &hex);
            let key = registry.organization_key("owner", "acme", "other").await;
            let (url, api) =
                (format!("{}/repos/acme", registry.repository()), format!("{}/api", registry.url()));
            home.write("skep.pem", registry.public_key().await);
            let add = ["hex.repo", "add", "acme", &url, "--auth-key", &key, "--public-key", "skep.pem"];
            let exchange = ["--oauth-exchange", "--oauth-exchange-url", &api];
            mix(&home, "", &[&add[..], &exchange].concat()).await.succeeds();
            project(&home, "app", "0.1.0", None, r#"{:twig, "~> 1.0", repo: "acme"}"#);
            fetch_anew(&home).await.says("Getting twig").succeeds();
            assert!(home.read(".hex/hex.config").contains("access_token"));
            // The token ends with its key.
            registry
                .owners_home()
                .await
                .skep(&["organization", "key", "acme", "revoke", "other"])
                .await
                .succeeds();
            fetch_anew(&home).await.says("No package with name twig").fails();
        };
        hex.column().works(Operation::Exchange, check).await;
    }
}

#[tokio::test]
async fn search() {
    for hex in versions().await {
        let command: &[&str] = match hex.version.as_str() {
            _ if !hex.is_at_least(2, 4) => &["hex.search"],
            _ if hex.is_at_least(2, 5) => &["hex.package", "search"],
            _ => {
                hex.column().has_no(Operation::Search, "Hex 2.4 searches hexdocs.pm and nothing else");
                continue;
            }
        };
        let check = async {
            let (registry, owner) = set_up(&hex).await;
            let run = async |home, arguments: &[&str]| mix(home, "", &[command, arguments].concat()).await;
            run(&owner, &["lea"]).await.says("leaf").says("The application leaf.").says("1.0.0").succeeds();
            run(&owner, &["twig"]).await.says("acme").says("twig").succeeds();
            run(&owner, &["twi", "--organization", "acme"]).await.says("twig").succeeds();
            let mut stranger = machine(&registry, &hex);
            stranger.set("HEX_API_KEY", registry.user_key("stranger", "everything").await);
            run(&stranger, &["twig"]).await.says("No packages found").succeeds();
        };
        hex.column().works(Operation::Search, check).await;
    }
}

#[tokio::test]
async fn info() {
    for hex in versions().await {
        let check = async {
            let (_registry, owner) = set_up(&hex).await;
            for (name, option) in [("leaf", None), ("twig", Some("--organization=acme"))] {
                let arguments: Vec<_> = ["hex.info", name].into_iter().chain(option).collect();
                let package = mix(&owner, "", &arguments).await;
                package.says(&format!("The application {name}.")).says("Apache-2.0").says("1.0.0").succeeds();
                package.says(&format!("{{:{name}, \"~> 1.0\""));
                let arguments: Vec<_> = ["hex.info", name, "1.0.0"].into_iter().chain(option).collect();
                mix(&owner, "", &arguments).await.says(&format!("{{:{name}, \"~> 1.0\"")).succeeds();
                let arguments: Vec<_> = ["hex.info", "nothing"].into_iter().chain(option).collect();
                mix(&owner, "", &arguments).await.says("No package with name nothing").fails();
            }
        };
        hex.column().works(Operation::Info, check).await;
    }
}

#[tokio::test]
async fn policy() {
    for hex in versions().await {
        if !hex.is_at_least(2, 5) {
            hex.column().has_no(Operation::Policy, "Hex knows policies since 2.5");
            continue;
        }
        let check = async {
            let (registry, _) = set_up(&hex).await;
            let mut ci = build_machine(&registry, &hex).await;
            let policy = |action: &str| {
                let overrides = json!([{ "action": action, "package": "leaf" }]);
                json!({ "name": "strict", "repositories": [{ "repository": "hexpm", "overrides": overrides }] })
            };
            let owner = registry.owner().await;
            owner.post("/api/orgs/acme/policies", &policy("deny")).await.expect_status(201);
            fetch_anew(&ci).await.succeeds();
            ci.set("HEX_POLICY", "hexpm:acme/strict");
            mix(&ci, "app", &["hex.policy", "show"]).await.says("acme/strict").says("leaf").succeeds();
            mix(&ci, "app", &["hex.policy", "why", "leaf"]).await.says("1.0.0").says("deny").succeeds();
            fetch_anew(&ci).await.does_not_say("Getting leaf").fails();
            owner.delete("/api/orgs/acme/policies/strict").await.expect_status(204);
            owner.post("/api/orgs/acme/policies", &policy("allow")).await.expect_status(201);
            fetch_anew(&ci).await.says("Getting leaf").succeeds();
        };
        hex.column().works(Operation::Policy, check).await;
    }
}

#[tokio::test]
async fn offline_cache() {
    for hex in versions().await {
        let check = async {
            let (registry, _) = set_up(&hex).await;
            let mut ci = build_machine(&registry, &hex).await;
            fetch_anew(&ci).await.succeeds();
            // Neither variable has a server behind it.
            drop(registry);
            for offline in ["1", "0"] {
                ci.remove(&["app/deps"]);
                ci.set("HEX_OFFLINE", offline);
                mix(&ci, "app", &["deps.get"]).await.says("Getting twig").says("Getting leaf").succeeds();
                mix(&ci, "app", &["compile"]).await.succeeds();
            }
        };
        hex.column().works(Operation::OfflineCache, check).await;
    }
}
