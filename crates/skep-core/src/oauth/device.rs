//! A client on a device logs in by a code that somebody types in at a browser. Texts: the Hex HTTP contract,
//! "OAuth 2", and what the reference's pages say.
//!
//! What is agreed to is fixed when the device first asks after it: repositories that the account gets into later
//! are not among it.

use skep_store::tables::device_requests::{self, DeviceRequest, NewDeviceRequest, Status};
use skep_store::tables::keys::Owner;
use skep_store::tables::sessions::{self, Carrier};
use skep_store::tables::{oauth_tokens, users};
use skep_store::{Change, Conn, Micros, StoreError};

use super::clients::{Client, Grant};
use super::selection::{hold, requested, require_browser};
use super::token::{IssuedToken, TokenRequest};
use super::{Refusal, SECOND, pair, scopes, user_code};
use crate::access::{Access, operations};
use crate::attempts::{Attempts, Limit};
use crate::authenticate::load_subject;
use crate::given::Given;
use crate::permission::Permission;
use crate::principal::Origin;
use crate::secrets::Secret;
use crate::{Error, Result, Skep};

/// How often a device should ask, in seconds. Nobody is refused who asks more often.
pub const INTERVAL: i64 = 5;

/// How long a request can be answered and asked after, in seconds.
const LIFETIME: i64 = 600;

/// Longest name of a device that is kept, in characters.
const MAX_NAME: usize = 255;

/// New user codes that are tried when one is taken.
const TRIES: usize = 5;

/// Tries of user codes, by an account and from an address: the Hex HTTP contract, "Throttling and blocking".
const OF_ACCOUNT: Limit = Limit { failures: 10, seconds: 15 * 60 };
const OF_ADDRESS: Limit = Limit { failures: 30, seconds: 15 * 60 };

/// Counts tries of user codes by account. A code is never looked up before its try is counted.
pub(crate) fn attempts() -> Attempts<i64> {
    Attempts::new(OF_ADDRESS, OF_ACCOUNT)
}

/// What a device asks for.
pub struct DeviceAuthorizationRequest {
    /// The client.
    pub client_id: Given<String>,
    /// Scopes, separated by spaces.
    pub scope: Given<String>,
    /// What the device is called; anything but text is none.
    pub name: Given<String>,
}

/// What a device is told.
pub struct DeviceAuthorization {
    /// What it asks with after the answer.
    pub device_code: Secret,
    /// What somebody has to type in at a browser.
    pub user_code: String,
    /// How long there is time for it, in seconds.
    pub expires_in: i64,
}

/// A request as the one who answers it sees it.
#[derive(Debug, Clone)]
pub struct DeviceView {
    /// As it is shown to people, `ABCD-1234`.
    pub user_code: String,
    /// What the client is called.
    pub client: String,
    /// What the device is called, as it says itself.
    pub name: Option<String>,
    /// What it asks for, scope by scope.
    pub scopes: Vec<String>,
}

/// Which looks at a code count against the limits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counted {
    /// Every one.
    Always,
    /// Those that find nothing.
    Failures,
}

impl Skep {
    /// Begins the login of a device.
    ///
    /// Errors: `invalid_client`, `unauthorized_client`, `invalid_scope`; 400 for a client id of a wrong form.
    pub async fn authorize_device_client(
        &self,
        request: DeviceAuthorizationRequest,
    ) -> Result<DeviceAuthorization> {
        let client = self.clients.given(&request.client_id)?;
        client.may_use(Grant::DeviceCode)?;
        let asked = request.scope.ok().and_then(|asked| requested(client, &asked.unwrap_or_default()));
        let asked = asked.ok_or_else(|| Refusal::InvalidScope.because("Invalid scope"))?;
        let asked = serde_json::to_string(&asked).map_err(Error::internal)?;
        let name: Option<String> =
            request.name.ok().flatten().map(|name| name.chars().take(MAX_NAME).collect());
        let device_code = Secret::for_device(&self.environment);
        let hash = self.instance_key.hash(device_code.reveal());
        let mut tries = 0;
        let user_code = loop {
            tries += 1;
            let user_code = user_code::new(&self.environment);
            let now = self.now();
            let new = NewDeviceRequest {
                device_code_hash: &hash,
                user_code: &user_code,
                client_id: &client.id,
                name: name.as_deref(),
                scopes: &asked,
                expires_at: now + LIFETIME * SECOND,
            };
            let mut tx = self.db.write().await?;
            match device_requests::insert(&mut tx, &new, now).await {
                Ok(_) => {
                    tx.commit(now).await?;
                    break user_code;
                }
                Err(StoreError::Duplicate(_)) if tries < TRIES => {}
                Err(error) => return Err(error.into()),
            }
        };
        Ok(DeviceAuthorization { device_code, user_code, expires_in: LIFETIME })
    }

    /// The request that somebody means who typed a code in at a browser. Every look counts.
    ///
    /// Errors: 429 for too many, 400 for a code that is wrong, too old or answered.
    pub async fn find_device(
        &self,
        access: &Access<operations::GrantAccess>,
        typed: &str,
    ) -> Result<DeviceView> {
        self.view_device(access, typed, Counted::Always).await
    }

    /// The request whose code was found before. Wrong codes count.
    ///
    /// Errors: as [`Skep::find_device`].
    pub async fn show_device(
        &self,
        access: &Access<operations::GrantAccess>,
        found: &str,
    ) -> Result<DeviceView> {
        self.view_device(access, found, Counted::Failures).await
    }

    async fn view_device(
        &self,
        access: &Access<operations::GrantAccess>,
        typed: &str,
        counted: Counted,
    ) -> Result<DeviceView> {
        require_browser(access)?;
        let request = self.pending(access, typed, counted).await?;
        let asked: Vec<Permission> = serde_json::from_str(&request.scopes).map_err(Error::internal)?;
        Ok(DeviceView {
            user_code: user_code::display(&request.user_code),
            client: self.clients.name(&request.client_id).to_owned(),
            name: request.name,
            scopes: asked.iter().map(scopes::write).collect(),
        })
    }

    /// Somebody at a browser agrees to these of the scopes that a device asks for. Wrong codes count.
    ///
    /// Errors: as [`Skep::find_device`]; 400 and 403 for scopes that can't be given.
    pub async fn authorize_device(
        &self,
        access: &Access<operations::GrantAccess>,
        typed: &str,
        selected: &[String],
    ) -> Result<()> {
        let request = self.pending(access, typed, Counted::Failures).await?;
        let asked: Vec<Permission> = serde_json::from_str(&request.scopes).map_err(Error::internal)?;
        let granted = self.select(access, &asked, selected).await?;
        let granted = serde_json::to_string(&granted).map_err(Error::internal)?;
        let now = self.now();
        let mut tx = self.db.write().await?;
        hold(self, &mut tx, access).await?;
        if !device_requests::authorize(&mut tx, request.id, access.target().user().id, &granted).await? {
            return Err(processed());
        }
        Ok(tx.commit(now).await?)
    }

    /// Somebody at a browser refuses a device. Wrong codes count.
    ///
    /// Errors: as [`Skep::find_device`].
    pub async fn deny_device(&self, access: &Access<operations::GrantAccess>, typed: &str) -> Result<()> {
        require_browser(access)?;
        let request = self.pending(access, typed, Counted::Failures).await?;
        let now = self.now();
        let mut tx = self.db.write().await?;
        if !device_requests::deny(&mut tx, request.id, access.target().user().id).await? {
            return Err(processed());
        }
        Ok(tx.commit(now).await?)
    }

    async fn pending(
        &self,
        access: &Access<operations::GrantAccess>,
        typed: &str,
        counted: Counted,
    ) -> Result<DeviceRequest> {
        let (user_id, origin, now) = (access.target().user().id, &access.caller().origin, self.now());
        let tried = self.device_codes.begin(origin.ip, user_id, now).map_err(|_| {
            Error::new(429, "too_many_codes", "Too many verification attempts. Please try again later.")
        })?;
        let wrong = || Error::new(400, "invalid_user_code", "Invalid verification code");
        let code = user_code::read(typed).ok_or_else(wrong)?;
        let found = device_requests::by_user_code(&mut self.db.read().await?, &code).await?;
        let request = found.ok_or_else(wrong)?;
        if counted == Counted::Failures {
            tried.take_back();
        }
        if request.status != Status::Pending {
            return Err(processed());
        }
        if request.expires_at <= now {
            return Err(Error::new(400, "expired_user_code", "Verification code has expired"));
        }
        Ok(request)
    }

    /// A device asks after the answer. Each time it gets new tokens, and the ones before end: an answer that was
    /// lost on the way is asked for again.
    pub(super) async fn redeem_device_code(
        &self,
        request: TokenRequest,
        origin: &Origin,
    ) -> Result<IssuedToken> {
        let client = self.clients.given(&request.client_id)?;
        client.may_use(Grant::DeviceCode)?;
        let unknown = || Refusal::InvalidGrant.because("Invalid device code");
        let code = request.device_code.ok().flatten().ok_or_else(unknown)?;
        let hash = self.instance_key.hash(&code);
        let found = device_requests::by_device_code(&mut self.db.read().await?, &hash).await?;
        let found = found.ok_or_else(unknown)?;
        check_answered(&found, client, self.now())?;

        let mut tx = self.db.write().await?;
        // The account first, as those do who take back what it agreed to.
        if let Some(user_id) = found.user_id {
            sessions::lock_user(&mut tx, user_id).await?;
        }
        device_requests::lock(&mut tx, found.id).await?;
        let now = self.now();
        let request = device_requests::by_id(&mut tx, found.id).await?.ok_or_else(unknown)?;
        check_answered(&request, client, now)?;
        let issued = self.give_to_device(&mut tx, &request, origin, now).await?;
        tx.commit(now).await?;
        Ok(issued)
    }

    async fn give_to_device(
        &self,
        tx: &mut Conn,
        request: &DeviceRequest,
        origin: &Origin,
        now: Micros,
    ) -> Result<IssuedToken> {
        let gone = || Refusal::InvalidGrant.because("No token found for authorized device");
        let (Some(user_id), Some(granted)) = (request.user_id, &request.granted_scopes) else {
            return Err(Refusal::InvalidGrant.because("Invalid device code state"));
        };
        let granted: Vec<Permission> = serde_json::from_str(granted).map_err(Error::internal)?;
        // The account may have been deactivated meanwhile.
        let subject = load_subject(tx, Owner::User(user_id), None).await;
        let subject = subject.map_err(|error| if error.status < 500 { gone() } else { error })?;
        if let Some(session_id) = request.session_id {
            sessions::lock(tx, session_id).await?;
            let session = sessions::by_id(tx, session_id).await?;
            let session = session.filter(|session| session.is_active(now)).ok_or_else(gone)?;
            if oauth_tokens::revoke_of_session(tx, session_id, now).await? > 0 {
                tx.note(Change::Access);
            }
            return self.give_pair(tx, &session, &subject, &granted, now).await;
        }
        let granted = pair::expanded(&granted, &subject)?;
        let user = users::by_id(tx, user_id).await?.ok_or_else(gone)?;
        let carrier = Carrier::Client(&request.client_id);
        let session_id = self.begin_session(tx, &user, carrier, request.name.as_deref(), origin, now).await?;
        let fixed = serde_json::to_string(&granted).map_err(Error::internal)?;
        device_requests::set_session(tx, request.id, session_id, &fixed).await?;
        let session = sessions::by_id(tx, session_id).await?.ok_or_else(gone)?;
        self.give_pair(tx, &session, &subject, &granted, now).await
    }
}

/// Errors: what there is to say to a device that can't have tokens, or not yet.
fn check_answered(request: &DeviceRequest, client: &Client, now: Micros) -> Result<()> {
    if request.client_id != client.id {
        return Err(Refusal::InvalidClient.because("Invalid client"));
    }
    match request.status {
        Status::Denied => Err(Refusal::AccessDenied.because("Authorization denied by user")),
        _ if request.expires_at <= now => Err(Refusal::ExpiredToken.because("Device code has expired")),
        Status::Pending => Err(Refusal::AuthorizationPending.because("Authorization pending")),
        Status::Authorized => Ok(()),
    }
}

fn processed() -> Error {
    Error::new(400, "processed_user_code", "This application has already been processed")
}
