//! What the plugin `rebar3_hex` does, operation by operation: its columns of the compatibility page.
//!
//! Debian does not have it. `SKEP_TEST_REBAR3_HEX` names a folder with the sources of `rebar3_hex`, `hex_core` and `verl`
//! in folders of those names; it is used as the `_checkouts` of each project.

mod build;

use serde_json::json;

use super::*;
use crate::support::Operation;
use crate::support::registry::PASSWORD;

const VARIABLE: &str = "SKEP_TEST_REBAR3_HEX";

/// The plugin in a version of `rebar3`.
struct Plugin {
    rebar3: Rebar3,
    checkouts: PathBuf,
    version: String,
}

impl Plugin {
    /// The plugin in each version of `rebar3`; none, and said so, if it is not there.
    async fn versions() -> Vec<Self> {
        let Some(checkouts) = std::env::var_os(VARIABLE).map(PathBuf::from) else {
            #[expect(clippy::print_stderr, reason = "the test's output is where its reader looks")]
            {
                eprintln!("SKIPPED: {VARIABLE} is not set");
            }
            return Vec::new();
        };
        let mut found = Vec::new();
        for rebar3 in Rebar3::versions().await {
            let home = Home::new("http://127.0.0.1:9");
            let mut plugin = Self { rebar3, checkouts: checkouts.clone(), version: String::new() };
            plugin.project(&home, "app");
            plugin.run(&home, "app", &["hex"]).await.says("Hex user tasks").succeeds();
            let compiled = home.read("app/_build/default/checkouts/rebar3_hex/ebin/rebar3_hex.app");
            let version = compiled.split("{vsn,\"").nth(1).and_then(|rest| rest.split('"').next());
            plugin.version = version.expect("an application has a version").to_owned();
            found.push(plugin);
        }
        found
    }

    /// Its column of the compatibility page.
    fn column(&self) -> Column {
        Column::new("rebar3_hex", format!("{} in rebar3 {}", self.version, self.rebar3.version))
    }

    /// A project in a folder of its name.
    fn project(&self, home: &Home, app: &str) {
        home.write(&format!("{app}/rebar.config"), "{deps, []}.\n{project_plugins, [rebar3_hex]}.\n");
        home.write(
            &format!("{app}/src/{app}.app.src"),
            format!(
                "{{application, {app}, [{{description, \"The application {app}.\"}}, {{vsn, \"1.0.0\"}}, \
                 {{applications, [kernel, stdlib]}}, {{licenses, [\"Apache-2.0\"]}}, \
                 {{links, [{{\"Source\", \"https://example.com\"}}]}}]}}.\n"
            ),
        );
        home.write(&format!("{app}/doc/index.html"), "<h1>Documentation</h1>");
        let link = home.path().join(app).join("_checkouts");
        std::os::unix::fs::symlink(&self.checkouts, link).expect("a link can be made");
    }

    async fn run(&self, home: &Home, folder: &str, arguments: &[&str]) -> Run {
        home.run(folder, &self.rebar3.program, arguments).await
    }

    /// The owner's machine. Nothing but the files of `skep organization auth` says where the server is.
    async fn machine(&self, registry: &Registry) -> Home {
        let mut home = registry.home();
        home.set("HEX_CDN", registry.repository());
        let key = registry.user_key("owner", "everything").await;
        home.skep(&["organization", "auth", "acme", "--key", &key, "--yes"]).await.succeeds();
        home.unset("HEX_API_URL");
        home.set("HEX_API_KEY", key);
        home.set("HTTPS_PROXY", "http://127.0.0.1:9");
        for app in ["leaf", "twig"] {
            self.project(&home, app);
        }
        home
    }

    /// Signs the owner in, which the commands that read need.
    async fn sign_in(&self, home: &Home) -> Run {
        let input = format!("owner\n{PASSWORD}\n{PASSWORD}\nlocal\nlocal\n");
        self.type_in(home, "leaf", &["hex", "user", "auth", "-r", "hexpm"], &input).await
    }

    /// Runs a command that asks, which it does on a terminal only.
    async fn type_in(&self, home: &Home, folder: &str, arguments: &[&str], input: &str) -> Run {
        let mut terminal = home.command(folder, "script");
        let command = format!("{} {}", self.rebar3.program.display(), arguments.join(" "));
        terminal.args(["--quiet", "--return", "--command", &command, "/dev/null"]);
        Run::with_open_input(terminal, input).await
    }

    /// Publishes the public `leaf`, and `twig` of the organization.
    async fn publish(&self, home: &Home) {
        for (app, repository) in APPS {
            let publish = ["hex", "publish", "package", "-r", repository, "--yes"];
            self.run(home, app, &publish).await.says(&format!("Published {app} 1.0.0")).succeeds();
        }
    }
}

/// Fills the cells of an operation: with each plugin, on a registry and an owner's machine of its own. The fault is the
/// client's and stands beside the cell; an empty one is none.
async fn cells(operation: Operation, fault: &str, check: impl AsyncFn(&Plugin, &Registry, &Home)) {
    for plugin in Plugin::versions().await {
        let check = async {
            let registry = Registry::start().await;
            let home = plugin.machine(&registry).await;
            check(&plugin, &registry, &home).await;
        };
        plugin.column().works_except(operation, fault, check).await;
    }
}

const APPS: [(&str, &str); 2] = [("leaf", "hexpm"), ("twig", "hexpm:acme")];

#[tokio::test]
async fn authenticate() {
    let fault = "`organization auth --key` stores the key in a form that rebar3 then does not send; use \
                     `skep organization auth`. `user whoami` crashes for accounts without a full name";
    cells(Operation::Authenticate, fault, async |plugin, registry, home| {
        plugin.sign_in(home).await.says("You are now ready to interact").succeeds();
        // It takes the name of a person for a text, and of somebody who has given none it is nil.
        let whoami = plugin.run(home, "leaf", &["hex", "user", "whoami", "-r", "hexpm"]).await;
        whoami.says("Uncaught error").fails();
        let auth = ["hex", "organization", "auth", "hexpm:acme"];
        plugin.run(home, "leaf", &auth).await.says("Successfully authenticated to hexpm:acme").succeeds();
        assert!(home.read(".config/rebar3/hex.config").contains("repo_key => <<\""));
        // A key that is given is stored as a string of Erlang, for which rebar3 sends no header.
        let key = registry.organization_key("owner", "acme", "ci").await;
        let given = plugin.run(home, "leaf", &[&auth[..], &["--key", &key]].concat()).await;
        given.says("Successfully authenticated to hexpm:acme").succeeds();
        assert!(home.read(".config/rebar3/hex.config").contains(&format!("repo_key => \"{key}\"")));
    })
    .await;
}

#[tokio::test]
async fn publish() {
    cells(Operation::Publish, "", async |plugin, registry, home| {
        plugin.publish(home).await;
        let owner = registry.owner().await;
        owner.get("/repo/tarballs/leaf-1.0.0.tar").await.expect_status(200);
        owner.get("/repo/repos/acme/tarballs/twig-1.0.0.tar").await.expect_status(200);
        registry.server.anonymous().get("/repo/tarballs/twig-1.0.0.tar").await.expect_status(404);
    })
    .await;
}

#[tokio::test]
async fn replace() {
    cells(Operation::Replace, "", async |plugin, registry, home| {
        plugin.publish(home).await;
        for (app, repository) in APPS {
            let before = registry.outer_checksum(app, "1.0.0").await;
            home.write(&format!("{app}/src/more.erl"), "-module(more).\n");
            let mut publish = vec!["hex", "publish", "package", "-r", repository, "--yes"];
            plugin.run(home, app, &publish).await.says("--replace").fails();
            assert_eq!(registry.outer_checksum(app, "1.0.0").await, before);
            publish.push("--replace");
            plugin.run(home, app, &publish).await.says("Published").succeeds();
            assert_ne!(registry.outer_checksum(app, "1.0.0").await, before);
        }
    })
    .await;
}

#[tokio::test]
async fn revert() {
    cells(Operation::Revert, "", async |plugin, registry, home| {
        plugin.publish(home).await;
        for (app, repository) in APPS {
            let revert = ["hex", "publish", "-r", repository, "--revert", "1.0.0"];
            // It asks whether to delete a tag, too.
            let reverted = plugin.type_in(home, app, &revert, "n\n").await;
            reverted.says(&format!("Successfully deleted package {app} 1.0.0")).succeeds();
        }
        let owner = registry.owner().await;
        owner.get("/repo/tarballs/leaf-1.0.0.tar").await.expect_status(404);
        owner.get("/repo/repos/acme/tarballs/twig-1.0.0.tar").await.expect_status(404);
    })
    .await;
}

#[tokio::test]
async fn docs() {
    let fault = "reverting the documentation of a private package asks for a public one of that name";
    cells(Operation::Docs, fault, async |plugin, registry, home| {
        plugin.publish(home).await;
        let owner = registry.owner().await;
        for ((app, repository), path) in
            APPS.into_iter().zip(["/repo/docs/leaf-1.0.0.tar.gz", "/repo/repos/acme/docs/twig-1.0.0.tar.gz"])
        {
            let publish = ["hex", "publish", "docs", "-r", repository, "--yes", "--doc-dir", "doc"];
            plugin.run(home, app, &publish).await.says("Published docs for").succeeds();
            owner.get(path).await.expect_status(200);
            let revert = ["hex", "publish", "docs", "-r", repository, "--revert", "1.0.0"];
            let reverted = plugin.run(home, app, &revert).await;
            if app == "leaf" {
                reverted.says("Successfully deleted docs for leaf 1.0.0").succeeds();
                owner.get(path).await.expect_status(404);
            } else {
                reverted.fails();
                owner.get(path).await.expect_status(200);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn retire() {
    let fault = "it has no working command to take a retirement back; use mix";
    cells(Operation::Retire, fault, async |plugin, registry, home| {
        plugin.publish(home).await;
        let owner = registry.owner().await;
        for ((app, repository), path) in
            APPS.into_iter().zip(["/api/packages/leaf", "/api/repos/acme/packages/twig"])
        {
            let retire =
                ["hex", "retire", app, "1.0.0", "security", "--message", "it leaks", "-r", repository];
            plugin.run(home, app, &retire).await.succeeds();
            let release = owner.get(&format!("{path}/releases/1.0.0")).await.expect_status(200).json();
            assert_eq!(release["retirement"], json!({ "reason": "security", "message": "it leaks" }));
        }
    })
    .await;
}

#[tokio::test]
async fn owners() {
    cells(Operation::Owners, "", async |plugin, registry, home| {
        plugin.publish(home).await;
        plugin.sign_in(home).await.succeeds();
        let member = json!({ "name": "stranger", "role": "read" });
        registry.owner().await.post("/api/orgs/acme/members", &member).await.expect_status(200);
        for (app, repository) in APPS {
            let run = async |arguments: &[&str]| {
                let all = [&["hex", "owner"], arguments, &["-r", repository]].concat();
                let run = plugin.run(home, app, &all).await;
                run.succeeds();
                run
            };
            run(&["add", app, "stranger", "--level", "maintainer"]).await.says("Added stranger");
            run(&["list", app]).await.says("stranger@example.com");
            run(&["remove", app, "stranger"]).await.says("Removed stranger");
            run(&["list", app]).await.does_not_say("stranger@example.com");
            run(&["transfer", app, "stranger@example.com"]).await.says("Transferred");
            run(&["list", app]).await.says("stranger@example.com").does_not_say("owner@example.com");
        }
    })
    .await;
}

#[tokio::test]
async fn keys() {
    cells(Operation::Keys, "", async |plugin, _, home| {
        plugin.sign_in(home).await.succeeds();
        let run = async |arguments: &[&str], input: &str| {
            let all = [&["hex", "user", "key"], arguments, &["-r", "hexpm"]].concat();
            plugin.type_in(home, "leaf", &all, input).await
        };
        let generate = ["generate", "--key-name", "made", "--permission", "api:read"];
        let input = format!("owner\n{PASSWORD}\n{PASSWORD}\n");
        run(&generate, &input).await.says("Key successfully created").succeeds();
        run(&["list"], "").await.says("everything").says("made").succeeds();
        run(&["fetch", "--key-name", "made"], "").await.says("made").says("never").succeeds();
        run(&["revoke", "--key-name", "made"], "").await.says("Key successfully revoked").succeeds();
        run(&["list"], "").await.does_not_say("made").succeeds();
        run(&["revoke", "--all"], "").await.says("All keys successfully revoked").succeeds();
        run(&["list"], "").await.fails();
    })
    .await;
}

#[tokio::test]
async fn organization_keys() {
    cells(Operation::OrganizationKeys, "", async |plugin, registry, home| {
        plugin.sign_in(home).await.succeeds();
        let run = async |arguments: &[&str]| {
            let all = [&["hex", "organization", "key", "hexpm:acme"], arguments].concat();
            plugin.run(home, "leaf", &all).await
        };
        let generated = run(&["generate", "--key-name", "build"]).await;
        let key = generated.succeeds().lines().last().unwrap_or_default().to_owned();
        let reader = registry.server.anonymous().with_key(&key);
        reader.get("/repo/repos/acme/names").await.expect_status(200);
        run(&["list"]).await.says("build").succeeds();
        run(&["revoke", "--key-name", "build"]).await.says("Key successfully revoked").succeeds();
        assert_ne!(reader.get("/repo/repos/acme/names").await.status, 200);
        run(&["generate", "--key-name", "more", "--permission", "api:read"]).await.succeeds();
        run(&["list"]).await.says("more").does_not_say("build").succeeds();
        run(&["revoke", "--all"]).await.says("All keys successfully revoked").succeeds();
        run(&["list"]).await.does_not_say("more").succeeds();
    })
    .await;
}

#[tokio::test]
async fn search() {
    cells(Operation::Search, "", async |plugin, _, home| {
        plugin.publish(home).await;
        plugin.sign_in(home).await.succeeds();
        let search = async |what| plugin.run(home, "leaf", &["hex", "search", what]).await;
        search("leaf").await.says("The application leaf.").says("1.0.0").succeeds();
        search("twig").await.says("The application twig.").succeeds();
        search("nothing").await.says("No Results").succeeds();
    })
    .await;
}

#[tokio::test]
async fn what_it_does_not_do() {
    for plugin in Plugin::versions().await {
        let column = plugin.column();
        for operation in [Operation::AddRepository, Operation::Fetch, Operation::OfflineCache] {
            column.has_no(operation, "done by rebar3 itself");
        }
        column.has_no(Operation::SignIn, "it asks for the password");
        column.has_no(Operation::Policy, "it knows no policies");
        column.has_no(Operation::TwoFactor, "it uses keys, for which no code is asked");
        column.has_no(Operation::Exchange, "it sends the key itself");
        column.has_no(Operation::Info, "it has no command for it");
    }
}
