//! OAuth 2 as Hex clients use it. Sources: the Hex HTTP contract, "OAuth 2", RFC 6749, RFC 7636 (the code
//! challenge) and RFC 8628 (devices).
//!
//! `mix` exchanges an API key for a token of half an hour before it fetches from a repository; such a token never
//! opens more than its key, and ends with it. People log a client in through a browser, by a code that they type
//! in or by being sent there and back; that makes a session, whose tokens are renewed until it ends.

mod bearer;
pub mod clients;
mod code;
mod device;
mod exchange;
mod jwt;
mod pair;
mod pkce;
pub mod redirect;
mod refresh;
mod revoke;
mod scopes;
mod selection;
mod token;
mod user_code;

pub use code::{Authorization, AuthorizationRefused, AuthorizationRequest};
pub use device::{DeviceAuthorization, DeviceAuthorizationRequest, DeviceView, INTERVAL};
pub use jwt::{TokenKey, TokenKeyError};
pub use token::{IssuedToken, TokenRequest};

use std::borrow::Cow;

pub(crate) use bearer::credential;
pub(crate) use clients::Clients;
pub(crate) use device::attempts as user_code_attempts;
pub(crate) use jwt::is_meant as is_token;

use skep_store::Micros;

use crate::{Error, Shape};

/// Microseconds of a second.
const SECOND: Micros = 1_000_000;

/// Why a request for a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A parameter is missing or of the wrong kind.
    InvalidRequest,
    /// No such client, or it could not prove who it is.
    InvalidClient,
    /// What is shown for a token is not good, or not good any more.
    InvalidGrant,
    /// More than the credential covers, or no scopes at all.
    InvalidScope,
    /// The client may not use this grant.
    UnauthorizedClient,
    /// No such grant here.
    UnsupportedGrantType,
    /// Nobody has answered the device yet.
    AuthorizationPending,
    /// Nobody answered the device in time.
    ExpiredToken,
    /// Somebody refused.
    AccessDenied,
}

impl Refusal {
    /// The refusal with a description for people.
    pub(crate) fn because(self, description: impl Into<Cow<'static, str>>) -> Error {
        let (status, code) = match self {
            Self::InvalidRequest => (400, "invalid_request"),
            Self::InvalidClient => (401, "invalid_client"),
            Self::InvalidGrant => (400, "invalid_grant"),
            Self::InvalidScope => (400, "invalid_scope"),
            Self::UnauthorizedClient => (400, "unauthorized_client"),
            Self::UnsupportedGrantType => (400, "unsupported_grant_type"),
            Self::AuthorizationPending => (400, "authorization_pending"),
            Self::ExpiredToken => (400, "expired_token"),
            Self::AccessDenied => (403, "access_denied"),
        };
        Error { shape: Shape::OAuth, ..Error::new(status, code, description) }
    }
}
