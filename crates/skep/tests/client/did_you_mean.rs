//! Names that are not known are answered with the one that was probably meant, of those that this machine knows.

use serde_json::json;

use crate::mock::{Answer, Mock};
use crate::support::{KEY, Machine, server};

#[test]
fn settings() {
    let machine = Machine::new();
    assert_eq!(
        machine.skep(&["config", "api_ulr"]).failed(),
        "The key api_ulr is not valid (did you mean api_url?): `skep config` lists those that are"
    );
    assert_eq!(
        machine.skep(&["config", "oflfine", "true"]).failed(),
        "Invalid key oflfine (did you mean offline?): `skep config` lists those that are valid"
    );
}

#[test]
fn repositories_and_servers() {
    let machine = Machine::new();
    machine.put(
        ".hex/hex.config",
        "{'$repos',#{<<\"work\">> => #{url => <<\"https://hex.example.com/repo\">>}}}.\n",
    );
    for arguments in
        [&["repo", "show", "wrok"][..], &["repo", "remove", "wrok"], &["package", "fetch", "wrok:foo"]]
    {
        let failed = machine.skep(arguments);
        assert!(
            failed.failed().contains("\"wrok\" (did you mean work?)"),
            "{arguments:?}: {}",
            failed.stderr
        );
    }
    machine.put(".hex/skep/credentials.toml", "[servers.\"https://hex.example.com/api\"]\nname = \"home\"\n");
    let failed = machine.skep(&["user", "whoami", "--server", "hoem"]);
    assert!(failed.failed().contains("\"hoem\" (did you mean home?)"), "{}", failed.stderr);
}

#[test]
fn dependencies() {
    let machine = Machine::new();
    let sum = "ab".repeat(32);
    machine.put(
        "mix.lock",
        &format!(
            "%{{\n  \"plug\": {{:hex, :plug, \"1.0.0\", \"{sum}\", [:mix], [], \"hexpm\", \"{sum}\"}},\n}}\n"
        ),
    );
    for arguments in [&["deps", "why", "pulg"][..], &["deps", "tree", "--invert", "pulg"]] {
        let failed = machine.skep(arguments);
        assert_eq!(failed.code, 1);
        assert!(
            failed.stderr.contains("error: pulg is not a dependency (did you mean plug?)"),
            "{}",
            failed.stderr
        );
    }
}

#[test]
fn organizations() {
    let mock = Mock::start(|_| Answer::not_found());
    let machine = Machine::at(&mock).with("HEX_API_KEY", KEY);
    machine.put(".hex/hex.config", "{'$repos',#{<<\"hexpm:acme\">> => #{auth_key => <<\"k\">>}}}.\n");
    for arguments in [&["organization", "show", "amce"][..], &["organization", "member", "amce", "list"]] {
        let failed = machine.skep(arguments);
        assert!(
            failed.failed().ends_with("there is no organization amce that you are in (did you mean acme?)"),
            "{}",
            failed.stderr
        );
    }
    let told = machine.skep(&["organization", "deauth", "amce"]);
    assert_eq!(told.stderr, "This machine is not authorized for organization amce (did you mean acme?)\n");
}

#[test]
fn packages_that_were_seen_before() {
    let mock = server();
    let machine = Machine::at(&mock).with("HEX_API_KEY", KEY);
    machine.skep(&["package", "fetch", "foo", "--yes"]).ok();
    assert!(machine.skep(&["package", "fetch", "fooo"]).failed().ends_with(" (did you mean foo?)"));
    assert!(machine.skep(&["info", "fo"]).failed().ends_with(" (did you mean foo?)"));
    assert!(!machine.skep(&["info", "bar"]).failed().contains("did you mean"));
}

#[test]
fn fields_of_policies() {
    let mock = Mock::start(|_| Answer::json(201, json!({})));
    let machine = Machine::at(&mock).with("HEX_API_KEY", KEY);
    machine.put("policy.toml", "descripton = \"x\"\n");
    let failed =
        machine.skep(&["organization", "policy", "acme", "create", "strict", "--file", "policy.toml"]);
    assert!(failed.stderr.contains("unknown field `descripton`"), "{}", failed.stderr);
    assert!(failed.stderr.contains("(did you mean description?)"), "{}", failed.stderr);
}
