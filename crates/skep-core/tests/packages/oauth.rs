//! Logging clients in through a browser: devices, authorization codes, refresh tokens, and all that ends them.

use data_encoding::BASE64URL_NOPAD;
use futures::future::join_all;
use hex_format::checksum::Sha256;
use serde_json::Value;
use skep_core::access::operations::{Fetch, GrantAccess, ReadSessions, RevokeSessions, ShowMe};
use skep_core::oauth::clients::{Client, Grant};
use skep_core::oauth::{
    Authorization, AuthorizationRefused, AuthorizationRequest, DeviceAuthorizationRequest, DeviceView,
    IssuedToken, TokenRequest,
};
use skep_core::{Caller, Error, Origin, Surface};

use crate::support::{SECOND, World, each, each_with, keep_warm, sql, status};

const MIX: &str = "78ea6566-89fd-481e-a1d6-7d9d78eacca8";
const GLEAM: &str = "877731e8-cb88-45e1-9b84-9214de7da421";
const CI: &str = "0c1d2e3f-0000-4000-8000-000000000001";
const BACK: &str = "https://ci.example.com/back";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn given(text: &str) -> Result<Option<String>, skep_core::FieldError> {
    Ok(Some(text.to_owned()))
}

/// Status, code and text of a refusal in one line.
#[track_caller]
fn refusal<T>(result: Result<T, Error>) -> String {
    let error = result.err().expect("it must be refused");
    format!("{} {}: {}", error.status, error.code, error.message.unwrap_or_default())
}

/// The account at a browser.
async fn browser(world: &World, caller: &Caller) -> Caller {
    let user = caller.principal.as_ref().unwrap().user().unwrap().id;
    let origin = Origin { ip: None, user_agent: "browser/1".into() };
    let cookie = world.core.begin_browser_session(user, "Chrome", &origin).await.unwrap();
    Caller { principal: world.core.browser(cookie.reveal(), &origin).await.unwrap(), origin }
}

/// Device code and user code.
async fn begin(world: &World, client: &str, scope: &str) -> Result<(String, String), Error> {
    let request =
        DeviceAuthorizationRequest { client_id: given(client), scope: given(scope), name: given("laptop") };
    let begun = world.core.authorize_device_client(request).await?;
    assert_eq!((begun.device_code.reveal().len(), begun.user_code.len(), begun.expires_in), (32, 8, 600));
    Ok((begun.device_code.reveal().to_owned(), begun.user_code))
}

async fn find(world: &World, caller: &Caller, code: &str) -> Result<DeviceView, Error> {
    let access = world.core.allow::<GrantAccess>(caller, ()).await?;
    world.core.find_device(&access, code).await
}

async fn agree(world: &World, caller: &Caller, code: &str, scopes: &[&str]) -> Result<(), Error> {
    let access = world.core.allow::<GrantAccess>(caller, ()).await?;
    let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    world.core.authorize_device(&access, code, &scopes).await
}

async fn deny(world: &World, caller: &Caller, code: &str) -> Result<(), Error> {
    let access = world.core.allow::<GrantAccess>(caller, ()).await?;
    world.core.deny_device(&access, code).await
}

async fn issue(world: &World, request: TokenRequest) -> Result<IssuedToken, Error> {
    world.core.issue_token(request, &Origin::default()).await
}

fn polling(client: &str, device_code: &str) -> TokenRequest {
    TokenRequest {
        grant_type: given(Grant::DeviceCode.as_str()),
        client_id: given(client),
        device_code: given(device_code),
        ..TokenRequest::default()
    }
}

async fn poll(world: &World, device_code: &str) -> Result<IssuedToken, Error> {
    issue(world, polling(MIX, device_code)).await
}

fn refreshing(client: &str, token: &str) -> TokenRequest {
    TokenRequest {
        grant_type: given(Grant::RefreshToken.as_str()),
        client_id: given(client),
        refresh_token: given(token),
        ..TokenRequest::default()
    }
}

async fn refresh(world: &World, issued: &IssuedToken) -> Result<IssuedToken, Error> {
    issue(world, refreshing(MIX, renewal(issued))).await
}

fn renewal(issued: &IssuedToken) -> &str {
    issued.refresh_token.as_ref().expect("tokens of sessions can be renewed").reveal()
}

/// Who shows an access token.
async fn show(world: &World, issued: &IssuedToken) -> Result<Caller, Error> {
    let header = format!("Bearer {}", issued.access_token.reveal());
    let mut principal = None;
    for surface in [Surface::Api, Surface::Repository] {
        principal = world.core.authenticate(Some(header.as_bytes()), surface, &Origin::default()).await?;
    }
    Ok(Caller { principal, origin: Origin::default() })
}

/// 0 = the repository can be fetched from.
async fn fetching(world: &World, caller: &Caller, repository: &str) -> u16 {
    world.core.allow::<Fetch>(caller, repository).await.err().map_or(0, |error| error.status)
}

/// A device that is logged in.
async fn logged_in(world: &World, caller: &Caller, scopes: &str) -> (String, IssuedToken) {
    let (device, code) = begin(world, MIX, scopes).await.unwrap();
    let asked: Vec<&str> = scopes.split(' ').collect();
    agree(world, &browser(world, caller).await, &code, &asked).await.unwrap();
    let issued = poll(world, &device).await.unwrap();
    (device, issued)
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap()).unwrap()
}

async fn count(world: &World, statement: &'static str) -> i64 {
    world.db.read().await.unwrap().one(statement, &[]).await.unwrap().get(0).unwrap()
}

#[tokio::test]
async fn a_device_is_logged_in() {
    each(async |world| {
        world.user("alice").await;
        let alice = world.organization("acme", "alice").await;
        keep_warm(world).await;
        let at_browser = browser(world, &alice).await;
        let (device, code) = begin(world, MIX, "api:read repositories").await.unwrap();
        let pending = "400 authorization_pending: Authorization pending";
        assert_eq!(refusal(poll(world, &device).await), pending);
        assert_eq!(refusal(poll(world, &device).await), pending);

        let typed = format!(" {}-{} ", &code[..4].to_lowercase(), &code[4..]);
        let found = find(world, &at_browser, &typed).await.unwrap();
        assert_eq!((found.client.as_str(), found.name.as_deref()), ("Hex CLI", Some("laptop")));
        assert_eq!(found.scopes, ["api:read", "repositories"]);
        assert_eq!(found.user_code, format!("{}-{}", &code[..4], &code[4..]));
        assert_eq!(refusal(poll(world, &device).await), pending, "looking is not agreeing");
        agree(world, &at_browser, &typed, &["repositories", "api:read"]).await.unwrap();

        let first = poll(world, &device).await.unwrap();
        assert_eq!(
            (first.expires_in, first.scope.as_str()),
            (1800, "api:read repository:hexpm repository:acme")
        );
        let caller = show(world, &first).await.unwrap();
        assert_eq!(caller.principal.as_ref().unwrap().name(), "alice");
        assert_eq!(fetching(world, &caller, "acme").await, 0);
        let (access, renewal) = (claims(first.access_token.reveal()), claims(renewal(&first)));
        assert_eq!((&access["sub"], &access["scope"]), (&"user:alice".into(), &first.scope.as_str().into()));
        let seconds = |claims: &Value, name: &str| claims[name].as_i64().unwrap();
        assert_eq!(seconds(&access, "exp") - seconds(&access, "iat"), 1800);
        assert_eq!(seconds(&renewal, "exp") - seconds(&renewal, "iat"), 30 * 24 * 3600);
        assert_ne!(access["jti"], renewal["jti"]);

        // Asking again is how an answer that was lost is had: new tokens, and the ones before end.
        let second = poll(world, &device).await.unwrap();
        assert_eq!(second.scope, first.scope);
        assert_eq!(status(show(world, &first).await), 401);
        show(world, &second).await.unwrap();
        assert_eq!(
            refusal(refresh(world, &first).await),
            "400 invalid_grant: Refresh token has been revoked"
        );
        show(world, &second).await.unwrap();
        assert_eq!(count(world, "SELECT COUNT(*) FROM sessions WHERE kind = 'oauth'").await, 1);

        let access =
            world.core.allow::<ReadSessions>(&show(world, &second).await.unwrap(), ()).await.unwrap();
        let sessions = world.core.list_sessions(&access).await.unwrap();
        let current = sessions.iter().find(|session| session.current).unwrap();
        assert_eq!(current.name.as_deref(), Some("laptop"));
        assert_eq!(current.client, Some((MIX.to_owned(), "Hex CLI".to_owned())));
        assert!(current.last_use.is_some(), "the use of a token is the use of its session");

        world.wait(600);
        assert_eq!(refusal(poll(world, &device).await), "400 expired_token: Device code has expired");
        show(world, &second).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_a_device_was_granted_is_fixed() {
    each(async |world| {
        world.user("olga").await;
        world.organization("acme", "olga").await;
        let olga = world.organization("beta", "olga").await;
        world.user("rita").await;
        let rita = world.member("acme", &olga, "rita", "read").await;
        let (_, first) = logged_in(world, &rita, "repositories").await;
        assert_eq!(first.scope, "repository:hexpm repository:acme");
        world.member("beta", &olga, "rita", "read").await;
        let second = refresh(world, &first).await.unwrap();
        assert_eq!(second.scope, first.scope);
        assert_eq!(fetching(world, &show(world, &second).await.unwrap(), "beta").await, 403);

        // What it is worth is not: a membership that ends takes its repository with it, wherever it is named.
        let access =
            world.core.allow::<skep_core::access::operations::ChangeMembers>(&olga, "acme").await.unwrap();
        world.core.remove_member(&access, "rita").await.unwrap();
        assert_eq!(fetching(world, &show(world, &second).await.unwrap(), "acme").await, 404);
    })
    .await;
}

#[tokio::test]
async fn a_device_is_refused() {
    each(async |world| {
        let alice = browser(world, &world.user("alice").await).await;
        let (device, code) = begin(world, MIX, "api:read").await.unwrap();
        deny(world, &alice, &code).await.unwrap();
        for _ in 0..2 {
            assert_eq!(
                refusal(poll(world, &device).await),
                "403 access_denied: Authorization denied by user"
            );
        }
        let processed = "400 processed_user_code: This application has already been processed";
        assert_eq!(refusal(agree(world, &alice, &code, &["api:read"]).await), processed);
        assert_eq!(refusal(deny(world, &alice, &code).await), processed);
        assert_eq!(refusal(find(world, &alice, &code).await), processed);
        assert_eq!(count(world, "SELECT COUNT(*) FROM sessions WHERE kind = 'oauth'").await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_device_code() {
    each(async |world| {
        let alice = browser(world, &world.user("alice").await).await;
        let (device, code) = begin(world, MIX, "api:read").await.unwrap();
        agree(world, &alice, &code, &["api:read"]).await.unwrap();
        let unknown = "400 invalid_grant: Invalid device code";
        assert_eq!(refusal(poll(world, "none").await), unknown);
        assert_eq!(refusal(poll(world, &code).await), unknown);
        let wrong = || Err("expected type string".into());
        for device_code in [Ok(None), wrong()] {
            let request = TokenRequest { device_code, ..polling(MIX, "") };
            assert_eq!(refusal(issue(world, request).await), unknown);
        }
        assert_eq!(
            refusal(issue(world, polling(GLEAM, &device)).await),
            "401 invalid_client: Invalid client"
        );
        let request = TokenRequest { client_id: Ok(None), ..polling(MIX, &device) };
        assert_eq!(refusal(issue(world, request).await), "401 invalid_client: Missing client_id");
        poll(world, &device).await.unwrap();

        // Nothing comes of it any more when the session has ended, or the account.
        sql(world, "UPDATE users SET deactivated_at = 1 WHERE username = 'alice'").await;
        let gone = "400 invalid_grant: No token found for authorized device";
        assert_eq!(refusal(poll(world, &device).await), gone);
        sql(world, "UPDATE users SET deactivated_at = NULL WHERE username = 'alice'").await;
        poll(world, &device).await.unwrap();
        let access = world.core.allow::<RevokeSessions>(&alice, ()).await.unwrap();
        world.core.revoke_other_sessions(&access).await.unwrap();
        assert_eq!(refusal(poll(world, &device).await), gone);

        let (late, code) = begin(world, MIX, "api:read").await.unwrap();
        world.wait(601);
        assert_eq!(
            refusal(find(world, &alice, &code).await),
            "400 expired_user_code: Verification code has expired"
        );
        assert_eq!(refusal(poll(world, &late).await), "400 expired_token: Device code has expired");
        // An hour later nobody remembers.
        world.core.forget_ended_tokens().await.unwrap();
        assert_eq!(refusal(poll(world, &late).await), "400 expired_token: Device code has expired");
        world.wait(3600);
        world.core.forget_ended_tokens().await.unwrap();
        assert_eq!(refusal(poll(world, &late).await), unknown);
    })
    .await;
}

#[tokio::test]
async fn what_a_client_may_ask_for() {
    each(async |world| {
        let alice = browser(world, &world.user("alice").await).await;
        let (_, code) = begin(world, MIX, "api repositories").await.unwrap();
        let found = find(world, &alice, &code).await.unwrap();
        assert_eq!(
            found.scopes,
            ["api:read", "api:write", "repositories"],
            "so that writing can be left out"
        );
        let (_, code) = begin(world, MIX, "api:write api").await.unwrap();
        assert_eq!(find(world, &alice, &code).await.unwrap().scopes, ["api:write", "api:read"]);
        begin(world, GLEAM, "api:write").await.unwrap();
        for (client, scope) in [
            (MIX, "magic"),
            (MIX, "repository:acme"),
            (MIX, "api:read docs:acme"),
            (GLEAM, "api:read"),
            (GLEAM, "repositories"),
            (MIX, &"api ".repeat(2000)),
        ] {
            let refused = refusal(begin(world, client, scope).await);
            assert_eq!(refused, "400 invalid_scope: Invalid scope", "{client} {scope}");
        }
        // No scope is fine, though nobody can agree to nothing.
        let (_, code) = begin(world, MIX, "").await.unwrap();
        let refused = refusal(agree(world, &alice, &code, &[]).await);
        assert_eq!(refused, "400 nothing_selected: At least one permission must be selected");
        let request =
            |client_id| DeviceAuthorizationRequest { client_id, scope: given("api"), name: Ok(None) };
        let begin = async |client_id| refusal(world.core.authorize_device_client(request(client_id)).await);
        assert_eq!(begin(Ok(None)).await, "401 invalid_client: Missing client_id");
        assert_eq!(begin(given("cli")).await, "400 bad_request: Bad request");
        let unknown = given("00000000-0000-4000-8000-000000000000");
        assert_eq!(begin(unknown).await, "401 invalid_client: Invalid client");
    })
    .await;
}

#[tokio::test]
async fn what_somebody_may_agree_to() {
    each(async |world| {
        let alice = world.user("alice").await;
        let at_browser = browser(world, &alice).await;
        let (device, code) = begin(world, MIX, "api").await.unwrap();
        let two_factor =
            "403 two_factor_required: Two-factor authentication must be enabled for API write access";
        for scopes in [&["api:write"][..], &["api:read", "api:write"]] {
            assert_eq!(refusal(agree(world, &at_browser, &code, scopes).await), two_factor);
        }
        for scopes in [&["repositories"][..], &["api"], &["api:read", "magic"], &["api:read", ""]] {
            let refused = refusal(agree(world, &at_browser, &code, scopes).await);
            assert!(refused.starts_with("400 scope_not_requested"), "{refused}");
        }
        let refused = refusal(agree(world, &at_browser, &code, &[]).await);
        assert_eq!(refused, "400 nothing_selected: At least one permission must be selected");

        // Only a browser begets tokens: not a password, and not a token.
        assert_eq!(status(agree(world, &alice, &code, &["api:read"]).await), 403);
        assert_eq!(status(find(world, &alice, &code).await), 403);
        assert_eq!(status(deny(world, &alice, &code).await), 403);
        let (_, token) = logged_in(world, &alice, "api:read").await;
        let token = show(world, &token).await.unwrap();
        assert_eq!(status(agree(world, &token, &code, &["api:read"]).await), 401);

        agree(world, &at_browser, &code, &["api:read"]).await.unwrap();
        assert_eq!(poll(world, &device).await.unwrap().scope, "api:read");
    })
    .await;
}

#[tokio::test]
async fn user_codes_cannot_be_guessed() {
    each(async |world| {
        let (alice, eve) = (world.user("alice").await, world.user("eve").await);
        let (alice, eve) = (browser(world, &alice).await, browser(world, &eve).await);
        let (_, code) = begin(world, MIX, "api:read").await.unwrap();
        // At a full window, so that the tries are not spread over two.
        world.wait(900 - (world.core.now() / SECOND) % 900);
        for _ in 0..5 {
            let wrong = "400 invalid_user_code: Invalid verification code";
            assert_eq!(refusal(find(world, &eve, "ZZZZ-ZZZZ").await), wrong);
            assert_eq!(refusal(agree(world, &eve, "nonsense", &["api:read"]).await), wrong);
        }
        let many = "429 too_many_codes: Too many verification attempts. Please try again later.";
        for _ in 0..2 {
            assert_eq!(refusal(find(world, &eve, &code).await), many, "even the right one");
            assert_eq!(refusal(agree(world, &eve, &code, &["api:read"]).await), many);
            assert_eq!(refusal(deny(world, &eve, &code).await), many);
        }
        let (_, fresh) = begin(world, MIX, "api:read").await.unwrap();
        find(world, &alice, &fresh).await.unwrap();
        // Answering does not count beside having looked.
        for _ in 0..8 {
            let (_, code) = begin(world, MIX, "api:read").await.unwrap();
            find(world, &alice, &code).await.unwrap();
            agree(world, &alice, &code, &["api:read"]).await.unwrap();
        }
        world.wait(901);
        let (_, code) = begin(world, MIX, "api:read").await.unwrap();
        find(world, &eve, &code).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_polls_at_once_make_one_session() {
    each(async |world| {
        let alice = world.user("alice").await;
        let at_browser = browser(world, &alice).await;
        for _ in 0..5 {
            let (device, code) = begin(world, MIX, "api:read").await.unwrap();
            agree(world, &at_browser, &code, &["api:read"]).await.unwrap();
            let before = count(world, "SELECT COUNT(*) FROM sessions").await;
            let issued = join_all((0..4).map(|_| poll(world, &device))).await;
            assert_eq!(count(world, "SELECT COUNT(*) FROM sessions").await, before + 1);
            let mut good = 0;
            for issued in issued {
                good += usize::from(show(world, &issued.unwrap()).await.is_ok());
            }
            assert_eq!(good, 1, "the last answer counts");
        }
    })
    .await;
}

#[tokio::test]
async fn refresh_tokens_are_good_for_one_time() {
    each(async |world| {
        let alice = world.user("alice").await;
        keep_warm(world).await;
        let (_, first) = logged_in(world, &alice, "api:read repositories").await;
        let second = refresh(world, &first).await.unwrap();
        assert_eq!((second.expires_in, &second.scope), (1800, &first.scope));
        assert_eq!(status(show(world, &first).await), 401);
        show(world, &second).await.unwrap();

        // Somebody honest did not hear the answer, or refreshes twice at the same moment.
        let revoked = "400 invalid_grant: Refresh token has been revoked";
        assert_eq!(refusal(refresh(world, &first).await), revoked);
        world.wait(50);
        assert_eq!(refusal(refresh(world, &first).await), revoked);
        let third = refresh(world, &second).await.unwrap();
        show(world, &third).await.unwrap();

        // A thief comes later, and so does who was stolen from.
        world.wait(20);
        assert_eq!(refusal(refresh(world, &first).await), revoked);
        keep_warm(world).await;
        assert_eq!(status(show(world, &third).await), 401, "the session has ended");
        assert_eq!(refusal(refresh(world, &third).await), revoked);
        assert_eq!(refusal(refresh(world, &first).await), revoked);
        assert_eq!(count(world, "SELECT COUNT(*) FROM audit_logs WHERE action = 'session.revoke'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_refresh_token() {
    each(async |world| {
        let alice = world.user("alice").await;
        let (_, issued) = logged_in(world, &alice, "api:read").await;
        let invalid = "400 invalid_grant: Invalid refresh token";
        for token in ["nonsense", issued.access_token.reveal(), &format!("{}x", renewal(&issued))] {
            assert_eq!(refusal(issue(world, refreshing(MIX, token)).await), invalid);
        }
        assert_eq!(refusal(issue(world, refreshing(GLEAM, renewal(&issued))).await), invalid);
        let missing = "400 invalid_grant: Missing refresh token";
        for refresh_token in [Ok(None), Err("expected type string".into())] {
            let request = TokenRequest { refresh_token, ..refreshing(MIX, "") };
            assert_eq!(refusal(issue(world, request).await), missing);
        }
        let request = TokenRequest { client_id: Ok(None), ..refreshing(MIX, renewal(&issued)) };
        assert_eq!(refusal(issue(world, request).await), "401 invalid_client: Missing client_id");
        // It opens nothing by itself.
        let header = format!("Bearer {}", renewal(&issued));
        let shown = world.core.authenticate(Some(header.as_bytes()), Surface::Api, &Origin::default()).await;
        assert_eq!(refusal(shown), "401 invalid_key: invalid API key");

        sql(world, "UPDATE users SET deactivated_at = 1 WHERE username = 'alice'").await;
        assert_eq!(refusal(refresh(world, &issued).await), invalid);
        assert_eq!(status(show(world, &issued).await), 400);
        sql(world, "UPDATE users SET deactivated_at = NULL WHERE username = 'alice'").await;

        // The end of the session is fixed.
        world.wait(30 * 24 * 3600 - 900);
        let last = refresh(world, &issued).await.unwrap();
        assert!((890..=900).contains(&last.expires_in), "{}", last.expires_in);
        world.wait(901);
        assert_eq!(status(show(world, &last).await), 401);
        assert_eq!(refusal(refresh(world, &last).await), "400 invalid_grant: Refresh token has expired");
        world.core.forget_ended_tokens().await.unwrap();
        assert_eq!(count(world, "SELECT COUNT(*) FROM oauth_tokens").await, 0);
        assert_eq!(count(world, "SELECT COUNT(*) FROM sessions").await, 0);
    })
    .await;
}

#[tokio::test]
async fn used_refresh_tokens_are_remembered_until_the_session_ends() {
    each(async |world| {
        let alice = world.user("alice").await;
        let (_, first) = logged_in(world, &alice, "api:read").await;
        let second = refresh(world, &first).await.unwrap();
        world.wait(29 * 24 * 3600);
        world.core.forget_ended_tokens().await.unwrap();
        assert_eq!(
            refusal(refresh(world, &first).await),
            "400 invalid_grant: Refresh token has been revoked"
        );
        assert_eq!(
            refusal(refresh(world, &second).await),
            "400 invalid_grant: Refresh token has been revoked"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_refreshes_at_once_one_wins() {
    each(async |world| {
        let alice = world.user("alice").await;
        let (_, mut newest) = logged_in(world, &alice, "api:read").await;
        for _ in 0..5 {
            let answers = join_all((0..6).map(|_| refresh(world, &newest))).await;
            let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
            assert_eq!((won.len(), lost.len()), (1, 5));
            for lost in lost {
                assert_eq!(refusal(lost), "400 invalid_grant: Refresh token has been revoked");
            }
            newest = won.into_iter().next().unwrap().unwrap();
            show(world, &newest).await.unwrap();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_token_outlives_a_session_that_ends_meanwhile() {
    each(async |world| {
        let alice = world.user("alice").await;
        let at_browser = browser(world, &alice).await;
        for _ in 0..5 {
            let (device, issued) = logged_in(world, &alice, "api:read").await;
            let access = world.core.allow::<RevokeSessions>(&at_browser, ()).await.unwrap();
            let (refreshed, polled, ended) = tokio::join!(
                refresh(world, &issued),
                poll(world, &device),
                world.core.revoke_other_sessions(&access)
            );
            ended.unwrap();
            for token in [refreshed, polled].into_iter().flatten() {
                assert_eq!(status(show(world, &token).await), 401);
                assert_eq!(status(refresh(world, &token).await), 400);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn giving_tokens_back() {
    each(async |world| {
        let alice = world.user("alice").await;
        keep_warm(world).await;
        let (device, issued) = logged_in(world, &alice, "api:read").await;
        let revoke =
            async |client: &str, token: &str| world.core.revoke_token(given(client), given(token)).await;
        let access = issued.access_token.reveal();
        for (client, token) in
            [(GLEAM, access), ("00000000-0000-4000-8000-000000000000", access), (MIX, "x.y.z")]
        {
            revoke(client, token).await.unwrap();
        }
        world.core.revoke_token(Ok(None), given(access)).await.unwrap();
        world.core.revoke_token(given(MIX), Ok(None)).await.unwrap();
        assert_eq!(refusal(revoke("cli", access).await), "400 bad_request: Bad request");
        show(world, &issued).await.unwrap();

        let revoked = "400 invalid_grant: Refresh token has been revoked";
        revoke(MIX, access).await.unwrap();
        assert_eq!(status(show(world, &issued).await), 401);
        assert_eq!(refusal(refresh(world, &issued).await), revoked);
        // The session goes on, as the reference has it.
        let again = poll(world, &device).await.unwrap();
        revoke(&MIX.to_uppercase(), renewal(&again)).await.unwrap();
        assert_eq!(status(show(world, &again).await), 401);

        let (_, first) = logged_in(world, &alice, "api:read").await;
        let second = refresh(world, &first).await.unwrap();
        let by_hash = async |hash| world.core.revoke_by_hash(hash, &Origin::default()).await.unwrap();
        for nothing in [Ok(None), given("0000"), given(&"0".repeat(64)), Err("expected type string".into())] {
            by_hash(nothing).await;
        }
        by_hash(given(&Sha256::of(second.access_token.reveal().as_bytes()).to_lower_hex())).await;
        show(world, &second).await.unwrap();
        by_hash(given(&Sha256::of(renewal(&first).as_bytes()).to_upper_hex())).await;
        assert_eq!(status(show(world, &second).await), 401);
        assert_eq!(refusal(refresh(world, &second).await), revoked);

        // A token that has ended can be given back too: its refresh token may live.
        let (_, third) = logged_in(world, &alice, "api:read").await;
        world.wait(1801);
        revoke(MIX, third.access_token.reveal()).await.unwrap();
        assert_eq!(refusal(refresh(world, &third).await), revoked);
    })
    .await;
}

/// An instance at which the operator registered a client.
async fn each_with_ci(test: impl AsyncFn(&World)) {
    let client = Client {
        id: CI.into(),
        name: "CI".into(),
        grants: vec![Grant::AuthorizationCode, Grant::RefreshToken],
        scopes: ["api", "api:read", "repositories", "repository", "docs"].map(str::to_owned).into(),
        redirect_uris: vec![BACK.into(), "https://*.preview.example.com/back".into()],
    };
    each_with(|settings| settings.clients = vec![client.clone()], test).await;
}

fn asking(scope: &str) -> AuthorizationRequest {
    AuthorizationRequest {
        client_id: given(CI),
        redirect_uri: given(BACK),
        scope: given(scope),
        state: given("xyz 1"),
        code_challenge: given(CHALLENGE),
        code_challenge_method: given("S256"),
    }
}

fn checked(world: &World, request: AuthorizationRequest) -> Authorization {
    world.core.check_authorization(request).expect("the request is in order")
}

async fn approve(
    world: &World,
    caller: &Caller,
    authorization: &Authorization,
    scopes: &[&str],
) -> Result<String, Error> {
    let access = world.core.allow::<GrantAccess>(caller, ()).await?;
    let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    world.core.approve_authorization(&access, authorization, &scopes).await
}

async fn a_code(world: &World, caller: &Caller, scope: &str) -> String {
    let scopes: Vec<&str> = scope.split(' ').collect();
    let address = approve(world, caller, &checked(world, asking(scope)), &scopes).await.unwrap();
    let code =
        address.strip_prefix(&format!("{BACK}?code=")).unwrap().strip_suffix("&state=xyz%201").unwrap();
    assert_eq!(code.len(), 43);
    code.to_owned()
}

fn redeeming(code: &str) -> TokenRequest {
    TokenRequest {
        grant_type: given(Grant::AuthorizationCode.as_str()),
        client_id: given(CI),
        code: given(code),
        redirect_uri: given(BACK),
        code_verifier: given(VERIFIER),
        name: given("pipeline"),
        ..TokenRequest::default()
    }
}

#[tokio::test]
async fn a_client_is_logged_in_by_a_code() {
    each_with_ci(async |world| {
        world.user("olga").await;
        world.organization("acme", "olga").await;
        let olga = world.organization("beta", "olga").await;
        world.user("rita").await;
        let rita = world.member("acme", &olga, "rita", "read").await;
        let at_browser = browser(world, &rita).await;

        let authorization = checked(world, asking("api repositories"));
        assert_eq!((authorization.client(), authorization.redirect_uri()), ("CI", BACK));
        assert_eq!(authorization.scopes(), ["api:read", "api:write", "repositories"]);
        assert!(
            refusal(approve(world, &at_browser, &authorization, &["api:write"]).await)
                .starts_with("403 two_factor")
        );
        assert_eq!(status(approve(world, &rita, &authorization, &["api:read"]).await), 403, "no browser");

        let code = a_code(world, &at_browser, "repositories").await;
        let issued = issue(world, redeeming(&code)).await.unwrap();
        assert_eq!(issued.scope, "repository:hexpm repository:acme");
        assert_eq!(claims(renewal(&issued))["scope"], "repositories");
        let caller = show(world, &issued).await.unwrap();
        assert_eq!(fetching(world, &caller, "acme").await, 0);
        assert_eq!(count(world, "SELECT COUNT(*) FROM sessions WHERE name = 'pipeline'").await, 1);

        // What was agreed to is kept, so that a newer token opens what there is then.
        world.member("beta", &olga, "rita", "read").await;
        let newer = issue(world, refreshing(CI, renewal(&issued))).await.unwrap();
        assert_eq!(newer.scope, "repository:hexpm repository:acme repository:beta");

        // Used a second time with all that belongs to it, the code is in two hands.
        let over = "400 invalid_grant: Authorization code expired or already used";
        let guess = TokenRequest { code_verifier: given(CHALLENGE), ..redeeming(&code) };
        assert_eq!(refusal(issue(world, guess).await), over);
        show(world, &newer).await.unwrap();
        assert_eq!(refusal(issue(world, redeeming(&code)).await), over);
        assert_eq!(status(show(world, &newer).await), 401);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_code() {
    each_with_ci(async |world| {
        let alice = browser(world, &world.user("alice").await).await;
        let code = a_code(world, &alice, "api:read").await;
        let wrong = || Err("expected type string".into());
        let request = || redeeming(&code);
        for (request, expected) in [
            (TokenRequest { client_id: Ok(None), ..request() }, "401 invalid_client: Missing client_id"),
            (
                TokenRequest { client_id: given(GLEAM), ..request() },
                "400 unauthorized_client: Client not authorized for this grant type",
            ),
            (
                TokenRequest { client_id: given(MIX), ..request() },
                "400 invalid_grant: Invalid authorization code",
            ),
            (TokenRequest { code: Ok(None), ..request() }, "400 invalid_grant: Missing authorization code"),
            (TokenRequest { code: wrong(), ..request() }, "400 invalid_grant: Missing authorization code"),
            (TokenRequest { code: given("x"), ..request() }, "400 invalid_grant: Invalid authorization code"),
            (
                TokenRequest { redirect_uri: Ok(None), ..request() },
                "400 invalid_grant: Redirect URI mismatch",
            ),
            (
                TokenRequest { redirect_uri: given("https://a.preview.example.com/back"), ..request() },
                "400 invalid_grant: Redirect URI mismatch",
            ),
            (
                TokenRequest { code_verifier: Ok(None), ..request() },
                "400 invalid_grant: Missing required parameter: code_verifier",
            ),
            (
                TokenRequest { code_verifier: given("x"), ..request() },
                "400 invalid_grant: Invalid code verifier",
            ),
            (
                TokenRequest { code_verifier: given(CHALLENGE), ..request() },
                "400 invalid_grant: Invalid code verifier",
            ),
        ] {
            assert_eq!(refusal(issue(world, request).await), expected);
        }
        // None of it used the code up.
        issue(world, request()).await.unwrap();

        let late = a_code(world, &alice, "api:read").await;
        world.wait(601);
        let over = "400 invalid_grant: Authorization code expired or already used";
        assert_eq!(refusal(issue(world, redeeming(&late)).await), over);
        let code = a_code(world, &alice, "api:read").await;
        sql(world, "UPDATE users SET deactivated_at = 1 WHERE username = 'alice'").await;
        assert_eq!(
            refusal(issue(world, redeeming(&code)).await),
            "400 invalid_grant: Invalid authorization code"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_code_is_used_once() {
    each_with_ci(async |world| {
        let alice = browser(world, &world.user("alice").await).await;
        let code = a_code(world, &alice, "api:read").await;
        let answers = join_all((0..5).map(|_| issue(world, redeeming(&code)))).await;
        let good: Vec<_> = answers.into_iter().flatten().collect();
        assert_eq!(good.len(), 1);
        // Four others had the code and its proof.
        assert_eq!(status(show(world, &good[0]).await), 401);
        assert_eq!(count(world, "SELECT COUNT(*) FROM sessions WHERE kind = 'oauth'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn where_people_are_sent() {
    each_with_ci(async |world| {
        let wrong = || Err("expected type string".into());
        // Nobody is sent to an address that is not the client's.
        for (request, text) in [
            (AuthorizationRequest { client_id: Ok(None), ..asking("api") }, "Invalid client"),
            (AuthorizationRequest { client_id: given("cli"), ..asking("api") }, "Invalid client"),
            (AuthorizationRequest { client_id: given(MIX), ..asking("api") }, "Invalid redirect_uri"),
            (AuthorizationRequest { redirect_uri: Ok(None), ..asking("api") }, "Invalid redirect_uri"),
            (AuthorizationRequest { redirect_uri: wrong(), ..asking("api") }, "Invalid redirect_uri"),
            (
                AuthorizationRequest { redirect_uri: given("https://evil.example.com/back"), ..asking("api") },
                "Invalid redirect_uri",
            ),
            (
                AuthorizationRequest { redirect_uri: given("https://a.b.preview.example.com/back"), ..asking("api") },
                "Invalid redirect_uri",
            ),
        ] {
            let Err(AuthorizationRefused::Here(error)) = world.core.check_authorization(request) else {
                panic!("it must be refused here: {text}");
            };
            assert_eq!(refusal::<()>(Err(error)), format!("400 invalid_request: {text}"));
        }
        let preview = given("https://pr-1.preview.example.com/back");
        checked(world, AuthorizationRequest { redirect_uri: preview, ..asking("api") });

        for (request, rest) in [
            (AuthorizationRequest { state: Ok(None), ..asking("api") }, "Missing%20required%20parameter%3A%20state"),
            (
                AuthorizationRequest { code_challenge: Ok(None), ..asking("api") },
                "Missing%20required%20parameter%3A%20code_challenge&state=xyz%201",
            ),
            (
                AuthorizationRequest { code_challenge: given("short"), ..asking("api") },
                "Invalid%20code_challenge&state=xyz%201",
            ),
            (
                AuthorizationRequest { code_challenge_method: Ok(None), ..asking("api") },
                "code_challenge_method%20must%20be%20S256&state=xyz%201",
            ),
            (
                AuthorizationRequest { code_challenge_method: given("plain"), ..asking("api") },
                "code_challenge_method%20must%20be%20S256&state=xyz%201",
            ),
            (asking("magic"), "Invalid%20scope&state=xyz%201"),
            (asking("package:hexpm/tree"), "Invalid%20scope&state=xyz%201"),
            (asking(""), "Invalid%20scope&state=xyz%201"),
        ] {
            let Err(AuthorizationRefused::Back(address)) = world.core.check_authorization(request) else {
                panic!("the client must be told: {rest}");
            };
            assert_eq!(address, format!("{BACK}?error=invalid_request&error_description={rest}"));
        }

        world.user("alice").await;
        let alice = world.organization("acme", "alice").await;
        let at_browser = browser(world, &alice).await;
        let authorization = checked(world, asking("repository:acme docs:acme docs:beta repository:hexpm"));
        let refused = approve(world, &at_browser, &authorization, &["docs:acme", "docs:beta"]).await;
        assert_eq!(refusal(refused), "403 no_access: You don't have access to: beta");
        let scopes = ["repository:hexpm", "docs:acme", "repository:acme"];
        approve(world, &at_browser, &authorization, &scopes).await.unwrap();

        let access = world.core.allow::<GrantAccess>(&at_browser, ()).await.unwrap();
        assert_eq!(
            world.core.deny_authorization(&access, &authorization).unwrap(),
            format!("{BACK}?error=access_denied&error_description=Authorization%20denied%20by%20user&state=xyz%201")
        );
        let access = world.core.allow::<GrantAccess>(&alice, ()).await.unwrap();
        assert_eq!(status(world.core.deny_authorization(&access, &authorization)), 403);
    })
    .await;
}

#[tokio::test]
async fn a_login_takes_a_place_among_the_sessions() {
    each(async |world| {
        let alice = world.user("alice").await;
        keep_warm(world).await;
        let at_browser = browser(world, &alice).await;
        let mut tokens = Vec::new();
        for _ in 0..5 {
            world.wait(1);
            let (device, code) = begin(world, MIX, "api:read").await.unwrap();
            agree(world, &at_browser, &code, &["api:read"]).await.unwrap();
            let issued = poll(world, &device).await.unwrap();
            show(world, &issued).await.unwrap();
            tokens.push(issued);
        }
        // Five clients: the browser was used least recently.
        assert_eq!(status(world.core.allow::<GrantAccess>(&at_browser, ()).await), 401);
        for token in &tokens {
            let caller = show(world, token).await.unwrap();
            world.core.allow::<ShowMe>(&caller, ()).await.unwrap();
        }
        browser(world, &alice).await;
        assert_eq!(status(show(world, &tokens[0]).await), 401);
        show(world, &tokens[1]).await.unwrap();
    })
    .await;
}
