//! `skep package fetch`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::mock::{Answer, Mock};
use crate::support::{KEY, Machine, answer, build, server};

fn authorized(mock: &Mock) -> Machine {
    let machine = Machine::at(mock);
    machine.skep(&["organization", "auth", "acme", "--key", KEY, "--yes"]).ok();
    machine
}

#[test]
fn the_newest_stable_version_is_fetched() {
    let server = server();
    let machine = authorized(&server);
    let outcome = machine.skep(&["package", "fetch", "foo", "--organization", "acme"]);
    assert_eq!(outcome.ok(), "foo 1.10.0 downloaded to foo-1.10.0.tar\n");
    assert_eq!(fs::read(machine.path("foo-1.10.0.tar")).unwrap(), build("foo", "1.10.0").tarball);
    assert_eq!(fs::metadata(machine.path("foo-1.10.0.tar")).unwrap().permissions().mode() & 0o600, 0o600);
}

/// What mix has fetched is not fetched again, if it is what the registry has.
#[test]
fn what_is_in_a_tools_cache_is_taken_from_there() {
    let server = server();
    let machine = authorized(&server);
    let asked = || server.lines().iter().filter(|line| line.contains("/tarballs/")).count();
    let fetch =
        || machine.skep(&["package", "fetch", "foo", "1.9.0", "--organization", "acme"]).ok().to_owned();
    let cached = machine.path(".hex/packages/hexpm:acme/foo-1.9.0.tar");
    fs::create_dir_all(cached.parent().unwrap()).unwrap();
    fs::write(&cached, build("foo", "0.9.0").tarball).unwrap();
    fetch();
    assert_eq!(asked(), 1, "what is there is another release");
    fs::write(&cached, build("foo", "1.9.0").tarball).unwrap();
    fs::remove_file(machine.path("foo-1.9.0.tar")).unwrap();
    assert_eq!(fetch(), "foo 1.9.0 downloaded to foo-1.9.0.tar\n");
    assert_eq!(fs::read(machine.path("foo-1.9.0.tar")).unwrap(), build("foo", "1.9.0").tarball);
    machine.skep(&["package", "files", "foo", "1.9.0", "--organization", "acme"]).ok();
    assert_eq!(asked(), 1);
}

#[test]
fn standard_output_gets_the_exact_bytes() {
    let server = server();
    let machine = authorized(&server);
    let outcome =
        machine.skep(&["package", "fetch", "foo", "2.0.0-rc.1", "--organization", "acme", "-o", "-"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(outcome.stdout, build("foo", "2.0.0-rc.1").tarball);
    // A public package needs no key, and gets none.
    let outcome = machine.skep(&["package", "fetch", "foo", "-o", "-"]);
    assert_eq!(outcome.stdout, build("foo", "1.10.0").tarball);
    assert_eq!(server.requests().last().unwrap().line(), "GET /repo/tarballs/foo-1.10.0.tar");
    assert_eq!(server.requests().last().unwrap().authorization(), None);
}

#[test]
fn unpacking() {
    let server = server();
    let machine = authorized(&server);
    let unpack =
        || machine.skep(&["package", "fetch", "foo", "--organization", "acme", "--unpack", "-o", "here"]);
    assert_eq!(unpack().ok(), "foo 1.10.0 unpacked to here\n");
    assert_eq!(machine.text("here/lib/code.ex"), "code");
    assert!(machine.text("here/hex_metadata.config").contains("<<\"1.10.0\">>"));
    let mode = |name: &str| fs::metadata(machine.path(name)).unwrap().permissions().mode();
    assert_eq!((mode("here/bin/run") & 0o100, mode("here/lib/code.ex") & 0o100), (0o100, 0));
    assert_eq!(unpack().failed(), "here exists and is not empty");
    assert!(machine.files().iter().all(|name| !name.contains(".skep-")), "{:?}", machine.files());
}

#[test]
fn what_does_not_verify_is_not_written() {
    let server = Mock::start(|request| match request.path() {
        path if path.starts_with("/repo/repos/acme/tarballs/") => {
            Answer::new(200, build("foo", "0.9.0").tarball)
        }
        _ => answer(request),
    });
    let machine = authorized(&server);
    let before = machine.files();
    let outcome = machine.skep(&["package", "fetch", "foo", "1.9.0", "--organization", "acme"]);
    assert!(outcome.failed().contains("the registry says"), "{}", outcome.stderr);
    let outcome = machine.skep(&["package", "fetch", "foo", "3.0.0", "--organization", "acme"]);
    assert_eq!(outcome.failed(), "package foo has no version 3.0.0");
    let outcome = machine.skep(&["package", "fetch", "bar", "--organization", "acme"]);
    assert_eq!(
        outcome.failed(),
        "package bar does not exist in repository hexpm:acme, or you have no access to it (404)"
    );
    assert_eq!(machine.files(), before);
}

/// A rename would put a file into the place of `/dev/null`, for the whole machine.
#[test]
fn what_is_no_file_stays_what_it_is() {
    let server = server();
    let machine = Machine::at(&server);
    let outcome = machine.skep(&["package", "fetch", "foo", "1.9.0", "-o", "/proc/self/fd/1", "--quiet"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let tarball = build("foo", "1.9.0").tarball;
    assert_eq!(outcome.stdout[..tarball.len()], tarball[..]);
    fs::create_dir(machine.path("real")).unwrap();
    machine.put("real/foo.tar", "old");
    std::os::unix::fs::symlink("real/foo.tar", machine.path("link.tar")).unwrap();
    machine.skep(&["package", "fetch", "foo", "1.9.0", "-o", "link.tar"]).ok();
    assert!(fs::symlink_metadata(machine.path("link.tar")).unwrap().is_symlink());
    assert_eq!(fs::read(machine.path("real/foo.tar")).unwrap(), tarball);
}
