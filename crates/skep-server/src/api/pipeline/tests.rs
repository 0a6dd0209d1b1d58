//! The pipeline with a toy application behind it.

mod socket;
mod toy;

use axum::body::Body;
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

use toy::{api, api_with};

/// A request that a client would send, and its answer in readable form.
struct Answer {
    status: u16,
    headers: http::HeaderMap,
    body: Bytes,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

fn request(line: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let (method, uri) = line.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(uri).header("user-agent", "toy");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

async fn ask(request: Request<Body>) -> Answer {
    ask_of(&api(), request).await
}

async fn ask_of(api: &toy::ToyApi, request: Request<Body>) -> Answer {
    let response = api.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

async fn get(uri: &str, headers: &[(&str, &str)]) -> Answer {
    ask(request(&format!("GET {uri}"), headers, "")).await
}

async fn send(line: &str, content_type: &str, body: &str) -> Answer {
    ask(request(line, &[("content-type", content_type)], body.to_owned())).await
}

const BAD_REQUEST: &str = r#"{"status":400,"message":"Bad request"}"#;
const NOT_FOUND: &str = r#"{"status":404,"message":"Page not found"}"#;
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

#[tokio::test]
async fn an_answer_has_all_headers() {
    let mut answer = get("/api/packages/ecto", &[]).await;
    assert_eq!(answer.text(), r#"{"method":"GET","params":{"name":"ecto"}}"#);
    answer.headers.insert("x-request-id", http::HeaderValue::from_static("own id of 32 digits"));
    let mut headers: Vec<_> =
        answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    headers.sort();
    insta::assert_snapshot!(headers.join("\n"), @r#"
    cache-control: "public, max-age=60"
    content-type: "application/json; charset=utf-8"
    etag: "\"0123\""
    last-modified: "Tue, 01 Jan 2030 00:00:00 GMT"
    vary: "accept, accept-encoding"
    x-ratelimit-limit: "100"
    x-ratelimit-remaining: "99"
    x-ratelimit-reset: "1893456060"
    x-request-id: "own id of 32 digits"
    "#);
}

#[tokio::test]
async fn status_needs_nothing() {
    let bare = Request::builder().uri("/status").body(Body::empty()).unwrap();
    let answer = ask(bare).await;
    assert_eq!((answer.status, answer.text(), answer.header("content-type")), (200, "", None));
    assert_eq!(ask(request("HEAD /status", &[], "")).await.status, 200);
    assert_eq!(ask(request("POST /status", &[], "")).await.status, 404);
}

#[tokio::test]
async fn user_agent_comes_before_everything() {
    let bare = |line: &str, body: &'static str| {
        let mut request = request(line, &[("content-type", JSON), ("authorization", "wrong")], body);
        request.headers_mut().remove("user-agent");
        request
    };
    for (line, body) in [("GET /api/packages/x", ""), ("POST /api/keys", "{"), ("GET /api/nothing", "")] {
        let answer = ask(bare(line, body)).await;
        assert_eq!(answer.text(), r#"{"status":400,"message":"User-Agent header is required"}"#);
    }
    let mut empty = request("GET /api/packages/x", &[], "");
    empty.headers_mut().insert("user-agent", "".parse().unwrap());
    assert_eq!(ask(empty).await.status, 200);
}

#[tokio::test]
async fn slashes_are_tolerated() {
    for path in ["/api/packages/x/", "//api//packages///x", "/api/packages/x//"] {
        assert_eq!(get(path, &[]).await.status, 200, "{path}");
    }
    assert_eq!(get("/api", &[]).await.status, 200);
    assert_eq!(get("/api/", &[]).await.status, 200);
}

#[tokio::test]
async fn unknown_routes_and_methods() {
    for line in
        ["GET /api/nothing", "GET /packages/x", "OPTIONS /api/packages/x", "DELETE /api/packages/x", "GET /"]
    {
        let answer = ask(request(line, &[("authorization", "wrong")], "")).await;
        assert_eq!((answer.status, answer.text()), (404, NOT_FOUND), "{line}");
        assert_eq!(answer.header("x-ratelimit-limit"), None);
    }
    assert_eq!(send("POST /api/nothing", JSON, "{").await.status, 404);
}

#[tokio::test]
async fn parameters_are_one_space() {
    let answer =
        send("POST /api/packages/path?name=query&a=query&b=query", JSON, r#"{"name":"body","a":"body"}"#)
            .await;
    assert_eq!(answer.text(), r#"{"method":"POST","params":{"a":"body","b":"query","name":"path"}}"#);
}

#[tokio::test]
async fn a_post_can_stand_for_another_method() {
    let answer = send("POST /api/keys/x", FORM, "_method=delete").await;
    assert_eq!(answer.text(), r#"{"method":"DELETE","params":{"_method":"delete","name":"x"}}"#);
    for body in ["_method=GET", "_method=PATCH", "_method=", "x=1"] {
        assert_eq!(send("POST /api/keys/x", FORM, body).await.status, 404, "{body}");
    }
    // Only a body, and only of a POST.
    assert_eq!(send("POST /api/keys/x?_method=DELETE", FORM, "").await.status, 404);
    assert_eq!(send("DELETE /api/keys/x", FORM, "_method=PUT").await.status, 200);
}

#[tokio::test]
async fn bodies_that_cannot_be_read() {
    for (content_type, body) in [
        (JSON, "{\"name\": "),
        ("application/vnd.hex+erlang", "abc"),
        ("application/vnd.hex+elixir", "%{\"name\" => "),
        ("application/vnd.hex+elixir", "%{\"name\" => String.upcase(\"x\")}"),
        (FORM, "a=%ff"),
    ] {
        let answer = send("POST /api/keys", content_type, body).await;
        assert_eq!((answer.status, answer.text()), (400, BAD_REQUEST), "{body}");
        assert_eq!(answer.header("x-ratelimit-limit"), None);
    }
    // Also before the credential is looked at.
    let both_wrong = request("POST /api/keys", &[("content-type", JSON), ("authorization", "wrong")], "{");
    assert_eq!(ask(both_wrong).await.status, 400);
}

#[tokio::test]
async fn bodies_that_are_ignored() {
    for (content_type, body) in
        [("application/x-yaml", "name: x"), ("", "name=x"), (JSON, ""), (JSON, "[1,2]")]
    {
        let answer = send("POST /api/keys", content_type, body).await;
        let expected = r#"{"status":422,"message":"Validation error(s)","errors":{"name":"can't be blank"}}"#;
        assert_eq!((answer.status, answer.text()), (422, expected), "{body}");
    }
}

#[tokio::test]
async fn casts() {
    for (body, errors) in [
        (r#"{"name":12}"#, r#"{"name":"expected type string"}"#),
        (r#"{"name":"x","permissions":"api"}"#, r#"{"permissions":"expected type list(map)"}"#),
    ] {
        let answer = send("POST /api/keys", JSON, body).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text().ends_with(&format!(r#""errors":{errors}}}"#)), "{}", answer.text());
    }
    assert_eq!(send("POST /api/keys", FORM, "name=form&permissions[][domain]=api").await.status, 201);
    assert_eq!(send("POST /api/keys?name=query&permissions[][domain]=api", "", "").await.status, 201);
}

#[tokio::test]
async fn queries_and_paths_that_cannot_be_read() {
    for uri in ["/api/packages/x?a=%ff", "/api/packages/x?a=%00", "/api/packages/%00", "/api/packages/%ff"] {
        let answer = get(uri, &[]).await;
        assert_eq!((answer.status, answer.text()), (400, BAD_REQUEST), "{uri}");
        assert_eq!(answer.header("x-ratelimit-limit"), None);
    }
}

#[tokio::test]
async fn bodies_that_are_too_large() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(super::body::MAX_PARSED_BYTES));
    let answer = send("POST /api/keys", JSON, &long).await;
    assert_eq!((answer.status, answer.text()), (413, r#"{"status":413,"message":"Payload too large"}"#));
    let announced = request("POST /api/keys", &[("content-type", JSON), ("content-length", "8000001")], "{}");
    assert_eq!(ask(announced).await.status, 413);
}

#[tokio::test]
async fn formats() {
    let formats = [
        ("application/vnd.hex+erlang", "application/vnd.hex+erlang; charset=utf-8"),
        ("application/vnd.hex+elixir", "application/vnd.hex+elixir; charset=utf-8"),
        ("application/vnd.hex+json", "application/json; charset=utf-8"),
    ];
    for (accept, content_type) in formats {
        for uri in ["/api/packages/x", "/api/nothing", "/api/packages/x?a=%ff", "/api/broken"] {
            let answer = get(uri, &[("accept", accept)]).await;
            assert_eq!(answer.header("content-type"), Some(content_type), "{uri}");
        }
    }
    let answer = get("/api/nothing", &[("accept", "application/vnd.hex+elixir")]).await;
    assert_eq!(answer.text(), r#"%{"status" => 404, "message" => "Page not found"}"#);
    let answer = get("/api/packages/x?_format=erlang", &[("accept", "text/html")]).await;
    assert_eq!(answer.header("content-type"), Some("application/vnd.hex+erlang; charset=utf-8"));
}

#[tokio::test]
async fn not_acceptable_comes_before_authentication() {
    for (uri, accept) in [
        ("/api/packages/x", "text/html"),
        ("/api/packages/x?_format=yaml", "application/json"),
        ("/api/packages/x?_format[]=json", "application/vnd.hex+erlang"),
    ] {
        let answer = get(uri, &[("accept", accept), ("authorization", "wrong")]).await;
        assert_eq!((answer.status, answer.text()), (406, r#"{"status":406,"message":null}"#), "{uri}");
        assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
        assert_eq!(answer.header("x-ratelimit-limit"), None);
    }
    assert_eq!(get("/api/nothing", &[("accept", "text/html")]).await.text(), NOT_FOUND);
}

#[tokio::test]
async fn refused_credentials_are_not_counted() {
    let api = api();
    let answer = ask_of(&api, request("GET /api/packages/x", &[("authorization", "wrong")], "")).await;
    assert_eq!((answer.status, answer.text()), (401, r#"{"status":401,"message":"invalid API key"}"#));
    assert_eq!(answer.header("www-authenticate"), Some("Basic realm=hex"));
    assert_eq!(answer.header("x-ratelimit-limit"), None);
    assert_eq!(answer.header("cache-control"), Some("max-age=0, private, must-revalidate"));
    let answer = ask_of(&api, request("GET /api/packages/x", &[("authorization", "deactivated")], "")).await;
    assert_eq!((answer.status, answer.text()), (400, BAD_REQUEST));
    let answer = ask_of(&api, request("GET /api/packages/x", &[], "")).await;
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("99"));
}

#[tokio::test]
async fn repeated_credentials_are_none() {
    let twice = [("authorization", "wrong"), ("authorization", "user")];
    let answer = get("/api/packages/x", &twice).await;
    assert_eq!((answer.status, answer.header("x-ratelimit-limit")), (200, Some("100")));
}

#[tokio::test]
async fn everyone_has_a_limit() {
    let api = api();
    for (credential, limit) in [("user", Some("500")), ("organization", Some("500")), ("service", None)] {
        let answer = ask_of(&api, request("GET /api/packages/x", &[("authorization", credential)], "")).await;
        assert_eq!(answer.header("x-ratelimit-limit"), limit);
        let remaining = limit.map(|_| "499");
        assert_eq!(answer.header("x-ratelimit-remaining"), remaining);
    }
    // Errors of a handler count.
    let answer = ask_of(&api, request("GET /api/broken", &[("authorization", "user")], "")).await;
    assert_eq!((answer.status, answer.header("x-ratelimit-remaining")), (500, Some("498")));
}

#[tokio::test]
async fn beyond_the_limit() {
    let api = api();
    let from = |peer: [u8; 4], forwarded: &'static str| {
        let headers = if forwarded.is_empty() { vec![] } else { vec![("x-forwarded-for", forwarded)] };
        toy::from(request("GET /api/packages/x", &headers, ""), peer)
    };
    for _ in 0..100 {
        assert_eq!(ask_of(&api, from([127, 0, 0, 1], "10.1.2.3, 192.0.2.1")).await.status, 200);
    }
    let answer = ask_of(&api, from([127, 0, 0, 1], "10.1.2.3, 192.0.2.1")).await;
    let expected = r#"{"status":429,"message":"API rate limit exceeded for IP 10.1.2.3"}"#;
    assert_eq!((answer.status, answer.text()), (429, expected));
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("0"));
    assert_eq!(answer.header("retry-after"), None);
    // An address that anybody could have written does not help.
    assert_eq!(ask_of(&api, from([10, 1, 2, 3], "10.9.9.9, 192.0.2.1")).await.status, 429);
    assert_eq!(ask_of(&api, from([10, 1, 2, 4], "")).await.status, 200);
    // This machine itself is not counted.
    let answer = ask_of(&api, from([127, 0, 0, 1], "")).await;
    assert_eq!((answer.status, answer.header("x-ratelimit-limit")), (200, None));
}

#[tokio::test]
async fn request_ids() {
    let id = |sent: &'static str| async move {
        let headers = if sent.is_empty() { vec![] } else { vec![("x-request-id", sent)] };
        get("/api/nothing", &headers).await.header("x-request-id").unwrap().to_owned()
    };
    assert_eq!(id("abcdefghijklmnopqrst").await, "abcdefghijklmnopqrst");
    for bad in ["", "abcdefghijklmnopqrs", "abcdefghij klmnopqrst"] {
        let fresh = id(bad).await;
        assert_ne!(fresh, bad);
        assert_eq!(fresh.len(), 32);
    }
    let long = "x".repeat(201);
    assert_ne!(get("/api", &[("x-request-id", &long)]).await.header("x-request-id"), Some(&*long));
    let api = api();
    let one = ask_of(&api, request("GET /api", &[], "")).await;
    let two = ask_of(&api, request("GET /api", &[], "")).await;
    assert_ne!(one.header("x-request-id"), two.header("x-request-id"));
}

#[tokio::test]
async fn head_is_get_without_body() {
    let get = get("/api/packages/x", &[]).await;
    let head = ask(request("HEAD /api/packages/x", &[], "")).await;
    assert_eq!((head.status, head.text()), (200, ""));
    assert_eq!(head.header("content-length"), Some(get.body.len().to_string().as_str()));
    assert_eq!(head.header("content-type"), get.header("content-type"));
}

#[tokio::test]
async fn other_sites_may_read_but_not_upload() {
    let origin = [("origin", "https://example.com")];
    let allowed = "access-control-allow-origin";
    assert_eq!(get("/api/packages/x", &origin).await.header(allowed), Some("*"));
    assert_eq!(get("/api/packages/x", &[]).await.header(allowed), None);
    assert_eq!(ask(request("POST /api/publish", &origin, "")).await.header(allowed), None);
}

#[tokio::test]
async fn empty_answers_have_no_type() {
    let answer = ask(request("PUT /api/keys/x", &[], "")).await;
    assert_eq!((answer.status, answer.text(), answer.header("content-type")), (204, "", None));
    assert_eq!(answer.header("vary"), Some("accept-encoding"));
}

#[tokio::test]
async fn uploads_are_not_parsed() {
    for content_type in ["application/octet-stream", "application/x-tar", JSON, FORM] {
        let answer = send("POST /api/publish?replace=true", content_type, "{ not = json &").await;
        assert_eq!(answer.text(), r#"{"bytes":14,"params":{"replace":"true"}}"#, "{content_type}");
    }
    let answer = ask(request("POST /api/publish", &[("content-length", "17000000")], "")).await;
    assert_eq!(answer.status, 422);
}

#[tokio::test]
async fn bodies_that_never_come() {
    let api = api_with(|settings| settings.body_timeout = std::time::Duration::ZERO);
    let never = || Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
    let late = ask_of(&api, request("POST /api/keys", &[("content-type", JSON)], never())).await;
    assert_eq!((late.status, late.text()), (408, r#"{"status":408,"message":"Request timeout"}"#));
    let late = ask_of(&api, request("POST /api/publish", &[], never())).await;
    assert_eq!(late.status, 408);
    // The client waits for its permission, so that nothing is left to throw away.
    let waits = [("content-length", "5"), ("expect", "100-continue")];
    assert_eq!(ask_of(&api, request("POST /api/refused", &waits, never())).await.status, 403);
}

#[tokio::test]
async fn causes_stay_inside() {
    let answer = get("/api/broken", &[]).await;
    assert_eq!((answer.status, answer.text()), (500, r#"{"status":500,"message":"Internal server error"}"#));
}

#[tokio::test]
async fn the_matched_route_is_known() {
    let response = api().oneshot(request("GET /api/packages/x", &[], "")).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let matched = response.extensions().get::<super::MatchedRoute>().unwrap();
    assert_eq!(&*matched.0, "/packages/{name}");
}
