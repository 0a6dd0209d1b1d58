//! An instance is a database, a store of blobs and three keys that belong together. The database remembers
//! which keys it was made with, and database and blobs carry the same identity, so that a mix-up is told at
//! the start instead of showing as broken signatures, refused keys and missing or deleted packages.
//!
//! Nothing here may take over what an instance left behind: a database that is new beside blobs that are
//! not is a lost or forgotten database, and to begin anew is the operator's decision.

use skep_store::tables::{instance, releases};
use skep_store::{Conn, Objects};

use crate::{Error, Result, Skep};

/// Where the fingerprints are kept, and what the key is called in the error.
const KEYS: [(&str, &str); 3] =
    [("signing_key", "signing key"), ("instance_key", "instance key"), ("token_key", "token key")];

/// Where the identity is kept.
const IDENTITY: &str = "identity";

const IDENTITY_BYTES: usize = 16;

/// What to do about a database that is not the instance's.
const FIND_THE_DATABASE: &str = "if the instance uses PostgreSQL, give its address (--database-url, \
                                 SKEP_DATABASE_URL or database-url in skep.toml); if skep.db was lost, restore \
                                 skep.db from a backup";

/// What the database says about itself.
struct Claim {
    /// Facts about the keys that it does not have yet.
    missing: Vec<(&'static str, String)>,
    identity: Option<String>,
}

impl Skep {
    /// For servers: checks that the database belongs to the keys and to the blobs, or claims a new database for
    /// them if nothing speaks against it.
    ///
    /// Errors: 409 naming what the database expects and what was found.
    pub async fn claim_instance(&self) -> Result<()> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        // Several servers may find the same new database.
        releases::lock_blobs(&mut tx).await?;
        let claim = self.read_claim(&mut tx).await?;
        for (fact, own) in &claim.missing {
            instance::set(&mut tx, fact, own).await?;
        }
        let identity = match claim.identity {
            Some(identity) => {
                check_blobs(&self.objects, &identity).await?;
                identity
            }
            None => {
                check_unused(&self.objects).await?;
                let bytes = self.environment.bytes::<IDENTITY_BYTES>();
                let identity = data_encoding::HEXLOWER.encode(&bytes);
                self.objects.announce(&identity).await?;
                instance::set(&mut tx, IDENTITY, &identity).await?;
                identity
            }
        };
        tx.commit(now).await?;
        if self.objects.identity().await?.is_none() {
            self.objects.confirm(&identity).await?;
        }
        Ok(())
    }

    /// For the operator's commands: checks that the database belongs to the keys and to the blobs, and writes
    /// nothing.
    ///
    /// Errors: as [`Skep::claim_instance`], and 409 if the database was not claimed yet.
    pub async fn check_instance(&self) -> Result<()> {
        let claim = self.read_claim(&mut self.db.read().await?).await?;
        match claim.identity {
            Some(identity) if claim.missing.is_empty() => check_blobs(&self.objects, &identity).await,
            _ => Err(unclaimed()),
        }
    }

    async fn read_claim(&self, conn: &mut Conn) -> Result<Claim> {
        let own = [
            self.signing_key.public_key().fingerprint().to_string(),
            self.instance_key.fingerprint(),
            self.token_key.fingerprint(),
        ];
        let mut missing = Vec::new();
        for ((fact, name), own) in KEYS.into_iter().zip(own) {
            match instance::get(conn, fact).await? {
                None => missing.push((fact, own)),
                Some(expected) if expected == own => {}
                Some(expected) => {
                    let text = format!(
                        "the database belongs to an instance with the {name} {expected}, but the data folder has \
                         {own}: use the data folder (its folder keys) that the database was made with"
                    );
                    return Err(Error::new(409, "wrong_key", text));
                }
            }
        }
        Ok(Claim { missing, identity: instance::get(conn, IDENTITY).await? })
    }
}

/// The refusal of a database that no server has claimed.
pub fn unclaimed() -> Error {
    let text = format!(
        "the database is empty or belongs to no instance: {FIND_THE_DATABASE}; a new instance begins with skep serve"
    );
    Error::new(409, "unclaimed", text)
}

/// Checks that blobs may belong to a new database: there are none, and they are no instance's.
///
/// Errors: 409 naming the place and what to do.
pub async fn check_unused(objects: &Objects) -> Result<()> {
    let place = objects.place();
    let found = match objects.identity().await? {
        Some(identity) => format!("{place} belongs to the instance {identity}"),
        None if objects.is_empty().await? => return Ok(()),
        None => format!("{place} holds the packages of an instance"),
    };
    let text = format!(
        "{found}, but there is no database yet, or an empty one: {FIND_THE_DATABASE}; to begin anew, move {place} and \
         the folder keys of the data folder away"
    );
    Err(Error::new(409, "blobs_without_database", text))
}

async fn check_blobs(objects: &Objects, identity: &str) -> Result<()> {
    // In this order: whoever confirms it writes the one before it deletes the other.
    let announced = objects.announced().await?;
    let place = objects.place();
    let text = match objects.identity().await? {
        Some(found) if found == identity => return Ok(()),
        Some(found) => format!(
            "the database belongs to the instance {identity}, but {place} holds the packages of the instance {found}: \
             correct --blobs, --data or --database-url, so that both are of the same instance"
        ),
        None if announced.as_deref() == Some(identity) => return Ok(()),
        None if objects.is_empty().await? => format!(
            "the database belongs to the instance {identity}, whose packages are in another folder than {place}: \
             several servers have to share one folder of packages, so give its path with --blobs (SKEP_BLOBS, or blobs \
             in skep.toml); if the folder was lost, restore it from a backup"
        ),
        None => format!(
            "the database belongs to the instance {identity}, but {place} does not say whose packages it holds: if they \
             are another instance's, give the right folder with --blobs (SKEP_BLOBS, or blobs in skep.toml); if they are \
             this one's, write {identity} into the file {place}/.instance"
        ),
    };
    Err(Error::new(409, "wrong_blobs", text))
}
