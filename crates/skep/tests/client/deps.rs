//! `skep deps` about lock files of all three tools: what it shows, how it exits, and that it asks no more than it must.

use serde_json::Value;

use crate::mock::{Answer, Mock};
use crate::support::{Machine, answer, build, server};

/// A lock of mix with a private and a public `foo`, and one from git.
fn mix_lock() -> String {
    let hex = |app: &str, version: &str, repository: &str, deps: &str| {
        let built = build("foo", version);
        let (inner, outer) = (built.inner, built.outer);
        format!(
            "  \"{app}\": {{:hex, :foo, \"{version}\", \"{inner}\", [:mix], [{deps}], \"{repository}\", \"{outer}\"}},\n"
        )
    };
    let git = "  \"near\": {:git, \"https://example.com/near.git\", \"0123456789abcdef0123456789abcdef01234567\", []},\n";
    format!("%{{\n{}{git}}}\n", hex("foo", "1.9.0", "hexpm:acme", ""))
}

fn machine(server: &Mock) -> Machine {
    let machine = Machine::knowing(server);
    machine.put("mix.lock", &mix_lock());
    machine
}

/// A project of mix of which nothing is fetched, with names and requirements only.
const TREE: &str = r#"%{
  "deep": {:hex, :deep, "1.0.0", "0000000000000000000000000000000000000000000000000000000000000000", [:mix], [], "hexpm", "0000000000000000000000000000000000000000000000000000000000000000"},
  "leaf": {:hex, :leaf, "1.0.0", "0000000000000000000000000000000000000000000000000000000000000000", [:mix], [{:deep, "~> 1.0", [hex: :deep, repo: "hexpm", optional: false]}], "hexpm", "0000000000000000000000000000000000000000000000000000000000000000"},
  "near": {:git, "https://example.com/near.git", "0123456789abcdef0123456789abcdef01234567", []},
  "web": {:hex, :web, "2.0.0", "0000000000000000000000000000000000000000000000000000000000000000", [:mix], [{:leaf, ">= 1.0.0", [hex: :leaf, repo: "hexpm", optional: false]}, {:deep, "~> 1.0", [hex: :deep, repo: "hexpm", optional: true]}], "hexpm:acme", "0000000000000000000000000000000000000000000000000000000000000000"},
  "worker": {:hex, :worker, "0.1.0", "0000000000000000000000000000000000000000000000000000000000000000", [:mix], [{:leaf, "~> 1.0", [hex: :leaf, repo: "hexpm", optional: false]}], "hexpm", "0000000000000000000000000000000000000000000000000000000000000000"},
}
"#;

fn tree() -> Machine {
    let machine = Machine::new();
    machine.put("mix.lock", TREE);
    machine
}

#[test]
fn what_depends_on_what() {
    let machine = tree();
    insta::assert_snapshot!("deps-tree-of-all", machine.skep(&["deps", "tree"]).ok());
    assert_eq!(
        machine.skep(&["deps", "tree", "--depth", "0"]).ok(),
        "near 0123456789abcdef0123456789abcdef01234567 (git https://example.com/near.git)\nweb 2.0.0 (hexpm:acme)\nworker 0.1.0\n"
    );
    insta::assert_snapshot!("deps-tree-inverted", machine.skep(&["deps", "tree", "--invert", "leaf"]).ok());
    insta::assert_snapshot!("deps-why-deep", machine.skep(&["deps", "why", "deep"]).ok());
    insta::assert_snapshot!("deps-list-text", machine.skep(&["deps", "list"]).ok());
    let list: Value = serde_json::from_str(machine.skep(&["deps", "list", "--json"]).ok()).unwrap();
    insta::assert_json_snapshot!("deps-list-json", list);
    let error = machine.skep(&["deps", "why", "nothing"]).failed().to_owned();
    assert_eq!(error, "nothing is not a dependency");
    assert_eq!(machine.files(), ["mix.lock"], "looking writes nothing");
}

#[test]
fn several_lock_files() {
    let machine = tree();
    machine.put("rebar.lock", "{\"1.2.0\",[{<<\"leaf\">>,{pkg,<<\"leaf\">>,<<\"1.0.0\">>},0}]}.\n");
    let told = machine.skep(&["deps", "why", "leaf"]);
    assert!(told.stderr.contains("rebar.lock does not say what its packages depend on"), "{}", told.stderr);
    assert_eq!(
        told.ok(),
        "mix.lock\nweb 2.0.0 → leaf 1.0.0\nworker 0.1.0 → leaf 1.0.0\n\nrebar.lock\nleaf 1.0.0 is at the top\n"
    );
    let one = machine.skep(&["deps", "why", "leaf", "--lock", "rebar.lock"]);
    assert_eq!(one.ok(), "leaf 1.0.0 is at the top\n");
}

#[test]
fn lock_files_that_are_none() {
    let machine = Machine::new();
    for command in ["list", "tree", "fetch", "licenses"] {
        let error = machine.skep(&["deps", command]).failed().to_owned();
        assert!(error.starts_with("there is no mix.lock, rebar.lock or manifest.toml in ."), "{error}");
    }
    machine.put("mix.lock", "<<<<<<< HEAD\n%{}\n");
    let error = machine.skep(&["deps", "list"]).failed().to_owned();
    assert!(error.contains("unresolved merge conflicts (line 1)"), "{error}");
    machine.put("Cargo.lock", "[[package]]\n");
    let error = machine.skep(&["deps", "list", "--lock", "Cargo.lock"]).failed().to_owned();
    assert!(error.contains("Cargo.lock is neither a mix.lock, a rebar.lock nor a manifest.toml"), "{error}");
}

#[test]
fn fetching_fills_the_cache_once() {
    let server = server();
    let machine = machine(&server);
    let check = machine.skep(&["deps", "fetch", "--check"]);
    assert_eq!((check.code, check.stdout()), (1, "missing foo 1.9.0\n0 fetched, 0 already there\n"));
    assert_eq!(check.stderr, "error: 1 release is missing: run `skep deps fetch`\n");
    assert_eq!(server.requests().len(), 0);

    assert_eq!(machine.skep(&["deps", "fetch"]).ok(), "1 fetched, 0 already there\n");
    let lines: Vec<String> = server.requests().iter().map(|request| request.line()).collect();
    assert_eq!(lines, ["GET /repo/repos/acme/packages/foo", "GET /repo/repos/acme/tarballs/foo-1.9.0.tar"]);
    let path = machine.path(".hex/packages/hexpm:acme/foo-1.9.0.tar");
    assert_eq!(std::fs::read(&path).unwrap(), build("foo", "1.9.0").tarball);
    assert!(machine.path(".hex/cache.ets").exists());

    let again: Value = serde_json::from_str(machine.skep(&["deps", "fetch", "--json"]).ok()).unwrap();
    assert_eq!(again[0]["releases"][0]["status"], "kept");
    assert_eq!((&again[0]["tool"], &again[0]["kept"]), (&"mix".into(), &1.into()));
    std::fs::write(&path, "half").unwrap();
    let mended: Value = serde_json::from_str(machine.skep(&["deps", "fetch", "--json"]).ok()).unwrap();
    assert_eq!(mended[0]["releases"][0]["status"], "replaced");
    assert_eq!(machine.skep(&["deps", "fetch", "--check"]).ok(), "0 fetched, 1 already there\n");
}

/// The lock file says another checksum than the signed registry.
#[test]
fn another_release_is_refused() {
    let server = server();
    let machine = machine(&server);
    let outer = build("foo", "1.9.0").outer.to_string();
    machine.put("mix.lock", &mix_lock().replace(&outer, &"0".repeat(64)));
    let failed = machine.skep(&["deps", "fetch"]);
    assert_eq!(failed.code, 1);
    assert!(
        failed.stdout().starts_with("failed foo 1.9.0: the lock file has checksum 000000"),
        "{}",
        failed.stdout()
    );
    assert_eq!(failed.stderr, "error: 1 release is not fetched\n");
    assert!(!machine.files().iter().any(|file| file.starts_with(".hex/packages") || file.ends_with(".ets")));
}

/// hex.pm is not told the name of a package that may be private.
#[test]
fn gleam_asks_nobody_else_while_a_private_repository_is_silent() {
    let server = Mock::start(|request| match request.path() {
        "/repo/repos/acme/names" => Answer::new(500, ""),
        _ => answer(request),
    });
    let machine = machine(&server);
    std::fs::remove_file(machine.path("mix.lock")).unwrap();
    let zeros = "0".repeat(64);
    machine.put(
        "manifest.toml",
        &format!("packages = [\n  {{ name = \"foo\", version = \"1.9.0\", build_tools = [\"gleam\"], requirements = [], source = \"hex\", outer_checksum = \"{zeros}\" }},\n]\n"),
    );
    for command in [["deps", "fetch"], ["audit", "--json"]] {
        let failed = machine.skep(&command);
        assert_eq!(failed.code, 1);
        let told = "repository hexpm:acme does not answer, so it is not known whose foo is";
        let said = format!("{}{}", failed.stdout(), failed.stderr);
        assert!(said.contains(told), "{said}");
    }
    let asked = server.requests();
    assert!(asked.iter().all(|request| request.path() == "/repo/repos/acme/names"), "{asked:?}");
}

/// Gleam names no repository: those that tell that they have it are asked first, and hex.pm last.
#[test]
fn gleam_goes_by_the_checksum() {
    let server = server();
    let machine = machine(&server);
    std::fs::remove_file(machine.path("mix.lock")).unwrap();
    let outer = build("foo", "1.9.0").outer.to_upper_hex();
    machine.put(
        "manifest.toml",
        &format!("packages = [\n  {{ name = \"foo\", version = \"1.9.0\", build_tools = [\"gleam\"], requirements = [], source = \"hex\", outer_checksum = \"{outer}\" }},\n]\n"),
    );
    assert_eq!(machine.skep(&["deps", "fetch"]).ok(), "1 fetched, 0 already there\n");
    assert!(machine.path(&format!(".cache/gleam/hex/hexpm/packages/{outer}.tar")).exists());
    let lines: Vec<String> = server.requests().iter().map(|request| request.line()).collect();
    assert_eq!(lines, ["GET /repo/repos/acme/names", "GET /repo/repos/acme/tarballs/foo-1.9.0.tar"]);
    // What is there by its checksum needs no repository.
    assert_eq!(machine.skep(&["deps", "fetch"]).ok(), "0 fetched, 1 already there\n");
    assert_eq!(server.requests().len(), 2);
}

/// `mix.exs` says what is at the top, where it says so in plain text.
#[test]
fn the_top_is_what_mix_exs_asks_for() {
    let machine = tree();
    machine.put(
        "mix.exs",
        "[{:web, \"~> 2.0\"}, {:leaf, \">= 1.0.0\"}, {:near, git: \"https://example.com/near.git\"}]",
    );
    assert_eq!(
        machine.skep(&["deps", "tree", "--depth", "0"]).ok(),
        "leaf 1.0.0\nnear 0123456789abcdef0123456789abcdef01234567 (git https://example.com/near.git)\nweb 2.0.0 (hexpm:acme)\nworker 0.1.0\n"
    );
}

/// Packages in folders have versions and dependencies, too, and nobody's path is a version.
#[test]
fn logins_in_addresses_are_not_told() {
    let machine = Machine::new();
    let git =
        "{:git, \"https://me:t0ken@example.com/near.git\", \"0123456789abcdef0123456789abcdef01234567\", []}";
    machine.put("mix.lock", &format!("%{{\n  \"near\": {git},\n}}\n"));
    for command in
        [&["deps", "list"][..], &["deps", "tree"], &["deps", "list", "--json"], &["deps", "tree", "--json"]]
    {
        let outcome = machine.skep(command);
        assert!(outcome.ok().contains("git https://example.com/near.git"), "{}", outcome.stdout());
        assert!(!outcome.stdout().contains("t0ken"), "{}", outcome.stdout());
    }
}

#[test]
fn packages_in_folders() {
    let machine = Machine::new();
    let zeros = "0".repeat(64);
    machine.put("manifest.toml", &format!(
        "packages = [\n  {{ name = \"leaf\", version = \"1.1.0\", build_tools = [\"gleam\"], requirements = [], otp_app = \"leaf\", source = \"hex\", \
         outer_checksum = \"{zeros}\" }},\n  {{ name = \"near\", version = \"1.0.0\", build_tools = [\"gleam\"], requirements = [\"leaf\"], source = \
         \"local\", path = \"../near\" }},\n]\n\n[requirements]\nnear = {{ path = \"../near\" }}\n"
    ));
    assert_eq!(machine.skep(&["deps", "tree"]).ok(), "near 1.0.0 (local ../near)\n└── leaf 1.1.0\n");
    assert_eq!(machine.skep(&["deps", "why", "leaf"]).ok(), "near 1.0.0 → leaf 1.1.0\n");
}

/// Only `gleam.toml` says which repository a package of Gleam is of.
#[test]
fn a_bill_of_materials_of_gleam_knows_private_packages() {
    let server = server();
    let machine = machine(&server);
    std::fs::remove_file(machine.path("mix.lock")).unwrap();
    let zeros = "0".repeat(64);
    let line = |name: &str| {
        format!(
            "  {{ name = \"{name}\", version = \"1.0.0\", build_tools = [\"gleam\"], requirements = [], otp_app = \"{name}\", \
             source = \"hex\", outer_checksum = \"{zeros}\" }},\n"
        )
    };
    machine
        .put("manifest.toml", &format!("packages = [\n{}{}]\n[requirements]\n", line("leaf"), line("twig")));
    machine.put(
        "gleam.toml",
        "name = \"shop\"\nversion = \"1.2.3\"\n[tools.skep.packages]\ntwig = \"hexpm:acme\"\n",
    );
    let bom: Value = serde_json::from_str(machine.skep(&["deps", "sbom"]).ok()).unwrap();
    assert_eq!(bom["metadata"]["component"]["version"], "1.2.3");
    let address = server.url("/repo").replace('/', "%2F");
    assert_eq!(bom["components"][0]["purl"], format!("pkg:hex/leaf@1.0.0?repository_url={address}"));
    assert_eq!(bom["components"][1]["purl"], format!("pkg:hex/acme/twig@1.0.0?repository_url={address}"));
}

/// Packages whose licences stand in the folders that mix has unpacked.
fn licensed() -> Machine {
    let machine = tree();
    for (name, version, licenses) in [
        ("deep", "1.0.0", "<<\"Apache 2\">>"),
        ("leaf", "1.0.0", "<<\"MIT\">>,<<\"Acme\\e[2J, Terms\">>"),
        ("web", "2.0.0", ""),
    ] {
        let text = format!(
            "{{<<\"name\">>,<<\"{name}\">>}}.\n{{<<\"version\">>,<<\"{version}\">>}}.\n{{<<\"licenses\">>,[{licenses}]}}.\n{{<<\"description\">>,<<\"About {name}\">>}}.\n"
        );
        machine.put(&format!("deps/{name}/hex_metadata.config"), &text);
    }
    machine
}

#[test]
fn who_asks_for_support() {
    let machine = licensed();
    assert_eq!(machine.skep(&["deps", "sponsors"]).ok(), "No dependencies with sponsorship link found\n");
    let links = "{<<\"links\">>,[{<<\"Home\">>,<<\"https://example.com\">>},{<<\"Sponsor\">>,<<\"https://example.com/give\">>}]}.\n";
    machine.put("deps/leaf/hex_metadata.config", &(machine.text("deps/leaf/hex_metadata.config") + links));
    let told = machine.skep(&["deps", "sponsors"]);
    assert_eq!(told.ok(), "Dependency  Sponsorship\nleaf        https://example.com/give\n");
    assert_eq!(told.stderr, "warning: 1 package is not on this machine: run `skep deps fetch` first\n");
    let json: Value = serde_json::from_str(machine.skep(&["deps", "sponsors", "--json"]).ok()).unwrap();
    assert_eq!(json[0]["packages"][0]["url"], "https://example.com/give");
}

#[test]
fn licenses_are_grouped_and_checked() {
    let machine = licensed();
    let told = machine.skep(&["deps", "licenses"]);
    assert_eq!(told.stderr, "warning: 1 package is not on this machine: run `skep deps fetch` first\n");
    insta::assert_snapshot!("deps-licenses-text", told.ok());
    insta::assert_snapshot!("deps-licenses-csv", machine.skep(&["deps", "licenses", "--csv"]).ok());
    let denied = machine.skep(&["deps", "licenses", "--deny", "apache-2.0"]);
    assert_eq!(denied.code, 1);
    assert!(denied.stdout().contains("refused: deep 1.0.0: Apache-2.0 is denied\n"), "{}", denied.stdout());

    // What is not known is not allowed.
    let unknown = machine.skep(&["deps", "licenses", "--allow", "MIT,Apache-2.0,ISC"]);
    assert_eq!(unknown.stderr, "error: 1 package is not on this machine: run `skep deps fetch` first\n");
    machine.put(
        "deps/worker/hex_metadata.config",
        "{<<\"name\">>,<<\"worker\">>}.\n{<<\"version\">>,<<\"0.1.0\">>}.\n{<<\"licenses\">>,[<<\"MIT OR ISC\">>]}.\n",
    );
    let refused = machine.skep(&["deps", "licenses", "--allow", "MIT,Apache-2.0", "--json"]);
    assert_eq!(
        (refused.code, refused.stderr.as_str()),
        (
            1,
            "{\"error\":{\"code\":\"failed\",\"message\":\"2 packages are not allowed by their licences\"}}\n"
        )
    );
    let told: Value = serde_json::from_str(refused.stdout()).unwrap();
    insta::assert_json_snapshot!("deps-licenses-json", told);
    machine.skep(&["deps", "licenses", "--allow", "MIT,Apache-2.0", "--except", "leaf,web"]).ok();
    let nonsense = machine.skep(&["deps", "licenses", "--allow", "Whatever"]);
    assert!(nonsense.failed().contains("\"Whatever\" names no single licence"));
}

#[test]
fn bills_of_materials_are_the_same_again() {
    let machine = licensed().with("SOURCE_DATE_EPOCH", "1700000000");
    for format in ["cyclonedx", "spdx"] {
        let sbom = ["deps", "sbom", "--format", format, "--name", "shop", "--project-version", "1.2.3"];
        let first: Value = serde_json::from_str(machine.skep(&sbom).ok()).unwrap();
        insta::assert_json_snapshot!(format!("deps-sbom-{format}"), first);
        let with_file = [&sbom[..], &["-o", "bom.json", "--quiet"]].concat();
        assert_eq!(machine.skep(&with_file).ok(), "");
        assert_eq!(machine.text("bom.json"), machine.skep(&sbom).ok());
    }
    // CycloneDX is what is meant without a word.
    let default = machine.skep(&["deps", "sbom"]);
    assert!(default.ok().contains("\"bomFormat\": \"CycloneDX\""));
    let wrong = licensed().with("SOURCE_DATE_EPOCH", "yesterday");
    let error = wrong.skep(&["deps", "sbom", "--format", "spdx"]);
    assert!(error.stderr.contains("SOURCE_DATE_EPOCH is \"yesterday\", not seconds"), "{}", error.stderr);
}

/// Reading is quick: a lock file of five hundred entries, and the tree of it.
#[test]
fn large_lock_files() {
    let hash = "0".repeat(64);
    let line = |n: usize| {
        let deps: Vec<String> = (1..4)
            .map(|step| n * 3 + step)
            .filter(|dep| *dep < 500)
            .map(|dep| format!("{{:p{dep}, \"~> 1.0\", [hex: :p{dep}, repo: \"hexpm\", optional: false]}}"))
            .collect();
        format!(
            "  \"p{n}\": {{:hex, :p{n}, \"1.0.0\", \"{hash}\", [:mix], [{}], \"hexpm\", \"{hash}\"}},\n",
            deps.join(", ")
        )
    };
    let machine = Machine::new();
    machine.put("mix.lock", &format!("%{{\n{}}}\n", (0..500).map(line).collect::<String>()));
    let told: Value = serde_json::from_str(machine.skep(&["deps", "list", "--json"]).ok()).unwrap();
    assert_eq!(told[0]["dependencies"].as_array().unwrap().len(), 500);
    assert_eq!(machine.skep(&["deps", "tree"]).ok().lines().count(), 500);
}
