//! Owners, retirement, search, and what packages and releases say about themselves.

use hex_registry::package::RetirementReason;
use serde_json::{Value, json};
use skep_client::api::{Api, ApiError, Credential, OwnerLevel, SearchOrder};
use skep_client::secret::Secret;
use skep_client::server::ApiUrl;

use crate::mock::{Answer, Mock};
use crate::support::{foo, network};

fn api(mock: &Mock) -> Api {
    Api::new(network(), ApiUrl::parse(&mock.url("/api")).unwrap(), Credential::Key(Secret::new("KEY")))
}

fn answering(body: Value) -> Mock {
    Mock::start(move |_| Answer::json(200, body.clone()))
}

#[tokio::test]
async fn addresses_of_owners_survive_being_decoded_twice() {
    let mock = answering(json!({}));
    for owner in ["jane", "j+x@example.com", "50%@example.com", "a b/c"] {
        api(&mock).add_owner(None, &foo(), owner, OwnerLevel::Full, false).await.unwrap();
    }
    let paths: Vec<_> = mock.lines().iter().map(|line| line.rsplit('/').next().unwrap().to_owned()).collect();
    assert_eq!(paths, ["jane", "j%252Bx@example.com", "50%2525@example.com", "a%20b%2Fc"]);
    for owner in ["", ".", "..", "/", " "] {
        let error = api(&mock).remove_owner(None, &foo(), owner).await.unwrap_err();
        assert!(matches!(error, ApiError::Name(_)), "{error}");
    }
    assert_eq!(mock.requests().len(), 4);
}

#[tokio::test]
async fn retiring_all_releases_says_whether_old_ones_change() {
    let mock = answering(json!({}));
    api(&mock).retire_package(None, &foo(), RetirementReason::Renamed, None, false).await.unwrap();
    assert_eq!(mock.lines(), ["POST /api/packages/foo/retire"]);
    assert_eq!(mock.requests()[0].json(), json!({"reason": "renamed", "replace": false}));
}

#[tokio::test]
async fn a_search_asks_for_no_more_than_it_needs() {
    let mock = answering((0..100).map(|n| json!({"name": format!("p{n}")})).collect());
    let search = async |limit| {
        let (found, more) = api(&mock).search(None, "p", SearchOrder::Name, limit).await.unwrap();
        (found.len(), more)
    };
    assert_eq!(search(10).await, (10, true));
    assert_eq!(search(150).await, (150, true));
    let asked: Vec<_> = mock.lines().iter().map(|line| line.rsplit('&').next().unwrap().to_owned()).collect();
    assert_eq!(asked, ["per_page=11", "per_page=100", "per_page=100"]);
}

#[tokio::test]
async fn nothing_that_a_server_leaves_out_is_missed() {
    let mock = answering(
        json!({"name": "foo", "releases": null, "meta": null, "downloads": null, "configs": {"x": 1}}),
    );
    let package = api(&mock).package(None, &foo()).await.unwrap();
    assert_eq!((package.releases.len(), package.configs.len(), package.downloads.all), (0, 0, None));
    let mock = answering(json!({"version": "1.0.0", "downloads": [["2026-01-01", 2]], "has_docs": null}));
    let release = api(&mock).release(None, &foo(), &"1.0.0".parse().unwrap()).await.unwrap();
    assert_eq!((release.downloads, release.has_docs), (None, false));
    let mock = answering(json!({"name": "foo", "releases": "none"}));
    assert!(matches!(api(&mock).package(None, &foo()).await, Err(ApiError::Malformed { .. })));
}
