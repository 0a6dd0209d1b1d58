use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Mutex;

use tempfile::TempDir;

use super::*;
use crate::config::credentials::{Method, NamedKey};
use crate::config::paths::Paths;

/// A keyring in memory, which can be broken.
#[derive(Default)]
struct Memory {
    entries: Mutex<BTreeMap<String, Secret>>,
    broken: Mutex<bool>,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Memory")
    }
}

impl Memory {
    fn entries(&self) -> Result<std::sync::MutexGuard<'_, BTreeMap<String, Secret>>, KeyringError> {
        if *self.broken.lock().unwrap() {
            Err(KeyringError::Locked)
        } else {
            Ok(self.entries.lock().unwrap())
        }
    }
}

impl Keyring for Memory {
    fn get(&self, account: &str) -> Result<Option<Secret>, KeyringError> {
        Ok(self.entries()?.get(account).cloned())
    }

    fn set(&self, account: &str, secret: &Secret) -> Result<(), KeyringError> {
        self.entries()?.insert(account.to_owned(), secret.clone());
        Ok(())
    }

    fn remove(&self, account: &str) -> Result<(), KeyringError> {
        self.entries()?.remove(account);
        Ok(())
    }
}

fn machine(keyring: Option<&Arc<Memory>>) -> (TempDir, Machine) {
    let home = tempfile::tempdir().unwrap();
    let paths = Paths::in_folders(&home.path().join(".hex"), &home.path().join(".config/rebar3"));
    let keyring = keyring.map(|keyring| keyring.clone() as Arc<dyn Keyring>);
    (home, Machine::new(paths).with_keyring(keyring))
}

fn api(number: usize) -> ApiUrl {
    ApiUrl::parse(&format!("https://s{number}.example.com/api")).unwrap()
}

fn login() -> Login {
    Login { username: Some("eric".to_owned()), method: Method::Key, since: None }
}

fn secrets(secret: &str) -> Secrets {
    Secrets { api_key: Some(NamedKey { name: None, secret: Secret::new(secret) }), ..Secrets::default() }
}

fn tokens(number: usize) -> Tokens {
    let token = |kind| Secret::new(format!("{kind}{number}"));
    let expires_at = "2026-11-22T09:30:00Z".parse().unwrap();
    Tokens { access: token("access"), refresh: Some(token("refresh")), expires_at }
}

fn text(machine: &Machine) -> String {
    fs::read_to_string(&machine.paths().credentials).unwrap()
}

#[test]
fn two_commands_at_once_lose_nothing() {
    let (_home, machine) = machine(None);
    std::thread::scope(|scope| {
        for number in 0..8 {
            let machine = &machine;
            scope.spawn(move || machine.sign_in(&api(number), login(), secrets("k")).unwrap());
        }
    });
    for number in 0..8 {
        assert!(machine.secrets(&api(number)).unwrap() == secrets("k"));
        assert_eq!(machine.server(&api(number)).unwrap().login, Some(login()));
    }
    assert_eq!(fs::metadata(&machine.paths().credentials).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn secrets_go_to_the_keyring_and_not_to_the_file() {
    let keyring = Arc::new(Memory::default());
    let (_home, machine) = machine(Some(&keyring));
    assert_eq!(machine.sign_in(&api(1), login(), secrets("5ec7e7")).unwrap(), Kept::Keyring);
    assert!(!text(&machine).contains("5ec7e7"));
    assert!(machine.secrets(&api(1)).unwrap() == secrets("5ec7e7"));
    // Another home directory does not see it.
    let elsewhere = self::machine(Some(&keyring)).1;
    assert!(elsewhere.secrets(&api(1)).unwrap() == Secrets::default());
    machine.sign_out(&api(1)).unwrap();
    assert!(keyring.entries.lock().unwrap().is_empty());
    assert_eq!(machine.server(&api(1)).unwrap(), Server::default());
}

#[test]
fn a_keyring_that_is_of_no_use_is_told_and_the_file_takes_its_place() {
    let keyring = Arc::new(Memory::default());
    let (_home, machine) = machine(Some(&keyring));
    machine.sign_in(&api(1), login(), secrets("k1")).unwrap();
    *keyring.broken.lock().unwrap() = true;
    let error = machine.secrets(&api(1)).err().unwrap().to_string();
    assert!(error.contains("https://s1.example.com/api: the system keyring is locked; mend"), "{error}");
    let kept = machine.sign_in(&api(2), login(), secrets("k2")).unwrap();
    assert_eq!(kept, Kept::File(Some(KeyringError::Locked)));
    assert!(machine.secrets(&api(2)).unwrap() == secrets("k2"));
    // What it has can be forgotten all the same.
    machine.sign_out(&api(1)).unwrap();
    assert!(machine.secrets(&api(1)).unwrap() == Secrets::default());
}

#[test]
fn a_file_of_before_moves_into_the_keyring_with_the_next_login() {
    let keyring = Arc::new(Memory::default());
    let (_home, machine) = machine(Some(&keyring));
    let plain = machine.clone().with_keyring(None);
    assert_eq!(plain.sign_in(&api(1), login(), secrets("old")).unwrap(), Kept::File(None));
    assert!(machine.secrets(&api(1)).unwrap() == secrets("old"));
    machine.sign_in(&api(1), login(), secrets("new")).unwrap();
    assert!(!text(&machine).contains("old") && !text(&machine).contains("new"));
    // Without the keyring it can't be read, and is not taken for nothing.
    assert!(plain.secrets(&api(1)).err().unwrap().to_string().contains("switched off"));
}

#[test]
fn the_file_can_forbid_the_keyring() {
    let keyring = Arc::new(Memory::default());
    let (_home, machine) = machine(Some(&keyring));
    fs::create_dir_all(machine.paths().credentials.parent().unwrap()).unwrap();
    fs::write(&machine.paths().credentials, "keyring = \"never\"\n").unwrap();
    assert_eq!(machine.sign_in(&api(1), login(), secrets("k")).unwrap(), Kept::File(None));
    assert!(keyring.entries.lock().unwrap().is_empty());
}

#[test]
fn new_tokens_take_the_place_of_those_they_were_got_for_only() {
    let (_home, machine) = machine(None);
    let secrets = Secrets { tokens: Some(tokens(1)), ..Secrets::default() };
    machine.sign_in(&api(1), login(), secrets).unwrap();
    let known = || machine.secrets(&api(1)).unwrap().tokens.unwrap().access.expose().to_owned();
    machine.replace_tokens(&api(1), &Secret::new("refresh0"), &tokens(9)).unwrap();
    assert_eq!(known(), "access1");
    machine.replace_tokens(&api(1), &Secret::new("refresh1"), &tokens(2)).unwrap();
    assert_eq!(known(), "access2");
}

#[test]
fn a_name_belongs_to_one_server() {
    let (_home, machine) = machine(None);
    let call = |number: usize, name: &str| {
        machine.change_server(&api(number), |server| server.name = Some(name.to_owned()))
    };
    call(1, "work").unwrap();
    machine.sign_in(&api(1), login(), secrets("k")).unwrap();
    call(1, "work").unwrap();
    assert!(matches!(call(2, "work"), Err(ConfigError::NameTaken { .. })));
    call(2, "home").unwrap();
    assert_eq!(machine.servers().unwrap().len(), 2);
    assert!(machine.secrets(&api(1)).unwrap() == secrets("k"), "a name costs no login");
    assert!(machine.forget_server(&api(1)).unwrap());
    assert!(!machine.forget_server(&api(1)).unwrap());
    call(2, "work").unwrap();
}
