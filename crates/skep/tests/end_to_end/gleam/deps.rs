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
    // Beside a package in a folder, which makes Gleam look for versions anew unless it is told that they fit.
    project(&ci, "near", "");
    ci.write("near/src/near.gleam", "pub fn version() -> Int {\n  2\n}\n");
    let near = "near = { path = \"../near\" }\n";
    let config = ci.read("app/gleam.toml").replace("[dependencies]\n", &format!("[dependencies]\n{near}"));
    ci.write("app/gleam.toml", config);
    let line = "  { name = \"near\", version = \"1.0.0\", build_tools = [\"gleam\"], requirements = [], source = \"local\", \
                path = \"../near\" },\n";
    let manifest = ci.read("app/manifest.toml").replace("packages = [\n", &format!("packages = [\n{line}"));
    let manifest = manifest.replace("[requirements]\n", &format!("[requirements]\n{near}"));
    ci.write("app/manifest.toml", manifest);
    let fetched = ci.skep(&["deps", "fetch", "--lock", "app/manifest.toml"]).await.succeeds().to_owned();
    assert_eq!(fetched, "1 fetched, 0 already there");
    let licenses =
        ci.skep(&["deps", "licenses", "--lock", "app/manifest.toml", "--csv"]).await.succeeds().to_owned();
    assert!(licenses.ends_with("\ntwig,1.0.0,Apache-2.0,Apache-2.0,"), "{licenses}");
    drop(registry);
    gleam.run(&ci, "app", &["build"]).await.says("Compiling twig").says("Compiling app").succeeds();
}
