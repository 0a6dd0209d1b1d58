use std::future::{pending, ready};
use std::sync::atomic::{AtomicU32, Ordering};

use futures::FutureExt;
use futures::future::join_all;

use super::*;

/// The beginning of a window of both lengths.
const NOW: i64 = 1_893_456_000 * 1_000_000;
const MINUTE: i64 = 60 * 1_000_000;

fn ip(text: &str) -> Option<IpAddr> {
    Some(text.parse().unwrap())
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
    for guess in 0..OF_ADDRESS.failures {
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
    for guess in 0..OF_ACCOUNT.failures {
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
    assert_eq!(logins.attempts.check(ip("192.0.2.1"), &Sha256::of(b"x"), NOW), Ok(()));
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
    assert_eq!(tried.load(Ordering::SeqCst), OF_ACCOUNT.failures);
}

#[tokio::test]
async fn going_away_does_not_help() {
    let logins = Logins::default();
    for _ in 0..AT_ONCE {
        let login = pending::<Result<(), Error>>();
        assert!(logins.attempt(ip("192.0.2.1"), "x", NOW, login).now_or_never().is_none());
    }
    assert_eq!(logins.places.available_permits(), 0);
    for _ in AT_ONCE..OF_ACCOUNT.failures as usize {
        let _failed = logins.attempts.begin(ip("192.0.2.1"), Sha256::of(b"x"), NOW).unwrap();
    }
    assert!(logins.attempts.check(ip("192.0.2.1"), &Sha256::of(b"x"), NOW).is_err());
}
