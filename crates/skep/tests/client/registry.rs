//! `skep registry …`: what is told, and what is refused.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::support::{Machine, SIGNING, build};

fn machine() -> Machine {
    let machine = Machine::new();
    machine.put("key.pem", &SIGNING.to_pkcs8_pem());
    tarball(&machine, "public/tarballs/foo-1.0.0.tar", "foo", "1.0.0");
    machine
}

fn tarball(machine: &Machine, file: &str, name: &str, version: &str) {
    fs::create_dir_all(machine.path(file).parent().unwrap()).unwrap();
    fs::write(machine.path(file), build(name, version).tarball).unwrap();
}

const BUILD: [&str; 7] = ["registry", "build", "public", "--name", "acme", "--private-key", "key.pem"];

#[test]
fn what_is_told() {
    let machine = machine();
    let built = machine.skep(&BUILD);
    insta::assert_snapshot!(built.ok(), @r"
    * creating public/packages
    * creating public/public_key
    * creating public/packages/foo
    * creating public/names
    * creating public/versions
    ");
    assert_eq!(built.stderr, "Built acme: 1 package, 1 release\n");
    let again = machine.skep(&BUILD);
    assert_eq!((again.ok(), &*again.stderr), ("", "Nothing has changed in acme: 1 package, 1 release\n"));
    tarball(&machine, "new.tar", "foo", "1.1.0");
    let add = ["registry", "add", "public", "new.tar", "--name", "acme", "--private-key", "-"];
    let added = machine.skep_with_input(&add, &SIGNING.to_pkcs8_pem());
    insta::assert_snapshot!(added.ok(), @r"
    * creating public/tarballs/foo-1.1.0.tar
    * updating public/packages/foo
    * updating public/names
    * updating public/versions
    ");
    let verified = machine.skep(&["registry", "verify", "public", "--name", "acme"]);
    let order = format!(
        "Registry acme is in order: 1 package, 2 releases, signed with {}\n",
        SIGNING.public_key().fingerprint()
    );
    assert_eq!(verified.ok(), order);
    fs::remove_file(machine.path("public/tarballs/foo-1.0.0.tar")).unwrap();
    let json: Value = serde_json::from_str(machine.skep(&[&BUILD[..], &["--json"]].concat()).ok()).unwrap();
    assert_eq!(json["changes"][0]["action"], "updating");
    assert_eq!(json["changes"][0]["file"], "packages/foo");
    assert_eq!((&json["packages"], &json["releases"]), (&1.into(), &1.into()));
}

#[test]
fn problems_are_a_failure() {
    let machine = machine();
    machine.skep(&BUILD).ok();
    fs::remove_file(machine.path("public/tarballs/foo-1.0.0.tar")).unwrap();
    let found = machine.skep(&["registry", "verify", "public"]);
    assert_eq!((found.code, found.stdout()), (1, "tarballs/foo-1.0.0.tar: it is missing\n"));
    assert_eq!(found.stderr, "error: there is 1 problem in public\n");
    let json = machine.skep(&["registry", "verify", "public", "--json"]);
    let value: Value = serde_json::from_str(json.stdout()).unwrap();
    assert_eq!((json.code, &value["findings"][0]["problem"]), (1, &"it is missing".into()));
}

#[test]
fn a_folder_that_was_not_meant_stays_as_it_is() {
    let machine = machine();
    machine.put("typo/README.md", "");
    for folder in ["typo", "nowhere"] {
        let build = ["registry", "build", folder, "--name", "acme", "--private-key", "key.pem"];
        assert_eq!(
            machine.skep(&build).failed(),
            format!(
                "{folder} has no folder tarballs: put NAME-VERSION.tar files into {folder}/tarballs, or use `skep registry \
                 add`, which makes it"
            )
        );
    }
    assert_eq!(machine.files(), ["key.pem", "public/tarballs/foo-1.0.0.tar", "typo/README.md"]);
    assert!(!machine.path("nowhere").exists());
    // An empty one is meant.
    fs::create_dir_all(machine.path("empty/tarballs")).unwrap();
    let build = ["registry", "build", "empty", "--name", "acme", "--private-key", "key.pem"];
    assert_eq!(machine.skep(&build).stderr, "Built acme: 0 packages, 0 releases\n");
    tarball(&machine, "new.tar", "foo", "1.0.0");
    let add = ["registry", "add", "fresh", "new.tar", "--name", "acme", "--private-key", "key.pem"];
    machine.skep(&add).ok();
}

#[test]
fn odd_tarballs() {
    let machine = machine();
    machine.put("public/tarballs/odd-1.0.0.tar", "odd");
    let one = machine.skep(&BUILD);
    assert_eq!(
        one.failed(),
        "tarballs/odd-1.0.0.tar can't be used, and nothing was written: tarball error, Unexpected end of file \
         (--skip-broken builds without it)"
    );
    machine.put("public/tarballs/strange-1.0.0.tar", "strange");
    let two = machine.skep(&BUILD);
    assert_eq!((two.code, two.stderr.lines().count()), (1, 3));
    assert!(!machine.path("public/names").exists());
    let rest = machine.skep(&[&BUILD[..], &["--skip-broken"]].concat());
    assert!(rest.ok().contains("* creating public/packages/foo\n"));
    assert!(rest.stderr.starts_with("warning: left out: tarballs/odd-1.0.0.tar: "), "{}", rest.stderr);
    let outside = ["registry", "add", "public", "key.pem", "--name", "acme", "--private-key", "key.pem"];
    let outside = machine.skep(&outside);
    assert!(
        outside.failed().starts_with("key.pem can't be used, and nothing was written: "),
        "{}",
        outside.stderr
    );
}

#[test]
fn the_private_key_stays_private() {
    let machine = machine();
    machine.put("public/key.pem", &SIGNING.to_pkcs8_pem());
    let inside = [&BUILD[..6], &["public/key.pem"]].concat();
    assert_eq!(
        machine.skep(&inside).failed(),
        "public/key.pem lies in the folder that is served: keep the private key elsewhere"
    );
    let none = [&BUILD[..6], &["none.pem"]].concat();
    assert!(machine.skep(&none).failed().starts_with("cannot read none.pem: "));
    machine.put("public.pem", &SIGNING.public_key().to_pem());
    let public = [&BUILD[..6], &["public.pem"]].concat();
    assert!(machine.skep(&public).failed().starts_with("public.pem: "));
}

#[test]
fn dates_can_be_given() {
    let machine = machine().with("SOURCE_DATE_EPOCH", "soon");
    assert_eq!(machine.skep(&BUILD).failed(), "SOURCE_DATE_EPOCH: \"soon\" is no number of seconds");
    let machine = machine.with("SOURCE_DATE_EPOCH", "1700000000");
    machine.skep(&BUILD).ok();
    let bytes = fs::read(machine.path("public/packages/foo")).unwrap();
    let package =
        hex_registry::package::Package::from_signed(&bytes, SIGNING.public_key(), "acme", "foo").unwrap();
    assert_eq!(package.releases[0].published_at.unwrap().unix_seconds(), 1_700_000_000);
}

/// Whatever moment a build is killed at: what the lists name can be fetched, and the next build mends the rest.
#[test]
fn a_killed_build_leaves_what_clients_can_use() {
    let machine = machine();
    machine.skep(&BUILD).ok();
    for number in 0..40 {
        let name = format!("p{number}");
        tarball(&machine, &format!("public/tarballs/{name}-1.0.0.tar"), &name, "1.0.0");
    }
    for last in ["p0", "p20", "p9"] {
        let mut child = machine.command(&BUILD).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while !machine.path("public/packages").join(last).exists() && child.try_wait().unwrap().is_none() {}
        child.kill().unwrap();
        child.wait().unwrap();
        let json = machine.skep(&["registry", "verify", "public", "--name", "acme", "--json"]);
        let found: Value = serde_json::from_str(json.stdout()).unwrap();
        // What is there but not listed yet is all that may be wrong.
        for finding in found["findings"].as_array().unwrap() {
            let problem = finding["problem"].as_str().unwrap();
            let is_new = ["it is not in the list of names", "no release refers to it"].contains(&problem)
                || problem.ends_with(" is missing in it");
            assert!(is_new, "{finding}");
        }
    }
    machine.skep(&BUILD).ok();
    machine.skep(&["registry", "verify", "public", "--name", "acme"]).ok();
    assert!(!machine.files().iter().any(|file| file.ends_with(".tmp")));
}
