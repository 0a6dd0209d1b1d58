//! Sessions: the logins of an account, in browsers and by clients that got tokens. Sources: the Hex HTTP
//! contract, "Sessions", and what the reference's page of sessions does.
//!
//! The end of a session is fixed when it begins, and nothing may move it. When it ends, its tokens do.

use std::sync::Arc;

use skep_store::tables::keys::Owner;
use skep_store::tables::sessions::{self, Carrier, NewSession, Session};
use skep_store::tables::users::{self, User};
use skep_store::tables::{authorization_codes, device_requests};
use skep_store::{Change, Conn, Micros};

pub use skep_store::tables::sessions::Kind;

use crate::access::{Access, operations};
use crate::audit::{self, Action, Entry, session_params};
use crate::authenticate::{Cached, Shown, USE_RECORDED_EVERY, invalid_key, load_subject};
use crate::cache::Ticket;
use crate::principal::{Caller, Credential, Origin, Principal};
use crate::secrets::Secret;
use crate::{Error, Result, Skep};

/// How long a session lives.
pub const LIFETIME: Micros = 30 * 24 * 3600 * 1_000_000;

/// Longest name that is kept, in characters.
const MAX_NAME: usize = 255;

/// A session as its owner may see it.
#[derive(Debug, Clone)]
pub struct SessionView {
    /// Row id.
    pub id: i64,
    /// By what it is carried on.
    pub kind: Kind,
    /// What the owner knows it by, such as the name of a machine.
    pub name: Option<String>,
    /// The client that got the tokens: id and name.
    pub client: Option<(String, String)>,
    /// Whether the request belongs to it.
    pub current: bool,
    /// Last use: when, from which address, with which user agent.
    pub last_use: Option<(Micros, String, String)>,
    /// When it ends.
    pub expires_at: Micros,
    /// When it began.
    pub inserted_at: Micros,
}

impl Skep {
    /// Begins a session in a browser for an account that has just shown all that it takes to log in, and gives
    /// the value of the cookie. `name` tells the owner which browser it is.
    ///
    /// Errors: 401 for an account that can't log in, 400 for a deactivated one.
    pub async fn begin_browser_session(&self, user_id: i64, name: &str, origin: &Origin) -> Result<Secret> {
        let cookie = Secret::random(&self.environment);
        let hash = self.instance_key.hash(cookie.reveal());
        let now = self.now();
        let mut tx = self.db.write().await?;
        let user = users::by_id(&mut tx, user_id).await?.ok_or_else(invalid_key)?;
        if user.organization_id.is_some() {
            return Err(invalid_key());
        }
        if user.deactivated_at.is_some() {
            return Err(Error::bad_request());
        }
        self.begin_session(&mut tx, &user, Carrier::Cookie(&hash), Some(name), origin, now).await?;
        tx.commit(now).await?;
        Ok(cookie)
    }

    /// Who shows this cookie. None if its session is unknown or has ended. The use is recorded.
    ///
    /// Errors: 400 for a deactivated account.
    pub async fn browser(&self, cookie: &str, origin: &Origin) -> Result<Option<Arc<Principal>>> {
        let shown = Shown::Cookie(self.instance_key.hash(cookie));
        let now = self.now();
        let cached = match self.cached_principal(&shown, now) {
            Some(cached) => cached,
            None => match self.load_browser(shown, now, self.principals.ticket()).await? {
                Some(cached) => cached,
                None => return Ok(None),
            },
        };
        if cached.principal.credential.ends_at().is_some_and(|at| at <= now) {
            return Ok(None);
        }
        self.record_session_use(&cached, origin, now).await;
        Ok(Some(cached.principal.clone()))
    }

    async fn load_browser(&self, shown: Shown, now: Micros, ticket: Ticket) -> Result<Option<Arc<Cached>>> {
        let Shown::Cookie(hash) = &shown else { unreachable!("browsers show cookies") };
        let mut conn = self.db.read().await?;
        let session = sessions::by_token_hash(&mut conn, hash).await?;
        let Some(session) = session.filter(|session| session.is_active(now)) else { return Ok(None) };
        let subject = load_subject(&mut conn, Owner::User(session.user_id), None).await?;
        let credential = Credential::Browser { session_id: session.id, ends_at: session.expires_at };
        let last_use = session.last_use.map(|(at, ..)| at);
        let cached = Arc::new(Cached::new(Principal { subject, credential }, last_use));
        self.principals.insert(ticket, shown, cached.clone());
        Ok(Some(cached))
    }

    /// A use that can't be recorded must not refuse the request.
    pub(crate) async fn record_session_use(&self, cached: &Cached, origin: &Origin, now: Micros) {
        let Some(id) = cached.principal.session_id() else { return };
        if !cached.claim_use(now) {
            return;
        }
        let (ip, agent) = origin.recorded();
        let written = async {
            let mut tx = self.db.write().await?;
            sessions::record_use(&mut tx, id, &ip, &agent, now - USE_RECORDED_EVERY, now).await?;
            tx.commit(now).await
        };
        if let Err(error) = written.await {
            tracing::warn!(session.id = id, %error, "the use of a session was not recorded");
        }
    }

    /// Somebody at the browser has just shown again that the account is theirs.
    ///
    /// Errors: 401 if the caller is no browser.
    pub async fn prove_session(&self, caller: &Caller) -> Result<()> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        sessions::prove(&mut tx, browser_session(caller)?, now).await?;
        Ok(tx.commit(now).await?)
    }

    /// When somebody at the browser last showed that the account is theirs; a login counts. The database is
    /// asked, never a cache.
    ///
    /// Errors: 401 if the caller is no browser, or its session has ended.
    pub async fn proved_at(&self, caller: &Caller) -> Result<Micros> {
        let mut conn = self.db.read().await?;
        let session = sessions::by_id(&mut conn, browser_session(caller)?).await?;
        let session = session.filter(|session| session.is_active(self.now())).ok_or_else(invalid_key)?;
        Ok(session.proved_at.unwrap_or(session.inserted_at))
    }

    /// Ends the session of the browser that calls: somebody logs out.
    ///
    /// Errors: 401 if the caller is no browser.
    pub async fn end_browser_session(&self, caller: &Caller) -> Result<()> {
        let id = browser_session(caller)?;
        let now = self.now();
        let mut tx = self.db.write().await?;
        if let Some(session) = sessions::by_id(&mut tx, id).await? {
            self.end_session(&mut tx, caller, &session, now).await?;
        }
        Ok(tx.commit(now).await?)
    }

    /// Active sessions, the one used last first.
    pub async fn list_sessions(&self, access: &Access<operations::ReadSessions>) -> Result<Vec<SessionView>> {
        let mut conn = self.db.read().await?;
        let rows = sessions::active(&mut conn, access.target().user().id, self.now()).await?;
        Ok(rows.into_iter().rev().map(|row| self.view(row, access.caller())).collect())
    }

    /// Ends a session and gives what it was. Browsers end their own by logging out.
    ///
    /// Errors: 404 for one that is not an active one of the caller; 400 for that of the calling browser.
    pub async fn revoke_session(
        &self,
        access: &Access<operations::RevokeSessions>,
        id: i64,
    ) -> Result<SessionView> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let session = sessions::by_id(&mut tx, id).await?;
        let own = |session: &Session| session.user_id == access.target().user().id && session.is_active(now);
        let session = session.filter(own).ok_or_else(Error::not_found)?;
        if browser_session(access.caller()).is_ok_and(|current| current == id) {
            let text = "Cannot revoke your current session. Please log out instead.";
            return Err(Error::new(400, "current_session", text));
        }
        self.end_session(&mut tx, access.caller(), &session, now).await?;
        tx.commit(now).await?;
        Ok(self.view(session, access.caller()))
    }

    /// Ends every session but the one that the request belongs to.
    pub async fn revoke_other_sessions(&self, access: &Access<operations::RevokeSessions>) -> Result<()> {
        let caller = access.caller();
        let current = caller.principal.as_ref().and_then(|principal| principal.session_id());
        let now = self.now();
        let mut tx = self.db.write().await?;
        self.end_sessions(&mut tx, caller, access.target().user().id, current, now).await?;
        Ok(tx.commit(now).await?)
    }

    /// Begins a session. The least recently used ones of the account make room for it.
    pub(crate) async fn begin_session(
        &self,
        tx: &mut Conn,
        user: &User,
        carrier: Carrier<'_>,
        name: Option<&str>,
        origin: &Origin,
        now: Micros,
    ) -> Result<i64> {
        sessions::lock_user(tx, user.id).await?;
        let active = sessions::active(tx, user.id, now).await?;
        let surplus = (active.len() + 1).saturating_sub(self.settings.sessions_per_user.max(1));
        for session in &active[..surplus] {
            self.end_session_of(tx, origin, user, session, now).await?;
        }
        let name: Option<String> = name.map(|name| name.chars().take(MAX_NAME).collect());
        let new = NewSession { user_id: user.id, carrier, name: name.as_deref(), expires_at: now + LIFETIME };
        let id = sessions::insert(tx, &new, now).await?;
        let client = match carrier {
            Carrier::Cookie(_) => None,
            Carrier::Client(id) => Some((id, self.clients.name(id))),
        };
        let params = session_params(id, carrier.kind(), name.as_deref(), client);
        self.record_of(tx, origin, user, &Entry::new(Action::SessionCreate, params), now).await?;
        Ok(id)
    }

    /// Takes back what an account agreed to and no session has come of yet. The transaction holds the account, as those
    /// do first of all who agree or make a session of it.
    pub(crate) async fn take_back_agreements(&self, tx: &mut Conn, user_id: i64) -> Result<()> {
        device_requests::delete_unused(tx, user_id).await?;
        Ok(authorization_codes::delete_unused(tx, user_id).await?)
    }

    /// Ends every session of an account, except one, as the act of the caller.
    pub(crate) async fn end_sessions(
        &self,
        tx: &mut Conn,
        caller: &Caller,
        user_id: i64,
        except: Option<i64>,
        now: Micros,
    ) -> Result<()> {
        sessions::lock_user(tx, user_id).await?;
        self.take_back_agreements(tx, user_id).await?;
        for session in sessions::active(tx, user_id, now).await? {
            if Some(session.id) != except {
                self.end_session(tx, caller, &session, now).await?;
            }
        }
        Ok(())
    }

    /// Ends a session as the act of the caller.
    pub(crate) async fn end_session(
        &self,
        tx: &mut Conn,
        caller: &Caller,
        session: &Session,
        now: Micros,
    ) -> Result<()> {
        if sessions::revoke(tx, session.id, now).await? {
            audit::record(tx, caller, &self.revocation(session), now).await?;
            tx.note(Change::Access);
        }
        Ok(())
    }

    /// Ends a session where nobody is logged in, as the act of its owner.
    pub(crate) async fn end_session_of(
        &self,
        tx: &mut Conn,
        origin: &Origin,
        user: &User,
        session: &Session,
        now: Micros,
    ) -> Result<()> {
        if sessions::revoke(tx, session.id, now).await? {
            self.record_of(tx, origin, user, &self.revocation(session), now).await?;
            tx.note(Change::Access);
        }
        Ok(())
    }

    async fn record_of(
        &self,
        tx: &mut Conn,
        origin: &Origin,
        user: &User,
        entry: &Entry,
        now: Micros,
    ) -> Result<()> {
        let caller = Caller { origin: origin.clone(), ..Caller::default() };
        Ok(audit::record_for_user(tx, &caller, entry, &user.username, user.id, now).await?)
    }

    fn revocation(&self, session: &Session) -> Entry {
        let client = session.client_id.as_deref().map(|id| (id, self.clients.name(id)));
        let params = session_params(session.id, session.kind, session.name.as_deref(), client);
        Entry::new(Action::SessionRevoke, params)
    }

    pub(crate) fn view(&self, row: Session, caller: &Caller) -> SessionView {
        let current = caller.principal.as_ref().and_then(|principal| principal.session_id());
        SessionView {
            id: row.id,
            kind: row.kind,
            name: row.name,
            client: row.client_id.map(|id| {
                let name = self.clients.name(&id).to_owned();
                (id, name)
            }),
            current: current == Some(row.id),
            last_use: row.last_use,
            expires_at: row.expires_at,
            inserted_at: row.inserted_at,
        }
    }
}

fn browser_session(caller: &Caller) -> Result<i64> {
    match caller.principal.as_deref().map(|principal| &principal.credential) {
        Some(Credential::Browser { session_id, .. }) => Ok(*session_id),
        _ => Err(invalid_key()),
    }
}
