//! Packages from the command line alone, against a real server: owners, retirement, looking, comparing, documentation.

use serde_json::Value;

use hex_format::tarball::{SourceFile, SourceKind, write};

use crate::support::{Application, Home, Registry};

/// What a command of words without spaces prints.
async fn says(home: &Home, line: &str) -> String {
    home.skep(&line.split(' ').collect::<Vec<_>>()).await.succeeds().to_owned()
}

async fn json(home: &Home, line: &str) -> Value {
    serde_json::from_str(&says(home, &format!("{line} --json")).await).expect("it prints JSON")
}

#[tokio::test]
async fn the_life_of_a_package() {
    let registry = Registry::start().await;
    let owner = registry.owners_home().await;
    let nobody = registry.home();
    registry.publish(&owner, None, &Application::new("tool", "1.0.0")).await;
    registry
        .publish(&owner, None, &Application::new("tool", "1.1.0").requires("hexpm", "tool", "~> 1.0"))
        .await;
    registry.publish(&owner, Some("acme"), &Application::new("secret", "0.1.0")).await;

    // Anybody may look at what is public.
    let info = says(&nobody, "info tool").await;
    assert!(info.contains("Config: {:tool, \"~> 1.1\"}") && info.contains("\n  1.0.0 ("), "{info}");
    assert_eq!(json(&nobody, "info tool 1.1.0").await["requirements"][0]["package"], "tool");
    assert!(says(&nobody, "search tool").await.contains("The application tool."));
    let refused = nobody.skep(&["info", "acme/secret"]).await.fails();
    assert!(refused.contains("no package with name acme/secret that you may see"), "{refused}");
    assert!(says(&owner, "info acme/secret").await.contains("organization: \"acme\""));
    assert_eq!(json(&owner, "search secret").await[0]["repository"], "acme");

    // Owners.
    says(&owner, "owner add tool stranger --level maintainer").await;
    let owners = json(&nobody, "owner list tool").await;
    assert_eq!((&owners[1]["username"], &owners[1]["level"]), (&"stranger".into(), &"maintainer".into()));
    says(&owner, "owner remove tool stranger").await;
    let refused = owner.skep(&["owner", "remove", "tool", "owner"]).await.fails();
    assert!(refused.contains("last"), "{refused}");
    assert!(says(&owner, "owner packages").await.starts_with("tool - "));

    // Retirement shows in the signed registry at once.
    says(&owner, "retire tool 1.0.0 deprecated --message old").await;
    assert_eq!(json(&nobody, "package versions tool").await[1]["retirement"]["reason"], "deprecated");
    says(&owner, "unretire tool 1.0.0").await;
    assert_eq!(json(&nobody, "package versions tool").await[1]["retirement"], Value::Null);
    says(&owner, "retire tool --all renamed --message moved").await;
    assert_eq!(json(&nobody, "info tool").await["releases"][0]["retirement"]["reason"], "renamed");

    // What is inside, and what changed.
    let files = json(&owner, "package files acme/secret --yes").await;
    assert!(files["files"].as_array().expect("a list").iter().any(|file| file["path"] == "mix.exs"));
    let diff = nobody.skep(&["package", "diff", "tool", "1.0.0..1.1.0"]).await;
    assert!(diff.output().contains("+{<<\"version\">>,<<\"1.1.0\">>}."), "{}", diff.output());
    says(&nobody, "package diff tool 1.0.0..1.0.0").await;
}

#[tokio::test]
async fn documentation_is_fetched_with_the_key_that_opens_it() {
    let registry = Registry::start().await;
    let owner = registry.owners_home().await;
    registry.publish(&owner, Some("acme"), &Application::new("secret", "0.1.0")).await;
    let missing = owner.skep(&["docs", "fetch", "acme/secret", "--yes"]).await.fails();
    assert!(missing.contains("there is no documentation of acme/secret 0.1.0"), "{missing}");
    let page = SourceFile {
        path: "index.html".parse().expect("a path"),
        kind: SourceKind::File { bytes: b"<h1>".as_slice().into(), executable: false },
    };
    let docs = write::contents(&[page]).expect("it can be packed");
    let path = "/api/repos/acme/packages/secret/releases/0.1.0/docs";
    registry.owner().await.upload(path, docs).await.expect_status(201);
    let fetched = json(&owner, "docs fetch acme/secret").await;
    assert_eq!(fetched[0]["repository"], "hexpm:acme");
    assert_eq!(owner.read(".hex/docs/hexpm:acme/secret/0.1.0/index.html"), "<h1>");
    assert!(says(&owner, "docs open acme/secret").await.ends_with("index.html"));
    registry.home().skep(&["docs", "fetch", "acme/secret", "0.1.0"]).await.fails();
}
