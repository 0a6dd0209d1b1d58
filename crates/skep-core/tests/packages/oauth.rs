//! Logging clients in through a browser: devices, authorization codes, refresh tokens, and all that ends them.

mod codes;
mod devices;
mod tokens;

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
    Caller {
        principal: world.core.browser(cookie.reveal(), &origin).await.unwrap(),
        origin,
        ..Caller::default()
    }
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
    Ok(Caller { principal, ..Caller::default() })
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
