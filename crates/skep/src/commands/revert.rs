//! `skep revert`: a release is taken back, which cannot be undone, and so is asked about first.

use anyhow::{Result, anyhow, bail};
use serde_json::{Value, json};

use super::context::{Context, block_on};
use super::publish::{Release, own_context};
use crate::args::RevertArgs;
use crate::output::options::options;
use crate::output::{self, Report, Text, prompt};

pub(crate) fn run(context: &Context, args: &RevertArgs) -> Result<()> {
    let RevertArgs { package, version, organization, docs } = args;
    let release = Release {
        package: package.clone(),
        version: version.clone(),
        organization: organization.clone().filter(|name| name.as_str() != "hexpm"),
    };
    revert(context, &release, *docs)
}

/// Takes a release back, or its documentation alone.
pub(super) fn revert(context: &Context, release: &Release, docs: bool) -> Result<()> {
    let Release { package, version, organization } = release;
    let own = own_context(context, release)?;
    let context = own.as_ref().unwrap_or(context);
    let what = if docs { "the docs for " } else { "" };
    let place = match organization {
        Some(organization) => format!("the private repository {organization}"),
        None => "the public repository".to_owned(),
    };
    let question = format!("Revert {what}{package} {version} in {place} at {}?", context.api_url()?);
    let api = context.api()?;
    if !options().yes && !output::is_interactive() {
        bail!("nothing was reverted: --yes is needed where nobody can be asked");
    }
    if !prompt::confirm(&question, false, false)? {
        bail!("nothing was reverted");
    }
    let organization = organization.as_ref();
    let done = block_on(async {
        Ok(match docs {
            true => api.revert_docs(organization, package, version).await,
            false => api.revert(organization, package, version).await,
        })
    })?;
    match done {
        Ok(()) => output::report(&Reverted { release, docs }),
        Err(error) if error.status() == Some(404) => {
            Err(anyhow!("Reverting {what}{package} {version} failed: there is no such release in {place}"))
        }
        Err(error) => {
            Err(anyhow::Error::from(error).context(format!("Reverting {what}{package} {version} failed")))
        }
    }
}

/// What was taken back.
struct Reverted<'a> {
    release: &'a Release,
    docs: bool,
}

impl serde::Serialize for Reverted<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Release { package, version, organization } = self.release;
        let object: Value = json!({
            "reverted": {
                "name": package.as_str(),
                "version": version.to_string(),
                "organization": organization.as_ref().map(AsRef::<str>::as_ref),
                "docs_only": self.docs,
            }
        });
        object.serialize(serializer)
    }
}

impl Report for Reverted<'_> {
    fn text(&self) -> Text {
        let Release { package, version, .. } = self.release;
        let what = if self.docs { "docs for " } else { "" };
        Text::from(format!("Reverted {what}{package} {version}"))
    }
}
