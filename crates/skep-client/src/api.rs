//! The Hex HTTP API, typed: users, keys, organizations' keys, packages, releases.
//!
//! One call is one method; it sends JSON, expects JSON and gives a value or an [`ApiError`]. Nothing here prompts,
//! retries or stores. A credential belongs to one [`Api`], and an [`Api`] to one server.

mod error;
mod exchange;
mod keys;
mod packages;
mod two_factor;
mod users;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use error::{ApiError, Refusal};
pub use exchange::RepositoryToken;
pub use keys::{CreatedKey, Key, KeyOwner, KeyPermission, KeysOf, LastUse, NewKey, OwnerType};
pub use packages::{Package, PackageRelease, Published, Release};
pub use two_factor::{NewTwoFactor, SecondFactor, TwoFactorStatus};
pub use users::{Me, Membership, NewUser, User};

use crate::network::{self, Network, Progress, TransportError};
use crate::secret::Secret;
use crate::server::ApiUrl;

/// Most bytes of an answer. The longest real ones, lists of keys and packages with hundreds of releases, are far
/// below.
const MAX_ANSWER_BYTES: usize = 8 << 20;

const OTP_HEADER: HeaderName = HeaderName::from_static("x-hex-otp");

/// Who is asking.
#[derive(Clone, Default)]
pub enum Credential {
    /// Nobody.
    #[default]
    Anonymous,
    /// The owner of an API key; sent raw, as every Hex client does.
    Key(Secret),
    /// A user by name and password, to be exchanged for a key at once.
    Basic {
        /// The user's name.
        username: String,
        /// The password.
        password: Secret,
    },
}

/// A server's API, seen by one caller.
#[derive(Clone)]
pub struct Api {
    network: Network,
    base: ApiUrl,
    credential: Credential,
    otp: Option<String>,
}

impl Api {
    /// The API at `base`, asked as `credential`.
    pub fn new(network: Network, base: ApiUrl, credential: Credential) -> Self {
        Self { network, base, credential, otp: None }
    }

    /// The same server asked by somebody else.
    pub fn with_credential(&self, credential: Credential) -> Self {
        Self { credential, ..self.clone() }
    }

    /// The same caller with a one-time password for servers that demand one.
    pub fn with_otp(&self, otp: Option<String>) -> Self {
        Self { otp, ..self.clone() }
    }

    /// The server.
    pub fn base(&self) -> &ApiUrl {
        &self.base
    }

    /// The network that it is asked through.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Whether there is any credential to ask with.
    pub fn is_anonymous(&self) -> bool {
        matches!(self.credential, Credential::Anonymous)
    }

    fn request(&self, method: Method, route: &[&str]) -> Result<RequestBuilder, ApiError> {
        let mut request = self
            .network
            .api_request(method, self.base.route(route))
            .header(ACCEPT, HeaderValue::from_static("application/json"));
        let authorization = match &self.credential {
            Credential::Anonymous => None,
            Credential::Key(key) => Some(key.expose().to_owned()),
            Credential::Basic { username, password } => {
                Some(format!("Basic {}", BASE64_STANDARD.encode(format!("{username}:{}", password.expose()))))
            }
        };
        if let Some(value) = authorization {
            request = request.header(AUTHORIZATION, sensitive(&value)?);
        }
        if let Some(otp) = &self.otp {
            request = request.header(OTP_HEADER, sensitive(otp)?);
        }
        Ok(request)
    }

    async fn get<T: DeserializeOwned>(&self, route: &[&str]) -> Result<T, ApiError> {
        self.get_from(|| self.request(Method::GET, route)).await
    }

    /// The answer to a question that may be asked again, if the connection breaks in the middle of it.
    async fn get_from<T: DeserializeOwned>(
        &self,
        request: impl Fn() -> Result<RequestBuilder, ApiError>,
    ) -> Result<T, ApiError> {
        let mut tries = self.network.tries();
        loop {
            let response = self.answer(request()?).await?;
            match read(response).await {
                Err(ApiError::Transport(TransportError::Connection { .. })) if tries.wait(None).await => {}
                answer => return answer,
            }
        }
    }

    async fn post<T: DeserializeOwned>(&self, route: &[&str], body: &impl Serialize) -> Result<T, ApiError> {
        self.json(self.request(Method::POST, route)?.json(body)).await
    }

    async fn delete(&self, route: &[&str]) -> Result<(), ApiError> {
        self.answer(self.request(Method::DELETE, route)?).await.map(drop)
    }

    async fn delete_with(&self, route: &[&str], body: &impl Serialize) -> Result<(), ApiError> {
        self.answer(self.request(Method::DELETE, route)?.json(body)).await.map(drop)
    }

    /// The body of a successful answer, as a value.
    async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, ApiError> {
        read(self.answer(request).await?).await
    }

    /// A successful answer, or why not.
    async fn answer(&self, request: RequestBuilder) -> Result<Response, ApiError> {
        let request = request.build().map_err(|error| ApiError::Unsendable(error.to_string()))?;
        successful(self.network.call(request).await?).await
    }

    /// Sends a large body, and tells how far it is.
    async fn upload(
        &self,
        request: RequestBuilder,
        body: Bytes,
        progress: &Progress,
    ) -> Result<Response, ApiError> {
        let request = request.build().map_err(|error| ApiError::Unsendable(error.to_string()))?;
        successful(self.network.upload(request, body, progress).await?).await
    }
}

async fn successful(response: Response) -> Result<Response, ApiError> {
    if response.status().is_success() { Ok(response) } else { Err(ApiError::from_answer(response).await) }
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, ApiError> {
    let url = response.url().to_string();
    let body = network::body(response, MAX_ANSWER_BYTES).await?;
    serde_json::from_slice(&body).map_err(|error| ApiError::Malformed { url, reason: error.to_string() })
}

fn sensitive(text: &str) -> Result<HeaderValue, ApiError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        ApiError::Unsendable("the credential has characters that a header can't hold".to_owned())
    })?;
    value.set_sensitive(true);
    Ok(value)
}
