//! The Hex HTTP API, typed: users, keys, organizations' keys, packages, releases.
//!
//! One call is one method; it sends JSON, expects JSON and gives a value or an [`ApiError`]. A credential belongs to one
//! [`Api`], and an [`Api`] to one server. A session whose time is over is renewed on the way, and a one-time code is asked
//! for where the server wants one and somebody can answer: see `call`.

mod administration;
mod call;
mod details;
mod emails;
mod error;
mod exchange;
mod invitations;
mod keys;
mod members;
mod oauth;
mod organizations;
mod owners;
mod packages;
mod passwords;
mod policies;
mod publishing;
mod reachable;
mod retirement;
mod search;
mod sessions;
mod two_factor;
mod users;

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{Method, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use administration::{ReservedName, UserChange, UserRecord, UserSession};
pub use call::AskOtp;
use call::Otp;
pub use details::{AdvisoryNote, Configs, Downloads, PackageMeta, ReleaseMeta, Requirement, RetirementNote};
pub use emails::Email;
pub use error::{ApiError, Refusal};
pub use exchange::RepositoryToken;
pub use invitations::{Acceptance, Invitation, InvitationLink, NewInvitation, Offer};
pub use keys::{CreatedKey, Key, KeyOwner, KeyPermission, KeysOf, LastUse, NewKey, OwnerType};
pub use members::{Member, Role};
pub use oauth::{DeviceAnswer, DeviceAuthorization};
pub use organizations::{AuditLogEntry, Organization, PackageSearch};
pub use owners::{Owner, OwnerLevel};
pub use packages::{Package, PackageRelease, Published, Release};
pub use policies::{
    MAX_POLICY_BYTES, Policy, PolicyContent, PolicyOverride, PolicyRepository, PolicyTextError, Restriction,
    RetiredFor, Severity,
};
pub use search::SearchOrder;
pub use sessions::{SessionClient, SessionEntry};
pub use two_factor::{NewTwoFactor, SecondFactor, TwoFactorStatus};
pub use users::{Me, Membership, NewUser, OwnedPackage, User, UserPage};

use crate::network::{self, Network, Progress};
use crate::secret::Secret;
use crate::server::ApiUrl;
use crate::session::{Session, SessionError};

/// Most bytes of an answer. The longest real ones, lists of keys and packages with hundreds of releases, are far
/// below.
const MAX_ANSWER_BYTES: usize = 8 << 20;

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
    /// The holder of a token, which is not renewed.
    Bearer(Secret),
    /// A user who logged in with a browser; the token is renewed when its time is over.
    Session(Arc<Session>),
}

impl Credential {
    /// What requests carry in `Authorization`, if anything. Also opens the repositories of the server that it belongs
    /// to, and must be sent to no other.
    ///
    /// # Errors
    /// When a session has ended or can't be renewed.
    pub async fn authorization(&self) -> Result<Option<Secret>, SessionError> {
        Ok(match self {
            Self::Anonymous => None,
            Self::Key(key) => Some(key.clone()),
            Self::Basic { username, password } => Some(Secret::new(format!(
                "Basic {}",
                BASE64_STANDARD.encode(format!("{username}:{}", password.expose()))
            ))),
            Self::Bearer(token) => Some(bearer(token)),
            Self::Session(session) => Some(bearer(&session.token().await?)),
        })
    }
}

fn bearer(token: &Secret) -> Secret {
    Secret::new(format!("Bearer {}", token.expose()))
}

/// A server's API, seen by one caller.
#[derive(Clone)]
pub struct Api {
    network: Network,
    base: ApiUrl,
    credential: Credential,
    /// Where the credential comes from, for messages.
    origin: Option<Arc<str>>,
    otp: Arc<Otp>,
}

/// A name as one part of an address. With some names the address would be that of everything above.
fn segment(name: &str) -> Result<&str, ApiError> {
    match name.trim_matches(['.', '/', ' ']).is_empty() {
        true => Err(ApiError::Name(name.to_owned())),
        false => Ok(name),
    }
}

impl Api {
    /// The API at `base`, asked as `credential`.
    pub fn new(network: Network, base: ApiUrl, credential: Credential) -> Self {
        Self { network, base, credential, origin: None, otp: Arc::default() }
    }

    /// The same server asked by somebody else.
    pub fn with_credential(&self, credential: Credential) -> Self {
        Self { credential, origin: None, ..self.clone() }
    }

    /// The same caller, with words that tell where a key that is refused comes from and what to do about it.
    pub fn with_origin(&self, told: &str) -> Self {
        Self { origin: Some(told.into()), ..self.clone() }
    }

    /// The same caller with a one-time code for servers that demand one.
    pub fn with_otp(&self, code: Option<String>) -> Self {
        Self { otp: Arc::new(self.otp.with_code(code)), ..self.clone() }
    }

    /// The same caller with somebody who can be asked for a one-time code.
    pub fn asking_otp(&self, ask: Arc<AskOtp>) -> Self {
        Self { otp: Arc::new(self.otp.with_asking(ask)), ..self.clone() }
    }

    /// Who asks.
    pub fn credential(&self) -> &Credential {
        &self.credential
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
        let request = self.network.api_request(method, self.base.route(route))?;
        Ok(request.header(ACCEPT, HeaderValue::from_static("application/json")))
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
                Err(ApiError::Transport(error)) if error.is_of_connection() => {
                    if !tries.wait(None, || error.reason()).await {
                        return Err(error.into());
                    }
                }
                answer => return answer,
            }
        }
    }

    async fn get_with<T: DeserializeOwned>(
        &self,
        route: &[&str],
        query: &(impl Serialize + ?Sized),
    ) -> Result<T, ApiError> {
        self.get_from(|| Ok(self.request(Method::GET, route)?.query(query))).await
    }

    async fn post<T: DeserializeOwned>(&self, route: &[&str], body: &impl Serialize) -> Result<T, ApiError> {
        self.json(self.request(Method::POST, route)?.json(body)).await
    }

    async fn post_for_nothing(&self, route: &[&str], body: &impl Serialize) -> Result<(), ApiError> {
        self.answer(self.request(Method::POST, route)?.json(body)).await.map(drop)
    }

    async fn post_empty<T: DeserializeOwned>(&self, route: &[&str]) -> Result<T, ApiError> {
        self.json(self.request(Method::POST, route)?).await
    }

    /// For what answers with nothing.
    async fn post_only(&self, route: &[&str]) -> Result<(), ApiError> {
        self.answer(self.request(Method::POST, route)?).await.map(drop)
    }

    async fn put<T: DeserializeOwned>(&self, route: &[&str], body: &impl Serialize) -> Result<T, ApiError> {
        self.json(self.request(Method::PUT, route)?.json(body)).await
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
        self.call(request, async |request| self.network.call(request).await).await
    }

    /// Sends a large body, and tells how far it is.
    async fn upload(
        &self,
        request: RequestBuilder,
        body: Bytes,
        progress: &Progress,
    ) -> Result<Response, ApiError> {
        self.call(request, async |request| self.network.upload(request, body.clone(), progress).await).await
    }
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, ApiError> {
    let url = response.url().to_string();
    let body = network::body(response, MAX_ANSWER_BYTES).await?;
    serde_json::from_slice(&body).map_err(|error| ApiError::Malformed { url, reason: error.to_string() })
}
