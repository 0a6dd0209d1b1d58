use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::LazyLock;

use hex_registry::{KeySize, SigningKey};
use tempfile::TempDir;

use super::*;
use crate::server::ApiUrl;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(KeySize::Rsa2048).unwrap());

const OURS: &str = "https://hex.example.com/repo";

fn machine() -> (TempDir, Machine) {
    let home = tempfile::tempdir().unwrap();
    let paths = Paths::in_folders(&home.path().join(".hex"), &home.path().join(".config/rebar3"));
    (home, Machine::new(paths))
}

fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn key() -> AuthorizedKey {
    AuthorizedKey::unchecked(
        "acme",
        ("https://hex.example.com/api", OURS),
        "5ec7e7",
        None,
        KEY.public_key().clone(),
    )
}

fn acme() -> OrganizationName {
    OrganizationName::parse("acme").unwrap()
}

fn files(machine: &Machine) -> [&Path; 3] {
    let paths = machine.paths();
    [&paths.mix, &paths.rebar3, &paths.rebar3_keys]
}

#[test]
fn authorizing_writes_three_private_files_and_removing_takes_the_entries_out() {
    let (_home, machine) = machine();
    let placement = machine.authorize(&key(), &Authorization::default()).unwrap();
    assert_eq!(placement, Placement::OwnUrl);
    for path in files(&machine) {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
        assert!(fs::read_to_string(path).unwrap().contains("hexpm:acme"));
    }
    assert_eq!(machine.organizations().unwrap().len(), 1);
    assert!(machine.deauthorize(&acme(), None).unwrap());
    for path in files(&machine) {
        let text = fs::read_to_string(path).unwrap();
        assert!(!text.contains("acme") && !text.contains("5ec7e7"), "{text}");
    }
    assert!(!machine.deauthorize(&acme(), None).unwrap());
}

#[test]
fn a_broken_file_stops_everything_before_anything_is_written() {
    for broken in 0..3 {
        let (_home, machine) = machine();
        let path = files(&machine)[broken].to_owned();
        put(&path, "{half, \"open");
        let error = machine.authorize(&key(), &Authorization::default()).unwrap_err();
        assert!(matches!(error, ConfigError::Syntax { .. }), "{error}");
        assert!(error.to_string().contains("left as it is"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "{half, \"open");
        for other in files(&machine).into_iter().filter(|other| *other != path) {
            assert!(!other.exists(), "{}", other.display());
        }
    }
}

#[test]
fn files_that_are_not_erlang_are_refused() {
    // Elixir code of Hex before 1.0, bytes that are not text, another format.
    for text in [&b"[api_url: \"https://x\"]"[..], b"{api_url,<<\"\xff\">>}.", b"servers:\n  - x\n"] {
        let (_home, machine) = machine();
        let path = machine.paths().mix.clone();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        assert!(machine.authorize(&key(), &Authorization::default()).is_err());
        assert!(machine.organizations().is_err());
        assert_eq!(fs::read(&path).unwrap(), text);
    }
}

#[test]
fn a_conflict_in_one_file_leaves_all() {
    let (_home, machine) = machine();
    put(&machine.paths().rebar3, "{hex,[{repos,[#{name => <<\"hexpm:acme\">>}]}]}.\n");
    let error = machine.authorize(&key(), &Authorization::default()).unwrap_err();
    assert!(matches!(error, ConfigError::Occupied { .. }), "{error}");
    assert!(error.to_string().contains("--replace") && error.to_string().contains("--repo NAME"), "{error}");
    assert!(!machine.paths().mix.exists());
    machine.authorize(&key(), &Authorization { replace: true, ..Authorization::default() }).unwrap();
    assert!(machine.paths().mix.exists());
}

#[test]
fn authorizing_twice_changes_nothing_more() {
    let (_home, machine) = machine();
    machine.authorize(&key(), &Authorization::default()).unwrap();
    let before: Vec<_> = files(&machine).iter().map(|path| fs::read(path).unwrap()).collect();
    machine.authorize(&key(), &Authorization::default()).unwrap();
    let after: Vec<_> = files(&machine).iter().map(|path| fs::read(path).unwrap()).collect();
    assert_eq!(before, after);
}

#[test]
fn questions_write_nothing() {
    let (home, machine) = machine();
    assert_eq!(machine.api_url().unwrap(), None);
    assert!(machine.organizations().unwrap().is_empty());
    assert!(machine.secrets(&ApiUrl::hexpm()).unwrap().api_key.is_none());
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}
