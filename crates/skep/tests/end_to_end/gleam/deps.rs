//! `skep deps fetch` puts what Gleam needs where Gleam looks for it, private packages too.

use super::build_tool::{BuildTool, app_with_twig, build_machine, machine, project};
use crate::support::Registry;

#[tokio::test]
async fn builds_without_a_server_after_deps_fetch() {
    let Some(gleam) = BuildTool::find().await else { return };
    let registry = Registry::start().await;
    let mut home = machine(&registry);
    project(&home, "twig", "");
    home.write("twig/src/twig.gleam", "pub fn version() -> Int {\n  1\n}\n");
    gleam.run(&home, "twig", &["export", "hex-tarball"]).await.succeeds();
    home.set("HEX_API_KEY", registry.user_key("owner", "everything").await);
    home.skep(&["publish", "twig/build/twig-1.0.0.tar", "--organization", "acme", "--yes"]).await.succeeds();
    let checksum = registry.outer_checksum("twig", "1.0.0").await;

    let ci = build_machine(&registry).await;
    app_with_twig(&ci, &checksum);
    let fetched = ci.skep(&["deps", "fetch", "--lock", "app/manifest.toml"]).await.succeeds().to_owned();
    assert_eq!(fetched, "1 fetched, 0 already there");
    let licenses =
        ci.skep(&["deps", "licenses", "--lock", "app/manifest.toml", "--csv"]).await.succeeds().to_owned();
    assert_eq!(licenses, "name,version,licenses,stated,refusal\ntwig,1.0.0,Apache-2.0,Apache-2.0,");
    drop(registry);
    gleam.run(&ci, "app", &["build"]).await.says("Compiling twig").says("Compiling app").succeeds();
}
