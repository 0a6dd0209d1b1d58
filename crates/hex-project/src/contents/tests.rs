use hex_format::tarball::{SourceFile, SourceKind, build};

use super::*;

fn tarball() -> Vec<u8> {
    let file = |path: &str, bytes: &'static [u8], executable| SourceFile {
        path: path.parse().unwrap(),
        kind: SourceKind::File { bytes: bytes.into(), executable },
    };
    let files = [
        file("lib/a.ex", b"a\n", false),
        file("priv/run", b"#!/bin/sh\n", true),
        file("rebar.lock", b"[].", false),
    ];
    build(b"{<<\"name\">>,<<\"foo\">>}.\n", &files, &Limits::default()).unwrap().tarball
}

#[test]
fn a_tarball_has_its_files_and_its_metadata() {
    let contents = of_tarball(&tarball()).unwrap();
    let listed: Vec<_> =
        contents.iter().map(|(path, node)| (path.as_str(), node.mode(), node.size())).collect();
    assert_eq!(
        listed,
        [
            ("hex_metadata.config", "100644", 24),
            ("lib/a.ex", "100644", 2),
            ("priv/run", "100755", 10),
            ("rebar.lock", "100644", 3),
        ]
    );
    assert!(matches!(of_tarball(b"no tarball"), Err(ReadError::Tarball(_))));
}

#[cfg(unix)]
#[test]
fn a_folder_without_what_tools_leave_there() {
    let folder = tempfile::tempdir().unwrap();
    let package = of_tarball(&tarball()).unwrap();
    let put = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    put("lib/a.ex", "a\n");
    put("lib/ebin/kept", "");
    put(".hex", "leftover");
    put(".fetch", "");
    put("ebin/foo.beam", "leftover");
    put("rebar.lock", "[].");
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("lib/link")).unwrap();
    let contents = of_folder(folder.path(), &package).unwrap();
    assert_eq!(contents.keys().collect::<Vec<_>>(), ["lib/a.ex", "lib/ebin/kept", "lib/link", "rebar.lock"]);
    assert_eq!(contents["lib/link"], Node::Link { target: "/etc/passwd".to_owned() });
    assert!(matches!(of_folder(&folder.path().join("none"), &package), Err(ReadError::Io { .. })));
}
