//! Retiring releases: they stay fetchable, and clients warn. There is no window. Rules and texts: the Hex HTTP
//! contract, "Retirement".

use std::str::FromStr;

use hex_registry::package::RetirementReason;
use skep_store::tables::packages::{self, Package};
use skep_store::tables::releases::{self, Release};
use skep_store::{Conn, Micros};

use crate::access::{Access, operations};
use crate::audit::{self, Action};
use crate::given::Given;
use crate::packages::{check_version, release_entry};
use crate::{Error, FieldError, Result, Skep};

/// Fewest characters of a message.
const MIN_MESSAGE: usize = 3;

/// Most characters of a message.
const MAX_MESSAGE: usize = 140;

/// Why releases should no longer be used, as it was given.
pub struct NewRetirement {
    /// `other`, `invalid`, `security`, `deprecated` or `renamed`.
    pub reason: Given<String>,
    /// 3 to 140 characters; an empty one counts as none.
    pub message: Given<String>,
}

struct Retirement {
    reason: RetirementReason,
    message: Option<String>,
}

/// Which releases of a package.
#[derive(Clone, Copy)]
enum Which<'a> {
    One(&'a str),
    /// All that are not retired yet.
    Unretired,
    All,
}

impl Skep {
    /// Retires a release, also one that is retired already.
    ///
    /// Errors: 400 for a text that is no version, 404, 422 by field.
    pub async fn retire(
        &self,
        access: &Access<operations::Retire>,
        version: &str,
        retirement: NewRetirement,
    ) -> Result<()> {
        check_version(version)?;
        self.set_retirement(access, Which::One(version), Some(retirement)).await
    }

    /// Retires all releases of a package: with `replace` those too that are retired already.
    ///
    /// Errors: 404, 422 by field, also when nothing is left to retire.
    pub async fn retire_all(
        &self,
        access: &Access<operations::Retire>,
        retirement: NewRetirement,
        replace: bool,
    ) -> Result<()> {
        let which = if replace { Which::All } else { Which::Unretired };
        self.set_retirement(access, which, Some(retirement)).await
    }

    /// Takes a retirement back. A release that is not retired stays as it is.
    ///
    /// Errors: 400 for a text that is no version, 404.
    pub async fn unretire(&self, access: &Access<operations::Retire>, version: &str) -> Result<()> {
        check_version(version)?;
        self.set_retirement(access, Which::One(version), None).await
    }

    async fn set_retirement(
        &self,
        access: &Access<operations::Retire>,
        which: Which<'_>,
        retirement: Option<NewRetirement>,
    ) -> Result<()> {
        let id = access.target().existing()?.id;
        let repository = &access.target().repository;
        let now = self.now();
        let mut tx = self.change_in(repository).await?;
        packages::lock(&mut tx, id).await?;
        let package = packages::by_id(&mut tx, id).await?.ok_or_else(Error::not_found)?;
        let chosen = choose(&mut tx, &package, which).await?;
        let retirement = retirement.map(check).transpose()?;
        if chosen.is_empty() {
            return Ok(());
        }
        let action = if retirement.is_some() { Action::ReleaseRetire } else { Action::ReleaseUnretire };
        for mut release in chosen {
            set(&mut tx, &mut release, retirement.as_ref(), now).await?;
            let entry = release_entry(action, repository, &package, &release)?;
            audit::record(&mut tx, access.caller(), &entry, now).await?;
        }
        packages::touch(&mut tx, id, now).await?;
        self.rebuild_package(&mut tx, repository, id, &package.name).await?;
        Ok(tx.commit(now).await?)
    }
}

async fn choose(tx: &mut Conn, package: &Package, which: Which<'_>) -> Result<Vec<Release>> {
    let mut all = releases::of_package(tx, package.id).await?;
    match which {
        Which::All => {}
        Which::Unretired => all.retain(|release| release.retirement_reason.is_none()),
        Which::One(version) => {
            all.retain(|release| release.version == version);
            if all.is_empty() {
                return Err(Error::not_found());
            }
        }
    }
    Ok(all)
}

async fn set(
    tx: &mut Conn,
    release: &mut Release,
    retirement: Option<&Retirement>,
    now: Micros,
) -> Result<()> {
    let columns = retirement.map(|r| (r.reason.as_str(), r.message.as_deref()));
    releases::set_retirement(tx, release.id, columns, now).await?;
    release.retirement_reason = columns.map(|(reason, _)| reason.to_owned());
    release.retirement_message = columns.and_then(|(_, message)| message.map(str::to_owned));
    Ok(())
}

fn check(given: NewRetirement) -> Result<Retirement> {
    let mut problems: Vec<(String, FieldError)> = Vec::new();
    let reason = reason(given.reason).map_err(|error| problems.push(("reason".into(), error))).ok();
    let message = message(given.message).map_err(|error| problems.push(("message".into(), error))).ok();
    match (reason, message) {
        (Some(reason), Some(message)) => Ok(Retirement { reason, message }),
        _ => Err(Error::field("retirement", FieldError::Nested(problems))),
    }
}

fn reason(given: Given<String>) -> Result<RetirementReason, FieldError> {
    let word = given?.ok_or("can't be blank")?;
    RetirementReason::from_str(&word).map_err(|_| "is invalid".into())
}

fn message(given: Given<String>) -> Result<Option<String>, FieldError> {
    let message = given?.filter(|message| !message.trim().is_empty());
    match message.as_ref().map(|message| message.chars().count()) {
        Some(length) if length < MIN_MESSAGE => {
            Err(format!("should be at least {MIN_MESSAGE} character(s)").into())
        }
        Some(length) if length > MAX_MESSAGE => {
            Err(format!("should be at most {MAX_MESSAGE} character(s)").into())
        }
        _ => Ok(message),
    }
}
