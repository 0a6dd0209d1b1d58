//! `skep revert`: a release is taken back, which cannot be undone, and so is asked about first.

use anyhow::{Result, bail};
use hex_format::version::Version;
use serde::Serialize;
use serde_json::json;
use skep_client::package_ref::PackageRef;

use super::context::{Context, block_on};
use super::failure::because;
use crate::args::RevertArgs;
use crate::output::options::options;
use crate::output::{self, Report, Text, prompt};

pub(crate) fn run(context: &Context, args: &RevertArgs) -> Result<()> {
    revert(context, &args.place.of(&args.package)?, &args.version, args.docs)
}

/// Takes a release back, or its documentation alone.
pub(super) fn revert(context: &Context, package: &PackageRef, version: &Version, docs: bool) -> Result<()> {
    let PackageRef { place, package: name } = package;
    let what = if docs { "the docs for " } else { "" };
    let told_place = match (&place.repo, &place.organization) {
        (Some(_), _) => format!("the repository {place}"),
        (None, Some(organization)) => format!("the private repository {organization}"),
        (None, None) => "the public repository".to_owned(),
    };
    let api = context.api_at(place)?;
    let question = format!("Revert {what}{name} {version} in {told_place} at {}?", api.base());
    if !options().yes && !output::is_interactive() {
        bail!("nothing was reverted: --yes is needed where nobody can be asked");
    }
    if !prompt::confirm(&question, false, false)? {
        bail!("nothing was reverted");
    }
    let organization = place.organization.as_ref();
    let done = block_on(async {
        Ok(match docs {
            true => api.revert_docs(organization, name, version).await,
            false => api.revert(organization, name, version).await,
        })
    })?;
    match done {
        Ok(()) => output::report(&Reverted { package, version, docs }),
        Err(error) => {
            let missing = format!("there is no such release in {told_place}");
            Err(because(format!("Reverting {what}{name} {version} failed"), missing)(error))
        }
    }
}

/// What was taken back.
struct Reverted<'a> {
    package: &'a PackageRef,
    version: &'a Version,
    docs: bool,
}

impl Serialize for Reverted<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let PackageRef { place, package } = self.package;
        let object = json!({
            "reverted": {
                "name": package.as_str(),
                "version": self.version.to_string(),
                "repository": place,
                "organization": place.organization.as_ref().map(AsRef::<str>::as_ref),
                "docs_only": self.docs,
            }
        });
        object.serialize(serializer)
    }
}

impl Report for Reverted<'_> {
    fn text(&self) -> Text {
        let what = if self.docs { "docs for " } else { "" };
        Text::from(format!("Reverted {what}{} {}", self.package.package, self.version))
    }
}
