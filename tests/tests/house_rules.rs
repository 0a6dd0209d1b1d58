//! The rules of CONTRIBUTING.md that a compiler does not check, checked: the size of files, words that must not stand
//! in code, which crate may know what, and links in the documents.

use std::fs;
use std::path::{Path, PathBuf};

/// Most lines of a file of logic.
const MAX_LINES: usize = 500;

/// Files that are tables: one entry after another, with nothing to follow. They may be longer.
const TABLES: &[&str] = &[];

/// What a crate must not depend on, at run time or to build: the boundaries of ARCHITECTURE.md.
const MUST_NOT_KNOW: &[(&str, &[&str])] = &[
    ("hex-format", &["tokio", "futures", "reqwest", "axum", "sqlx", "hyper"]),
    ("hex-registry", &["tokio", "futures", "reqwest", "axum", "sqlx", "hyper"]),
    ("hex-static", &["tokio", "futures", "reqwest", "axum", "sqlx", "hyper"]),
    ("skep-store", &["axum", "hyper", "reqwest", "skep-core"]),
    ("skep-core", &["axum", "hyper", "reqwest", "sqlx"]),
    ("skep-server", &["sqlx", "skep-store"]),
    ("skep-client", &["axum", "sqlx", "skep-core", "skep-store", "skep-server"]),
    ("skep", &["axum", "sqlx"]),
];

/// What must not stand in any Rust file, and what to do instead.
const NOWHERE: &[(&str, &str)] = &[
    ("todo!(", "finish it, or leave it out"),
    ("unimplemented!(", "finish it, or leave it out"),
    ("#[ignore", "a test runs, or goes"),
    ("#[allow(", "#[expect(…, reason = \"…\")] says why and ends when it is not needed any more"),
    ("#![allow(", "#![expect(…, reason = \"…\")] says why and ends when it is not needed any more"),
];

/// What must not stand outside tests, and what to do instead.
const ONLY_IN_TESTS: &[(&str, &str)] = &[(".unwrap()", "expect(\"why this cannot fail\"), or an error")];

#[test]
fn files_of_logic_are_short() {
    let complaints = rust_files().into_iter().filter_map(|file| {
        let lines = fs::read_to_string(&file).expect("a Rust file is text").lines().count();
        let exempt = is_test(&file) || TABLES.contains(&name(&file).as_str());
        (lines > MAX_LINES && !exempt)
            .then(|| format!("{}: {lines} lines, {MAX_LINES} are allowed", name(&file)))
    });
    none(complaints.collect());
}

#[test]
fn forbidden_words_do_not_occur() {
    let mut complaints = Vec::new();
    for file in rust_files().into_iter().filter(|file| !file.ends_with(file!())) {
        let text = fs::read_to_string(&file).expect("a Rust file is text");
        let mut in_tests = is_test(&file);
        for (number, line) in (1..).zip(text.lines()) {
            // Unit tests stand at the end of their file.
            in_tests |= line.trim() == "#[cfg(test)]" && !text.contains("#[cfg(test)]\nmod tests;");
            let code = line.split("//").next().unwrap_or_default();
            let only_in_tests = if in_tests { &[][..] } else { ONLY_IN_TESTS };
            for (word, instead) in NOWHERE.iter().chain(only_in_tests) {
                if code.contains(word) {
                    complaints.push(format!("{}:{number}: {word} (instead: {instead})", name(&file)));
                }
            }
        }
    }
    none(complaints);
}

#[test]
fn every_module_says_why_it_exists() {
    let files = rust_files().into_iter().filter(|file| !is_test(file));
    let silent =
        files.filter(|file| !fs::read_to_string(file).expect("a Rust file is text").starts_with("//!"));
    none(silent.map(|file| format!("{} does not open with //!", name(&file))).collect());
}

#[test]
fn every_crate_follows_the_lints_of_the_workspace() {
    let manifests = manifests();
    assert!(manifests.len() > 5, "the crates are found");
    let loose = manifests.into_iter().filter(|manifest| {
        let text = fs::read_to_string(manifest).expect("a manifest is text");
        // The fuzz targets are a workspace of their own, with lints of their own.
        !text.contains("\n[workspace]") && !text.contains("\n[lints]\nworkspace = true\n")
    });
    none(loose.map(|manifest| format!("{} has no [lints] workspace = true", name(&manifest))).collect());
}

#[test]
fn crates_do_not_know_what_they_must_not_know() {
    let mut complaints = Vec::new();
    for (krate, forbidden) in MUST_NOT_KNOW {
        let manifest = root().join("crates").join(krate).join("Cargo.toml");
        let text = fs::read_to_string(&manifest).expect("every crate has a manifest");
        for known in dependencies(&text).filter(|dependency| forbidden.contains(dependency)) {
            complaints.push(format!("{krate} must not depend on {known}"));
        }
    }
    none(complaints);
}

#[test]
fn links_in_the_documents_lead_somewhere() {
    let documents = files_under(&root(), "md");
    assert!(documents.iter().any(|document| document.ends_with("README.md")), "the documents are found");
    let mut complaints = Vec::new();
    for document in documents {
        let text = fs::read_to_string(&document).expect("a document is text");
        let folder = document.parent().expect("a file has a folder");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split('#').next().unwrap_or_default();
            let outside = target.contains("://") || target.starts_with("mailto:");
            if !outside && !path.is_empty() && !folder.join(path).exists() {
                complaints.push(format!("{}: nothing at {target}", name(&document)));
            }
        }
    }
    none(complaints);
}

/// Names of what a manifest depends on, tests aside.
fn dependencies(manifest: &str) -> impl Iterator<Item = &str> {
    let mut counts = false;
    manifest.lines().filter_map(move |line| {
        if line.starts_with('[') {
            counts = line.contains("dependencies") && !line.contains("dev-dependencies");
            return None;
        }
        counts.then(|| line.split(['.', ' ', '=']).next().unwrap_or_default())
    })
}

fn none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the tests stand in the workspace").to_owned()
}

/// A path as it is called in the workspace.
fn name(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// Tests and what only tests use, by their place.
fn is_test(file: &Path) -> bool {
    let name = name(file);
    name.starts_with("tests/") || name.contains("/tests/") || name.ends_with("/tests.rs")
}

fn rust_files() -> Vec<PathBuf> {
    let files = files_under(&root(), "rs");
    assert!(files.len() > 50, "the sources are found");
    files
}

fn manifests() -> Vec<PathBuf> {
    let all = files_under(&root(), "toml").into_iter();
    all.filter(|file| file.ends_with("Cargo.toml") && file.parent() != Some(&root())).collect()
}

/// Files with this ending, without build results and hidden folders.
fn files_under(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of the workspace can be read").flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let hidden = name.to_string_lossy().starts_with('.');
        let built = name == "target" || path == root().join("data");
        if path.is_dir() && !hidden && !built {
            found.extend(files_under(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}
