use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use hex_registry::{KeySize, SigningKey};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::config::atomic_file::mode;
use crate::config::paths::Paths;
use crate::secret::Secret;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(KeySize::Rsa2048).unwrap());

struct Home {
    folder: TempDir,
    machine: Machine,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::in_folders(&folder.path().join(".hex"), &folder.path().join(".config/rebar3"));
        Self { folder, machine: Machine::new(paths) }
    }

    fn put(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    /// Every file and folder with its text and mode, but for the lock.
    fn state(&self) -> Vec<(String, String, u32)> {
        let mut found = Vec::new();
        walk(self.folder.path(), self.folder.path(), &mut found);
        found.sort();
        found
    }
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<(String, String, u32)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        let is_ours = name == ".hex/skep" || name == ".hex/skep/lock" || name == ".hex";
        if path.is_dir() {
            if !is_ours {
                found.push((name, String::new(), 0));
            }
            walk(root, &path, found);
        } else if !is_ours {
            found.push((name, fs::read_to_string(&path).unwrap(), mode(&path).unwrap()));
        }
    }
}

fn plan(server: &str, shape: Shape) -> Plan {
    let site = format!("https://{server}.example.com");
    Plan {
        name: RepositoryName::parse(server).unwrap(),
        api: ApiUrl::parse(&format!("{site}/api")).unwrap(),
        repository: RepositoryUrl::parse(&format!("{site}/repo")).unwrap(),
        signing_key: KEY.public_key().clone(),
        shape,
        also_plain: false,
        rebar3: true,
        rebar3_hexpm: None,
        netrc: None,
        certificates: None,
        replace: false,
    }
}

fn keys(plan: &Plan, organizations: &[&str], secret: &str) -> Vec<NewKey> {
    let key = |name: &&str| NewKey {
        key: AuthorizedKey::unchecked(
            name,
            (plan.api.as_str(), plan.repository.as_str()),
            secret,
            None,
            KEY.public_key().clone(),
        ),
        name: Some(format!("laptop-repository-{name}")),
    };
    organizations.iter().map(key).collect()
}

fn connect(home: &Home, server: &str, shape: Shape, organizations: &[&str]) {
    let plan = plan(server, shape);
    home.machine.connect(&plan, &keys(&plan, organizations, "5ec7e7")).unwrap();
}

const MIX: &str = ".hex/hex.config";
const REBAR3: &str = ".config/rebar3/rebar.config";
const REBAR3_KEYS: &str = ".config/rebar3/hex.config";

/// Files in every state that people and tools leave them in.
const STATES: [(&str, &str, &str); 13] = [
    (MIX, "{offline,<<\"0\">>}.\r\n% a line\r\n", "{plugins, []}.\r\n"),
    (MIX, "\u{feff}{offline,<<\"0\">>}.\n", ""),
    (MIX, " \n\n", "\n"),
    (
        REBAR3,
        "{hex,[{repos,[#{name=><<\"a\">>}]}]}.\n{hex,[{repos,[]}]}.\n",
        "{'$repos',#{}}.\n{'$repos',#{}}.\n",
    ),
    (MIX, "", "%% mine\n"),
    (MIX, "{api_url,   <<\"https://hex.pm/api\">>}. % here\n", ""),
    (
        MIX,
        "{'$oauth_token',#{access_token=><<\"t\">>}}.\n\n{'$repos',#{<<\"other\">>=>#{url=><<\"https://o.example.com\">>,\
         public_key=>nil,auth_key=>nil}}}.\n%% end",
        "{hex,[{repos,replace,[#{name=><<\"hexpm\">>}, #{name => <<\"x\">>,repo_url => <<\"https://x\">>}]}]}. % c",
    ),
    (MIX, "{'$repos',#{}}.", "{hex, [ ]}.\n{deps, []}."),
    (
        REBAR3,
        "{erl_opts, [debug_info]}.   % keep   this\n\n{hex, [{doc, edoc}]}. {deps, []}.\n%% the end",
        "",
    ),
    (REBAR3, "{hex, [{repos, [ [{name, <<\"old\">>}, {repo_url, <<\"https://old\">>}] ]}]}.\n", "{x,1}.\n"),
    (REBAR3, "{hex, [{repos, []}]}.\n", ""),
    (REBAR3_KEYS, "%% coding: utf-8\n#{<<\"hexpm\">> => #{username => <<\"ann\">>}}.\n", ""),
    (REBAR3_KEYS, "", "{'$repos',#{<<\"hexpm\">>=>#{url=><<\"https://repo.hex.pm\">>}}}."),
];

/// The other file that a state has beside its first.
fn other(name: &str) -> &'static str {
    if name == MIX { REBAR3 } else { MIX }
}

fn in_state((name, text, other_text): (&str, &str, &str)) -> Home {
    let home = Home::new();
    home.put(name, text);
    if !other_text.is_empty() {
        home.put(other(name), other_text);
    }
    home
}

#[test]
fn what_is_undone_was_never_there() {
    for state in STATES {
        for shape in [Shape::SideBySide, Shape::Plain, Shape::ReplaceHexpm] {
            let home = in_state(state);
            let before = home.state();
            connect(&home, "corp", shape, &["acme", "beta"]);
            assert!(home.text(MIX).contains("acme"), "{state:?}");
            let once = home.state();
            connect(&home, "corp", shape, &["acme", "beta"]);
            assert_eq!(home.state(), once, "twice is once");
            let undone = home.machine.disconnect("corp", &[]).unwrap();
            assert!(undone.whole && undone.kept.is_empty());
            assert_eq!(undone.organizations.len(), 2);
            assert_eq!(home.state(), before, "{state:?} {shape:?}");
            assert!(home.machine.connections().unwrap().is_empty());
        }
    }
}

#[test]
fn folders_that_were_made_go_again() {
    let home = Home::new();
    connect(&home, "corp", Shape::SideBySide, &["acme"]);
    assert!(home.folder.path().join(".config/rebar3/rebar.config").exists());
    home.machine.disconnect("corp", &[]).unwrap();
    assert_eq!(home.state(), []);
    assert!(!home.folder.path().join(".config").exists());
}

#[test]
fn organizations_one_by_one() {
    for state in STATES {
        let home = in_state(state);
        let before = home.state();
        connect(&home, "corp", Shape::SideBySide, &["acme"]);
        connect(&home, "corp", Shape::SideBySide, &["beta"]);
        let acme = OrganizationName::parse("acme").unwrap();
        let undone = home.machine.disconnect("corp", std::slice::from_ref(&acme)).unwrap();
        assert!(!undone.whole);
        assert!(!home.text(MIX).contains("corp:acme") && home.text(MIX).contains("corp:beta"));
        assert!(matches!(home.machine.disconnect("corp", &[acme]), Err(ConfigError::NotConnected { .. })));
        home.machine.disconnect("corp", &[]).unwrap();
        assert_eq!(home.state(), before, "{state:?}");
    }
}

/// As mix leaves the file after a fetch, or a person after a look.
#[test]
fn what_others_write_meanwhile_stays() {
    let home = Home::new();
    home.put(
        MIX,
        "{'$repos',#{<<\"hexpm\">>=>#{url=><<\"https://repo.hex.pm\">>}}}.\n{offline,<<\"1\">>}.\n",
    );
    connect(&home, "corp", Shape::ReplaceHexpm, &["acme"]);
    let mut config = HexConfig::parse(home.text(MIX).as_bytes()).unwrap();
    let token = Term::Map(vec![(Term::atom("access_token"), Term::bin("t"))]);
    config.set_repo("hexpm:acme", [("oauth_token", token.clone())]);
    config.set_repo("hexpm", [("oauth_token", token)]);
    config.set_repo("third", [("url", Term::bin("https://third.example.com"))]);
    home.put(MIX, config.to_text());
    home.put(REBAR3, &format!("{{deps,[]}}.\n{}", home.text(REBAR3)));

    home.machine.disconnect("corp", &[]).unwrap();
    let config = HexConfig::parse(home.text(MIX).as_bytes()).unwrap();
    assert!(config.repo("hexpm:acme").is_none());
    assert!(config.get("api_url").is_none() && config.get("offline").is_some());
    assert!(config.repo("third").is_some());
    let hexpm = config.repo("hexpm").unwrap();
    assert_eq!(hexpm.get_atom("url").and_then(Term::as_str), Some("https://repo.hex.pm"));
    assert!(hexpm.get_atom("public_key").is_none());
    assert_eq!(home.text(REBAR3), "{deps,[]}.\n");
    assert!(!home.folder.path().join(REBAR3_KEYS).exists());
}

#[test]
fn an_entry_that_was_pointed_elsewhere_is_left() {
    let home = Home::new();
    connect(&home, "corp", Shape::Plain, &["acme"]);
    let moved = home.text(MIX).replace("corp.example.com", "elsewhere.example.com");
    home.put(MIX, &moved);
    let undone = home.machine.disconnect("corp", &[]).unwrap();
    assert_eq!(undone.kept, ["acme"]);
    assert_eq!(home.text(MIX), moved);
}

#[test]
fn another_key_is_written_over_the_old_one() {
    let home = Home::new();
    connect(&home, "corp", Shape::SideBySide, &["acme"]);
    let plan = plan("corp", Shape::SideBySide);
    home.machine.connect(&plan, &keys(&plan, &["acme"], "0ther")).unwrap();
    for name in [MIX, REBAR3_KEYS] {
        assert!(home.text(name).contains("0ther") && !home.text(name).contains("5ec7e7"), "{name}");
    }
    home.machine.disconnect("corp", &[]).unwrap();
    assert_eq!(home.state(), []);
}

#[test]
fn an_old_mix_gets_a_plain_entry_as_well() {
    let home = Home::new();
    let plan = Plan { also_plain: true, ..plan("corp", Shape::SideBySide) };
    let (connection, _) = home.machine.connect(&plan, &keys(&plan, &["acme"], "k")).unwrap();
    let names: Vec<_> =
        home.machine.organizations().unwrap().into_iter().map(|entry| entry.repository).collect();
    assert_eq!(names, ["acme", "corp:acme"]);
    assert_eq!(connection.organizations[0].repository, "acme");
    home.machine.disconnect("corp", &[]).unwrap();
    assert_eq!(home.state(), []);
}

#[test]
fn a_login_for_the_host() {
    let home = Home::new();
    home.put(".netrc", "machine a\nlogin b\npassword c");
    let before = home.state();
    let netrc = home.folder.path().join(".netrc");
    let plan = Plan { netrc: Some(netrc), ..plan("corp", Shape::SideBySide) };
    home.machine.connect(&plan, &keys(&plan, &["acme"], "5ec7e7")).unwrap();
    assert!(
        home.text(".netrc").ends_with("password c\nmachine corp.example.com\nlogin key\npassword 5ec7e7\n")
    );
    home.machine.disconnect("corp", &[]).unwrap();
    assert_eq!(home.state(), before);

    home.put(".netrc", "machine corp.example.com login me password mine\n");
    let taken = home.machine.connect(&plan, &keys(&plan, &["acme"], "5ec7e7"));
    assert!(matches!(taken, Err(ConfigError::NetrcOccupied { .. })));
    assert!(!home.folder.path().join(MIX).exists(), "nothing else was written either");
}

/// A login with the key of one organization is of no use when that goes, and would be when the key is revoked.
#[test]
fn a_login_goes_with_the_organization_whose_key_it_is() {
    let home = Home::new();
    let with_netrc =
        Plan { netrc: Some(home.folder.path().join(".netrc")), ..plan("corp", Shape::SideBySide) };
    home.machine.connect(&with_netrc, &keys(&with_netrc, &["acme"], "5ec7e7")).unwrap();
    connect(&home, "corp", Shape::SideBySide, &["beta"]);
    let acme = OrganizationName::parse("acme").unwrap();
    home.machine.disconnect("corp", std::slice::from_ref(&acme)).unwrap();
    assert!(!home.folder.path().join(".netrc").exists());
    // One that opens several stays as long as one of them does.
    let given = |names: &[&str]| -> Vec<NewKey> {
        keys(&with_netrc, names, "91ve4").into_iter().map(|new| NewKey { name: None, ..new }).collect()
    };
    home.machine.connect(&with_netrc, &given(&["acme", "beta"])).unwrap();
    home.machine.disconnect("corp", &[acme]).unwrap();
    assert!(home.text(".netrc").contains("91ve4"));
    home.machine.disconnect("corp", &[]).unwrap();
    assert_eq!(home.state(), []);
}

#[test]
fn keys_and_the_files_that_hold_them() {
    let home = Home::new();
    connect(&home, "corp", Shape::SideBySide, &["acme"]);
    let acme = OrganizationName::parse("acme").unwrap();
    let connection = home.machine.connections().unwrap().remove(0);
    let known = |home: &Home| -> Vec<String> {
        let keys = home.machine.known_keys(&connection, &acme).unwrap();
        keys.iter().map(|key| key.expose().to_owned()).collect()
    };
    let secret = Secret::new("5ec7e7");
    assert_eq!(known(&home), ["5ec7e7"]);
    assert_eq!(home.machine.holder(&secret, None), Some(home.folder.path().join(MIX)));
    fs::remove_file(home.folder.path().join(MIX)).unwrap();
    assert_eq!(home.machine.holder(&secret, None), Some(home.folder.path().join(REBAR3_KEYS)));
    home.put(REBAR3_KEYS, &home.text(REBAR3_KEYS).replace("5ec7e7", "07he7"));
    assert_eq!(known(&home), ["07he7", "5ec7e7"], "what is in a file comes first");
    assert_eq!(home.machine.holder(&secret, None), None);
    let netrc = home.folder.path().join(".netrc");
    home.put(".netrc", "machine other login x password 5ec7e7\n");
    assert_eq!(home.machine.holder(&secret, Some(&netrc)), Some(netrc.clone()));
    fs::remove_file(&netrc).unwrap();
    fs::create_dir(&netrc).unwrap();
    assert_eq!(home.machine.holder(&secret, Some(&netrc)), Some(netrc), "nobody knows what is in there");
}

#[test]
fn authorities_for_mix() {
    let home = Home::new();
    home.put(MIX, "{cacerts_path,<<\"/old\">>}.\n");
    home.put(REBAR3, "{ssl_cacerts_path, \"/old\"}. % mine\n");
    let before = home.state();
    let plan = Plan { certificates: Some("PEM\n".to_owned()), ..plan("corp", Shape::SideBySide) };
    home.machine.connect(&plan, &keys(&plan, &["acme"], "k")).unwrap();
    let path = home.folder.path().join(".hex/skep/cacerts.pem");
    assert_eq!(fs::read_to_string(&path).unwrap(), "PEM\n");
    assert!(home.text(MIX).contains(path.to_str().unwrap()));
    let rebar3 = format!("{{ssl_cacerts_path, <<\"{}\">>}}. % mine", path.display());
    assert!(home.text(REBAR3).contains(&rebar3), "{}", home.text(REBAR3));
    home.put(REBAR3, &format!("{}{{x,1}}.\n", home.text(REBAR3)));
    home.machine.disconnect("corp", &[]).unwrap();
    // rebar3's file was changed since, so that it gets back what was there, and keeps the rest.
    assert!(
        home.text(REBAR3).contains("{ssl_cacerts_path, \"/old\"}. % mine")
            && home.text(REBAR3).contains("{x,1}.")
    );
    home.put(REBAR3, "{ssl_cacerts_path, \"/old\"}. % mine\n");
    let own = |state: Vec<(String, String, u32)>| -> Vec<_> {
        state.into_iter().map(|(name, text, _)| (name, text)).collect()
    };
    assert_eq!(own(home.state()), own(before));
}

#[test]
fn names_of_other_servers_are_theirs() {
    let home = Home::new();
    connect(&home, "corp", Shape::SideBySide, &["acme"]);
    let other = Plan { name: RepositoryName::parse("corp").unwrap(), ..plan("other", Shape::SideBySide) };
    let refused = home.machine.check_connection(&other, &[]).unwrap_err();
    assert!(refused.to_string().contains("--name NAME"), "{refused}");
    let otherwise = plan("corp", Shape::ReplaceHexpm);
    let refused = home.machine.check_connection(&otherwise, &[]).unwrap_err();
    assert!(refused.to_string().contains("skep disconnect corp"), "{refused}");
    // Both have an organization `acme`: rebar3 then has it below hexpm.
    connect(&home, "other", Shape::SideBySide, &["acme"]);
    assert!(home.text(REBAR3).contains("hexpm:acme"));
    home.machine.disconnect("corp", &[]).unwrap();
    assert!(home.text(MIX).contains("other:acme") && !home.text(MIX).contains("corp"));
    home.machine.disconnect("other", &[]).unwrap();
    assert_eq!(home.state(), []);
}

#[test]
fn a_file_that_can_not_be_written_leaves_all_as_they_were() {
    let home = Home::new();
    home.put(MIX, "{offline,<<\"1\">>}.\n");
    // A folder in the place of the file that is written last.
    fs::create_dir_all(home.folder.path().join(".netrc/x")).unwrap();
    let before = home.state();
    let plan = Plan { netrc: Some(home.folder.path().join(".netrc")), ..plan("corp", Shape::SideBySide) };
    assert!(home.machine.connect(&plan, &keys(&plan, &["acme"], "k")).is_err());
    assert_eq!(home.state(), before);

    // And a place in which nothing can be made.
    let home = Home::new();
    home.put(".config", "a file\n");
    let before = home.state();
    let plan = self::plan("corp", Shape::SideBySide);
    assert!(home.machine.connect(&plan, &keys(&plan, &["acme"], "k")).is_err());
    assert_eq!(home.state(), before);
}

/// A file that is kept elsewhere and linked into place: the link is what stays.
#[cfg(unix)]
#[test]
fn links_stay_links() {
    for (text, folder) in [(Some("{offline,<<\"1\">>}.\n"), true), (None, true), (None, false)] {
        let home = Home::new();
        let target = home.folder.path().join("dotfiles/hex.config");
        if folder {
            home.put("dotfiles/other", "");
        }
        if let Some(text) = text {
            home.put("dotfiles/hex.config", text);
        }
        fs::create_dir(home.folder.path().join(".hex")).unwrap();
        let link = home.folder.path().join(MIX);
        std::os::unix::fs::symlink("../dotfiles/hex.config", &link).unwrap();
        connect(&home, "corp", Shape::SideBySide, &["acme"]);
        assert!(fs::read_to_string(&target).unwrap().contains("corp:acme"));
        home.machine.disconnect("corp", &[]).unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&target).ok().as_deref(), text);
        assert_eq!(home.folder.path().join("dotfiles").exists(), folder, "a folder that was made goes");
    }
}

/// What can't be read says so once, and nothing waits for it.
#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused() {
    let home = Home::new();
    fs::create_dir_all(home.folder.path().join(".hex")).unwrap();
    let path = home.folder.path().join(MIX);
    let pipe = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(pipe.success());
    let refused = home.machine.check_connection(&plan("corp", Shape::Plain), &[]).unwrap_err();
    assert_eq!(refused.to_string(), format!("cannot read {}: it is a pipe and no file", path.display()));
    assert!(std::error::Error::source(&refused).is_none(), "the cause is in the message");
}

#[test]
fn broken_files_are_refused_before_anything() {
    for (name, text) in [
        (MIX, "{half, \"open"),
        (MIX, "[api_url: \"https://x\"]"),
        (REBAR3, "{hex, x}."),
        (REBAR3, "{hex, [{repos, x}]}."),
        (REBAR3_KEYS, "[]."),
        (".hex/skep/connections.toml", "connections = 1"),
    ] {
        let home = Home::new();
        home.put(name, text);
        let before = home.state();
        let plan = plan("corp", Shape::SideBySide);
        assert!(home.machine.check_connection(&plan, &[]).is_err(), "{name}");
        assert!(home.machine.connect(&plan, &keys(&plan, &["acme"], "k")).is_err(), "{name}");
        assert_eq!(home.state(), before);
    }
}

fn gap() -> impl Strategy<Value = String> {
    "( |\n|%% [a-z]{0,6}\n){0,3}"
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_layout_comes_back(
        gaps in prop::collection::vec(gap(), 8),
        repos in prop::collection::btree_map("[a-z]{3,6}(:[a-z]{3})?", "[a-z]{1,4}", 0..4),
        rebar in prop::collection::vec("[a-z]{3,6}", 0..3),
        shape in prop::sample::select(vec![Shape::SideBySide, Shape::Plain, Shape::ReplaceHexpm]),
        order in prop::sample::select(vec![["corp", "beta"], ["beta", "corp"]]),
        end in prop::sample::select(vec!["", "\n", "\n\n", " % x"]),
    ) {
        let entries: Vec<String> = repos
            .iter()
            .filter(|(name, _)| !name.starts_with("hexpm"))
            .map(|(name, key)| format!("<<\"{name}\">>{}=>#{{auth_key => <<\"{key}\">>,url => <<\"https://{key}\">>}}", gaps[0]))
            .collect();
        let mix = format!("{}{{'$repos',{}#{{{}}}}}.{}{end}", gaps[1], gaps[2], entries.join(","), gaps[3]);
        let list: Vec<String> = rebar.iter().map(|name| format!("#{{name=><<\"{name}\">>}}{}", gaps[4])).collect();
        let rebar = format!("{}{{hex,[{}{{repos,[{}]}}]}}.{end}", gaps[5], gaps[6], list.join(","));
        let home = Home::new();
        home.put(MIX, &mix);
        home.put(REBAR3, &rebar);
        let before = home.state();
        // A name that happens to be taken is another test.
        prop_assume!(home.machine.check_connection(&plan("corp", shape), &[OrganizationName::parse("acme").unwrap()]).is_ok());
        let second = if shape == Shape::ReplaceHexpm { Shape::SideBySide } else { shape };
        let beta = plan("beta", second);
        prop_assume!(home.machine.check_connection(&beta, &[OrganizationName::parse("zeta").unwrap()]).is_ok());
        connect(&home, "corp", shape, &["acme"]);
        connect(&home, "beta", second, &["zeta"]);
        for name in order {
            home.machine.disconnect(name, &[]).unwrap();
        }
        prop_assert_eq!(home.state(), before);
    }
}
