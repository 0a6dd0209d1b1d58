//! What can be told by mail, as data: one variant for each template.

use serde::{Deserialize, Serialize};
use skep_store::Micros;

use super::{Preference, links};

/// How long a mail without a link is worth sending: a mail server may be away for a long weekend.
const LIFE: Micros = 7 * 24 * 60 * 60 * 1_000_000;

macro_rules! notices {
    ($($(#[doc = $doc:literal])+ $name:ident = $kind:literal { $($(#[doc = $field_doc:literal])+ $field:ident: $type:ty,)* })+) => {
        /// Something that is told by mail. Names are those of the reference's templates.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "kind")]
        pub enum Notice {
            $($(#[doc = $doc])+ #[serde(rename = $kind)] $name { $($(#[doc = $field_doc])+ $field: $type,)* },)+
        }

        impl Notice {
            /// Every name, for documentation and tests.
            pub const KINDS: &[&str] = &[$($kind),+];

            /// As it is stored and listed.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $kind,)+
                }
            }
        }
    };
}

notices! {
    /// An address waits to be proven.
    Verification = "verification" {
        /// The account.
        username: String,
        /// The address.
        address: String,
        /// See `links`.
        nonce: String,
    }
    /// Somebody asked for a new password.
    PasswordResetRequest = "password_reset_request" {
        /// The account.
        username: String,
        /// See `links`.
        nonce: String,
    }
    /// The operator set a new password.
    SecurityPasswordReset = "security_password_reset" {
        /// The account.
        username: String,
    }
    /// The password was changed.
    PasswordChanged = "password_changed" {
        /// The account.
        username: String,
    }
    /// Two-factor authentication was switched on.
    TfaEnabled = "tfa_enabled" {
        /// The account.
        username: String,
    }
    /// Two-factor authentication was switched off.
    TfaDisabled = "tfa_disabled" {
        /// The account.
        username: String,
    }
    /// New recovery codes were made.
    TfaRecoveryRotated = "tfa_recovery_rotated" {
        /// The account.
        username: String,
    }
    /// An address was added.
    EmailAdded = "email_added" {
        /// The account.
        username: String,
        /// The new address.
        address: String,
    }
    /// Mail goes to another address from now on.
    PrimaryEmailChanged = "primary_email_changed" {
        /// The account.
        username: String,
        /// The new address.
        address: String,
    }
    /// A key was made.
    ApiKeyCreated = "api_key_created" {
        /// The account or organization that it belongs to.
        owner: String,
        /// Its name.
        name: String,
    }
    /// A key was revoked.
    ApiKeyRevoked = "api_key_revoked" {
        /// The account or organization that it belonged to.
        owner: String,
        /// Its name.
        name: String,
    }
    /// All keys were revoked.
    ApiKeysAllRevoked = "api_keys_all_revoked" {
        /// The account or organization that they belonged to.
        owner: String,
    }
    /// The account was added to an organization.
    OrganizationInvite = "organization_invite" {
        /// The account.
        username: String,
        /// The organization.
        organization: String,
        /// `read`, `write` or `admin`.
        role: String,
    }
    /// Somebody may join an organization.
    OrganizationInvitation = "organization_invitation" {
        /// The organization.
        organization: String,
        /// `read`, `write` or `admin`.
        role: String,
        /// Who invites.
        invited_by: String,
        /// When the link ends.
        expires_at: Micros,
        /// See `links`.
        nonce: String,
    }
    /// A package has a new owner.
    OwnerAdd = "owner_add" {
        /// The package's repository.
        repository: String,
        /// The package.
        package: String,
        /// The new owner.
        owner: String,
    }
    /// A package lost an owner.
    OwnerRemove = "owner_remove" {
        /// The package's repository.
        repository: String,
        /// The package.
        package: String,
        /// Who was one.
        owner: String,
    }
    /// A release was published.
    PackagePublished = "package_published" {
        /// The package's repository.
        repository: String,
        /// The package.
        package: String,
        /// The release.
        version: String,
        /// Who published it.
        publisher: String,
    }
    /// The account was deactivated by an administrator.
    AccountDeactivated = "account_deactivated" {
        /// The account.
        username: String,
    }
}

impl Notice {
    /// With what an account can do without it; none for what concerns its safety.
    pub fn preference(&self) -> Option<Preference> {
        match self {
            Self::OrganizationInvite { .. } => Some(Preference::OrganizationInvite),
            Self::OwnerAdd { .. } => Some(Preference::OwnerAdd),
            Self::OwnerRemove { .. } => Some(Preference::OwnerRemove),
            Self::PackagePublished { .. } => Some(Preference::PackagePublished),
            _ => None,
        }
    }

    /// Of these, only the newest that was not sent yet is worth sending.
    pub(crate) fn group(&self) -> Option<String> {
        match self {
            Self::Verification { username, address, .. } => {
                Some(format!("{}/{username}/{address}", self.kind()))
            }
            Self::PasswordResetRequest { username, .. } => Some(format!("{}/{username}", self.kind())),
            _ => None,
        }
    }

    /// How long it is worth sending, in microseconds: a link that has ended is not.
    pub(super) fn life(&self) -> Micros {
        match self {
            Self::Verification { .. } | Self::PasswordResetRequest { .. } => links::LIFE,
            _ => LIFE,
        }
    }
}
