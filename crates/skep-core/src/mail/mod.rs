//! Mail: what is told to whom, and how it gets there.
//!
//! A mail is written to the database in the transaction of what it tells (`tell`), so that it is sent exactly if that
//! happened, and servers send it from there ([`delivery`]). It must never fail a request, and never hold one up: nothing
//! here speaks to a mail server. What is stored is data; the text is made when it is sent, by the server that knows its
//! own address. So no row holds a link that could be used by whoever reads the database (`links`).

pub mod delivery;
pub mod letter;
pub(crate) mod links;
mod notice;
pub mod operator;
mod preference;
mod templates;

use std::collections::BTreeSet;

use skep_store::tables::mails::{self, NewMail};
use skep_store::tables::recipients;
use skep_store::{Conn, Micros};

pub use notice::Notice;
pub use preference::Preference;

use crate::{Error, Result};

/// Who is told. Nobody is told anything at an address that was not proven, except by [`To::Address`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum To<'a> {
    /// An address, whoever it belongs to.
    Address(&'a str),
    /// An account at its primary address; for an organization user the admins of the organization.
    User(i64),
    /// The admins of an organization.
    Organization(i64),
    /// The owners of a package; for an organization its admins.
    Owners(i64),
}

/// Writes a mail for everybody in question. It is sent if the transaction is committed.
pub(crate) async fn tell(tx: &mut Conn, notice: &Notice, to: To<'_>, now: Micros) -> Result<()> {
    let addresses = addresses(tx, notice, to).await?;
    tell_all(tx, notice, &addresses, now).await
}

/// The addresses at which a mail is wanted.
pub(crate) async fn addresses(tx: &mut Conn, notice: &Notice, to: To<'_>) -> Result<BTreeSet<String>> {
    let preference = notice.preference().map(Preference::as_str);
    let found = match to {
        To::Address(address) => vec![address.to_owned()],
        To::User(id) => recipients::of_user(tx, id, preference).await?,
        To::Organization(id) => recipients::of_organization(tx, id, preference).await?,
        To::Owners(package_id) => recipients::of_package(tx, package_id, preference).await?,
    };
    Ok(found.into_iter().collect())
}

/// Writes a mail for each of these addresses.
pub(crate) async fn tell_all(
    tx: &mut Conn,
    notice: &Notice,
    addresses: &BTreeSet<String>,
    now: Micros,
) -> Result<()> {
    let params = serde_json::to_string(notice).map_err(Error::internal)?;
    let group = notice.group();
    for address in addresses {
        let mail = NewMail {
            recipient: address,
            kind: notice.kind(),
            params: &params,
            group: group.as_deref(),
            expires_at: now + notice.life(),
        };
        mails::insert(tx, &mail, now).await?;
    }
    Ok(())
}
