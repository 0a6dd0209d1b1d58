use std::convert::Infallible;

use axum::body::Body;
use bytes::Bytes;
use futures::{FutureExt, StreamExt, stream};
use http::{HeaderMap, HeaderValue, Method};

use super::*;
use crate::api::client_address::ClientAddress;

const PATIENCE: Duration = Duration::from_secs(3600);

fn head() -> Head {
    let headers =
        HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    let client = ClientAddress { ip: [192, 0, 2, 1].into(), forwarded: false };
    Head::new(Method::POST, headers, "id".into(), client)
}

fn large(places: usize) -> LargeBodies {
    LargeBodies { places: Semaphore::new(places), wait: Duration::ZERO, deadline: PATIENCE }
}

/// A good body of so many bytes, in parts.
fn body(bytes: usize) -> RawBody {
    let bytes = Bytes::from(format!("{{}}{}", " ".repeat(bytes - 2)));
    let parts = (0..bytes.len()).step_by(10_000).map(move |at| bytes.slice(at..bytes.len().min(at + 10_000)));
    RawBody::new(Body::from_stream(stream::iter(parts.map(Ok::<_, Infallible>)))).0
}

/// A body that stalls after so many bytes.
fn stalled(bytes: usize) -> RawBody {
    let begun = stream::iter([Ok::<_, Infallible>(Bytes::from(vec![b' '; bytes]))]);
    RawBody::new(Body::from_stream(begun.chain(stream::pending()))).0
}

#[tokio::test]
async fn small_bodies_need_no_place() {
    let large = large(0);
    let read = read(&head(), body(MAX_FREE_BYTES), PATIENCE, &large).await.unwrap();
    assert!(read.place.is_none());
}

#[tokio::test]
async fn large_bodies_need_one_of_few_places() {
    let large = large(2);
    let head = head();
    let first = read(&head, body(MAX_FREE_BYTES + 1), PATIENCE, &large).await.unwrap();
    let mut second = Box::pin(read(&head, stalled(MAX_FREE_BYTES + 1), PATIENCE, &large));
    assert!((&mut second).now_or_never().is_none());
    let refused = read(&head, body(MAX_FREE_BYTES + 1), PATIENCE, &large).await.err().unwrap();
    assert_eq!(refused.to_string(), "503 too many large requests are under way, try again later");
    assert_eq!(refused.code, "busy");
    drop(second);
    let second = read(&head, body(MAX_PARSED_BYTES), PATIENCE, &large).await.unwrap();
    assert_eq!(large.places.available_permits(), 0);
    drop((first, second));
    assert_eq!(large.places.available_permits(), 2);
}

#[tokio::test]
async fn bodies_have_a_deadline() {
    let large = LargeBodies { deadline: Duration::ZERO, ..LargeBodies::default() };
    let refused = read(&head(), stalled(1), PATIENCE, &large).await.err().unwrap();
    assert_eq!(refused.to_string(), "408 Request timeout");
}
