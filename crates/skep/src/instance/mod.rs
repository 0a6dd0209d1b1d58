//! An instance on this machine: its data folder, its keys, its assembled rules.
//!
//! `skep serve` holds the folder's lock; `skep admin` works beside it.

mod folder;
mod keys;

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use skep_core::{Db, Environment, Objects, Skep, claim};
use skep_store::{Pools, StoreError};

pub(crate) use folder::Folder;

use crate::settings::Storage;

/// For the server: opens the stores and assembles the rules. What a new instance needs is made.
pub(crate) async fn open(
    folder: &Folder,
    storage: &Storage,
    settings: skep_core::Settings,
) -> Result<Arc<Skep>> {
    let objects = open_objects(&folder.make_blobs(storage.blobs.as_deref())?)?;
    let db = match postgres(storage)? {
        Some(url) => Db::open_postgres(url, Pools::default()).await.context(NO_POSTGRES)?,
        None => {
            if !folder.database().exists() {
                // Told before the file is made, which would stand in the way of the lost one.
                claim::check_unused(&objects).await.map_err(explained)?;
            }
            let file = folder.make_database()?;
            Db::open_sqlite(&file, Pools::default()).await.with_context(|| no_sqlite(&file))?
        }
    };
    let keys = keys::load_or_make(folder, storage.signing_key.as_deref())?;
    let core = Skep::new(db, objects, environment(), keys, settings).await.map_err(explained)?;
    let claimed = core.claim_instance().await;
    or_close(core, claimed).await
}

/// For the operator's commands: opens what a server has made, and makes nothing.
pub(crate) async fn open_existing(folder: &Folder, storage: &Storage) -> Result<Arc<Skep>> {
    let objects = open_objects(&folder.blobs(storage.blobs.as_deref())?)?;
    let keys = keys::load(folder, storage.signing_key.as_deref())?;
    let file = folder.database();
    let opened = match postgres(storage)? {
        Some(url) => Db::open_existing_postgres(url, Pools::default()).await.context(NO_POSTGRES),
        None if !file.exists() => {
            Err(explained(claim::unclaimed()).context(format!("{} is missing", file.display())))
        }
        None => Db::open_existing_sqlite(&file, Pools::default()).await.with_context(|| no_sqlite(&file)),
    };
    let db = opened.map_err(|error| match error.downcast_ref() {
        Some(StoreError::Empty) => explained(claim::unclaimed()),
        _ => error,
    })?;
    let settings = skep_core::Settings::default();
    let core = Skep::new(db, objects, environment(), keys, settings).await.map_err(explained)?;
    let checked = core.check_instance().await;
    or_close(core, checked).await
}

const NO_POSTGRES: &str = "cannot open the PostgreSQL database (is it running, and is --database-url right?)";

fn no_sqlite(file: &Path) -> String {
    format!("cannot open the database {}", file.display())
}

/// The address of the PostgreSQL database, if that is what is used.
fn postgres(storage: &Storage) -> Result<Option<&str>> {
    match storage.database_url.as_deref() {
        Some(url) if !url.starts_with("postgres://") && !url.starts_with("postgresql://") => {
            bail!("database-url must begin with postgres://")
        }
        url => Ok(url),
    }
}

fn open_objects(blobs: &Path) -> Result<Objects> {
    Objects::local(blobs).with_context(|| format!("cannot use the folder {} for packages", blobs.display()))
}

/// A database that is refused is closed properly, so that the right one can take its file's place.
async fn or_close(core: Arc<Skep>, checked: skep_core::Result<()>) -> Result<Arc<Skep>> {
    if checked.is_err() {
        core.close().await;
    }
    checked.map(|()| core).map_err(explained)
}

/// The causes that a caller over HTTP never sees are what an operator needs.
pub(crate) fn explained(error: skep_core::Error) -> anyhow::Error {
    match error.internal {
        Some(cause) => anyhow::anyhow!("{}: {cause}", error.message.unwrap_or_default()),
        None => anyhow::anyhow!("{}", readable(&error)),
    }
}

/// A validation error without its status.
fn readable(error: &skep_core::Error) -> String {
    let text = error.to_string();
    let message = error.message.as_deref().unwrap_or(error.code);
    let details = text.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    let details = details.strip_prefix(message).unwrap_or(details).trim_start_matches([';', ':', ' ']);
    if details.is_empty() { message.to_owned() } else { details.to_owned() }
}

/// The real clock and randomness.
fn environment() -> Environment {
    Environment {
        clock: Arc::new(|| {
            let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX)
        }),
        random: Arc::new(keys::fill_random),
    }
}
