//! OAuth 2 as Hex clients use it. Sources: the Hex HTTP contract, "OAuth 2", and RFC 6749.
//!
//! There is one grant so far: `mix` exchanges an API key for a token of half an hour before it fetches from
//! a repository. A token never opens more than the key that it came from, and ends with it.

mod bearer;
pub mod clients;
mod jwt;
mod scopes;
mod token;

pub use jwt::{TokenKey, TokenKeyError};
pub use token::{IssuedToken, TokenRequest};

use std::borrow::Cow;

pub(crate) use bearer::credential;
pub(crate) use jwt::is_meant as is_token;

use crate::{Error, Shape};

/// Why a request for a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A parameter is missing or of the wrong kind.
    InvalidRequest,
    /// No such client, or it could not prove who it is.
    InvalidClient,
    /// More than the credential covers, or no scopes at all.
    InvalidScope,
    /// The client may not use this grant.
    UnauthorizedClient,
    /// No such grant here.
    UnsupportedGrantType,
}

impl Refusal {
    /// The refusal with a description for people.
    pub(crate) fn because(self, description: impl Into<Cow<'static, str>>) -> Error {
        let (status, code) = match self {
            Self::InvalidRequest => (400, "invalid_request"),
            Self::InvalidClient => (401, "invalid_client"),
            Self::InvalidScope => (400, "invalid_scope"),
            Self::UnauthorizedClient => (400, "unauthorized_client"),
            Self::UnsupportedGrantType => (400, "unsupported_grant_type"),
        };
        Error { shape: Shape::OAuth, ..Error::new(status, code, description) }
    }
}
