//! An instance on this machine: its data folder, its keys, its assembled rules.
//!
//! `skep serve` holds the folder's lock; `skep admin` works beside it.

mod folder;
mod keys;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use skep_core::{Db, Environment, Objects, Skep};
use skep_store::Pools;

pub(crate) use folder::Folder;

use crate::settings::Storage;

/// Opens the stores and assembles the rules.
pub(crate) async fn open(
    folder: &Folder,
    storage: &Storage,
    settings: skep_core::Settings,
) -> Result<Arc<Skep>> {
    let db = open_database(folder, storage).await?;
    let keys = keys::load_or_make(folder, storage.signing_key.as_deref())?;
    let blobs = folder.blobs()?;
    let objects = Objects::local(&blobs)
        .with_context(|| format!("cannot use the folder {} for packages", blobs.display()))?;
    let core = Skep::new(db, objects, environment(), keys, settings);
    let core = core.await.map_err(explained)?;
    core.claim_instance().await.map_err(explained)?;
    Ok(core)
}

async fn open_database(folder: &Folder, storage: &Storage) -> Result<Db> {
    let opened = match &storage.database_url {
        Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
            Db::open_postgres(url, Pools::default()).await.context("cannot open the PostgreSQL database")
        }
        Some(_) => bail!("database-url must begin with postgres://"),
        None => {
            let file = folder.database()?;
            Db::open_sqlite(&file, Pools::default())
                .await
                .with_context(|| format!("cannot open the database {}", file.display()))
        }
    };
    opened
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
