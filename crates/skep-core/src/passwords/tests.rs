use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use super::*;

#[tokio::test]
async fn only_the_password_that_was_hashed_is_right() {
    let passwords = Passwords::new(true);
    let hash = passwords.hash("correct horse".to_owned()).await.unwrap();
    let verify = |password: &str, hash: Option<&str>| {
        passwords.verify(password.to_owned(), hash.map(ToOwned::to_owned))
    };
    assert!(verify("correct horse", Some(&hash)).await.unwrap());
    assert!(!verify("correct horses", Some(&hash)).await.unwrap());
    assert!(!verify("correct horse", None).await.unwrap());
    assert!(!verify("correct horse", Some("not a hash")).await.unwrap());
    let long = "x".repeat(MAX_BYTES + 1);
    let hash = passwords.hash(long.clone()).await.unwrap();
    assert!(!verify(&long, Some(&hash)).await.unwrap());
}

#[tokio::test]
async fn nobody_logs_in_with_the_password_of_the_decoy() {
    let passwords = Passwords::new(true);
    assert!(!passwords.verify("decoy".to_owned(), None).await.unwrap());
}

/// The time of the fastest of some logins.
async fn time(passwords: &Passwords, hash: Option<&str>) -> Duration {
    let mut fastest = Duration::MAX;
    for _ in 0..5 {
        let begun = Instant::now();
        assert!(!passwords.verify("wrong".to_owned(), hash.map(ToOwned::to_owned)).await.unwrap());
        fastest = fastest.min(begun.elapsed());
    }
    fastest
}

/// Unknown accounts were answered a hundred times faster than known ones.
#[tokio::test]
async fn the_time_does_not_tell_whether_there_is_an_account() {
    let passwords = Passwords::new(false);
    let hash = passwords.hash("correct horse".to_owned()).await.unwrap();
    let (known, unknown) = (time(&passwords, Some(&hash)).await, time(&passwords, None).await);
    assert!(unknown > known / 4, "known: {known:?}, unknown: {unknown:?}");
}

/// A caller that goes away leaves its hash behind, which goes on to need memory until it is done.
#[tokio::test]
async fn a_hash_that_nobody_waits_for_keeps_its_place() {
    let passwords = Passwords::new(true);
    let (finish, finished) = std::sync::mpsc::channel::<()>();
    let mut abandoned = Box::pin(passwords.blocking(move || finished.recv()));
    assert!(abandoned.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(abandoned);
    assert_eq!(passwords.permits.available_permits(), AT_ONCE - 1);
    finish.send(()).unwrap();
    let _all = passwords.permits.acquire_many(AT_ONCE as u32).await.unwrap();
}
