//! `skep package diff`, `files` and `versions`, and `fetch` from a repository of the configuration.

use hex_registry::Timestamp;
use hex_registry::package::{Retirement, RetirementReason};
use serde_json::Value;

use crate::mock::{Answer, Mock};
use crate::support::{KEY, Machine, SIGNING, answer, build, fingerprint, foo, server};

/// A machine that knows the server's signing key.
fn public() -> (Mock, Machine) {
    let server = server();
    let machine = Machine::at(&server);
    machine.skep(&["package", "versions", "foo"]).ok();
    (server, machine)
}

#[test]
fn files_are_listed() {
    let (_server, machine) = public();
    insta::assert_snapshot!(machine.skep(&["package", "files", "foo"]).ok(), @r#"
    Mode    Size  Path
    100755    10  bin/run
    100644   312  hex_metadata.config
    100644     4  lib/code.ex
    "#);
    insta::assert_snapshot!(machine.skep(&["package", "files", "foo", "1.9.0", "--tree"]).ok(), @r#"
    foo-1.9.0
    ├── bin
    │   └── run
    ├── hex_metadata.config
    └── lib
        └── code.ex
    "#);
    let json: Value =
        serde_json::from_str(machine.skep(&["package", "files", "foo", "1.9.0", "--json"]).ok()).unwrap();
    assert_eq!(
        (json["version"].as_str(), json["files"][0]["path"].as_str()),
        (Some("1.9.0"), Some("bin/run"))
    );
}

#[test]
fn one_file_is_printed_as_it_is() {
    let (_server, machine) = public();
    let print = |path: &str| machine.skep(&["package", "files", "foo", "1.9.0", path]);
    assert_eq!(print("bin/run").stdout, b"#!/bin/sh\n");
    assert_eq!(print("./lib/code.ex").stdout, b"code");
    assert_eq!(print("Code.ex").failed(), "foo 1.9.0 has no file Code.ex: did you mean lib/code.ex?");
    assert_eq!(print("../x").failed(), "foo 1.9.0 has no file ../x");
    let json: Value = serde_json::from_str(
        machine.skep(&["package", "files", "foo", "1.9.0", "lib/code.ex", "--json"]).ok(),
    )
    .unwrap();
    assert_eq!((json["size"].as_u64(), json["text"].as_str()), (Some(4), Some("code")));
}

#[test]
fn versions_are_those_of_the_signed_registry() {
    let server = Mock::start(|request| match request.path() {
        "/repo/packages/foo" => {
            let mut package = foo("hexpm");
            package.releases[0].published_at = Some(Timestamp::from_unix_micros(1_767_323_045_000_000));
            let message = Some("see \u{1b}[2J".to_owned());
            package.releases[0].retirement = Some(Retirement { reason: RetirementReason::Security, message });
            for release in &mut package.releases {
                release.outer_checksum = [0xab; 32];
            }
            Answer::new(200, package.to_signed(&SIGNING))
        }
        _ => answer(request),
    });
    let machine = Machine::at(&server);
    insta::assert_snapshot!(machine.skep(&["package", "versions", "foo"]).ok(), @r#"
    Version     Published   Checksum                                                          Notes
    2.0.0-rc.1              abababababababababababababababababababababababababababababababab
    1.10.0                  abababababababababababababababababababababababababababababababab
    1.9.0                   abababababababababababababababababababababababababababababababab
    0.9.0       2026-01-02  abababababababababababababababababababababababababababababababab  retired (security) see \u{1b}[2J
    "#);
    let json: Value =
        serde_json::from_str(machine.skep(&["package", "versions", "foo", "--json"]).ok()).unwrap();
    assert_eq!(json[3]["published_at"], "2026-01-02T03:04:05Z");
    assert_eq!(json[3]["retirement"]["reason"], "security");
}

#[test]
fn differences_are_a_patch_and_an_exit_code() {
    let (_server, machine) = public();
    let outcome = machine.skep(&["package", "diff", "foo", "0.9.0..1.9.0"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (1, ""));
    insta::assert_snapshot!(outcome.stdout(), @r#"
    diff --git foo-0.9.0/hex_metadata.config foo-1.9.0/hex_metadata.config
    --- foo-0.9.0/hex_metadata.config
    +++ foo-1.9.0/hex_metadata.config
    @@ -1,5 +1,5 @@
     {<<"name">>,<<"foo">>}.
    -{<<"version">>,<<"0.9.0">>}.
    +{<<"version">>,<<"1.9.0">>}.
     {<<"app">>,<<"foo">>}.
     {<<"description">>,<<"The package.">>}.
     {<<"licenses">>,[<<"MIT">>]}.
    "#);
    let stat = machine.skep(&["package", "diff", "foo", "0.9.0", "1.9.0", "--stat"]);
    assert_eq!(stat.code, 1);
    insta::assert_snapshot!(stat.stdout(), @r#"
    Status   Added  Removed  File
    changed  +1     -1       hex_metadata.config
    "#);
    let outcome = machine.skep(&["package", "diff", "foo", "0.9.0", "1.9.0", "--json"]);
    let json: Value = serde_json::from_str(outcome.stdout()).unwrap();
    assert_eq!((outcome.code, json["files"][0]["path"].as_str()), (1, Some("hex_metadata.config")));
    let same = machine.skep(&["package", "diff", "foo", "1.9.0..1.9.0"]);
    assert_eq!((same.ok(), same.stderr.as_str()), ("", "foo-1.9.0 and foo-1.9.0 are the same\n"));
    assert_eq!(
        machine.skep(&["package", "diff", "foo", "1.9.0..7.0.0"]).failed(),
        "package foo has no version 7.0.0"
    );
    assert_eq!(machine.skep(&["package", "diff", "foo", "1.9..7.0.0"]).code, 2);
    assert!(
        machine
            .skep(&["package", "diff", "foo", "1.9.0..1.10.0", "0.9.0"])
            .failed()
            .starts_with("three versions")
    );
    assert_eq!(machine.files(), [".hex/skep/credentials.toml"]);
}

#[test]
fn differences_from_what_the_project_has() {
    let (_server, machine) = public();
    let diff = || machine.skep(&["package", "diff", "foo", "1.10.0", "--stat"]);
    assert!(diff().failed().starts_with("there is no lock file in this folder: "));
    let sum = "00".repeat(32);
    machine.put(
        "mix.lock",
        &format!(
            "%{{\n  \"foo\": {{:hex, :foo, \"1.9.0\", \"{sum}\", [:mix], [], \"hexpm\", \"{sum}\"}},\n}}\n"
        ),
    );
    assert!(diff().stdout().contains("hex_metadata.config"), "{}", diff().stderr);
    // The folder counts, if it is there: somebody may have changed it.
    machine.skep(&["package", "fetch", "foo", "1.10.0", "--unpack", "-o", "foo"]).ok();
    std::fs::create_dir(machine.path("deps")).unwrap();
    std::fs::rename(machine.path("foo"), machine.path("deps/foo")).unwrap();
    machine.put("deps/foo/.hex", "of mix");
    assert_eq!(diff().code, 0, "{}", diff().stdout());
    machine.put("deps/foo/lib/code.ex", "changed by hand\n");
    insta::assert_snapshot!(diff().stdout(), @r#"
    Status   Added  Removed  File
    changed  +1     -1       lib/code.ex
    "#);
    let other = machine.skep(&["package", "diff", "bar", "1.10.0"]);
    assert_eq!(other.failed(), "mix.lock has no bar: say two versions");
}

#[test]
fn a_command_of_the_users_compares() {
    let (_server, machine) = public();
    let path = std::env::var("PATH").unwrap();
    let machine =
        machine.with("PATH", &path).with("HEX_DIFF_COMMAND", "ls __PATH1__ && cat __PATH2__/lib/code.ex");
    assert_eq!(
        machine.skep(&["package", "diff", "foo", "0.9.0..1.9.0"]).ok(),
        "bin\nhex_metadata.config\nlib\ncode"
    );
    let with = |tool: &str| machine.skep(&["package", "diff", "foo", "0.9.0..1.9.0", "--tool", tool]);
    assert_eq!((with("exit 1").code, with("exit 1").stderr.as_str()), (1, ""));
    assert_eq!(with("exit 3").failed(), "\"exit 3\" failed: exit status: 3");
    // What is asked for in our form is answered by us.
    assert_eq!(machine.skep(&["package", "diff", "foo", "0.9.0..0.9.0", "--stat"]).ok(), "");
}

#[test]
fn fetching_by_the_names_of_the_configuration() {
    let server = server();
    let machine = Machine::new();
    machine.put(
        ".hex/hex.config",
        &format!(
            "{{'$repos',#{{<<\"mysrv\">> => #{{url => <<\"{}\">>,public_key => <<\"{}\">>,auth_key => <<\"{KEY}\">>}}}}}}.\n",
            server.url("/repo"),
            SIGNING.public_key().to_pem().replace('\n', "\\n"),
        ),
    );
    let tarball = build("foo", "1.10.0").tarball;
    for arguments in [
        &["package", "fetch", "mysrv:acme/foo", "-o", "-"][..],
        &["package", "fetch", "mysrv:acme:foo", "-o", "-"],
        &["package", "fetch", "foo", "--repo", "mysrv:acme", "-o", "-"],
        &["package", "fetch", "acme/foo", "--repo", "mysrv", "-o", "-", "--fingerprint", &fingerprint()],
    ] {
        let outcome = machine.skep(arguments);
        assert_eq!(outcome.code, 0, "{arguments:?} {}", outcome.stderr);
        assert_eq!(outcome.stdout, tarball);
    }
    let json: Value =
        serde_json::from_str(machine.skep(&["package", "fetch", "mysrv:acme/foo", "--json"]).ok()).unwrap();
    assert_eq!(
        (json["repository"].as_str(), json["path"].as_str()),
        (Some("mysrv:acme"), Some("foo-1.10.0.tar"))
    );
}
