//! Sessions: how they begin, how many there may be, what ends them.

use std::collections::HashSet;

use futures::future::join_all;
use skep_core::access::operations::{GrantAccess, ReadSessions, RevokeSessions, ShowMe};
use skep_core::sessions::{Kind, LIFETIME, SessionView};
use skep_core::{Caller, Error, Origin};
use skep_store::tables::sessions;

use crate::support::{SECOND, World, each, keep_warm, sql, status};

fn chrome() -> Origin {
    Origin { ip: Some("192.0.2.7".parse().unwrap()), user_agent: "Chrome/1".into() }
}

/// Logs a browser in and gives its cookie.
async fn log_in(world: &World, caller: &Caller) -> String {
    let user = caller.principal.as_ref().unwrap().user().unwrap().id;
    world.core.begin_browser_session(user, "Chrome", &chrome()).await.unwrap().reveal().to_owned()
}

async fn show(world: &World, cookie: &str) -> Option<Caller> {
    let principal = world.core.browser(cookie, &chrome()).await.unwrap()?;
    Some(Caller { principal: Some(principal), ..Caller::default() })
}

async fn list(world: &World, caller: &Caller) -> Vec<SessionView> {
    let access = world.core.allow::<ReadSessions>(caller, ()).await.unwrap();
    world.core.list_sessions(&access).await.unwrap()
}

async fn revoke(world: &World, caller: &Caller, id: i64) -> Result<SessionView, Error> {
    let access = world.core.allow::<RevokeSessions>(caller, ()).await?;
    world.core.revoke_session(&access, id).await
}

#[tokio::test]
async fn a_browser_is_somebody_until_its_session_ends() {
    each(async |world| {
        let alice = world.user("alice").await;
        keep_warm(world).await;
        let cookie = log_in(world, &alice).await;
        assert_eq!(cookie.len(), 43);
        let browser = show(world, &cookie).await.unwrap();
        assert_eq!(browser.principal.as_ref().unwrap().name(), "alice");
        world.core.allow::<ShowMe>(&browser, ()).await.unwrap();
        world.core.allow::<GrantAccess>(&browser, ()).await.unwrap();
        assert!(show(world, &cookie[1..]).await.is_none());

        let [session] = &list(world, &browser).await[..] else { panic!("one session") };
        assert_eq!(
            (session.kind, session.name.as_deref(), session.current),
            (Kind::Browser, Some("Chrome"), true)
        );
        assert_eq!(session.expires_at - session.inserted_at, LIFETIME);
        let (_, ip, agent) = session.last_use.clone().unwrap();
        assert_eq!((ip.as_str(), agent.as_str()), ("192.0.2.7", "Chrome/1"));
        assert!(!list(world, &alice).await[0].current, "a password belongs to no session");

        // The end is fixed, however much it is used.
        world.wait(LIFETIME / SECOND - 60);
        assert!(show(world, &cookie).await.is_some());
        world.wait(61);
        keep_warm(world).await;
        assert!(show(world, &cookie).await.is_none());
        assert_eq!(status(world.core.allow::<GrantAccess>(&browser, ()).await), 401);
        assert!(list(world, &alice).await.is_empty());
        world.core.forget_ended_tokens().await.unwrap();
        assert!(sessions::by_id(&mut world.db.read().await.unwrap(), session.id).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_use_is_recorded_every_five_minutes() {
    each(async |world| {
        let alice = world.user("alice").await;
        let cookie = log_in(world, &alice).await;
        let last_use = async || list(world, &alice).await[0].last_use.clone().map(|(at, ..)| at);
        assert_eq!(last_use().await, None);
        show(world, &cookie).await.unwrap();
        let first = last_use().await.unwrap();
        world.wait(290);
        show(world, &cookie).await.unwrap();
        assert_eq!(last_use().await, Some(first));
        world.wait(11);
        show(world, &cookie).await.unwrap();
        assert!(last_use().await.unwrap() - first > 300 * SECOND);
    })
    .await;
}

#[tokio::test]
async fn logging_out_and_being_logged_out() {
    each(async |world| {
        let (alice, eve) = (world.user("alice").await, world.user("eve").await);
        keep_warm(world).await;
        let (first, second, third) =
            (log_in(world, &alice).await, log_in(world, &alice).await, log_in(world, &alice).await);
        let browser = show(world, &first).await.unwrap();
        let current = list(world, &browser).await.into_iter().find(|session| session.current).unwrap().id;
        let other = list(world, &show(world, &second).await.unwrap()).await;
        let other = other.into_iter().find(|session| session.current).unwrap().id;

        let own = revoke(world, &browser, current).await.unwrap_err();
        assert_eq!(own.to_string(), "400 Cannot revoke your current session. Please log out instead.");
        assert_eq!(status(revoke(world, &eve, other).await), 404);
        assert_eq!(status(revoke(world, &browser, i64::MAX).await), 404);
        revoke(world, &browser, other).await.unwrap();
        assert!(show(world, &second).await.is_none());
        assert_eq!(status(revoke(world, &browser, other).await), 404, "it has ended");

        let access = world.core.allow::<RevokeSessions>(&browser, ()).await.unwrap();
        world.core.revoke_other_sessions(&access).await.unwrap();
        assert!(show(world, &third).await.is_none());
        assert!(show(world, &first).await.is_some());
        world.core.end_browser_session(&browser).await.unwrap();
        world.core.end_browser_session(&browser).await.unwrap();
        assert!(show(world, &first).await.is_none());
        assert_eq!(status(world.core.end_browser_session(&alice).await), 401);

        // Everything that a browser that was logged out had opened is closed.
        assert_eq!(status(world.core.allow::<GrantAccess>(&browser, ()).await), 401);
        assert_eq!(status(world.core.proved_at(&browser).await), 401);

        let logs = world.core.allow::<ShowMe>(&alice, ()).await.unwrap();
        let logs = world.core.own_audit_logs(&logs, 1).await.unwrap();
        let actions: Vec<&str> = logs.iter().map(|log| log.action.as_str()).collect();
        assert_eq!(actions.iter().filter(|action| **action == "session.create").count(), 3);
        assert_eq!(actions.iter().filter(|action| **action == "session.revoke").count(), 3);
        let made = logs.iter().find(|log| log.action == "session.create").unwrap();
        assert_eq!(made.params["type"], "browser");
        assert_eq!(made.params["client"], serde_json::Value::Null);
    })
    .await;
}

#[tokio::test]
async fn showing_again_that_an_account_is_ones_own() {
    each(async |world| {
        let alice = world.user("alice").await;
        let browser = show(world, &log_in(world, &alice).await).await.unwrap();
        let first = world.core.proved_at(&browser).await.unwrap();
        world.wait(100);
        world.core.prove_session(&browser).await.unwrap();
        assert!(world.core.proved_at(&browser).await.unwrap() - first >= 100 * SECOND);
        assert_eq!(status(world.core.prove_session(&alice).await), 401, "a password is no browser");
    })
    .await;
}

#[tokio::test]
async fn accounts_that_cannot_log_in() {
    each(async |world| {
        let alice = world.user("alice").await;
        world.organization("acme", "alice").await;
        let cookie = log_in(world, &alice).await;
        let id = alice.principal.as_ref().unwrap().user().unwrap().id;
        sql(world, "UPDATE users SET deactivated_at = 1 WHERE username = 'alice'").await;
        assert_eq!(status(world.core.browser(&cookie, &chrome()).await), 400);
        assert_eq!(status(world.core.begin_browser_session(id, "x", &chrome()).await), 400);
        let mut conn = world.db.read().await.unwrap();
        let acme = skep_store::tables::users::by_name(&mut conn, "acme").await.unwrap().unwrap();
        drop(conn);
        assert_eq!(status(world.core.begin_browser_session(acme.id, "x", &chrome()).await), 401);
        assert_eq!(status(world.core.begin_browser_session(i64::MAX, "x", &chrome()).await), 401);
    })
    .await;
}

#[tokio::test]
async fn a_new_password_ends_every_session() {
    each(async |world| {
        let (alice, eve) = (world.user("alice").await, world.user("eve").await);
        let (first, second, other) =
            (log_in(world, &alice).await, log_in(world, &alice).await, log_in(world, &eve).await);
        world.core.operator_reset_password("alice", "another password".into()).await.unwrap();
        assert!(show(world, &first).await.is_none() && show(world, &second).await.is_none());
        assert!(show(world, &other).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn the_least_recently_used_makes_room() {
    each(async |world| {
        let alice = world.user("alice").await;
        keep_warm(world).await;
        let mut cookies = Vec::new();
        for _ in 0..5 {
            cookies.push(log_in(world, &alice).await);
        }
        // All but the third are used; the first one last.
        for used in [1, 3, 4, 0] {
            world.wait(10);
            show(world, &cookies[used]).await.unwrap();
        }
        let mut alive: HashSet<usize> = (0..5).collect();
        for gone in [2, 1, 3] {
            cookies.push(log_in(world, &alice).await);
            let newest = cookies.len() - 1;
            show(world, &cookies[newest]).await.unwrap();
            alive.insert(newest);
            alive.remove(&gone);
            keep_warm(world).await;
            for (n, cookie) in cookies.iter().enumerate() {
                assert_eq!(show(world, cookie).await.is_some(), alive.contains(&n), "{n} when {gone} went");
            }
        }
        // Those that ended by themselves take no room.
        world.wait(LIFETIME / SECOND);
        keep_warm(world).await;
        for _ in 0..5 {
            log_in(world, &alice).await;
        }
        assert_eq!(list(world, &alice).await.len(), 5);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_logins_at_once_keep_within_the_limit() {
    each(async |world| {
        let alice = world.user("alice").await;
        let cookies = join_all((0..24).map(|_| log_in(world, &alice))).await;
        assert_eq!(cookies.iter().collect::<HashSet<_>>().len(), 24);
        assert_eq!(list(world, &alice).await.len(), 5);
        // Each login counted: of 24 sessions 19 were ended.
        let mut conn = world.db.read().await.unwrap();
        let row =
            conn.one("SELECT COUNT(*) FROM audit_logs WHERE action = 'session.revoke'", &[]).await.unwrap();
        assert_eq!(row.get::<i64>(0).unwrap(), 19);
    })
    .await;
}
