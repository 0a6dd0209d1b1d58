//! Gleam itself. It has hex.pm built in, so it gets private packages through its cache and publishes through `skep`.
//!
//! Debian does not have it: `SKEP_TEST_GLEAM` names the program.

use hex_format::checksum::Sha256;

use crate::support::{Column, Home, Operation, Registry, Run};

const VARIABLE: &str = "SKEP_TEST_GLEAM";
const BUILT_IN: &str = "hex.pm is built in";

/// Gleam, and its version.
pub(super) struct BuildTool {
    program: String,
    version: String,
}

impl BuildTool {
    /// Nothing, and said so, if it is not there.
    pub(super) async fn find() -> Option<Self> {
        let Ok(program) = std::env::var(VARIABLE) else {
            #[expect(clippy::print_stderr, reason = "the test's output is where its reader looks")]
            {
                eprintln!("SKIPPED: {VARIABLE} is not set");
            }
            return None;
        };
        let told = Home::new("http://127.0.0.1:9").run("", &program, &["--version"]).await;
        let version = told.succeeds().trim_start_matches("gleam ").to_owned();
        Some(Self { program, version })
    }

    fn column(&self) -> Column {
        Column::new("gleam", &self.version)
    }

    pub(super) async fn run(&self, home: &Home, folder: &str, arguments: &[&str]) -> Run {
        home.run(folder, &self.program, arguments).await
    }
}

/// A machine without a way out to the internet.
pub(super) fn machine(registry: &Registry) -> Home {
    let mut home = registry.home();
    for proxy in ["HTTPS_PROXY", "HTTP_PROXY"] {
        home.set(proxy, "http://127.0.0.1:9");
    }
    home.set("NO_PROXY", "127.0.0.1");
    home
}

/// A project `name` with further lines of `gleam.toml`.
pub(super) fn project(home: &Home, name: &str, lines: &str) {
    let text = format!(
        "name = \"{name}\"\nversion = \"1.0.0\"\ndescription = \"The package {name}.\"\nlicences = [\"Apache-2.0\"]\n{lines}"
    );
    home.write(&format!("{name}/gleam.toml"), text);
}

/// A machine that has a key of the organization and nothing else.
pub(super) async fn build_machine(registry: &Registry) -> Home {
    let ci = machine(registry);
    let key = registry.organization_key("owner", "acme", "ci").await;
    ci.skep(&["organization", "auth", "acme", "--key", &key, "--yes"]).await.succeeds();
    ci
}

/// The locked project `app`, which calls version 1.0.0 of `twig`, a tarball with this checksum.
pub(super) fn app_with_twig(ci: &Home, checksum: &str) {
    project(ci, "app", "\n[dependencies]\ntwig = \">= 1.0.0 and < 2.0.0\"\n");
    ci.write("app/src/app.gleam", "import twig\n\npub fn main() {\n  twig.version()\n}\n");
    let manifest = format!(
        "packages = [\n  {{ name = \"twig\", version = \"1.0.0\", build_tools = [\"gleam\"], requirements = [], \
         otp_app = \"twig\", source = \"hex\", outer_checksum = \"{checksum}\" }},\n]\n\n[requirements]\ntwig = {{ \
         version = \">= 1.0.0 and < 2.0.0\" }}\n"
    );
    ci.write("app/manifest.toml", manifest);
}

#[tokio::test]
async fn packages_come_through_the_cache_and_go_through_skep() {
    let Some(gleam) = BuildTool::find().await else { return };
    let check = async {
        let registry = Registry::start().await;
        let mut home = machine(&registry);
        project(&home, "twig", "");
        // Without texts, which this Gleam writes in a form that Debian's Erlang does not read yet.
        home.write("twig/src/twig.gleam", "pub fn version() -> Int {\n  1\n}\n");
        gleam.run(&home, "twig", &["build"]).await.succeeds();
        home.set("HEX_API_KEY", registry.user_key("owner", "everything").await);
        let publish = ["publish", "twig", "--organization", "acme", "--yes"];
        home.skep(&publish).await.succeeds();

        // On a build machine, the tarball is put where Gleam would have put it.
        let ci = build_machine(&registry).await;
        ci.skep(&["package", "fetch", "twig", "1.0.0", "--organization", "acme"]).await.succeeds();
        let tarball = std::fs::read(ci.path().join("twig-1.0.0.tar")).expect("it was fetched");
        let checksum = Sha256::of(&tarball).to_upper_hex();
        ci.write(&format!(".cache/gleam/hex/hexpm/packages/{checksum}.tar"), &tarball);
        app_with_twig(&ci, &checksum);
        gleam.run(&ci, "app", &["build"]).await.says("Compiling twig").says("Compiling app").succeeds();
    };
    let column = gleam.column();
    let how = "through its cache or through `skep`, as the handbook says";
    column
        .all_work_except(&[Operation::Fetch, Operation::OfflineCache, Operation::Publish], how, check)
        .await;
}

#[tokio::test]
async fn what_it_does_not_do() {
    let Some(gleam) = BuildTool::find().await else { return };
    for operation in [
        Operation::Authenticate,
        Operation::SignIn,
        Operation::TwoFactor,
        Operation::Policy,
        Operation::AddRepository,
        Operation::Replace,
        Operation::Revert,
        Operation::Docs,
        Operation::Retire,
        Operation::Owners,
        Operation::Keys,
        Operation::OrganizationKeys,
        Operation::Exchange,
        Operation::Search,
        Operation::Info,
    ] {
        gleam.column().has_no(operation, BUILT_IN);
    }
}
