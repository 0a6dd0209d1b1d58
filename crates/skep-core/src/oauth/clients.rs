//! The clients that Skep knows, built in: a user of an unmodified client never has to register anything.
//! They are public clients: their ids are in their sources and prove nothing.

use crate::oauth::Refusal;
use crate::{Error, Result};

/// A way to get a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// Through the browser, back to the client.
    AuthorizationCode,
    /// Through a browser anywhere, by a code that is typed in.
    DeviceCode,
    /// For the refresh token of an earlier grant.
    RefreshToken,
    /// For an API key.
    ClientCredentials,
}

impl Grant {
    /// Every grant.
    pub const ALL: [Self; 4] =
        [Self::AuthorizationCode, Self::DeviceCode, Self::RefreshToken, Self::ClientCredentials];

    /// As `grant_type` says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
        }
    }

    /// The grant of that `grant_type`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.as_str() == text)
    }
}

/// A client.
#[derive(Debug)]
pub struct Client {
    /// A UUID in small letters.
    pub id: &'static str,
    /// As people call it.
    pub name: &'static str,
    /// What it may use.
    pub grants: &'static [Grant],
    /// What it may ask for where people decide; an exchanged key decides by itself.
    pub scopes: &'static [&'static str],
}

/// Every client. rebar3 makes keys with name and password and needs none.
pub const ALL: &[Client] = &[
    Client {
        id: "78ea6566-89fd-481e-a1d6-7d9d78eacca8",
        name: "Hex CLI",
        grants: &Grant::ALL,
        scopes: &["api", "api:read", "api:write", "repositories"],
    },
    Client {
        id: "877731e8-cb88-45e1-9b84-9214de7da421",
        name: "Gleam",
        grants: &[Grant::DeviceCode, Grant::RefreshToken],
        scopes: &["api:write"],
    },
];

/// The client of that id.
///
/// Errors: `invalid_client`; the generic 400 for an id that is no UUID, as the reference answers.
pub(crate) fn find(id: &str) -> Result<&'static Client> {
    if !is_uuid(id) {
        return Err(Error::bad_request());
    }
    let client = ALL.iter().find(|client| client.id.eq_ignore_ascii_case(id));
    client.ok_or_else(|| Refusal::InvalidClient.because("Invalid client"))
}

/// What people call the client of a stored id; one that is not known any more has no name.
pub(crate) fn name(id: &str) -> &'static str {
    ALL.iter().find(|client| client.id == id).map_or("", |client| client.name)
}

impl Client {
    /// Errors: `unauthorized_client`.
    pub(crate) fn may_use(&self, grant: Grant) -> Result<()> {
        if self.grants.contains(&grant) {
            return Ok(());
        }
        Err(Refusal::UnauthorizedClient.because("Client not authorized for this grant type"))
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finding() {
        assert_eq!(find("78EA6566-89fd-481e-a1d6-7d9d78eacca8").unwrap().name, "Hex CLI");
        let refused = |id: &str| {
            let error = find(id).unwrap_err();
            (error.status, error.code)
        };
        assert_eq!(refused("00000000-0000-4000-8000-000000000000"), (401, "invalid_client"));
        for id in ["", "cli", "78ea656689fd481ea1d67d9d78eacca8", "78ea6566-89fd-481e-a1d6-7d9d78eaccaé"] {
            assert_eq!(refused(id), (400, "bad_request"), "{id}");
        }
    }

    #[test]
    fn the_table_is_sound() {
        for client in ALL {
            assert!(is_uuid(client.id) && client.id.to_lowercase() == client.id, "{}", client.name);
            assert!(client.scopes.iter().all(|scope| super::super::scopes::parse(scope).is_some()));
        }
        assert!(Grant::ALL.into_iter().all(|grant| Grant::parse(grant.as_str()) == Some(grant)));
    }
}
