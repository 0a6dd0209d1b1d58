//! The rules of `mix`, seen with Hex 2.5.

use super::*;

fn settings(config: &str, environment: &[(&str, &str)]) -> Settings {
    let home = tempfile::tempdir().unwrap();
    let paths = Paths::in_folders(home.path(), home.path());
    std::fs::write(&paths.mix, config).unwrap();
    Settings::load(&paths, |name| {
        environment.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
    })
    .unwrap()
}

fn text(settings: &Settings, key: &str) -> Option<String> {
    settings.text(key).map(|(text, _)| text)
}

#[test]
fn the_environment_comes_before_the_file() {
    let file = "{api_url,<<\"http://file/api\">>}.\n{http_concurrency,3}.\n{offline,true}.\n{policy,nil}.\n";
    let plain = settings(file, &[]);
    assert_eq!(plain.text("api_url"), Some(("http://file/api".into(), Source::File)));
    assert_eq!(plain.number("http_concurrency"), Ok(Some(3)));
    assert_eq!(plain.boolean("offline"), (true, None));
    assert_eq!(text(&plain, "policy"), None);
    let both = settings(file, &[("HEX_API", "http://second"), ("HEX_API_URL", "http://first")]);
    assert_eq!(both.text("api_url"), Some(("http://first".into(), Source::Environment("HEX_API_URL"))));
    // Empty says nothing.
    assert_eq!(text(&settings(file, &[("HEX_API_URL", " ")]), "api_url"), Some("http://file/api".into()));
    // What hex.config may not hold is not read from it.
    assert_eq!(text(&settings("{ci,true}.\n", &[]), "ci"), None);
    assert_eq!(text(&plain, "nonsense"), None);
}

#[test]
fn switches() {
    let offline = |value: &str| settings("", &[("HEX_OFFLINE", value)]).boolean("offline");
    for yes in ["1", "true", "TRUE"] {
        assert_eq!(offline(yes), (true, None));
    }
    for no in ["0", "false", "FALSE", ""] {
        assert_eq!(offline(no), (false, None));
    }
    let (value, odd) = offline("yes");
    assert!(!value);
    assert_eq!(
        odd.unwrap().to_string(),
        "HEX_OFFLINE is \"yes\", not 1, true, 0 or false: it counts as false"
    );
    assert_eq!(settings("", &[("CI", "woodpecker")]).boolean("ci"), (true, None));
    assert_eq!(settings("", &[("CI", "false")]).boolean("ci"), (false, None));
}

#[test]
fn numbers_that_are_none_are_told() {
    for wrong in ["ten", "0", "-1", "1.5"] {
        let error = settings("", &[("HEX_HTTP_TIMEOUT", wrong)]).network(|_| {}).err().unwrap();
        assert_eq!(error.to_string(), format!("HEX_HTTP_TIMEOUT is {wrong:?}, not a whole number above 0"));
    }
    let error = settings("{http_concurrency,<<\"x\">>}.\n", &[]).network(|_| {}).err().unwrap();
    assert!(error.to_string().starts_with("http_concurrency in /"), "{error}");
}

#[test]
fn the_network() {
    let network = |config, environment: &[_]| settings(config, environment).network(|_| {}).unwrap();
    let default = network("", &[]);
    assert_eq!((default.idle, default.upload), (Duration::from_secs(15), Duration::from_secs(60)));
    assert_eq!(default.concurrency, 8);
    let slow = network("", &[("HEX_HTTP_TIMEOUT", "90")]);
    assert_eq!((slow.idle, slow.upload), (Duration::from_secs(90), Duration::from_secs(90)));
    assert!(!default.offline && !default.ci && default.certificates.is_empty());
    assert!(default.proxies == Proxies::default());

    let file =
        "{https_proxy,<<\"http://file:1\">>}.\n{no_proxy,<<\"a\">>}.\n{cacerts_path,<<\"/c.pem\">>}.\n";
    let set = network(file, &[("HTTP_PROXY", "http://env:2"), ("SSL_CERT_FILE", "/s.pem")]);
    let address = |proxy: Option<ProxyAddress>| proxy.map(|proxy| proxy.url);
    assert_eq!(address(set.proxies.http).as_deref(), Some("http://env:2"));
    assert_eq!(address(set.proxies.https).as_deref(), Some("http://file:1"));
    assert_eq!(set.proxies.none_for.as_deref(), Some("a"));
    let files: Vec<_> =
        set.certificates.iter().map(|file| (file.path.to_str().unwrap(), file.instead_of_system)).collect();
    assert_eq!(files, [("/c.pem", false), ("/s.pem", true)]);
    let lower = network("", &[("HTTP_PROXY", "http://upper"), ("http_proxy", "http://lower")]);
    assert_eq!(address(lower.proxies.http).as_deref(), Some("http://lower"));
    let all = network("", &[("ALL_PROXY", "http://all")]);
    assert_eq!(address(all.proxies.https).as_deref(), Some("http://all"));
}

#[test]
fn the_table_is_sorted_and_says_everything_once() {
    let keys: Vec<_> = SETTINGS.iter().map(|setting| setting.key).collect();
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(keys, sorted);
}
