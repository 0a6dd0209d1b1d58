//! Any folder: what goes in comes out.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::*;

/// Paths below `priv` with what is in the files; no path is the folder of another.
fn trees() -> impl Strategy<Value = BTreeMap<String, (Vec<u8>, bool)>> {
    let name = prop_oneof!["[a-z.][a-zA-Z0-9_ -]{0,11}[a-z0-9]", "[à-ÿ日本🌈]{1,20}", "[a-z]{101,140}"];
    let path = vec(name, 1..5).prop_map(|names| names.join("/"));
    btree_map(path, (vec(any::<u8>(), 0..600), any::<bool>()), 0..12).prop_map(|tree| {
        let paths: Vec<String> = tree.keys().cloned().collect();
        let above = |path: &str| paths.iter().any(|other| other.starts_with(&format!("{path}/")));
        tree.into_iter().filter(|(path, _)| !above(path)).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_goes_in_comes_out(tree in trees()) {
        let folder = Folder::new();
        folder.put("gleam.toml", "name = \"any\"\ntarget = \"javascript\"\n");
        for (path, (bytes, executable)) in &tree {
            folder.put(&format!("priv/{path}"), bytes);
            #[cfg(unix)]
            if *executable {
                use std::os::unix::fs::PermissionsExt;
                let path = folder.at(&format!("priv/{path}"));
                fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
            }
        }
        let package = Project::gleam(folder.path()).unwrap().package().unwrap();
        let built = package.build().unwrap();
        let again = Project::gleam(folder.path()).unwrap().package().unwrap().build().unwrap();
        prop_assert_eq!(&built.tarball, &again.tarball);
        let read = tarball::read(&built.tarball, &Limits::default()).unwrap();
        let mut found = BTreeMap::new();
        tarball::contents::walk(read.contents, &Limits::default(), |entry, data| {
            let mut bytes = Vec::new();
            data.read_to_end(&mut bytes).unwrap();
            let executable = matches!(entry.kind, tarball::EntryKind::File { executable: true, .. });
            if let Some(path) = entry.path.as_str().strip_prefix("priv/") {
                found.insert(path.to_owned(), (bytes, executable));
            }
            Ok::<_, tarball::ContentsError>(())
        })
        .unwrap();
        prop_assert_eq!(found, tree);
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "\\PC{0,200}") {
        let folder = Folder::new();
        folder.put("gleam.toml", &text).put("rebar.config", &text).put("src/a.app.src", &text).put("rebar.lock", &text);
        let _ = Project::gleam(folder.path()).and_then(|project| project.package());
        let _ = Project::rebar3(folder.path(), None).and_then(|project| project.package());
    }
}

#[test]
fn names_that_no_archive_holds() {
    let folder = Folder::new();
    folder.put("gleam.toml", "name = \"any\"\ntarget = \"javascript\"\n").put("priv/a\\b", "");
    let project = || Project::gleam(folder.path()).unwrap().package();
    assert_eq!(refused(project()), "priv/a\\b can't be packed: the path has a backslash");
    fs::remove_file(folder.at("priv/a\\b")).unwrap();
    folder.put("priv/hex_metadata.config", "");
    project().unwrap().build().unwrap();
}

#[test]
fn what_is_too_large_names_the_largest() {
    let folder = Folder::new();
    folder.put("gleam.toml", "name = \"any\"\ntarget = \"javascript\"\n").put("priv/small", "");
    let large = fs::File::create(folder.at("priv/large")).unwrap();
    large.set_len(tarball::MAX_UNPACKED + 1).unwrap();
    let refused = refused(Project::gleam(folder.path()).unwrap().package());
    assert!(refused.starts_with("the contents would have 134217"), "{refused}");
    assert!(
        refused.contains("134217728 are allowed; the largest files: priv/large (134217729), gleam.toml (")
    );
}
