//! What goes wrong on the way is tried again, if that can do no harm.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use skep_client::TransportError;
use skep_client::api::{Api, ApiError, Credential};
use skep_client::network::{Network, NetworkSettings, Progress, Proxies, ProxyAddress};
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
    assert_eq!(mock.requests().len(), 3);
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
    let settings = NetworkSettings { idle: Duration::from_millis(500), ..settings() };
    let mock = flaky(2, Answer { stalls: true, ..good().cut_at(10) }, good());
    through(&settings, &mock.url("/repo")).package(&foo()).await.unwrap();
    let mock = Mock::start(|_| Answer { stalls: true, ..good().cut_at(10) });
    let error = through(&settings, &mock.url("/repo")).package(&foo()).await.unwrap_err();
    assert!(matches!(error, RepositoryError::Transport(TransportError::Idle { .. })), "{error}");
}

#[tokio::test]
async fn waiting_for_ever() {
    let settings = NetworkSettings { idle: Duration::MAX, upload: Duration::MAX, ..settings() };
    through(&settings, &flaky(0, good(), good()).url("/repo")).package(&foo()).await.unwrap();
}

/// A server that takes connections and says nothing.
fn silent() -> Mock {
    Mock::start(|_| Answer { stalls: true, ..good().before_the_head() })
}

#[tokio::test]
async fn a_server_that_never_answers() {
    static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let settings = NetworkSettings {
        idle: Duration::from_secs(1),
        retrying: |text| TOLD.lock().unwrap().push(text.to_owned()),
        ..settings()
    };
    let mock = silent();
    let error = through(&settings, &mock.url("/repo")).package(&foo()).await.unwrap_err().to_string();
    let url = mock.url("/repo/packages/foo");
    assert_eq!(error, format!("no answer from {url} for 1 s: HEX_HTTP_TIMEOUT=SECONDS waits longer"));
    assert_eq!(mock.await_requests(3).len(), 3);
    let host = mock.url("").replace("http://", "");
    let again = |attempt| format!("no answer from {host} for 1 s, trying again ({attempt}/3)");
    assert_eq!(*TOLD.lock().unwrap(), [again(2), again(3)]);
}

/// What changes something may have been done, so it is neither repeated nor called undone.
#[tokio::test]
async fn a_server_that_never_says_whether_it_did_it() {
    let settings = NetworkSettings { idle: Duration::from_secs(1), ..settings() };
    let mock = silent();
    let api = ApiUrl::parse(&mock.url("/api")).unwrap();
    let api = Api::new(Network::new(&settings), api, Credential::Anonymous);
    let error = api.add_email("eric@example.com").await.unwrap_err().to_string();
    assert!(error.ends_with("; it may have been done all the same"), "{error}");
    assert_eq!(mock.await_requests(1).len(), 1);
    // Uploads have longer.
    let settings = NetworkSettings { upload: Duration::from_secs(1), ..crate::support::settings() };
    let api = Api::new(Network::new(&settings), api.base().clone(), Credential::Anonymous);
    let error = api.publish(None, &foo(), bytes(0).into(), false, &Progress::default()).await.unwrap_err();
    assert!(error.to_string().contains("no answer from"), "{error}");
    assert_eq!(mock.await_requests(2).len(), 2);
}

#[tokio::test]
async fn what_is_told_of_trying_again() {
    static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let settings =
        NetworkSettings { retrying: |text| TOLD.lock().unwrap().push(text.to_owned()), ..settings() };
    let count = AtomicUsize::new(0);
    let mock = Mock::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Answer::new(503, "").with("retry-after", "1"),
        1 => good().cut_at(3),
        _ => good(),
    });
    through(&settings, &mock.url("/repo")).package(&foo()).await.unwrap();
    let host = mock.url("").replace("http://", "");
    assert_eq!(
        *TOLD.lock().unwrap(),
        [
            format!("{host} answers 503, trying again in 1 s (2/3)"),
            "the connection broke in the middle of the answer, trying again (3/3)".to_owned(),
        ]
    );
}

/// A server that sends a byte now and then would hold a command for ever.
#[tokio::test]
async fn a_server_that_drips() {
    let settings = NetworkSettings { idle: Duration::from_secs(1), ..settings() };
    let mock = Mock::start(|_| Answer { drips: Some(Duration::from_millis(300)), ..good() });
    let error = through(&settings, &mock.url("/repo")).package(&foo()).await.unwrap_err();
    // A machine that is busy may make a pause out of two drops.
    let slow = matches!(
        error,
        RepositoryError::Transport(TransportError::Slow { bytes: ..10, .. } | TransportError::Idle { .. })
    );
    assert!(slow, "{error}");
}

#[tokio::test]
async fn what_can_not_be_taken_up_again_is_not_fetched_for_ever() {
    let mock = Mock::start(|_| Answer::new(200, bytes(0)).cut_at(100_000));
    let error = public(&mock).docs(&foo(), "1.0.0").await.unwrap_err();
    assert!(matches!(error, RepositoryError::Transport(TransportError::Connection { .. })), "{error}");
    assert_eq!(mock.requests().len(), 3);
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

    let settings = with(None, "ftp://eric:secret@proxy".to_owned());
    let told = through(&settings, &server.url("/repo")).package(&foo()).await.unwrap_err().to_string();
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
    let network = Network::new(&settings);
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

/// A port on which nobody listens.
fn nobody() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

async fn failure(settings: &NetworkSettings, url: &str) -> String {
    through(settings, &format!("{url}/repo")).package(&foo()).await.unwrap_err().to_string()
}

#[tokio::test]
async fn failures_are_told_in_one_plain_sentence() {
    let port = nobody();
    assert_eq!(
        failure(&settings(), &format!("http://127.0.0.1:{port}")).await,
        format!(
            "cannot reach http://127.0.0.1:{port}/repo/packages/foo: connection to 127.0.0.1:{port} refused"
        )
    );
    assert_eq!(
        failure(&settings(), "https://hex.invalid").await,
        "cannot reach https://hex.invalid/repo/packages/foo: cannot resolve host hex.invalid"
    );
    // It takes the connection, but says nothing to begin TLS with.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap();
    let hasty = NetworkSettings { connect: Duration::from_millis(100), ..settings() };
    assert_eq!(
        failure(&hasty, &format!("https://{host}")).await,
        format!(
            "cannot reach https://{host}/repo/packages/foo: {host} did not take the connection within 0 s"
        )
    );
    let mock = Mock::start(|_| good().before_the_head());
    let host = mock.url("").replace("http://", "");
    assert_eq!(
        failure(&settings(), &mock.url("")).await,
        format!(
            "cannot reach http://{host}/repo/packages/foo: {host} closed the connection without an answer"
        )
    );
    let ssh = Mock::start(|_| Answer { raw: true, ..Answer::new(200, "SSH-2.0-OpenSSH_9.6\r\n") });
    let told = failure(&settings(), &ssh.url("")).await;
    assert!(told.ends_with(" does not speak HTTP"), "{told}");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
            let _ = stream.read_to_end(&mut Vec::new());
        }
    });
    let told = failure(&settings(), &url).await;
    assert!(told.ends_with(" does not speak TLS: its address may begin with http://"), "{told}");
}

#[tokio::test]
async fn a_proxy_is_named_with_what_names_it_and_without_its_password() {
    let with = |port: u16, user: &str| {
        let address = |origin: &str| {
            let url = format!("http://{user}127.0.0.1:{port}");
            Some(ProxyAddress { origin: origin.to_owned(), url })
        };
        let proxies = Proxies { http: address("HTTP_PROXY"), https: address("HTTPS_PROXY"), none_for: None };
        NetworkSettings { proxies, ..settings() }
    };
    let port = nobody();
    for (scheme, origin) in [("http", "HTTP_PROXY"), ("https", "HTTPS_PROXY")] {
        assert_eq!(
            failure(&with(port, "eric:secret@"), &format!("{scheme}://hex.invalid")).await,
            format!(
                "cannot reach {scheme}://hex.invalid/repo/packages/foo: connection to the proxy \
                 http://127.0.0.1:{port} (from {origin}) refused"
            )
        );
    }
    let mut unknown = with(port, "");
    unknown.proxies.http.as_mut().unwrap().url = "http://eric:secret@proxy.invalid:3128".to_owned();
    let told = failure(&unknown, "http://hex.invalid").await;
    assert!(
        told.ends_with(": cannot resolve the host of the proxy http://proxy.invalid:3128 (from HTTP_PROXY)"),
        "{told}"
    );
    // It does not let everybody through.
    let proxy = Mock::start(|_| Answer::new(407, "").with("proxy-authenticate", "Basic realm=\"x\""));
    let port = proxy.url("").rsplit(':').next().unwrap().parse().unwrap();
    for scheme in ["http", "https"] {
        let told = failure(&with(port, ""), &format!("{scheme}://hex.invalid")).await;
        assert!(
            told.ends_with(" wants a user and a password: http://USER:PASSWORD@HOST:PORT has them"),
            "{told}"
        );
        let told = failure(&with(port, "eric:secret@"), &format!("{scheme}://hex.invalid")).await;
        assert!(told.ends_with(" does not accept the user and password in its address"), "{told}");
        assert!(!told.contains("secret"), "{told}");
    }
    let proxy = Mock::start(|_| Answer::new(403, ""));
    let port = proxy.url("").rsplit(':').next().unwrap().parse().unwrap();
    let told = failure(&with(port, ""), "https://hex.invalid").await;
    assert!(told.ends_with("(from HTTPS_PROXY) refuses to connect to hex.invalid:443"), "{told}");
    // What is reached without it is not its fault.
    let mut without = with(nobody(), "");
    without.proxies.none_for = Some("127.0.0.0/8".to_owned());
    let port = nobody();
    let told = failure(&without, &format!("http://127.0.0.1:{port}")).await;
    assert!(told.ends_with(&format!(": connection to 127.0.0.1:{port} refused")), "{told}");
}

/// What a server asks for may be anything.
#[tokio::test]
async fn absurd_wishes_of_a_server() {
    for absurd in ["99999999999999999999", "-1", "soon", "Fri, 31 Dec 9999 23:59:59 GMT", ""] {
        let mock = Mock::start(move |_| Answer::new(429, "").with("retry-after", absurd));
        let error = public(&mock).package(&foo()).await.unwrap_err();
        assert!(matches!(error, RepositoryError::Status { status: 429, .. }), "{absurd}: {error}");
    }
    let past = flaky(1, Answer::new(503, "").with("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"), good());
    public(&past).package(&foo()).await.unwrap();
}
