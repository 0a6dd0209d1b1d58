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
pub(crate) fn pinned(server: &Mock) -> String {
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
    assert!(told.contains("In rebar.config:\n  {deps, [{package, \"~> 1.0\"}]}.\n"), "{told}");
    assert!(told.contains("skep gleam add package --repo corp:acme"), "{told}");
    assert!(
        told.contains("go there with --server corp") && told.contains("skep snippets dependabot|"),
        "{told}"
    );
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
    assert!(machine.files().is_empty());
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

/// The key of the user and the one that is made for the machine are two, and both open `acme`.
fn server_with_two_keys() -> Mock {
    Mock::start(|request| {
        let mut as_known = request.clone();
        if request.authorization() == Some(MADE) && request.method == "GET" {
            as_known.headers.insert("authorization".to_owned(), KEY.to_owned());
        }
        match request.line().as_str() {
            "POST /api/keys" if request.authorization() == Some(KEY) => {
                Answer::json(201, json!({"name": request.json()["name"], "secret": MADE}))
            }
            _ => answer(&as_known),
        }
    })
}

const MADE: &str = "fedcba9876543210fedcba9876543210";

fn count(server: &Mock, start: &str) -> usize {
    server.lines().iter().filter(|line| line.starts_with(start)).count()
}

#[test]
fn a_key_that_some_file_has_is_used_again_and_never_revoked() {
    let server = server_with_two_keys();
    let machine = Machine::new().with("HEX_API_URL", &server.url("/api")).with("HEX_API_KEY", KEY);
    machine.skep(&["connect", &pinned(&server), "acme"]).ok();
    let before = machine.text(MIX);
    // Whatever is lost: the key is in the other file, or in what connect remembers.
    fs::remove_file(machine.path(MIX)).unwrap();
    machine.skep(&["connect", &server.url(""), "acme", "--no-rebar3"]).ok();
    assert_eq!(machine.text(MIX), before);
    for name in [MIX, REBAR3, REBAR3_KEYS] {
        fs::remove_file(machine.path(name)).unwrap();
    }
    machine.skep(&["connect", &server.url(""), "acme"]).ok();
    assert_eq!(machine.text(MIX), before);
    assert_eq!((count(&server, "POST "), count(&server, "DELETE ")), (1, 0));

    // Another key in mix: rebar3 goes on with the one before.
    let outcome = machine.skep(&["connect", &server.url(""), "acme", "--no-rebar3", "--key", KEY]);
    outcome.ok();
    let held = machine.path(REBAR3_KEYS);
    let warning =
        format!("the key laptop-repository-acme is not revoked, because {} still holds it", held.display());
    assert!(outcome.stderr.contains(&warning), "{}", outcome.stderr);
    assert!(machine.text(REBAR3_KEYS).contains(MADE) && machine.text(MIX).contains(KEY));
    assert_eq!(count(&server, "DELETE "), 0);
    // And when rebar3 has it no more, it goes.
    fs::remove_file(machine.path(MIX)).unwrap();
    machine.skep(&["disconnect", &server.url("")]).ok();
    machine.skep(&["connect", &pinned(&server), "acme"]).ok();
    machine.skep(&["connect", &server.url(""), "acme", "--key", KEY]).ok();
    assert_eq!(server.lines().last().unwrap(), "DELETE /api/keys/laptop-repository-acme");
    assert!(!machine.holds(MADE));
}

/// What a machine knows needs no login.
#[test]
fn connecting_again_needs_nobody_to_sign_in() {
    let server = server();
    let machine = Machine::new();
    machine.skep(&["connect", &pinned(&server), "acme", "--name", "corp", "--key", KEY]).ok();
    let files = (machine.text(MIX), machine.text(REBAR3), machine.text(REBAR3_KEYS));
    fs::remove_file(machine.path(MIX)).unwrap();
    machine.put(REBAR3_KEYS, "#{}.\n");
    assert_eq!(machine.skep(&["connect", &server.url(""), "-q"]).ok(), "", "quiet is quiet");
    assert_eq!((machine.text(MIX), machine.text(REBAR3)), (files.0, files.1));
    assert!(machine.text(REBAR3_KEYS).contains(KEY));
    let other = machine.skep(&["connect", &server.url(""), "acme", "beta"]);
    assert!(other.failed().contains("not signed in to"), "{}", other.stderr);
}

#[test]
fn several_at_once_make_what_one_makes() {
    let server = server();
    let alone = Machine::new();
    alone.skep(&["connect", &pinned(&server), "acme", "--key", KEY]).ok();
    let machine = Machine::new();
    let address = pinned(&server);
    for _ in 0..3 {
        let connect = ["connect", &address, "acme", "--key", KEY, "--quiet"];
        let running: Vec<_> = (0..4).map(|_| machine.command(&connect).spawn().unwrap()).collect();
        for mut child in running {
            assert!(child.wait().unwrap().success());
        }
        for name in [MIX, REBAR3, REBAR3_KEYS] {
            assert_eq!(machine.text(name), alone.text(name));
        }
        assert_eq!(machine.skep(&["disconnect", &server.url(""), "-q"]).ok(), "");
        assert!(machine.files().is_empty());
    }
}

#[test]
fn keys_that_can_not_be_revoked_are_an_error_at_the_end() {
    let server = Mock::start(|request| match request.method.as_str() {
        "DELETE" => Answer::refusal(403, "not today"),
        _ => answer(request),
    });
    let machine = Machine::new().with("HEX_API_URL", &server.url("/api")).with("HEX_API_KEY", KEY);
    machine.skep(&["connect", &pinned(&server), "acme"]).ok();
    let outcome = machine.skep(&["disconnect", &server.url("")]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stdout().contains("left     key laptop-repository-acme"), "{}", outcome.stdout());
    assert!(outcome.stderr.contains("the key laptop-repository-acme could not be revoked: not today"));
    let remedy = format!("skep key revoke laptop-repository-acme --server {}", server.url("/api"));
    assert!(outcome.stderr.contains(&remedy), "{}", outcome.stderr);
    assert_eq!(machine.files(), [".hex/skep/credentials.toml"], "all else is undone");

    // Nobody is signed in, and JSON says the same.
    machine.skep(&["connect", &pinned(&server), "acme"]).ok();
    let mut command = machine.command(&["disconnect", &server.url(""), "--json"]);
    let outcome = command.env_remove("HEX_API_KEY").output().unwrap();
    assert_eq!(outcome.status.code(), Some(1));
    let told: serde_json::Value = serde_json::from_slice(&outcome.stdout).unwrap();
    assert_eq!(told["left_keys"], json!([{"name": "laptop-repository-acme"}]));
    assert!(String::from_utf8(outcome.stderr).unwrap().contains("not signed in to"));
}

#[test]
fn a_key_that_another_entry_uses_is_left_and_told() {
    let server = server_with_members();
    let machine = Machine::new().with("HEX_API_URL", &server.url("/api")).with("HEX_API_KEY", KEY);
    machine.skep(&["connect", &pinned(&server)]).ok();
    machine.put(".netrc", &format!("machine mine.example.com login x password {KEY}\n"));
    let outcome = machine.skep(&["disconnect", &server.url("")]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains(".netrc holds it"), "{}", outcome.stderr);
    assert_eq!(count(&server, "DELETE "), 0);
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

/// Its name can be guessed, and what is in it is trusted.
#[test]
fn a_folder_that_others_can_write_to_is_refused() {
    let server = server();
    let temp = tempfile::tempdir().unwrap();
    let machine = Machine::new().with("RUNNER_TEMP", temp.path().to_str().unwrap()).with("SKEP_KEY", KEY);
    let connect = ["connect", &pinned(&server), "acme", "--ci"];
    let folder = temp.path().join("skep-ci-job");
    let mode = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join(".skep-ci"), "").unwrap();
    mode(0o777);
    assert!(machine.skep(&connect).failed().contains("is not yours alone"));
    assert!(machine.skep(&["disconnect", "--ci"]).failed().contains("is not yours alone"));
    // One without our mark is not ours either, and one that is a link could lead anywhere.
    mode(0o700);
    fs::remove_file(folder.join(".skep-ci")).unwrap();
    assert!(machine.skep(&connect).failed().contains("cannot make"));
    let elsewhere = temp.path().join("elsewhere");
    fs::rename(&folder, &elsewhere).unwrap();
    fs::write(elsewhere.join(".skep-ci"), "").unwrap();
    std::os::unix::fs::symlink(&elsewhere, &folder).unwrap();
    assert!(machine.skep(&connect).failed().contains("is not yours alone"));
    // Nor may a part of it lead elsewhere.
    fs::remove_file(&folder).unwrap();
    fs::rename(&elsewhere, &folder).unwrap();
    fs::create_dir(temp.path().join("theirs")).unwrap();
    std::os::unix::fs::symlink(temp.path().join("theirs"), folder.join("hex")).unwrap();
    assert!(machine.skep(&connect).failed().contains("is not yours alone"));
    assert!(server.requests().is_empty(), "the key was not shown to anybody");
    assert_eq!(fs::read_dir(temp.path().join("theirs")).unwrap().count(), 0);
}

/// `HEX_API_KEY` is for the server that the environment names.
#[test]
fn a_build_shows_no_server_the_key_of_another() {
    let (server, other) = (server(), server());
    let connect = ["connect", &pinned(&server), "acme", "--ci"];
    let temp = tempfile::tempdir().unwrap();
    let machine =
        || Machine::new().with("RUNNER_TEMP", temp.path().to_str().unwrap()).with("HEX_API_KEY", KEY);
    for name in ["HEX_API_URL", "HEX_API"] {
        let outcome = machine().with(name, &other.url("/api")).skep(&connect);
        assert!(outcome.failed().contains("--ci needs a key"), "{}", outcome.stderr);
    }
    assert!(server.requests().is_empty() && other.requests().is_empty());
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
    machine().with("HEX_API_URL", &server.url("/api")).skep(&connect).ok();
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
    // The signing key stands in this one, and is checked.
    let rebar3 = ["connect", &pinned(&server), "acme", "--print", "rebar3"];
    assert!(machine.skep(&rebar3).ok().contains("repo_public_key => <<\"-----BEGIN PUBLIC KEY-----\\n"));
    assert_eq!(server.lines(), ["GET /repo/public_key"]);
    assert!(machine.files().is_empty());
    machine.skep(&["connect", &pinned(&server), "acme", "--name", "corp", "--key", KEY]).ok();
    let asked = server.requests().len();
    assert!(machine.skep(&["snippets", "rebar3"]).ok().contains("-----BEGIN PUBLIC KEY-----\\n"));
    assert_eq!(server.requests().len(), asked);
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
        &["disconnect", "x", "--ci"],
    ] {
        assert_eq!(machine.skep(arguments).code, 2, "{arguments:?}");
    }
    assert!(machine.skep(&["connect", "ftp://x"]).failed().contains("must begin with https://"));
    assert_eq!(machine.skep(&["disconnect"]).failed(), "no server is connected");
}

#[test]
fn the_only_server_needs_no_name_to_be_disconnected_and_nothing_is_left() {
    let server = server();
    let machine = Machine::new();
    machine.skep(&["connect", &pinned(&server), "acme", "--name", "corp", "--key", KEY]).ok();
    let otherwise = machine.skep(&["connect", &pinned(&server), "acme", "--plain", "--key", KEY]);
    assert!(otherwise.failed().contains("beside hexpm, as NAME:ORGANIZATION, not with organizations by"));
    let outcome = machine.skep(&["disconnect"]);
    assert!(outcome.ok().contains("removed "), "{}", outcome.stdout());
    assert!(!outcome.stdout().contains("restored"), "{}", outcome.stdout());
    assert!(machine.files().iter().all(|file| !format!("{file:?}").contains("credentials.toml")));
}

#[test]
fn a_build_that_is_none_of_github_is_told_so_before_anything_is_asked() {
    let server = server();
    let machine = Machine::new();
    let arguments = ["connect", &pinned(&server), "acme", "--key", KEY, "--ci", "--shell", "github"];
    assert!(machine.skep(&arguments).failed().starts_with("GITHUB_ENV is not set"));
    assert!(server.requests().is_empty());
}
