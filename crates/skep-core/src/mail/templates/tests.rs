//! Every mail as it is read.

use super::*;

/// One of each kind.
fn all() -> Vec<Notice> {
    let (username, nonce) = (|| "alice".to_owned(), || "00112233445566778899aabbccddeeff".to_owned());
    let (repository, package) = (|| "hexpm".to_owned(), || "tree".to_owned());
    let (organization, role) = (|| "acme".to_owned(), || "write".to_owned());
    vec![
        Notice::Verification {
            username: username(),
            address: "alice+hex@example.com".into(),
            nonce: nonce(),
        },
        Notice::PasswordResetRequest { username: username(), nonce: nonce() },
        Notice::SecurityPasswordReset { username: username() },
        Notice::PasswordChanged { username: username() },
        Notice::TfaEnabled { username: username() },
        Notice::TfaDisabled { username: username() },
        Notice::TfaRecoveryRotated { username: username() },
        Notice::EmailAdded { username: username(), address: "new@example.com".into() },
        Notice::PrimaryEmailChanged { username: username(), address: "new@example.com".into() },
        Notice::ApiKeyCreated { owner: username(), name: "<laptop>\r\nBcc: x@example.com".into() },
        Notice::ApiKeyRevoked { owner: username(), name: "laptop".into() },
        Notice::ApiKeysAllRevoked { owner: organization() },
        Notice::OrganizationInvite { username: username(), organization: organization(), role: role() },
        Notice::OrganizationInvitation {
            organization: organization(),
            role: role(),
            invited_by: username(),
            expires_at: 1_800_000_000_000_000,
            nonce: nonce(),
        },
        Notice::OwnerAdd { repository: repository(), package: package(), owner: "bob".into() },
        Notice::OwnerRemove { repository: organization(), package: package(), owner: "bob".into() },
        Notice::PackagePublished {
            repository: repository(),
            package: package(),
            version: "1.0.0-rc.1".into(),
            publisher: username(),
        },
        Notice::AccountDeactivated { username: username() },
    ]
}

#[test]
fn every_mail() {
    let key = InstanceKey::new(&[7; 32]);
    let sender = Sender { web_url: "https://hex.example.com", key: &key };
    let mut kinds = Vec::new();
    for notice in all() {
        let letter = sender.letter(&notice);
        let shown = format!("Subject: {}\n\n{}\n{}", letter.subject(), letter.to_text(), letter.to_html());
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(notice.kind(), shown) });
        kinds.push(notice.kind());
    }
    assert_eq!(kinds, Notice::KINDS);
}

#[test]
fn what_is_stored_is_read_again() {
    for notice in all() {
        let stored = serde_json::to_string(&notice).unwrap();
        assert_eq!(serde_json::from_str::<Notice>(&stored).unwrap(), notice);
    }
}

#[test]
fn what_is_stored_gives_no_link_away() {
    let key = InstanceKey::new(&[7; 32]);
    let nonce = "00112233445566778899aabbccddeeff";
    let secret = |purpose| links::secret(&key, purpose, nonce).reveal().to_owned();
    let secrets = [Purpose::Verification, Purpose::PasswordReset, Purpose::Invitation].map(secret);
    assert!(secrets.iter().all(|secret| secret.len() == 32 && secret != nonce));
    assert!(secrets[0] != secrets[1] && secrets[1] != secrets[2] && secrets[0] != secrets[2]);
    let other = InstanceKey::new(&[8; 32]);
    assert_ne!(links::secret(&other, Purpose::Verification, nonce).reveal(), secrets[0]);
}
