//! A client is logged in by sending somebody to a browser and back.

use super::*;

/// An instance at which the operator registered a client.
async fn each_with_ci(test: impl AsyncFn(&World)) {
    let client = Client {
        id: CI.into(),
        name: "CI".into(),
        grants: vec![Grant::AuthorizationCode, Grant::RefreshToken],
        scopes: ["api", "api:read", "repositories", "repository", "docs"].map(str::to_owned).into(),
        redirect_uris: vec![BACK.into(), "https://*.preview.example.com/back".into()],
    };
    each_with(|settings| settings.clients = vec![client.clone()], test).await;
}

fn asking(scope: &str) -> AuthorizationRequest {
    AuthorizationRequest {
        client_id: given(CI),
        redirect_uri: given(BACK),
        scope: given(scope),
        state: given("xyz 1"),
        code_challenge: given(CHALLENGE),
        code_challenge_method: given("S256"),
    }
}

fn checked(world: &World, request: AuthorizationRequest) -> Authorization {
    world.core.check_authorization(request).expect("the request is in order")
}

async fn approve(
    world: &World,
    caller: &Caller,
    authorization: &Authorization,
    scopes: &[&str],
) -> Result<String, Error> {
    let access = world.core.allow::<GrantAccess>(caller, ()).await?;
    let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    world.core.approve_authorization(&access, authorization, &scopes).await
}

async fn a_code(world: &World, caller: &Caller, scope: &str) -> String {
    let scopes: Vec<&str> = scope.split(' ').collect();
    let address = approve(world, caller, &checked(world, asking(scope)), &scopes).await.unwrap();
    let code =
        address.strip_prefix(&format!("{BACK}?code=")).unwrap().strip_suffix("&state=xyz%201").unwrap();
    assert_eq!(code.len(), 43);
    code.to_owned()
}

fn redeeming(code: &str) -> TokenRequest {
    TokenRequest {
        grant_type: given(Grant::AuthorizationCode.as_str()),
        client_id: given(CI),
        code: given(code),
        redirect_uri: given(BACK),
        code_verifier: given(VERIFIER),
        name: given("pipeline"),
        ..TokenRequest::default()
    }
}

#[tokio::test]
async fn a_client_is_logged_in_by_a_code() {
    each_with_ci(async |world| {
        world.user("olga").await;
        world.organization("acme", "olga").await;
        let olga = world.organization("beta", "olga").await;
        world.user("rita").await;
        let rita = world.member("acme", &olga, "rita", "read").await;
        let at_browser = browser(world, &rita).await;

        let authorization = checked(world, asking("api repositories"));
        assert_eq!((authorization.client(), authorization.redirect_uri()), ("CI", BACK));
        assert_eq!(authorization.scopes(), ["api:read", "api:write", "repositories"]);
        assert!(
            refusal(approve(world, &at_browser, &authorization, &["api:write"]).await)
                .starts_with("403 two_factor")
        );
        assert_eq!(status(approve(world, &rita, &authorization, &["api:read"]).await), 403, "no browser");

        let code = a_code(world, &at_browser, "repositories").await;
        let issued = issue(world, redeeming(&code)).await.unwrap();
        assert_eq!(issued.scope, "repository:hexpm repository:acme");
        assert_eq!(claims(renewal(&issued))["scope"], "repositories");
        let caller = show(world, &issued).await.unwrap();
        assert_eq!(fetching(world, &caller, "acme").await, 0);
        assert_eq!(count(world, "SELECT COUNT(*) FROM sessions WHERE name = 'pipeline'").await, 1);

        // What was agreed to is kept, so that a newer token opens what there is then.
        world.member("beta", &olga, "rita", "read").await;
        let newer = issue(world, refreshing(CI, renewal(&issued))).await.unwrap();
        assert_eq!(newer.scope, "repository:hexpm repository:acme repository:beta");

        // Used a second time with all that belongs to it, the code is in two hands.
        let over = "400 invalid_grant: Authorization code expired or already used";
        let guess = TokenRequest { code_verifier: given(CHALLENGE), ..redeeming(&code) };
        assert_eq!(refusal(issue(world, guess).await), over);
        show(world, &newer).await.unwrap();
        assert_eq!(refusal(issue(world, redeeming(&code)).await), over);
        assert_eq!(status(show(world, &newer).await), 401);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_code() {
    each_with_ci(async |world| {
        let alice = browser(world, &world.user("alice").await).await;
        let code = a_code(world, &alice, "api:read").await;
        let wrong = || Err("expected type string".into());
        let request = || redeeming(&code);
        for (request, expected) in [
            (TokenRequest { client_id: Ok(None), ..request() }, "401 invalid_client: Missing client_id"),
            (
                TokenRequest { client_id: given(GLEAM), ..request() },
                "400 unauthorized_client: Client not authorized for this grant type",
            ),
            (
                TokenRequest { client_id: given(MIX), ..request() },
                "400 invalid_grant: Invalid authorization code",
            ),
            (TokenRequest { code: Ok(None), ..request() }, "400 invalid_grant: Missing authorization code"),
            (TokenRequest { code: wrong(), ..request() }, "400 invalid_grant: Missing authorization code"),
            (TokenRequest { code: given("x"), ..request() }, "400 invalid_grant: Invalid authorization code"),
            (
                TokenRequest { redirect_uri: Ok(None), ..request() },
                "400 invalid_grant: Redirect URI mismatch",
            ),
            (
                TokenRequest { redirect_uri: given("https://a.preview.example.com/back"), ..request() },
                "400 invalid_grant: Redirect URI mismatch",
            ),
            (
                TokenRequest { code_verifier: Ok(None), ..request() },
                "400 invalid_grant: Missing required parameter: code_verifier",
            ),
            (
                TokenRequest { code_verifier: given("x"), ..request() },
                "400 invalid_grant: Invalid code verifier",
            ),
            (
                TokenRequest { code_verifier: given(CHALLENGE), ..request() },
                "400 invalid_grant: Invalid code verifier",
            ),
        ] {
            assert_eq!(refusal(issue(world, request).await), expected);
        }
        // None of it used the code up.
        issue(world, request()).await.unwrap();

        let late = a_code(world, &alice, "api:read").await;
        world.wait(601);
        let over = "400 invalid_grant: Authorization code expired or already used";
        assert_eq!(refusal(issue(world, redeeming(&late)).await), over);
        let code = a_code(world, &alice, "api:read").await;
        sql(world, "UPDATE users SET deactivated_at = 1 WHERE username = 'alice'").await;
        assert_eq!(
            refusal(issue(world, redeeming(&code)).await),
            "400 invalid_grant: Invalid authorization code"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_code_is_used_once() {
    each_with_ci(async |world| {
        let alice = browser(world, &world.user("alice").await).await;
        let code = a_code(world, &alice, "api:read").await;
        let answers = join_all((0..5).map(|_| issue(world, redeeming(&code)))).await;
        let good: Vec<_> = answers.into_iter().flatten().collect();
        assert_eq!(good.len(), 1);
        // Four others had the code and its proof.
        assert_eq!(status(show(world, &good[0]).await), 401);
        assert_eq!(count(world, "SELECT COUNT(*) FROM sessions WHERE kind = 'oauth'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn where_people_are_sent() {
    each_with_ci(async |world| {
        let wrong = || Err("expected type string".into());
        // Nobody is sent to an address that is not the client's.
        for (request, text) in [
            (AuthorizationRequest { client_id: Ok(None), ..asking("api") }, "Invalid client"),
            (AuthorizationRequest { client_id: given("cli"), ..asking("api") }, "Invalid client"),
            (AuthorizationRequest { client_id: given(MIX), ..asking("api") }, "Invalid redirect_uri"),
            (AuthorizationRequest { redirect_uri: Ok(None), ..asking("api") }, "Invalid redirect_uri"),
            (AuthorizationRequest { redirect_uri: wrong(), ..asking("api") }, "Invalid redirect_uri"),
            (
                AuthorizationRequest { redirect_uri: given("https://evil.example.com/back"), ..asking("api") },
                "Invalid redirect_uri",
            ),
            (
                AuthorizationRequest { redirect_uri: given("https://a.b.preview.example.com/back"), ..asking("api") },
                "Invalid redirect_uri",
            ),
        ] {
            let Err(AuthorizationRefused::Here(error)) = world.core.check_authorization(request) else {
                panic!("it must be refused here: {text}");
            };
            assert_eq!(refusal::<()>(Err(error)), format!("400 invalid_request: {text}"));
        }
        let preview = given("https://pr-1.preview.example.com/back");
        checked(world, AuthorizationRequest { redirect_uri: preview, ..asking("api") });

        for (request, rest) in [
            (AuthorizationRequest { state: Ok(None), ..asking("api") }, "Missing%20required%20parameter%3A%20state"),
            (
                AuthorizationRequest { code_challenge: Ok(None), ..asking("api") },
                "Missing%20required%20parameter%3A%20code_challenge&state=xyz%201",
            ),
            (
                AuthorizationRequest { code_challenge: given("short"), ..asking("api") },
                "Invalid%20code_challenge&state=xyz%201",
            ),
            (
                AuthorizationRequest { code_challenge_method: Ok(None), ..asking("api") },
                "code_challenge_method%20must%20be%20S256&state=xyz%201",
            ),
            (
                AuthorizationRequest { code_challenge_method: given("plain"), ..asking("api") },
                "code_challenge_method%20must%20be%20S256&state=xyz%201",
            ),
            (asking("magic"), "Invalid%20scope&state=xyz%201"),
            (asking("package:hexpm/tree"), "Invalid%20scope&state=xyz%201"),
            (asking(""), "Invalid%20scope&state=xyz%201"),
        ] {
            let Err(AuthorizationRefused::Back(address)) = world.core.check_authorization(request) else {
                panic!("the client must be told: {rest}");
            };
            assert_eq!(address, format!("{BACK}?error=invalid_request&error_description={rest}"));
        }

        world.user("alice").await;
        let alice = world.organization("acme", "alice").await;
        let at_browser = browser(world, &alice).await;
        let authorization = checked(world, asking("repository:acme docs:acme docs:beta repository:hexpm"));
        let refused = approve(world, &at_browser, &authorization, &["docs:acme", "docs:beta"]).await;
        assert_eq!(refusal(refused), "403 no_access: You don't have access to: beta");
        let scopes = ["repository:hexpm", "docs:acme", "repository:acme"];
        approve(world, &at_browser, &authorization, &scopes).await.unwrap();

        let access = world.core.allow::<GrantAccess>(&at_browser, ()).await.unwrap();
        assert_eq!(
            world.core.deny_authorization(&access, &authorization).unwrap(),
            format!("{BACK}?error=access_denied&error_description=Authorization%20denied%20by%20user&state=xyz%201")
        );
        let access = world.core.allow::<GrantAccess>(&alice, ()).await.unwrap();
        assert_eq!(status(world.core.deny_authorization(&access, &authorization)), 403);
    })
    .await;
}
