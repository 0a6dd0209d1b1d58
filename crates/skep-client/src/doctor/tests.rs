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

    /// The codes of what is not good.
    fn codes(&self) -> Vec<&'static str> {
        let variable =
            |name: &str| self.variables.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let found = look(&self.machine, &variable);
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
    assert_eq!(Home::new(&[]).put(MIX, &nested).codes(), ["file_permissions"]);
    let old = Home::new(&[])
        .put(MIX, &nested)
        .put(".mix/archives/hex-2.4.2/hex-2.4.2/ebin/hex.app", "{application,hex,[{vsn,\"2.4.2\"}]}.");
    assert!(old.codes().contains(&"name_too_new"));
}

#[test]
fn each_odd_variable_has_its_word() {
    for (name, value, code) in [
        ("HEX_API_URL", "https://s.example.com/api/", "api_url_slash"),
        ("HEX_MIRROR", "https://m.example.com", "variable_redirects"),
        ("HEX_UNSAFE_REGISTRY", "1", "verification_off"),
        ("HEX_HTTP_TIMEOUT", "soon", "not_a_number"),
        ("HTTPS_PROXY", "nonsense", "proxy_malformed"),
        ("HEX_CACERTS_PATH", "/does/not/exist", "cacerts_unreadable"),
        ("HEX_CDN", "https://s.example.com/repo", "hex_cdn_without_key"),
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
