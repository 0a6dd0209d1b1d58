use proptest::prelude::*;

use super::*;

#[test]
fn spellings_of_one_server_are_one_value() {
    for text in [
        "https://Hex.Example.com/api",
        "https://hex.example.com:443/api/",
        " https://hex.example.com//api// ",
    ] {
        assert_eq!(ApiUrl::parse(text).unwrap().as_str(), "https://hex.example.com/api", "{text}");
    }
    assert_eq!(ApiUrl::parse("http://localhost:4777").unwrap().as_str(), "http://localhost:4777");
}

#[test]
fn different_servers_stay_different() {
    let one = ApiUrl::parse("http://example.com/api").unwrap();
    for other in ["https://example.com/api", "http://example.com:8080/api", "http://example.com/a/api"] {
        assert_ne!(one, ApiUrl::parse(other).unwrap());
    }
}

#[test]
fn only_plain_bases() {
    assert!(matches!(ApiUrl::parse("example.com/api"), Err(UrlError::Malformed(..))));
    assert!(matches!(ApiUrl::parse("ftp://example.com/api"), Err(UrlError::Scheme(_))));
    assert!(matches!(ApiUrl::parse("https://example.com/api?x=1"), Err(UrlError::NotABase(..))));
    let error = ApiUrl::parse("https://eric:hunter2@example.com/api").unwrap_err().to_string();
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn repository_of_an_api() {
    let repository = |text| ApiUrl::parse(text).unwrap().repository().map(|url| url.as_str().to_owned());
    assert_eq!(repository("https://hex.pm/api").unwrap(), "https://repo.hex.pm");
    assert_eq!(repository("https://hex.example.com/api/").unwrap(), "https://hex.example.com/repo");
    assert_eq!(repository("https://example.com/skep/api").unwrap(), "https://example.com/skep/repo");
    assert!(matches!(repository("https://example.com/v1"), Err(UrlError::Underivable(_))));
}

#[test]
fn a_site_stands_for_its_api() {
    let api = |text| ApiUrl::of_server(text).unwrap().as_str().to_owned();
    assert_eq!(api("https://Hex.Example.com"), "https://hex.example.com/api");
    assert_eq!(api("https://hex.example.com/api/"), "https://hex.example.com/api");
    assert_eq!(api("http://localhost:4000/skep/"), "http://localhost:4000/skep/api");
    assert_eq!(ApiUrl::of_server("https://hex.pm").unwrap(), ApiUrl::hexpm());
    assert_eq!(ApiUrl::of_server("http://localhost:4000").unwrap().host(), "localhost:4000");
    assert!(matches!(ApiUrl::of_server("hex.example.com"), Err(UrlError::Malformed(..))));
}

#[test]
fn the_way_back_from_a_repository() {
    let root = |text, organization| RepositoryUrl::parse(text).unwrap().root_of(organization);
    let repository = root("https://hex.example.com/repo/repos/acme", "acme").unwrap();
    assert_eq!(repository.api().unwrap().as_str(), "https://hex.example.com/api");
    assert_eq!(root("https://hex.example.com/repo/repos/acme/repos/acme", "acme").unwrap(), repository);
    assert_eq!(RepositoryUrl::hexpm().api(), Some(ApiUrl::hexpm()));
    assert_eq!(root("https://hex.example.com/repo/repos/acme", "other"), None);
    assert_eq!(RepositoryUrl::parse("https://cdn.example.com").unwrap().api(), None);
}

#[test]
fn routes_are_encoded() {
    let api = ApiUrl::parse("http://localhost:1/api").unwrap();
    assert_eq!(api.route(&["keys", "a/b c"]).as_str(), "http://localhost:1/api/keys/a%2Fb%20c");
    // A dot segment must not climb out of the route.
    assert!(api.route(&["keys", ".."]).path().starts_with("/api/keys"));
}

proptest! {
    #[test]
    fn parsing_never_panics_and_is_idempotent(text in ".{0,80}") {
        if let Ok(url) = ApiUrl::parse(&text) {
            prop_assert_eq!(ApiUrl::parse(url.as_str()).unwrap(), url);
        }
    }
}
