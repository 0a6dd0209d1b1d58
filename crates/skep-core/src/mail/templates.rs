//! The words of every mail.

use jiff::Timestamp;
use skep_store::Micros;

use super::Notice;
use super::letter::Letter;
use super::links::{self, Purpose};
use crate::Secret;
use crate::secrets::InstanceKey;

/// What a mail needs to know of the server that sends it.
pub(crate) struct Sender<'a> {
    /// Address of the web pages, without a final slash.
    pub(crate) web_url: &'a str,
    /// Computes the secrets of links.
    pub(crate) key: &'a InstanceKey,
}

const NOT_YOU: &str = "If this was not you, somebody else may have access to your account: change your password, look \
                       through your keys, and tell the administrator of this server.";

impl Sender<'_> {
    /// The mail that tells something.
    pub(crate) fn letter(&self, notice: &Notice) -> Letter {
        let letter = match notice {
            Notice::Verification { .. }
            | Notice::PasswordResetRequest { .. }
            | Notice::OrganizationInvitation { .. } => self.with_link(notice),
            Notice::ApiKeyCreated { .. }
            | Notice::ApiKeyRevoked { .. }
            | Notice::ApiKeysAllRevoked { .. } => about_key(notice),
            Notice::OrganizationInvite { .. }
            | Notice::OwnerAdd { .. }
            | Notice::OwnerRemove { .. }
            | Notice::PackagePublished { .. } => self.about_package(notice),
            _ => about_account(notice),
        };
        letter.text(format!("This mail was sent by the package registry at {}.", self.web_url))
    }

    fn with_link(&self, notice: &Notice) -> Letter {
        match notice {
            Notice::Verification { username, address, nonce } => {
                let key = links::secret(self.key, Purpose::Verification, nonce);
                Letter::new("Email verification")
                    .text(format!("Hello {username}, please confirm that the address {address} is yours."))
                    .link("Confirm this address", verification_url(self.web_url, username, address, &key))
                    .text(
                        "The link works once, for 24 hours. If you did not sign up here, you need not do anything.",
                    )
            }
            Notice::PasswordResetRequest { username, nonce } => {
                let key = links::secret(self.key, Purpose::PasswordReset, nonce);
                Letter::new("Password reset request")
                    .text(format!("Hello {username}, somebody asked for a new password for your account."))
                    .link("Set a new password", password_url(self.web_url, username, &key))
                    .text(
                        "The link works once, for 24 hours. If it was not you who asked, you need not do anything: \
                         your password stays as it is.",
                    )
            }
            Notice::OrganizationInvitation { organization, role, invited_by, expires_at, nonce } => {
                let key = links::secret(self.key, Purpose::Invitation, nonce);
                Letter::new(format!("You have been invited to the {organization} organization"))
                    .text(format!(
                        "{invited_by} invites you to join the organization {organization} with the role {role}."
                    ))
                    .link("Look at the invitation", invitation_url(self.web_url, &key))
                    .text(format!(
                        "The link works once, until {}. Whoever has it can join: do not pass this mail on.",
                        day(*expires_at)
                    ))
            }
            _ => unreachable!("no other mail has a link with a secret"),
        }
    }

    fn about_package(&self, notice: &Notice) -> Letter {
        let preferences = "You can choose which mails you get on the page of your addresses.";
        match notice {
            Notice::OrganizationInvite { username, organization, role } => Letter::new(format!(
                "You have been added to the {organization} organization"
            ))
            .text(format!(
                "Hello {username}, you are now a member of the organization {organization} with the role \
                         {role}."
            ))
            .link("Organization", format!("{}/orgs/{}", self.web_url, part(organization)))
            .text(preferences),
            Notice::OwnerAdd { repository, package, owner } => {
                Letter::new(format!("Owner added to package {package}"))
                    .text(format!("{owner} is now an owner of the package {package}."))
                    .link("Package", self.package_url(repository, package))
                    .text(preferences)
            }
            Notice::OwnerRemove { repository, package, owner } => {
                Letter::new(format!("Owner removed from package {package}"))
                    .text(format!("{owner} is not an owner of the package {package} any more."))
                    .link("Package", self.package_url(repository, package))
                    .text(preferences)
            }
            Notice::PackagePublished { repository, package, version, publisher } => {
                let url = format!("{}/{}", self.package_url(repository, package), part(version));
                Letter::new(format!("Package {package} v{version} published"))
                    .text(format!("{publisher} published version {version} of the package {package}."))
                    .link("Release", url)
                    .text(
                        "If this should not have happened, revert the release or retire it, and revoke the key it was \
                         published with.",
                    )
                    .text(preferences)
            }
            _ => unreachable!("no other mail is about a package or an organization"),
        }
    }

    fn package_url(&self, repository: &str, package: &str) -> String {
        match repository {
            "hexpm" => format!("{}/packages/{}", self.web_url, part(package)),
            private => format!("{}/packages/{}/{}", self.web_url, part(private), part(package)),
        }
    }
}

fn about_account(notice: &Notice) -> Letter {
    let hello = |subject: &str, username: &str, text: &str| {
        Letter::new(subject).text(format!("Hello {username}, {text}"))
    };
    match notice {
        Notice::SecurityPasswordReset { username } => hello(
            "Your password has been reset for security reasons",
            username,
            "the administrator of this server set a new password for your account. Ask for it there, or choose one \
             yourself with the link for a forgotten password.",
        ),
        Notice::PasswordChanged { username } => {
            hello("Your password has changed", username, "the password of your account has changed.")
                .text(NOT_YOU)
        }
        Notice::TfaEnabled { username } => hello(
            "TFA has been enabled on your account",
            username,
            "two-factor authentication is now enabled on your account.",
        )
        .text(NOT_YOU),
        Notice::TfaDisabled { username } => hello(
            "TFA has been disabled on your account",
            username,
            "two-factor authentication is not enabled on your account any more.",
        )
        .text(NOT_YOU),
        Notice::TfaRecoveryRotated { username } => hello(
            "Your TFA recovery codes have been rotated",
            username,
            "new recovery codes were made for your account, and the old ones do not work any more.",
        )
        .text(NOT_YOU),
        Notice::EmailAdded { username, address } => hello(
            "A new email address was added to your account",
            username,
            "an address was added to your account.",
        )
        .facts([("Address", address)])
        .text(NOT_YOU),
        Notice::PrimaryEmailChanged { username, address } => hello(
            "Your primary email address has changed",
            username,
            "mail about your account goes to another address from now on. This is the last one to this address.",
        )
        .facts([("Address", address)])
        .text(NOT_YOU),
        Notice::AccountDeactivated { username } => hello(
            "Your account has been deactivated",
            username,
            "an administrator of this server has deactivated your account. Your packages stay.",
        ),
        _ => unreachable!("no other mail is about an account"),
    }
}

fn about_key(notice: &Notice) -> Letter {
    match notice {
        Notice::ApiKeyCreated { owner, name } => Letter::new("A new API key was created on your account")
            .text(format!("An API key was created for {owner}."))
            .facts([("Name", name)])
            .text(NOT_YOU),
        Notice::ApiKeyRevoked { owner, name } => Letter::new("An API key was revoked on your account")
            .text(format!("An API key of {owner} was revoked."))
            .facts([("Name", name)])
            .text(NOT_YOU),
        Notice::ApiKeysAllRevoked { owner } => Letter::new("All API keys have been revoked on your account")
            .text(format!("All API keys of {owner} were revoked."))
            .text(NOT_YOU),
        _ => unreachable!("no other mail is about keys"),
    }
}

/// Where an address is proven.
pub(crate) fn verification_url(web_url: &str, username: &str, address: &str, key: &Secret) -> String {
    let (username, address) = (part(username), part(address));
    format!("{web_url}/email/verify?username={username}&email={address}&key={}", key.reveal())
}

/// Where a new password is set.
pub(crate) fn password_url(web_url: &str, username: &str, key: &Secret) -> String {
    format!("{web_url}/password/new?username={}&key={}", part(username), key.reveal())
}

/// Where an invitation is accepted.
pub(crate) fn invitation_url(web_url: &str, key: &Secret) -> String {
    format!("{web_url}/invites?token={}", key.reveal())
}

/// Text as a part of an address: all but the unreserved characters of RFC 3986 are encoded.
fn part(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            byte => {
                out.push('%');
                out.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
            }
        }
    }
    out
}

fn day(at: Micros) -> String {
    let time = Timestamp::from_microsecond(at).unwrap_or(Timestamp::MAX);
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests;
