//! `skep retire` and `skep unretire`

use serde_json::{Value, json};

use crate::mock::{Answer, Mock};
use crate::support::{KEY, Machine};

fn server() -> Mock {
    Mock::start(|request| match request.path() {
        path if path.contains("/packages/foo/") => Answer::new(204, ""),
        _ => Answer::not_found(),
    })
}

#[test]
fn retiring_and_taking_it_back() {
    let server = server();
    let machine = Machine::at(&server).with("HEX_API_KEY", KEY);
    let ok = |arguments: &[&str]| machine.skep(arguments).ok().to_owned();
    assert_eq!(
        ok(&["retire", "foo", "1.0.0", "security", "--message", "CVE-1"]),
        "foo 1.0.0 has been retired\n"
    );
    assert_eq!(
        ok(&["retire", "acme/foo", "--all", "renamed", "-m", "use bar", "--replace"]),
        "All releases of acme/foo have been retired\n"
    );
    assert_eq!(ok(&["retire", "foo", "1.0.0", "--unretire"]), "foo 1.0.0 has been unretired\n");
    let json: Value = serde_json::from_str(&ok(&["unretire", "foo", "1.0.0", "--json"])).unwrap();
    assert_eq!(json, json!({"unretired": {"package": "foo", "repository": "hexpm", "version": "1.0.0"}}));
    assert_eq!(
        server.lines(),
        [
            "POST /api/packages/foo/releases/1.0.0/retire",
            "POST /api/repos/acme/packages/foo/retire",
            "DELETE /api/packages/foo/releases/1.0.0/retire",
            "DELETE /api/packages/foo/releases/1.0.0/retire",
        ]
    );
    assert_eq!(server.requests()[0].json(), json!({"reason": "security", "message": "CVE-1"}));
    assert_eq!(
        server.requests()[1].json(),
        json!({"reason": "renamed", "message": "use bar", "replace": true})
    );
}

#[test]
fn a_wrong_word_is_told_at_once() {
    let server = server();
    let machine = Machine::at(&server).with("HEX_API_KEY", KEY);
    let outcome = machine.skep(&["retire", "foo", "1.0.0", "securty", "--message", "x"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("tip: a similar value exists: 'security'"), "{}", outcome.stderr);
    for wrong in [
        &["retire", "foo", "1.0.0", "security"][..],
        &["retire", "foo", "1.0.0"],
        &["retire", "foo", "1.0", "security", "--message", "x"],
        &["retire", "foo", "1.0.0", "security", "--unretire"],
        &["retire", "foo", "1.0.0", "--all", "security", "--message", "x"],
    ] {
        assert_eq!(machine.skep(wrong).code, 2, "{wrong:?}");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn what_fails_fails() {
    let server = server();
    let machine = Machine::at(&server).with("HEX_API_KEY", KEY);
    assert_eq!(
        machine.skep(&["retire", "bar", "1.0.0", "other", "--message", "xyz"]).failed(),
        format!(
            "cannot retire the release at {}: no release with name bar 1.0.0 that you may change",
            server.url("")
        )
    );
    let refusing = Mock::start(|_| {
        Answer::json(
            422,
            json!({"status": 422, "message": "Validation error(s)",
                   "errors": {"retirement": {"message": "should be at least 3 character(s)"}}}),
        )
    });
    let machine = Machine::at(&refusing).with("HEX_API_KEY", KEY);
    assert_eq!(
        machine.skep(&["retire", "foo", "1.0.0", "other", "--message", "x"]).failed(),
        "cannot retire the release: Validation error(s) (422): retirement.message: should be at least 3 character(s)"
    );
}
