use std::fs;

use tempfile::TempDir;

use super::*;

struct Home {
    folder: TempDir,
    machine: Machine,
    variables: Vec<(String, String)>,
}

impl Home {
    fn new(variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::in_folders(&folder.path().join(".hex"), &folder.path().join(".config/rebar3"));
        let mut all = vec![("HOME".to_owned(), folder.path().to_str().unwrap().to_owned())];
        all.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Self { folder, machine: Machine::new(paths), variables: all }
    }

    fn put(self, name: &str, text: &str) -> Self {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn found(&self) -> Vec<Finding> {
        let variable =
            |name: &str| self.variables.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        look(&self.machine, &variable)
    }

    /// The codes of what is not good.
    fn codes(&self) -> Vec<&'static str> {
        let found = self.found();
        let mut codes: Vec<_> = found.iter().filter(|f| f.grade != Grade::Good).map(|f| f.code).collect();
        codes.dedup();
        assert!(found.iter().all(|f| f.grade == Grade::Good || f.remedy.is_some()));
        codes
    }
}

const MIX: &str = ".hex/hex.config";
const REBAR3: &str = ".config/rebar3/rebar.config";
const REBAR3_KEYS: &str = ".config/rebar3/hex.config";

#[test]
fn nothing_is_wrong_with_nothing() {
    assert!(Home::new(&[]).codes().is_empty());
}

#[test]
fn each_odd_file_has_its_word() {
    let pem =
        hex_registry::SigningKey::generate(hex_registry::KeySize::Rsa2048).unwrap().public_key().to_pem();
    let pem = pem.replace('\n', "\\n");
    let complete =
        format!("url => <<\"https://s.example.com/repo\">>,public_key => <<\"{pem}\">>,auth_key => nil");
    let nested = format!(
        "{{'$repos',#{{<<\"corp\">> => #{{{complete}}},<<\"corp:acme\">> => #{{auth_key => nil}}}}}}."
    );
    for (name, text, code) in [
        (MIX, "{half, \"open", "file_damaged"),
        (MIX, "[api_url: \"https://x\"]", "file_damaged"),
        (MIX, "{api_url,<<\"https://s.example.com/api/\">>}.", "api_url_slash"),
        (MIX, "{unsafe_registry,<<\"true\">>}.", "verification_off"),
        (MIX, "{cacerts_path,<<\"/does/not/exist\">>}.", "cacerts_unreadable"),
        (MIX, "{'$repos',#{<<\"corp\">> => 1}}.", "entry_damaged"),
        (MIX, "{'$repos',#{<<\"corp:acme\">> => #{}}}.", "parent_missing"),
        (MIX, "{'$repos',#{<<\"corp\">> => #{url => <<\"https://s\">>}}}.", "entry_incomplete"),
        (
            MIX,
            "{'$repos',#{<<\"corp\">> => #{url => <<\"https://s\">>,public_key => ok,auth_key => nil}}}.",
            "public_key_missing",
        ),
        (
            MIX,
            "{'$repos',#{<<\"hexpm:acme\">> => #{url => <<\"https://s.example.com/repo/repos/acme\">>}}}.",
            "entry_dropped",
        ),
        (REBAR3, "{hex, x}.", "file_damaged"),
        (REBAR3, "{hex, [{repos, [#{name => <<\"hexpm\">>}, #{name => <<\"acme\">>}]}]}.", "rebar3_order"),
        (REBAR3, "{hex, [{repos, [#{name => <<\"corp:acme\">>}]}]}.", "rebar3_parent_missing"),
        (
            REBAR3,
            "{hex, [{repos, [#{name => <<\"hexpm\">>,repo_url => <<\"https://s\">>}]}]}.",
            "rebar3_url_ignored",
        ),
        (
            REBAR3,
            "{hex, [{repos, [#{name => <<\"hexpm\">>,repo_public_key => <<\"P\">>}]}]}.",
            "hex_cdn_missing",
        ),
        (REBAR3_KEYS, "#{<<\"hexpm\">> => #{repo_key => \"text\"}}.", "rebar3_key_not_binary"),
        (REBAR3_KEYS, "#{<<\"acme\">> => #{}}.", "rebar3_key_unused"),
        (".hex/skep/connections.toml", "connections = 1", "file_damaged"),
        (".cache/gleam/hex/hexpm/packages/00.tar", "x", "gleam_cache_damaged"),
    ] {
        let home = Home::new(&[]).put(name, text);
        let codes = home.codes();
        assert!(codes.contains(&code), "{name} {text}: {codes:?}");
    }
    assert!(Home::new(&[]).put(MIX, &nested).codes().is_empty());
    let old = Home::new(&[])
        .put(MIX, &nested)
        .put(".mix/archives/hex-2.4.2/hex-2.4.2/ebin/hex.app", "{application,hex,[{vsn,\"2.4.2\"}]}.");
    assert!(old.codes().contains(&"name_too_new"));
}

#[cfg(unix)]
#[test]
fn pipes_are_not_waited_for_and_names_are_quoted() {
    let packages = ".cache/gleam/hex/hexpm/packages";
    let home = Home::new(&[]).put(&format!("{packages}/it's 0.tar"), "x");
    let pipe = home.folder.path().join(packages).join("1.tar");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let found = home.found();
    let [damaged] = found.iter().filter(|found| found.grade == Grade::Broken).collect::<Vec<_>>()[..] else {
        panic!("{found:?}")
    };
    let remedy = damaged.remedy.as_deref().unwrap();
    assert!(remedy.starts_with("rm '/") && remedy.ends_with(r"/it'\''s 0.tar'"), "{remedy}");
}

#[test]
fn each_odd_variable_has_its_word() {
    for (name, value, code) in [
        ("HEX_API_URL", "https://s.example.com/api/", "api_url_slash"),
        ("HEX_MIRROR", "https://m.example.com", "variable_redirects"),
        ("HEX_UNSAFE_REGISTRY", "1", "verification_off"),
        ("HEX_UNSAFE_HTTPS", "1", "verification_off"),
        ("HEX_HTTP_TIMEOUT", "soon", "not_a_number"),
        ("HTTPS_PROXY", "nonsense", "proxy_malformed"),
        ("HEX_CACERTS_PATH", "/does/not/exist", "cacerts_unreadable"),
        ("HEX_CDN", "https://s.example.com/repo", "hex_cdn_without_key"),
        ("HEX_HOME", "", "home_empty"),
    ] {
        let codes = Home::new(&[(name, value)]).codes();
        assert!(codes.contains(&code), "{name}: {codes:?}");
    }
}

#[cfg(unix)]
#[test]
fn files_with_secrets_are_made_private() {
    let home = Home::new(&[])
        .put(MIX, "{'$repos',#{<<\"hexpm:acme\">> => #{auth_key => <<\"k\">>}}}.")
        .put(".netrc", "machine x login y password z\n")
        .put(REBAR3_KEYS, "#{}.");
    assert_eq!(home.codes(), ["file_permissions"]);
    let netrc = home.folder.path().join(".netrc");
    let found = exposed(home.machine.paths(), Some(&netrc));
    assert_eq!(found.len(), 2, "one of the three holds no secret");
    for file in &found {
        protect(file).unwrap();
        assert_eq!(atomic_file::mode(&file.path), Some(0o600));
    }
    assert!(home.codes().is_empty());
}

#[cfg(unix)]
#[test]
fn a_file_without_a_secret_may_be_read_by_others() {
    for (text, holds) in [
        ("{'$repos',#{<<\"corp\">> => #{auth_key => nil}}}.", false),
        ("{'$repos',#{<<\"corp\">> => #{auth_key => nil},<<\"other\">> => #{auth_key => <<\"k\">>}}}.", true),
        ("{'$oauth_token',nil}.", false),
        ("{'$oauth_token',#{access_token => <<\"t\">>}}.", true),
        ("{'$write_key',<<\"nil2\">>}.", true),
    ] {
        let home = Home::new(&[]).put(MIX, text);
        assert_eq!(!exposed(home.machine.paths(), None).is_empty(), holds, "{text}");
    }
    let home = Home::new(&[]).put(REBAR3_KEYS, "#{<<\"corp\">> => #{repo_key => <<>>}}.");
    assert!(exposed(home.machine.paths(), None).is_empty());
}

#[test]
fn a_memory_that_is_broken_is_named() {
    let home = Home::new(&[]).put(".hex/skep/connections.toml", "connections = 1");
    let found = home.found();
    let path = home.folder.path().join(".hex/skep/connections.toml");
    assert_eq!(found.last().unwrap().subject, path.to_str().unwrap());
    assert_eq!(found.iter().filter(|finding| finding.code == "file_damaged").count(), 1);
    let folder = Home::new(&[]).put(".hex/hex.config/x", "");
    assert!(folder.found()[0].remedy.as_ref().unwrap().starts_with("it is a folder: move it away"));
}

#[test]
fn nothing_is_told_twice() {
    let missing = |text| Finding::broken("key_missing", "mix, repository corp:acme", text, "again");
    let mut found =
        vec![missing("by the file"), Finding::warning("key_changed", "mix, repository corp", "a", "b")];
    let refused = Finding::broken("key_refused", "mix, repository corp", "c", "d");
    add(&mut found, vec![missing("by the server"), refused.clone()]);
    assert_eq!(
        found,
        [missing("by the file"), refused],
        "and a key that is refused is no longer just another"
    );
    // A setting in hex.config does not count where a variable stands over it.
    let home = Home::new(&[("HEX_CACERTS_PATH", "/a")]).put(MIX, "{cacerts_path,<<\"/b\">>}.");
    assert_eq!(home.codes(), ["cacerts_unreadable"]);
    assert_eq!(home.found().iter().filter(|finding| finding.code == "cacerts_unreadable").count(), 1);
}

/// Each way in which what was written can be lost, moved or changed, for each tool.
mod after_connecting {
    use super::*;
    use crate::authorize::AuthorizedKey;
    use crate::config::connections::Shape;
    use crate::config::{NewKey, Plan};
    use crate::server::{ApiUrl, RepositoryUrl};
    use hex_format::name::RepositoryName;
    use hex_registry::{KeySize, SigningKey};

    const SITE: &str = "https://corp.example.com";
    const KEY: &str = "5ec7e7";

    fn connected(shape: Shape) -> (Home, String) {
        let home = Home::new(&[]);
        let signing = SigningKey::generate(KeySize::Rsa2048).unwrap().public_key().clone();
        let plan = Plan {
            name: RepositoryName::parse("corp").unwrap(),
            api: ApiUrl::parse(&format!("{SITE}/api")).unwrap(),
            repository: RepositoryUrl::parse(&format!("{SITE}/repo")).unwrap(),
            signing_key: signing.clone(),
            shape,
            also_plain: false,
            rebar3: true,
            rebar3_hexpm: None,
            netrc: Some(home.folder.path().join(".netrc")),
            certificates: None,
            replace: false,
        };
        let server = (plan.api.as_str(), plan.repository.as_str());
        let key = AuthorizedKey::unchecked("acme", server, KEY, None, signing.clone());
        home.machine.connect(&plan, &[NewKey { key, name: None }]).unwrap();
        (home, signing.fingerprint().to_string())
    }

    fn other_pem() -> String {
        let pem = SigningKey::generate(KeySize::Rsa2048).unwrap().public_key().to_pem();
        pem.replace('\n', "\\n")
    }

    /// Everything from the beginning of the key in a file to its end.
    fn pem_in(text: &str) -> String {
        let start = text.find("-----BEGIN").unwrap();
        text[start..start + text[start..].find("\">>").unwrap()].to_owned()
    }

    impl Home {
        fn text(&self, name: &str) -> String {
            fs::read_to_string(self.folder.path().join(name)).unwrap()
        }

        fn edit(&self, name: &str, edit: impl Fn(&str) -> String) {
            fs::write(self.folder.path().join(name), edit(&self.text(name))).unwrap();
        }

        fn remove(&self, name: &str) {
            fs::remove_file(self.folder.path().join(name)).unwrap();
        }

        /// What is told with this code.
        #[track_caller]
        fn told(&self, code: &str) -> (String, String, String) {
            let found = self.found();
            let of_code: Vec<_> = found.iter().filter(|finding| finding.code == code).collect();
            assert_eq!(of_code.len(), 1, "{code}: {found:?}");
            let Finding { subject, text, remedy, .. } = of_code[0].clone();
            (subject, text, remedy.unwrap())
        }
    }

    #[test]
    fn all_is_well() {
        for shape in [Shape::SideBySide, Shape::Plain, Shape::ReplaceHexpm] {
            let (home, _) = connected(shape);
            let codes = home.codes();
            assert!(codes.iter().all(|code| *code == "hex_cdn_missing"), "{shape:?}: {codes:?}");
        }
    }

    #[test]
    fn a_file_that_is_gone() {
        let (home, _) = connected(Shape::SideBySide);
        home.remove(MIX);
        let (subject, text, remedy) = home.told("entry_missing");
        assert!(subject.ends_with(MIX));
        assert_eq!(text, "connect wrote corp:acme and corp for mix; they are gone");
        assert_eq!(remedy, "skep connect https://corp.example.com acme");

        let (home, _) = connected(Shape::Plain);
        home.remove(REBAR3);
        assert_eq!(home.told("entry_missing").0, home.folder.path().join(REBAR3).to_str().unwrap());
        assert_eq!(home.codes(), ["entry_missing"], "the key without an entry says the same");
        let (home, _) = connected(Shape::Plain);
        home.remove(REBAR3_KEYS);
        let (subject, text, _) = home.told("key_missing");
        assert_eq!(subject, "rebar3, repository acme");
        assert!(text.starts_with("connect wrote its key into /") && text.ends_with("; it is gone"), "{text}");
        let (home, _) = connected(Shape::Plain);
        home.remove(".netrc");
        assert_eq!(home.told("netrc_changed").2, "skep connect https://corp.example.com acme --netrc");
    }

    #[test]
    fn an_entry_that_is_called_otherwise_now() {
        let (home, _) = connected(Shape::SideBySide);
        home.edit(MIX, |text| text.replace("corp", "firm").replace("firm.example", "corp.example"));
        let (_, text, _) = home.told("entry_missing");
        assert!(
            text.ends_with("; firm leads to https://corp.example.com/repo now") || text.contains("firm:acme"),
            "{text}"
        );
        let (home, _) = connected(Shape::SideBySide);
        home.edit(REBAR3, |text| text.replacen("name => <<\"acme\">>", "name => <<\"other\">>", 1));
        assert!(home.told("entry_missing").1.contains("; other leads to"), "{}", home.text(REBAR3));
        let (home, _) = connected(Shape::SideBySide);
        home.edit(MIX, |text| text.replace("<<\"corp\">>", "<<\"firm\">>"));
        assert_eq!(home.codes(), ["entry_missing"], "the organization's parent is told once");
    }

    #[test]
    fn an_entry_that_leads_elsewhere() {
        for (shape, names) in
            [(Shape::SideBySide, "corp:acme and corp lead to "), (Shape::Plain, "acme leads to ")]
        {
            let (home, _) = connected(shape);
            home.edit(MIX, |text| {
                text.replace("https://corp.example.com/repo", "https://x.example.com/repo")
            });
            let (_, text, remedy) = home.told("entry_elsewhere");
            assert!(text.starts_with(&format!("{names}https://x.example.com/repo")), "{text}");
            assert_eq!(remedy, "skep connect https://corp.example.com acme --replace");
        }
        let (home, _) = connected(Shape::SideBySide);
        home.edit(REBAR3, |text| text.replace("corp.example.com/repo/repos", "x.example.com/repo/repos"));
        assert!(home.told("entry_elsewhere").0.ends_with(REBAR3));
        let (home, _) = connected(Shape::ReplaceHexpm);
        home.edit(MIX, |text| text.replace("corp.example.com/api", "x.example.com/api"));
        let (_, text, remedy) = home.told("setting_changed");
        assert_eq!(
            text,
            "api_url is https://x.example.com/api, not https://corp.example.com/api as connect set it"
        );
        assert_eq!(remedy, "skep config api_url https://corp.example.com/api");
    }

    #[test]
    fn another_signing_key() {
        let (home, fingerprint) = connected(Shape::SideBySide);
        home.edit(MIX, |text| text.replace(&pem_in(text), &other_pem()));
        let (subject, text, remedy) = home.told("wrong_signing_key");
        assert_eq!(subject, "mix, repository corp");
        assert!(text.ends_with(&format!("connect trusted {fingerprint}")));
        assert_eq!(remedy, format!("skep repo set corp --fetch-public-key {fingerprint}"));
        let (home, _) = connected(Shape::SideBySide);
        home.edit(REBAR3, |text| text.replace(&pem_in(text), &other_pem()));
        assert_eq!(home.told("wrong_signing_key").2, "skep connect https://corp.example.com acme");
        let (home, _) = connected(Shape::ReplaceHexpm);
        home.edit(REBAR3, |text| text.replace(&pem_in(text), "nonsense"));
        assert!(home.told("wrong_signing_key").1.contains("none that can be read"));
        let (home, _) = connected(Shape::ReplaceHexpm);
        home.edit(MIX, |text| text.replace("public_key =>", "other =>").replace("public_key=>", "other=>"));
        assert_eq!(home.told("wrong_signing_key").0, "mix, repository hexpm");
    }

    #[test]
    fn another_key_or_none() {
        let (home, _) = connected(Shape::SideBySide);
        home.edit(MIX, |text| text.replace(KEY, "07he7"));
        assert_eq!(home.told("key_changed").0, "mix, repository corp:acme");
        let (home, _) = connected(Shape::SideBySide);
        home.edit(MIX, |text| text.replace(&format!("<<\"{KEY}\">>"), "nil"));
        assert_eq!(home.told("key_missing").2, "skep connect https://corp.example.com acme");
        let (home, _) = connected(Shape::SideBySide);
        home.edit(REBAR3_KEYS, |text| text.replace(KEY, "07he7"));
        assert_eq!(home.told("key_changed").0, "rebar3, repository acme");
        let (home, _) = connected(Shape::SideBySide);
        home.edit(".netrc", |text| text.replace(KEY, "07he7"));
        assert_eq!(
            home.told("netrc_changed").2,
            "skep connect https://corp.example.com acme --netrc --replace"
        );
        assert_eq!(home.codes(), ["netrc_changed"], "and not as a stranger's, too");
    }

    /// What each version of mix makes of entries when it writes the file.
    #[test]
    fn a_rewrite_by_mix_is_no_change() {
        let (home, _) = connected(Shape::SideBySide);
        home.edit(MIX, |text| {
            text.replace("oauth_exchange_url => nil,", "").replace("fetch_public_key => nil,", "")
        });
        assert_eq!(home.codes(), Vec::<&str>::new());
        let (home, _) = connected(Shape::ReplaceHexpm);
        home.edit(MIX, |text| text.replace("corp.example.com/repo", "CORP.example.com/repo/"));
        assert_eq!(home.codes(), ["hex_cdn_missing"]);
    }
}

#[test]
fn logins_in_addresses_are_not_told() {
    let variables: Vec<(&str, &str)> = [
        "HEX_API_URL",
        "HEX_API",
        "HEX_MIRROR_URL",
        "HEX_MIRROR",
        "HEX_TRUSTED_MIRROR_URL",
        "HEX_TRUSTED_MIRROR",
        "HTTPS_PROXY",
    ]
    .map(|name| (name, "https://u:s3cret@hex.example.com/api/"))
    .into();
    let config = "{api_url,<<\"https://u:s3cret@s.example.com/api/\">>}.\n\
                  {'$oauth_token',#{access_token => <<\"a\">>}}.\n\
                  {'$repos',#{<<\"hexpm\">> => #{url => <<\"https://u:s3cret@s.example.com/repo\">>,auth_key => <<\"k\">>,\
                  oauth_exchange => true,oauth_exchange_url => <<\"https://u:s3cret@x.example.com/api\">>},\
                  <<\"work\">> => #{url => <<\"https://u:s3cret@w.example.com/repo\">>,auth_key => <<\"k\">>,\
                  public_key => <<\"nonsense\">>}}}.\n";
    let found = Home::new(&variables).put(MIX, config).found();
    assert!(found.len() > 10, "{found:#?}");
    for finding in found {
        assert!(!format!("{finding:?}").contains("s3cret"), "{finding:?}");
    }
}
