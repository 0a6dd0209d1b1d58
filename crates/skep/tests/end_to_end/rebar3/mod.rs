//! `rebar3` as Debian has it, with the files that `skep organization auth` writes and nothing that weakens its checks.

mod cells;
mod deps;
mod plugin;
mod static_registry;

use std::path::{Path, PathBuf};

use crate::support::{Application, Column, Home, Registry, Run};

const REBAR3: &str = "/usr/bin/rebar3";
const SKIP_VARIABLE: &str = "SKEP_TEST_SKIP_REBAR3";

/// Programs to fill columns of the compatibility page with, in place of Debian's, separated by colons.
const PROGRAMS_VARIABLE: &str = "SKEP_TEST_REBAR3";

/// A version of `rebar3`.
struct Rebar3 {
    program: PathBuf,
    version: String,
}

impl Rebar3 {
    /// Those that there are.
    async fn versions() -> Vec<Self> {
        let programs: Vec<PathBuf> = match std::env::var_os(PROGRAMS_VARIABLE) {
            Some(list) => std::env::split_paths(&list).collect(),
            None if is_left_out() => Vec::new(),
            None => vec![REBAR3.into()],
        };
        let mut found = Vec::new();
        for program in programs {
            let home = Home::new("http://127.0.0.1:9");
            let told = home.run("", &program, &["--version"]).await;
            let version = told.succeeds().split(' ').nth(1).expect("it is: rebar VERSION on …").to_owned();
            found.push(Self { program, version });
        }
        found
    }

    /// Its column of the compatibility page.
    fn column(&self) -> Column {
        Column::new("rebar3", &self.version)
    }
}

/// Only who asks for it may do without: the test command installs `rebar3`.
fn is_left_out() -> bool {
    let left_out = std::env::var_os(SKIP_VARIABLE).is_some_and(|value| !value.is_empty());
    assert!(left_out || Path::new(REBAR3).exists(), "there is no {REBAR3}; Debian: apt-get install rebar3");
    left_out
}

/// `tree` and `twig` of the organization, and the public `leaf`.
async fn registry() -> Registry {
    let registry = Registry::start().await;
    let owner = registry.owners_home().await;
    registry.publish(&owner, None, &Application::new("leaf", "1.0.0")).await;
    registry.publish(&owner, None, &Application::new("leaf", "1.1.0")).await;
    registry
        .publish(&owner, Some("acme"), &Application::new("twig", "0.2.0").requires("hexpm", "leaf", "~> 1.0"))
        .await;
    let tree = Application::new("tree", "1.0.0")
        .requires("acme", "twig", "~> 0.2.0")
        .requires("hexpm", "leaf", "~> 1.0.0");
    registry.publish(&owner, Some("acme"), &tree).await;
    registry
}

/// A machine whose public packages come from our server too: `rebar3` takes their address from `HEX_CDN` only.
async fn machine(registry: &Registry) -> Home {
    let mut home = registry.home();
    home.set("HEX_CDN", registry.repository());
    let key = registry.public_key().await;
    home.write(
        ".config/rebar3/rebar.config",
        format!("{{hex, [{{repos, [#{{name => <<\"hexpm\">>, repo_public_key => <<\"{key}\">>}}]}}]}}.\n"),
    );
    home.write("app/rebar.config", "{deps, [{tree, \"~> 1.0\"}]}.\n");
    home.write(
        "app/src/app.app.src",
        "{application, app, [{vsn, \"1\"}, {applications, [kernel, stdlib, tree]}]}.\n",
    );
    home
}

async fn rebar3(home: &Home, arguments: &[&str]) -> Run {
    home.run("app", REBAR3, arguments).await
}

/// Fetches as on a machine that has never fetched before.
async fn fetch_anew(home: &Home) -> Run {
    home.remove(&[".cache", "app/_build", "app/rebar.lock"]);
    rebar3(home, &["get-deps"]).await
}

#[tokio::test]
async fn fetches_a_private_package_with_private_and_public_dependencies() {
    if is_left_out() {
        return;
    }
    let registry = registry().await;
    let home = machine(&registry).await;
    let key = registry.organization_key("owner", "acme", "ci").await;
    let fingerprint = registry.fingerprint();
    home.skep(&["organization", "auth", "acme", "--key", &key, "--fingerprint", fingerprint])
        .await
        .succeeds();

    rebar3(&home, &["get-deps"]).await.says("Fetching tree v1.0.0").says("Fetching twig v0.2.0").succeeds();
    let lock = home.read("app/rebar.lock");
    for (name, version) in [("leaf", "1.0.0"), ("tree", "1.0.0"), ("twig", "0.2.0")] {
        assert!(lock.contains(&format!("{{pkg,<<\"{name}\">>,<<\"{version}\">>}}")), "{lock}");
        let checksum = registry.outer_checksum(name, version).await;
        assert!(
            lock.contains(&format!("{{<<\"{name}\">>, <<\"{checksum}\">>}}")),
            "{checksum} of {name} in {lock}"
        );
    }
    rebar3(&home, &["compile"]).await.says("Compiling tree").succeeds();
    rebar3(&home, &["tree"]).await.says("twig\u{2500}0.2.0 (hex package)").succeeds();
}

#[tokio::test]
async fn a_second_fetch_is_not_modified() {
    if is_left_out() {
        return;
    }
    let registry = registry().await;
    let mut home = machine(&registry).await;
    let key = registry.organization_key("owner", "acme", "ci").await;
    home.skep(&["organization", "auth", "acme", "--key", &key, "--yes"]).await.succeeds();
    rebar3(&home, &["get-deps"]).await.succeeds();

    home.remove(&["app/_build"]);
    home.set("DEBUG", "1");
    let again = rebar3(&home, &["get-deps"]).await;
    again.says("tree-1.0.0.tar is up to date, reusing it").says("twig-0.2.0.tar is up to date").succeeds();
    again.says("leaf-1.0.0.tar is up to date");
}

#[tokio::test]
async fn a_public_package_does_not_take_the_place_of_a_private_one() {
    if is_left_out() {
        return;
    }
    let registry = registry().await;
    let mut stranger = registry.home();
    stranger.set("HEX_API_KEY", registry.user_key("stranger", "everything").await);
    registry.publish(&stranger, None, &Application::new("twig", "0.2.9")).await;

    let home = machine(&registry).await;
    let key = registry.organization_key("owner", "acme", "ci").await;
    home.skep(&["organization", "auth", "acme", "--key", &key, "--yes"]).await.succeeds();
    rebar3(&home, &["get-deps"]).await.says("Fetching twig v0.2.0").succeeds();
}

/// What `skep connect` wrote works, and `skep disconnect` undoes it.
#[tokio::test]
async fn fetches_with_what_connect_wrote() {
    for rebar3 in Rebar3::versions().await {
        let registry = registry().await;
        for shape in ["--plain", "--replace-hexpm"] {
            let home = machine(&registry).await;
            let before = home.read(".config/rebar3/rebar.config");
            let key = registry.organization_key("owner", "acme", "ci").await;
            let address = format!("{}#{}", registry.url(), registry.fingerprint());
            home.skep(&["connect", &address, "acme", "--key", &key, shape]).await.succeeds();
            let get = async || home.run("app", &rebar3.program, &["get-deps"]).await;
            get().await.says("Fetching tree v1.0.0").says("Fetching twig v0.2.0").succeeds();
            home.skep(&["disconnect", registry.url()]).await.succeeds();
            assert_eq!(home.read(".config/rebar3/rebar.config"), before);
            home.remove(&[".cache", "app/_build", "app/rebar.lock"]);
            get().await.says("Package not found in any repo: tree").fails();
        }
    }
}

/// What moves the cache of rebar3 moves its keys as well; and the doctor's try is answered by the server alone.
#[tokio::test]
async fn keys_are_where_its_cache_is() {
    for rebar3 in Rebar3::versions().await {
        let registry = registry().await;
        // Of the others rebar3 would fetch more than one package.
        let owner = registry.owners_home().await;
        registry.publish(&owner, Some("acme"), &Application::new("seed", "1.0.0")).await;
        let mut home = machine(&registry).await;
        home.write_program("rebar3", &format!("#!/bin/sh\nexec '{}' \"$@\"\n", rebar3.program.display()));
        let key = registry.organization_key("owner", "acme", "ci").await;
        let address = format!("{}#{}", registry.url(), registry.fingerprint());
        let connect = ["connect", &address, "acme", "--key", &key, "--plain"];
        home.skep(&connect).await.succeeds();
        home.skep(&["doctor", "--run"]).await.says("rebar3: fetches seed 1.0.0 ");
        assert!(!home.path().join(".cache/rebar3").exists(), "it had a cache of its own");
        let cache = home.path().join("cache");
        home.set("REBAR_CACHE_DIR", cache.to_str().expect("the path is text"));
        let get = async || home.run("app", &rebar3.program, &["get-deps"]).await;
        get().await.says("Package not found in any repo: tree").fails();
        home.skep(&["doctor"]).await.says("rebar3, repository acme: connect wrote its key into ").fails();
        home.skep(&connect).await.succeeds();
        get().await.says("Fetching tree v1.0.0").succeeds();
        home.skep(&["doctor", "--run"]).await.says("rebar3: fetches seed 1.0.0 ");
    }
}

/// Nothing but what is pasted, and the key.
#[tokio::test]
async fn the_text_for_projects_is_whole() {
    for rebar3 in Rebar3::versions().await {
        let registry = registry().await;
        let owner = registry.owners_home().await;
        registry.publish(&owner, Some("acme"), &Application::new("bud", "1.0.0")).await;
        let key = registry.organization_key("owner", "acme", "ci").await;
        let address = format!("{}#{}", registry.url(), registry.fingerprint());
        for shape in ["--plain", "--replace-hexpm"] {
            let home = registry.home();
            let told = home.skep(&["connect", &address, "acme", "--print", "rebar3", shape]).await;
            let text = told.succeeds().replace("{package,", "{bud,");
            let keys = text.lines().find_map(|line| line.strip_prefix("%%   ")).expect("the keys are shown");
            home.write(".config/rebar3/hex.config", keys.replace("KEY", &key));
            home.write("app/rebar.config", &text);
            home.write(
                "app/src/app.app.src",
                "{application, app, [{vsn, \"1\"}, {applications, [kernel, stdlib]}]}.\n",
            );
            home.run("app", &rebar3.program, &["get-deps"]).await.says("Fetching bud v1.0.0").succeeds();
        }
    }
}

#[tokio::test]
async fn an_organization_has_its_own_name_beside_another_hexpm() {
    if is_left_out() {
        return;
    }
    let registry = registry().await;
    let home = machine(&registry).await;
    let key = registry.organization_key("owner", "acme", "ci").await;
    home.skep(&["organization", "auth", "acme", "--repo", "acme", "--key", &key, "--yes"]).await.succeeds();
    rebar3(&home, &["get-deps"]).await.says("Fetching tree v1.0.0").says("Fetching twig v0.2.0").succeeds();

    home.skep(&["organization", "deauth", "acme", "--repo", "acme"]).await.succeeds();
    fetch_anew(&home).await.says("Package not found in any repo: tree").fails();
}

/// What `rebar3` does with a key that was put into its file by hand.
#[tokio::test]
async fn bad_keys_are_refused() {
    if is_left_out() {
        return;
    }
    let registry = registry().await;
    let home = machine(&registry).await;
    let key = registry.organization_key("owner", "acme", "ci").await;
    home.skep(&["organization", "auth", "acme", "--key", &key, "--yes"]).await.succeeds();
    fetch_anew(&home).await.succeeds();
    let keys = home.read(".config/rebar3/hex.config");
    assert!(keys.contains(&key), "{keys}");

    let bad = [
        ("of a stranger", registry.user_key("stranger", "everything").await),
        ("of another organization", registry.organization_key("stranger", "other", "ci").await),
        ("for the API alone", registry.api_key("owner").await),
        ("expired", registry.expired_key().await),
        ("unknown", "0123456789abcdef0123456789abcdef".to_owned()),
    ];
    for (kind, bad) in &bad {
        home.write(".config/rebar3/hex.config", keys.replace(&key, bad));
        let refused = fetch_anew(&home).await;
        refused
            .says("Failed to update package tree from repo hexpm:acme")
            .says("Package not found in any repo")
            .fails();
        assert!(!home.path().join("app/_build/default/lib/tree").exists(), "a key {kind} fetched something");
    }
    home.write(".config/rebar3/hex.config", "%% coding: utf-8\n#{}.\n");
    fetch_anew(&home).await.says("Package not found in any repo: tree").fails();

    // The good one still works, until it is revoked.
    home.write(".config/rebar3/hex.config", &keys);
    fetch_anew(&home).await.succeeds();
    registry.owners_home().await.skep(&["organization", "key", "acme", "revoke", "ci"]).await.succeeds();
    fetch_anew(&home).await.says("Package not found in any repo: tree").fails();
}

/// The files stay as they were when the check of a key fails.
#[tokio::test]
async fn bad_keys_are_not_stored() {
    let registry = Registry::start().await;
    let home = registry.home();
    let key = registry.organization_key("owner", "acme", "ci").await;
    registry.owners_home().await.skep(&["organization", "key", "acme", "revoke", "ci"]).await.succeeds();
    let bad = [
        key,
        registry.user_key("stranger", "everything").await,
        registry.organization_key("stranger", "other", "ci").await,
        registry.api_key("owner").await,
        registry.expired_key().await,
        "0123456789abcdef0123456789abcdef".to_owned(),
    ];
    for bad in &bad {
        let refused = home.skep(&["organization", "auth", "acme", "--key", bad, "--yes"]).await;
        assert_eq!(refused.code, Some(1), "{refused:?}");
        let told = refused.stderr.lines().filter(|line| line.starts_with("error: ")).count();
        assert_eq!((told, refused.stdout.as_str()), (1, ""), "{refused:?}");
        assert!(refused.stderr.contains("the key does not open the repository of acme"), "{refused:?}");
    }
    for file in [".hex/hex.config", ".config/rebar3/rebar.config", ".config/rebar3/hex.config"] {
        assert!(!home.path().join(file).exists(), "{file} was written");
    }
}
