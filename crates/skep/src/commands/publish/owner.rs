//! Whose a new public package becomes. Who is a member of organizations is asked, as by mix: a package that was published
//! for one of them is handed over to it when it is there.

use anyhow::{Context as _, Result, bail};
use hex_format::name::PackageName;
use skep_client::api::{Api, OwnerLevel};

use super::plan::Plan;
use crate::commands::context::block_on;
use crate::output::options::options;
use crate::output::{self, prompt};

/// Asks whether to go on, and for whom; gives the organization that the package is to be handed over to.
pub(super) fn agree(api: &Api, plan: &Plan) -> Result<Option<String>> {
    if options().yes {
        return Ok(None);
    }
    let is_public = plan.package.is_some() && plan.release.organization.is_none();
    let organizations = if is_public { candidates(api, &plan.release.package)? } else { Vec::new() };
    if organizations.is_empty() {
        if !prompt::confirm("Proceed?", true, false)? {
            bail!("nothing was published");
        }
        return Ok(None);
    }
    output::tell(
        "You are a member of one or multiple organizations. Would you like to publish the package with yourself as owner or \
         an organization as owner? If you publish with an organization as owner your package will be public but managed by \
         the selected organization.",
    );
    let mut owners = vec!["Yourself".to_owned()];
    owners.extend(organizations);
    Ok(match prompt::select(&owners)? {
        0 => None,
        chosen => owners.into_iter().nth(chosen),
    })
}

/// The organizations of the user, if the package is not there yet. Not to know them keeps nobody from publishing.
fn candidates(api: &Api, package: &PackageName) -> Result<Vec<String>> {
    block_on(async {
        let Ok(me) = api.me().await else { return Ok(Vec::new()) };
        let is_new =
            async || matches!(api.package(None, package).await, Err(error) if error.status() == Some(404));
        if me.organizations.is_empty() || !is_new().await {
            return Ok(Vec::new());
        }
        Ok(me.organizations.into_iter().map(|membership| membership.name).collect())
    })
}

/// Hands the package over.
pub(super) fn transfer(api: &Api, package: &PackageName, owner: &str) -> Result<()> {
    output::note(format!("Transferring ownership to {owner}..."));
    block_on(async { Ok(api.add_owner(None, package, owner, OwnerLevel::Full, true).await?) }).with_context(|| {
        format!(
            "{package} was published, but is yours and not of {owner}; `skep owner transfer {package} {owner}` tries that \
             again"
        )
    })
}
