use std::convert::Infallible;

use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, HeaderValue, Method};

use super::*;
use crate::api::client_address::ClientAddress;

const PATIENCE: Duration = Duration::from_secs(5);

fn head(headers: &[(&'static str, &str)]) -> Head {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, HeaderValue::from_str(value).unwrap());
    }
    let client = ClientAddress { ip: [192, 0, 2, 1].into(), forwarded: false };
    Head::new(Method::POST, map, "id".into(), client)
}

fn chunks(chunks: &'static [&'static str]) -> Body {
    Body::from_stream(stream::iter(
        chunks.iter().map(|chunk| Ok::<_, Infallible>(Bytes::from_static(chunk.as_bytes()))),
    ))
}

fn begin(body: Body, headers: &[(&'static str, &str)], limit: u64) -> Result<Upload, Error> {
    Upload::begin(RawBody::new(body).0, &head(headers), limit, PATIENCE)
}

fn refusal(headers: &[(&'static str, &str)]) -> String {
    begin(Body::empty(), headers, 16).err().map_or("none".into(), |error| error.to_string())
}

#[test]
fn refusals_by_length() {
    let waits = ("expect", "100-continue");
    assert_eq!(refusal(&[]), "none");
    assert_eq!(refusal(&[("content-length", "16")]), "none");
    assert_eq!(refusal(&[("content-length", "17")]), "422 Validation error(s); tar: too big");
    assert_eq!(refusal(&[("content-length", "44040192")]), "413 Payload too large");
    assert_eq!(refusal(&[waits, ("content-length", "44040192")]), "422 Validation error(s); tar: too big");
    assert_eq!(refusal(&[waits]), "411 length_required");
}

#[tokio::test]
async fn bodies_are_limited() {
    let upload = begin(chunks(&["abc", "", "def"]), &[], 6).unwrap();
    assert_eq!(upload.bytes().await.unwrap(), b"abcdef");
    let upload = begin(chunks(&["abc", "def"]), &[], 5).unwrap();
    assert_eq!(upload.bytes().await.unwrap_err().to_string(), "422 Validation error(s); tar: too big");
}

#[tokio::test]
async fn patience_ends() {
    let (body, _) = RawBody::new(Body::from_stream(stream::pending::<Result<Bytes, Infallible>>()));
    let mut upload = Upload::begin(body, &head(&[]), 6, Duration::ZERO).unwrap();
    assert_eq!(upload.chunk().await.unwrap_err().to_string(), "408 Request timeout");
}

#[test]
fn uploads_keep_a_pace() {
    let seconds = Duration::from_secs;
    assert!(PACE.is_kept(0, seconds(30)));
    assert!(!PACE.is_kept(31 * 2048 - 1, seconds(31)));
    assert!(PACE.is_kept(31 * 2048, seconds(31)));
    assert!(!PACE.is_kept(31 * 2048, seconds(60)));
}

/// A byte now and then, within the patience for each part, held a place for ten minutes.
#[tokio::test]
async fn trickling_ends() {
    let mut upload = begin(chunks(&["a", "b", "c"]), &[], 6).unwrap();
    upload.chunk().await.unwrap();
    upload.begun = upload.begun.map(|begun| begun - Duration::from_secs(31));
    assert_eq!(upload.chunk().await.unwrap_err().to_string(), "408 Request timeout");
}

#[tokio::test]
async fn broken_bodies_are_refused() {
    let body = Body::from_stream(stream::iter([Err::<Bytes, _>(std::io::Error::other("gone"))]));
    let mut upload = begin(body, &[], 6).unwrap();
    let error = upload.chunk().await.unwrap_err();
    assert_eq!(error.status, 400);
    assert!(error.internal.is_some());
}

/// A body that tells whether its end was reached.
fn watched() -> (Body, std::sync::Arc<std::sync::atomic::AtomicBool>) {
    let reached = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let at_end = reached.clone();
    let last = stream::once(async move {
        at_end.store(true, std::sync::atomic::Ordering::SeqCst);
        Ok::<_, Infallible>(Bytes::from_static(b"end"))
    });
    let first = stream::iter([Ok(Bytes::from_static(b"begin"))]);
    (Body::from_stream(futures::StreamExt::chain(first, last)), reached)
}

#[tokio::test]
async fn what_nobody_read_is_discarded() {
    for (expects_continue, read_some, discarded) in
        [(false, false, true), (false, true, true), (true, true, true), (true, false, false)]
    {
        let (body, reached) = watched();
        let (mut raw, leftover) = RawBody::new(body);
        if read_some {
            raw.chunk(PATIENCE).await.unwrap();
        }
        drop(raw);
        leftover.discard(expects_continue).await;
        assert_eq!(reached.load(std::sync::atomic::Ordering::SeqCst), discarded);
    }
}
