//! `skep build` and `skep publish` of a mix project, which mix builds, and private dependencies between tools.

use super::*;

#[tokio::test]
async fn skep_builds_and_publishes_what_mix_builds() {
    for hex in versions().await {
        let registry = Registry::start().await;
        let home = owners_machine(&registry, &hex).await;
        project(&home, "twig", "1.0.0", Some("acme"), "");
        mix(&home, "twig", &["hex.build", "--output", "../theirs.tar"]).await.succeeds();
        home.skep(&["build", "twig", "--output", "ours.tar"]).await.says("  Organization: acme\n").succeeds();
        let read = |name: &str| std::fs::read(home.path().join(name)).expect("it was built");
        assert!(read("ours.tar") == read("theirs.tar"), "it is the tarball that mix makes");

        // The organization is the one that mix.exs says.
        let published = home.skep(&["publish", "twig", "--yes"]).await;
        published.says("to private repository acme").says("Building docs with `mix docs`").succeeds();
        let owner = registry.owner().await;
        owner.get("/repo/repos/acme/tarballs/twig-1.0.0.tar").await.expect_status(200);
        owner.get("/repo/repos/acme/docs/twig-1.0.0.tar.gz").await.expect_status(200);
        owner.get("/repo/tarballs/twig-1.0.0.tar").await.expect_status(404);
        let verify = ["package", "verify", "acme/twig", "1.0.0", "--project", "twig", "--yes"];
        home.skep(&verify).await.says("twig builds the same bytes").succeeds();

        // Without ex_doc there is no such task.
        let without = home
            .read("twig/mix.exs")
            .replace("aliases: [docs: &docs/1],", "")
            .replace("defp docs", "def docs");
        home.write("twig/mix.exs", without);
        std::fs::remove_dir_all(home.path().join("twig/doc")).expect("mix has written it");
        let again = home.skep(&["publish", "twig", "--replace", "--yes"]).await;
        again.says("mix has no task docs before ex_doc is a dependency").succeeds();

        home.write("twig/mix.exs", "raise \"no project today\"");
        home.skep(&["build", "twig"])
            .await
            .says("no project today")
            .says("error: mix hex.build failed\n")
            .fails();
    }
}

#[tokio::test]
async fn a_rebar3_package_brings_its_private_dependency() {
    for hex in versions().await {
        let registry = Registry::start().await;
        let home = owners_machine(&registry, &hex).await;
        project(&home, "twig", "1.0.0", Some("acme"), "");
        home.skep(&["publish", "twig", "--yes"]).await.succeeds();
        home.write("oak/rebar.config", "{deps, [{twig, \"~> 1.0\"}]}.\n");
        home.write(
            "oak/src/oak.app.src",
            "{application, oak, [{description, \"oak\"}, {vsn, \"1.0.0\"}, {applications, [kernel, stdlib, twig]}, \
             {licenses, [\"MIT\"]}]}.\n",
        );
        home.write("oak/src/oak.erl", "-module(oak).\n");
        let publish = ["publish", "oak", "--organization", "acme", "--yes"];
        home.skep(&publish).await.says("twig is taken from the repository of acme").succeeds();

        let key = registry.organization_key("owner", "acme", "ci").await;
        home.skep(&["organization", "auth", "acme", "--key", &key, "--yes"]).await.succeeds();
        project(&home, "app", "1.0.0", None, "{:oak, \"~> 1.0\", organization: \"acme\"}");
        fetch_anew(&home).await.says("twig 1.0.0").says("oak 1.0.0").succeeds();
    }
}
