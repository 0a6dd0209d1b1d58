use std::fs;

use tempfile::TempDir;

use super::*;
use crate::config::credentials::{Login, Method, Secrets};
use crate::config::paths::Paths;
use crate::network::{Network, NetworkSettings};

/// Nobody listens here: what needs the network fails.
const NOWHERE: &str = "http://127.0.0.1:1/api";

fn session(expires_in: SignedDuration, refresh: Option<&str>) -> (TempDir, Session) {
    let home = tempfile::tempdir().unwrap();
    let machine = Machine::new(Paths::in_folders(&home.path().join(".hex"), home.path()));
    let network = Network::new(&NetworkSettings::default());
    let api = Api::new(network, ApiUrl::parse(NOWHERE).unwrap(), Credential::Anonymous);
    let tokens = Tokens {
        access: Secret::new("access"),
        refresh: refresh.map(Secret::new),
        expires_at: Timestamp::now() + expires_in,
    };
    let login = Login { username: None, method: Method::Session, since: None };
    machine.sign_in(api.base(), login, Secrets { tokens: Some(tokens), ..Secrets::default() }).unwrap();
    (home, Session::new(machine, &api))
}

#[tokio::test]
async fn a_token_that_is_good_for_a_while_costs_no_request() {
    let (_home, session) = session(SignedDuration::from_mins(6), None);
    assert_eq!(session.token().await.unwrap().expose(), "access");
}

#[tokio::test]
async fn without_a_refresh_token_the_time_of_the_token_is_that_of_the_session() {
    let (_home, session) = session(SignedDuration::from_mins(4), None);
    let error = session.token().await.err().unwrap();
    assert_eq!(
        error.to_string(),
        format!(
            "the session with {NOWHERE} has ended: sign in again with `skep user auth --server {NOWHERE}`"
        )
    );
}

#[tokio::test]
async fn what_another_process_has_renewed_is_taken() {
    let (_home, session) = session(SignedDuration::from_mins(6), Some("r1"));
    let before = session.token().await.unwrap();
    let new = Tokens {
        access: Secret::new("newer"),
        refresh: Some(Secret::new("r2")),
        expires_at: Timestamp::now() + SignedDuration::from_mins(30),
    };
    session.machine.replace_tokens(session.server(), &Secret::new("r1"), &new).unwrap();
    assert_eq!(session.renewed(&before).await.unwrap().expose(), "newer");
    assert_eq!(session.token().await.unwrap().expose(), "newer");
}

#[tokio::test]
async fn nobody_signed_in_is_an_ended_session() {
    let (home, session) = session(SignedDuration::from_mins(6), None);
    fs::remove_file(home.path().join(".hex/skep/credentials.toml")).unwrap();
    assert!(matches!(session.token().await, Err(SessionError::Ended(_))));
}
