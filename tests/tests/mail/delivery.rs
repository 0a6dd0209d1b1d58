//! What becomes of mail when the mail server, or the one that sends, fails.

use std::time::Duration;

use serde_json::json;
use skep_testkit::{Answers, Engine, MailServer, MailTo, Options, TestServer};

use crate::{PASSWORD, lines, sign_up};

/// Longer than any pause.
const LONG: Duration = Duration::from_secs(2 * 60);

async fn server_with(engine: Engine, mail: &MailServer) -> TestServer {
    let options = Options { mail: MailTo::Smtp(mail.address(), None), ..Options::default() };
    TestServer::start_with(engine, options).await
}

macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test]
            async fn sqlite() {
                super::$name(skep_testkit::Engine::Sqlite).await;
            }

            #[tokio::test]
            async fn postgres() {
                if !skep_testkit::Engine::Postgres.is_left_out() {
                    super::$name(skep_testkit::Engine::Postgres).await;
                }
            }
        }
    )+};
}

on_both!(
    mail_is_sent,
    a_mail_server_that_fails_fails_no_request,
    a_mail_whose_fate_is_unknown_is_sent_again_under_the_same_id,
    a_server_that_dies_loses_no_mail,
    a_mail_is_given_up_in_the_end_and_the_operator_sees_it,
    what_comes_too_late_is_not_sent,
);

async fn mail_is_sent(engine: Engine) {
    let mut mail = MailServer::start(Answers::Takes).await;
    let server = server_with(engine, &mail).await;
    let alice = sign_up(&server, "alice", "alice@example.com").await;
    let sent = mail.receive().await;
    assert_eq!((&*sent.to, &*sent.subject), ("alice@example.com", "Skep - Email verification"));
    assert!(
        sent.raw.contains("\r\nFrom: Skep <skep@localhost>\r\n")
            || sent.raw.starts_with("From: Skep <skep@localhost>\r\n")
    );
    let body = json!({ "email": "alice@example.com", "key": sent.key() });
    server.anonymous().post("/api/users/alice/verify", &body).await.expect_status(204);
    alice.get("/api/users/me").await.expect_status(200);
}

async fn a_mail_server_that_fails_fails_no_request(engine: Engine) {
    for failure in [Answers::Refuses, Answers::Nonsense] {
        let mut mail = MailServer::start(failure).await;
        let server = server_with(engine, &mail).await;
        sign_up(&server, "alice", "alice@example.com").await;
        mail.asked().await;
        let failed = until_failed(&server).await;
        assert_eq!(failed.attempts, 1, "{failed:?}");
        mail.set(Answers::Takes);
        server.clock().advance(LONG);
        assert_eq!(mail.receive().await.to, "alice@example.com");
    }
}

/// The only mail that waits, once an attempt has failed.
async fn until_failed(server: &TestServer) -> skep_core::mail::operator::WaitingMail {
    loop {
        let mut waiting = server.waiting_mail().await;
        assert_eq!(waiting.len(), 1, "{waiting:?}");
        if waiting[0].last_error.is_some() {
            return waiting.remove(0);
        }
        tokio::task::yield_now().await;
    }
}

async fn a_mail_whose_fate_is_unknown_is_sent_again_under_the_same_id(engine: Engine) {
    let mut mail = MailServer::start(Answers::VanishesAtTheEnd).await;
    let server = server_with(engine, &mail).await;
    sign_up(&server, "alice", "alice@example.com").await;
    let first = mail.receive().await;
    until_failed(&server).await;
    mail.set(Answers::Takes);
    server.clock().advance(LONG);
    let second = mail.receive().await;
    assert_eq!(first.message_id, second.message_id);
    assert_eq!(first.key(), second.key());
}

async fn a_server_that_dies_loses_no_mail(engine: Engine) {
    let server = TestServer::start(engine).await;
    sign_up(&server, "alice", "alice@example.com").await;
    sign_up(&server, "bob", "bob@example.com").await;
    // One takes them, and is never heard of again.
    let taken = server.operate(|core| async move {
        core.claim_mail("http://lost").await.map(|taken| taken.len()).unwrap_or(0)
    });
    assert_eq!(taken.await, 2);
    assert!(server.mails().await.is_empty());
    server.clock().advance(Duration::from_secs(6 * 60));
    let mails = server.mails().await;
    assert_eq!(
        lines(&mails),
        ["alice@example.com: Skep - Email verification", "bob@example.com: Skep - Email verification"]
    );
    assert!(server.waiting_mail().await.is_empty());
}

async fn a_mail_is_given_up_in_the_end_and_the_operator_sees_it(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.create_user("alice", PASSWORD).await;
    let alice = server.anonymous().with_password("alice", PASSWORD);
    alice.post("/api/keys", &json!({ "name": "ci" })).await.expect_status(201);
    for attempt in 1..=10 {
        let fail = server.operate(|core| async move {
            let taken = core.claim_mail("http://here").await.map_err(|e| e.to_string())?;
            let failed = |mail| (mail, skep_core::mail::delivery::Outcome::Failed("no\r\nway".into()));
            let outcomes: Vec<_> = taken.into_iter().map(failed).collect();
            core.settle_mail(&outcomes).await.map_err(|e| e.to_string())?;
            Ok::<_, String>(outcomes.len())
        });
        assert_eq!(fail.await.expect("it is there"), 1);
        assert!(server.mails().await.is_empty(), "a pause comes first");
        // The last pause is a day long, the one before it half of one.
        let hours = if attempt == 9 { 24 } else { 12 };
        server.clock().advance(Duration::from_secs(hours * 60 * 60));
    }
    server.clock().advance(Duration::from_secs(24 * 60 * 60));
    assert!(server.mails().await.is_empty());
    let waiting = server.waiting_mail().await;
    assert_eq!(waiting.len(), 1);
    assert_eq!((waiting[0].attempts, waiting[0].next_attempt_at), (10, None));
    assert_eq!(waiting[0].last_error.as_deref(), Some("no  way"));
    let id = waiting[0].id;
    let retry = server.operate(move |core| async move { core.operator_retry_mail(Some(id)).await.ok() });
    assert_eq!(retry.await, Some(1));
    assert_eq!(server.mails().await.len(), 1);
    assert!(server.waiting_mail().await.is_empty());
}

async fn what_comes_too_late_is_not_sent(engine: Engine) {
    let server = TestServer::start(engine).await;
    sign_up(&server, "alice", "alice@example.com").await;
    server.clock().advance(Duration::from_secs(24 * 60 * 60));
    assert!(server.mails().await.is_empty());
    assert_eq!(server.waiting_mail().await[0].last_error.as_deref(), Some("it was too late to send it"));
    server.clock().advance(Duration::from_secs(31 * 24 * 60 * 60));
    server.operate(|core| async move { core.forget_old_mail().await.is_ok() }).await;
    assert!(server.waiting_mail().await.is_empty());
}

/// A mail server that takes connections and never speaks holds up nobody.
#[tokio::test]
async fn a_silent_mail_server_holds_up_nobody() {
    let mut mail = MailServer::start(Answers::Nothing).await;
    let server = server_with(Engine::Sqlite, &mail).await;
    sign_up(&server, "alice", "alice@example.com").await;
    mail.asked().await;
    for number in 0..10 {
        sign_up(&server, &format!("user{number}"), &format!("user{number}@example.com")).await;
    }
    assert_eq!(server.waiting_mail().await.len(), 11);
}

/// Several servers on one database send each mail once.
#[tokio::test]
async fn several_servers_send_each_mail_once() {
    if Engine::Postgres.is_left_out() {
        return;
    }
    let mut mail = MailServer::start(Answers::Takes).await;
    let server = server_with(Engine::Postgres, &mail).await;
    let (second, third) = (server.beside().await, server.beside().await);
    let count = 60;
    for number in 0..count {
        let at = [&server, &second, &third][number % 3];
        sign_up(at, &format!("user{number}"), &format!("user{number}@example.com")).await;
    }
    let mut recipients = Vec::new();
    for _ in 0..count {
        recipients.push(mail.receive().await.to);
    }
    recipients.sort();
    recipients.dedup();
    assert_eq!(recipients.len(), count);
    while !server.waiting_mail().await.is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(mail.received().is_empty());
}
