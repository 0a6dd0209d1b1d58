//! The authorization code: somebody is sent to a browser, agrees, and is sent back to the client with a code that
//! it uses for tokens. Texts: the Hex HTTP contract, "Authorization code".
//!
//! It must never send anybody to an address that is not the client's.

use skep_store::tables::authorization_codes::{self, AuthorizationCode, NewAuthorizationCode};
use skep_store::tables::keys::Owner;
use skep_store::tables::sessions::{self, Carrier};
use skep_store::tables::users;
use skep_store::{Conn, Micros};

use super::clients::{Client, Grant};
use super::selection::{hold, requested, require_browser};
use super::token::{IssuedToken, TokenRequest};
use super::{Refusal, SECOND, pkce, redirect, scopes};
use crate::access::{Access, operations};
use crate::authenticate::load_subject;
use crate::given::Given;
use crate::permission::Permission;
use crate::principal::Origin;
use crate::secrets::Secret;
use crate::{Error, Result, Skep};

/// How long a code can be used, in seconds.
const LIFETIME: i64 = 600;

/// Longest `state`, in bytes. It is sent back as it came.
const MAX_STATE: usize = 2000;

/// What a client sends somebody to the browser with.
pub struct AuthorizationRequest {
    /// The client.
    pub client_id: Given<String>,
    /// Where to send people back to.
    pub redirect_uri: Given<String>,
    /// Scopes, separated by spaces.
    pub scope: Given<String>,
    /// What the client knows its request by.
    pub state: Given<String>,
    /// SHA-256 of a secret of the client, in base64url.
    pub code_challenge: Given<String>,
    /// `S256`.
    pub code_challenge_method: Given<String>,
}

/// A request that was found to be in order. Only [`Skep::check_authorization`] makes it.
#[derive(Debug, Clone)]
pub struct Authorization {
    client_id: String,
    client: String,
    redirect_uri: String,
    scopes: Vec<Permission>,
    state: String,
    code_challenge: String,
}

/// Why a request can't be shown to anybody.
#[derive(Debug)]
pub enum AuthorizationRefused {
    /// Nobody may be sent anywhere: the client or its address is not known.
    Here(Error),
    /// The client is told: people are sent to this address.
    Back(String),
}

impl Authorization {
    /// What the client is called.
    pub fn client(&self) -> &str {
        &self.client
    }

    /// Where people are sent back to; its origin has to be allowed as the target of a form.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// What is asked for, scope by scope.
    pub fn scopes(&self) -> Vec<String> {
        self.scopes.iter().map(scopes::write).collect()
    }
}

impl Skep {
    /// Checks what a client sends somebody to the browser with, before anybody is asked, and again before an
    /// answer is taken.
    pub fn check_authorization(
        &self,
        request: AuthorizationRequest,
    ) -> Result<Authorization, AuthorizationRefused> {
        let here = |text| AuthorizationRefused::Here(Refusal::InvalidRequest.because(text));
        let given = |value: Given<String>| value.ok().flatten();
        let client = given(request.client_id).and_then(|id| self.clients.find(&id).ok());
        let client = client.ok_or_else(|| here("Invalid client"))?;
        let redirect_uri = given(request.redirect_uri)
            .filter(|address| client.redirect_uris.iter().any(|known| redirect::matches(known, address)))
            .ok_or_else(|| here("Invalid redirect_uri"))?;
        let state = given(request.state).filter(|state| state.len() <= MAX_STATE);
        let back = |text: &str| {
            let mut parameters = vec![("error", "invalid_request"), ("error_description", text)];
            parameters.extend(state.as_deref().map(|state| ("state", state)));
            AuthorizationRefused::Back(redirect::with_parameters(&redirect_uri, &parameters))
        };
        let Some(known_state) = state.clone() else {
            return Err(back("Missing required parameter: state"));
        };
        if client.may_use(Grant::AuthorizationCode).is_err() {
            return Err(back("Client not authorized for this grant type"));
        }
        let Some(code_challenge) = given(request.code_challenge) else {
            return Err(back("Missing required parameter: code_challenge"));
        };
        if given(request.code_challenge_method).as_deref() != Some("S256") {
            return Err(back("code_challenge_method must be S256"));
        }
        if !pkce::is_challenge(&code_challenge) {
            return Err(back("Invalid code_challenge"));
        }
        let asked = given(request.scope).and_then(|asked| requested(client, &asked));
        let Some(scopes) = asked.filter(|scopes| !scopes.is_empty()) else {
            return Err(back("Invalid scope"));
        };
        Ok(Authorization {
            client_id: client.id.clone(),
            client: client.name.clone(),
            redirect_uri,
            scopes,
            state: known_state,
            code_challenge,
        })
    }

    /// Somebody at a browser agrees to these of the scopes. Gives the address to send them to.
    ///
    /// Errors: 400 and 403 for scopes that can't be given.
    pub async fn approve_authorization(
        &self,
        access: &Access<operations::GrantAccess>,
        authorization: &Authorization,
        selected: &[String],
    ) -> Result<String> {
        let granted = self.select(access, &authorization.scopes, selected).await?;
        let code = Secret::random(&self.environment);
        let now = self.now();
        let new = NewAuthorizationCode {
            code_hash: &self.instance_key.hash(code.reveal()),
            client_id: &authorization.client_id,
            redirect_uri: &authorization.redirect_uri,
            user_id: access.target().user().id,
            scopes: &serde_json::to_string(&granted).map_err(Error::internal)?,
            code_challenge: &authorization.code_challenge,
            expires_at: now + LIFETIME * SECOND,
        };
        let mut tx = self.db.write().await?;
        hold(self, &mut tx, access).await?;
        authorization_codes::insert(&mut tx, &new, now).await?;
        tx.commit(now).await?;
        let parameters = [("code", code.reveal()), ("state", authorization.state.as_str())];
        Ok(redirect::with_parameters(&authorization.redirect_uri, &parameters))
    }

    /// Somebody at a browser refuses. Gives the address to send them to.
    ///
    /// Errors: 403 if anything but a browser calls.
    pub fn deny_authorization(
        &self,
        access: &Access<operations::GrantAccess>,
        authorization: &Authorization,
    ) -> Result<String> {
        require_browser(access)?;
        let parameters = [
            ("error", "access_denied"),
            ("error_description", "Authorization denied by user"),
            ("state", authorization.state.as_str()),
        ];
        Ok(redirect::with_parameters(&authorization.redirect_uri, &parameters))
    }

    /// Tokens for a code. A code that is shown a second time, by someone who knows all that belongs to it, ends
    /// the session that came of it (RFC 6749, 4.1.2).
    pub(super) async fn redeem_code(&self, request: TokenRequest, origin: &Origin) -> Result<IssuedToken> {
        let client = self.clients.given(&request.client_id)?;
        client.may_use(Grant::AuthorizationCode)?;
        let code = request.code.ok().flatten();
        let code = code.ok_or_else(|| Refusal::InvalidGrant.because("Missing authorization code"))?;
        let hash = self.instance_key.hash(&code);
        let mut tx = self.db.write().await?;
        // The account first, as those do who take back what it agreed to.
        if let Some(user_id) = authorization_codes::user_id(&mut tx, &hash).await? {
            sessions::lock_user(&mut tx, user_id).await?;
        }
        let now = self.now();
        let found =
            authorization_codes::take(&mut tx, &hash).await?.filter(|code| code.client_id == client.id);
        let found = found.ok_or_else(|| Refusal::InvalidGrant.because("Invalid authorization code"))?;
        let over = || Refusal::InvalidGrant.because("Authorization code expired or already used");
        let redirect_uri = request.redirect_uri.ok().flatten();
        let proof = check_proof(&found, redirect_uri.as_deref(), request.code_verifier);
        if found.used_at.is_some() {
            if proof.is_ok() {
                self.end_repeated(&mut tx, &found, origin, now).await?;
                tx.commit(now).await?;
            }
            return Err(over());
        }
        if found.expires_at <= now {
            return Err(over());
        }
        proof?;
        let name = request.name.ok().flatten();
        let issued = self.give_for_code(&mut tx, &found, client, name.as_deref(), origin, now).await?;
        tx.commit(now).await?;
        Ok(issued)
    }

    async fn give_for_code(
        &self,
        tx: &mut Conn,
        code: &AuthorizationCode,
        client: &Client,
        name: Option<&str>,
        origin: &Origin,
        now: Micros,
    ) -> Result<IssuedToken> {
        let gone = || Refusal::InvalidGrant.because("Invalid authorization code");
        let granted: Vec<Permission> = serde_json::from_str(&code.scopes).map_err(Error::internal)?;
        // The account may have been deactivated meanwhile.
        let subject = load_subject(tx, Owner::User(code.user_id), None).await;
        let subject = subject.map_err(|error| if error.status < 500 { gone() } else { error })?;
        let user = users::by_id(tx, code.user_id).await?.ok_or_else(gone)?;
        let session_id =
            self.begin_session(tx, &user, Carrier::Client(&client.id), name, origin, now).await?;
        authorization_codes::set_used(tx, code.id, session_id, now).await?;
        let session = sessions::by_id(tx, session_id).await?.ok_or_else(gone)?;
        self.give_pair(tx, &session, &subject, &granted, now).await
    }

    async fn end_repeated(
        &self,
        tx: &mut Conn,
        code: &AuthorizationCode,
        origin: &Origin,
        now: Micros,
    ) -> Result<()> {
        let Some(session_id) = code.session_id else { return Ok(()) };
        let session = sessions::by_id(tx, session_id).await?;
        let user = users::by_id(tx, code.user_id).await?;
        let (Some(session), Some(user)) = (session, user) else { return Ok(()) };
        tracing::warn!(session.id, user.id, "an authorization code was used twice: its session ends");
        self.end_session_of(tx, origin, &user, &session, now).await
    }
}

/// Errors: `invalid_grant` unless the client is the one that asked, as far as it can show that.
fn check_proof(code: &AuthorizationCode, redirect_uri: Option<&str>, verifier: Given<String>) -> Result<()> {
    if redirect_uri != Some(code.redirect_uri.as_str()) {
        return Err(Refusal::InvalidGrant.because("Redirect URI mismatch"));
    }
    let missing = || Refusal::InvalidGrant.because("Missing required parameter: code_verifier");
    let verifier = verifier.ok().flatten().ok_or_else(missing)?;
    if !pkce::matches(&code.code_challenge, &verifier) {
        return Err(Refusal::InvalidGrant.because("Invalid code verifier"));
    }
    Ok(())
}
