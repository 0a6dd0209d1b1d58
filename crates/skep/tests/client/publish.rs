//! `skep publish`, `skep docs publish` and `skep revert`.

use std::fs;

use serde_json::{Value, json};

use crate::build::{gleam_project, played, played_mix};
use crate::mock::{Answer, Mock, Request};
use crate::support::{KEY, Machine, build, server};

/// A server that takes everything, and whose organization `acme` has the package `leaf`.
fn taking() -> Mock {
    Mock::start(take)
}

fn take(request: &Request) -> Answer {
    assert_eq!(request.authorization(), Some(KEY));
    match (request.method.as_str(), request.path()) {
        ("GET", "/api/repos/acme/packages/leaf") => Answer::json(200, json!({"name": "leaf"})),
        ("POST", path) if path.ends_with("/docs") => {
            Answer::new(201, "").with("location", "https://hex.example.com/docs/twig")
        }
        ("POST", _) => {
            Answer::json(201, json!({"version": "1.2.0", "html_url": "https://hex.example.com/twig"}))
        }
        ("DELETE", path) if !path.ends_with("/9.9.9") => Answer::new(204, ""),
        _ => Answer::json(404, json!({"message": "Page not found"})),
    }
}

fn machine(mock: &Mock) -> Machine {
    let machine = Machine::at(mock).with("HEX_API_KEY", KEY);
    gleam_project(&machine, "twig");
    machine
}

fn with_docs(machine: &Machine) {
    machine.put("twig/build/dev/docs/twig/index.html", "<h1>twig</h1>");
}

/// The result, as a program reads it.
fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_tarball() {
    let mock = taking();
    let machine = machine(&mock);
    let built = build("foo", "1.0.0");
    fs::write(machine.path("foo.tar"), &built.tarball).unwrap();
    let outcome = machine.skep(&["publish", "foo.tar", "--organization", "acme", "--yes"]);
    assert_eq!(
        outcome.ok(),
        format!("Package published to https://hex.example.com/twig ({})\n", built.outer)
    );
    machine.skep(&["publish", "package", "foo.tar", "--replace", "--organization", "hexpm", "--yes"]).ok();
    assert_eq!(
        mock.lines(),
        [
            "POST /api/repos/acme/packages/foo/releases?replace=false",
            "POST /api/packages/foo/releases?replace=true"
        ]
    );
    assert_eq!(mock.requests()[0].body, built.tarball);
}

#[test]
fn a_bad_tarball_is_not_sent() {
    let server = server();
    let machine = Machine::at(&server).with("HEX_API_KEY", KEY);
    let mut damaged = build("foo", "1.0.0").tarball;
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(machine.path("damaged.tar"), damaged).unwrap();
    fs::write(machine.path("name.tar"), build("Foo", "1.0.0").tarball).unwrap();
    fs::write(machine.path("version.tar"), build("foo", "1.0").tarball).unwrap();
    fs::write(machine.path("huge.tar"), vec![0; 17 << 20]).unwrap();
    for name in ["damaged.tar", "name.tar", "version.tar", "huge.tar"] {
        let outcome = machine.skep(&["publish", name, "--yes", "--quiet"]);
        assert!(outcome.failed().starts_with(&format!("{name} can't be published: ")), "{}", outcome.stderr);
    }
    machine.put("README.md", "# foo\n");
    assert_eq!(
        machine.skep(&["publish", "README.md", "--yes"]).failed(),
        "README.md is no tarball: give one that `skep build` made, or a project's folder"
    );
    assert_eq!(
        machine.skep(&["publish", "missing"]).failed(),
        "cannot read missing: there is no such file or folder"
    );
    assert!(server.requests().is_empty());
}

#[test]
fn a_project_with_its_documentation() {
    let mock = taking();
    let machine = machine(&mock);
    with_docs(&machine);
    let outcome = machine.skep(&["publish", "twig", "--organization", "acme", "--yes"]);
    let printed = outcome.ok();
    assert!(printed.starts_with("Package published to https://hex.example.com/twig ("), "{printed}");
    assert!(
        printed.ends_with(")\nDocs will soon be available at https://hex.example.com/docs/twig\n"),
        "{printed}"
    );
    assert!(outcome.stderr.contains("    leaf ~> 1.0 (repo: acme)\n"), "{}", outcome.stderr);
    let place =
        format!("Publishing package twig 1.2.0 to private repository acme using {}.", mock.url("/api"));
    assert!(outcome.stderr.contains(&place), "{}", outcome.stderr);
    assert_eq!(
        mock.lines(),
        [
            "GET /api/repos/acme/packages/leaf",
            "POST /api/repos/acme/packages/twig/releases?replace=false",
            "POST /api/repos/acme/packages/twig/releases/1.2.0/docs"
        ]
    );
    let json = machine.skep(&["publish", "twig", "--organization", "acme", "--yes", "--json"]);
    let told = json_of(json.ok());
    assert_eq!((&told["name"], &told["organization"]), (&json!("twig"), &json!("acme")));
    assert_eq!(told["package"]["published"], json!(true));
    let docs = json!({"files": 1, "url": "https://hex.example.com/docs/twig", "published": true});
    assert_eq!(told["docs"], docs);
}

#[test]
fn without_documentation() {
    let mock = taking();
    let machine = machine(&mock);
    let outcome = machine.skep(&["publish", "twig", "--yes"]);
    outcome.ok();
    let hint = "There is no documentation in twig/build/dev/docs/twig: `gleam docs build` builds it; once there is \
                some, `skep publish docs` publishes it\n";
    assert!(outcome.stderr.contains(hint), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("to the public repository using"), "{}", outcome.stderr);
    with_docs(&machine);
    machine.skep(&["publish", "twig", "--yes", "--no-docs"]).ok();
    machine.skep(&["publish", "package", "twig", "--yes"]).ok();
    assert_eq!(mock.lines(), ["POST /api/packages/twig/releases?replace=false"; 3]);
}

#[test]
fn documentation_alone() {
    let mock = taking();
    let machine = machine(&mock);
    let missing = machine.skep(&["publish", "docs", "twig", "--yes", "--quiet"]);
    assert_eq!(
        missing.failed(),
        "there is no documentation in twig/build/dev/docs/twig: `gleam docs build` builds it"
    );
    machine.put("html/index.html", "");
    let by_folder = machine.skep(&["publish", "docs", "twig", "--doc-dir", "html", "--yes"]);
    assert_eq!(by_folder.ok(), "Docs will soon be available at https://hex.example.com/docs/twig\n");
    with_docs(&machine);
    machine.skep(&["docs", "publish", "twig", "--organization", "acme", "--yes"]).ok();
    assert_eq!(
        mock.lines(),
        [
            "POST /api/packages/twig/releases/1.2.0/docs",
            "POST /api/repos/acme/packages/twig/releases/1.2.0/docs"
        ]
    );
    machine.put("html/1.0.0/index.html", "");
    let bad = machine.skep(&["publish", "twig", "--doc-dir", "html", "--yes", "--quiet"]);
    assert_eq!(bad.failed(), "1.0.0: top-level filenames cannot match a semantic version pattern");
    assert_eq!(mock.requests().len(), 2, "nothing is published when the documentation can't be");
}

#[test]
fn documentation_that_fails_after_the_package() {
    let mock = Mock::start(|request| match request.path() {
        path if path.ends_with("/docs") => Answer::json(500, json!({"message": "no room"})),
        _ => take(request),
    });
    let machine = machine(&mock);
    with_docs(&machine);
    let outcome =
        machine.skep(&["publish", "twig", "--organization", "acme", "--replace", "--yes", "--quiet"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stdout().starts_with("Package published to "), "{}", outcome.stdout());
    assert_eq!(outcome.stdout().lines().count(), 1);
    assert_eq!(
        outcome.stderr,
        "error: twig 1.2.0 was published, but not its documentation; `skep publish docs twig --organization acme --yes \
         --quiet` tries that again: Publishing docs failed: no room (500)\n"
    );
}

#[test]
fn a_dry_run_asks_nobody() {
    let mock = taking();
    let machine = Machine::at(&mock);
    gleam_project(&machine, "twig");
    with_docs(&machine);
    let outcome = machine.skep(&["publish", "twig", "--organization", "acme", "--dry-run"]);
    assert!(
        outcome.ok().starts_with("Not published, as this is a dry run: twig 1.2.0, package ("),
        "{}",
        outcome.stdout()
    );
    assert!(outcome.ok().ends_with(") and documentation (1 file)\n"), "{}", outcome.stdout());
    let json = machine.skep(&["publish", "twig", "--dry-run", "--json"]);
    let told = json_of(json.ok());
    assert_eq!((&told["dry_run"], &told["package"]["published"]), (&json!(true), &json!(false)));
    assert!(mock.requests().is_empty());
}

#[test]
fn nobody_says_yes() {
    let mock = taking();
    let machine = machine(&mock);
    let outcome = machine.skep(&["publish", "twig", "--quiet"]);
    assert_eq!(outcome.failed(), "nothing was published: --yes is needed where nobody can be asked");
    let outcome = machine.skep(&["revert", "twig", "1.2.0"]);
    assert_eq!(outcome.failed(), "nothing was reverted: --yes is needed where nobody can be asked");
    assert_eq!(mock.requests().len(), 0);
}

#[test]
fn mix_says_whose_package_it_is() {
    let mock = taking();
    let machine = Machine::at(&mock).with("HEX_API_KEY", KEY);
    let machine = played_mix(machine, "echo '  Organization: acme'; cp ../made.tar \"$3\"");
    let outcome = machine.skep(&["publish", "twig", "--yes"]);
    outcome.ok();
    assert!(outcome.stderr.contains("to private repository acme using"), "{}", outcome.stderr);
    let outcome = machine.skep(&["publish", "twig", "--organization", "hexpm", "--yes"]);
    assert!(outcome.stderr.contains("warning: mix.exs says organization acme"), "{}", outcome.stderr);
    assert_eq!(
        mock.lines(),
        [
            "POST /api/repos/acme/packages/twig/releases?replace=false",
            "POST /api/packages/twig/releases?replace=false"
        ]
    );
}

/// A machine where programs can be played.
fn with_programs(mock: &Mock) -> Machine {
    let machine = Machine::at(mock).with("HEX_API_KEY", KEY);
    let path = format!("{}:/usr/bin:/bin", machine.path("bin").display());
    gleam_project(&machine, "twig");
    machine.with("PATH", &path)
}

#[test]
fn the_projects_tool_builds_the_documentation() {
    let mock = taking();
    let machine = with_programs(&mock);
    let index = "build/dev/docs/twig/index.html";
    played(
        &machine,
        "gleam",
        &format!("[ \"$*\" = 'docs build' ] && mkdir -p $(dirname {index}) && echo new > {index}"),
    );
    machine.put(&format!("twig/{index}"), "old");
    let outcome = machine.skep(&["publish", "twig", "--yes"]);
    assert!(outcome.ok().contains("\nDocs will soon be available at "), "{}", outcome.stdout());
    assert!(outcome.stderr.contains("Building docs with `gleam docs build`\n"), "{}", outcome.stderr);
    assert_eq!(machine.text(&format!("twig/{index}")), "new\n");

    played(&machine, "gleam", "echo 'no luck'; exit 1");
    let failed = machine.skep(&["publish", "twig", "--yes", "--quiet"]);
    assert_eq!(
        failed.failed(),
        "`gleam docs build` failed, and nothing was published; `skep publish package` publishes without documentation: no \
         luck"
    );
    played(
        &machine,
        "gleam",
        "echo 'error: Syntax error'; printf '\\033[31mon line 1\\033[0m\\n' >&2; exit 1",
    );
    let failed = machine.skep(&["publish", "twig", "--yes", "--quiet"]);
    let told =
        "error: Syntax error\non line 1\nerror: `gleam docs build` failed, and nothing was published; ";
    assert!(failed.stderr.starts_with(told), "{}", failed.stderr);
    played(&machine, "gleam", &format!("rm {index}"));
    let left = "`gleam docs build` left no index.html in twig/build/dev/docs/twig: --doc-dir names the folder, `skep publish \
                package` publishes without documentation";
    assert_eq!(machine.skep(&["docs", "publish", "twig", "--yes", "--quiet"]).failed(), left);
    assert_eq!(mock.requests().len(), 2, "nothing is published when the documentation can't be built");
    machine.skep(&["publish", "package", "twig", "--yes"]).ok();
    assert_eq!(mock.requests().len(), 3);
}

#[test]
fn documentation_of_mix_and_rebar3() {
    let mock = taking();
    let machine = played_mix(with_programs(&mock), "cp ../made.tar \"$3\"");
    let outcome = machine.skep(&["publish", "twig", "--build-tool", "mix", "--yes"]);
    outcome.ok();
    let told = "There is no documentation in twig/doc, because mix has no task docs before ex_doc is a dependency; \
                once there is some, `skep publish docs` publishes it\n";
    assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
    let docs = "mkdir -p html && touch html/index.html && echo 'View html docs at \"html/index.html\"'";
    played(&machine, "mix", &format!("if [ \"$1\" = docs ]; then {docs}; else cp ../made.tar \"$3\"; fi"));
    let outcome = machine.skep(&["publish", "twig", "--build-tool", "mix", "--yes"]);
    assert!(outcome.ok().contains("\nDocs will soon be available at "), "{}", outcome.stdout());

    machine.put(
        "oak/src/oak.app.src",
        "{application, oak, [{vsn, \"1.0.0\"}, {description, \"Oak.\"}, {licenses, [\"MIT\"]}, \
         {links, [{\"Source\", \"https://example.com\"}]}]}.",
    );
    played(&machine, "rebar3", "echo $* > said && mkdir -p doc && touch doc/index.html");
    let outcome = machine.skep(&["publish", "oak", "--yes"]);
    outcome.ok();
    assert!(
        outcome.stderr.contains("There is no documentation in oak/doc: `rebar3 edoc` builds it; "),
        "{}",
        outcome.stderr
    );
    machine.put("oak/rebar.config", "{hex, [{doc, ex_doc}]}.");
    let outcome = machine.skep(&["publish", "oak", "--yes"]);
    assert!(outcome.ok().contains("\nDocs will soon be available at "), "{}", outcome.stdout());
    assert_eq!(machine.text("oak/said"), "ex_doc\n");
}

#[test]
fn who_is_to_own_a_new_package() {
    let mock = Mock::start(|request| match (request.method.as_str(), request.path()) {
        ("GET", "/api/users/me") => Answer::json(
            200,
            json!({"username": "eric", "organizations": [{"name": "acme"}, {"name": "zoo"}]}),
        ),
        ("PUT", "/api/packages/twig/owners/zoo") => {
            assert_eq!(request.json(), json!({"level": "full", "transfer": true}));
            Answer::new(204, "")
        }
        ("PUT", _) => Answer::json(403, json!({"message": "not authorized"})),
        _ => take(request),
    });
    let machine = machine(&mock);
    let (code, shown) =
        machine.at_a_terminal("publish package twig --quiet", &json!({"Your selection": "3\r"}));
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("  [1] Yourself\n  [2] acme\n  [3] zoo\n"), "{shown}");
    assert!(shown.ends_with(")\nzoo owns the package"), "{shown}");
    let requests = [
        "GET /api/users/me",
        "GET /api/packages/twig",
        "POST /api/packages/twig/releases?replace=false",
        "PUT /api/packages/twig/owners/zoo",
    ];
    assert_eq!(mock.lines(), requests);

    let (code, shown) =
        machine.at_a_terminal("publish package twig --quiet", &json!({"Your selection": "2\r"}));
    assert_eq!(code, 1, "{shown}");
    assert!(
        shown.contains("twig was published, but is yours and not of acme; `skep owner transfer twig acme`"),
        "{shown}"
    );

    let (code, shown) =
        machine.at_a_terminal("publish package twig --quiet", &json!({"Your selection": "1\r"}));
    assert_eq!(code, 0, "{shown}");
    assert_eq!(mock.lines().len(), 11, "who owns it already hands nothing over");
    // A package of an organization is the organization's.
    let private = "publish package twig --organization acme --quiet";
    let (code, shown) = machine.at_a_terminal(private, &json!({"Proceed?": "y\r"}));
    assert_eq!(code, 0, "{shown}");
    assert!(mock.lines()[11..].iter().all(|line| !line.contains("users/me")), "{:?}", mock.lines());
}

#[test]
fn nothing_goes_to_the_public_registry_by_mistake() {
    let machine = played_mix(Machine::new(), "cp ../made.tar \"$3\"");
    machine.put("twig/mix.exs", "hex: [api_url: \"https://hex.example.com/api\"]");
    let dry = |words: &[&str]| machine.skep(&[&["publish", "--dry-run", "--quiet"], words].concat());
    let told = "and this would go to hex.pm: name the server with --server, or say --organization hexpm";
    let server = "mix.exs names the server https://hex.example.com/api";
    assert_eq!(dry(&["twig"]).failed(), format!("{server}, {told}"));
    assert_eq!(dry(&["twig", "--organization", "acme"]).failed(), format!("{server}, {told}"));
    dry(&["twig", "--organization", "hexpm"]).ok();
    dry(&["twig", "--api-url", "https://hex.example.com/api"]).ok();
    machine.put("oak/rebar.config", "{hex, [{repos, [#{name => <<\"acme\">>}]}]}.");
    machine.put(
        "oak/src/oak.app.src",
        "{application, oak, [{vsn, \"1.0.0\"}, {description, \"Oak.\"}, {licenses, [\"MIT\"]}, \
         {links, [{\"Source\", \"https://example.com\"}]}]}.",
    );
    assert_eq!(dry(&["oak"]).failed(), format!("rebar.config names the repositories acme, {told}"));
    dry(&["oak", "--organization", "acme"]).ok();
}

#[test]
fn somebody_elses_package() {
    let mock = Mock::start(|request| match request.method.as_str() {
        "GET" => Answer::json(200, json!({"name": "twig"})),
        _ => Answer::json(403, json!({"message": "account not authorized for this action"})),
    });
    let machine = machine(&mock);
    assert_eq!(
        machine.skep(&["publish", "twig", "--yes", "--quiet"]).failed(),
        "Publishing failed: Package with name twig already exists. Make sure you are authenticated and have permissions to \
         publish the package"
    );
}

#[test]
fn reverting() {
    let mock = taking();
    let machine = machine(&mock);
    assert_eq!(machine.skep(&["revert", "twig", "1.2.0", "--yes"]).ok(), "Reverted twig 1.2.0\n");
    let docs =
        machine.skep(&["revert", "twig", "1.2.0", "--docs", "--organization", "acme", "--yes", "--json"]);
    assert_eq!(
        json_of(docs.ok()),
        json!({"reverted": {
            "name": "twig", "version": "1.2.0", "repository": "hexpm:acme", "organization": "acme", "docs_only": true
        }})
    );
    machine.skep(&["revert", "acme/twig", "1.3.0", "--yes"]).ok();
    machine.skep(&["publish", "twig", "--revert", "1.1.0", "--yes"]).ok();
    machine.skep(&["publish", "docs", "twig", "--revert", "1.1.0", "--organization", "acme", "--yes"]).ok();
    assert_eq!(
        mock.lines(),
        [
            "DELETE /api/packages/twig/releases/1.2.0",
            "DELETE /api/repos/acme/packages/twig/releases/1.2.0/docs",
            "DELETE /api/repos/acme/packages/twig/releases/1.3.0",
            "DELETE /api/packages/twig/releases/1.1.0",
            "DELETE /api/repos/acme/packages/twig/releases/1.1.0/docs",
        ]
    );
    assert_eq!(
        machine.skep(&["revert", "twig", "9.9.9", "--yes"]).failed(),
        format!(
            "Reverting twig 9.9.9 failed at {}: there is no such release in the public repository",
            mock.url("")
        )
    );
}

#[test]
fn words_in_the_wrong_place() {
    let machine = Machine::new();
    let outcome = machine.skep(&["publish", "twig", "docs"]);
    assert_eq!((outcome.code, outcome.stdout()), (2, ""));
    assert_eq!(machine.skep(&["publish", "--revert", "1.0.0", "--dry-run"]).code, 2);
}
