//! What opens a repository: nothing, a key, a token, or what a key is exchanged for.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::HeaderValue;
use tokio::sync::OnceCell;

use super::RepositoryError;
use crate::TransportError;
use crate::api::{Api, Credential, RepositoryToken};
use crate::network::Network;
use crate::secret::Secret;
use crate::server::ApiUrl;

/// What opens a repository.
#[derive(Clone, Default)]
pub enum Access {
    /// Nothing: it is open, or closed.
    #[default]
    Anonymous,
    /// A key, sent raw, as every Hex client does.
    Key(Secret),
    /// A token.
    Bearer(Secret),
    /// The user's login at the server; a session is renewed while work goes on.
    Login(Credential),
    /// A login from a netrc file.
    Basic {
        /// The user's name.
        username: String,
        /// The password.
        password: Secret,
    },
    /// A key that is exchanged for a token before the first use.
    Exchange(Exchange),
}

/// How a key is exchanged.
#[derive(Clone)]
pub struct Exchange {
    /// Where.
    pub api: ApiUrl,
    /// The key.
    pub key: Secret,
    /// Is given the token, for the next command.
    pub keep: std::sync::Arc<dyn Fn(&RepositoryToken) + Send + Sync>,
}

/// The header that it comes to, made once where it stays the same.
#[derive(Default)]
pub(super) struct Authorization {
    access: Access,
    header: OnceCell<Option<HeaderValue>>,
}

impl Authorization {
    pub(super) fn new(access: Access) -> Self {
        Self { access, header: OnceCell::new() }
    }

    pub(super) fn is_anonymous(&self) -> bool {
        matches!(self.access, Access::Anonymous)
    }

    pub(super) async fn header(
        &self,
        network: &Network,
        repository: &str,
    ) -> Result<Option<HeaderValue>, RepositoryError> {
        match &self.access {
            // What is right for a while only.
            Access::Login(Credential::Session(_)) => self.make(network, repository).await,
            _ => self.header.get_or_try_init(|| self.make(network, repository)).await.cloned(),
        }
    }

    async fn make(
        &self,
        network: &Network,
        repository: &str,
    ) -> Result<Option<HeaderValue>, RepositoryError> {
        let text = match &self.access {
            Access::Anonymous => return Ok(None),
            Access::Key(key) => key.expose().to_owned(),
            Access::Bearer(token) => format!("Bearer {}", token.expose()),
            Access::Login(login) => match login.authorization().await? {
                Some(authorization) => authorization.expose().to_owned(),
                None => return Ok(None),
            },
            Access::Basic { username, password } => {
                format!("Basic {}", BASE64_STANDARD.encode(format!("{username}:{}", password.expose())))
            }
            Access::Exchange(exchange) => {
                let api = Api::new(network.clone(), exchange.api.clone(), Credential::Anonymous);
                let token = api.exchange_key(&exchange.key).await.map_err(|reason| {
                    RepositoryError::Exchange { repository: repository.to_owned(), reason: Box::new(reason) }
                })?;
                (exchange.keep)(&token);
                format!("Bearer {}", token.access_token.expose())
            }
        };
        let mut value = HeaderValue::from_str(&text)
            .map_err(|_| TransportError::Setup("the key can't be sent as a header".to_owned()))?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}
