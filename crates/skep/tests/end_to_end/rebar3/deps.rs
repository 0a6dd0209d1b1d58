//! `skep deps fetch` puts all that `rebar3` needs where `rebar3` looks for it.

use std::os::unix::fs::symlink;

use super::{Rebar3, machine, registry};
use crate::support::{Application, Home, Registry, Run};

async fn run(home: &Home, arguments: &[&str]) -> Run {
    home.run("app", "rebar3", arguments).await
}

/// A project that this `rebar3` has fetched and locked.
async fn locked_project(rebar3: &Rebar3) -> (Registry, Home) {
    let registry = registry().await;
    let home = machine(&registry).await;
    // In front of all others, because the form of the table is that of the program.
    home.write("bin/.keep", "");
    symlink(&rebar3.program, home.path().join("bin/rebar3")).expect("the folder is empty");
    let key = registry.organization_key("owner", "acme", "ci").await;
    let fingerprint = registry.fingerprint().to_owned();
    home.skep(&["organization", "auth", "acme", "--key", &key, "--fingerprint", &fingerprint])
        .await
        .succeeds();
    run(&home, &["get-deps"]).await.succeeds();
    (registry, home)
}

#[tokio::test]
async fn is_offline_after_deps_fetch() {
    for rebar3 in Rebar3::versions().await {
        let (registry, home) = locked_project(&rebar3).await;
        let lock = home.read("app/rebar.lock");

        home.remove(&[".cache", ".hex/registry", "app/_build"]);
        home.skep(&["deps", "fetch", "--check", "--lock", "app/rebar.lock"])
            .await
            .says("missing tree 1.0.0")
            .fails();
        let fetched = home.skep(&["deps", "fetch", "--lock", "app/rebar.lock"]).await.succeeds().to_owned();
        assert_eq!(fetched, "3 fetched, 0 already there", "rebar3 {}", rebar3.version);
        let tree = home.skep(&["deps", "tree", "--lock", "app/rebar.lock"]).await.succeeds().to_owned();
        assert_eq!(
            tree,
            "tree 1.0.0\n├── leaf 1.0.0 ~> 1.0.0\n└── twig 0.2.0 ~> 0.2.0\n    └── leaf 1.0.0 ~> 1.0"
        );

        // As long as the server is there, rebar3 asks it whether something has changed, and nothing has.
        run(&home, &["get-deps"]).await.does_not_say("rror").succeeds();
        drop(registry);
        home.remove(&["app/_build"]);
        run(&home, &["compile"]).await.says("Compiling tree").succeeds();
        assert_eq!(home.read("app/rebar.lock"), lock);
        let again = home.skep(&["deps", "fetch", "--lock", "app/rebar.lock"]).await.succeeds().to_owned();
        assert_eq!(again, "0 fetched, 3 already there");
    }
}

/// A stranger publishes a package with the name of a private one. Its checksum is not that of the lock file.
#[tokio::test]
async fn a_stranger_s_package_is_not_taken() {
    for rebar3 in Rebar3::versions().await {
        let (registry, home) = locked_project(&rebar3).await;

        let owner = registry.owners_home().await;
        registry.publish(&owner, None, &Application::new("tree", "1.0.0")).await;
        home.remove(&[".cache", ".hex/registry", "app/_build"]);
        home.skep(&["organization", "deauth", "acme"]).await.succeeds();
        let failed = home.skep(&["deps", "fetch", "--lock", "app/rebar.lock"]).await.fails();
        assert!(failed.contains("failed tree 1.0.0: the lock file has checksum"), "{failed}");
        assert!(!home.path().join(".cache/rebar3/hex/hexpm/packages/tree-1.0.0.tar").exists());
    }
}
