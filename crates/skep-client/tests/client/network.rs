//! What goes wrong on the way is tried again, if that can do no harm.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use skep_client::TransportError;
use skep_client::api::{Api, ApiError, Credential};
use skep_client::network::{NetworkSettings, Progress, Proxies, ProxyAddress};
use skep_client::repository::RepositoryError;
use skep_client::secret::Secret;
use skep_client::server::ApiUrl;

use crate::mock::{Answer, Mock};
use crate::support::{bytes, foo, network, package, public, settings, through};

/// Answers with `first` so many times, then with `then`.
fn flaky(times: usize, first: Answer, then: Answer) -> Mock {
    let count = AtomicUsize::new(0);
    Mock::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        n if n < times => first.clone(),
        _ => then.clone(),
    })
}

fn good() -> Answer {
    Answer::new(200, package(b"tar"))
}

#[tokio::test]
async fn a_server_that_is_busy_for_a_moment() {
    for status in [429, 500, 502, 503, 504] {
        let mock = flaky(2, Answer::new(status, "").with("retry-after", "0"), good());
        public(&mock).package(&foo()).await.unwrap();
        assert_eq!(mock.requests().len(), 3, "{status}");
    }
}

#[tokio::test]
async fn a_server_that_stays_busy() {
    let mock = Mock::start(|_| Answer::new(503, ""));
    let error = public(&mock).package(&foo()).await.unwrap_err();
    assert!(matches!(error, RepositoryError::Status { status: 503, .. }), "{error}");
    assert_eq!(mock.requests().len(), 4);
    // Nobody waits for an hour.
    let mock = Mock::start(|_| Answer::new(503, "").with("retry-after", "3600"));
    public(&mock).package(&foo()).await.unwrap_err();
    assert_eq!(mock.requests().len(), 1);
}

#[tokio::test]
async fn a_connection_that_breaks() {
    let mock = flaky(2, good().cut_at(10), good());
    public(&mock).package(&foo()).await.unwrap();
    assert_eq!(mock.requests().len(), 3);
    let mock = Mock::start(|_| good().cut_at(0));
    let error = public(&mock).package(&foo()).await.unwrap_err();
    assert!(matches!(error, RepositoryError::Transport(TransportError::Connection { .. })), "{error}");

    let me = serde_json::json!({"username": "eric"});
    let mock = flaky(1, Answer::json(200, me.clone()).cut_at(3), Answer::json(200, me));
    let api = Api::new(network(), ApiUrl::parse(&mock.url("/api")).unwrap(), Credential::Anonymous);
    assert_eq!(api.me().await.unwrap().username, "eric");
}

#[tokio::test]
async fn a_connection_that_stands_still() {
    let settings = NetworkSettings { idle: Duration::from_millis(50), ..settings() };
    let mock = flaky(2, Answer { stalls: true, ..good().cut_at(10) }, good());
    through(&settings, &mock.url("/repo")).package(&foo()).await.unwrap();
    let mock = Mock::start(|_| Answer { stalls: true, ..good().cut_at(10) });
    let error = through(&settings, &mock.url("/repo")).package(&foo()).await.unwrap_err();
    assert!(matches!(error, RepositoryError::Transport(TransportError::Idle { .. })), "{error}");
}

#[tokio::test]
async fn nothing_is_published_twice() {
    let published = || Answer::json(201, serde_json::json!({"version": "1.0.0"}));
    let publish = async |mock: &Mock| {
        let api = Api::new(network(), ApiUrl::parse(&mock.url("/api")).unwrap(), Credential::Anonymous);
        api.publish(None, &foo(), bytes(0).into(), false, &Progress::default()).await
    };
    for (answer, requests) in [
        // The server says that it did not take it.
        (Answer::new(429, "").with("retry-after", "0"), 2),
        (Answer::new(503, "").with("retry-after", "0"), 2),
        // It may have.
        (Answer::new(503, ""), 1),
        (Answer::new(500, "").with("retry-after", "0"), 1),
        (Answer::new(502, ""), 1),
        (published().cut_at(3), 1),
    ] {
        let status = answer.status;
        let mock = flaky(1, answer, published());
        assert_eq!(publish(&mock).await.is_ok(), requests == 2, "{status}");
        assert_eq!(mock.requests().len(), requests, "{status}");
        assert!(mock.requests().iter().all(|request| request.body == bytes(0)), "{status}");
    }
}

/// Servers decide by the head of a request, and some do not want to see the rest.
#[tokio::test]
async fn a_refusal_is_heard_before_everything_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/api", listener.local_addr().unwrap());
    // Nobody waits for this thread: it reads as long as the client sends, which is until this test's engine ends.
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut seen = [0; 4096];
        assert!(stream.read(&mut seen).unwrap() > 0);
        let body = r#"{"message":"invalid API key"}"#;
        let head = format!("HTTP/1.1 401 No\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        // What is on its way is read, or the client would lose the answer.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let api = Api::new(network(), ApiUrl::parse(&base).unwrap(), Credential::Anonymous);
    let large = vec![0; 16 << 20];
    let error = api.publish(None, &foo(), large.into(), false, &Progress::default()).await.unwrap_err();
    assert_eq!(error.status(), Some(401), "{error}");
}

#[tokio::test]
async fn an_upload_tells_how_far_it_is() {
    let mock = Mock::start(|_| Answer::json(201, serde_json::json!({"version": "1.0.0"})));
    let api = Api::new(network(), ApiUrl::parse(&mock.url("/api")).unwrap(), Credential::Anonymous);
    let last = Arc::new(AtomicUsize::new(0));
    let progress = Progress::new({
        let last = last.clone();
        move |done, total| {
            assert_eq!(total, Some(300_000));
            assert!(last.swap(done as usize, Ordering::SeqCst) < done as usize);
        }
    });
    api.publish(None, &foo(), bytes(0).into(), false, &progress).await.unwrap();
    assert_eq!(last.load(Ordering::SeqCst), 300_000);
}

#[tokio::test]
async fn no_more_at_once_than_allowed() {
    let (now, most) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    let (pair, seen) = (Barrier::new(2), most.clone());
    let mock = Mock::start(move |_| {
        seen.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        // Two have to be here at once, or nobody goes on.
        pair.wait();
        now.fetch_sub(1, Ordering::SeqCst);
        good()
    });
    let repository = through(&NetworkSettings { concurrency: 2, ..settings() }, &mock.url("/repo"));
    let package = foo();
    let all = (0..6).map(|_| repository.package(&package));
    futures::future::try_join_all(all).await.unwrap();
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn proxies() {
    let proxy = Mock::start(|_| good());
    let address = |url: String| Some(ProxyAddress { origin: "http_proxy".to_owned(), url });
    let with = |none_for: Option<&str>, url: String| {
        let proxies = Proxies { http: address(url), https: None, none_for: none_for.map(str::to_owned) };
        NetworkSettings { proxies, ..settings() }
    };
    let url = proxy.url("").replace("http://", "http://eric:secret@");
    through(&with(None, url.clone()), "http://hex.invalid/repo").package(&foo()).await.unwrap();
    let request = &proxy.requests()[0];
    assert_eq!(request.target, "http://hex.invalid/repo/packages/foo");
    assert_eq!(request.header("proxy-authorization"), Some("Basic ZXJpYzpzZWNyZXQ="));

    let server = Mock::start(|_| good());
    for none_for in ["127.0.0.1", "localhost, 127.0.0.0/8", "*"] {
        through(&with(Some(none_for), url.clone()), &server.url("/repo")).package(&foo()).await.unwrap();
    }
    assert_eq!((proxy.requests().len(), server.requests().len()), (1, 3));
    through(&with(Some("*.example.com"), url), &server.url("/repo")).package(&foo()).await.unwrap();
    assert_eq!((proxy.requests().len(), server.requests().len()), (2, 3));

    let error = skep_client::network::Network::new(&with(None, "ftp://eric:secret@proxy".to_owned()));
    let told = error.err().unwrap().to_string();
    assert_eq!(told, "http_proxy is not the address of a proxy such as http://proxy.example.com:3128");
}

#[tokio::test]
async fn the_address_of_the_new_internet() {
    let Ok(mock) = Mock::start_at("[::1]:0", |_| good()) else {
        return eprintln!("SKIPPED: this machine has no IPv6");
    };
    assert!(mock.url("").starts_with("http://[::1]:"), "{}", mock.url(""));
    public(&mock).package(&foo()).await.unwrap();
}

#[tokio::test]
async fn without_a_network() {
    let mock = Mock::start(|_| good());
    let settings = NetworkSettings { offline: true, ..settings() };
    let error = through(&settings, &mock.url("/repo")).package(&foo()).await.unwrap_err();
    assert!(error.to_string().contains("HEX_OFFLINE"), "{error}");
    let network = skep_client::network::Network::new(&settings).unwrap();
    let key = Credential::Key(Secret::new("KEY"));
    let error = Api::new(network, ApiUrl::parse(&mock.url("/api")).unwrap(), key).me().await.unwrap_err();
    assert!(matches!(error, ApiError::Transport(TransportError::Offline { .. })), "{error}");
    assert!(mock.requests().is_empty());
}

#[tokio::test]
async fn a_build_server_says_so() {
    let mock = Mock::start(|_| good());
    through(&NetworkSettings { ci: true, ..settings() }, &mock.url("/repo")).package(&foo()).await.unwrap();
    assert!(mock.requests()[0].header("user-agent").unwrap().ends_with(" (CI)"));
    public(&mock).package(&foo()).await.unwrap();
    assert!(!mock.requests()[1].header("user-agent").unwrap().contains("CI"));
}
