//! The clients that Skep knows. Those of Hex are built in: a user of an unmodified client never has to register
//! anything. All are public clients: their ids are in their sources and prove nothing.

use super::{Refusal, redirect, scopes};
use crate::given::Given;
use crate::permission::{Domain, Permission};
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
#[derive(Debug, Clone)]
pub struct Client {
    /// A UUID in small letters.
    pub id: String,
    /// As people call it.
    pub name: String,
    /// What it may use.
    pub grants: Vec<Grant>,
    /// What it may ask for where people decide; an exchanged key decides by itself. Bare `package`,
    /// `repository` and `docs` stand for each of them.
    pub scopes: Vec<String>,
    /// Where people may be sent back to; see [`redirect::matches()`].
    pub redirect_uris: Vec<String>,
}

/// The clients that are built in. rebar3 makes keys with name and password and needs none.
pub fn built_in() -> Vec<Client> {
    let client = |id: &str, name: &str, grants: &[Grant], scopes: &[&str]| Client {
        id: id.to_owned(),
        name: name.to_owned(),
        grants: grants.to_vec(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        redirect_uris: Vec::new(),
    };
    vec![
        client(
            "78ea6566-89fd-481e-a1d6-7d9d78eacca8",
            "Hex CLI",
            &Grant::ALL,
            &["api", "api:read", "api:write", "repositories"],
        ),
        client(
            "877731e8-cb88-45e1-9b84-9214de7da421",
            "Gleam",
            &[Grant::DeviceCode, Grant::RefreshToken],
            &["api:write"],
        ),
    ]
}

/// Every client that an instance knows.
pub(crate) struct Clients(Vec<Client>);

impl Clients {
    /// Those that are built in, and those that the operator registered.
    pub(crate) fn new(registered: &[Client]) -> Self {
        Self(built_in().into_iter().chain(registered.iter().cloned()).collect())
    }

    /// The client of that id.
    ///
    /// Errors: `invalid_client`; the generic 400 for an id that is no UUID, as the reference answers.
    pub(crate) fn find(&self, id: &str) -> Result<&Client> {
        if !is_uuid(id) {
            return Err(Error::bad_request());
        }
        let client = self.0.iter().find(|client| client.id.eq_ignore_ascii_case(id));
        client.ok_or_else(|| Refusal::InvalidClient.because("Invalid client"))
    }

    /// The client that a request names.
    ///
    /// Errors: as [`Clients::find`], and `invalid_client` if it names none.
    pub(super) fn given(&self, id: &Given<String>) -> Result<&Client> {
        match id {
            Ok(Some(id)) => self.find(id),
            _ => Err(Refusal::InvalidClient.because("Missing client_id")),
        }
    }

    /// What people call the client of a stored id; one that is not known any more is called by its id.
    pub(crate) fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.0.iter().find(|client| client.id == id).map_or(id, |client| &client.name)
    }
}

impl Client {
    /// A client that an operator registers: a public one, which logs people in by a code or as a device.
    ///
    /// Errors: what is wrong with it, as a sentence for the operator.
    pub fn registered(
        id: &str,
        name: String,
        scopes: Vec<String>,
        redirect_uris: Vec<String>,
    ) -> Result<Self, String> {
        let id = id.to_lowercase();
        if !is_uuid(&id) {
            return Err(format!("the id {id:?} is no UUID"));
        }
        if built_in().iter().any(|client| client.id == id) {
            return Err(format!("the id {id} is that of a client that is built in"));
        }
        if name.trim().is_empty() {
            return Err("it needs a name, which people are shown".to_owned());
        }
        let is_kind = |scope: &str| ["package", "repository", "docs"].contains(&scope);
        if let Some(scope) = scopes.iter().find(|scope| !is_kind(scope) && scopes::parse(scope).is_none()) {
            return Err(format!("there is no scope {scope:?}"));
        }
        if let Some(address) = redirect_uris.iter().find(|address| !redirect::may_be_registered(address)) {
            return Err(format!(
                "people cannot be sent back to {address:?}: it has to be https, or http to the machine itself, and \
                 at most the first label of its host name may be *, with two more behind it"
            ));
        }
        let grants = vec![Grant::AuthorizationCode, Grant::DeviceCode, Grant::RefreshToken];
        Ok(Self { id, name, grants, scopes, redirect_uris })
    }

    /// Errors: `unauthorized_client`.
    pub(crate) fn may_use(&self, grant: Grant) -> Result<()> {
        if self.grants.contains(&grant) {
            return Ok(());
        }
        Err(Refusal::UnauthorizedClient.because("Client not authorized for this grant type"))
    }

    /// Whether it may ask people for this.
    pub(super) fn may_ask_for(&self, scope: &Permission) -> bool {
        let exact = scopes::write(scope);
        let kind = scope.domain.as_str();
        let of_any = matches!(scope.domain, Domain::Package | Domain::Repository | Domain::Docs);
        self.scopes.iter().any(|allowed| *allowed == exact || (of_any && allowed == kind))
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
        let clients = Clients::new(&[]);
        assert_eq!(clients.find("78EA6566-89fd-481e-a1d6-7d9d78eacca8").unwrap().name, "Hex CLI");
        let refused = |id: &str| {
            let error = clients.find(id).unwrap_err();
            (error.status, error.code)
        };
        assert_eq!(refused("00000000-0000-4000-8000-000000000000"), (401, "invalid_client"));
        for id in ["", "cli", "78ea656689fd481ea1d67d9d78eacca8", "78ea6566-89fd-481e-a1d6-7d9d78eaccaé"] {
            assert_eq!(refused(id), (400, "bad_request"), "{id}");
        }
        assert_eq!(clients.given(&Ok(None)).unwrap_err().code, "invalid_client");
        assert_eq!(clients.name("877731e8-cb88-45e1-9b84-9214de7da421"), "Gleam");
        assert_eq!(clients.name("gone"), "gone");
    }

    #[test]
    fn the_table_is_sound() {
        for client in built_in() {
            assert!(is_uuid(&client.id) && client.id.to_lowercase() == client.id, "{}", client.name);
            assert!(client.scopes.iter().all(|scope| scopes::parse(scope).is_some()));
        }
        assert!(Grant::ALL.into_iter().all(|grant| Grant::parse(grant.as_str()) == Some(grant)));
    }

    #[test]
    fn registering() {
        let id = "0C1D2E3F-0000-4000-8000-000000000001";
        let register = |id: &str, name: &str, scope: &str, address: &str| {
            Client::registered(id, name.into(), vec![scope.into()], vec![address.into()])
        };
        let good = register(id, "CI", "repository", "https://ci.example.com/back").unwrap();
        assert_eq!(good.id, id.to_lowercase());
        assert_eq!(Clients::new(std::slice::from_ref(&good)).find(id).unwrap().name, "CI");
        for (id, name, scope, address) in [
            ("ci", "CI", "api", "https://ci.example.com/back"),
            ("78ea6566-89fd-481e-a1d6-7d9d78eacca8", "CI", "api", "https://ci.example.com/back"),
            (id, " ", "api", "https://ci.example.com/back"),
            (id, "CI", "magic", "https://ci.example.com/back"),
            (id, "CI", "api", "https://*.com/back"),
        ] {
            register(id, name, scope, address).unwrap_err();
        }
    }

    #[test]
    fn what_a_client_may_ask_for() {
        let mut client = built_in().remove(0);
        let may = |client: &Client, scope: &str| client.may_ask_for(&scopes::parse(scope).unwrap());
        assert!(
            ["api", "api:read", "api:write", "repositories"].into_iter().all(|scope| may(&client, scope))
        );
        assert!(!may(&client, "repository:acme") && !may(&client, "docs:acme"));
        client.scopes = vec!["api:read".into(), "repository".into(), "docs:acme".into()];
        assert!(may(&client, "repository:acme") && may(&client, "docs:acme"));
        assert!(!may(&client, "docs:beta") && !may(&client, "api") && !may(&client, "package:hexpm/tree"));
    }
}
