use http::{HeaderMap, Method};
use http_body_util::BodyExt;

use super::*;
use crate::api::client_address::ClientAddress;
use crate::api::object;

/// 2030-01-02T03:04:05.678901Z
const MOMENT: i64 = 1_893_553_445_678_901;
const DATE: &str = "Wed, 02 Jan 2030 03:04:05 GMT";

fn head(headers: &[(&'static str, &str)]) -> Head {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_str(value).unwrap());
    }
    let client = ClientAddress { ip: [192, 0, 2, 1].into(), forwarded: false };
    Head::new(Method::GET, map, "id".into(), client)
}

fn page() -> Reply {
    Reply::ok(object! { "name" => "x" }).cache(Cache::Public).etag("abc").last_modified(MOMENT)
}

fn status(headers: &[(&'static str, &str)]) -> u16 {
    page().answer(&head(headers)).status().as_u16()
}

#[test]
fn validators_are_sent() {
    let response = page().answer(&head(&[]));
    assert_eq!(response.headers()["etag"], "\"abc\"");
    assert_eq!(response.headers()["last-modified"], DATE);
    assert_eq!(response.headers()["cache-control"], "public, max-age=60");
    assert_eq!(response.headers()["vary"], "accept, accept-encoding");
    assert_eq!(response.headers()["content-type"], "application/json; charset=utf-8");
}

#[test]
fn tags() {
    for tag in ["abc", "\"abc\"", "W/\"abc\"", "*", "x, abc", "\"x\",\"abc\""] {
        assert_eq!(status(&[("if-none-match", tag)]), 304, "{tag}");
    }
    assert_eq!(status(&[("if-none-match", "x"), ("if-none-match", "abc")]), 304);
    for tag in ["x", "", "ABC", "\"abc"] {
        assert_eq!(status(&[("if-none-match", tag)]), 200, "{tag}");
    }
}

#[test]
fn dates() {
    assert_eq!(status(&[("if-modified-since", DATE)]), 304);
    assert_eq!(status(&[("if-modified-since", "Thu, 03 Jan 2030 00:00:00 GMT")]), 304);
    assert_eq!(status(&[("if-modified-since", "Mon, 01 Jan 2001 00:00:00 GMT")]), 200);
    assert_eq!(status(&[("if-modified-since", "yesterday")]), 200);
}

#[test]
fn every_condition_must_hold() {
    assert_eq!(status(&[("if-none-match", "abc"), ("if-modified-since", DATE)]), 304);
    assert_eq!(
        status(&[("if-none-match", "abc"), ("if-modified-since", "Mon, 01 Jan 2001 00:00:00 GMT")]),
        200
    );
    assert_eq!(status(&[("if-none-match", "x"), ("if-modified-since", DATE)]), 200);
    let only_tag = Reply::ok(Value::Null).etag("abc");
    let both = head(&[("if-none-match", "abc"), ("if-modified-since", DATE)]);
    assert_eq!(only_tag.answer(&both).status(), 200);
}

#[tokio::test]
async fn not_modified_has_no_body() {
    let response = page().answer(&head(&[("if-none-match", "*")]));
    assert_eq!(response.headers()["etag"], "\"abc\"");
    assert_eq!(response.headers()["last-modified"], DATE);
    assert_eq!(response.headers()["cache-control"], "public, max-age=60");
    assert!(!response.headers().contains_key("content-type"));
    assert!(response.into_body().collect().await.unwrap().to_bytes().is_empty());
}

#[test]
fn only_what_is_conditional_is_not_modified() {
    let any = head(&[("if-none-match", "*")]);
    assert_eq!(Reply::ok(Value::Null).answer(&any).status(), 200);
    assert_eq!(page().etag("abc").body(Value::Null).answer(&any).status(), 304);
    assert_eq!(Reply::status(201).etag("abc").answer(&any).status(), 201);
}

#[test]
fn locations_are_always_valid() {
    let header = |reply: Reply| reply.answer(&head(&[])).headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(header(Reply::created("/api/keys/a b\r\né", Value::Null)), "/api/keys/a%20b%0D%0A%C3%A9");
    assert_eq!(
        header(Reply::redirect("https://hex.example/x?a=1&b=2%20")),
        "https://hex.example/x?a=1&b=2%20"
    );
}

#[tokio::test]
async fn redirects_are_pages() {
    let response = Reply::redirect("/x?a=\"&b='").answer(&head(&[]));
    assert_eq!(response.status(), 302);
    assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    insta::assert_snapshot!(std::str::from_utf8(&body).unwrap(), @r#"<html><body>You are being <a href="/x?a=%22&amp;b=&#39;">redirected</a>.</body></html>"#);
}
