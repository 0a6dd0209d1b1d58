//! What an authorized organization looks like in the two files of `rebar3`.
//!
//! Seen with rebar3 3.19: a listed repository `hexpm:ORG` with `repo_url` and `repo_public_key` of its own is fetched from
//! `/repos/ORG` below that URL and checked against the name `ORG`, while `hexpm` stays where it is. A repository `ORG`,
//! without a colon, is fetched from its `repo_url` as it stands. The key must be a binary in the other file; the answer
//! to a tarball must carry an `ETag`.
//!
//! The address of `hexpm` itself comes from the variable `HEX_CDN` and from nowhere else, also in 3.27, whatever `repo_url`
//! says; its signing key and its API come from the file. The plugin `rebar3_hex` publishes to `api_url`, by default that of
//! hex.pm, and to the repository `api_repository`, which a name with a colon implies and a plain one does not.
//!
//! Repositories are searched in the order of the list, whatever the dependency says, and the implicit `hexpm` comes last.
//! So an organization must stand before a listed `hexpm`, or a public package could take the place of a private one.

use hex_format::hex_config::{RebarAuth, RebarConfig};
use hex_format::name::{OrganizationName, RepositoryName};
use hex_format::term::Term;

use crate::authorize::AuthorizedKey;
use crate::server::RepositoryUrl;

#[cfg(test)]
mod tests;

const HEXPM: &str = RepositoryName::HEXPM;

/// The repository's name: beside an organization of the same name at `hexpm` it must be the plain one.
pub(super) fn entry(organization: &OrganizationName, side_by_side: bool) -> String {
    if side_by_side { organization.to_string() } else { format!("{HEXPM}:{organization}") }
}

fn url(repository: &RepositoryUrl, organization: &OrganizationName, side_by_side: bool) -> RepositoryUrl {
    if side_by_side { repository.organization(organization) } else { repository.clone() }
}

/// Where the repository's name points now, if that is another server.
pub(super) fn occupied(
    config: &RebarConfig,
    repository: &RepositoryUrl,
    organization: &OrganizationName,
    side_by_side: bool,
) -> Option<(String, String)> {
    let name = entry(organization, side_by_side);
    let fields = config.repo(&name)?;
    let found = match fields.get_atom("repo_url").and_then(Term::text) {
        Some(url) => url.into_owned(),
        None => RepositoryUrl::hexpm().to_string(),
    };
    let ours = url(repository, organization, side_by_side);
    let same = RepositoryUrl::parse(&found).is_ok_and(|found| found == ours);
    (!same).then_some((name, found))
}

/// Writes the repository and its key; and if `hexpm`, the address of that repository, is our server's, how to trust it.
pub(super) fn write(
    config: &mut RebarConfig,
    auth: &mut RebarAuth,
    key: &AuthorizedKey,
    side_by_side: bool,
    hexpm: Option<&RepositoryUrl>,
) {
    let name = entry(key.organization(), side_by_side);
    let mut fields = Vec::new();
    if !key.repository().is_hexpm() {
        let url = url(key.repository(), key.organization(), side_by_side);
        fields.push(("repo_url", Term::bin(url.as_str())));
        fields.extend(trust(key));
        if side_by_side {
            fields.push(("api_repository", Term::bin(key.organization().as_str())));
        }
    }
    if config.repo(&name).is_none() {
        keep_last(config, HEXPM, |config| config.set_repo(&name, fields));
    } else {
        config.set_repo(&name, fields);
    }
    if !key.repository().is_hexpm() && hexpm == Some(key.repository()) {
        config.set_repo(HEXPM, trust(key));
    }
    auth.set_repo(&name, [("repo_key", Term::bin(key.secret().expose()))]);
}

/// Which signature is right, and where publishing goes to.
fn trust(key: &AuthorizedKey) -> [(&'static str, Term); 2] {
    [("repo_public_key", Term::bin(key.signing_key().to_pem())), ("api_url", Term::bin(key.api().as_str()))]
}

/// Adds to the list and keeps the repository `last` behind what was added.
fn keep_last(config: &mut RebarConfig, last: &str, add: impl FnOnce(&mut RebarConfig)) {
    let moved = config.repo(last).and_then(Term::as_map).map(<[_]>::to_vec);
    if moved.is_some() {
        config.remove_repo(last);
    }
    add(config);
    if let Some(fields) = moved {
        let fields = fields.iter().filter_map(|(key, value)| Some((key.as_atom()?, value.clone())));
        config.set_repo(last, fields);
    }
}

/// Removes the repository and its key.
pub(super) fn remove(
    config: &mut RebarConfig,
    auth: &mut RebarAuth,
    organization: &OrganizationName,
    side_by_side: bool,
) -> bool {
    let name = entry(organization, side_by_side);
    let listed = config.repo(&name).is_some() && config.remove_repo(&name);
    let keyed = auth.repo(&name).is_some() && auth.remove_repo(&name);
    listed || keyed
}
