//! The compatibility page says what the committed results say, and nothing in it has been written by hand.

use std::path::Path;
use std::process::Command;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn root(path: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_page_is_what_the_results_give() {
    let check = Command::new("python3")
        .args(["-B", "tests/compatibility/page", "--check"])
        .current_dir(ROOT)
        .output()
        .expect("python3 can be started");
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}

/// What the gate runs at every change has a column for the version that it runs.
#[test]
fn the_crate_of_gleam_has_a_column_for_the_version_in_use() {
    let lock = root("Cargo.lock");
    let package = lock.split("[[package]]\n").find(|package| package.starts_with("name = \"hexpm\"\n"));
    let version = package.and_then(|package| package.split('"').nth(3)).expect("the crate is a dependency");
    let column = format!("| the crate hexpm {version} |");
    assert!(
        root("docs/compatibility.md").contains(&column),
        "there are no results for hexpm {version}: CONTRIBUTING.md says how to make them"
    );
}
