//! Who calls: an account or an organization, by which credential, from where.

use std::net::IpAddr;
use std::sync::Arc;

use skep_store::Micros;
use skep_store::tables::keys::Owner;

use crate::permission::{Need, Permission, any_satisfies};
use crate::role::Role;
use crate::two_factor::OneTimeCode;

/// A membership of an account.
#[derive(Debug, Clone)]
pub struct Membership {
    /// The organization.
    pub organization_id: i64,
    /// Its name, which is also its repository's.
    pub organization: String,
    /// The role.
    pub role: Role,
}

/// An authenticated account.
#[derive(Debug, Clone)]
pub struct UserSubject {
    /// Row id.
    pub id: i64,
    /// Name.
    pub username: String,
    /// Whether the address that counts for this request is verified.
    pub email_verified: bool,
    /// May administer the instance.
    pub administrator: bool,
    /// Whether a second factor is enabled.
    pub two_factor: bool,
    /// By name of organization.
    pub memberships: Vec<Membership>,
}

/// An authenticated organization.
#[derive(Debug, Clone)]
pub struct OrganizationSubject {
    /// Row id.
    pub id: i64,
    /// Name.
    pub name: String,
    /// The organization user, who owns and publishes in its name.
    pub user_id: i64,
    /// The role of whoever made the key. A member who may make keys must not become more by using one.
    pub role: Role,
    /// Whoever made the key, if that is known: what is made with the key counts as made by that member.
    pub maker_id: Option<i64>,
}

/// Whom the credential belongs to.
#[derive(Debug, Clone)]
pub enum Subject {
    /// An account.
    User(UserSubject),
    /// An organization, by a key of its own.
    Organization(OrganizationSubject),
}

/// What was shown.
#[derive(Debug, Clone)]
pub enum Credential {
    /// Name and password: everything that the account may do.
    Password,
    /// An API key.
    Key {
        /// Row id.
        id: i64,
        /// Name.
        name: String,
        /// What it may be used for.
        permissions: Vec<Permission>,
        /// When it ends.
        revoke_at: Option<Micros>,
    },
    /// An OAuth access token.
    Token {
        /// Row id.
        id: i64,
        /// The key that it was exchanged for, if it was.
        key_id: Option<i64>,
        /// The session that it belongs to, if it does.
        session_id: Option<i64>,
        /// Its scopes.
        permissions: Vec<Permission>,
        /// When it ends, or its key or session does.
        ends_at: Micros,
    },
    /// The cookie of a browser: everything that the account may do.
    Browser {
        /// Row id of the session.
        session_id: i64,
        /// When it ends.
        ends_at: Micros,
    },
}

impl Credential {
    /// What it may be used for; none = everything that its owner may do.
    pub fn permissions(&self) -> Option<&[Permission]> {
        match self {
            Self::Password | Self::Browser { .. } => None,
            Self::Key { permissions, .. } | Self::Token { permissions, .. } => Some(permissions),
        }
    }

    /// When it ends by itself, if it does.
    pub(crate) fn ends_at(&self) -> Option<Micros> {
        match self {
            Self::Password => None,
            Self::Key { revoke_at, .. } => *revoke_at,
            Self::Token { ends_at, .. } | Self::Browser { ends_at, .. } => Some(*ends_at),
        }
    }
}

/// An authenticated caller.
#[derive(Debug, Clone)]
pub struct Principal {
    /// Whom the credential belongs to.
    pub subject: Subject,
    /// What was shown.
    pub credential: Credential,
}

impl Principal {
    /// Whether the credential opens what is needed. A password opens everything.
    pub fn opens(&self, need: Need<'_>) -> bool {
        self.credential.permissions().is_none_or(|permissions| any_satisfies(permissions, need))
    }

    /// The role in an organization; an organization has in itself the role of whoever made its key.
    pub fn role_in(&self, organization_id: i64) -> Option<Role> {
        match &self.subject {
            Subject::User(user) => {
                user.memberships.iter().find(|m| m.organization_id == organization_id).map(|m| m.role)
            }
            Subject::Organization(organization) => {
                (organization.id == organization_id).then_some(organization.role)
            }
        }
    }

    /// The role above which rights of the acting account as an owner of packages do not count.
    pub fn highest_role(&self) -> Role {
        match &self.subject {
            Subject::User(_) => Role::Admin,
            Subject::Organization(organization) => organization.role,
        }
    }

    /// The account that publishes and owns: the user, or the organization user.
    pub fn acting_user_id(&self) -> i64 {
        match &self.subject {
            Subject::User(user) => user.id,
            Subject::Organization(organization) => organization.user_id,
        }
    }

    /// Whom keys made by this caller for itself belong to.
    pub fn key_owner(&self) -> Owner {
        match &self.subject {
            Subject::User(user) => Owner::User(user.id),
            Subject::Organization(organization) => Owner::Organization(organization.id),
        }
    }

    /// The account behind the call: the user, or the member who made the organization's key.
    pub fn answerable_user_id(&self) -> Option<i64> {
        match &self.subject {
            Subject::User(user) => Some(user.id),
            Subject::Organization(organization) => organization.maker_id,
        }
    }

    /// The account, unless an organization calls.
    pub fn user(&self) -> Option<&UserSubject> {
        match &self.subject {
            Subject::User(user) => Some(user),
            Subject::Organization(_) => None,
        }
    }

    /// Name of the account or organization.
    pub fn name(&self) -> &str {
        match &self.subject {
            Subject::User(user) => &user.username,
            Subject::Organization(organization) => &organization.name,
        }
    }

    /// Row id of the key that was shown.
    pub fn key_id(&self) -> Option<i64> {
        match &self.credential {
            Credential::Key { id, .. } => Some(*id),
            Credential::Password | Credential::Token { .. } | Credential::Browser { .. } => None,
        }
    }

    /// Row id of the key that answers for the call: the one shown, or the one that the token came from.
    /// The audit log names it, because tokens are gone after half an hour.
    pub fn answerable_key_id(&self) -> Option<i64> {
        match &self.credential {
            Credential::Token { key_id, .. } => *key_id,
            Credential::Password | Credential::Key { .. } | Credential::Browser { .. } => self.key_id(),
        }
    }

    /// Row id of the session that the call belongs to.
    pub fn session_id(&self) -> Option<i64> {
        match &self.credential {
            Credential::Token { session_id, .. } => *session_id,
            Credential::Browser { session_id, .. } => Some(*session_id),
            Credential::Password | Credential::Key { .. } => None,
        }
    }
}

/// Where a request comes from, for the audit log and the last use of keys.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// Client address.
    pub ip: Option<IpAddr>,
    /// The header as it came.
    pub user_agent: String,
}

/// Longest part of a user agent that is kept, in characters.
pub(crate) const MAX_USER_AGENT: usize = 255;

impl Origin {
    /// Address and user agent as a last use is recorded.
    pub(crate) fn recorded(&self) -> (String, String) {
        let ip = self.ip.map(|ip| ip.to_string()).unwrap_or_default();
        (ip, self.user_agent.chars().take(MAX_USER_AGENT).collect())
    }
}

/// A request's caller, anonymous or not.
#[derive(Clone, Default)]
pub struct Caller {
    /// Who, if anyone.
    pub principal: Option<Arc<Principal>>,
    /// From where.
    pub origin: Origin,
    /// The code of the second factor, if one was shown.
    pub one_time_code: Option<OneTimeCode>,
}
