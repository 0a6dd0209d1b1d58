//! `skep publish` and `skep docs publish`: what can be known to be wrong is told before anything goes up, and where it goes
//! is told before anybody says yes.

mod documentation;
mod outcome;
mod owner;
mod plan;
mod upload;

use anyhow::{Context as _, Result, bail};
use hex_format::name::{OrganizationName, PackageName};

use skep_client::api::Api;
use skep_client::package_ref::{PackageRef, Place};
use skep_client::server::ApiUrl;

use super::context::{Context, block_on};
use super::revert;
use crate::args::{PublishArgs, PublishDocsArgs, What};
use crate::output::options::options;
use crate::output::{self, Report as _};
use outcome::Outcome;
use plan::Plan;
use plan::Release;

/// What hex.pm asks of everyone who publishes there.
const CODE_OF_CONDUCT: &str = "https://hex.pm/policies/codeofconduct";

pub(crate) fn run(context: &Context, args: &PublishArgs) -> Result<()> {
    let (what, path) = args.what();
    if let Some(version) = &args.revert {
        let Release { package, organization, .. } = plan::identity(path, &args.project)?;
        let package = PackageRef { place: Place { repo: None, organization }, package };
        return revert::revert(context, &package, version, what == What::Docs);
    }
    let own_packages = own_packages(context, args);
    let plan = Plan::new(what, path, &args.project, args.doc_dir.as_deref(), &own_packages)?;
    if let Some(source) = &plan.package {
        output::note(super::build::summary::Summary::of(source).text());
        source.complain(&format!("{} can't be published", path.display()))?;
    }
    publish(context, plan, args.dry_run, args.replace)
}

/// `skep docs publish`
pub(crate) fn docs_only(context: &Context, args: &PublishDocsArgs) -> Result<()> {
    let plan =
        Plan::new(What::Docs, &args.path, &args.project, args.doc_dir.as_deref(), &|_, _| Ok(Vec::new()))?;
    publish(context, plan, args.dry_run, false)
}

fn publish(context: &Context, mut plan: Plan, dry_run: bool, replace: bool) -> Result<()> {
    let own = own_context(context, &plan.release)?;
    let context = own.as_ref().unwrap_or(context);
    let server = context.api_url()?;
    output::note(announcement(&plan, &server));
    if let Some(hint) = plan.elsewhere.as_ref().filter(|_| server.is_hexpm()) {
        bail!(
            "{hint}, and this would go to hex.pm: name the server with --server, or say --organization hexpm"
        );
    }
    if server.is_hexpm() {
        output::note(format!("Before publishing, please read the Code of Conduct: {CODE_OF_CONDUCT}"));
    }
    let api = if dry_run { None } else { Some(context.api()?) };
    if !dry_run && !options().yes && !output::is_interactive() {
        bail!("nothing was published: --yes is needed where nobody can be asked");
    }
    // The last of what can fail before anybody is asked, for it may take a while.
    plan.pack_docs()?;
    let Plan { release, .. } = &plan;
    let mut outcome = Outcome::new(release, &server, &plan, dry_run);
    let Some(api) = api else { return output::report(&outcome) };
    let owner = owner::agree(&api, &plan)?;
    if let Some(source) = &plan.package {
        let published = block_on(upload::package(&api, release, source.bytes.clone(), replace))?;
        outcome.package_is_published(published, &api);
    }
    let docs = match &plan.docs {
        Some(docs) => block_on(upload::docs(&api, release, docs.bytes.clone().into())).map(|url| {
            outcome.docs_are_published(url.or_else(|| docs_url(&api, release)));
        }),
        None => Ok(()),
    };
    if plan.package.is_none() {
        docs?;
        return output::report(&outcome);
    }
    // What the documentation has come to does not matter for whose the package is.
    let handed_over = match &owner {
        Some(owner) => owner::transfer(&api, &release.package, owner).map(|()| outcome.owner_is(owner)),
        None => Ok(()),
    };
    output::report(&outcome)?;
    let Release { package, version, .. } = release;
    docs.with_context(|| {
        format!(
            "{package} {version} was published, but not its documentation; `{}` tries that again",
            upload::docs_command(std::env::args().skip(1))
        )
    })?;
    handed_over
}

/// What is known of the server that an organization is at, where no other is named.
fn own_context(context: &Context, release: &Release) -> Result<Option<Context>> {
    release.organization.as_ref().map(|organization| context.for_organization(organization)).transpose()
}

/// Where it goes, in the words of mix.
fn announcement(plan: &Plan, server: &ApiUrl) -> String {
    let what = if plan.package.is_some() { "package" } else { "documentation" };
    let Release { package, version, organization } = &plan.release;
    let place = match organization {
        Some(organization) => format!("private repository {organization}"),
        None => "the public repository".to_owned(),
    };
    format!("Publishing {what} {package} {version} to {place} using {server}.")
}

/// Where documentation is shown by the public registry, whose own answer is the address of the archive.
fn docs_url(api: &Api, release: &Release) -> Option<String> {
    let Release { package, version, organization } = release;
    api.base().is_hexpm().then(|| match organization {
        Some(organization) => format!("https://{organization}.hexorgs.pm/{package}/{version}"),
        None => format!("https://hexdocs.pm/{package}/{version}"),
    })
}

/// Asks the server which of some packages an organization has.
fn own_packages<'a>(
    context: &'a Context,
    args: &'a PublishArgs,
) -> impl Fn(&OrganizationName, &[PackageName]) -> Result<Vec<PackageName>> + 'a {
    move |organization, names| {
        if args.dry_run {
            output::note(
                "The server is not asked which dependencies are private: with --dry-run only --private-dependency says so",
            );
            return Ok(Vec::new());
        }
        let api = context.for_organization(organization)?.api()?;
        block_on(async {
            let mut own = Vec::new();
            for name in names {
                match api.package(Some(organization), name).await {
                    Ok(_) => own.push(name.clone()),
                    Err(error) if matches!(error.status(), Some(403 | 404)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(own)
        })
    }
}
