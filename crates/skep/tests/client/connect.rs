//! `skep connect`, `disconnect` and `snippets`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use hex_registry::{KeySize, SigningKey};
use serde_json::json;

use crate::mock::{Answer, Mock};
use crate::support::{KEY, Machine, answer, fingerprint, server};

const MIX: &str = ".hex/hex.config";
const REBAR3: &str = ".config/rebar3/rebar.config";
const REBAR3_KEYS: &str = ".config/rebar3/hex.config";

/// The address with the fingerprint of its key.
fn pinned(server: &Mock) -> String {
    format!("{}#{}", server.url(""), fingerprint())
}

/// A server whose user is in `acme`.
fn server_with_members() -> Mock {
    Mock::start(|request| match request.line().as_str() {
        "GET /api/users/me" if request.authorization() == Some(KEY) => Answer::json(
            200,
            json!({"username": "eric", "organizations": [{"name": "acme", "role": "read"}]}),
        ),
        _ => answer(request),
    })
}

#[test]
fn a_key_and_a_fingerprint_are_enough() {
    let server = server();
    let machine = Machine::new();
    let connect = ["connect", &pinned(&server), "acme", "--name", "corp", "--key", KEY];
    let outcome = machine.skep(&connect);
    let told = outcome.ok();
    assert!(told.starts_with(&format!("Connected {} as corp\n", server.url(""))), "{told}");
    assert!(told.contains("{:package, \"~> 1.0\", repo: \"corp:acme\"}"), "{told}");
    assert!(told.contains("skep disconnect corp"), "{told}");
    assert_eq!(
        server.lines(),
        [
            "GET /repo/public_key",
            "GET /api/auth?domain=repository&resource=acme",
            "GET /repo/repos/acme/names"
        ]
    );
    for name in [MIX, REBAR3, REBAR3_KEYS, ".hex/skep/connections.toml", ".hex/skep/credentials.toml"] {
        let mode = fs::metadata(machine.path(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
    let files: Vec<String> = machine.files().iter().map(|name| machine.text(name)).collect();

    // Again: known by now, nothing changes, and it says so.
    let again = machine.skep(&["connect", &server.url("/repo"), "acme", "--key", KEY, "--json"]);
    let told: serde_json::Value = serde_json::from_str(again.ok()).unwrap();
    assert_eq!(told["name"], "corp");
    assert_eq!(told["organizations"][0]["repository"], "corp:acme");
    assert_eq!(told["files"][0]["changed"], false);
    let now: Vec<String> = machine.files().iter().map(|name| machine.text(name)).collect();
    assert_eq!(now, files);

    let asked = server.requests().len();
    machine.skep(&["disconnect", "corp"]).ok();
    assert_eq!(machine.files(), [".hex/skep/credentials.toml"]);
    assert!(!machine.holds(KEY));
    assert_eq!(server.requests().len(), asked, "a key that was given is not ours to revoke");
    let error = machine.skep(&["disconnect", "corp"]);
    assert_eq!(error.failed(), "corp is not connected, nor is any other server");
}

#[test]
fn with_a_session_each_organization_gets_a_key_of_this_machine() {
    let server = server_with_members();
    let machine = Machine::new().with("HEX_API_URL", &server.url("/api")).with("HEX_API_KEY", KEY);
    machine.put(MIX, "{offline,   <<\"0\">>}. % mine");
    let outcome = machine.skep(&["connect", &pinned(&server), "--json"]);
    let told: serde_json::Value = serde_json::from_str(outcome.ok()).unwrap();
    assert_eq!(told["organizations"][0]["name"], "acme");
    assert_eq!(told["organizations"][0]["key_name"], "laptop-repository-acme");
    let name = told["name"].as_str().unwrap().to_owned();
    let made = || server.lines().iter().filter(|line| *line == "POST /api/keys").count();
    assert_eq!(made(), 1);
    machine.skep(&["connect", &server.url("")]).ok();
    assert_eq!(made(), 1, "a second time makes no second key");

    let outcome = machine.skep(&["disconnect", &server.url(""), "--json"]);
    let told: serde_json::Value = serde_json::from_str(outcome.ok()).unwrap();
    assert_eq!((told["name"].as_str(), told["whole"].as_bool()), (Some(name.as_str()), Some(true)));
    assert_eq!(told["revoked_keys"], json!([{"name": "laptop-repository-acme"}]));
    assert_eq!(server.lines().last().unwrap(), "DELETE /api/keys/laptop-repository-acme");
    assert_eq!(machine.text(MIX), "{offline,   <<\"0\">>}. % mine");
}

#[test]
fn keys_can_be_kept() {
    let server = server_with_members();
    let machine = Machine::new().with("HEX_API_URL", &server.url("/api")).with("HEX_API_KEY", KEY);
    machine.skep(&["connect", &pinned(&server)]).ok();
    let outcome = machine.skep(&["disconnect", &server.url(""), "--keep-keys"]);
    assert!(outcome.ok().ends_with("left     key laptop-repository-acme\n"), "{}", outcome.stdout());
    assert!(server.lines().iter().all(|line| !line.starts_with("DELETE")));
}

#[test]
fn a_server_that_nobody_knows_needs_a_fingerprint() {
    let server = server();
    let machine = Machine::new();
    let outcome = machine.skep(&["connect", &server.url(""), "acme", "--key", KEY]);
    let error = outcome.failed();
    assert!(error.contains("#SHA256:…") && error.contains("--fingerprint"), "{error}");
    assert_eq!(server.lines(), ["GET /repo/public_key"]);
    let other = SigningKey::generate(KeySize::Rsa2048).unwrap().public_key().fingerprint().to_string();
    let wrong = format!("{}#{other}", server.url(""));
    let outcome = machine.skep(&["connect", &wrong, "acme", "--key", KEY]);
    assert!(outcome.failed().contains(&format!("has fingerprint {}, not {other}", fingerprint())));
    let both = machine.skep(&["connect", &wrong, "acme", "--fingerprint", &fingerprint(), "--key", KEY]);
    assert!(both.failed().contains("different fingerprints"));
    assert!(machine.files().is_empty());
    machine.skep(&["connect", &server.url(""), "acme", "--key", KEY, "--yes"]).ok();
}

#[test]
fn nothing_is_written_when_one_of_several_fails() {
    let server = server();
    let machine = Machine::new();
    machine.put(MIX, "{offline,<<\"0\">>}.\n");
    let outcome = machine.skep(&["connect", &pinned(&server), "acme", "other", "--key", KEY]);
    assert!(outcome.failed().starts_with("the key does not open the repository of other"));
    assert_eq!(machine.files(), [MIX]);
    assert_eq!(machine.text(MIX), "{offline,<<\"0\">>}.\n");
}

#[test]
fn keys_that_were_made_for_nothing_are_revoked() {
    let server = Mock::start(|request| match request.path() {
        "/repo/repos/acme/names" => Answer::new(500, ""),
        _ => answer(request),
    });
    let machine = Machine::new().with("HEX_API_URL", &server.url("/api")).with("HEX_API_KEY", KEY);
    let outcome = machine.skep(&["connect", &pinned(&server), "acme", "--quiet"]);
    outcome.failed();
    assert_eq!(server.lines().last().unwrap(), "DELETE /api/keys/laptop-repository-acme");
    assert!(machine.files().is_empty());
}

#[test]
fn a_key_for_another_server_is_not_sent() {
    let (server, other) = (server(), server_with_members());
    let machine = Machine::new().with("HEX_API_URL", &other.url("/api")).with("HEX_API_KEY", KEY);
    let outcome = machine.skep(&["connect", &pinned(&server), "acme"]);
    assert!(outcome.failed().contains("not signed in to"), "{}", outcome.stderr);
    assert!(server.requests().iter().all(|request| request.authorization().is_none()));
    assert!(other.requests().is_empty());
}

#[test]
fn replacing_hexpm_takes_nothing_of_hex_pm_along() {
    let server = server();
    let machine = Machine::new();
    let before = "{'$oauth_token',#{access_token => <<\"t\">>,refresh_token => <<\"r\">>}}.\n";
    machine.put(MIX, before);
    let connect = ["connect", &pinned(&server), "acme", "--key", KEY, "--replace-hexpm"];
    let outcome = machine.skep(&connect);
    assert!(outcome.failed().contains("mix hex.user deauth"), "{}", outcome.stderr);
    assert_eq!(machine.text(MIX), before);
    fs::remove_file(machine.path(MIX)).unwrap();
    let outcome = machine.skep(&connect);
    assert!(outcome.ok().contains("organization: \"acme\""), "{}", outcome.stdout());
    assert!(machine.text(MIX).contains(&format!("{{api_url,<<\"{}\">>}}.", server.url("/api"))));
    let mirrored = Machine::new().with("HEX_MIRROR", "https://mirror.example.com");
    assert!(mirrored.skep(&connect).failed().contains("unset HEX_MIRROR"));
}

#[test]
fn a_build_gets_a_folder_that_goes_away() {
    let server = server();
    let temp = tempfile::tempdir().unwrap();
    let machine = Machine::new()
        .with("RUNNER_TEMP", temp.path().to_str().unwrap())
        .with("GITHUB_ENV", temp.path().join("env").to_str().unwrap())
        .with("SKEP_KEY", KEY);
    let connect = ["connect", &pinned(&server), "acme", "--ci"];
    let outcome = machine.skep(&connect);
    let folder = temp.path().join("skep-ci-job");
    let lines: Vec<&str> = outcome.ok().lines().collect();
    assert_eq!(
        lines,
        [
            format!("export HEX_HOME='{}'", folder.join("hex").display()),
            format!("export REBAR_GLOBAL_CONFIG_DIR='{}'", folder.join("rebar3").display()),
            format!("export SKEP_CI_HOME='{}'", folder.display()),
        ]
    );
    assert!(!outcome.stderr.contains(KEY));
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(fs::read_to_string(folder.join("hex/hex.config")).unwrap().contains(KEY));
    assert!(folder.join("rebar3/.config/rebar3/rebar.config").exists());
    assert!(machine.files().is_empty(), "nothing of the user's is touched");
    let other = machine.skep(&[&connect[..], &["--shell", "github"]].concat());
    assert_eq!(other.ok(), "");
    let environment = fs::read_to_string(temp.path().join("env")).unwrap();
    assert!(environment.starts_with("HEX_HOME=/"), "{environment}");
    for (shell, start) in [("fish", "set -gx HEX_HOME '"), ("powershell", "$env:HEX_HOME = '")] {
        assert!(machine.skep(&[&connect[..], &["--shell", shell]].concat()).ok().starts_with(start));
    }
    assert!(machine.skep(&["disconnect", "--ci"]).ok().starts_with("Removed "));
    assert!(!folder.exists());
    machine.skep(&["disconnect", "--ci"]).failed();
}

#[test]
fn a_build_that_fails_leaves_no_folder() {
    let server = server();
    let temp = tempfile::tempdir().unwrap();
    let machine = Machine::new().with("RUNNER_TEMP", temp.path().to_str().unwrap());
    let connect = ["connect", &pinned(&server), "acme", "--ci"];
    assert!(machine.skep(&connect).failed().contains("SKEP_KEY"));
    let outcome = machine.skep_with_input(&[&connect[..], &["--key-stdin"]].concat(), "wrong\n");
    assert!(outcome.failed().contains("does not open the repository of acme"));
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
    machine.skep_with_input(&[&connect[..], &["--key-stdin"]].concat(), &format!("{KEY}\n")).ok();
}

#[test]
fn a_login_in_netrc() {
    let server = server();
    let machine = Machine::new();
    machine.put(".netrc", "machine a login b password c\n");
    machine.skep(&["connect", &pinned(&server), "acme", "--key", KEY, "--netrc"]).ok();
    let expected = format!("machine a login b password c\nmachine 127.0.0.1\nlogin key\npassword {KEY}\n");
    assert_eq!(machine.text(".netrc"), expected);
    machine.skep(&["disconnect", &server.url("")]).ok();
    assert_eq!(machine.text(".netrc"), "machine a login b password c\n");
}

#[test]
fn texts_to_paste() {
    let server = server();
    let machine = Machine::new();
    assert!(machine.skep(&["snippets", "mix"]).failed().contains("no server is connected"));
    assert!(machine.skep(&["snippets"]).ok().contains("dependabot  .github/dependabot.yml"));
    let print = ["connect", "https://hex.example.com", "acme", "--print", "mix"];
    assert!(machine.skep(&print).ok().contains("repo: \"example:acme\""));
    assert!(machine.files().is_empty());
    machine.skep(&["connect", &pinned(&server), "acme", "--name", "corp", "--key", KEY]).ok();
    let dependabot = machine.skep(&["snippets", "dependabot"]);
    assert!(dependabot.ok().contains(&fingerprint()));
    let json = machine.skep(&["snippets", "renovate", "corp", "--json"]);
    let json: serde_json::Value = serde_json::from_str(json.ok()).unwrap();
    assert_eq!(json["file"], "renovate.json");
    assert!(!machine.skep(&["snippets", "github"]).ok().contains(KEY));
    assert_eq!(machine.skep(&["snippets", "nonsense"]).code, 2);
}

#[test]
fn arguments_that_make_no_sense() {
    let machine = Machine::new();
    for arguments in [
        &["connect"][..],
        &["connect", "https://x", "--plain", "--replace-hexpm"],
        &["connect", "https://x", "--shell", "sh"],
        &["disconnect"],
        &["disconnect", "x", "--ci"],
    ] {
        assert_eq!(machine.skep(arguments).code, 2, "{arguments:?}");
    }
    assert!(machine.skep(&["connect", "ftp://x"]).failed().contains("must begin with https://"));
}

#[test]
fn the_doctor_tells_and_mends() {
    let server = server();
    let machine = Machine::new();
    assert_eq!(machine.skep(&["doctor"]).ok(), "");
    machine.skep(&["connect", &pinned(&server), "acme", "--name", "corp", "--key", KEY]).ok();
    let outcome = machine.skep(&["doctor"]);
    assert!(outcome.ok().contains("✓ mix, repository corp:acme: opens, verified"), "{}", outcome.stdout());
    assert!(!outcome.stdout().contains(KEY));

    fs::set_permissions(machine.path(MIX), fs::Permissions::from_mode(0o644)).unwrap();
    let told = machine.skep(&["doctor", "corp", "--json"]);
    let told: serde_json::Value = serde_json::from_str(told.ok()).unwrap();
    assert_eq!((told["broken"].as_u64(), told["warnings"].as_u64()), (Some(0), Some(1)));
    machine.skep(&["doctor", "--fix"]).ok();
    assert_eq!(fs::metadata(machine.path(MIX)).unwrap().permissions().mode() & 0o777, 0o600);

    let config = machine.text(MIX);
    machine.put(MIX, &config.replace(KEY, "0123456789abcdef0123456789abcdee"));
    let outcome = machine.skep(&["doctor"]);
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stdout().contains("✗ mix, repository corp:acme: invalid API key (401)"),
        "{}",
        outcome.stdout()
    );
    assert_eq!(outcome.stderr, "error: one thing is broken\n");
    machine.put(MIX, "{half");
    assert!(machine.skep(&["doctor"]).stdout().contains("✗ ") && !machine.text(MIX).contains('}'));
    assert!(machine.skep(&["doctor", "nonsense"]).failed().contains("nonsense is not connected"));
}
