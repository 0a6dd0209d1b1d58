//! `skep info`

use serde_json::{Value, json};

use crate::mock::{Answer, Mock};
use crate::support::{KEY, Machine};

fn package() -> Value {
    let release = |version: &str| json!({"version": version, "has_docs": true, "inserted_at": "2026-01-02T03:04:05.000000Z"});
    let versions = ["2.0.0-rc.1", "1.9.0", "1.8.0", "1.7.0", "1.6.0", "1.5.0", "1.4.0", "1.3.0", "1.2.0"];
    json!({
        "name": "foo", "repository": "hexpm", "html_url": "https://hex.example.com/packages/foo",
        "docs_html_url": "https://foo.example.com/", "latest_version": "2.0.0-rc.1", "latest_stable_version": "1.9.0",
        "meta": {"description": "Does things.\n\nMany of them.", "licenses": ["MIT", "Apache-2.0"],
                 "links": {"GitHub": "https://github.com/example/foo"}, "maintainers": []},
        "configs": {"mix.exs": "{:foo, \"~> 1.9\"}", "rebar.config": "{foo, \"1.9.0\"}", "erlang.mk": "dep_foo = hex 1.9.0"},
        "releases": versions.map(release),
        "retirements": {"1.8.0": {"reason": "security", "message": "see\nbelow"}, "1.7.0": {"reason": "invalid"}},
        "downloads": {"day": 7, "week": 1234, "all": 1_234_567},
        "owners": [{"username": "eric", "email": "eric@example.com", "level": "full"},
                   {"username": "jane", "level": "maintainer"}],
        "security_advisories": [{"id": "GHSA-1", "summary": "a hole", "cvss_rating": "high",
                                 "affected": ["< 1.9.0"], "html_url": "https://osv.dev/vulnerability/GHSA-1"}],
    })
}

fn release() -> Value {
    json!({
        "version": "1.8.0", "checksum": "ab".repeat(32), "has_docs": true, "inserted_at": "2026-01-02T03:04:05.000000Z",
        "html_url": "https://hex.example.com/packages/foo/1.8.0", "docs_html_url": "https://foo.example.com/1.8.0/",
        "retirement": {"reason": "security", "message": "a hole"},
        "configs": {"mix.exs": "{:foo, \"~> 1.8\"}", "rebar.config": "{foo, \"1.8.0\"}"},
        "meta": {"app": "foo", "build_tools": ["mix", "rebar3"], "elixir": "~> 1.14"},
        "requirements": {"bar": {"app": "bar", "requirement": "~> 1.0", "optional": false},
                         "baz": {"app": "bazz", "requirement": ">= 0.1.0", "optional": true}},
        "downloads": 4321, "publisher": {"username": "eric", "email": "eric@example.com", "url": "https://x"},
        "security_advisories": [],
    })
}

fn server() -> Mock {
    Mock::start(|request| match request.line().as_str() {
        "GET /api/packages/foo" => Answer::json(200, package()),
        "GET /api/packages/foo/releases/1.8.0" => Answer::json(200, release()),
        "GET /api/repos/acme/packages/foo" if request.authorization() == Some(KEY) => {
            let mut private = package();
            private["configs"]["mix.exs"] = json!("{:foo, \"~> 1.9\", organization: \"acme\"}");
            Answer::json(200, private)
        }
        "GET /api/packages/bare" => Answer::json(
            200,
            json!({"name": "bare", "meta": null, "configs": null, "releases": null, "retirements": null,
                   "downloads": null, "owners": null, "security_advisories": null}),
        ),
        "GET /api/packages/bare/releases/1.0.0" => Answer::json(
            200,
            json!({"version": "1.0.0", "retirement": null, "downloads": [], "publisher": null, "requirements": null,
                   "meta": null, "configs": {"mix.exs": null}}),
        ),
        "GET /api/packages/hostile" => Answer::json(
            200,
            json!({"name": "hostile\u{1b}]0;x\u{7}", "html_url": "https://x/\u{1b}[2J",
                   "meta": {"description": "\u{1b}[2Jgone", "licenses": ["\u{9b}1m"],
                            "links": {"a\nLicenses: none": "b\rc", "n": 1}},
                   "releases": [{"version": "1\u{1b}[31m", "inserted_at": "\u{202e}"}],
                   "owners": [{"username": "\u{200b}root"}]}),
        ),
        "GET /api/packages/odd" => Answer::json(200, json!([1, 2])),
        _ => Answer::not_found(),
    })
}

#[test]
fn a_package() {
    let server = server();
    let machine = Machine::at(&server);
    machine.put("mix.lock", concat!(
        "%{\n  \"foo\": {:hex, :foo, \"1.7.0\", \"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\", ",
        "[:mix], [], \"hexpm\", \"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"},\n}\n"
    ));
    insta::assert_snapshot!("info-package", machine.skep(&["info", "foo"]).ok());
    insta::assert_snapshot!(
        "info-package-json",
        machine.skep(&["package", "info", "hexpm:foo", "--json"]).ok()
    );
    assert_eq!(server.lines(), ["GET /api/packages/foo"; 2]);
    machine.put("mix.lock", "no lock file");
    let outcome = machine.skep(&["info", "foo"]);
    assert!(outcome.stderr.starts_with("warning: ./mix.lock: "), "{}", outcome.stderr);
    assert!(!outcome.ok().contains("Locked"));
}

#[test]
fn a_release() {
    let server = server();
    let machine = Machine::at(&server);
    insta::assert_snapshot!("info-release", machine.skep(&["info", "foo", "1.8.0"]).ok());
    insta::assert_snapshot!("info-release-json", machine.skep(&["info", "foo", "1.8.0", "--json"]).ok());
}

#[test]
fn servers_that_leave_things_out() {
    let server = server();
    let machine = Machine::at(&server);
    insta::assert_snapshot!(machine.skep(&["info", "bare"]).ok(), @r#"
    bare

    No description provided

    No releases
    "#);
    insta::assert_snapshot!(machine.skep(&["info", "bare", "1.0.0"]).ok(), @r#"
    bare 1.0.0

    gleam.toml: bare = ">= 1.0.0 and < 2.0.0"
    "#);
    assert!(machine.skep(&["info", "odd"]).failed().contains("something else than a Hex API"));
}

#[test]
fn servers_that_want_to_drive_the_terminal() {
    let outcome = Machine::at(&server()).skep(&["info", "hostile"]);
    insta::assert_snapshot!(outcome.ok(), @r#"
    hostile  https://x/\u{1b}[2J

    \u{1b}[2Jgone

    Recent releases:
      1\u{1b}[31m (\u{202e})

    Licenses: \u{9b}1m
    Links:
      a Licenses: none: b c
    Owners:
      \u{200b}root
    "#);
}

#[test]
fn what_is_not_there() {
    let server = server();
    let machine = Machine::at(&server);
    assert_eq!(
        machine.skep(&["info", "acme/foo"]).failed(),
        format!("no package with name acme/foo that you may see at {}", server.url("/api"))
    );
    assert_eq!(
        machine.skep(&["info", "foo", "9.9.9"]).failed(),
        format!("no release with name foo 9.9.9 that you may see at {}", server.url("/api"))
    );
    assert_eq!(machine.skep(&["info", "foo", "1.0"]).code, 2);
}

#[test]
fn a_repository_of_the_configuration() {
    let server = server();
    let machine = Machine::new();
    machine.put(
        ".hex/hex.config",
        &format!(
            "{{'$repos',#{{<<\"mysrv\">> => #{{url => <<\"{}\">>,public_key => nil,auth_key => nil}}}}}}.\n",
            server.url("/repo")
        ),
    );
    // The variable is for the server that was named, which is another one.
    let machine = machine.with("HEX_API_KEY", KEY);
    assert!(machine.skep(&["info", "mysrv:foo"]).ok().starts_with("mysrv:foo  https://"));
    assert!(
        machine
            .skep(&["info", "foo", "--repo", "mysrv"])
            .ok()
            .contains("{:foo, \"~> 1.9\", repo: \"mysrv\"}")
    );
    assert!(server.requests().iter().all(|request| request.authorization().is_none()));
    let failed = machine.skep(&["info", "other:foo"]);
    assert!(failed.failed().contains("other"), "{}", failed.stderr);
    // Named by its address, it gets the key.
    let machine = machine.with("HEX_API_URL", &server.url("/api"));
    let private = machine.skep(&["info", "mysrv:acme/foo"]);
    assert!(
        private.ok().contains("Config: {:foo, \"~> 1.9\", repo: \"mysrv:acme\"}"),
        "{}",
        private.stdout()
    );
}

/// An organization that is connected side by side is no organization of hex.pm to mix.
#[test]
fn an_organization_beside_hexpm() {
    let server = server();
    let machine = Machine::new();
    let url = server.url("/repo");
    machine.put(
        ".hex/hex.config",
        &format!(
            "{{'$repos',#{{<<\"mysrv\">> => #{{url => <<\"{url}\">>,public_key => nil,auth_key => nil}},\
             <<\"mysrv:acme\">> => #{{auth_key => <<\"{KEY}\">>}}}}}}.\n"
        ),
    );
    let machine = machine.with("HEX_API_URL", &server.url("/api")).with("HEX_API_KEY", KEY);
    for arguments in [vec!["info", "foo", "--organization", "acme"], vec!["info", "acme/foo"]] {
        let told = machine.skep(&arguments);
        assert!(told.ok().contains("Config: {:foo, \"~> 1.9\", repo: \"mysrv:acme\"}"), "{}", told.stdout());
    }
    assert!(machine.skep(&["info", "foo"]).ok().contains("Config: {:foo, \"~> 1.9\", repo: \"mysrv\"}"));
}

#[test]
fn this_program() {
    let machine = Machine::new().with("HEX_API_URL", "https://hex.example.com/api/");
    let home = machine.home.path().display().to_string();
    insta::assert_snapshot!(machine.skep(&["info"]).ok().replace(&home, "HOME").replace(env!("CARGO_PKG_VERSION"), "VERSION"), @r#"
    Skep:       VERSION
    Server:     https://hex.example.com/api
    Repository: https://hex.example.com/repo
    Settings:   HOME/.hex/hex.config
    "#);
}
