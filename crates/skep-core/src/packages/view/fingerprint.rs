//! Entity tags of views: digests over what they were made from, so that no view has to be rendered to be compared.

use hex_format::checksum::Sha256Hasher;
use skep_store::Micros;
use skep_store::tables::packages::Package;
use skep_store::tables::releases::Release;

use super::OwnerName;

pub(super) fn of_package(package: &Package, rows: &[Release], owners: Option<&[OwnerName]>) -> String {
    let mut hasher = Fingerprint::new("package", package.id, package.updated_at);
    rows.iter().for_each(|row| hasher.add(row.id, row.updated_at));
    owners.unwrap_or_default().iter().for_each(|owner| hasher.account(owner));
    hasher.finish()
}

pub(super) fn of_release(row: &Release, publisher: Option<&OwnerName>) -> String {
    let mut hasher = Fingerprint::new("release", row.id, row.updated_at);
    publisher.into_iter().for_each(|publisher| hasher.account(publisher));
    hasher.finish()
}

/// A digest over what a view was made from.
struct Fingerprint(Sha256Hasher);

impl Fingerprint {
    fn new(kind: &str, id: i64, updated_at: Micros) -> Self {
        let mut hasher = Self(Sha256Hasher::new());
        hasher.0.update(kind.as_bytes());
        hasher.add(id, updated_at);
        hasher
    }

    fn add(&mut self, id: i64, updated_at: Micros) {
        self.0.update(&id.to_be_bytes());
        self.0.update(&updated_at.to_be_bytes());
    }

    fn account(&mut self, account: &OwnerName) {
        for text in [Some(account.username.as_str()), account.email.as_deref()] {
            self.0.update(text.unwrap_or_default().as_bytes());
            self.0.update(&[0]);
        }
    }

    fn finish(self) -> String {
        let mut digits = self.0.finish().to_lower_hex();
        digits.truncate(32);
        digits
    }
}
