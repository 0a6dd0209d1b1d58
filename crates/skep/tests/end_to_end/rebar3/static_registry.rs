//! `rebar3` with a registry that `skep registry build` made.

use super::Rebar3;
use crate::support::{Home, build_static};

#[tokio::test]
async fn fetches_from_a_folder() {
    for rebar3 in Rebar3::versions().await {
        let home = Home::new("http://127.0.0.1:9");
        let server = build_static(&home).await;
        let key = home.read("public/public_key");
        home.write(
            ".config/rebar3/rebar.config",
            format!(
                "{{hex, [{{repos, [#{{name => <<\"acme\">>, repo_url => <<\"{}\">>, repo_public_key => <<\"{key}\">>}}]}}]}}.\n",
                server.url()
            ),
        );
        home.write("app/rebar.config", "{deps, [{twig, \"~> 0.2.0\"}]}.\n");
        home.write(
            "app/src/app.app.src",
            "{application, app, [{vsn, \"1\"}, {applications, [kernel, stdlib, twig]}]}.\n",
        );
        home.run("app", &rebar3.program, &["get-deps"]).await.says("Fetching twig v0.2.0").succeeds();
        let lock = home.read("app/rebar.lock");
        assert!(lock.contains("<<\"leaf\">>,<<\"1.1.0\">>"), "{lock}");
    }
}
