use super::*;

fn config(text: &str) -> HexConfig {
    HexConfig::parse(text.as_bytes()).unwrap()
}

fn codes(found: &[Exposure]) -> Vec<&str> {
    found.iter().map(|exposure| exposure.code).collect()
}

fn redirects(set: &[(&str, &str)]) -> Redirects {
    Redirects::read(|name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
}

#[test]
fn keys_that_are_exchanged_at_another_server() {
    let none = redirects(&[]);
    for (text, expected) in [
        // As `mix hex.repo set hexpm --url … --auth-key …` leaves it.
        (
            "{'$repos',#{<<\"hexpm\">>=>#{url=><<\"https://s.example.com/repo\">>,auth_key=><<\"k\">>}}}.",
            true,
        ),
        ("{'$repos',#{<<\"hexpm\">>=>#{auth_key=><<\"k\">>}}}.", false),
        ("{'$repos',#{<<\"hexpm:acme\">>=>#{auth_key=><<\"k\">>}}}.", false),
        (
            "{'$repos',#{<<\"hexpm:acme\">>=>#{auth_key=><<\"k\">>,url=><<\"https://s.example.com/repo/repos/acme\">>}}}.",
            true,
        ),
        (
            "{'$repos',#{<<\"corp\">>=>#{auth_key=><<\"k\">>,oauth_exchange=>true,url=><<\"https://s.example.com/repo\">>}}}.",
            true,
        ),
        (
            "{'$repos',#{<<\"corp\">>=>#{auth_key=>nil,oauth_exchange=>true,url=><<\"https://s.example.com/repo\">>}}}.",
            false,
        ),
        (
            "{'$repos',#{<<\"corp\">>=>#{oauth_exchange=>true,url=><<\"https://s.example.com/repo\">>},<<\"corp:acme\">>=>#{auth_key=><<\"k\">>}}}.",
            true,
        ),
        (
            "{'$repos',#{<<\"corp\">>=>#{auth_key=><<\"k\">>,oauth_exchange=>true,oauth_exchange_url=><<\"https://s.example.com/api\">>,url=><<\"https://s.example.com/repo\">>}}}.",
            false,
        ),
        (
            "{'$repos',#{<<\"hexpm\">>=>#{url=><<\"https://s.example.com/repo\">>,auth_key=><<\"k\">>}}}.\n{api_url,<<\"https://s.example.com/api\">>}.",
            false,
        ),
    ] {
        let found = exposures(&config(text), &none);
        assert_eq!(codes(&found) == ["key_exchanged_elsewhere"], expected, "{text} {found:?}");
    }
    let moved = redirects(&[("HEX_API", "https://s.example.com/api")]);
    let public = config("{'$repos',#{<<\"hexpm:acme\">>=>#{auth_key=><<\"k\">>}}}.");
    assert_eq!(codes(&exposures(&public, &moved)), ["key_exchanged_elsewhere"]);
}

#[test]
fn variables_that_redirect() {
    let logged_in = config("{'$oauth_token',#{access_token=><<\"t\">>}}.");
    let api = redirects(&[("HEX_API_URL", "https://s.example.com/api")]);
    assert_eq!(codes(&exposures(&logged_in, &api)), ["login_sent_elsewhere"]);
    let own = redirects(&[("HEX_API_URL", "https://hex.pm/api")]);
    assert!(exposures(&logged_in, &own).is_empty());
    let keyed = config("{'$repos',#{<<\"hexpm:acme\">>=>#{auth_key=><<\"k\">>}}}.");
    let mirror = redirects(&[("HEX_TRUSTED_MIRROR", "https://m.example.com")]);
    assert_eq!(codes(&exposures(&keyed, &mirror)), ["key_sent_to_mirror"]);
}

#[test]
fn replacing_would_take_what_is_not_ours_along() {
    let (api, repository) = (
        ApiUrl::parse("https://s.example.com/api").unwrap(),
        RepositoryUrl::parse("https://s.example.com/repo").unwrap(),
    );
    let found = |text: &str, set: &[(&str, &str)]| {
        let found = replacing_hexpm(&config(text), &redirects(set), &api, &repository);
        codes(&found).join(" ")
    };
    assert_eq!(found("", &[]), "");
    assert_eq!(found("{'$oauth_token',#{access_token=><<\"t\">>}}.", &[]), "login_sent_elsewhere");
    assert_eq!(found("{'$repos',#{<<\"hexpm:acme\">>=>#{auth_key=><<\"k\">>}}}.", &[]), "key_sent_elsewhere");
    assert_eq!(found("{'$repos',#{<<\"hexpm\">>=>#{auth_key=><<\"k\">>}}}.", &[]), "key_sent_elsewhere");
    let own = "{'$repos',#{<<\"hexpm:acme\">>=>#{auth_key=><<\"k\">>,url=><<\"https://t.example.com\">>}}}.";
    assert_eq!(found(own, &[]), "");
    let ours = "{'$oauth_token',#{access_token=><<\"t\">>}}.\n{'$repos',#{<<\"hexpm\">>=>#{url=><<\"https://s.example.com/repo\">>}}}.";
    assert_eq!(found(ours, &[]), "");
    assert_eq!(
        found(
            "",
            &[("HEX_MIRROR", "https://m"), ("HEX_REPOS_KEY", "k"), ("HEX_API_URL", "https://hex.pm/api")]
        ),
        "key_sent_elsewhere mirror_in_the_way api_elsewhere"
    );
}
