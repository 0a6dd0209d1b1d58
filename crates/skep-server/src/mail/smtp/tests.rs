//! Addresses of mail servers.

use super::*;

fn problem(address: &str) -> String {
    let sender = Sender::parse("skep@example.com").unwrap();
    match Smtp::new(address, None, sender) {
        Ok(_) => "none".into(),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn addresses_that_can_be_used() {
    for address in [
        "smtps://user:p%40ss@mail.example.com",
        "smtps://mail.example.com:4650",
        "smtp://user:pass@mail.example.com",
        "smtp://user:pass@mail.example.com:25/",
        "smtp://localhost?tls=none",
        "smtp://[::1]:2525?tls=none",
    ] {
        assert_eq!(problem(address), "none", "{address}");
    }
}

#[test]
fn addresses_that_cannot() {
    for (address, expected) in [
        ("mail.example.com", "cannot be read"),
        ("https://mail.example.com", "begins with neither"),
        ("smtps://user@mail.example.com", "has a name and no password"),
        ("smtps://mail.example.com/inbox", "has a path"),
        ("smtps://mail.example.com?tls=none", "has an unknown option"),
        ("smtp://mail.example.com?tls=opportunistic", "has an unknown option"),
        ("smtp://user:secret@mail.example.com?tls=none", "a password is not sent without TLS"),
    ] {
        let problem = problem(address);
        assert!(problem.contains(expected), "{address}: {problem}");
        assert!(!problem.contains("secret"), "{problem}");
    }
}

#[test]
fn a_file_without_certificates_is_refused() {
    let sender = Sender::parse("skep@example.com").unwrap();
    assert!(Smtp::new("smtps://mail.example.com", Some(b"-----BEGIN CERTIFICATE-----\n!"), sender).is_err());
}
