//! From what a request shows to who calls. Texts and statuses: the Hex HTTP contract, "API
//! authentication" and its catalogue of 401 answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use skep_store::tables::keys::{self, Key, Owner};
use skep_store::tables::oauth_tokens::Token;
use skep_store::tables::users::{self, User};
use skep_store::tables::{emails, members, organizations};
use skep_store::{Conn, Micros};

use crate::cache::{Coherent, Ticket};
use crate::logins::WRONG_PASSWORD;
use crate::permission::Permission;
use crate::principal::{
    Credential, Membership, OrganizationSubject, Origin, Principal, Subject, UserSubject,
};
use crate::role::Role;
use crate::{Error, Result, Skep, oauth};

/// A use of a key or session is recorded when the last recorded one is at least this old.
pub(crate) const USE_RECORDED_EVERY: Micros = 300 * 1_000_000;

/// Memory for principals.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;

/// Longest header value looked at, in bytes.
const MAX_HEADER_BYTES: usize = 8 * 1024;

/// Where a credential was shown; the two surfaces read the header differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// The HTTP API: `Basic` is name and password, `Bearer` a token, anything else a key.
    Api,
    /// The repository: a key, raw, as `Bearer`, or as the password of `Basic`; a token as `Bearer`.
    Repository,
}

/// A principal in the cache.
pub(crate) struct Cached {
    pub(crate) principal: Arc<Principal>,
    /// Of a key or session.
    last_recorded_use: AtomicI64,
}

impl Cached {
    /// `last_use` is the one that was recorded last.
    pub(crate) fn new(principal: Principal, last_use: Option<Micros>) -> Self {
        let last_recorded_use = AtomicI64::new(last_use.unwrap_or(Micros::MIN / 2));
        Self { principal: Arc::new(principal), last_recorded_use }
    }

    /// Whether a use has to be recorded now: true for one of those who ask at the same time.
    pub(crate) fn claim_use(&self, now: Micros) -> bool {
        let last = self.last_recorded_use.load(Ordering::Relaxed);
        let claim =
            || self.last_recorded_use.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed);
        now - last >= USE_RECORDED_EVERY && claim().is_ok()
    }
}

/// What was shown, as a keyed hash. None is ever found where another kind was meant.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Shown {
    /// An API key.
    Key([u8; 32]),
    /// An access token.
    Token([u8; 32]),
    /// The cookie of a browser.
    Cookie([u8; 32]),
}

/// Principals by what they showed.
pub(crate) struct PrincipalCache(Coherent<Shown, Arc<Cached>>);

impl PrincipalCache {
    pub(crate) fn new() -> Self {
        let weight = |_: &Shown, cached: &Arc<Cached>| {
            let principal = &cached.principal;
            let memberships = principal.user().map_or(0, |user| user.memberships.len());
            let permissions = principal.credential.permissions().map_or(0, <[Permission]>::len);
            600 + 100 * u32::try_from(memberships + permissions).unwrap_or(u32::MAX / 200)
        };
        Self(Coherent::new(CACHE_BYTES, weight))
    }

    /// See [`Coherent::ticket`].
    pub(crate) fn ticket(&self) -> Ticket {
        self.0.ticket()
    }

    /// See [`Coherent::insert`].
    pub(crate) fn insert(&self, ticket: Ticket, shown: Shown, cached: Arc<Cached>) {
        self.0.insert(ticket, shown, cached);
    }

    pub(crate) fn clear(&self) {
        self.0.clear();
    }
}

impl Skep {
    /// Who shows this `Authorization` header. None for a request without one.
    ///
    /// Errors: 401 with the text of the catalogue, 400 for a deactivated account.
    pub async fn authenticate(
        &self,
        header: Option<&[u8]>,
        surface: Surface,
        origin: &Origin,
    ) -> Result<Option<Arc<Principal>>> {
        let Some(header) = header else { return Ok(None) };
        let header = std::str::from_utf8(header).ok().filter(|header| header.len() <= MAX_HEADER_BYTES);
        let header = header.ok_or_else(invalid_key)?;
        let principal = match (surface, header.strip_prefix("Basic "), header.strip_prefix("Bearer ")) {
            (Surface::Api, Some(basic), _) => self.password(basic, origin).await?,
            (Surface::Api, _, Some(token)) => self.token(token, origin).await?,
            (Surface::Repository, Some(basic), _) => {
                let (_, secret) = split_basic(basic)?;
                self.key(&secret, origin).await?
            }
            (Surface::Repository, _, Some(token)) if oauth::is_token(token) => {
                self.token(token, origin).await?
            }
            (Surface::Repository, _, Some(secret)) => self.key(secret, origin).await?,
            (_, None, None) => self.key(header, origin).await?,
        };
        Ok(Some(principal))
    }

    /// Whether this `Authorization` header was found to be good not long ago, for deciding whether to look it up at all: it
    /// may have ended since. A password never is.
    pub fn knows(&self, header: &[u8], surface: Surface) -> bool {
        let header = std::str::from_utf8(header).ok().filter(|header| header.len() <= MAX_HEADER_BYTES);
        let Some(header) = header else { return false };
        let secret = match (surface, header.strip_prefix("Basic "), header.strip_prefix("Bearer ")) {
            (Surface::Api, Some(_), _) => None,
            (Surface::Repository, Some(basic), _) => split_basic(basic).ok().map(|(_, secret)| secret),
            (_, None, Some(shown)) => Some(shown.to_owned()),
            (_, None, None) => Some(header.to_owned()),
        };
        let hash = secret.map(|secret| self.instance_key.hash(&secret));
        let is_cached = |shown| self.principals.0.get(&shown).is_some();
        hash.is_some_and(|hash| is_cached(Shown::Key(hash)) || is_cached(Shown::Token(hash)))
    }

    /// An entry that may still be used.
    pub(crate) fn cached_principal(&self, shown: &Shown, now: Micros) -> Option<Arc<Cached>> {
        self.principals.0.get(shown).filter(|_| self.freshness.holds(now))
    }

    /// Whose key this is. Its use is recorded.
    ///
    /// Errors: 401 for one that is unknown or ended, 400 for a deactivated account.
    pub(crate) async fn key(&self, secret: &str, origin: &Origin) -> Result<Arc<Principal>> {
        let hash = self.instance_key.hash(secret);
        let now = self.now();
        let cached = match self.cached_principal(&Shown::Key(hash), now) {
            Some(cached) => cached,
            None => self.load_key(hash, self.principals.ticket()).await?,
        };
        let Credential::Key { id, revoke_at, .. } = &cached.principal.credential else {
            unreachable!("only keys are cached as such");
        };
        if revoke_at.is_some_and(|at| at <= now) {
            return Err(ended());
        }
        if cached.claim_use(now) {
            self.record_use(*id, origin, now).await;
        }
        Ok(cached.principal.clone())
    }

    async fn load_key(&self, hash: [u8; 32], ticket: Ticket) -> Result<Arc<Cached>> {
        let mut conn = self.db.read().await?;
        let key = keys::by_secret_hash(&mut conn, &hash).await?.ok_or_else(invalid_key)?;
        let subject = load_subject(&mut conn, key.owner, Some(Maker::of(&key))).await?;
        let last_use = key.last_use.as_ref().map(|(at, ..)| *at);
        let cached = Arc::new(Cached::new(Principal { subject, credential: credential(key)? }, last_use));
        self.principals.insert(ticket, Shown::Key(hash), cached.clone());
        Ok(cached)
    }

    /// A use that can't be recorded must not refuse the request: reading goes on without the database.
    async fn record_use(&self, key_id: i64, origin: &Origin, now: Micros) {
        let (ip, agent) = origin.recorded();
        let written = async {
            let mut tx = self.db.write().await?;
            keys::record_use(&mut tx, key_id, &ip, &agent, now - USE_RECORDED_EVERY, now).await?;
            tx.commit(now).await
        };
        if let Err(error) = written.await {
            tracing::warn!(key.id = key_id, %error, "the use of a key was not recorded");
        }
    }

    async fn password(&self, encoded: &str, origin: &Origin) -> Result<Arc<Principal>> {
        if !self.settings.basic_auth {
            return Err(Error {
                challenge: Some(crate::Challenge::Bearer),
                ..Error::unauthorized(
                    "basic_disabled",
                    "Basic authentication is disabled. Update your client to use OAuth or an API key.",
                )
            });
        }
        let (name, password) = split_basic(encoded)?;
        // Tools that know nothing but netrc show a key in this way, on the API as on the repository.
        match self.key(&password, origin).await {
            Err(unknown) if unknown.code == "invalid_key" => {}
            found => return found,
        }
        let name = name.to_lowercase();
        let Some(user) = self.account_with_password(&name, password, origin).await? else {
            return Err(Error::unauthorized(WRONG_PASSWORD, "invalid username and password combination"));
        };
        let by_address = name.contains('@');
        let mut conn = self.db.read().await?;
        let subject = load_user(&mut conn, user.id, by_address.then_some(name.as_str())).await?;
        Ok(Arc::new(Principal { subject: Subject::User(subject), credential: Credential::Password }))
    }

    /// The account of this name or verified address, in small letters, if that is its password. Takes as long for an
    /// account that there is not.
    pub(crate) async fn account_with_password(
        &self,
        name: &str,
        password: String,
        origin: &Origin,
    ) -> Result<Option<User>> {
        let mut conn = self.db.read().await?;
        let user = match name.contains('@') {
            true => users::by_email(&mut conn, name, false).await?,
            false => users::by_name(&mut conn, name).await?,
        };
        drop(conn);
        let user = user.filter(|user| user.organization_id.is_none());
        let hash = user.as_ref().and_then(|user| user.password_hash.clone());
        let verified = self.passwords.verify(password, hash).await?;
        if let Some(user) = user.as_ref().filter(|_| !verified) {
            self.record_failed_login(user.id, "password", origin);
        }
        Ok(user.filter(|_| verified))
    }
}

pub(crate) fn credential(key: Key) -> Result<Credential> {
    let permissions: Vec<Permission> = serde_json::from_str(&key.permissions).map_err(Error::internal)?;
    Ok(Credential::Key { id: key.id, name: key.name, permissions, revoke_at: key.revoke_at })
}

/// Who made the key of an organization.
#[derive(Default)]
pub(crate) struct Maker<'a> {
    pub(crate) id: Option<i64>,
    pub(crate) role: Option<&'a str>,
}

impl<'a> Maker<'a> {
    pub(crate) fn of(key: &'a Key) -> Self {
        Self { id: key.maker_id, role: key.maker_role.as_deref() }
    }

    /// Of the key that a token was exchanged for.
    pub(crate) fn of_token(token: &'a Token) -> Self {
        Self { id: token.key_maker_id, role: token.key_maker_role.as_deref() }
    }
}

/// The owner of a credential, with what may be done in its name now. `maker` is that of the key, if it is an
/// organization's.
pub(crate) async fn load_subject(conn: &mut Conn, owner: Owner, maker: Option<Maker<'_>>) -> Result<Subject> {
    Ok(match owner {
        Owner::User(id) => Subject::User(load_user(conn, id, None).await?),
        Owner::Organization(id) => {
            Subject::Organization(load_organization(conn, id, maker.unwrap_or_default()).await?)
        }
    })
}

/// `address` is the one that was logged in with; otherwise the primary one counts.
async fn load_user(conn: &mut Conn, id: i64, address: Option<&str>) -> Result<UserSubject> {
    let user = users::by_id(conn, id).await?.ok_or_else(invalid_key)?;
    if user.organization_id.is_some() {
        return Err(invalid_key());
    }
    if user.deactivated_at.is_some() {
        return Err(Error::bad_request());
    }
    let addresses = emails::of_user(conn, id).await?;
    let counts = match address {
        Some(address) => addresses.iter().find(|email| email.address == address),
        None => addresses.iter().find(|email| email.is_primary),
    };
    let email_verified = counts.is_some_and(|email| email.verified);
    let memberships = members::of_user(conn, id).await?;
    let memberships = memberships.into_iter().filter_map(|m| {
        let role = Role::parse(&m.role)?;
        Some(Membership { organization_id: m.organization_id, organization: m.organization, role })
    });
    Ok(UserSubject {
        id,
        username: user.username,
        email_verified,
        administrator: user.administrator,
        two_factor: user.two_factor,
        memberships: memberships.collect(),
    })
}

async fn load_organization(conn: &mut Conn, id: i64, maker: Maker<'_>) -> Result<OrganizationSubject> {
    let role = maker.role.and_then(Role::parse).unwrap_or(Role::Read);
    let organization = organizations::by_id(conn, id).await?.ok_or_else(invalid_key)?;
    let user = users::of_organization(conn, id).await?.ok_or_else(invalid_key)?;
    Ok(OrganizationSubject { id, name: organization.name, user_id: user.id, role, maker_id: maker.id })
}

/// 401: not known, or not good any more.
pub(crate) fn invalid_key() -> Error {
    Error::unauthorized("invalid_key", "invalid API key")
}

/// 401 for a key that was good once.
pub(crate) fn ended() -> Error {
    Error::unauthorized("key_revoked", "API key revoked")
}

fn split_basic(encoded: &str) -> Result<(String, String)> {
    let invalid = || Error::unauthorized("invalid_authentication", "invalid authentication information");
    let decoded = BASE64_STANDARD.decode(encoded.trim()).map_err(|_| invalid())?;
    let decoded = String::from_utf8(decoded).map_err(|_| invalid())?;
    if decoded.contains('\0') {
        return Err(invalid());
    }
    let (name, password) = decoded.split_once(':').ok_or_else(invalid)?;
    Ok((name.to_owned(), password.to_owned()))
}
