//! `skep search`

use serde_json::{Value, json};

use crate::mock::{Answer, Mock};
use crate::support::{KEY, Machine};

fn hit(repository: &str, name: &str, description: Value) -> Value {
    json!({
        "name": name, "repository": repository, "meta": {"description": description},
        "latest_stable_version": "1.2.0", "latest_version": "2.0.0-rc.1", "releases": [{"version": "2.0.0-rc.1"}],
        "html_url": format!("https://hex.example.com/packages/{name}"),
        "updated_at": "2026-01-02T03:04:05.000000Z", "downloads": {"all": 12},
    })
}

fn finding(hits: Value) -> Mock {
    Mock::start(move |_| Answer::json(200, hits.clone()))
}

#[test]
fn a_table_as_mix_has_it() {
    let server = finding(json!([
        hit("hexpm", "plug", json!("Compose web\napplications, one plug after the other, in any order that you like")),
        {"name": "bare", "repository": "hexpm", "meta": null, "releases": null, "downloads": null},
    ]));
    let machine = Machine::at(&server);
    insta::assert_snapshot!(machine.skep(&["search", "plug", "router"]).ok(), @r#"
    Package  Description                                         Version  URL
    plug     Compose web applications, one plug after the othe…  1.2.0    https://hex.example.com/packages/plug
    bare
    "#);
    assert_eq!(server.lines(), ["GET /api/packages?search=plug+router&sort=downloads&page=1&per_page=26"]);
    assert_eq!(server.requests()[0].authorization(), None);
    let same = machine.skep(&["package", "search", "plug", "--json"]);
    let json: Value = serde_json::from_str(same.ok()).unwrap();
    assert_eq!(
        json[0],
        json!({
            "package": "plug", "repository": "hexpm", "version": "1.2.0",
            "description": "Compose web\napplications, one plug after the other, in any order that you like",
            "url": "https://hex.example.com/packages/plug", "updated_at": "2026-01-02T03:04:05.000000Z",
            "downloads": 12,
        })
    );
    assert_eq!(json[1]["version"], Value::Null);
}

#[test]
fn a_column_for_organizations_where_there_are_some() {
    let server = finding(json!([
        hit("hexpm", "plug", Value::Null),
        hit("acme", "secret", json!("hostile \u{1b}[2J\u{202e} text")),
    ]));
    let machine = Machine::at(&server).with("HEX_API_KEY", KEY);
    insta::assert_snapshot!(
        machine.skep(&["search", "x", "--organization", "acme", "--sort", "name", "--limit", "100"]).ok(), @r#"
    Organization  Package  Description                     Version  URL
                  plug                                     1.2.0    https://hex.example.com/packages/plug
    acme          secret   hostile \u{1b}[2J\u{202e} text  1.2.0    https://hex.example.com/packages/secret
    "#
    );
    assert_eq!(server.lines(), ["GET /api/repos/acme/packages?search=x&sort=name&page=1&per_page=100"]);
    // As JSON it is harmless, too, and the same text.
    let outcome = machine.skep(&["search", "x", "--json"]);
    assert!(!outcome.ok().contains('\u{202e}'));
    let json: Value = serde_json::from_str(outcome.stdout()).unwrap();
    assert_eq!(json[1]["description"], "hostile \u{1b}[2J\u{202e} text");
}

#[test]
fn as_many_as_asked_for() {
    let server = Mock::start(|request| {
        let page: usize =
            request.target.split("page=").nth(1).unwrap().split('&').next().unwrap().parse().unwrap();
        let name = |index: usize| hit("hexpm", &format!("p{page}x{index}"), Value::Null);
        let count = if page < 3 { 100 } else { 7 };
        Answer::json(200, (0..count).map(name).collect())
    });
    let machine = Machine::at(&server);
    let count = |limit: &str| {
        let outcome = machine.skep(&["search", "p", "--limit", limit, "--json"]);
        let json: Vec<Value> = serde_json::from_str(outcome.ok()).unwrap();
        (json.len(), outcome.stderr)
    };
    assert_eq!(count("150"), (150, "There are more than 150: --limit shows more\n".to_owned()));
    assert_eq!(server.lines().len(), 2);
    assert_eq!(count("200").0, 200);
    assert_eq!(count("1000"), (207, String::new()));
    for wrong in ["0", "1001", "x"] {
        assert_eq!(machine.skep(&["search", "p", "--limit", wrong]).code, 2);
    }
}

#[test]
fn nothing_found_is_no_failure_and_a_failure_is_one() {
    let outcome = Machine::at(&finding(json!([]))).skep(&["search", "nothing"]);
    assert_eq!((outcome.ok(), outcome.stderr.as_str()), ("", "No packages found\n"));
    let outcome = Machine::at(&finding(json!([]))).skep(&["search", "nothing", "--json"]);
    assert_eq!(outcome.ok(), "[]\n");
    let broken = Mock::start(|_| Answer::refusal(400, "Bad request"));
    assert_eq!(Machine::at(&broken).skep(&["search", "x"]).failed(), "cannot search: Bad request (400)");
    let missing = Mock::start(|_| Answer::not_found());
    assert_eq!(
        Machine::at(&missing).skep(&["search", "x", "--organization", "acme"]).failed(),
        format!("cannot search at {}: no repository with name hexpm:acme", missing.url(""))
    );
}
