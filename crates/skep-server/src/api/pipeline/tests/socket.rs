//! What only a real connection shows: `100 Continue`, and answers to clients that are still sending.

use std::net::SocketAddr;

use axum::Router;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::toy;

async fn connect() -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().fallback_service(toy::api());
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    TcpStream::connect(address).await.unwrap()
}

fn head(line: &str, headers: &str) -> String {
    format!("{line} HTTP/1.1\r\nhost: x\r\nuser-agent: toy\r\nconnection: close\r\n{headers}\r\n")
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn the_body_is_asked_for_when_it_is_read() {
    let mut stream = connect().await;
    let headers = "content-length: 5\r\nexpect: 100-continue\r\n";
    stream.write_all(head("POST /api/publish", headers).as_bytes()).await.unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).await.unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"hello").await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(r#""bytes":5"#), "{answer}");
}

#[tokio::test]
async fn refused_uploads_are_not_asked_for() {
    for (line, credential, status) in [
        ("POST /api/refused", "user", "403"),
        ("POST /api/publish", "wrong", "401"),
        ("POST /api/nothing", "user", "404"),
    ] {
        let mut stream = connect().await;
        let headers = format!("authorization: {credential}\r\ncontent-length: 5\r\nexpect: 100-continue\r\n");
        stream.write_all(head(line, &headers).as_bytes()).await.unwrap();
        let answer = rest(&mut stream).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
}

#[tokio::test]
async fn unannounced_or_too_large_uploads_are_not_asked_for() {
    for (headers, status) in
        [("transfer-encoding: chunked\r\n", "411"), ("content-length: 16777217\r\n", "422")]
    {
        let mut stream = connect().await;
        let head = head("POST /api/publish", &format!("{headers}expect: 100-continue\r\n"));
        stream.write_all(head.as_bytes()).await.unwrap();
        let answer = rest(&mut stream).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
}

#[tokio::test]
async fn a_client_that_sends_anyway_sees_the_answer() {
    let mut stream = connect().await;
    let size = 44_040_192;
    stream
        .write_all(head("POST /api/publish", &format!("content-length: {size}\r\n")).as_bytes())
        .await
        .unwrap();
    let part = vec![0; 1 << 20];
    for _ in 0..size / part.len() {
        stream.write_all(&part).await.unwrap();
    }
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn head_has_the_length_of_get() {
    let mut stream = connect().await;
    stream.write_all(head("HEAD /api/packages/x", "").as_bytes()).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.contains("content-length: 38\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
}
