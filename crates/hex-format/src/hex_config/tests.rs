use proptest::prelude::*;

use super::*;
use crate::term::{Term, strategy};

/// As Mix writes it, with a comment by hand.
const MIX: &str = r#"%% mine
{'$oauth_token',#{access_token => <<"dev-at">>,expires_at => 1795291007,
                  refresh_token => <<"dev-rt">>}}.
{'$repos',#{<<"hexpm">> =>
                #{public_key => <<"-----BEGIN PUBLIC KEY-----\n...">>,
                  url => <<"http://localhost:4777/repo">>},
            <<"hexpm:acme">> =>
                #{auth_key => <<"orgkey1">>,auth_key_owner => organization}}}.
{api_url,   <<"http://localhost:4777/api">>}.  % here
{'odd key',[1.5,$a|tail]}.
"#;

fn mix(text: &str) -> HexConfig {
    HexConfig::parse(text.as_bytes()).expect("readable")
}

#[test]
fn reads_a_mix_configuration() {
    let config = mix(MIX);
    assert_eq!(config.keys().collect::<Vec<_>>(), ["$oauth_token", "$repos", "api_url", "odd key"]);
    assert_eq!(config.api_url().as_deref(), Some("http://localhost:4777/api"));
    let names: Vec<_> = config.repos().into_iter().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(names, ["hexpm", "hexpm:acme"]);
    let repo = config.repo("hexpm:acme").unwrap();
    assert_eq!(repo.get_atom("auth_key").and_then(Term::as_str), Some("orgkey1"));
    assert!(repo.get_atom("auth_key_owner").unwrap().is_atom("organization"));
    assert_eq!(config.repo("other"), None);
    assert_eq!(config.to_text(), MIX);
}

#[test]
fn changes_one_term_of_a_mix_configuration() {
    let mut config = mix(MIX);
    config.set("api_url", Term::bin("https://example.com/api"));
    assert_eq!(config.to_text(), MIX.replace("http://localhost:4777/api", "https://example.com/api"));
    config.set("offline", Term::bin("true"));
    assert!(config.to_text().ends_with("{'odd key',[1.5,$a|tail]}.\n{offline,<<\"true\">>}.\n"));
    assert!(config.remove("offline"));
    assert!(!config.remove("offline"));
    config.set("api_url", Term::bin("http://localhost:4777/api"));
    assert_eq!(config.to_text(), MIX);
    assert!(config.remove("$oauth_token"));
    assert!(config.to_text().starts_with("%% mine\n{'$repos',"));
    assert_eq!(mix(config.to_text()), config);
}

#[test]
fn changes_repositories_of_a_mix_configuration() {
    let mut config = mix(MIX);
    config.set_repo("hexpm:acme", [("auth_key", Term::bin("new"))]);
    assert_eq!(config.to_text(), MIX.replace("orgkey1", "new"));
    config.set_repo("beta", [("url", Term::bin("https://é/\"")), ("auth_key", Term::atom("nil"))]);
    let beta = "{'$repos',#{<<\"beta\">> => #{auth_key => nil,url => <<\"https://é/\\\"\"/utf8>>},\n            <<\"hexpm\">> =>\n";
    assert!(config.to_text().contains(beta), "{}", config.to_text());
    config.remove_repo_fields("hexpm:acme", &["auth_key", "none"]);
    assert_eq!(config.repo("hexpm:acme").unwrap().as_map().unwrap().len(), 1);
    assert!(config.remove_repo("beta"));
    assert!(!config.remove_repo("beta"));
    assert_eq!(config.to_text().lines().last(), MIX.lines().last());
    assert_eq!(mix(config.to_text()), config);

    let mut empty = mix("");
    assert!(empty.repos().is_empty());
    assert!(!empty.remove_repo("x"));
    assert_eq!(empty.to_text(), "");
    empty.set_repo("acme", [("auth_key", Term::bin("K"))]);
    assert_eq!(empty.to_text(), "{'$repos',#{<<\"acme\">> => #{auth_key => <<\"K\">>}}}.\n");
}

#[test]
fn refuses_what_it_cannot_keep() {
    for (text, message) in [
        (&b"{a,1}.\n[username: \"x\"]"[..], "line 2: expected \",\", \"|\" or \"]\", found \":\""),
        (b"{a,1}.\n\n{b,1,2}.", "line 3: expected {key, Value}"),
        (b"{a,1}.\n{b,\"\xe9\"}.", "line 2: not UTF-8"),
        (b"{a,1", "line 1: expected \",\" or \"}\", found the end of the text"),
    ] {
        assert_eq!(HexConfig::parse(text).unwrap_err().to_string(), message);
    }
    assert_eq!(
        RebarAuth::parse(b"#{}.\n#{}.").unwrap_err().to_string(),
        "line 2: expected one map of repositories"
    );
    assert_eq!(RebarAuth::parse(b"[].").unwrap_err().to_string(), "line 1: expected one map of repositories");
    assert_eq!(
        RebarConfig::parse(b"a.\n{hex, x}.").unwrap_err().to_string(),
        "line 2: expected {hex, [Option]}"
    );
}

#[test]
fn changes_the_secrets_of_rebar3() {
    let text = "%% coding: utf-8\n#{<<\"hexpm\">> => #{username => <<\"ann\">>}}.\n";
    let mut auth = RebarAuth::parse(text.as_bytes()).unwrap();
    assert_eq!(auth.repos().len(), 1);
    auth.set_repo("hexpm:acme", [("repo_key", Term::bin("K"))]);
    assert_eq!(
        auth.to_text(),
        "%% coding: utf-8\n#{<<\"hexpm\">> => #{username => <<\"ann\">>},\n  <<\"hexpm:acme\">> => #{repo_key => <<\"K\">>}}.\n"
    );
    auth.set_repo("hexpm", [("read_key", Term::bin("R"))]);
    assert_eq!(auth.repo("hexpm").unwrap().as_map().unwrap().len(), 2);
    assert!(auth.remove_repo("hexpm"));
    assert!(auth.remove_repo("hexpm:acme"));
    assert!(!auth.remove_repo("hexpm:acme"));
    assert_eq!(auth.to_text(), "%% coding: utf-8\n#{}.\n");
    assert_eq!(RebarAuth::parse(b"").unwrap(), auth);
    assert_eq!(RebarAuth::parse(b"%% coding: latin-1").unwrap().to_text(), "%% coding: latin-1\n#{}.\n");
}

const REBAR: &str = r#"%% -*- erlang -*-
{erl_opts, [debug_info]}.   % keep   this

{hex, [{doc, edoc},
       {repos, [   #{name => <<"mysrv:acme">>, repo_url => <<"http://localhost/repo">>} ]}]}. {deps, [{foo, "1.0.0"}]}.
%% the end"#;

#[test]
fn changes_only_hex_in_a_rebar_config() {
    let mut config = RebarConfig::parse(REBAR.as_bytes()).unwrap();
    assert_eq!(config.repos()[0].0, "mysrv:acme");
    config.set_repo("hexpm", [("repo_public_key", Term::bin("PEM"))]);
    let expected = r#"%% -*- erlang -*-
{erl_opts, [debug_info]}.   % keep   this

{hex, [{doc, edoc},
       {repos, [   #{name => <<"mysrv:acme">>, repo_url => <<"http://localhost/repo">>},
                   #{name => <<"hexpm">>,repo_public_key => <<"PEM">>} ]}]}. {deps, [{foo, "1.0.0"}]}.
%% the end"#;
    assert_eq!(config.to_text(), expected);
    assert!(config.remove_repo("mysrv:acme"));
    assert!(!config.remove_repo("mysrv:acme"));
    assert_eq!(config.repo("hexpm").unwrap().get_atom("repo_public_key").and_then(Term::as_str), Some("PEM"));
    let hex = "{repos, [   #{name => <<\"hexpm\">>,repo_public_key => <<\"PEM\">>} ]}]}. {deps,";
    assert!(config.to_text().contains(hex), "{}", config.to_text());
}

const COMMENTED: &str = "{'$repos',#{ %% ours
    <<\"b\">> => #{url => <<\"u\">>}, % second
    %% third
    <<\"d\">> => #{url => <<\"u\">>, % kept
               auth_key => <<\"k\">>}
  }}.
";

#[test]
fn comments_inside_of_terms_stay() {
    let mut config = mix(COMMENTED);
    config.set_repo("d", [("auth_key", Term::bin("new"))]);
    assert_eq!(config.to_text(), COMMENTED.replace("<<\"k\">>", "<<\"new\">>"));
    config.set_repo("d", [("auth_key", Term::bin("k"))]);
    for (name, before) in [("a", "    <<\"b\">>"), ("c", "    <<\"d\">>")] {
        config.set_repo(name, [("url", Term::bin("u"))]);
        let entry = format!("    <<\"{name}\">> => #{{url => <<\"u\">>}},\n{before}");
        assert_eq!(config.to_text(), COMMENTED.replacen(before, &entry, 1));
        assert!(config.remove_repo(name));
        assert_eq!(config.to_text(), COMMENTED, "{name}");
    }
    config.set_repo("e", [("url", Term::bin("u"))]);
    assert!(
        config.to_text().contains("<<\"k\">>},\n    <<\"e\">> => #{url => <<\"u\">>}\n  }}."),
        "{}",
        config.to_text()
    );
    config.remove_repo("e");
    assert_eq!(config.to_text(), COMMENTED);
    // Between a comment and its entry nothing can be taken out without a guess.
    config.remove_repo("b");
    assert_eq!(mix(config.to_text()).repos().len(), 1);
}

#[test]
fn adds_hex_to_a_rebar_config() {
    let mut config = RebarConfig::parse(b"{deps, []}. % no newline").unwrap();
    config.set_repo("acme", [("repo_url", Term::bin("https://x/repo"))]);
    assert_eq!(
        config.to_text(),
        "{deps, []}. % no newline\n{hex,[{repos,[#{name => <<\"acme\">>,repo_url => <<\"https://x/repo\">>}]}]}.\n"
    );
    let mut config = RebarConfig::parse(b"{hex, [{repos, replace, [#{name => <<\"a\">>}]}]}.").unwrap();
    config.set_repo("b", []);
    assert_eq!(
        config.to_text(),
        "{hex, [{repos, replace, [#{name => <<\"a\">>},\n                         #{name => <<\"b\">>}]}]}."
    );
    assert!(config.is_complete());
    assert!(!RebarConfig::parse(b"{hex, [{repos, [#{name => <<\"a\">>}]}]}.").unwrap().is_complete());
}

#[test]
fn removes_forms_with_their_lines() {
    let text = "a. b.\n  c.\n%% d\nd.";
    let remove = |indices: &[usize]| {
        let mut file = FormFile::parse(text.as_bytes()).unwrap();
        for &index in indices {
            file.remove(index);
        }
        assert_eq!(FormFile::parse(file.text().as_bytes()).unwrap(), file);
        file.text().to_owned()
    };
    assert_eq!(remove(&[0]), " b.\n  c.\n%% d\nd.");
    assert_eq!(remove(&[0, 0]), "  c.\n%% d\nd.");
    assert_eq!(remove(&[2, 2]), "a. b.\n%% d\n");
    assert_eq!(remove(&[3]), "a. b.\n  c.\n%% d\n");
}

proptest! {
    #[test]
    fn the_rest_of_the_text_stays(
        keys in prop::collection::vec("[a-z]{1,4}", 1..6),
        gaps in prop::collection::vec("( |\n|%% [a-zé.]{0,9}\n){1,4}", 6),
        at: prop::sample::Index,
        value in strategy(),
    ) {
        let parts: Vec<String> = keys.iter().zip(&gaps).map(|(key, gap)| format!("{{'{key}', [ 1 ]}}.{gap}")).collect();
        let mut config = mix(&parts.concat());
        let key = &keys[at.index(keys.len())];
        let first = keys.iter().position(|k| k == key).unwrap();
        config.set(key, value.clone());
        let before = format!("{}{{'{key}', ", parts[..first].concat());
        let after = format!("}}.{}{}", gaps[first], parts[first + 1..].concat());
        prop_assert!(config.to_text().starts_with(&before), "{}", config.to_text());
        prop_assert!(config.to_text().ends_with(&after), "{}", config.to_text());
        let again = mix(config.to_text());
        prop_assert_eq!(again.keys().collect::<Vec<_>>(), config.keys().collect::<Vec<_>>());
        config.remove(key);
        prop_assert!(mix(config.to_text()).get(key).is_none());
        prop_assert_eq!(mix(config.to_text()), config);
    }

    #[test]
    fn every_change_reads_back_and_can_be_undone(old in strategy(), new in strategy(), gap in "( |\n|%% [a-z]{0,5}\n){0,3}") {
        let text = format!("{gap}{{'k',{gap}{}}}.{gap}", crate::erlang::print_pretty(&old));
        let mut config = mix(&text);
        config.set("k", new.clone());
        let again = mix(config.to_text());
        let printed = |term: &Term| { let mut all = Term::Map(Vec::new()); all.set(Term::atom("x"), term.clone()); all };
        prop_assert_eq!(again.keys().count(), 1);
        prop_assert!(again.get("k").is_some() && config.get("k").map(printed) == Some(printed(&new)));
    }

    #[test]
    fn an_entry_that_goes_again_was_never_there(
        names in prop::collection::btree_set("[a-z]{1,3}", 2..6),
        gap in "( |\n){0,3}",
        comment in "( % [a-z]{0,4}\n)?",
    ) {
        let entries: Vec<String> =
            names.iter().map(|name| format!("{gap}<<\"{name}\">>{gap}=>{comment}#{{{gap}url =>{gap}1{comment}}}")).collect();
        let text = format!("{{'$repos',{gap}#{{{}{gap}}}}}.{comment}", entries.join(&format!("{gap},{gap}")));
        let mut config = mix(&text);
        config.set_repo("mm:mm", [("url", Term::bin("u")), ("auth_key", Term::bin("k"))]);
        prop_assert_ne!(config.to_text(), &text);
        config.remove_repo("mm:mm");
        prop_assert_eq!(config.to_text(), &text);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let _ = HexConfig::parse(&bytes);
        let _ = RebarAuth::parse(&bytes);
        let _ = RebarConfig::parse(&bytes);
    }
}
