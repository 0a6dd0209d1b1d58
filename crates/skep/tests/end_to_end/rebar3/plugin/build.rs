//! `skep build` beside `rebar3 hex build`, and what rebar3 makes of packages that `skep publish` built.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;
use crate::support::Packed;

/// An application that needs the public `leaf`, with everything that a folder can hold.
fn oak(plugin: &Plugin, home: &Home) {
    plugin.project(home, "oak");
    home.write("oak/rebar.config", "{deps, [{leaf, \"~> 1.0\"}]}.\n{project_plugins, [rebar3_hex]}.\n");
    home.write(
        "oak/src/oak.app.src",
        "{application, oak, [{description, \"An \\\"oak\\\" – old & tall\"}, {vsn, \"1.0.0\"},\n\
         %% a comment\n{applications, [kernel, stdlib, leaf]}, {pkg_name, oak_tree},\n\
         {licenses, [\"Apache-2.0\", \"MIT\"]}, {links, [{\"Source\", \"https://example.com\"}]},\n\
         {exclude_patterns, [\"[.]bak$\"]}, {exclude_paths, [\"priv/private*\"]}]}.\n",
    );
    home.write("oak/src/oak.erl", "-module(oak).\n-export([version/0]).\nversion() -> leaf:version().\n");
    home.write("oak/src/deep/er/oak_more.erl", "-module(oak_more).\n");
    home.write("oak/src/oak.erl.bak", "");
    home.write("oak/src/.hidden", "");
    home.write("oak/include/oak.hrl", "-define(OAK, 1).\n");
    // The plugin crashes on letters beyond Latin-1.
    home.write("oak/priv/é/ü.txt", "text");
    home.write("oak/priv/private.txt", "");
    home.write("oak/priv/oak.so", "");
    home.write(&format!("oak/priv/{}.txt", "long".repeat(40)), "long");
    let run = home.write("oak/priv/run", "#!/bin/sh\n");
    std::fs::set_permissions(run, std::fs::Permissions::from_mode(0o755)).expect("rights can be set");
    symlink("run", home.path().join("oak/priv/start")).expect("a link can be made");
    std::fs::create_dir(home.path().join("oak/c_src")).expect("a folder can be made");
    home.write("oak/README.md", "# oak\n");
    home.write("oak/LICENSE", "");
    home.write("oak/notes.txt", "");
}

#[tokio::test]
async fn skep_builds_what_rebar3_builds() {
    for plugin in Plugin::versions().await {
        let registry = Registry::start().await;
        let home = plugin.machine(&registry).await;
        registry.publish(&registry.owners_home().await, None, &Application::new("leaf", "1.1.0")).await;
        oak(&plugin, &home);
        plugin.run(&home, "oak", &["hex", "build", "package"]).await.succeeds();
        home.skep(&["build", "oak"]).await.says("Saved to oak_tree-1.0.0.tar").succeeds();
        let built = home.path().join("oak/_build/default/lib/oak/hex/oak_tree-1.0.0.tar");
        let theirs = Packed::read(&std::fs::read(built).expect("rebar3 built it"));
        let ours = std::fs::read(home.path().join("oak_tree-1.0.0.tar")).expect("skep built it");
        Packed::read(&ours).is_like(&theirs);
    }
}

#[tokio::test]
async fn rebar3_compiles_what_skep_published() {
    for plugin in Plugin::versions().await {
        let registry = Registry::start().await;
        let mut home = plugin.machine(&registry).await;
        home.set("HEX_API_URL", format!("{}/api", registry.url()));
        registry.publish(&registry.owners_home().await, None, &Application::new("leaf", "1.1.0")).await;
        oak(&plugin, &home);
        plugin.run(&home, "oak", &["lock"]).await.succeeds();
        let publish = ["publish", "oak", "--organization", "acme", "--yes"];
        let published = home.skep(&publish).await;
        published.says("Package published to").says("Docs will soon be available at").succeeds();
        let owner = registry.owner().await;
        owner.get("/repo/repos/acme/docs/oak_tree-1.0.0.tar.gz").await.expect_status(200);

        home.write("app/rebar.config", "{deps, [{oak, \"~> 1.0\", {pkg, oak_tree}}]}.\n");
        home.write(
            "app/src/app.app.src",
            "{application, app, [{vsn, \"1.0.0\"}, {applications, [kernel, stdlib, oak]}]}.\n",
        );
        home.write("app/src/app.erl", "-module(app).\n");
        plugin.run(&home, "app", &["compile"]).await.says("Compiling oak").succeeds();

        home.skep(&["revert", "oak_tree", "1.0.0", "--docs", "--organization", "acme", "--yes"])
            .await
            .says("Reverted docs for oak_tree 1.0.0")
            .succeeds();
        owner.get("/repo/repos/acme/docs/oak_tree-1.0.0.tar.gz").await.expect_status(404);
        home.skep(&["publish", "oak", "--organization", "acme", "--revert", "1.0.0", "--yes"])
            .await
            .succeeds();
        owner.get("/repo/repos/acme/tarballs/oak_tree-1.0.0.tar").await.expect_status(404);
    }
}
