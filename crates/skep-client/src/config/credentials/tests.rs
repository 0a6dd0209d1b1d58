use super::*;

fn api(url: &str) -> ApiUrl {
    ApiUrl::parse(url).unwrap()
}

fn key(secret: &str) -> Option<NamedKey> {
    Some(NamedKey { name: Some(format!("name-of-{secret}")), secret: Secret::new(secret) })
}

fn load(text: &str) -> Result<Credentials, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("credentials.toml");
    std::fs::write(&path, text).unwrap();
    Credentials::load(&path)
}

#[test]
fn each_server_has_its_own() {
    let mut file = load("").unwrap();
    let (one, two) = (api("https://one.example.com/api"), api("https://two.example.com/api"));
    file.set_server(&one, &ServerCredentials { api_key: key("k1"), ..Default::default() });
    file.set_server(
        &two,
        &ServerCredentials { api_key: key("k2"), repository_key: key("r2"), ..Default::default() },
    );
    let again = load(&file.to_text()).unwrap();
    let secret = |key: Option<NamedKey>| key.map(|key| key.secret.expose().to_owned());
    assert_eq!(secret(again.server(&one).api_key).as_deref(), Some("k1"));
    assert_eq!(secret(again.server(&two).repository_key).as_deref(), Some("r2"));
    for other in
        ["http://one.example.com/api", "https://one.example.com:8443/api", "https://one.example.com/api/v2"]
    {
        assert!(again.server(&api(other)).api_key.is_none(), "{other}");
    }
}

#[test]
fn unknown_keys_stay_and_empty_servers_go() {
    let text = "new = 1\n[servers.\"https://one.example.com/api\"]\nfuture = \"x\"\napi_key = \"k\"\n\
                [servers.\"https://two.example.com/api\"]\napi_key = \"k\"\n";
    let mut file = load(text).unwrap();
    file.set_server(&api("https://one.example.com/api"), &ServerCredentials::default());
    file.set_server(&api("https://two.example.com/api"), &ServerCredentials::default());
    let text = file.to_text();
    assert!(
        text.starts_with(HEADER) && text.contains("new = 1") && text.contains("future = \"x\""),
        "{text}"
    );
    assert!(!text.contains("two.example.com") && !text.contains("api_key"), "{text}");
}

#[test]
fn broken_files_are_refused_without_showing_secrets() {
    for text in ["[servers", "servers = 1", "[servers]\nx = 1", "api_key = \"5ec7e7\n", "\u{0}5ec7e7"] {
        let error = load(text).err().unwrap().to_string();
        assert!(error.contains("left as it is") && !error.contains("5ec7e7"), "{error}");
    }
}
