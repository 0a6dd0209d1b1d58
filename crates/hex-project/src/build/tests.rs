mod folders;
mod gleam;
mod rebar3;

use std::fs;
use std::path::{Path, PathBuf};

use hex_format::metadata::Metadata;
use hex_format::tarball::{self, Limits, SourceKind};
use tempfile::TempDir;

use super::*;

/// A folder of its own.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn at(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        fs::create_dir_all(self.at(name).parent().unwrap()).unwrap();
        fs::write(self.at(name), bytes).unwrap();
        self
    }
}

/// The paths in a package.
fn paths(package: &Package) -> Vec<&str> {
    package.files().iter().map(|file| file.path.as_str()).collect()
}

/// The text of a file in a package.
fn text(package: &Package, path: &str) -> String {
    let file = package.files().iter().find(|file| file.path.as_str() == path).unwrap();
    match &file.kind {
        SourceKind::File { bytes, .. } => String::from_utf8(bytes.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// The metadata, as those read it who get the package.
fn metadata(package: &Package) -> Metadata {
    let built = package.build().unwrap();
    let read = tarball::read(&built.tarball, &Limits::default()).unwrap();
    tarball::contents::check(read.contents, &Limits::default()).unwrap();
    Metadata::parse(read.metadata).unwrap()
}

#[track_caller]
fn refused<T>(result: Result<T, BuildError>) -> String {
    result.map(drop).unwrap_err().to_string()
}

#[test]
fn the_tool_is_known_by_its_manifest() {
    let folder = Folder::new();
    assert!(refused(detect(folder.path())).contains("holds no project"));
    folder.put("src/a.app.src", "");
    assert_eq!(detect(folder.path()).unwrap(), BuildTool::Rebar3);
    folder.put("rebar.config", "");
    assert_eq!(detect(folder.path()).unwrap(), BuildTool::Rebar3);
    folder.put("mix.exs", "");
    assert_eq!(
        refused(detect(folder.path())),
        "the project can be built by mix and by rebar3: say which, with --build-tool"
    );
    fs::remove_file(folder.at("rebar.config")).unwrap();
    fs::remove_file(folder.at("src/a.app.src")).unwrap();
    assert_eq!(detect(folder.path()).unwrap(), BuildTool::Mix);
    let gleam = Folder::new();
    gleam.put("gleam.toml", "name = 'a'");
    assert_eq!(detect(gleam.path()).unwrap(), BuildTool::Gleam);
}

#[test]
fn documentation() {
    let folder = Folder::new();
    folder.put("doc/a.html", "a");
    let archive = |name: &str| docs::archive(&folder.at(name));
    assert!(refused(archive("doc")).ends_with("doc has no index.html"));
    folder.put("doc/index.html", "hello").put("doc/.build", "x").put("doc/é/b.js", "b");
    let built = archive("doc").unwrap();
    let entries = tarball::docs::entries(built.bytes.as_slice(), &Limits::default()).unwrap();
    let names: Vec<_> = entries.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(names, ["a.html", "index.html", "é/b.js"]);
    assert_eq!(built.files, 3);
    assert_eq!(archive("doc").unwrap().bytes, built.bytes);
    folder.put("doc/1.0.0/x.html", "");
    assert!(refused(archive("doc")).starts_with("1.0.0: top-level filenames"));
}
