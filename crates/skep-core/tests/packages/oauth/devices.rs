//! A client on a device is logged in by a code that somebody types in.

use super::*;

#[tokio::test]
async fn a_device_is_logged_in() {
    each(async |world| {
        world.user("alice").await;
        let alice = world.organization("acme", "alice").await;
        keep_warm(world).await;
        let at_browser = browser(world, &alice).await;
        let (device, code) = begin(world, MIX, "api:read repositories").await.unwrap();
        let pending = "400 authorization_pending: Authorization pending";
        assert_eq!(refusal(poll(world, &device).await), pending);
        assert_eq!(refusal(poll(world, &device).await), pending);

        let typed = format!(" {}-{} ", &code[..4].to_lowercase(), &code[4..]);
        let found = find(world, &at_browser, &typed).await.unwrap();
        assert_eq!((found.client.as_str(), found.name.as_deref()), ("Hex CLI", Some("laptop")));
        assert_eq!(found.scopes, ["api:read", "repositories"]);
        assert_eq!(found.user_code, format!("{}-{}", &code[..4], &code[4..]));
        assert_eq!(refusal(poll(world, &device).await), pending, "looking is not agreeing");
        agree(world, &at_browser, &typed, &["repositories", "api:read"]).await.unwrap();

        let first = poll(world, &device).await.unwrap();
        assert_eq!(
            (first.expires_in, first.scope.as_str()),
            (1800, "api:read repository:hexpm repository:acme")
        );
        let caller = show(world, &first).await.unwrap();
        assert_eq!(caller.principal.as_ref().unwrap().name(), "alice");
        assert_eq!(fetching(world, &caller, "acme").await, 0);
        let (access, renewal) = (claims(first.access_token.reveal()), claims(renewal(&first)));
        assert_eq!((&access["sub"], &access["scope"]), (&"user:alice".into(), &first.scope.as_str().into()));
        let seconds = |claims: &Value, name: &str| claims[name].as_i64().unwrap();
        assert_eq!(seconds(&access, "exp") - seconds(&access, "iat"), 1800);
        assert_eq!(seconds(&renewal, "exp") - seconds(&renewal, "iat"), 30 * 24 * 3600);
        assert_ne!(access["jti"], renewal["jti"]);

        // Asking again is how an answer that was lost is had: new tokens, and the ones before end.
        let second = poll(world, &device).await.unwrap();
        assert_eq!(second.scope, first.scope);
        assert_eq!(status(show(world, &first).await), 401);
        show(world, &second).await.unwrap();
        assert_eq!(
            refusal(refresh(world, &first).await),
            "400 invalid_grant: Refresh token has been revoked"
        );
        show(world, &second).await.unwrap();
        assert_eq!(count(world, "SELECT COUNT(*) FROM sessions WHERE kind = 'oauth'").await, 1);

        let access =
            world.core.allow::<ReadSessions>(&show(world, &second).await.unwrap(), ()).await.unwrap();
        let sessions = world.core.list_sessions(&access).await.unwrap();
        let current = sessions.iter().find(|session| session.current).unwrap();
        assert_eq!(current.name.as_deref(), Some("laptop"));
        assert_eq!(current.client, Some((MIX.to_owned(), "Hex CLI".to_owned())));
        assert!(current.last_use.is_some(), "the use of a token is the use of its session");

        world.wait(600);
        assert_eq!(refusal(poll(world, &device).await), "400 expired_token: Device code has expired");
        show(world, &second).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_a_device_was_granted_is_fixed() {
    each(async |world| {
        world.user("olga").await;
        world.organization("acme", "olga").await;
        let olga = world.organization("beta", "olga").await;
        world.user("rita").await;
        let rita = world.member("acme", &olga, "rita", "read").await;
        let (_, first) = logged_in(world, &rita, "repositories").await;
        assert_eq!(first.scope, "repository:hexpm repository:acme");
        world.member("beta", &olga, "rita", "read").await;
        let second = refresh(world, &first).await.unwrap();
        assert_eq!(second.scope, first.scope);
        assert_eq!(fetching(world, &show(world, &second).await.unwrap(), "beta").await, 403);

        // What it is worth is not: a membership that ends takes its repository with it, wherever it is named.
        let access =
            world.core.allow::<skep_core::access::operations::ChangeMembers>(&olga, "acme").await.unwrap();
        world.core.remove_member(&access, "rita").await.unwrap();
        assert_eq!(fetching(world, &show(world, &second).await.unwrap(), "acme").await, 404);
    })
    .await;
}

#[tokio::test]
async fn a_device_is_refused() {
    each(async |world| {
        let alice = browser(world, &world.user("alice").await).await;
        let (device, code) = begin(world, MIX, "api:read").await.unwrap();
        deny(world, &alice, &code).await.unwrap();
        for _ in 0..2 {
            assert_eq!(
                refusal(poll(world, &device).await),
                "403 access_denied: Authorization denied by user"
            );
        }
        let processed = "400 processed_user_code: This application has already been processed";
        assert_eq!(refusal(agree(world, &alice, &code, &["api:read"]).await), processed);
        assert_eq!(refusal(deny(world, &alice, &code).await), processed);
        assert_eq!(refusal(find(world, &alice, &code).await), processed);
        assert_eq!(count(world, "SELECT COUNT(*) FROM sessions WHERE kind = 'oauth'").await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_device_code() {
    each(async |world| {
        let alice = browser(world, &world.user("alice").await).await;
        let (device, code) = begin(world, MIX, "api:read").await.unwrap();
        agree(world, &alice, &code, &["api:read"]).await.unwrap();
        let unknown = "400 invalid_grant: Invalid device code";
        assert_eq!(refusal(poll(world, "none").await), unknown);
        assert_eq!(refusal(poll(world, &code).await), unknown);
        let wrong = || Err("expected type string".into());
        for device_code in [Ok(None), wrong()] {
            let request = TokenRequest { device_code, ..polling(MIX, "") };
            assert_eq!(refusal(issue(world, request).await), unknown);
        }
        assert_eq!(
            refusal(issue(world, polling(GLEAM, &device)).await),
            "401 invalid_client: Invalid client"
        );
        let request = TokenRequest { client_id: Ok(None), ..polling(MIX, &device) };
        assert_eq!(refusal(issue(world, request).await), "401 invalid_client: Missing client_id");
        poll(world, &device).await.unwrap();

        // Nothing comes of it any more when the session has ended, or the account.
        sql(world, "UPDATE users SET deactivated_at = 1 WHERE username = 'alice'").await;
        let gone = "400 invalid_grant: No token found for authorized device";
        assert_eq!(refusal(poll(world, &device).await), gone);
        sql(world, "UPDATE users SET deactivated_at = NULL WHERE username = 'alice'").await;
        poll(world, &device).await.unwrap();
        let access = world.core.allow::<RevokeSessions>(&alice, ()).await.unwrap();
        world.core.revoke_other_sessions(&access).await.unwrap();
        assert_eq!(refusal(poll(world, &device).await), gone);

        let (late, code) = begin(world, MIX, "api:read").await.unwrap();
        world.wait(601);
        assert_eq!(
            refusal(find(world, &alice, &code).await),
            "400 expired_user_code: Verification code has expired"
        );
        assert_eq!(refusal(poll(world, &late).await), "400 expired_token: Device code has expired");
        // An hour later nobody remembers.
        world.core.forget_ended_tokens().await.unwrap();
        assert_eq!(refusal(poll(world, &late).await), "400 expired_token: Device code has expired");
        world.wait(3600);
        world.core.forget_ended_tokens().await.unwrap();
        assert_eq!(refusal(poll(world, &late).await), unknown);
    })
    .await;
}

#[tokio::test]
async fn what_a_client_may_ask_for() {
    each(async |world| {
        let alice = browser(world, &world.user("alice").await).await;
        let (_, code) = begin(world, MIX, "api repositories").await.unwrap();
        let found = find(world, &alice, &code).await.unwrap();
        assert_eq!(
            found.scopes,
            ["api:read", "api:write", "repositories"],
            "so that writing can be left out"
        );
        let (_, code) = begin(world, MIX, "api:write api").await.unwrap();
        assert_eq!(find(world, &alice, &code).await.unwrap().scopes, ["api:write", "api:read"]);
        begin(world, GLEAM, "api:write").await.unwrap();
        for (client, scope) in [
            (MIX, "magic"),
            (MIX, "repository:acme"),
            (MIX, "api:read docs:acme"),
            (GLEAM, "api:read"),
            (GLEAM, "repositories"),
            (MIX, &"api ".repeat(2000)),
        ] {
            let refused = refusal(begin(world, client, scope).await);
            assert_eq!(refused, "400 invalid_scope: Invalid scope", "{client} {scope}");
        }
        // No scope is fine, though nobody can agree to nothing.
        let (_, code) = begin(world, MIX, "").await.unwrap();
        let refused = refusal(agree(world, &alice, &code, &[]).await);
        assert_eq!(refused, "400 nothing_selected: At least one permission must be selected");
        let request =
            |client_id| DeviceAuthorizationRequest { client_id, scope: given("api"), name: Ok(None) };
        let begin = async |client_id| refusal(world.core.authorize_device_client(request(client_id)).await);
        assert_eq!(begin(Ok(None)).await, "401 invalid_client: Missing client_id");
        assert_eq!(begin(given("cli")).await, "400 bad_request: Bad request");
        let unknown = given("00000000-0000-4000-8000-000000000000");
        assert_eq!(begin(unknown).await, "401 invalid_client: Invalid client");
    })
    .await;
}

#[tokio::test]
async fn what_somebody_may_agree_to() {
    each(async |world| {
        let alice = world.user("alice").await;
        let at_browser = browser(world, &alice).await;
        let (device, code) = begin(world, MIX, "api").await.unwrap();
        let two_factor =
            "403 two_factor_required: Two-factor authentication must be enabled for API write access";
        for scopes in [&["api:write"][..], &["api:read", "api:write"]] {
            assert_eq!(refusal(agree(world, &at_browser, &code, scopes).await), two_factor);
        }
        for scopes in [&["repositories"][..], &["api"], &["api:read", "magic"], &["api:read", ""]] {
            let refused = refusal(agree(world, &at_browser, &code, scopes).await);
            assert!(refused.starts_with("400 scope_not_requested"), "{refused}");
        }
        let refused = refusal(agree(world, &at_browser, &code, &[]).await);
        assert_eq!(refused, "400 nothing_selected: At least one permission must be selected");

        // Only a browser begets tokens: not a password, and not a token.
        assert_eq!(status(agree(world, &alice, &code, &["api:read"]).await), 403);
        assert_eq!(status(find(world, &alice, &code).await), 403);
        assert_eq!(status(deny(world, &alice, &code).await), 403);
        let (_, token) = logged_in(world, &alice, "api:read").await;
        let token = show(world, &token).await.unwrap();
        assert_eq!(status(agree(world, &token, &code, &["api:read"]).await), 401);

        agree(world, &at_browser, &code, &["api:read"]).await.unwrap();
        assert_eq!(poll(world, &device).await.unwrap().scope, "api:read");
    })
    .await;
}

#[tokio::test]
async fn user_codes_cannot_be_guessed() {
    each(async |world| {
        let (alice, eve) = (world.user("alice").await, world.user("eve").await);
        let (alice, eve) = (browser(world, &alice).await, browser(world, &eve).await);
        let (_, code) = begin(world, MIX, "api:read").await.unwrap();
        // At a full window, so that the tries are not spread over two.
        world.wait(900 - (world.core.now() / SECOND) % 900);
        for _ in 0..5 {
            let wrong = "400 invalid_user_code: Invalid verification code";
            assert_eq!(refusal(find(world, &eve, "ZZZZ-ZZZZ").await), wrong);
            assert_eq!(refusal(agree(world, &eve, "nonsense", &["api:read"]).await), wrong);
        }
        let many = "429 too_many_codes: Too many verification attempts. Please try again later.";
        for _ in 0..2 {
            assert_eq!(refusal(find(world, &eve, &code).await), many, "even the right one");
            assert_eq!(refusal(agree(world, &eve, &code, &["api:read"]).await), many);
            assert_eq!(refusal(deny(world, &eve, &code).await), many);
        }
        let (_, fresh) = begin(world, MIX, "api:read").await.unwrap();
        find(world, &alice, &fresh).await.unwrap();
        // Answering does not count beside having looked.
        for _ in 0..8 {
            let (_, code) = begin(world, MIX, "api:read").await.unwrap();
            find(world, &alice, &code).await.unwrap();
            agree(world, &alice, &code, &["api:read"]).await.unwrap();
        }
        world.wait(901);
        let (_, code) = begin(world, MIX, "api:read").await.unwrap();
        find(world, &eve, &code).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_polls_at_once_make_one_session() {
    each(async |world| {
        let alice = world.user("alice").await;
        let at_browser = browser(world, &alice).await;
        for _ in 0..5 {
            let (device, code) = begin(world, MIX, "api:read").await.unwrap();
            agree(world, &at_browser, &code, &["api:read"]).await.unwrap();
            let before = count(world, "SELECT COUNT(*) FROM sessions").await;
            let issued = join_all((0..4).map(|_| poll(world, &device))).await;
            assert_eq!(count(world, "SELECT COUNT(*) FROM sessions").await, before + 1);
            let mut good = 0;
            for issued in issued {
                good += usize::from(show(world, &issued.unwrap()).await.is_ok());
            }
            assert_eq!(good, 1, "the last answer counts");
        }
    })
    .await;
}

#[tokio::test]
async fn a_login_takes_a_place_among_the_sessions() {
    each(async |world| {
        let alice = world.user("alice").await;
        keep_warm(world).await;
        let at_browser = browser(world, &alice).await;
        let mut tokens = Vec::new();
        for _ in 0..5 {
            world.wait(1);
            let (device, code) = begin(world, MIX, "api:read").await.unwrap();
            agree(world, &at_browser, &code, &["api:read"]).await.unwrap();
            let issued = poll(world, &device).await.unwrap();
            show(world, &issued).await.unwrap();
            tokens.push(issued);
        }
        // Five clients: the browser was used least recently.
        assert_eq!(status(world.core.allow::<GrantAccess>(&at_browser, ()).await), 401);
        for token in &tokens {
            let caller = show(world, token).await.unwrap();
            world.core.allow::<ShowMe>(&caller, ()).await.unwrap();
        }
        browser(world, &alice).await;
        assert_eq!(status(show(world, &tokens[0]).await), 401);
        show(world, &tokens[1]).await.unwrap();
    })
    .await;
}
