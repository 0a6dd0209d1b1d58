use std::future::{pending, ready};
use std::sync::atomic::{AtomicU32, Ordering};

use futures::FutureExt;
use futures::future::join_all;

use super::*;

/// The beginning of a window of both lengths.
const NOW: i64 = 1_893_456_000 * 1_000_000;
const MINUTE: i64 = 60 * 1_000_000;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn wrong() -> Result<(), Error> {
    Err(Error::unauthorized(WRONG_PASSWORD, "wrong"))
}

async fn fails(logins: &Logins, client: &str, account: &str, now: i64) -> String {
    logins.attempt(ip(client), account, now, ready(wrong())).await.unwrap_err().to_string()
}

#[tokio::test]
async fn an_address_has_twenty_failures() {
    let logins = Logins::default();
    for guess in 0..MAX_OF_ADDRESS {
        let client = format!("2001:db8::{guess}");
        assert_eq!(fails(&logins, &client, &guess.to_string(), NOW).await, "401 wrong");
    }
    let refused = "429 API rate limit exceeded for IP 2001:db8::77: too many wrong passwords. Try again in ";
    let text = fails(&logins, "2001:db8::77", "x", NOW).await;
    assert_eq!(text, format!("{refused}15 minutes, or use an API key"));
    let text = fails(&logins, "2001:db8::77", "x", NOW + 14 * MINUTE).await;
    assert_eq!(text, format!("{refused}1 minute, or use an API key"));
    assert_eq!(fails(&logins, "2001:db8:0:1::1", "x", NOW).await, "401 wrong");
    assert_eq!(fails(&logins, "2001:db8::77", "x", NOW + 15 * MINUTE).await, "401 wrong");
}

#[tokio::test]
async fn an_account_has_ten_failures() {
    let logins = Logins::default();
    for guess in 0..MAX_OF_ACCOUNT {
        let account = if guess % 2 == 0 { "Ärla" } else { "äRLA" };
        assert_eq!(fails(&logins, &format!("192.0.2.{guess}"), account, NOW).await, "401 wrong");
    }
    let refused = "429 API rate limit exceeded for this account: too many wrong passwords. \
                   Try again in 10 minutes, or use an API key";
    assert_eq!(fails(&logins, "192.0.2.77", "ärla", NOW).await, refused);
    assert_eq!(fails(&logins, "192.0.2.77", "arla", NOW).await, "401 wrong");
    assert_eq!(fails(&logins, "192.0.2.77", "ärla", NOW + 10 * MINUTE).await, "401 wrong");
}

#[tokio::test]
async fn nothing_but_wrong_passwords_counts() {
    let logins = Logins::default();
    for _ in 0..100 {
        logins.attempt(ip("192.0.2.1"), "x", NOW, ready(Ok(()))).await.unwrap();
        let deactivated = ready(Err::<(), _>(Error::bad_request()));
        logins.attempt(ip("192.0.2.1"), "x", NOW, deactivated).await.unwrap_err();
    }
    let failures = lock(&logins.failures);
    assert_eq!(failures.addresses.count(&ip("192.0.2.1")), 0);
    assert_eq!(failures.accounts.count(&Sha256::of(b"x")), 0);
}

#[tokio::test]
async fn a_success_takes_back_nothing_of_a_later_window() {
    let logins = Logins::default();
    let attempt = Attempt { client: ip("192.0.2.1"), account: Sha256::of(b"x"), now: NOW };
    lock(&logins.failures).begin(&attempt, attempt.client).unwrap();
    let later = Attempt { now: NOW + 15 * MINUTE, ..attempt };
    lock(&logins.failures).begin(&later, later.client).unwrap();
    lock(&logins.failures).take_back(&attempt);
    assert_eq!(lock(&logins.failures).addresses.count(&attempt.client), 1);
    lock(&logins.failures).take_back(&later);
    assert_eq!(lock(&logins.failures).addresses.count(&attempt.client), 0);
}

#[tokio::test]
async fn many_at_once_are_not_more_than_one_after_another() {
    let logins = Logins::default();
    let tried = Arc::new(AtomicU32::new(0));
    let attempts = (0..100).map(|_| {
        let tried = tried.clone();
        logins.attempt(ip("192.0.2.1"), "x", NOW, async move {
            tried.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            wrong()
        })
    });
    let answers = join_all(attempts).await;
    assert_eq!(answers.iter().filter(|answer| answer.as_ref().unwrap_err().status == 429).count(), 90);
    assert_eq!(tried.load(Ordering::SeqCst), MAX_OF_ACCOUNT);
}

#[tokio::test]
async fn going_away_does_not_help() {
    let logins = Logins::default();
    for _ in 0..AT_ONCE {
        let login = pending::<Result<(), Error>>();
        assert!(logins.attempt(ip("192.0.2.1"), "x", NOW, login).now_or_never().is_none());
    }
    assert_eq!(logins.places.available_permits(), 0);
    assert_eq!(lock(&logins.failures).addresses.count(&ip("192.0.2.1")), AT_ONCE as u32);
}

#[test]
fn accounts_in_headers() {
    let shown = |header: &str| account(header.as_bytes());
    let basic = |text: &str| shown(&format!("Basic {}", BASE64_STANDARD.encode(text)));
    assert_eq!(basic("alice:secret").as_deref(), Some("alice"));
    assert_eq!(basic("alice:se:cret").as_deref(), Some("alice"));
    assert_eq!(shown("Basic  YWxpY2U6c2VjcmV0 ").as_deref(), Some("alice"));
    assert_eq!(basic("alice").as_deref(), Some(""));
    assert_eq!(shown("Basic ???").as_deref(), Some(""));
    assert_eq!(account(b"Basic \xff").as_deref(), Some(""));
    for other in ["", "Basic", "basic YWxpY2U6c2VjcmV0", "Bearer x", "0123456789abcdef"] {
        assert_eq!(shown(other), None, "{other}");
    }
}
