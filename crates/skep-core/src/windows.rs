//! How long a public release can be replaced or deleted. Source: the Hex HTTP contract, "Edit windows".
//!
//! Private releases can be changed at any age: their owners can talk to everyone who uses them.

use skep_store::Micros;
use skep_store::tables::packages::Package;
use skep_store::tables::releases::Release;
use skep_store::tables::repositories;

const SECOND: Micros = 1_000_000;

/// Age up to which a public release can be changed.
const RELEASE_WINDOW: Micros = 3_600 * SECOND;

/// Age of a public package up to which all its releases can be changed.
const PACKAGE_WINDOW: Micros = 86_400 * SECOND;

/// Whether a release may be replaced or deleted now.
pub(crate) fn is_open(package: &Package, release: &Release, now: Micros) -> bool {
    package.repository_id != repositories::HEXPM
        || now - release.inserted_at <= RELEASE_WINDOW
        || now - package.inserted_at <= PACKAGE_WINDOW
}

/// Why a release may not be replaced any more. Clients look for this text.
pub(crate) const TOO_OLD_TO_MODIFY: &str = "can only modify a release up to one hour after publication";

/// Why a release may not be deleted any more. Clients look for this text.
pub(crate) const TOO_OLD_TO_DELETE: &str = "can only delete a release up to one hour after publication";
