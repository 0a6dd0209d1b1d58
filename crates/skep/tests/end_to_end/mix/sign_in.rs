//! `mix` signed in with a browser instead of a key: more of its columns of the compatibility page.

use skep_testkit::one_time_code;

use super::cells::set_up;
use super::*;
use crate::support::Operation;
use crate::support::registry::PASSWORD;

/// Signs the owner in.
async fn signed_in(registry: &Registry, hex: &Hex) -> Home {
    let home = machine(registry, hex);
    point_hexpm_at(registry, &home).await;
    registry.browse_as("owner", &home);
    let auth = mix(&home, "", &["hex.user", "auth"]).await;
    auth.says("Your verification code:").says("You are authenticated!").succeeds();
    home
}

#[tokio::test]
async fn sign_in() {
    for hex in versions().await {
        if !hex.is_at_least(2, 4) {
            hex.column().has_no(Operation::SignIn, "Hex signs in with a browser since 2.4");
            continue;
        }
        let check = async {
            let (registry, _) = set_up(&hex).await;
            let home = signed_in(&registry, &hex).await;
            assert_eq!(mix(&home, "", &["hex.user", "whoami"]).await.succeeds(), "owner");
            // The token opens the repositories of its user.
            project(&home, "app", "0.1.0", None, r#"{:twig, "~> 1.0", organization: "acme"}"#);
            fetch_anew(&home).await.says("Getting twig").succeeds();
            // One whose time is over is renewed, and the one before it is of no use any more.
            let before = tokens(&home);
            let config = home.read(".hex/hex.config");
            home.write(".hex/hex.config", config.replace(&before.expires_at, "1700000000"));
            assert_eq!(mix(&home, "", &["hex.user", "whoami"]).await.succeeds(), "owner");
            let after = tokens(&home);
            assert!(after.access != before.access && after.refresh != before.refresh);
            let holder = |token: &str| registry.server.anonymous().with_token(token);
            holder(&before.access).get("/api/users/me").await.expect_status(401);
            holder(&after.access).get("/api/users/me").await.expect_status(200);
            // Signing out ends it at the server, too.
            mix(&home, "", &["hex.user", "deauth"]).await.says("credentials removed").succeeds();
            holder(&after.access).get("/api/users/me").await.expect_status(401);
            mix(&home, "", &["hex.user", "whoami"]).await.does_not_say("owner");
        };
        hex.column().works(Operation::SignIn, check).await;
    }
}

/// What signing in left on a machine.
struct Tokens {
    access: String,
    refresh: String,
    /// As it stands in the file.
    expires_at: String,
}

fn tokens(home: &Home) -> Tokens {
    let config = home.read(".hex/hex.config");
    let value = |field: &str| {
        // The keys of the map are atoms or, in Hex 2.4, texts.
        let rest = config.split(field).nth(1).and_then(|rest| rest.split_once("=>"));
        let (_, value) = rest.unwrap_or_else(|| panic!("no {field} in {config}"));
        let value = value.split([',', '}']).next().unwrap_or_default();
        value.trim().trim_start_matches("<<\"").trim_end_matches("\">>").to_owned()
    };
    Tokens { access: value("access_token"), refresh: value("refresh_token"), expires_at: value("expires_at") }
}

#[tokio::test]
async fn two_factor() {
    for hex in versions().await {
        if !hex.is_at_least(2, 4) {
            hex.column().has_no(Operation::TwoFactor, "it uses keys, for which no code is asked");
            continue;
        }
        let check = async {
            let (registry, owner) = set_up(&hex).await;
            let secret = enable_two_factor(&owner).await;
            let code = || code_now(&secret);
            let mut home = signed_in(&registry, &hex).await;
            project(&home, "leaf", "1.1.0", None, "");
            project(&home, "twig", "1.1.0", Some("acme"), "");
            // Asked for a code, it asks; and again after a wrong one.
            let publish = ["hex.publish", "package", "--yes"];
            let input = format!("000000\n{}\n", code());
            let published = home.run_with_input("leaf", "mix", &publish, &input).await;
            let (ask, wrong) = if hex.is_at_least(2, 5) {
                ("Enter OTP code", "Invalid OTP code")
            } else {
                ("Enter your 2FA code", "Invalid two-factor authentication code")
            };
            published.says(ask).says(wrong).says("Package published to").succeeds();
            // From the environment, the same code goes with package and documentation.
            home.set("HEX_OTP", code());
            let published = mix(&home, "twig", &["hex.publish", "--yes"]).await;
            published.says("Package published to").says("/repos/acme/docs/twig-1.1.0.tar.gz").succeeds();
            let retire = ["hex.retire", "leaf", "1.1.0", "security", "--message", "it leaks"];
            mix(&home, "", &retire).await.says("has been retired").succeeds();
            mix(&home, "", &["hex.organization", "auth", "acme", "--key-name", "laptop"]).await.succeeds();
            assert_eq!(mix(&home, "", &["hex.organization", "list"]).await.succeeds(), "acme");
        };
        hex.column().works(Operation::TwoFactor, check).await;
    }
}

/// Sets up an authenticator app for the account whose key is in the environment; its secret.
async fn enable_two_factor(home: &Home) -> String {
    let begin = ["user", "tfa", "enable", "--password-stdin", "--json"];
    let begun = home.run_with_input("", env!("CARGO_BIN_EXE_skep"), &begin, &format!("{PASSWORD}\n")).await;
    let begun: serde_json::Value = serde_json::from_str(begun.succeeds()).expect("it prints JSON");
    let secret = begun["secret"].as_str().expect("there is a secret").to_owned();
    let code = code_now(&secret);
    home.skep(&["user", "tfa", "enable", "--code", &code]).await.succeeds();
    secret
}

/// What the authenticator app shows. These servers have the machine's clock.
fn code_now(secret: &str) -> String {
    one_time_code(secret, jiff::Timestamp::now().as_microsecond())
}
