use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn only_the_owner_may_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/deep/hex.config");
    write_private(&path, "a.\n").unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&folder.path().join("new/deep")), 0o700);
    assert_eq!(read(&path, 10).unwrap().unwrap(), b"a.\n");
}

#[test]
fn an_open_file_is_closed_to_others_when_rewritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hex.config");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    write_private(&path, "new").unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(names(folder.path()), ["hex.config"], "no temporary file stays");
}

#[test]
fn readers_see_the_old_file_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hex.config");
    let (old, new) = ("o".repeat(100_000), "n".repeat(100_000));
    write_private(&path, &old).unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| (0..50).for_each(|_| write_private(&path, &new).unwrap()));
        while !writer.is_finished() {
            let seen = read(&path, 200_000).unwrap().unwrap();
            assert!(seen == old.as_bytes() || seen == new.as_bytes(), "a mixture of {} bytes", seen.len());
        }
    });
}

#[test]
fn a_link_stays_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("dotfiles.config"), folder.path().join("hex.config"));
    fs::write(&real, "old").unwrap();
    symlink(&real, &link).unwrap();
    write_private(&link, "new").unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), "new");
}

#[test]
fn a_refusal_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("folder");
    fs::create_dir(&path).unwrap();
    assert!(matches!(write_private(&path, "x"), Err(ConfigError::Io { action: "write", .. })));
    assert_eq!(names(folder.path()), ["folder"]);
}

#[test]
fn odd_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    assert!(read(&path, 10).unwrap().is_none());
    fs::write(&path, "12345678901").unwrap();
    assert!(matches!(read(&path, 10), Err(ConfigError::TooLarge { limit: 10, .. })));
}

#[test]
fn one_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("skep/lock");
    let counter = folder.path().join("counter");
    fs::write(&counter, "0").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let _lock = Lock::acquire(&path).unwrap();
                let count: u32 = fs::read_to_string(&counter).unwrap().parse().unwrap();
                fs::write(&counter, (count + 1).to_string()).unwrap();
            });
        }
    });
    assert_eq!(fs::read_to_string(&counter).unwrap(), "8");
}
