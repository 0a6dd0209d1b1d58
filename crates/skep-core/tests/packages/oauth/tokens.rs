//! Tokens of sessions: newer ones, and all that ends them.

use super::*;

#[tokio::test]
async fn refresh_tokens_are_good_for_one_time() {
    each(async |world| {
        let alice = world.user("alice").await;
        keep_warm(world).await;
        let (_, first) = logged_in(world, &alice, "api:read repositories").await;
        let second = refresh(world, &first).await.unwrap();
        assert_eq!((second.expires_in, &second.scope), (1800, &first.scope));
        assert_eq!(status(show(world, &first).await), 401);
        show(world, &second).await.unwrap();

        // Somebody honest did not hear the answer, or refreshes twice at the same moment.
        let revoked = "400 invalid_grant: Refresh token has been revoked";
        assert_eq!(refusal(refresh(world, &first).await), revoked);
        world.wait(50);
        assert_eq!(refusal(refresh(world, &first).await), revoked);
        let third = refresh(world, &second).await.unwrap();
        show(world, &third).await.unwrap();

        // A thief comes later, and so does who was stolen from.
        world.wait(20);
        assert_eq!(refusal(refresh(world, &first).await), revoked);
        keep_warm(world).await;
        assert_eq!(status(show(world, &third).await), 401, "the session has ended");
        assert_eq!(refusal(refresh(world, &third).await), revoked);
        assert_eq!(refusal(refresh(world, &first).await), revoked);
        assert_eq!(count(world, "SELECT COUNT(*) FROM audit_logs WHERE action = 'session.revoke'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_refresh_token() {
    each(async |world| {
        let alice = world.user("alice").await;
        let (_, issued) = logged_in(world, &alice, "api:read").await;
        let invalid = "400 invalid_grant: Invalid refresh token";
        for token in ["nonsense", issued.access_token.reveal(), &format!("{}x", renewal(&issued))] {
            assert_eq!(refusal(issue(world, refreshing(MIX, token)).await), invalid);
        }
        assert_eq!(refusal(issue(world, refreshing(GLEAM, renewal(&issued))).await), invalid);
        let missing = "400 invalid_grant: Missing refresh token";
        for refresh_token in [Ok(None), Err("expected type string".into())] {
            let request = TokenRequest { refresh_token, ..refreshing(MIX, "") };
            assert_eq!(refusal(issue(world, request).await), missing);
        }
        let request = TokenRequest { client_id: Ok(None), ..refreshing(MIX, renewal(&issued)) };
        assert_eq!(refusal(issue(world, request).await), "401 invalid_client: Missing client_id");
        // It opens nothing by itself.
        let header = format!("Bearer {}", renewal(&issued));
        let shown = world.core.authenticate(Some(header.as_bytes()), Surface::Api, &Origin::default()).await;
        assert_eq!(refusal(shown), "401 invalid_key: invalid API key");

        sql(world, "UPDATE users SET deactivated_at = 1 WHERE username = 'alice'").await;
        assert_eq!(refusal(refresh(world, &issued).await), invalid);
        assert_eq!(status(show(world, &issued).await), 400);
        sql(world, "UPDATE users SET deactivated_at = NULL WHERE username = 'alice'").await;

        // The end of the session is fixed.
        world.wait(30 * 24 * 3600 - 900);
        let last = refresh(world, &issued).await.unwrap();
        assert!((890..=900).contains(&last.expires_in), "{}", last.expires_in);
        world.wait(901);
        assert_eq!(status(show(world, &last).await), 401);
        assert_eq!(refusal(refresh(world, &last).await), "400 invalid_grant: Refresh token has expired");
        world.core.forget_ended_tokens().await.unwrap();
        assert_eq!(count(world, "SELECT COUNT(*) FROM oauth_tokens").await, 0);
        assert_eq!(count(world, "SELECT COUNT(*) FROM sessions").await, 0);
    })
    .await;
}

#[tokio::test]
async fn used_refresh_tokens_are_remembered_until_the_session_ends() {
    each(async |world| {
        let alice = world.user("alice").await;
        let (_, first) = logged_in(world, &alice, "api:read").await;
        let second = refresh(world, &first).await.unwrap();
        world.wait(29 * 24 * 3600);
        world.core.forget_ended_tokens().await.unwrap();
        assert_eq!(
            refusal(refresh(world, &first).await),
            "400 invalid_grant: Refresh token has been revoked"
        );
        assert_eq!(
            refusal(refresh(world, &second).await),
            "400 invalid_grant: Refresh token has been revoked"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_refreshes_at_once_one_wins() {
    each(async |world| {
        let alice = world.user("alice").await;
        let (_, mut newest) = logged_in(world, &alice, "api:read").await;
        for _ in 0..5 {
            let answers = join_all((0..6).map(|_| refresh(world, &newest))).await;
            let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
            assert_eq!((won.len(), lost.len()), (1, 5));
            for lost in lost {
                assert_eq!(refusal(lost), "400 invalid_grant: Refresh token has been revoked");
            }
            newest = won.into_iter().next().unwrap().unwrap();
            show(world, &newest).await.unwrap();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_token_outlives_a_session_that_ends_meanwhile() {
    each(async |world| {
        let alice = world.user("alice").await;
        let at_browser = browser(world, &alice).await;
        for _ in 0..5 {
            let (device, issued) = logged_in(world, &alice, "api:read").await;
            let access = world.core.allow::<RevokeSessions>(&at_browser, ()).await.unwrap();
            let (refreshed, polled, ended) = tokio::join!(
                refresh(world, &issued),
                poll(world, &device),
                world.core.revoke_other_sessions(&access)
            );
            ended.unwrap();
            for token in [refreshed, polled].into_iter().flatten() {
                assert_eq!(status(show(world, &token).await), 401);
                assert_eq!(status(refresh(world, &token).await), 400);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn giving_tokens_back() {
    each(async |world| {
        let alice = world.user("alice").await;
        keep_warm(world).await;
        let (device, issued) = logged_in(world, &alice, "api:read").await;
        let revoke =
            async |client: &str, token: &str| world.core.revoke_token(given(client), given(token)).await;
        let access = issued.access_token.reveal();
        for (client, token) in
            [(GLEAM, access), ("00000000-0000-4000-8000-000000000000", access), (MIX, "x.y.z")]
        {
            revoke(client, token).await.unwrap();
        }
        world.core.revoke_token(Ok(None), given(access)).await.unwrap();
        world.core.revoke_token(given(MIX), Ok(None)).await.unwrap();
        assert_eq!(refusal(revoke("cli", access).await), "400 bad_request: Bad request");
        show(world, &issued).await.unwrap();

        let revoked = "400 invalid_grant: Refresh token has been revoked";
        revoke(MIX, access).await.unwrap();
        assert_eq!(status(show(world, &issued).await), 401);
        assert_eq!(refusal(refresh(world, &issued).await), revoked);
        // The session goes on, as the reference has it.
        let again = poll(world, &device).await.unwrap();
        revoke(&MIX.to_uppercase(), renewal(&again)).await.unwrap();
        assert_eq!(status(show(world, &again).await), 401);

        let (_, first) = logged_in(world, &alice, "api:read").await;
        let second = refresh(world, &first).await.unwrap();
        let by_hash = async |hash| world.core.revoke_by_hash(hash, &Origin::default()).await.unwrap();
        for nothing in [Ok(None), given("0000"), given(&"0".repeat(64)), Err("expected type string".into())] {
            by_hash(nothing).await;
        }
        by_hash(given(&Sha256::of(second.access_token.reveal().as_bytes()).to_lower_hex())).await;
        show(world, &second).await.unwrap();
        by_hash(given(&Sha256::of(renewal(&first).as_bytes()).to_upper_hex())).await;
        assert_eq!(status(show(world, &second).await), 401);
        assert_eq!(refusal(refresh(world, &second).await), revoked);

        // A token that has ended can be given back too: its refresh token may live.
        let (_, third) = logged_in(world, &alice, "api:read").await;
        world.wait(1801);
        revoke(MIX, third.access_token.reveal()).await.unwrap();
        assert_eq!(refusal(refresh(world, &third).await), revoked);
    })
    .await;
}
