//! Tokens that keys are exchanged for: what they open, and all that ends them.

use std::sync::Arc;

use skep_core::access::{PackagePath, operations};
use skep_core::keys::GivenPermission;
use skep_core::oauth::TokenRequest;
use skep_core::principal::Credential;
use skep_core::{Caller, Error, Origin, Principal, Surface};
use skep_store::tables::{instance, oauth_tokens};

use crate::support::{Release, SECOND, World, each, keep_warm, sql, status};

const MIX: &str = "78ea6566-89fd-481e-a1d6-7d9d78eacca8";

/// A new key of the caller or of an organization; `api` without permissions.
async fn new_key(
    world: &World,
    caller: &Caller,
    organization: Option<&str>,
    name: &str,
    permissions: &[(&str, Option<&str>)],
) -> String {
    ending_key(world, caller, organization, name, permissions, None).await
}

async fn ending_key(
    world: &World,
    caller: &Caller,
    organization: Option<&str>,
    name: &str,
    permissions: &[(&str, Option<&str>)],
    revoke_at: Option<i64>,
) -> String {
    let access = world.core.allow::<operations::CreateKey>(caller, organization).await.unwrap();
    let permissions = permissions.iter().map(|(domain, resource)| GivenPermission {
        domain: Ok(Some((*domain).to_owned())),
        resource: Ok(resource.map(str::to_owned)),
    });
    let made =
        world.core.create_key(&access, Ok(Some(name.into())), Ok(Some(permissions.collect())), Ok(revoke_at));
    made.await.unwrap().1.reveal().to_owned()
}

async fn revoke(world: &World, caller: &Caller, name: &str) {
    let access = world.core.allow::<operations::RevokeKeys>(caller, None).await.unwrap();
    world.core.revoke_key(&access, name).await.unwrap();
}

/// The token and its scope.
async fn exchange(world: &World, secret: &str, scope: &str) -> Result<(String, String), Error> {
    let request = TokenRequest {
        grant_type: Ok(Some("client_credentials".into())),
        client_id: Ok(Some(MIX.into())),
        client_secret: Ok(Some(secret.into())),
        scope: Ok(Some(scope.into())),
        ..TokenRequest::default()
    };
    let issued = world.core.issue_token(request, &Origin::default()).await?;
    assert_eq!(issued.expires_in, 1800);
    Ok((issued.access_token.reveal().to_owned(), issued.scope))
}

fn refusal<T>(result: Result<T, Error>) -> (u16, &'static str, String) {
    let error = result.err().expect("it must be refused");
    (error.status, error.code, error.message.unwrap_or_default().into_owned())
}

async fn show(world: &World, header: &str, surface: Surface) -> Result<Arc<Principal>, Error> {
    let shown = world.core.authenticate(Some(header.as_bytes()), surface, &Origin::default()).await?;
    Ok(shown.expect("somebody"))
}

async fn bearer(world: &World, token: &str) -> Result<Caller, Error> {
    let principal = show(world, &format!("Bearer {token}"), Surface::Repository).await?;
    let same = show(world, &format!("Bearer {token}"), Surface::Api).await?;
    assert_eq!(format!("{principal:?}"), format!("{same:?}"), "the surfaces agree");
    Ok(Caller { principal: Some(principal), ..Caller::default() })
}

/// 0 = the repository can be fetched from.
async fn fetching(world: &World, caller: &Caller, repository: &str) -> u16 {
    world.core.allow::<operations::Fetch>(caller, repository).await.err().map_or(0, |error| error.status)
}

#[tokio::test]
async fn a_token_for_repositories() {
    each(async |world| {
        world.user("olga").await;
        world.organization("acme", "olga").await;
        let olga = world.organization("beta", "olga").await;
        world.user("rita").await;
        let rita = world.member("acme", &olga, "rita", "read").await;
        let secret = new_key(world, &rita, None, "mix", &[("repositories", None)]).await;
        let (token, scope) = exchange(world, &secret, "repositories").await.unwrap();
        assert_eq!(scope, "repository:hexpm repository:acme");
        let caller = bearer(world, &token).await.unwrap();
        assert_eq!(fetching(world, &caller, "hexpm").await, 0);
        assert_eq!(fetching(world, &caller, "acme").await, 0);
        assert_eq!(fetching(world, &caller, "beta").await, 404);
        assert_eq!(status(world.core.allow::<operations::ReadRepository>(&caller, "acme").await), 401);
        assert!(world.core.check_key(&caller, "repository", Some("acme")).await.unwrap().is_none());
        assert_eq!(status(world.core.check_key(&caller, "repository", Some("beta")).await), 401);
        assert_eq!(status(world.core.check_key(&caller, "api", None).await), 401);

        // What was granted is fixed, what it is worth is not.
        world.member("beta", &olga, "rita", "read").await;
        let caller = bearer(world, &token).await.unwrap();
        assert_eq!(fetching(world, &caller, "beta").await, 403);
        let members = world.core.allow::<operations::ChangeMembers>(&olga, "acme").await.unwrap();
        world.core.remove_member(&members, "rita").await.unwrap();
        let caller = bearer(world, &token).await.unwrap();
        assert_eq!(fetching(world, &caller, "acme").await, 404);
        let (_, scope) = exchange(world, &secret, "repositories").await.unwrap();
        assert_eq!(scope, "repository:hexpm repository:beta");
    })
    .await;
}

#[tokio::test]
async fn what_is_no_token() {
    each(async |world| {
        let alice = world.user("alice").await;
        let secret = new_key(world, &alice, None, "key", &[]).await;
        let (token, _) = exchange(world, &secret, "api:read").await.unwrap();
        keep_warm(world).await;
        // The second time it comes from memory.
        for _ in 0..2 {
            bearer(world, &token).await.unwrap();
            let expected = (401, "invalid_key", "invalid API key".to_owned());
            for surface in [Surface::Api, Surface::Repository] {
                assert_eq!(refusal(show(world, &token, surface).await), expected, "without Bearer");
                let broken = format!("Bearer {}", &token[..token.len() - 2]);
                assert_eq!(refusal(show(world, &broken, surface).await), expected);
                assert_eq!(refusal(show(world, "Bearer a.b.c", surface).await), expected);
                show(world, &secret, surface).await.unwrap();
            }
            assert_eq!(refusal(show(world, &format!("Bearer {secret}"), Surface::Api).await), expected);
            show(world, &format!("Bearer {secret}"), Surface::Repository).await.unwrap();
        }
        let principal = show(world, &format!("Bearer {token}"), Surface::Api).await.unwrap();
        assert!(matches!(principal.credential, Credential::Token { .. }));
        assert_eq!(principal.key_id(), None, "no key was shown");
        let key = show(world, &secret, Surface::Api).await.unwrap();
        assert_eq!(principal.answerable_key_id(), key.key_id());
        assert!(key.key_id().is_some());
    })
    .await;
}

#[tokio::test]
async fn what_ends_a_token() {
    each(async |world| {
        let alice = world.user("alice").await;
        let secret = new_key(world, &alice, None, "key", &[]).await;
        let soon = world.core.now() + 600 * SECOND;
        let ending = ending_key(world, &alice, None, "ending", &[], Some(soon)).await;
        let other = new_key(world, &alice, None, "other", &[]).await;
        let (token, _) = exchange(world, &secret, "api").await.unwrap();
        let (short, _) = exchange(world, &ending, "api").await.unwrap();
        let (left, _) = exchange(world, &other, "api").await.unwrap();
        keep_warm(world).await;
        for token in [&token, &short, &left] {
            bearer(world, token).await.unwrap();
        }

        // The key is revoked: at once, although the token is in memory.
        revoke(world, &alice, "other").await;
        assert_eq!(status(bearer(world, &left).await), 401);
        assert_eq!(
            refusal(exchange(world, &other, "api").await),
            (401, "invalid_client", "Invalid API key".into())
        );

        // The key ends by itself.
        bearer(world, &short).await.unwrap();
        world.wait(600);
        assert_eq!(status(bearer(world, &short).await), 401);
        keep_warm(world).await;
        bearer(world, &token).await.unwrap();

        // Its own time, looked at while it is in memory.
        world.wait(1199);
        keep_warm(world).await;
        bearer(world, &token).await.unwrap();
        world.wait(1);
        keep_warm(world).await;
        assert_eq!(status(bearer(world, &token).await), 401);
        bearer(world, &exchange(world, &secret, "api").await.unwrap().0).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn ended_early_or_gone() {
    each(async |world| {
        let alice = world.user("alice").await;
        let secret = new_key(world, &alice, None, "key", &[]).await;
        let (token, _) = exchange(world, &secret, "api").await.unwrap();
        bearer(world, &token).await.unwrap();
        sql(world, "UPDATE oauth_tokens SET revoked_at = 1").await;
        assert_eq!(status(bearer(world, &token).await), 401);

        let (token, _) = exchange(world, &secret, "api").await.unwrap();
        sql(world, "UPDATE users SET deactivated_at = 1 WHERE username = 'alice'").await;
        assert_eq!(status(bearer(world, &token).await), 400);
        assert_eq!(refusal(exchange(world, &secret, "api").await).1, "invalid_client");
        sql(world, "UPDATE users SET deactivated_at = NULL, username = 'alicia' WHERE username = 'alice'")
            .await;
        assert_eq!(status(bearer(world, &token).await), 401, "it speaks of somebody else");
        sql(world, "UPDATE users SET username = 'alice' WHERE username = 'alicia'").await;
        bearer(world, &token).await.unwrap();

        let any_left = async || {
            let mut conn = world.db.read().await.unwrap();
            oauth_tokens::any_ended(&mut conn, i64::MAX, i64::MAX).await.unwrap()
        };
        world.wait(1799);
        world.core.forget_ended_tokens().await.unwrap();
        assert!(any_left().await);
        world.wait(2);
        world.core.forget_ended_tokens().await.unwrap();
        assert!(!any_left().await);
        world.core.forget_ended_tokens().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn accounts_write_only_with_a_second_factor() {
    each(async |world| {
        let alice = world.user("alice").await;
        world.published(&alice, &Release::new("pkg", "1.0.0")).await;
        let secret = new_key(world, &alice, None, "key", &[]).await;
        let (token, _) = exchange(world, &secret, "api").await.unwrap();
        let caller = bearer(world, &token).await.unwrap();
        assert!(world.core.allow::<operations::ShowMe>(&caller, ()).await.is_ok());
        assert!(world.core.allow::<operations::ReadKeys>(&caller, None).await.is_ok());
        let expected = (
            403,
            "two_factor_required",
            "Two-factor authentication must be enabled for API write access".into(),
        );
        assert_eq!(refusal(world.core.allow::<operations::CreateKey>(&caller, None).await), expected);
        assert_eq!(refusal(world.core.allow::<operations::ChangeMembers>(&caller, "none").await), expected);
        let path = PackagePath { repository: "hexpm", name: "pkg" };
        assert_eq!(refusal(world.core.allow::<operations::Publish>(&caller, path).await), expected);
        assert_eq!(refusal(world.core.allow::<operations::Retire>(&caller, path).await), expected);
        assert!(world.core.check_key(&caller, "api", Some("write")).await.unwrap().is_none());
        assert!(world.core.check_key(&caller, "package", Some("hexpm/pkg")).await.unwrap().is_none());

        // The scope comes first, then the address, then the second factor.
        let (token, _) = exchange(world, &secret, "api:read").await.unwrap();
        let reader = bearer(world, &token).await.unwrap();
        assert_eq!(
            refusal(world.core.allow::<operations::Publish>(&reader, path).await).1,
            "key_not_authorized"
        );
        assert_eq!(refusal(world.core.check_key(&reader, "package", Some("hexpm/pkg")).await).0, 401);
        sql(world, "UPDATE emails SET verified = FALSE").await;
        let (token, _) = exchange(world, &secret, "api").await.unwrap();
        let caller = bearer(world, &token).await.unwrap();
        assert_eq!(
            refusal(world.core.allow::<operations::Publish>(&caller, path).await).1,
            "email_not_verified"
        );
    })
    .await;
}

/// The reference fails here: it does not know in whose name an organization's token publishes.
#[tokio::test]
async fn organizations_write_with_tokens_as_with_keys() {
    each(async |world| {
        world.user("olga").await;
        let olga = world.organization("acme", "olga").await;
        let secret =
            new_key(world, &olga, Some("acme"), "ci", &[("api", None), ("repositories", None)]).await;
        let (token, scope) = exchange(world, &secret, "api repositories").await.unwrap();
        assert_eq!(scope, "api repository:acme");
        let caller = bearer(world, &token).await.unwrap();
        assert_eq!(fetching(world, &caller, "acme").await, 0);
        let private = Release::new("private_pkg", "1.0.0").to("acme");
        world.published(&caller, &private).await;
        let public = world.published(&caller, &Release::new("public_pkg", "1.0.0")).await;
        assert_eq!(public.publisher.unwrap().username, "acme");
        for (repository, name) in [("acme", "private_pkg"), ("hexpm", "public_pkg")] {
            assert!(
                world.access::<operations::ChangeOwners>(&caller, repository, name).await.is_ok(),
                "{name}"
            );
            assert_eq!(world.actions(repository, name, &caller).await, ["release.publish"]);
        }
        assert!(world.core.check_key(&caller, "repository", Some("acme")).await.unwrap().is_none());

        // It revokes all keys of the organization, and ends with its own.
        let access = world.core.allow::<operations::RevokeKeys>(&caller, Some("acme")).await.unwrap();
        assert!(world.core.revoke_all_keys(&access).await.unwrap().is_none(), "no key was shown");
        assert_eq!(status(bearer(world, &token).await), 401);
    })
    .await;
}

#[tokio::test]
async fn refused_requests() {
    each(async |world| {
        let alice = world.user("alice").await;
        let secret = new_key(world, &alice, None, "key", &[("api", Some("read"))]).await;
        let request = || TokenRequest {
            grant_type: Ok(Some("client_credentials".into())),
            client_id: Ok(Some(MIX.into())),
            client_secret: Ok(Some(secret.clone())),
            scope: Ok(None),
            ..TokenRequest::default()
        };
        let issue = async |request| refusal(world.core.issue_token(request, &Origin::default()).await);
        let issued = world.core.issue_token(request(), &Origin::default()).await.unwrap();
        assert_eq!(issued.scope, "", "no scope is fine, and good for nothing");
        let wrong = || Err("expected type string".into());
        let mut answers = Vec::new();
        for grant_type in [Ok(None), wrong(), Ok(Some("password".into()))] {
            answers.push(issue(TokenRequest { grant_type, ..request() }).await);
        }
        let gleam = "877731e8-cb88-45e1-9b84-9214de7da421";
        for id in [None, Some("cli"), Some("00000000-0000-4000-8000-000000000000"), Some(gleam)] {
            answers.push(issue(TokenRequest { client_id: Ok(id.map(str::to_owned)), ..request() }).await);
        }
        for client_secret in [Ok(None), wrong(), Ok(Some("0123456789abcdef0123456789abcdef".into()))] {
            answers.push(issue(TokenRequest { client_secret, ..request() }).await);
        }
        for scope in
            [wrong(), Ok(Some("magic".into())), Ok(Some("api".into())), Ok(Some("api ".repeat(2000)))]
        {
            answers.push(issue(TokenRequest { scope, ..request() }).await);
        }
        let shown: Vec<_> =
            answers.into_iter().map(|(status, code, text)| format!("{status} {code}: {text}")).collect();
        let expected = [
            "400 unsupported_grant_type: Unsupported grant type: nil",
            "400 unsupported_grant_type: Unsupported grant type: not a string",
            r#"400 unsupported_grant_type: Unsupported grant type: "password""#,
            "401 invalid_client: Missing client_id",
            "400 bad_request: Bad request",
            "401 invalid_client: Invalid client",
            "400 unauthorized_client: Client not authorized for this grant type",
            "400 invalid_request: Missing or invalid client_secret",
            "400 invalid_request: Missing or invalid client_secret",
            "401 invalid_client: Invalid API key",
            "400 invalid_scope: Invalid scope parameter",
            "400 invalid_scope: Requested scopes exceed API key permissions",
            "400 invalid_scope: Requested scopes exceed API key permissions",
            "400 invalid_scope: Invalid scope parameter",
        ];
        assert_eq!(shown, expected);
    })
    .await;
}

#[tokio::test]
async fn the_database_knows_its_token_key() {
    each(async |world| {
        world.core.claim_instance().await.unwrap();
        world.core.claim_instance().await.unwrap();
        let mut tx = world.db.write().await.unwrap();
        instance::set(&mut tx, "token_key", "another").await.unwrap();
        tx.commit(0).await.unwrap();
        let (status, code, text) = refusal(world.core.claim_instance().await);
        assert_eq!((status, code), (409, "wrong_key"));
        assert!(text.contains("the token key another"), "{text}");
    })
    .await;
}
