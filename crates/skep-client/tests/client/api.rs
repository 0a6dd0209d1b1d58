//! What the typed calls put on the wire, and how they read answers.

use crate::mock::{Answer, Mock, Request};
use crate::support::network;
use hex_format::name::{OrganizationName, PackageName};
use hex_format::version::Version;
use serde_json::json;
use skep_client::api::{Api, ApiError, Credential, KeyOwner, KeysOf, NewKey, NewUser, OwnerType};
use skep_client::network::Progress;
use skep_client::permission::Permission;
use skep_client::secret::Secret;
use skep_client::server::ApiUrl;

fn api(mock: &Mock) -> Api {
    let base = ApiUrl::parse(&mock.url("/api/")).unwrap();
    Api::new(network(), base, Credential::Key(Secret::new("KEY")))
}

fn acme() -> OrganizationName {
    OrganizationName::parse("acme").unwrap()
}

fn of_acme() -> KeysOf {
    KeysOf::Organization(acme())
}

fn answering(answer: Answer) -> Mock {
    Mock::start(move |_| answer.clone())
}

#[tokio::test]
async fn every_request_names_the_program_and_carries_the_raw_key() {
    let mock = answering(Answer::json(200, json!([])));
    api(&mock).keys(&of_acme()).await.unwrap();
    let request = &mock.requests()[0];
    assert_eq!(request.line(), "GET /api/orgs/acme/keys");
    assert_eq!(request.authorization(), Some("KEY"));
    assert_eq!(request.header("user-agent"), Some(concat!("skep/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(request.header("accept"), Some("application/json"));
}

#[tokio::test]
async fn making_a_key() {
    let mock = answering(Answer::json(201, json!({"name": "ci-2", "secret": "5ec7e7", "permissions": []})));
    let key = NewKey {
        name: "ci".into(),
        permissions: vec![Permission::Repository(acme()), Permission::ApiRead],
        revoke_at: None,
    };
    let created = api(&mock).create_key(&of_acme(), &key).await.unwrap();
    assert_eq!((created.name.as_str(), created.secret.expose()), ("ci-2", "5ec7e7"));
    assert_eq!(
        mock.requests()[0].json(),
        json!({"name": "ci", "permissions": [
            {"domain": "repository", "resource": "acme"},
            {"domain": "api", "resource": "read"},
        ]})
    );
}

#[tokio::test]
async fn a_new_key_without_a_usable_secret_is_an_error() {
    for body in
        [json!({"name": "ci"}), json!({"name": "ci", "secret": null}), json!({"name": "ci", "secret": "a b"})]
    {
        let mock = answering(Answer::json(201, body));
        let key = NewKey { name: "ci".into(), permissions: vec![], revoke_at: None };
        let error = api(&mock).create_key(&KeysOf::Caller, &key).await.err().unwrap();
        assert!(matches!(error, ApiError::Malformed { .. }), "{error}");
    }
}

#[tokio::test]
async fn keys_with_and_without_the_newer_fields() {
    let mock = answering(Answer::json(
        200,
        json!([
            {"name": "old", "inserted_at": "2026-01-02T03:04:05Z"},
            {"name": "new", "permissions": [{"domain": "api", "resource": null}, {"domain": "repository", "resource": "acme"}],
             "revoke_at": "2027-01-02T03:04:05.000000Z", "last_use": {"used_at": "2026-02-03T04:05:06Z", "ip": "10.0.0.1"},
             "authing_key": true, "something": "unknown"},
        ]),
    ));
    let keys = api(&mock).keys(&KeysOf::Caller).await.unwrap();
    assert_eq!(keys[0].permissions.len(), 0);
    let shown: Vec<String> = keys[1].permissions.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["api", "repository:acme"]);
    assert_eq!(keys[1].last_use.as_ref().unwrap().ip.as_deref(), Some("10.0.0.1"));
}

#[tokio::test]
async fn revoking_one_key_can_never_become_revoking_all() {
    let mock = answering(Answer::json(200, json!({"name": "x"})));
    for name in ["", ".", "..", " ", "/", "../"] {
        let error = api(&mock).revoke_key(&of_acme(), name).await.unwrap_err();
        assert!(matches!(error, ApiError::KeyName(_)), "{name:?}: {error}");
    }
    assert!(mock.requests().is_empty());
    api(&mock).revoke_key(&of_acme(), "a/../b c").await.unwrap();
    api(&mock).revoke_all_keys(&of_acme()).await.unwrap();
    assert_eq!(mock.lines(), ["DELETE /api/orgs/acme/keys/a%2F..%2Fb%20c", "DELETE /api/orgs/acme/keys"]);
}

#[tokio::test]
async fn checking_a_key() {
    let owner = |kind: &str| json!({"key": {"name": "ci", "owner": {"type": kind, "name": "acme"}}});
    let of_organization = KeyOwner { kind: OwnerType::Organization, name: Some("acme".into()) };
    for (answer, expected) in [
        (Answer::json(200, owner("organization")), Some(of_organization)),
        (Answer::new(204, ""), None),
        (Answer::json(200, owner("something new")), None),
        (Answer::new(200, "not json"), None),
    ] {
        let mock = answering(answer);
        assert_eq!(api(&mock).check_repository(&acme()).await.unwrap(), expected);
        assert_eq!(mock.lines(), ["GET /api/auth?domain=repository&resource=acme"]);
    }
    let mock = answering(Answer::refusal(401, "invalid API key"));
    let error = api(&mock).check_repository(&acme()).await.unwrap_err();
    assert_eq!(error.to_string(), "invalid API key (401)");
}

#[tokio::test]
async fn a_name_and_password_go_as_basic() {
    let mock = answering(Answer::json(
        200,
        json!({"username": "eric", "organizations": [{"name": "acme", "role": "admin"}]}),
    ));
    let basic = Credential::Basic { username: "eric".into(), password: Secret::new("pässword") };
    let me = api(&mock).with_credential(basic).me().await.unwrap();
    assert_eq!(me.organizations[0].name, "acme");
    assert_eq!(mock.requests()[0].authorization(), Some("Basic ZXJpYzpww6Rzc3dvcmQ="));
}

#[tokio::test]
async fn registering() {
    let mock = answering(Answer::json(201, json!({"username": "eric"})));
    let user = |setup_code| NewUser {
        username: "eric".into(),
        email: "eric@example.com".into(),
        password: Secret::new("long enough"),
        setup_code,
    };
    let anonymous = api(&mock).with_credential(Credential::Anonymous);
    anonymous.register(&user(None)).await.unwrap();
    anonymous.register(&user(Some(Secret::new("c0de")))).await.unwrap();
    let bodies: Vec<_> = mock.requests().iter().map(Request::json).collect();
    let plain = json!({"username": "eric", "email": "eric@example.com", "password": "long enough"});
    assert_eq!(bodies[0], plain);
    assert_eq!(bodies[1]["setup_code"], "c0de");
    assert_eq!(mock.requests()[0].authorization(), None);
}

#[tokio::test]
async fn publishing() {
    let release = json!({"version": "1.0.0", "checksum": "ab", "html_url": "http://x/packages/foo/1.0.0"});
    let mock = Mock::start(move |request| {
        let status = if request.target.contains("repos") { 200 } else { 201 };
        Answer::json(status, release.clone())
    });
    let package = PackageName::parse("foo").unwrap();
    let published =
        api(&mock).publish(None, &package, "tar".into(), false, &Progress::default()).await.unwrap();
    assert!(!published.replaced);
    assert_eq!(published.release.html_url.as_deref(), Some("http://x/packages/foo/1.0.0"));
    assert!(
        api(&mock)
            .publish(Some(&acme()), &package, "tar".into(), true, &Progress::default())
            .await
            .unwrap()
            .replaced
    );
    assert_eq!(
        mock.lines(),
        [
            "POST /api/packages/foo/releases?replace=false",
            "POST /api/repos/acme/packages/foo/releases?replace=true"
        ]
    );
    let request = &mock.requests()[0];
    assert_eq!(request.header("content-type"), Some("application/octet-stream"));
    assert_eq!(request.body, b"tar");
}

#[tokio::test]
async fn documentation() {
    let mock = answering(Answer::new(201, "").with("location", "http://docs.example.com/foo"));
    let (package, version) = (PackageName::parse("foo").unwrap(), Version::new(1, 0, 0));
    let publish = async |organization: Option<&OrganizationName>| {
        let progress = Progress::default();
        api(&mock).publish_docs(organization, &package, &version, "docs".into(), &progress).await.unwrap()
    };
    assert_eq!(publish(None).await.as_deref(), Some("http://docs.example.com/foo"));
    publish(Some(&acme())).await;
    assert_eq!(
        mock.lines(),
        [
            "POST /api/packages/foo/releases/1.0.0/docs",
            "POST /api/repos/acme/packages/foo/releases/1.0.0/docs"
        ]
    );
    assert_eq!(mock.requests()[0].body, b"docs");
}

#[tokio::test]
async fn reverting() {
    let mock = answering(Answer::new(204, ""));
    let (package, version) = (PackageName::parse("foo").unwrap(), Version::new(1, 0, 0));
    api(&mock).revert(None, &package, &version).await.unwrap();
    api(&mock).revert_docs(Some(&acme()), &package, &version).await.unwrap();
    assert_eq!(
        mock.lines(),
        [
            "DELETE /api/packages/foo/releases/1.0.0",
            "DELETE /api/repos/acme/packages/foo/releases/1.0.0/docs"
        ]
    );
}

#[tokio::test]
async fn a_redirect_gets_no_credential() {
    let elsewhere = answering(Answer::json(200, json!([])));
    let target = elsewhere.url("/api/keys");
    let mock = answering(Answer::new(307, "").with("location", &target));
    let error = api(&mock).keys(&KeysOf::Caller).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the server redirects to {target}: use that address as --api-url if you trust it")
    );
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn odd_answers() {
    let error = api(&answering(Answer::new(200, "<html>"))).keys(&KeysOf::Caller).await.unwrap_err();
    assert!(matches!(error, ApiError::Malformed { .. }), "{error}");

    let error =
        api(&answering(Answer::new(200, vec![b' '; 9 << 20]))).keys(&KeysOf::Caller).await.unwrap_err();
    assert!(error.to_string().ends_with("answered with more than 8388608 bytes"), "{error}");

    let mock = answering(
        Answer::refusal(401, "Two-factor")
            .with("www-authenticate", "Bearer realm=\"hex\", error=\"totp_required\""),
    );
    let error = api(&mock).keys(&KeysOf::Caller).await.unwrap_err();
    assert!(matches!(&error, ApiError::Refused(refusal) if refusal.needs_otp), "{error}");
    assert_eq!(error.status(), Some(401));

    let closed = answering(Answer::new(200, ""));
    let api = api(&closed);
    drop(closed);
    let error = api.keys(&KeysOf::Caller).await.unwrap_err().to_string();
    assert!(error.starts_with("cannot reach http://127.0.0.1:") && !error.contains("KEY"), "{error}");
}
