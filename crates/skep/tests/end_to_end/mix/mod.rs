//! `mix` with Hex, where Hex is installed.
//!
//! Debian has Elixir but not Hex, so these tests may be left out, which they say. To run them on several versions of Hex,
//! `SKEP_TEST_MIX_HOME` takes a list of folders as `MIX_HOME` has it, separated by colons.

mod build;
mod cells;
mod connect;
mod deps;
mod outdated;
mod sign_in;
mod static_registry;

use std::path::PathBuf;

use crate::support::{Column, Home, Registry, Run};

const VARIABLE: &str = "SKEP_TEST_MIX_HOME";

/// A version of Hex for `mix`.
struct Hex {
    /// Where `mix` finds it.
    mix_home: PathBuf,
    version: String,
}

impl Hex {
    /// Whether it is this minor version or a later one.
    fn is_at_least(&self, major: u64, minor: u64) -> bool {
        let mut parts = self.version.split('.').map(|part| part.parse().unwrap_or_default());
        (parts.next(), parts.next()) >= (Some(major), Some(minor))
    }

    /// Its column of the compatibility page.
    fn column(&self) -> Column {
        Column::new("mix", format!("Hex {}", self.version))
    }
}

/// The versions of Hex that there are; none, and said so, if there is none.
async fn versions() -> Vec<Hex> {
    let machine = || std::env::var_os("MIX_HOME").map(PathBuf::from);
    let default = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".mix"));
    let asked: Option<Vec<PathBuf>> =
        std::env::var_os(VARIABLE).map(|list| std::env::split_paths(&list).collect());
    let mut found = Vec::new();
    for folder in asked.clone().unwrap_or_else(|| machine().or_else(default).into_iter().collect()) {
        match version(&folder).await {
            Some(version) => found.push(Hex { mix_home: folder, version }),
            None => {
                assert!(asked.is_none(), "{VARIABLE} names {}, but mix finds no Hex there", folder.display())
            }
        }
    }
    if found.is_empty() {
        #[expect(clippy::print_stderr, reason = "the test's output is where its reader looks")]
        {
            eprintln!("SKIPPED: Hex is not installed (mix local.hex), and {VARIABLE} is not set");
        }
    }
    found
}

/// The version of Hex that `mix` finds in this folder.
async fn version(mix_home: &std::path::Path) -> Option<String> {
    let mut home = Home::new("http://127.0.0.1:9");
    home.set("MIX_HOME", mix_home.to_str().expect("the path is text"));
    home.set("HEX_OFFLINE", "1");
    let path = std::env::var_os("PATH").unwrap_or_default();
    if !std::env::split_paths(&path).any(|folder| folder.join("mix").exists()) {
        return None;
    }
    let info = home.run("", "mix", &["hex.info"]).await;
    let version = info.stdout.lines().find_map(|line| line.strip_prefix("Hex:"))?;
    (info.code == Some(0)).then(|| version.trim().to_owned())
}

/// A machine with this Hex and without a way out to the internet.
fn machine(registry: &Registry, hex: &Hex) -> Home {
    let mut home = registry.home();
    home.set("MIX_HOME", hex.mix_home.to_str().expect("the path is text"));
    home.set("HTTPS_PROXY", "http://127.0.0.1:9");
    home
}

/// The machine of the owner, where a key stands in the environment.
async fn owners_machine(registry: &Registry, hex: &Hex) -> Home {
    let mut home = machine(registry, hex);
    home.set("HEX_API_KEY", registry.user_key("owner", "everything").await);
    home
}

/// A project `app` in a folder of that name.
fn project(home: &Home, app: &str, version: &str, organization: Option<&str>, deps: &str) {
    let module = format!("{}{}", app[..1].to_uppercase(), &app[1..]);
    let organization = organization.map(|name| format!("organization: \"{name}\", ")).unwrap_or_default();
    let text = format!(
        r#"defmodule {module}.MixProject do
  use Mix.Project

  def project do
    [
      app: :{app},
      version: "{version}",
      description: "The application {app}.",
      package: [{organization}files: ["lib", "mix.exs"], licenses: ["Apache-2.0"], links: %{{"Source" => "https://example.com"}}],
      aliases: [docs: &docs/1],
      deps: [{deps}]
    ]
  end

  defp docs(_) do
    File.mkdir_p!("doc")
    File.write!("doc/index.html", "<h1>{app}</h1>")
  end
end
"#
    );
    home.write(&format!("{app}/mix.exs"), text);
    home.write(
        &format!("{app}/lib/{app}.ex"),
        format!("defmodule {module} do\n  def version, do: \"{version}\"\nend\n"),
    );
}

async fn mix(home: &Home, folder: &str, arguments: &[&str]) -> Run {
    home.run(folder, "mix", arguments).await
}

/// Fetches the dependencies of `app` as on a machine that has never fetched before.
async fn fetch_anew(home: &Home) -> Run {
    home.remove(&[".hex/cache.ets", ".hex/packages", "app/deps", "app/mix.lock"]);
    mix(home, "app", &["deps.get"]).await
}

/// Makes our server the `hexpm` of this machine.
async fn point_hexpm_at(registry: &Registry, home: &Home) {
    home.write("skep.pem", registry.public_key().await);
    let repository = registry.repository();
    mix(home, "", &["hex.repo", "set", "hexpm", "--url", &repository, "--public-key", "skep.pem"])
        .await
        .succeeds();
}

/// Publishes `twig` of the organization and the public `leaf` with `mix` itself.
async fn publish(registry: &Registry, hex: &Hex) {
    let owner = owners_machine(registry, hex).await;
    project(&owner, "leaf", "1.0.0", None, "");
    mix(&owner, "leaf", &["hex.publish", "package", "--yes"]).await.says("Package published to").succeeds();
    project(&owner, "twig", "1.0.0", None, "");
    let arguments = ["hex.publish", "package", "--organization", "acme", "--yes"];
    mix(&owner, "twig", &arguments).await.says("Package published to").succeeds();
}

/// `hexpm` is our server, and `skep organization auth` wrote the rest.
#[tokio::test]
async fn fetches_with_our_files_where_hexpm_is_our_server() {
    for hex in versions().await {
        let registry = Registry::start().await;
        publish(&registry, &hex).await;
        let home = machine(&registry, &hex);
        point_hexpm_at(&registry, &home).await;
        let key = registry.organization_key("owner", "acme", "ci").await;
        home.skep(&["organization", "auth", "acme", "--key", &key, "--yes"]).await.succeeds();
        project(&home, "app", "0.1.0", None, r#"{:twig, "~> 1.0", organization: "acme"}, {:leaf, "~> 1.0"}"#);
        fetch_anew(&home).await.says("Getting twig").says("Getting leaf").succeeds();
        rewrite(&home).await;
        fetch_anew(&home).await.says("Getting twig").says("Getting leaf").succeeds();
        assert_eq!(mix(&home, "", &["hex.organization", "list"]).await.succeeds(), "acme");
    }
}

/// `hexpm` stays what it is, and the organization is fetched from our server under `organization: "acme"`.
#[tokio::test]
async fn fetches_with_our_files_beside_hexpm() {
    for hex in versions().await {
        let registry = Registry::start().await;
        publish(&registry, &hex).await;
        let home = machine(&registry, &hex);
        let key = registry.organization_key("owner", "acme", "ci").await;
        let auth = ["organization", "auth", "acme", "--key", &key, "--yes"];
        home.skep(&auth).await.succeeds();
        project(&home, "app", "0.1.0", None, r#"{:twig, "~> 1.0", organization: "acme"}"#);
        fetch_anew(&home).await.says("Getting twig").succeeds();

        // Hex 2.5 drops a field that it needs when it writes the file. We say so, and mend it.
        rewrite(&home).await;
        let list = home.skep(&["organization", "list"]).await;
        list.succeeds();
        if list.stderr.contains("mix 2.5 has dropped") {
            fetch_anew(&home).await.fails();
            home.skep(&auth).await.succeeds();
        }
        fetch_anew(&home).await.says("Getting twig").succeeds();
    }
}

/// The organization is a repository of its own name, beside `hexpm`, which every version and every rewrite leaves whole.
#[tokio::test]
async fn fetches_with_our_files_under_a_name_of_its_own() {
    for hex in versions().await {
        let registry = Registry::start().await;
        publish(&registry, &hex).await;
        let home = machine(&registry, &hex);
        let key = registry.organization_key("owner", "acme", "ci").await;
        home.skep(&["organization", "auth", "acme", "--repo", "acme", "--key", &key, "--yes"])
            .await
            .succeeds();
        project(&home, "app", "0.1.0", None, r#"{:twig, "~> 1.0", repo: "acme"}"#);
        fetch_anew(&home).await.says("Getting twig").succeeds();
        rewrite(&home).await;
        fetch_anew(&home).await.says("Getting twig").succeeds();

        home.skep(&["organization", "deauth", "acme", "--repo", "acme"]).await.succeeds();
        fetch_anew(&home).await.says("Unknown repository \"acme\"").fails();
    }
}

#[tokio::test]
async fn bad_keys_are_refused() {
    for hex in versions().await {
        let registry = Registry::start().await;
        publish(&registry, &hex).await;
        let home = machine(&registry, &hex);
        let key = registry.organization_key("owner", "acme", "ci").await;
        home.skep(&["organization", "auth", "acme", "--key", &key, "--yes"]).await.succeeds();
        project(&home, "app", "0.1.0", None, r#"{:twig, "~> 1.0", organization: "acme"}"#);
        fetch_anew(&home).await.succeeds();
        let config = home.read(".hex/hex.config");
        for bad in [
            registry.user_key("stranger", "everything").await,
            registry.organization_key("stranger", "other", "ci").await,
            registry.expired_key().await,
            "0123456789abcdef0123456789abcdef".to_owned(),
        ] {
            home.write(".hex/hex.config", config.replace(&key, &bad));
            fetch_anew(&home).await.says("No package with name twig").fails();
            mix(&home, "", &["hex.organization", "auth", "acme", "--key", &bad])
                .await
                .says("Failed to authenticate");
        }
        home.write(".hex/hex.config", &config);
        fetch_anew(&home).await.succeeds();
        let owner = registry.owners_home().await;
        owner.skep(&["organization", "key", "acme", "revoke", "ci"]).await.succeeds();
        fetch_anew(&home).await.says("No package with name twig").fails();

        // A key that may only read, one of a stranger, and none at all. Hex 0.20 fails with exit code 0.
        let mut home = machine(&registry, &hex);
        project(&home, "twig", "1.1.0", None, "");
        let publish = ["hex.publish", "package", "--organization", "acme", "--yes"];
        for bad in [registry.read_key("owner").await, registry.user_key("stranger", "publish").await] {
            home.set("HEX_API_KEY", bad);
            mix(&home, "twig", &publish).await.does_not_say("Package published");
        }
        home.unset("HEX_API_KEY");
        mix(&home, "twig", &publish).await.does_not_say("Package published");
        registry.owner().await.get("/repo/repos/acme/tarballs/twig-1.1.0.tar").await.expect_status(404);
    }
}

/// Makes `mix` write `hex.config` anew.
async fn rewrite(home: &Home) {
    let before = home.read(".hex/hex.config");
    mix(home, "", &["hex.repo", "add", "elsewhere", "http://127.0.0.1:9/repo"]).await.succeeds();
    assert_ne!(home.read(".hex/hex.config"), before, "mix has not written the file");
}
