//! Secrets in a real Secret Service: GNOME Keyring, on a bus of its own.

use std::process::Stdio;

use serde_json::json;

use crate::mock::{Answer, Mock};
use crate::support::{KEY, Machine};

/// Signs in, locks the keyring, unlocks nothing, and signs out; prints a word for each step.
const STEPS: &str = r#"
set -e
printf 'password of the keyring' | gnome-keyring-daemon --unlock --components=secrets > /dev/null 2>&1
gdbus wait --session --timeout 30 org.freedesktop.secrets
printf '%s\n' "$KEY" | "$SKEP" user auth --quiet --key-stdin
"$SKEP" user whoami
! SKEP_KEYRING=never "$SKEP" user whoami > /dev/null 2>&1
echo 'kept in the keyring alone'
gdbus call --session --dest org.freedesktop.secrets --object-path /org/freedesktop/secrets \
  --method org.freedesktop.Secret.Service.Lock "['/org/freedesktop/secrets/aliases/default']" > /dev/null
"$SKEP" user whoami 2>&1 || echo 'locked'
printf '%s\n' "$KEY" | "$SKEP" user auth --key-stdin 2>&1
"$SKEP" user whoami
"#;

fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).exists())
}

#[test]
fn a_secret_service_keeps_secrets() {
    let missing: Vec<_> = ["dbus-run-session", "gnome-keyring-daemon", "gdbus"]
        .into_iter()
        .filter(|name| !is_there(name))
        .collect();
    if !missing.is_empty() {
        println!("SKIPPED: {} not installed", missing.join(", "));
        return;
    }
    let server = Mock::start(|request| match request.authorization() {
        Some(KEY) => Answer::json(200, json!({ "username": "eric" })),
        _ => Answer::refusal(401, "invalid API key"),
    });
    let machine = Machine::at(&server);
    let output = machine
        .program("dbus-run-session")
        .args(["--", "sh", "-c", STEPS])
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("XDG_RUNTIME_DIR", machine.home.path())
        .env("SKEP_KEYRING", "auto")
        .env("SKEP", env!("CARGO_BIN_EXE_skep"))
        .env("KEY", KEY)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let (api, file) = (server.url("/api"), machine.path(".hex/skep/credentials.toml"));
    assert_eq!(
        told,
        format!(
            "eric\n\
             kept in the keyring alone\n\
             error: cannot get the credential for {api}: the system keyring is locked; mend that, or sign in again with \
             `skep user auth`\n\
             locked\n\
             the system keyring is locked: the credential is kept in {}, which nobody else can read\n\
             Signed in to {api} as eric\n\
             eric\n",
            file.display()
        ),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(machine.holds(KEY), "locked, it is of no use, and the file takes its place");
}
