//! `skep gleam`: private packages in Gleam projects. What it writes is compared as text; where Gleam is there, it has to
//! build from it without the network, and to leave it as it is.

use super::build_tool::{BuildTool, machine, project};
use crate::support::{Application, Home, Registry};

/// A machine of a build: the public repository is the server's, and a key opens `acme`.
async fn build_machine(registry: &Registry) -> Home {
    let home = machine(registry);
    let (url, key) = (registry.repository(), registry.public_key().await);
    let config = format!(
        "{{'$repos', #{{<<\"hexpm\">> => #{{url => <<\"{url}\">>, public_key => <<\"{key}\">>}}}}}}.\n"
    );
    home.write(".hex/hex.config", config);
    let key = registry.organization_key("owner", "acme", "ci").await;
    home.skep(&["organization", "auth", "acme", "--key", &key, "--yes"]).await.succeeds();
    home
}

fn cached(home: &Home) -> usize {
    std::fs::read_dir(home.path().join(".cache/gleam/hex/hexpm/packages")).map_or(0, Iterator::count)
}

/// `manifest.toml` with these lines for packages and requirements.
fn manifest(packages: &[String], requirements: &[&str]) -> String {
    let packages: String = packages.iter().map(|package| format!("  {{ {package} }},\n")).collect();
    let requirements: String = requirements.iter().map(|requirement| format!("{requirement}\n")).collect();
    format!(
        "# Do not manually edit this file, it is managed by Gleam.\n#\n# This file locks the dependency versions used, to \
         make your build\n# deterministic and to prevent unexpected versions from being included\n# in your \
         application.\n#\n# You should check this file into your source control repository.\n\npackages = \
         [\n{packages}]\n\n[requirements]\n{requirements}"
    )
}

async fn locked(registry: &Registry, name: &str, version: &str, requirements: &str) -> String {
    let checksum = registry.outer_checksum(name, version).await;
    format!(
        "name = \"{name}\", version = \"{version}\", build_tools = [\"rebar3\", \"mix\"], requirements = [{requirements}], \
         otp_app = \"{name}\", source = \"hex\", outer_checksum = \"{checksum}\""
    )
}

#[tokio::test]
async fn the_files_are_those_that_gleam_writes() {
    let registry = Registry::start().await;
    let owner = registry.owners_home().await;
    for version in ["1.0.0", "1.1.0", "2.0.0"] {
        registry.publish(&owner, None, &Application::new("leaf", version)).await;
    }
    let twig = Application::new("twig", "1.0.0").requires("hexpm", "leaf", "~> 1.0");
    registry.publish(&owner, Some("acme"), &twig).await;
    let home = build_machine(&registry).await;
    project(&home, "app", "\n[dependencies] # what it needs\n\n[dev_dependencies]\n");
    let skep = async |arguments: &[&str]| home.run("app", env!("CARGO_BIN_EXE_skep"), arguments).await;

    // A public package of the same name is another package.
    registry.publish(&owner, None, &Application::new("twig", "9.9.9")).await;
    let added = skep(&["gleam", "add", "twig", "--organization", "acme"]).await;
    added.says("Added    leaf 1.1.0\nAdded    twig 1.0.0 (hexpm:acme)").succeeds();
    let config = home.read("app/gleam.toml");
    let expected = "\n[dependencies] # what it needs\ntwig = \">= 1.0.0 and < 2.0.0\"\n\n[dev_dependencies]\n\n\
                    [tools.skep.packages]\ntwig = \"hexpm:acme\"\n";
    assert!(config.ends_with(expected), "{config}");
    let (leaf, twig) =
        (locked(&registry, "leaf", "1.1.0", "").await, locked(&registry, "twig", "1.0.0", "\"leaf\"").await);
    let first = manifest(&[leaf.clone(), twig.clone()], &["twig = { version = \">= 1.0.0 and < 2.0.0\" }"]);
    assert_eq!(home.read("app/manifest.toml"), first);
    assert_eq!(cached(&home), 2);

    // What is locked stays, until it is updated.
    registry.publish(&owner, None, &Application::new("leaf", "1.2.0")).await;
    skep(&["gleam", "download"]).await.says("Everything is up to date").succeeds();
    assert_eq!(home.read("app/manifest.toml"), first);
    skep(&["gleam", "add", "--dev", "leaf@1.0"]).await.says("Changed  leaf 1.1.0 => 1.2.0").succeeds();
    skep(&["gleam", "remove", "leaf"]).await.says("leaf stays: another package requires it").succeeds();
    registry.publish(&owner, None, &Application::new("leaf", "1.3.0")).await;
    skep(&["gleam", "update", "leaf"]).await.says("Changed  leaf 1.2.0 => 1.3.0").succeeds();
    skep(&["gleam", "update", "nothing"]).await.says("nothing is not in manifest.toml").fails();

    // What doesn't fit is explained, and nothing is written.
    let before = (home.read("app/gleam.toml"), home.read("app/manifest.toml"));
    let conflict = skep(&["gleam", "add", "leaf@2"]).await;
    conflict.says("Because twig (hexpm:acme) 1.0.0 requires leaf >= 1.0.0 and < 2.0.0").fails();
    skep(&["gleam", "add", "missing"])
        .await
        .says("package missing does not exist in repository hexpm")
        .fails();
    assert_eq!((home.read("app/gleam.toml"), home.read("app/manifest.toml")), before);

    // Another machine needs the files alone.
    let other = build_machine(&registry).await;
    for file in ["gleam.toml", "manifest.toml"] {
        other.write(&format!("app/{file}"), home.read(&format!("app/{file}")));
    }
    let download = other.run("app", env!("CARGO_BIN_EXE_skep"), &["gleam", "download", "--json"]).await;
    assert!(download.succeeds().contains("\"downloaded\": 2"));
    assert_eq!((other.read("app/gleam.toml"), other.read("app/manifest.toml")), before);

    skep(&["gleam", "remove", "twig"]).await.says("Removed  leaf 1.3.0\nRemoved  twig 1.0.0").succeeds();
    assert!(!home.read("app/gleam.toml").contains("twig"));
    assert!(!home.read("app/gleam.toml").contains("tools"));
    assert_eq!(home.read("app/manifest.toml"), manifest(&[], &[]));
}

#[tokio::test]
async fn gleam_builds_what_was_added_without_the_network() {
    let Some(gleam) = BuildTool::find().await else { return };
    let registry = Registry::start().await;
    let owner = registry.owners_home().await;
    // Built with Gleam; without texts, which this Gleam writes in a form that Debian's Erlang does not read yet.
    let publish = async |name: &str, version: &str, lines: &str, organization: &[&str]| {
        owner.remove(&[name]);
        project(&owner, name, lines);
        let config =
            owner.read(&format!("{name}/gleam.toml")).replace("\"1.0.0\"\nde", &format!("\"{version}\"\nde"));
        owner.write(&format!("{name}/gleam.toml"), config);
        owner.write(&format!("{name}/src/{name}.gleam"), "pub fn version() -> Int {\n  1\n}\n");
        owner.run(name, env!("CARGO_BIN_EXE_skep"), &["gleam", "download"]).await.succeeds();
        gleam.run(&owner, name, &["export", "hex-tarball"]).await.succeeds();
        let file = format!("{name}/build/{name}-{version}.tar");
        let arguments: Vec<_> = ["publish", &file, "--yes"].iter().chain(organization).copied().collect();
        owner.skep(&arguments).await.succeeds();
    };
    let (url, key) = (registry.repository(), registry.public_key().await);
    let config = format!(
        "{{'$repos', #{{<<\"hexpm\">> => #{{url => <<\"{url}\">>, public_key => <<\"{key}\">>}}}}}}.\n"
    );
    owner.write(".hex/hex.config", config);
    publish("leaf", "1.0.0", "", &[]).await;
    publish("leaf", "1.1.0", "", &[]).await;
    publish("twig", "1.0.0", "\n[dependencies]\nleaf = \"~> 1.0\"\n", &["--organization", "acme"]).await;

    let home = build_machine(&registry).await;
    project(&home, "branch", "\n[dependencies]\nleaf = \"~> 1.0\"\n");
    home.write("branch/src/branch.gleam", "import leaf\n\npub fn version() {\n  leaf.version()\n}\n");
    project(&home, "app", "\n[dependencies]\nbranch = { path = \"../branch\" }\n");
    let source = "import branch\nimport twig\n\npub fn main() {\n  branch.version() + twig.version()\n}\n";
    home.write("app/src/app.gleam", source);
    let skep = async |arguments: &[&str]| home.run("app", env!("CARGO_BIN_EXE_skep"), arguments).await;
    let builds = async |how: &str| {
        let before = home.read("app/manifest.toml");
        gleam.run(&home, "app", &["deps", "download"]).await.succeeds();
        gleam.run(&home, "app", &["build"]).await.says("Compiled").succeeds();
        gleam.run(&home, "app", &["deps", "list"]).await.says("leaf").succeeds();
        assert_eq!(home.read("app/manifest.toml"), before, "{how}");
    };

    skep(&["gleam", "add", "twig", "--organization", "acme"]).await.succeeds();
    builds("added").await;
    publish("leaf", "1.2.0", "", &[]).await;
    skep(&["gleam", "update", "leaf"]).await.says("Changed  leaf 1.1.0 => 1.2.0").succeeds();
    builds("updated").await;
    home.remove(&["app/build", ".cache/gleam"]);
    skep(&["gleam", "download"]).await.says("2 packages downloaded").succeeds();
    builds("downloaded").await;

    skep(&["gleam", "remove", "twig"]).await.succeeds();
    gleam.run(&home, "app", &["build"]).await.says("No module has been found with the name `twig`").fails();
    home.write("app/src/app.gleam", "import branch\n\npub fn main() {\n  branch.version()\n}\n");
    builds("removed").await;
}
