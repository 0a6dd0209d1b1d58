//! An instance is a database, a set of blobs and three keys that belong together. The database remembers
//! which keys it was made with, so that a mix-up is told at the start instead of showing as broken
//! signatures and refused keys.

use skep_store::tables::instance;

use crate::{Error, Result, Skep};

/// Where the fingerprints are kept, and what the key is called in the error.
const CLAIMS: [(&str, &str); 3] =
    [("signing_key", "signing key"), ("instance_key", "instance key"), ("token_key", "token key")];

impl Skep {
    /// Checks that the database belongs to the keys, or claims a new database for them.
    ///
    /// Errors: 409 naming the key that the database expects.
    pub async fn claim_instance(&self) -> Result<()> {
        let own = [
            self.signing_key.public_key().fingerprint().to_string(),
            self.instance_key.fingerprint(),
            self.token_key.fingerprint(),
        ];
        let now = self.now();
        let mut tx = self.db.write().await?;
        for ((fact, name), own) in CLAIMS.into_iter().zip(own) {
            match instance::get(&mut tx, fact).await? {
                None => instance::set(&mut tx, fact, &own).await?,
                Some(expected) if expected == own => {}
                Some(expected) => {
                    return Err(Error::new(
                        409,
                        "wrong_key",
                        format!(
                            "the database belongs to an instance with the {name} {expected}, but the data folder has \
                             {own}: use the data folder (its folder keys) that the database was made with"
                        ),
                    ));
                }
            }
        }
        Ok(tx.commit(now).await?)
    }
}
