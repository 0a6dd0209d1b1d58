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

fn secrets(file: &Credentials, url: &str) -> Secrets {
    match file.secrets(&api(url)) {
        Place::File(secrets) => secrets,
        Place::Keyring => panic!("the secrets are in a keyring"),
    }
}

#[test]
fn each_server_has_its_own() {
    let mut file = load("").unwrap();
    let (one, two) = ("https://one.example.com/api", "https://two.example.com/api");
    file.set_secrets(&api(one), &Place::File(Secrets { api_key: key("k1"), ..Default::default() }));
    let both = Secrets { api_key: key("k2"), repository_key: key("r2"), ..Default::default() };
    file.set_secrets(&api(two), &Place::File(both));
    let again = load(&file.to_text()).unwrap();
    let secret = |key: Option<NamedKey>| key.map(|key| key.secret.expose().to_owned());
    assert_eq!(secret(secrets(&again, one).api_key).as_deref(), Some("k1"));
    assert_eq!(secret(secrets(&again, two).repository_key).as_deref(), Some("r2"));
    for other in
        ["http://one.example.com/api", "https://one.example.com:8443/api", "https://one.example.com/api/v2"]
    {
        assert!(secrets(&again, other) == Secrets::default(), "{other}");
    }
}

#[test]
fn everything_about_a_server_survives() {
    let url = api("https://one.example.com/api");
    let server = Server {
        name: Some("work".to_owned()),
        repository: Some(RepositoryUrl::parse("https://cdn.example.com/hex").unwrap()),
        fingerprint: Some("SHA256:x".to_owned()),
        login: Some(Login {
            username: Some("eric".to_owned()),
            method: Method::Session,
            since: Some("2026-11-22T09:00:00Z".parse().unwrap()),
        }),
    };
    let tokens = Tokens {
        access: Secret::new("a"),
        refresh: Some(Secret::new("r")),
        expires_at: "2026-11-22T09:30:00Z".parse().unwrap(),
    };
    let all = Secrets { tokens: Some(tokens), api_key: key("k"), repository_key: key("r") };
    let mut file = load("").unwrap();
    file.set_server(&url, &server);
    file.set_secrets(&url, &Place::File(all.clone()));
    let mut again = load(&file.to_text()).unwrap();
    assert_eq!(again.servers(), [(url.clone(), server.clone())]);
    assert!(secrets(&again, url.as_str()) == all);
    // In the keyring there is the same, and nothing of it in the file.
    assert!(super::super::keyring::unpack(&super::super::keyring::pack(&all)).unwrap() == all);
    again.set_secrets(&url, &Place::Keyring);
    let text = again.to_text();
    assert!(
        text.contains("keyring = true") && !text.contains("token") && !text.contains("key_name"),
        "{text}"
    );
    assert!(matches!(load(&text).unwrap().secrets(&url), Place::Keyring));
}

#[test]
fn files_of_earlier_versions_are_understood() {
    let url = api("https://one.example.com/api");
    let text = "[servers.\"https://one.example.com/api\"]\nusername = \"eric\"\napi_key = \"k\"\n";
    let login = Login { username: Some("eric".to_owned()), method: Method::Key, since: None };
    assert_eq!(load(text).unwrap().server(&url).login, Some(login.clone()));
    let text = format!("{text}repository_key = \"r\"\n");
    assert_eq!(load(&text).unwrap().server(&url).login, Some(Login { method: Method::Keys, ..login }));
}

#[test]
fn unknown_keys_stay_and_empty_servers_go() {
    let text = "new = 1\n[servers.\"https://one.example.com/api\"]\nfuture = \"x\"\napi_key = \"k\"\n\
                [servers.\"https://two.example.com/api\"]\napi_key = \"k\"\n";
    let mut file = load(text).unwrap();
    for url in ["https://one.example.com/api", "https://two.example.com/api"] {
        file.set_server(&api(url), &Server::default());
        file.set_secrets(&api(url), &Place::File(Secrets::default()));
    }
    let text = file.to_text();
    assert!(
        text.starts_with(HEADER) && text.contains("new = 1") && text.contains("future = \"x\""),
        "{text}"
    );
    assert!(!text.contains("two.example.com") && !text.contains("api_key"), "{text}");
}

#[test]
fn broken_files_are_refused_without_showing_secrets() {
    for text in [
        "[servers",
        "servers = 1",
        "[servers]\nx = 1",
        "api_key = \"5ec7e7\n",
        "\u{0}5ec7e7",
        "keyring = \"5ec7e7\"",
        "keyring = true",
    ] {
        let error = load(text).err().unwrap().to_string();
        assert!(error.contains("left as it is") && !error.contains("5ec7e7"), "{error}");
    }
}
