//! `mix` with Hex, where Hex is installed.
//!
//! Debian has Elixir but not Hex, so these tests may be left out, which they say. To run them on several versions of Hex,
//! `SKEP_TEST_MIX_HOME` takes a list of folders as `MIX_HOME` has it, separated by colons.

use std::path::PathBuf;

use crate::support::{Home, Registry, Run};

const VARIABLE: &str = "SKEP_TEST_MIX_HOME";

/// The folders in which `mix` finds Hex; empty, and said so, if there is none.
async fn mix_homes() -> Vec<PathBuf> {
    let machine = || std::env::var_os("MIX_HOME").map(PathBuf::from);
    let default = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".mix"));
    let asked: Option<Vec<PathBuf>> =
        std::env::var_os(VARIABLE).map(|list| std::env::split_paths(&list).collect());
    let mut homes = Vec::new();
    for folder in asked.clone().unwrap_or_else(|| machine().or_else(default).into_iter().collect()) {
        let mut home = Home::new("http://127.0.0.1:9");
        home.set("MIX_HOME", folder.to_str().expect("the path is text"));
        home.set("HEX_OFFLINE", "1");
        let has_mix = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
            .any(|folder| folder.join("mix").exists());
        if has_mix && home.run("", "mix", &["hex.info"]).await.code == Some(0) {
            homes.push(folder);
        } else {
            assert!(asked.is_none(), "{VARIABLE} names {}, but mix finds no Hex there", folder.display());
        }
    }
    if homes.is_empty() {
        #[expect(clippy::print_stderr, reason = "the test's output is where its reader looks")]
        {
            eprintln!("SKIPPED: Hex is not installed (mix local.hex), and {VARIABLE} is not set");
        }
    }
    homes
}

/// A machine with this Hex and without a way out to the internet.
fn machine(registry: &Registry, mix_home: &std::path::Path) -> Home {
    let mut home = registry.home();
    home.set("MIX_HOME", mix_home.to_str().expect("the path is text"));
    home.set("HTTPS_PROXY", "http://127.0.0.1:9");
    home
}

/// The machine of the owner, where a key stands in the environment.
async fn owners_machine(registry: &Registry, mix_home: &std::path::Path) -> Home {
    let mut home = machine(registry, mix_home);
    home.set("HEX_API_KEY", registry.user_key("owner", "everything").await);
    home
}

/// A project `app` in a folder of that name.
fn project(home: &Home, app: &str, version: &str, organization: Option<&str>, deps: &str) {
    let module = format!("{}{}", app[..1].to_uppercase(), &app[1..]);
    let organization = organization.map(|name| format!("organization: \"{name}\", ")).unwrap_or_default();
    let text = format!(
        r#"defmodule {module}.MixProject do
  use Mix.Project

  def project do
    [
      app: :{app},
      version: "{version}",
      description: "The application {app}.",
      package: [{organization}files: ["lib", "mix.exs"], licenses: ["Apache-2.0"], links: %{{"Source" => "https://example.com"}}],
      aliases: [docs: &docs/1],
      deps: [{deps}]
    ]
  end

  defp docs(_) do
    File.mkdir_p!("doc")
    File.write!("doc/index.html", "<h1>{app}</h1>")
  end
end
"#
    );
    home.write(&format!("{app}/mix.exs"), text);
    home.write(
        &format!("{app}/lib/{app}.ex"),
        format!("defmodule {module} do\n  def version, do: \"{version}\"\nend\n"),
    );
}

async fn mix(home: &Home, folder: &str, arguments: &[&str]) -> Run {
    home.run(folder, "mix", arguments).await
}

/// Fetches the dependencies of `app` as on a machine that has never fetched before.
async fn fetch_anew(home: &Home) -> Run {
    home.remove(&[".hex/cache.ets", ".hex/packages", "app/deps", "app/mix.lock"]);
    mix(home, "app", &["deps.get"]).await
}

/// Makes our server the `hexpm` of this machine.
async fn point_hexpm_at(registry: &Registry, home: &Home) {
    home.write("skep.pem", registry.public_key().await);
    let repository = registry.repository();
    mix(home, "", &["hex.repo", "set", "hexpm", "--url", &repository, "--public-key", "skep.pem"])
        .await
        .succeeds();
}

/// Publishes `twig` of the organization and the public `leaf` with `mix` itself.
async fn publish(registry: &Registry, mix_home: &std::path::Path) {
    let owner = owners_machine(registry, mix_home).await;
    project(&owner, "leaf", "1.0.0", None, "");
    mix(&owner, "leaf", &["hex.publish", "package", "--yes"]).await.says("Package published to").succeeds();
    project(&owner, "twig", "1.0.0", None, "");
    let arguments = ["hex.publish", "package", "--organization", "acme", "--yes"];
    mix(&owner, "twig", &arguments).await.says("Package published to").succeeds();
}

#[tokio::test]
async fn publishes_fetches_retires_and_reverts() {
    for mix_home in mix_homes().await {
        let registry = Registry::start().await;
        publish(&registry, &mix_home).await;
        let owner = owners_machine(&registry, &mix_home).await;
        point_hexpm_at(&registry, &owner).await;
        project(
            &owner,
            "tree",
            "1.0.0",
            Some("acme"),
            r#"{:twig, "~> 1.0", organization: "acme"}, {:leaf, "~> 1.0"}"#,
        );
        let key = registry.organization_key("owner", "acme", "ci").await;
        mix(&owner, "tree", &["hex.organization", "auth", "acme", "--key", &key]).await.succeeds();
        mix(&owner, "tree", &["deps.get"]).await.succeeds();
        let published = mix(&owner, "tree", &["hex.publish", "--yes"]).await;
        published.says("Package published to").says("/repo/repos/acme/docs/tree-1.0.0.tar.gz").succeeds();
        registry.owner().await.get("/repo/repos/acme/docs/tree-1.0.0.tar.gz").await.expect_status(200);

        // The build machine knows a key of the organization and nothing else.
        let ci = machine(&registry, &mix_home);
        point_hexpm_at(&registry, &ci).await;
        mix(&ci, "", &["hex.organization", "auth", "acme", "--key", &key]).await.succeeds();
        project(&ci, "app", "0.1.0", None, r#"{:tree, "~> 1.0", organization: "acme"}"#);
        fetch_anew(&ci).await.says("Getting tree").says("Getting twig").says("Getting leaf").succeeds();
        let lock = ci.read("app/mix.lock");
        for (name, repository) in [("tree", "hexpm:acme"), ("twig", "hexpm:acme"), ("leaf", "hexpm")] {
            let checksum = registry.outer_checksum(name, "1.0.0").await.to_lowercase();
            assert!(lock.contains(&format!("\"{repository}\", \"{checksum}\"}}")), "{name} in {lock}");
        }
        mix(&ci, "app", &["compile"]).await.says("Generated tree app").succeeds();
        let fetch = ["hex.package", "fetch", "tree", "1.0.0", "--organization", "acme", "--output", "out"];
        mix(&ci, "app", &fetch).await.succeeds();
        let fetched = std::fs::read(ci.path().join("app/out/tree-1.0.0.tar")).expect("it was fetched");
        let tarball = registry.owner().await.get("/repo/repos/acme/tarballs/tree-1.0.0.tar").await;
        assert_eq!(fetched, tarball.body);

        let retire =
            ["hex.retire", "tree", "1.0.0", "security", "--message", "it leaks", "--organization", "acme"];
        mix(&owner, "", &retire).await.says("tree 1.0.0 has been retired").succeeds();
        fetch_anew(&ci).await.says("tree 1.0.0 RETIRED!").says("(security) it leaks").succeeds();
        let unretire = ["hex.retire", "tree", "1.0.0", "--unretire", "--organization", "acme"];
        mix(&owner, "", &unretire).await.says("tree 1.0.0 has been unretired").succeeds();
        fetch_anew(&ci).await.does_not_say("RETIRED").succeeds();

        let revert = ["hex.publish", "--revert", "1.0.0", "--yes"];
        mix(&owner, "tree", &revert).await.says("Reverted tree 1.0.0").succeeds();
        fetch_anew(&ci).await.says("No package with name tree").fails();
    }
}

#[tokio::test]
async fn manages_keys_and_owners() {
    for mix_home in mix_homes().await {
        let registry = Registry::start().await;
        publish(&registry, &mix_home).await;
        let owner = owners_machine(&registry, &mix_home).await;
        assert_eq!(mix(&owner, "", &["hex.user", "whoami"]).await.succeeds(), "owner");

        let generate = ["hex.organization", "key", "acme", "generate", "--key-name", "build"];
        let key = mix(&owner, "", &generate).await.succeeds().to_owned();
        let reader = registry.server.anonymous().with_key(&key);
        reader.get("/repo/repos/acme/packages/twig").await.expect_status(200);
        let limited =
            [&generate[..5], &["limited", "--permission", "api:read", "--permission", "repository:acme"]]
                .concat();
        mix(&owner, "", &limited).await.succeeds();
        let list = ["hex.organization", "key", "acme", "list"];
        mix(&owner, "", &list).await.says("build").says("limited").succeeds();
        let revoke = ["hex.organization", "key", "acme", "revoke", "build"];
        mix(&owner, "", &revoke).await.does_not_say("failed").succeeds();
        assert_ne!(reader.get("/repo/repos/acme/packages/twig").await.status, 200);
        mix(&owner, "", &list).await.does_not_say("build").says("limited").succeeds();
        let revoke = ["hex.organization", "key", "acme", "revoke", "--all"];
        mix(&owner, "", &revoke).await.does_not_say("failed").succeeds();
        mix(&owner, "", &list).await.does_not_say("limited").succeeds();

        mix(&owner, "", &["hex.owner", "list", "leaf"]).await.says("owner@example.com").succeeds();
        let add = ["hex.owner", "add", "leaf", "stranger@example.com", "--level", "maintainer"];
        mix(&owner, "", &add).await.does_not_say("failed").succeeds();
        mix(&owner, "", &["hex.owner", "list", "leaf"]).await.says("stranger@example.com").succeeds();
        let remove = ["hex.owner", "remove", "leaf", "stranger@example.com"];
        mix(&owner, "", &remove).await.does_not_say("failed").succeeds();
        mix(&owner, "", &["hex.owner", "transfer", "leaf", "stranger"])
            .await
            .does_not_say("failed")
            .succeeds();
        let owners = mix(&owner, "", &["hex.owner", "list", "leaf"]).await;
        owners.says("stranger@example.com").does_not_say("owner@example.com").succeeds();
    }
}

/// `hexpm` is our server, and `skep organization auth` wrote the rest.
#[tokio::test]
async fn fetches_with_our_files_where_hexpm_is_our_server() {
    for mix_home in mix_homes().await {
        let registry = Registry::start().await;
        publish(&registry, &mix_home).await;
        let home = machine(&registry, &mix_home);
        point_hexpm_at(&registry, &home).await;
        let key = registry.organization_key("owner", "acme", "ci").await;
        home.skep(&["organization", "auth", "acme", "--key", &key, "--yes"]).await.succeeds();
        project(&home, "app", "0.1.0", None, r#"{:twig, "~> 1.0", organization: "acme"}, {:leaf, "~> 1.0"}"#);
        fetch_anew(&home).await.says("Getting twig").says("Getting leaf").succeeds();
        rewrite(&home).await;
        fetch_anew(&home).await.says("Getting twig").says("Getting leaf").succeeds();
        assert_eq!(mix(&home, "", &["hex.organization", "list"]).await.succeeds(), "acme");
    }
}

/// `hexpm` stays what it is, and the organization is fetched from our server under `organization: "acme"`.
#[tokio::test]
async fn fetches_with_our_files_beside_hexpm() {
    for mix_home in mix_homes().await {
        let registry = Registry::start().await;
        publish(&registry, &mix_home).await;
        let home = machine(&registry, &mix_home);
        let key = registry.organization_key("owner", "acme", "ci").await;
        let auth = ["organization", "auth", "acme", "--key", &key, "--yes"];
        home.skep(&auth).await.succeeds();
        project(&home, "app", "0.1.0", None, r#"{:twig, "~> 1.0", organization: "acme"}"#);
        fetch_anew(&home).await.says("Getting twig").succeeds();

        // Hex 2.5 drops a field that it needs when it writes the file. We say so, and mend it.
        rewrite(&home).await;
        let list = home.skep(&["organization", "list"]).await;
        list.succeeds();
        if list.stderr.contains("mix 2.5 has dropped") {
            fetch_anew(&home).await.fails();
            home.skep(&auth).await.succeeds();
        }
        fetch_anew(&home).await.says("Getting twig").succeeds();
    }
}

/// The organization is a repository of its own name, beside `hexpm`, which every version and every rewrite leaves whole.
#[tokio::test]
async fn fetches_with_our_files_under_a_name_of_its_own() {
    for mix_home in mix_homes().await {
        let registry = Registry::start().await;
        publish(&registry, &mix_home).await;
        let home = machine(&registry, &mix_home);
        let key = registry.organization_key("owner", "acme", "ci").await;
        home.skep(&["organization", "auth", "acme", "--repo", "acme", "--key", &key, "--yes"])
            .await
            .succeeds();
        project(&home, "app", "0.1.0", None, r#"{:twig, "~> 1.0", repo: "acme"}"#);
        fetch_anew(&home).await.says("Getting twig").succeeds();
        rewrite(&home).await;
        fetch_anew(&home).await.says("Getting twig").succeeds();

        home.skep(&["organization", "deauth", "acme", "--repo", "acme"]).await.succeeds();
        fetch_anew(&home).await.says("Unknown repository \"acme\"").fails();
    }
}

#[tokio::test]
async fn bad_keys_are_refused() {
    for mix_home in mix_homes().await {
        let registry = Registry::start().await;
        publish(&registry, &mix_home).await;
        let home = machine(&registry, &mix_home);
        let key = registry.organization_key("owner", "acme", "ci").await;
        home.skep(&["organization", "auth", "acme", "--key", &key, "--yes"]).await.succeeds();
        project(&home, "app", "0.1.0", None, r#"{:twig, "~> 1.0", organization: "acme"}"#);
        fetch_anew(&home).await.succeeds();
        let config = home.read(".hex/hex.config");
        for bad in [
            registry.user_key("stranger", "everything").await,
            registry.organization_key("stranger", "other", "ci").await,
            registry.expired_key().await,
            "0123456789abcdef0123456789abcdef".to_owned(),
        ] {
            home.write(".hex/hex.config", config.replace(&key, &bad));
            fetch_anew(&home).await.says("No package with name twig").fails();
            mix(&home, "", &["hex.organization", "auth", "acme", "--key", &bad])
                .await
                .says("Failed to authenticate");
        }
        home.write(".hex/hex.config", &config);
        fetch_anew(&home).await.succeeds();
        let owner = registry.owners_home().await;
        owner.skep(&["organization", "key", "acme", "revoke", "ci"]).await.succeeds();
        fetch_anew(&home).await.says("No package with name twig").fails();

        // A key that may only read, one of a stranger, and none at all. Hex 0.20 fails with exit code 0.
        let mut home = machine(&registry, &mix_home);
        project(&home, "twig", "1.1.0", None, "");
        let publish = ["hex.publish", "package", "--organization", "acme", "--yes"];
        for bad in [registry.read_key("owner").await, registry.user_key("stranger", "publish").await] {
            home.set("HEX_API_KEY", bad);
            mix(&home, "twig", &publish).await.does_not_say("Package published");
        }
        home.unset("HEX_API_KEY");
        mix(&home, "twig", &publish).await.does_not_say("Package published");
        registry.owner().await.get("/repo/repos/acme/tarballs/twig-1.1.0.tar").await.expect_status(404);
    }
}

/// Makes `mix` write `hex.config` anew.
async fn rewrite(home: &Home) {
    let before = home.read(".hex/hex.config");
    mix(home, "", &["hex.repo", "add", "elsewhere", "http://127.0.0.1:9/repo"]).await.succeeds();
    assert_ne!(home.read(".hex/hex.config"), before, "mix has not written the file");
}

#[tokio::test]
async fn resolves_by_a_policy() {
    for mix_home in mix_homes().await {
        let registry = Registry::start().await;
        publish(&registry, &mix_home).await;
        let owner = owners_machine(&registry, &mix_home).await;
        if mix(&owner, "", &["help", "hex.policy"]).await.code != Some(0) {
            // Policies came with Hex 2.5.
            continue;
        }
        point_hexpm_at(&registry, &owner).await;
        let key = registry.organization_key("owner", "acme", "ci").await;
        mix(&owner, "", &["hex.organization", "auth", "acme", "--key", &key]).await.succeeds();
        let policy = serde_json::json!({
            "name": "strict",
            "repositories": [
                { "repository": "hexpm", "restriction": { "cooldown": "7d", "advisory_min_severity": 3 } },
                { "repository": "acme", "overrides": [{ "action": "deny", "package": "twig", "requirement": "~> 1.0" }] },
            ],
        });
        registry.owner().await.post("/api/orgs/acme/policies", &policy).await.expect_status(201);
        let mut home = owner;
        home.set("HEX_POLICY", "hexpm:acme/strict");
        project(&home, "app", "0.1.0", None, r#"{:twig, "~> 1.0", organization: "acme"}"#);
        let shown = mix(&home, "app", &["hex.policy", "show"]).await;
        shown.says("acme/strict").says("7d").says("DENY").says("twig").succeeds();
        fetch_anew(&home).await.says("twig").fails();

        let open = serde_json::json!({
            "visibility": "public",
            "repositories": [{ "repository": "acme" }, { "repository": "hexpm" }],
        });
        registry.owner().await.put("/api/orgs/acme/policies/strict", &open).await.expect_status(200);
        home.remove(&[".hex/cache.ets"]);
        fetch_anew(&home).await.succeeds();
        registry.owner().await.delete("/api/orgs/acme/policies/strict").await.expect_status(204);
        // Without the policy that the project names nothing is resolved.
        fetch_anew(&home).await.fails();
    }
}
