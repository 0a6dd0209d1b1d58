//! Nothing unverified comes out of a repository, and no key goes where it doesn't belong.

use std::sync::LazyLock;

use crate::mock::{Answer, Mock, Request};
use crate::support::{KEY, network};
use hex_format::checksum::Sha256;
use hex_format::name::{OrganizationName, PackageName};
use hex_registry::names::Names;
use hex_registry::package::{Package, Release};
use hex_registry::{KeySize, SigningKey};
use skep_client::repository::{Access, Repository, RepositoryError};
use skep_client::secret::Secret;
use skep_client::server::RepositoryUrl;

static OTHER: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(KeySize::Rsa2048).unwrap());

const TARBALL: &[u8] = b"not a tarball, but bytes with a checksum";

fn names(repository: &str) -> Names {
    Names { repository: repository.to_owned(), packages: Vec::new() }
}

fn foo(repository: &str, name: &str) -> Package {
    let release = Release {
        version: "1.0.0".to_owned(),
        inner_checksum: [0; 32],
        outer_checksum: *Sha256::of(TARBALL).as_bytes(),
        dependencies: Vec::new(),
        retirement: None,
        advisory_ids: Vec::new(),
        published_at: None,
    };
    Package {
        repository: repository.to_owned(),
        name: name.to_owned(),
        releases: vec![release],
        advisories: Vec::new(),
    }
}

fn repository(mock: &Mock) -> Repository {
    let acme = OrganizationName::parse("acme").unwrap();
    let root = RepositoryUrl::parse(&mock.url("/repo")).unwrap();
    Repository::new(&network(), root, Some(&acme))
        .with_access(Access::Key(Secret::new("KEY")))
        .with_key(KEY.public_key().clone())
}

fn serving(body: impl Into<Vec<u8>>) -> Mock {
    let answer = Answer::new(200, body);
    Mock::start(move |_| answer.clone())
}

fn package() -> PackageName {
    PackageName::parse("foo").unwrap()
}

#[tokio::test]
async fn what_verifies_comes_out() {
    let mock = Mock::start(|request: &Request| match request.path() {
        "/repo/public_key" => Answer::new(200, KEY.public_key().to_pem()),
        "/repo/repos/acme/names" => Answer::new(200, names("acme").to_signed(&KEY)),
        "/repo/repos/acme/packages/foo" => Answer::new(200, foo("acme", "foo").to_signed(&KEY)),
        "/repo/repos/acme/tarballs/foo-1.0.0.tar" => Answer::new(200, TARBALL),
        _ => Answer::not_found(),
    });
    let repository = repository(&mock);
    let key = repository.public_key().await.unwrap();
    assert_eq!(key.fingerprint(), KEY.public_key().fingerprint());
    repository.names().await.unwrap();
    let found = repository.package(&package()).await.unwrap();
    let outer = Sha256::from_bytes(found.releases[0].outer_checksum);
    assert_eq!(repository.tarball(&package(), "1.0.0", outer).await.unwrap(), TARBALL);
    // The signing key is public and asked for without a key.
    let keys: Vec<_> = mock.requests().iter().map(|request| request.authorization().is_some()).collect();
    assert_eq!(keys, [false, true, true, true]);
}

#[tokio::test]
async fn what_does_not_verify_stays_inside() {
    let cases: [(Vec<u8>, &str); 4] = [
        (foo("acme", "foo").to_signed(&OTHER), "signature"),
        (foo("other", "foo").to_signed(&KEY), "other"),
        (foo("acme", "bar").to_signed(&KEY), "bar"),
        (b"junk".to_vec(), "gzip"),
    ];
    for (body, reason) in cases {
        let error = repository(&serving(body)).package(&package()).await.unwrap_err();
        assert!(matches!(error, RepositoryError::Unverified { .. }), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    }
    let error = repository(&serving(names("hexpm").to_signed(&KEY))).names().await.unwrap_err();
    assert!(matches!(error, RepositoryError::Unverified { .. }), "{error}");
    let error =
        repository(&serving("changed")).tarball(&package(), "1.0.0", Sha256::of(TARBALL)).await.unwrap_err();
    assert!(matches!(error, RepositoryError::Checksum { .. }), "{error}");
    let error = repository(&serving("-----BEGIN NONSENSE-----")).public_key().await.unwrap_err();
    assert!(matches!(error, RepositoryError::PublicKey { .. }), "{error}");
}

#[tokio::test]
async fn a_refused_key_is_not_a_missing_file() {
    for status in [401, 403] {
        let mock = Mock::start(move |_| Answer::new(status, ""));
        let error = repository(&mock).names().await.unwrap_err();
        assert!(matches!(error, RepositoryError::Refused { .. }), "{error}");
    }
    let mock = Mock::start(|_| Answer::new(404, ""));
    let error = repository(&mock).names().await.unwrap_err();
    assert!(matches!(error, RepositoryError::Missing { .. }), "{error}");
    let mock = Mock::start(|_| Answer::new(503, ""));
    let error = repository(&mock).names().await.unwrap_err();
    assert!(matches!(error, RepositoryError::Status { status: 503, .. }), "{error}");
}

#[tokio::test]
async fn a_redirect_to_another_server_is_followed_without_the_key() {
    let storage = serving(TARBALL);
    let target = storage.url("/bucket/foo");
    let mock = Mock::start(move |_| Answer::new(302, "").with("location", &target));
    let bytes = repository(&mock).tarball(&package(), "1.0.0", Sha256::of(TARBALL)).await.unwrap();
    assert_eq!(bytes, TARBALL);
    assert_eq!(mock.requests()[0].authorization(), Some("KEY"));
    assert_eq!(storage.requests()[0].authorization(), None);
}

#[tokio::test]
async fn redirects_end() {
    let mock = Mock::start(|_| Answer::new(302, "").with("location", "/again"));
    let error = repository(&mock).names().await.unwrap_err();
    assert!(error.to_string().contains("more than 3 redirects"), "{error}");
    assert_eq!(mock.requests().len(), 4);
}
