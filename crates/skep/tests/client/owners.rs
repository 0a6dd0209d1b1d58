//! `skep owner`

use serde_json::{Value, json};

use crate::mock::{Answer, Mock};
use crate::support::{KEY, Machine};

fn server() -> Mock {
    Mock::start(|request| match request.line().as_str() {
        _ if request.authorization().is_some_and(|key| key != KEY) => Answer::refusal(401, "invalid API key"),
        "GET /api/packages/foo/owners" => Answer::json(
            200,
            json!([
                {"username": "eric", "email": "eric@example.com", "level": "full"},
                {"username": "jörg\u{1b}[2J", "email": null, "level": "maintainer"},
            ]),
        ),
        "GET /api/packages/none/owners" => Answer::json(200, json!([])),
        "GET /api/users/me" => Answer::json(
            200,
            json!({"username": "eric", "packages": [
                {"name": "foo", "repository": "hexpm", "html_url": "https://hex.example.com/packages/foo"},
                {"name": "bar", "repository": "acme", "html_url": null},
            ]}),
        ),
        line if line.starts_with("PUT /api/repos/acme/packages/foo/owners/") => Answer::new(204, ""),
        line if line.starts_with("PUT /api/packages/foo/owners/") => Answer::new(204, ""),
        line if line.starts_with("DELETE /api/packages/foo/owners/") => Answer::json(
            422,
            json!({"status": 422, "message": "Validation error(s)",
                   "errors": {"username": "cannot remove last owner of package"}}),
        ),
        _ => Answer::not_found(),
    })
}

fn signed_in(mock: &Mock) -> Machine {
    Machine::at(mock).with("HEX_API_KEY", KEY)
}

#[test]
fn a_list_shows_names_and_needs_no_login() {
    let server = server();
    let machine = Machine::at(&server);
    insta::assert_snapshot!(machine.skep(&["owner", "list", "foo"]).ok(), @r"
    Username       Email             Level
    eric           eric@example.com  full
    jörg\u{1b}[2J                    maintainer
    ");
    let json: Value = serde_json::from_str(machine.skep(&["owner", "list", "foo", "--json"]).ok()).unwrap();
    assert_eq!(json[0], json!({"username": "eric", "email": "eric@example.com", "level": "full"}));
    assert_eq!(server.requests()[0].authorization(), None);
    let none = machine.skep(&["owner", "list", "none"]);
    assert_eq!((none.ok(), none.stderr.as_str()), ("", "none has no owners\n"));
    assert_eq!(
        machine.skep(&["owner", "list", "nobody"]).failed(),
        format!("cannot list the owners at {}: no package with name nobody", server.url(""))
    );
}

#[test]
fn changes_say_what_was_done_and_where() {
    let server = server();
    let machine = signed_in(&server);
    assert_eq!(
        machine.skep(&["owner", "add", "foo", "jane"]).ok(),
        "Adding owner jane with ownership level full to foo\n"
    );
    let add = [
        "owner",
        "add",
        "foo",
        "j+x@example.com",
        "--level",
        "maintainer",
        "--organisation",
        "acme",
        "--json",
    ];
    let added: Value = serde_json::from_str(machine.skep(&add).ok()).unwrap();
    assert_eq!(
        added,
        json!({"added": {"package": "foo", "repository": "hexpm:acme", "owner": "j+x@example.com", "level": "maintainer"}})
    );
    assert_eq!(
        machine.skep(&["owner", "transfer", "acme/foo", "acme"]).ok(),
        "Transferring ownership to acme for acme/foo\n"
    );
    let told =
        "cannot remove the owner: Validation error(s) (422): username: cannot remove last owner of package";
    assert_eq!(machine.skep(&["owner", "remove", "foo", "eric"]).failed(), told);
    let sent: Vec<_> =
        server.requests().iter().map(|request| (request.line(), request.body.clone())).collect();
    let body = |level: &str, transfer| json!({"level": level, "transfer": transfer});
    let is = |index: usize, line: &str, body: Value| {
        assert_eq!(sent[index].0, line);
        assert_eq!(serde_json::from_slice::<Value>(&sent[index].1).unwrap(), body);
    };
    is(0, "PUT /api/packages/foo/owners/jane", body("full", false));
    is(1, "PUT /api/repos/acme/packages/foo/owners/j%252Bx@example.com", body("maintainer", false));
    is(2, "PUT /api/repos/acme/packages/foo/owners/acme", body("full", true));
}

#[test]
fn what_fails_fails() {
    let server = server();
    let nobody = Machine::at(&server);
    let told = nobody.skep(&["owner", "add", "foo", "jane"]);
    assert!(told.failed().starts_with("not signed in to "), "{}", told.stderr);
    let machine = signed_in(&server);
    assert_eq!(
        machine.skep(&["owner", "add", "bar", "jane"]).failed(),
        format!(
            "cannot add the owner at {}: there is no package bar that you may change, or no user jane",
            server.url("")
        )
    );
    assert_eq!(
        machine.skep(&["owner", "remove", "foo", ".."]).failed(),
        "cannot remove the owner: \"..\" is not a name"
    );
    let twice = ["owner", "add", "acme/foo", "jane", "--organization", "other"];
    assert_eq!(machine.skep(&twice).failed(), "the organization is acme and other at once: say one of them");
    for wrong in [&["owner", "add", "foo", "jane", "--level", "ful"][..], &["owner", "add", "Foo", "jane"]] {
        assert_eq!(machine.skep(wrong).code, 2);
    }
    assert_eq!(server.lines(), ["PUT /api/packages/bar/owners/jane"]);
}

#[test]
fn packages_of_mine() {
    let server = server();
    let machine = signed_in(&server);
    assert_eq!(
        machine.skep(&["owner", "packages"]).ok(),
        "foo - https://hex.example.com/packages/foo\nacme/bar\n"
    );
    let json: Value = serde_json::from_str(machine.skep(&["owner", "packages", "--json"]).ok()).unwrap();
    assert_eq!(json[1], json!({"name": "bar", "repository": "acme", "html_url": null}));
}
