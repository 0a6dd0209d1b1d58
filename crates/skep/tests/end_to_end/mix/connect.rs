//! `skep connect`, and then mix.

use super::*;

/// Connects and gives what a dependency on `twig` has to say, as it was told.
async fn connect(home: &Home, arguments: &[&str]) -> String {
    let told = home.skep(&[&["connect"], arguments, &["--json"]].concat()).await;
    let told: serde_json::Value = serde_json::from_str(told.succeeds()).expect("it prints JSON");
    let dependency = told["organizations"][0]["dependency"].as_str().expect("there is a dependency");
    dependency.replace(":package", ":twig")
}

fn address(registry: &Registry) -> String {
    format!("{}#{}", registry.url(), registry.fingerprint())
}

/// The files as they are: all of them, with their text, but for what mix keeps for itself.
fn files(home: &Home) -> Vec<(String, String)> {
    let names = [".hex/hex.config", ".config/rebar3/rebar.config", ".config/rebar3/hex.config", ".netrc"];
    let there = names.iter().filter(|name| home.path().join(name).exists());
    there.map(|name| ((*name).to_owned(), home.read(name))).collect()
}

#[tokio::test]
async fn every_version_fetches_what_connect_wrote_and_disconnect_undoes_it() {
    for hex in versions().await {
        let registry = Registry::start().await;
        publish(&registry, &hex).await;
        let address = address(&registry);
        let key = registry.organization_key("owner", "acme", "ci").await;
        for shape in [&[][..], &["--plain"], &["--replace-hexpm"]] {
            let home = machine(&registry, &hex);
            home.write(".hex/hex.config", "%% mine\n{offline,   <<\"false\">>}.");
            let before = files(&home);
            let arguments = [&[address.as_str(), "acme", "--key", &key], shape].concat();
            let dependency = connect(&home, &arguments).await;
            project(&home, "app", "0.1.0", None, &dependency);
            fetch_anew(&home).await.says("Getting twig").succeeds();
            home.skep(&["doctor"]).await.says("opens, verified").succeeds();
            home.skep(&["disconnect", registry.url()]).await.succeeds();
            // A mix that has written the file in between leaves it in its own layout.
            let undone = files(&home);
            assert_eq!(undone.len(), before.len());
            assert!(undone[0].1 == before[0].1 || !undone[0].1.contains("acme"), "{}", undone[0].1);
            fetch_anew(&home).await.fails();
        }
    }
}

/// What mix itself rewrites is connected still, and can be undone.
#[tokio::test]
async fn a_rewrite_by_mix_changes_nothing() {
    for hex in versions().await {
        let registry = Registry::start().await;
        publish(&registry, &hex).await;
        let home = machine(&registry, &hex);
        let key = registry.organization_key("owner", "acme", "ci").await;
        let dependency = connect(&home, &[&address(&registry), "acme", "--key", &key]).await;
        project(&home, "app", "0.1.0", None, &dependency);
        rewrite(&home).await;
        fetch_anew(&home).await.says("Getting twig").succeeds();
        let connected = files(&home);
        connect(&home, &[registry.url(), "acme", "--key", &key]).await;
        assert_eq!(files(&home).len(), connected.len());
        home.skep(&["disconnect", registry.url()]).await.succeeds();
        assert!(!home.read(".hex/hex.config").contains("acme"), "{}", home.read(".hex/hex.config"));
        assert!(!home.path().join(".config/rebar3/rebar.config").exists());
    }
}

#[tokio::test]
async fn a_build_fetches_with_a_folder_of_its_own() {
    for hex in versions().await {
        let registry = Registry::start().await;
        publish(&registry, &hex).await;
        let mut home = machine(&registry, &hex);
        let key = registry.organization_key("owner", "acme", "ci").await;
        home.set("RUNNER_TEMP", home.path().join("temp").to_str().expect("the path is text"));
        home.write("temp/nothing", "");
        home.set("SKEP_KEY", &key);
        let told = home.skep(&["connect", &address(&registry), "acme", "--ci"]).await;
        for line in told.succeeds().lines() {
            let (name, value) = line
                .strip_prefix("export ")
                .and_then(|line| line.split_once('='))
                .expect("it is: export NAME='VALUE'");
            home.set(name, value.trim_matches('\''));
        }
        home.unset("SKEP_KEY");
        let repository = if hex.is_at_least(2, 3) && !hex.is_at_least(2, 5) { "acme" } else { "skep:acme" };
        told.says(repository);
        project(&home, "app", "0.1.0", None, &format!("{{:twig, \"~> 1.0\", repo: \"{repository}\"}}"));
        mix(&home, "app", &["deps.get"]).await.says("Getting twig").succeeds();
        assert!(!home.path().join(".hex").exists(), "nothing of the user's is touched");
        home.skep(&["disconnect", "--ci"]).await.succeeds();
        assert!(!home.path().join("temp/skep-ci-job").exists());
    }
}

/// With an account: a key of this machine for each organization, revoked in the end.
#[tokio::test]
async fn keys_of_this_machine_come_and_go() {
    let registry = Registry::start().await;
    let home = registry.owners_home().await;
    home.skep(&["connect", &address(&registry)]).await.says("acme").succeeds();
    let keys = home.skep(&["user", "key", "list"]).await;
    keys.says("-repository-acme");
    let count = keys.succeeds().lines().count();
    home.skep(&["connect", registry.url()]).await.says("unchanged").succeeds();
    assert_eq!(home.skep(&["user", "key", "list"]).await.succeeds().lines().count(), count);
    home.skep(&["disconnect", registry.url()]).await.says("revoked").succeeds();
    home.skep(&["user", "key", "list"]).await.does_not_say("-repository-acme").succeeds();
}

/// What is wrong is found, each with its word.
#[tokio::test]
async fn the_doctor_finds_what_is_wrong() {
    let registry = Registry::start().await;
    let home = registry.home();
    let key = registry.organization_key("owner", "acme", "ci").await;
    connect(&home, &[&address(&registry), "acme", "--key", &key, "--name", "corp"]).await;
    let examine = async |code: &str| {
        let told = home.skep(&["doctor", "--json"]).await;
        assert_eq!(told.code, Some(1), "{told:?}");
        let found: serde_json::Value = serde_json::from_str(&told.stdout).expect("it prints JSON");
        let codes: Vec<_> =
            found["findings"].as_array().expect("a list").iter().map(|f| f["code"].to_string()).collect();
        assert!(codes.contains(&format!("{code:?}")), "{code} in {codes:?}");
    };
    home.skep(&["doctor"])
        .await
        .says("✓ mix, repository corp:acme: opens")
        .says("✓ rebar3, repository acme")
        .succeeds();

    let config = home.read(".hex/hex.config");
    home.write(".hex/hex.config", config.replace(&key, "0123456789abcdef0123456789abcdef"));
    examine("key_refused").await;
    let other = registry.organization_key("stranger", "other", "ci").await;
    home.write(".hex/hex.config", config.replace(&key, &other));
    examine("key_refused").await;
    home.write(".hex/hex.config", &config[..config.len() - 4]);
    examine("file_damaged").await;
    home.write(".hex/hex.config", &config);
    let keys = home.read(".config/rebar3/hex.config");
    home.write(".config/rebar3/hex.config", keys.replace(&format!("<<\"{key}\">>"), &format!("\"{key}\"")));
    examine("rebar3_key_not_binary").await;
    home.write(".config/rebar3/hex.config", keys);
    registry.owners_home().await.skep(&["organization", "key", "acme", "revoke", "ci"]).await.succeeds();
    examine("key_refused").await;
}
