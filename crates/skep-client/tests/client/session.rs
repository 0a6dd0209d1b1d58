//! Sessions over the wire: beginning, renewing, one-time codes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use skep_client::api::{Api, Credential};
use skep_client::config::Machine;
use skep_client::config::credentials::{Login, Method, Secrets, Tokens};
use skep_client::config::paths::Paths;
use skep_client::network::{Network, NetworkSettings};
use skep_client::secret::Secret;
use skep_client::server::ApiUrl;
use skep_client::session::{Session, SessionError, SignInError, wait_for_agreement};
use tempfile::TempDir;

use crate::mock::{Answer, Mock, Request};

fn api(mock: &Mock) -> Api {
    let network = Network::new(&NetworkSettings::default());
    Api::new(network, ApiUrl::parse(&mock.url("/api")).unwrap(), Credential::Anonymous)
}

fn field(request: &Request, name: &str) -> String {
    request.json()[name].as_str().unwrap_or_default().to_owned()
}

/// Gives out `access-2`, `access-3`, … and accepts the newest alone; `access-1` was revoked.
fn renewing() -> Mock {
    let newest = AtomicUsize::new(1);
    Mock::start(move |request| match request.line().as_str() {
        "POST /api/oauth/token" => {
            let known = newest.load(Ordering::SeqCst);
            if field(request, "refresh_token") != format!("refresh-{known}") {
                return Answer::json(400, json!({ "error": "invalid_grant", "error_description": "no" }));
            }
            newest.store(known + 1, Ordering::SeqCst);
            let (access, refresh) = (format!("access-{}", known + 1), format!("refresh-{}", known + 1));
            let body = json!({ "access_token": access, "refresh_token": refresh, "expires_in": 1800, "token_type": "bearer" });
            Answer::json(200, body)
        }
        "GET /api/users/me" => {
            let newest = newest.load(Ordering::SeqCst);
            let expected = format!("Bearer access-{newest}");
            match newest > 1 && request.authorization() == Some(&expected) {
                true => Answer::json(200, json!({ "username": "eric" })),
                false => Answer::refusal(401, "invalid API key"),
            }
        }
        _ => Answer::not_found(),
    })
}

/// A machine that is signed in, with tokens that the server has given out first.
fn signed_in(api: &Api, expires_at: &str) -> (TempDir, Machine) {
    let home = tempfile::tempdir().unwrap();
    let machine = Machine::new(Paths::in_folders(&home.path().join(".hex"), home.path()));
    let tokens = Tokens {
        access: Secret::new("access-1"),
        refresh: Some(Secret::new("refresh-1")),
        expires_at: expires_at.parse().unwrap(),
    };
    let login = Login { username: None, method: Method::Session, since: None };
    machine.sign_in(api.base(), login, Secrets { tokens: Some(tokens), ..Secrets::default() }).unwrap();
    (home, machine)
}

fn session(machine: &Machine, api: &Api) -> Api {
    api.with_credential(Credential::Session(Arc::new(Session::new(machine.clone(), api))))
}

const LONG_AGO: &str = "2020-01-01T00:00:00Z";
const FAR_AWAY: &str = "2100-01-01T00:00:00Z";

#[tokio::test]
async fn a_token_whose_time_is_over_is_renewed_before_it_is_shown() {
    let mock = renewing();
    let (_home, machine) = signed_in(&api(&mock), LONG_AGO);
    assert_eq!(session(&machine, &api(&mock)).me().await.unwrap().username, "eric");
    assert_eq!(mock.lines(), ["POST /api/oauth/token", "GET /api/users/me"]);
    let tokens = machine.secrets(api(&mock).base()).unwrap().tokens.unwrap();
    assert_eq!((tokens.access.expose(), tokens.refresh.unwrap().expose()), ("access-2", "refresh-2"));
    // The next command goes on with what was stored.
    assert_eq!(session(&machine, &api(&mock)).me().await.unwrap().username, "eric");
    assert_eq!(mock.lines().len(), 3);
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once() {
    let mock = renewing();
    let (_home, machine) = signed_in(&api(&mock), FAR_AWAY);
    let (one, other) = (session(&machine, &api(&mock)), session(&machine, &api(&mock)));
    // Both have the old one in mind.
    let _ = tokio::join!(one.credential().authorization(), other.credential().authorization());
    one.me().await.unwrap();
    assert_eq!(mock.lines(), ["GET /api/users/me", "POST /api/oauth/token", "GET /api/users/me"]);
    // What one has renewed and stored, the other takes.
    other.me().await.unwrap();
    assert_eq!(mock.lines()[3..], ["GET /api/users/me", "GET /api/users/me"]);
}

#[tokio::test]
async fn many_calls_and_commands_at_once_renew_once() {
    let mock = renewing();
    let (_home, machine) = signed_in(&api(&mock), LONG_AGO);
    let commands: Vec<Api> = (0..4).map(|_| session(&machine, &api(&mock))).collect();
    let calls = commands.iter().flat_map(|command| [command.me(), command.me()]);
    for answer in futures::future::join_all(calls).await {
        answer.unwrap();
    }
    assert_eq!(mock.lines().iter().filter(|line| line.starts_with("POST")).count(), 1);
}

#[tokio::test]
async fn a_session_that_has_ended_says_so() {
    let mock = Mock::start(|request| match request.line().as_str() {
        "POST /api/oauth/token" => Answer::json(400, json!({ "error": "invalid_grant" })),
        _ => Answer::refusal(401, "invalid API key"),
    });
    let (_home, machine) = signed_in(&api(&mock), FAR_AWAY);
    let error = session(&machine, &api(&mock)).me().await.unwrap_err().to_string();
    assert!(
        error.contains("has ended: sign in again with `skep user auth --server http://127.0.0.1:"),
        "{error}"
    );
    assert_eq!(mock.lines(), ["GET /api/users/me", "POST /api/oauth/token"]);
    // A server that fails has not ended anything.
    let mock = Mock::start(|_| Answer::refusal(400, "no"));
    let (_home, machine) = signed_in(&api(&mock), LONG_AGO);
    let failing = Session::new(machine, &api(&mock));
    assert!(matches!(failing.token().await, Err(SessionError::Refresh { .. })));
}

#[tokio::test]
async fn logging_in_with_a_browser() {
    let polls = AtomicUsize::new(0);
    let mock = Mock::start(move |request| match request.line().as_str() {
        "POST /api/oauth/device_authorization" => {
            assert_eq!(field(request, "scope"), "api repositories");
            assert_eq!(field(request, "name"), "laptop");
            let begun = json!({
                "device_code": "dc", "user_code": "ABCD1234", "verification_uri": "http://x/oauth/device",
                "verification_uri_complete": "http://x/oauth/device?user_code=ABCD1234",
                "expires_in": 600, "interval": 0,
            });
            Answer::json(200, begun)
        }
        "POST /api/oauth/token" if polls.fetch_add(1, Ordering::SeqCst) == 0 => {
            assert_eq!(field(request, "device_code"), "dc");
            Answer::json(400, json!({ "error": "authorization_pending" }))
        }
        "POST /api/oauth/token" => {
            Answer::json(200, json!({ "access_token": "a", "refresh_token": "r", "expires_in": 1800 }))
        }
        _ => Answer::not_found(),
    });
    let begun = api(&mock).authorize_device("laptop").await.unwrap();
    assert_eq!(begun.verification_uri, "http://x/oauth/device?user_code=ABCD1234");
    let tokens = wait_for_agreement(&api(&mock), &begun).await.ok().unwrap();
    assert_eq!(tokens.access.expose(), "a");
    assert_eq!(mock.lines().len(), 3);
}

#[tokio::test]
async fn a_login_that_comes_to_nothing() {
    for (answer, told) in [
        (json!({ "error": "access_denied" }), "authentication was denied in the browser"),
        (
            json!({ "error": "expired_token" }),
            "the verification code has expired: run the command again for a new one",
        ),
        (
            json!({ "error": "invalid_grant", "error_description": "Bad device code" }),
            "Bad device code (400)",
        ),
    ] {
        let mock = Mock::start(move |request| match request.path() {
            "/api/oauth/token" => Answer::json(400, answer.clone()),
            _ => Answer::json(
                200,
                json!({ "device_code": "d", "user_code": "U", "verification_uri": "http://x", "expires_in": 9, "interval": 1 }),
            ),
        });
        let begun = api(&mock).authorize_device("laptop").await.unwrap();
        let error = wait_for_agreement(&api(&mock), &begun).await.err().unwrap();
        assert_eq!(error.to_string(), told);
    }
    // Time that is over is not waited for.
    let mock = Mock::start(|_| {
        Answer::json(
            200,
            json!({ "device_code": "d", "user_code": "U", "verification_uri": "http://x", "expires_in": 1, "interval": 60 }),
        )
    });
    let begun = api(&mock).authorize_device("laptop").await.unwrap();
    assert!(matches!(wait_for_agreement(&api(&mock), &begun).await, Err(SignInError::Expired)));
}

/// Wants the code `123456` for whatever is asked.
fn wanting_codes() -> Mock {
    Mock::start(|request| {
        let challenge = |error| {
            let header = format!("Bearer realm=\"hex\", error=\"{error}\"");
            Answer::refusal(401, "a code, please").with("www-authenticate", &header)
        };
        match request.header("x-hex-otp") {
            Some("123456") => Answer::json(200, json!({ "username": "eric" })),
            Some(_) => challenge("invalid_totp"),
            None => challenge("totp_required"),
        }
    })
}

#[tokio::test]
async fn somebody_is_asked_for_a_code_until_it_is_right() {
    let mock = wanting_codes();
    let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
    let ask = {
        let asked = asked.clone();
        Arc::new(move |wrong: bool| {
            let mut asked = asked.lock().unwrap();
            asked.push(wrong);
            Some(if asked.len() == 3 { "123456" } else { "000000" }.to_owned())
        })
    };
    let api = api(&mock).with_credential(Credential::Key(Secret::new("k"))).asking_otp(ask);
    assert_eq!(api.me().await.unwrap().username, "eric");
    assert_eq!(*asked.lock().unwrap(), [false, true, true]);
    // The code is kept for the next call.
    api.me().await.unwrap();
    assert_eq!(mock.lines().len(), 5);
}

#[tokio::test]
async fn after_three_wrong_codes_it_ends_and_where_nobody_can_be_asked_at_once() {
    let mock = wanting_codes();
    let wrong = api(&mock).asking_otp(Arc::new(|_| Some("000000".to_owned())));
    let error = wrong.me().await.unwrap_err().to_string();
    assert_eq!(mock.lines().len(), 4);
    assert!(error.contains("HEX_OTP"), "{error}");
    let nobody = api(&mock).me().await.unwrap_err().to_string();
    assert_eq!(nobody, "a code, please (401); give the code of your authenticator app in HEX_OTP");
    assert_eq!(mock.lines().len(), 5);
    let given = api(&mock).with_otp(Some("123456".to_owned()));
    assert_eq!(given.me().await.unwrap().username, "eric");
}
