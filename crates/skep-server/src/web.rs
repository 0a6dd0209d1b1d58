//! The pages: what people need a browser for. Plain HTML with forms; no page needs JavaScript, and none may run any.
//!
//! No rule and no SQL lives here. Every form is checked to come from a page of this server, every page has the same
//! strict headers, and nobody is sent anywhere but to a page of this server or the checked address of a client.

mod answer;
mod assets;
mod cookies;
mod frame;
mod guard;
mod local_path;
mod pages;
mod problem;
mod qr;
mod visit;

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::header::HeaderName;
use http::{HeaderValue, Method, Request};
use skep_core::Error;

use crate::api::Host;
use crate::api::client_address::ClientAddress;
use crate::app::App;
use answer::Answer;
use frame::Frame;
use pages::{
    account, consent, device, email, home, invites, login, password, proof, second_factor, signup, two_factor,
};
use visit::{Stop, Visit};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Answers a request for a page.
pub async fn answer(app: &Arc<App>, request: Request<Body>, client: ClientAddress) -> Response {
    let (parts, body) = request.into_parts();
    let is_head = parts.method == Method::HEAD;
    if let Some(asset) = assets::find(parts.uri.path()) {
        return if is_head { without_body(asset) } else { asset };
    }
    let request_id = app.request_ids().choose(parts.headers.get(&REQUEST_ID));
    let answer = match Visit::new(app, parts, client).await {
        Err(error) => problem::page(Frame::of_nobody(), &error, &request_id),
        Ok(mut visit) => {
            let answer = match respond(&mut visit, body).await {
                Ok(answer) | Err(Stop::Answer(answer)) => answer,
                Err(Stop::Error(error)) => problem::page(Frame::of(&visit), &error, &request_id),
            };
            visit.finish(answer)
        }
    };
    let mut response = answer.into_response(app.is_secure());
    let request_id = HeaderValue::try_from(request_id).expect("invariant: request ids are visible ASCII");
    response.headers_mut().insert(REQUEST_ID, request_id);
    if is_head { without_body(response) } else { response }
}

/// The table of contents. Whoever looks (GET) changes nothing; whoever sends a form (POST) was shown its page before.
async fn respond(visit: &mut Visit, body: Body) -> Result<Answer, Stop> {
    if visit.method == Method::POST {
        visit.count()?;
        visit.read_form(body).await?;
        return match visit.path.as_str() {
            "/login" => login::submit(visit).await,
            "/logout" => login::log_out(visit).await,
            "/tfa" => second_factor::submit(visit).await,
            "/tfa/recovery" => second_factor::submit_recovery(visit).await,
            "/sudo" | "/sudo/recovery" => proof::submit(visit).await,
            "/signup" => signup::submit(visit).await,
            "/oauth/device" => device::submit(visit).await,
            "/oauth/device/authorize" => device::decide(visit).await,
            "/oauth/authorize" => consent::decide(visit).await,
            "/email/verify" => email::verify(visit).await,
            "/email/verification" => email::resend(visit).await,
            "/password/reset" => password::reset(visit).await,
            "/password/new" => password::set(visit).await,
            "/invites" => invites::accept(visit).await,
            "/account/sessions" => account::revoke_session(visit).await,
            "/account/two-factor/begin" => two_factor::begin(visit).await,
            "/account/two-factor/enable" => two_factor::enable(visit).await,
            "/account/two-factor/recovery-codes" => two_factor::rotate(visit).await,
            "/account/two-factor/disable" => two_factor::disable(visit).await,
            _ => Err(Error::not_found().into()),
        };
    }
    match (visit.method == Method::GET, visit.path.as_str()) {
        (true, "/") => home::show(visit),
        (true, "/login") => login::show(visit),
        (true, "/tfa") => second_factor::show(visit).await,
        (true, "/tfa/recovery") => second_factor::show_recovery(visit).await,
        (true, "/sudo" | "/sudo/recovery") => proof::show(visit).await,
        (true, "/signup") => signup::show(visit),
        (true, "/oauth/device") => device::show(visit),
        (true, "/oauth/device/authorize") => device::ask(visit).await,
        (true, "/oauth/device/done") => device::done(visit),
        (true, "/oauth/authorize") => consent::ask(visit),
        (true, "/email/verify") => email::show(visit),
        (true, "/email/verification") => email::show_resend(visit),
        (true, "/password/reset") => password::show_reset(visit),
        (true, "/password/new") => password::show(visit),
        (true, "/invites") => invites::show(visit).await,
        (true, "/account") => account::show(visit).await,
        (true, "/account/two-factor") => two_factor::show(visit).await,
        _ => Err(Error::not_found().into()),
    }
}

/// The answer to HEAD: the head that GET would have.
fn without_body(response: Response) -> Response {
    response.map(|_| Body::empty())
}
