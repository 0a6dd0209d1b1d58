//! Passwords: hashed with Argon2id in PHC form, on the blocking pool, a few at a time.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::{Error, Result};

/// Hashes computed at once. Each takes 19 MiB, so this bounds the memory that logins can take.
const AT_ONCE: usize = 4;

/// Longest password looked at, in bytes; hashing must not be a way to keep the server busy.
pub(crate) const MAX_BYTES: usize = 1024;

/// Computes and checks hashes.
#[derive(Clone)]
pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    permits: Arc<Semaphore>,
    /// Checked when there is no such user, so that the time taken does not tell.
    decoy: Arc<str>,
}

impl Passwords {
    /// With the recommended parameters, or with the least work for tests.
    pub(crate) fn new(weak: bool) -> Self {
        let params = if weak { Params::new(8, 1, 1, None) } else { Ok(Params::DEFAULT) };
        let params = params.expect("the parameters are in range");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = hash_now(&argon2, "decoy").expect("a short password can be hashed");
        Self { argon2, permits: Arc::new(Semaphore::new(AT_ONCE)), decoy: decoy.into() }
    }

    /// The hash of a password.
    pub(crate) async fn hash(&self, password: String) -> Result<String> {
        let argon2 = self.argon2.clone();
        self.blocking(move || hash_now(&argon2, &password)).await?.map_err(Error::internal)
    }

    /// Whether the password is the one that was hashed. Takes as long without a hash.
    pub(crate) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        let possible = hash.is_some() && password.len() <= MAX_BYTES;
        let hash = hash.unwrap_or_else(|| self.decoy.to_string());
        let argon2 = self.argon2.clone();
        let right = self.blocking(move || {
            // Of one that is too long, the beginning does for the time that it takes.
            let password = &password.as_bytes()[..password.len().min(MAX_BYTES)];
            let parsed = PasswordHash::new(&hash);
            parsed.is_ok_and(|hash| argon2.verify_password(password, &hash).is_ok())
        });
        // The work comes first, whether it can matter or not: the time it takes must not tell.
        let right = right.await?;
        Ok(right && possible)
    }

    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let permit = self.permits.clone().acquire_owned().await.map_err(Error::internal)?;
        // The work goes on when the caller is gone, and needs its memory until it is done.
        let work = move || {
            let _permit = permit;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}

fn hash_now(argon2: &Argon2<'_>, password: &str) -> Result<String, std::io::Error> {
    argon2
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| std::io::Error::other(error.to_string()))
}

#[cfg(test)]
mod tests;
