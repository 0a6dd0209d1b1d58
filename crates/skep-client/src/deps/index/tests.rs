use std::fs;

use hex_registry::Timestamp;
use hex_registry::package::{Advisory, Dependency, Release, Retirement, RetirementReason, Severity};
use tempfile::TempDir;

use super::*;

fn machine() -> (TempDir, Caches) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().to_owned();
    let caches = Caches::discover(|name| match name {
        "HOME" => Some(path.clone().into()),
        "PATH" => Some(path.join("bin").into()),
        _ => None,
    });
    (home, caches.unwrap())
}

fn known(repository: &str, name: &str) -> Known {
    let dependency = |repository: &str, optional| Dependency {
        repository: repository.to_owned(),
        package: "leaf".to_owned(),
        requirement: "~> 1.0".to_owned(),
        optional,
        app: "leaf_app".to_owned(),
    };
    let release = |version: &str| Release {
        version: version.to_owned(),
        inner_checksum: [1; 32],
        outer_checksum: [2; 32],
        dependencies: vec![dependency("acme", false), dependency("hexpm", true)],
        retirement: Some(Retirement {
            reason: RetirementReason::Security,
            message: Some("leaks".to_owned()),
        }),
        advisory_ids: vec!["A-1".to_owned()],
        published_at: Some(Timestamp::from_unix_micros(5_000_000)),
    };
    let advisory = Advisory {
        id: "A-1".to_owned(),
        summary: "bad".to_owned(),
        html_url: "https://h".to_owned(),
        api_url: "https://a".to_owned(),
        severity: Some(Severity::High),
        cvss_score: Some(7.5),
        aliases: vec!["CVE-1".to_owned()],
    };
    let package = Package {
        repository: "acme".to_owned(),
        name: name.to_owned(),
        releases: vec![release("1.0.0-rc.1+b.2"), release("1.0.0")],
        advisories: vec![advisory],
    };
    Known { repository: repository.to_owned(), package }
}

/// All rows as Erlang would print them.
fn printed(caches: &Caches, tool: Tool) -> Vec<String> {
    let index = Index::load(caches, tool).unwrap().unwrap();
    let mut rows: Vec<String> =
        index.rows.iter().map(|row| hex_format::erlang::print(&Term::Tuple(row.fields().unwrap()))).collect();
    rows.sort();
    rows
}

fn add_one(caches: &Caches, tool: Tool, known: Known) {
    add(caches, tool, &[known], 0, |_| vec!["https://new".to_owned(), "https://new/repos/acme".to_owned()])
        .unwrap();
}

#[test]
fn rows_of_mix() {
    let (_home, caches) = machine();
    add_one(&caches, Tool::Mix, known("hexpm:acme", "twig"));
    insta::assert_snapshot!(printed(&caches, Tool::Mix).join("\n"));
}

#[test]
fn rows_of_rebar3() {
    let (_home, caches) = machine();
    add_one(&caches, Tool::Rebar3, known("hexpm:acme", "twig"));
    insta::assert_snapshot!(printed(&caches, Tool::Rebar3).join("\n"));
}

#[test]
fn the_form_is_that_of_the_tool() {
    let (home, caches) = machine();
    let install = |name: &str, version: &str| {
        let folder = home.path().join(".mix/archives").join(name).join(name).join("ebin");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("hex.app"), format!("{{application,hex,[{{vsn,\"{version}\"}}]}}.\n")).unwrap();
    };
    install("hex-2.4.2", "2.4.2");
    fs::create_dir_all(home.path().join("bin")).unwrap();
    fs::write(home.path().join("bin/rebar3"), "#!/usr/bin/env escript\n%% Rebar3 3.19.0\n").unwrap();
    for tool in [Tool::Mix, Tool::Rebar3] {
        add_one(&caches, tool, known("hexpm:acme", "twig"));
    }
    let mix = printed(&caches, Tool::Mix);
    assert!(mix.contains(&"{version,3}".to_owned()));
    assert!(!mix.iter().any(|row| row.contains("advisories") || row.contains("published_at")));
    let rebar3 = printed(&caches, Tool::Rebar3);
    assert!(rebar3.contains(&"{6,package_index_version}".to_owned()));
    assert_eq!(rebar3[1].matches("leaf_app").count(), 2, "this one takes optional dependencies for others");

    // A newer tool throws it away, and so do we.
    install("hex", "2.5.1");
    fs::write(home.path().join("bin/rebar3"), "#!/usr/bin/env escript\n%% Rebar3 3.27.0+build.1\n").unwrap();
    for tool in [Tool::Mix, Tool::Rebar3] {
        let index = Index::load(&caches, tool).unwrap().unwrap();
        assert!(index.rows.is_empty());
    }
}

#[test]
fn other_packages_stay_unless_their_repository_moved() {
    let (_home, caches) = machine();
    let name = "twig".parse().unwrap();
    let version = "1.0.0".parse().unwrap();
    let knows = |repository: &str| {
        Index::load(&caches, Tool::Mix).unwrap().unwrap().knows(repository, &name, &version, None)
    };
    add_one(&caches, Tool::Mix, known("hexpm:acme", "twig"));
    add_one(&caches, Tool::Mix, known("hexpm:acme", "other"));
    add_one(&caches, Tool::Mix, known("mysrv", "other"));
    assert!(knows("hexpm:acme"));
    // As Hex 2.0 spells the address of an organization, and with another one.
    for (url, stays) in [("https://new/repos/acme", true), ("https://new", true), ("https://old", false)] {
        let mut index = Index::load(&caches, Tool::Mix).unwrap().unwrap();
        index.set(vec![Term::pair(Term::atom("repo"), Term::bin("hexpm:acme")), Term::bin(url)]);
        fs::write(&index.path, ets::write(table(Tool::Mix), &index.rows)).unwrap();
        add_one(&caches, Tool::Mix, known("hexpm:acme", "other"));
        assert_eq!(knows("hexpm:acme"), stays, "{url}");
    }
    let index = Index::load(&caches, Tool::Mix).unwrap().unwrap();
    assert!(index.knows("mysrv", &"other".parse().unwrap(), &version, Some(Sha256::from_bytes([2; 32]))));
    assert!(!index.knows("mysrv", &"other".parse().unwrap(), &version, Some(Sha256::from_bytes([3; 32]))));
}
