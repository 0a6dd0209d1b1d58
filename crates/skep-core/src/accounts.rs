//! Accounts: making one, seeing the own and those of others. Their addresses and passwords: the modules below.

pub mod addresses;
pub mod recovery;

use skep_store::tables::emails::{self, NewEmail};
use skep_store::tables::packages::{self, Package};
use skep_store::tables::users::{self, NewUser, User};
use skep_store::tables::{instance, repositories};
use skep_store::{Change, Conn, Micros, StoreError};

use crate::access::{Access, operations};
use crate::audit::{self, Action, Entry, user_params};
use crate::given::{Given, Problems};
use crate::principal::Caller;
use crate::role::Role;
use crate::{Error, FieldError, Result, Skep};

/// Longest name, in characters. The reference has no limit; this one keeps addresses sensible.
const MAX_USERNAME: usize = 64;

/// Longest address, in characters (RFC 5321 allows 254).
const MAX_ADDRESS: usize = 254;

/// Longest full name, in characters.
const MAX_FULL_NAME: usize = 255;

const RESERVED_USERNAMES: [&str; 6] = ["me", "hex", "hexpm", "elixir", "erlang", "otp"];

/// Where the keyed hash of the code for the first administrator is kept.
const SETUP_CODE: &str = "setup_code";

/// What someone who signs up gives.
pub struct Registration {
    /// Name, lower-cased here.
    pub username: Given<String>,
    /// As people write it.
    pub full_name: Given<String>,
    /// At least 8 characters; without one there is no login with a password.
    pub password: Given<String>,
    /// Must equal the password, if given.
    pub password_confirmation: Given<String>,
    /// Address, from whichever parameter it was given in.
    pub email: Given<String>,
    /// The code that the server shows as long as it has no administrator.
    pub setup_code: Given<String>,
}

/// An account as others may see it.
#[derive(Debug, Clone)]
pub struct AccountView {
    /// Name.
    pub username: String,
    /// As people write it.
    pub full_name: Option<String>,
    /// The public address.
    pub email: Option<String>,
    /// Made.
    pub inserted_at: Micros,
    /// Last changed.
    pub updated_at: Micros,
}

/// A package as lists of an account show it.
#[derive(Debug, Clone)]
pub struct PackageName {
    /// Its repository.
    pub repository: String,
    /// Its name.
    pub name: String,
}

/// An account with its packages.
#[derive(Debug, Clone)]
pub struct AccountPage {
    /// The account.
    pub account: AccountView,
    /// Owned packages that the viewer may see: public ones first, then by repository and name.
    pub packages: Vec<PackageName>,
}

/// The own account.
#[derive(Debug, Clone)]
pub struct OwnPage {
    /// The account and its packages.
    pub page: AccountPage,
    /// Memberships by name of organization.
    pub organizations: Vec<(String, Role)>,
}

impl Skep {
    /// Makes an account. With the setup code it becomes an administrator, and the code is used up.
    ///
    /// Errors: 422 by field; 403 when sign-ups are closed and no setup code is given.
    pub async fn register(&self, caller: &Caller, registration: Registration) -> Result<AccountView> {
        let setup_code = registration.setup_code.clone().unwrap_or_default();
        if !self.settings.open_registration && setup_code.is_none() {
            return Err(Error::new(
                403,
                "registration_closed",
                "sign-ups are closed on this server, ask an administrator for an account",
            ));
        }
        let valid = validate(registration)?;
        let rank = setup_code.map_or(Rank::User, Rank::BySetupCode);
        self.insert_account(caller, valid, rank, self.settings.trust_addresses).await
    }

    pub(crate) async fn insert_account(
        &self,
        caller: &Caller,
        valid: Valid,
        rank: Rank,
        verified: bool,
    ) -> Result<AccountView> {
        let password_hash = match valid.password {
            Some(password) => Some(self.passwords.hash(password).await?),
            None => None,
        };
        let now = self.now();
        let mut tx = self.db.write().await?;
        let administrator = match rank {
            Rank::User => false,
            Rank::Administrator => true,
            Rank::BySetupCode(code) => self.use_setup_code(&mut tx, &code).await?,
        };
        let taken = || Error::field("username", "has already been taken");
        let new = NewUser {
            username: &valid.username,
            full_name: valid.full_name.as_deref(),
            password_hash: password_hash.as_deref(),
            organization_id: None,
            administrator,
        };
        let id = users::insert(&mut tx, &new, now).await.map_err(|error| match error {
            StoreError::Duplicate(_) => taken(),
            error => error.into(),
        })?;
        // Asked behind the insertion: an organization that gave the name up at the same time has done so by now.
        if users::is_reserved(&mut tx, &valid.username).await? {
            return Err(taken());
        }
        self.add_first_address(&mut tx, caller, (id, &valid.username), valid.email, verified, now).await?;
        let user =
            users::by_id(&mut tx, id).await?.ok_or_else(|| Error::internal("the user was inserted"))?;
        let view = view(&mut tx, user).await?;
        tx.commit(now).await?;
        Ok(view)
    }

    async fn add_first_address(
        &self,
        tx: &mut Conn,
        caller: &Caller,
        (id, username): (i64, &str),
        address: String,
        verified: bool,
        now: Micros,
    ) -> Result<()> {
        let taken =
            || Error::field("emails", FieldError::Nested(vec![("email".into(), "already in use".into())]));
        if emails::is_verified(tx, &address).await? {
            return Err(taken());
        }
        let email = NewEmail { address: &address, verified, is_primary: true, is_public: true };
        let email_id = emails::insert(tx, id, &email, now).await.map_err(|error| match error {
            StoreError::Duplicate(_) => taken(),
            error => error.into(),
        })?;
        if !verified {
            self.mail_verification(tx, username, (email_id, &address), now).await?;
        }
        let moved = serde_json::json!({ "old_email": null, "new_email": { "email": address } });
        for entry in [
            Entry::new(Action::UserCreate, user_params(id, username)),
            Entry::new(Action::EmailAdd, addresses::email_params(&address, true, true)),
            Entry::new(Action::EmailPrimary, moved.clone()),
            Entry::new(Action::EmailPublic, moved),
        ] {
            audit::record_for_user(tx, caller, &entry, username, id, now).await?;
        }
        Ok(())
    }

    /// The own account.
    pub async fn me(&self, access: &Access<operations::ShowMe>) -> Result<OwnPage> {
        let subject = access.target().user();
        let mut conn = self.db.read().await?;
        let user = users::by_id(&mut conn, subject.id).await?.ok_or_else(Error::not_found)?;
        let owned = packages::owned_by(&mut conn, user.id).await?;
        let account = view(&mut conn, user).await?;
        let organizations = subject.memberships.iter().map(|m| (m.organization.clone(), m.role));
        Ok(OwnPage {
            page: AccountPage { account, packages: owned.into_iter().map(name_of).collect() },
            organizations: organizations.collect(),
        })
    }

    /// An account by name or by verified public address. Open to everyone; packages are those that the
    /// viewer may see.
    ///
    /// Errors: 404.
    pub async fn account(&self, caller: &Caller, name_or_email: &str) -> Result<AccountPage> {
        let mut conn = self.db.read().await?;
        let user = find(&mut conn, name_or_email, true).await?.ok_or_else(Error::not_found)?;
        let visible = |package: &Package| {
            package.repository_id == repositories::HEXPM
                || caller.principal.as_ref().is_some_and(|p| can_see(p, &package.repository))
        };
        let owned = packages::owned_by(&mut conn, user.id).await?;
        let packages = owned.into_iter().filter(visible).map(name_of).collect();
        Ok(AccountPage { account: view(&mut conn, user).await?, packages })
    }

    /// A code with which the first administrator can be made, as long as there is none. Every call makes
    /// a new one; only its keyed hash is stored.
    pub async fn new_setup_code(&self) -> Result<Option<crate::Secret>> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        if users::any_administrator(&mut tx).await? {
            instance::delete(&mut tx, SETUP_CODE).await?;
            tx.commit(now).await?;
            return Ok(None);
        }
        let code = crate::Secret::for_key(&self.environment);
        let hash = data_encoding::HEXLOWER.encode(&self.instance_key.hash(code.reveal()));
        instance::set(&mut tx, SETUP_CODE, &hash).await?;
        tx.commit(now).await?;
        Ok(Some(code))
    }

    /// Uses the code up. A wrong one ends the registration: nobody should believe to be an administrator.
    async fn use_setup_code(&self, tx: &mut Conn, code: &str) -> Result<bool> {
        let hash = data_encoding::HEXLOWER.encode(&self.instance_key.hash(code));
        // Taken first: of several who use it at once, the database lets one have it.
        let taken = instance::take(tx, SETUP_CODE, &hash).await?;
        if !taken || users::any_administrator(tx).await? {
            return Err(Error::field(
                "setup_code",
                "is invalid or used up; the server shows a new one at its next start as long as it has no administrator",
            ));
        }
        tx.note(Change::Access);
        Ok(true)
    }
}

/// An account by lower-cased name or verified address.
pub(crate) async fn find(
    conn: &mut Conn,
    name_or_email: &str,
    only_public: bool,
) -> Result<Option<User>, StoreError> {
    let name = name_or_email.to_lowercase();
    if name.contains('@') {
        users::by_email(conn, &name, only_public).await
    } else {
        users::by_name(conn, &name).await
    }
}

pub(crate) async fn view(conn: &mut Conn, user: User) -> Result<AccountView> {
    let addresses = emails::of_user(conn, user.id).await?;
    let email = addresses.into_iter().find(|email| email.is_public).map(|email| email.address);
    Ok(AccountView {
        username: user.username,
        full_name: user.full_name,
        email,
        inserted_at: user.inserted_at,
        updated_at: user.updated_at,
    })
}

fn name_of(package: Package) -> PackageName {
    PackageName { repository: package.repository, name: package.name }
}

fn can_see(principal: &crate::Principal, repository: &str) -> bool {
    match &principal.subject {
        crate::principal::Subject::User(user) => {
            user.memberships.iter().any(|m| m.organization == repository)
        }
        crate::principal::Subject::Organization(organization) => organization.name == repository,
    }
}

/// What a new account may do.
pub(crate) enum Rank {
    /// What everyone may.
    User,
    /// Administer the instance.
    Administrator,
    /// Administer the instance, if the code is the one that the server shows.
    BySetupCode(String),
}

/// A registration without mistakes.
pub(crate) struct Valid {
    pub(crate) username: String,
    pub(crate) full_name: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) email: String,
}

pub(crate) fn validate(registration: Registration) -> Result<Valid> {
    let mut problems = Problems::default();
    let username = problems.required("username", registration.username).map(|name| name.to_lowercase());
    if let Some(problem) = username.as_deref().and_then(username_problem) {
        problems.add("username", problem);
    }
    let full_name = problems.optional("full_name", registration.full_name);
    if full_name.as_ref().is_some_and(|name| name.chars().count() > MAX_FULL_NAME) {
        problems.add("full_name", format!("should be at most {MAX_FULL_NAME} character(s)"));
    }
    let password = problems.optional("password", registration.password);
    if let Some(problem) = password.as_deref().and_then(password_problem) {
        problems.add("password", problem);
    }
    let confirmation = problems.optional("password_confirmation", registration.password_confirmation);
    if confirmation.is_some() && confirmation != password {
        problems.add("password_confirmation", "does not match password");
    }
    let email = match registration.email {
        Ok(None) => {
            problems.add("emails", "can't be blank");
            None
        }
        Ok(Some(address)) => {
            let address = address.to_lowercase();
            if let Some(problem) = address_problem(&address) {
                problems.add("emails", FieldError::Nested(vec![("email".into(), problem.into())]));
            }
            Some(address)
        }
        Err(error) => {
            problems.add("emails", FieldError::Nested(vec![("email".into(), error)]));
            None
        }
    };
    problems.check()?;
    Ok(Valid {
        username: username.expect("checked above"),
        full_name,
        password,
        email: email.expect("checked above"),
    })
}

/// Of several problems the one checked last is told: length, form, reserved.
fn username_problem(name: &str) -> Option<String> {
    if RESERVED_USERNAMES.contains(&name) {
        return Some("is reserved".into());
    }
    if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-.".contains(c)) {
        return Some("has invalid format".into());
    }
    match name.chars().count() {
        0..3 => Some("should be at least 3 character(s)".into()),
        3..=MAX_USERNAME => None,
        _ => Some(format!("should be at most {MAX_USERNAME} character(s)")),
    }
}

pub(crate) fn password_problem(password: &str) -> Option<String> {
    if password.chars().count() < 8 {
        return Some("should be at least 8 character(s)".into());
    }
    let max = crate::passwords::MAX_BYTES;
    (password.len() > max).then(|| format!("should be at most {max} byte(s)"))
}

/// Something, an at sign, something, a dot, something.
fn address_problem(address: &str) -> Option<String> {
    if address.chars().count() > MAX_ADDRESS {
        return Some(format!("should be at most {MAX_ADDRESS} character(s)"));
    }
    let well_formed = address.split_once('@').is_some_and(|(local, domain)| {
        let dotted = domain.rsplit_once('.').is_some_and(|(host, top)| !host.is_empty() && !top.is_empty());
        !local.is_empty() && dotted
    });
    let clean = !address.chars().any(|c| c.is_whitespace() || c.is_control());
    (!well_formed || !clean).then(|| "has invalid format".into())
}
