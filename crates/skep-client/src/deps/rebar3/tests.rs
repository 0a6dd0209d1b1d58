use std::fs;

use tempfile::TempDir;

use super::*;

fn machine(project: &str, user: &str, auth: &str) -> (TempDir, Paths) {
    let home = tempfile::tempdir().unwrap();
    let paths = Paths::discover(|name| (name == "HOME").then(|| home.path().into())).unwrap();
    fs::create_dir_all(paths.rebar3.parent().unwrap()).unwrap();
    fs::write(&paths.rebar3, user).unwrap();
    fs::write(&paths.rebar3_keys, auth).unwrap();
    fs::write(home.path().join("rebar.config"), project).unwrap();
    (home, paths)
}

fn found(project: &str, user: &str, auth: &str, mirror: Option<&str>) -> Result<Vec<Entry>, Rebar3Error> {
    let (home, paths) = machine(project, user, auth);
    repositories(&paths, home.path(), |name| mirror.filter(|_| name == "HEX_CDN").map(Into::into))
}

fn told(entries: &[Entry]) -> Vec<String> {
    let tell = |entry: &Entry| {
        let key = entry.auth_key.as_ref().map_or("-", |key| key.expose());
        let signed = if entry.public_key.is_some() { "signed" } else { "unsigned" };
        format!("{} {} {} {key} {signed}", entry.name, entry.registry_name, entry.base.as_str())
    };
    entries.iter().map(tell).collect()
}

#[test]
fn without_any_files() {
    assert_eq!(told(&found("", "", "", None).unwrap()), ["hexpm hexpm https://repo.hex.pm - signed"]);
    let moved = found("{deps, [foo]}.", "", "", Some("http://127.0.0.1:1/repo")).unwrap();
    assert_eq!(told(&moved), ["hexpm hexpm http://127.0.0.1:1/repo - signed"]);
}

#[test]
fn the_project_comes_before_the_user_and_hexpm_last() {
    let project = "{hex, [{repos, [#{name => <<\"mysrv:acme\">>}, #{name => <<\"mysrv\">>, repo_url => <<\"https://x/repo\">>}]}]}.";
    let user = "{hex, [{repos, [#{name => <<\"hexpm:acme\">>}, #{name => <<\"mysrv\">>, repo_url => <<\"https://x/repo/\">>}]}]}.";
    let auth =
        "#{<<\"mysrv\">> => #{repo_key => <<\"KEY\">>}, <<\"hexpm:acme\">> => #{repo_key => <<\"ORG\">>}}.";
    assert_eq!(
        told(&found(project, user, auth, None).unwrap()),
        [
            "mysrv:acme acme https://x/repo/repos/acme KEY unsigned",
            "mysrv mysrv https://x/repo KEY unsigned",
            "hexpm:acme acme https://repo.hex.pm/repos/acme ORG signed",
            "hexpm hexpm https://repo.hex.pm - signed",
        ]
    );
}

/// A project is somebody else's: it can name repositories, and not where the user's keys and packages go.
#[test]
fn a_project_does_not_move_the_repositories_of_the_user() {
    let at =
        |url: &str| format!("{{hex, [{{repos, [#{{name => <<\"acme\">>, repo_url => <<\"{url}\">>}}]}}]}}.");
    let auth =
        "#{<<\"acme\">> => #{repo_key => <<\"KEY\">>}, <<\"hexpm:foo\">> => #{repo_key => <<\"KEY\">>}}.";
    let error =
        |project: &str, user: &str| found(project, user, auth, None).map(|_| ()).unwrap_err().to_string();
    assert_eq!(
        error(&at("http://elsewhere"), &at("https://x/repo")),
        "repository acme of rebar3: the rebar.config of the project has it at http://elsewhere, your own at \
         https://x/repo: one of them has to be changed"
    );
    assert!(error(&at("http://elsewhere"), "").contains("so your key is not sent there"));
    let organization = at("http://elsewhere").replace("acme", "hexpm:foo");
    assert!(error(&organization, "").contains("your own at https://repo.hex.pm"));
    assert_eq!(
        told(&found(&at("https://x/repo"), &at("https://x/repo"), auth, None).unwrap())[0],
        "acme acme https://x/repo KEY unsigned"
    );
    let climbing = at("https://x/repo").replace("acme", "../../acme");
    assert!(found(&climbing, "", "", None).is_err());
}

#[test]
fn a_list_may_replace_the_others() {
    let project = "{hex, [{repos, replace, [#{name => <<\"acme\">>, repo_url => <<\"https://x/repo/repos/acme\">>}]}]}.";
    assert_eq!(
        told(&found(project, "", "", None).unwrap()),
        ["acme acme https://x/repo/repos/acme - unsigned"]
    );
}

#[test]
fn what_can_not_be_used_is_told() {
    let error = |project: &str| found(project, "", "", None).map(|_| ()).unwrap_err().to_string();
    let without = error("{hex, [{repos, [#{name => <<\"acme\">>}]}]}.");
    assert_eq!(without, "repository acme of rebar3: it has no repo_url");
    let odd = error("{hex, [{repos, [#{name => <<\"hexpm\">>, repo_public_key => <<\"x\">>}]}]}.");
    assert!(odd.contains("its repo_public_key is damaged"), "{odd}");
    assert!(error("{hex, [").contains("rebar.config is not a valid configuration file"));
}
