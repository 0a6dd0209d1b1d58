//! `skep package verify`.

use std::fs;
use std::sync::OnceLock;

use hex_format::checksum::Sha256;
use hex_format::tarball::{self, Limits, SourceFile, SourceKind};
use hex_registry::package::{Package, Release};
use serde_json::Value;

use crate::build::{gleam_project, played};
use crate::mock::{Answer, Mock};
use crate::support::{KEY, Machine, SIGNING, answer, build, fingerprint, server};

#[test]
fn what_the_registry_says_is_told() {
    let server = server();
    let machine = Machine::at(&server);
    let verified = machine.skep(&["package", "verify", "foo", "1.9.0", "--yes"]);
    let built = build("foo", "1.9.0");
    assert_eq!(
        verified.ok(),
        format!(
            "foo 1.9.0 of hexpm is what its registry says\nSigned by:      {}\nOuter checksum: {}\nInner checksum: {}\n",
            fingerprint(),
            built.outer,
            built.inner
        )
    );
    // What is on this machine proves nothing about the server.
    let cached = machine.path(".hex/packages/hexpm/foo-1.9.0.tar");
    fs::create_dir_all(cached.parent().unwrap()).unwrap();
    fs::write(cached, built.tarball).unwrap();
    let other = Mock::start(|request| match request.path() {
        "/repo/tarballs/foo-1.9.0.tar" => Answer::new(200, build("foo", "0.9.0").tarball),
        _ => answer(request),
    });
    let machine = machine.with("HEX_API_URL", &other.url("/api"));
    let failed = machine.skep(&["package", "verify", "foo", "1.9.0", "--fingerprint", &fingerprint()]);
    assert!(failed.failed().contains("the registry says"), "{}", failed.stderr);
}

#[test]
fn a_project_is_built_and_compared() {
    static PUBLISHED: OnceLock<Vec<u8>> = OnceLock::new();
    let server = Mock::start(|request| match request.path() {
        "/repo/repos/acme/packages/twig" => {
            let read = tarball::read(PUBLISHED.get().unwrap(), &Limits::default()).unwrap();
            let release = Release {
                version: "1.2.0".to_owned(),
                inner_checksum: *read.inner.as_bytes(),
                outer_checksum: *read.outer.as_bytes(),
                dependencies: Vec::new(),
                retirement: None,
                advisory_ids: Vec::new(),
                published_at: None,
            };
            let (repository, name) = ("acme".to_owned(), "twig".to_owned());
            let package = Package { repository, name, releases: vec![release], advisories: Vec::new() };
            Answer::new(200, package.to_signed(&SIGNING))
        }
        "/repo/repos/acme/tarballs/twig-1.2.0.tar" => Answer::new(200, PUBLISHED.get().unwrap().clone()),
        _ => answer(request),
    });
    let machine = Machine::at(&server).with("HEX_API_KEY", KEY);
    gleam_project(&machine, "twig");
    machine
        .skep(&["build", "twig", "--organization", "acme", "--private-dependency", "leaf", "-o", "p.tar"])
        .ok();
    let published = PUBLISHED.get_or_init(|| fs::read(machine.path("p.tar")).unwrap());

    let verify = ["package", "verify", "acme/twig", "1.2.0", "--project", "twig"];
    let fingerprint = fingerprint();
    let same = machine.skep(&[&verify[..], &["--fingerprint", &fingerprint]].concat());
    assert!(same.ok().ends_with("\ntwig builds the same bytes\n"), "{}", same.stdout());

    machine.put("twig/src/twig.gleam", "pub fn main() { 2 }\n");
    machine.put("twig/src/evil.gleam", "pub fn evil() { 1 }\n");
    let other = machine.skep(&verify);
    assert_eq!((other.code, other.stderr.as_str()), (1, ""));
    let told = "twig builds another package:\nStatus   Added  Removed  File\n";
    assert!(other.stdout().contains(told), "{}", other.stdout());
    assert!(other.stdout().contains("added    +1              src/evil.gleam\n"), "{}", other.stdout());
    let json: Value =
        serde_json::from_str(machine.skep(&[&verify[..], &["--json"]].concat()).stdout()).unwrap();
    assert_eq!(json["outer_checksum"], Sha256::of(published).to_string());
    assert_eq!(json["signed_by"], fingerprint);
    assert_eq!(
        (&json["project"]["identical"], json["project"]["files"].as_array().unwrap().len()),
        (&false.into(), 3)
    );

    let toml = machine.text("twig/gleam.toml").replace("1.2.0", "1.3.0");
    machine.put("twig/gleam.toml", &toml);
    assert_eq!(machine.skep(&verify).failed(), "the project in twig is twig 1.3.0, not twig 1.2.0");
}

/// rebar3 and mix write metadata in another order and with folders, which changes nothing of what is in the package.
#[test]
fn the_same_files_packed_otherwise() {
    let server = server();
    let machine = Machine::at(&server);
    let path = format!("{}:/usr/bin:/bin", machine.path("bin").display());
    let machine = machine.with("PATH", &path);
    machine.put("foo/mix.exs", "");
    played(&machine, "mix", "cp ../made.tar \"$3\"");
    let built = build("foo", "1.9.0").tarball;
    let read = tarball::read(&built, &Limits::default()).unwrap();
    let metadata = std::str::from_utf8(read.metadata).unwrap();
    let mut files = Vec::new();
    for (name, executable) in [("lib/code.ex", false), ("bin/run", true)] {
        let bytes: Vec<u8> = if executable { b"#!/bin/sh\n".into() } else { b"code".into() };
        files.push(SourceFile {
            path: name.parse().unwrap(),
            kind: SourceKind::File { bytes: bytes.into(), executable },
        });
    }
    let verify = |metadata: &str| {
        let other = tarball::build(metadata.as_bytes(), &files, &Limits::default()).unwrap();
        fs::write(machine.path("made.tar"), other.tarball).unwrap();
        machine.skep(&["package", "verify", "foo", "1.9.0", "--project", "foo", "--yes"])
    };
    let list = "[<<\"lib/code.ex\">>,<<\"bin/run\">>]";
    assert!(metadata.contains(list), "{metadata}");
    let same = verify(&metadata.replace(list, "[<<\"bin/run\">>,<<\"lib\">>,<<\"lib/code.ex\">>]"));
    assert!(same.ok().ends_with("\nfoo builds the same files, packed otherwise\n"), "{}", same.stdout());
    let other = verify(&metadata.replace("MIT", "ISC"));
    assert_eq!(other.code, 1);
    assert!(other.stdout().ends_with("changed  +1     -1       hex_metadata.config\n"), "{}", other.stdout());
}
