//! `skep owner …`

use anyhow::{Result, bail};
use serde::Serialize;
use serde_json::json;
use skep_client::api::{OwnedPackage, Owner, OwnerLevel};
use skep_client::package_ref::PackageRef;

use super::context::{Context, block_on};
use super::done::done;
use super::failure::{Later, because};
use crate::args::{AddOwnerArgs, Level, ListOwnersArgs, OwnerArgs, OwnerCommand};
use crate::output::{self, Report, Text, prompt, table::table};

pub(crate) fn run(context: &Context, command: OwnerCommand) -> Result<()> {
    match command {
        OwnerCommand::Add(args) => add(context, &args),
        OwnerCommand::Transfer(args) => transfer(context, &args),
        OwnerCommand::Remove(args) => remove(context, &args),
        OwnerCommand::List(args) => list(context, &args),
        OwnerCommand::Packages => packages(context),
    }
}

/// What a 404 means here: the server does not say which of both it is.
fn missing(package: &PackageRef, owner: &str) -> String {
    format!("there is no package {package} that you may change, or no user {owner}")
}

fn changed(package: &PackageRef, owner: &str, level: Option<OwnerLevel>) -> serde_json::Value {
    let mut value =
        json!({ "package": package.package.as_str(), "repository": package.place, "owner": owner });
    if let Some(level) = level {
        value["level"] = level.as_str().into();
    }
    value
}

fn add(context: &Context, args: &AddOwnerArgs) -> Result<()> {
    let package = args.owner.place.of(&args.owner.package)?;
    let owner = args.owner.owner.as_str();
    let level = match args.level {
        Level::Full => OwnerLevel::Full,
        Level::Maintainer => OwnerLevel::Maintainer,
    };
    let api = context.api_at(&package.place)?;
    let organization = package.place.organization.as_ref();
    block_on(async {
        let added = api.add_owner(organization, &package.package, owner, level, false).await;
        added.map_err(because("cannot add the owner", missing(&package, owner)))
    })?;
    let told = format!("Adding owner {owner} with ownership level {} to {package}", level.as_str());
    done("added", changed(&package, owner, Some(level)), told)
}

fn transfer(context: &Context, args: &OwnerArgs) -> Result<()> {
    let package = args.place.of(&args.package)?;
    let owner = args.owner.as_str();
    let api = context.api_at(&package.place)?;
    let question = format!("Transfer {package} to {owner}? All other owners lose it.");
    if !prompt::confirm(&question, false, true)? {
        bail!("nothing was transferred");
    }
    let organization = package.place.organization.as_ref();
    block_on(async {
        let moved = api.add_owner(organization, &package.package, owner, OwnerLevel::Full, true).await;
        moved.map_err(because("cannot transfer the package", missing(&package, owner)))
    })?;
    let told = format!("Transferring ownership to {owner} for {package}");
    done("transferred", changed(&package, owner, Some(OwnerLevel::Full)), told)
}

fn remove(context: &Context, args: &OwnerArgs) -> Result<()> {
    let package = args.place.of(&args.package)?;
    let owner = args.owner.as_str();
    let api = context.api_at(&package.place)?;
    let organization = package.place.organization.as_ref();
    block_on(async {
        let removed = api.remove_owner(organization, &package.package, owner).await;
        removed.map_err(because("cannot remove the owner", missing(&package, owner)))
    })?;
    let told = format!("Removing owner {owner} from {package}");
    done("removed", changed(&package, owner, None), told)
}

fn list(context: &Context, args: &ListOwnersArgs) -> Result<()> {
    let package = args.place.of(&args.package)?;
    let api = context.api_at_if_signed_in(&package.place)?;
    let owners = block_on(async {
        let owners = api.owners(package.place.organization.as_ref(), &package.package).await;
        let missing = Later(|| format!("no package with name {package}{}", context.meant_package(&package)));
        owners.map_err(because("cannot list the owners", missing))
    })?;
    if owners.is_empty() {
        output::note(format!("{package} has no owners"));
    }
    output::report(&Owners(owners))
}

#[derive(Serialize)]
struct Owners(Vec<Owner>);

impl Report for Owners {
    fn text(&self) -> Text {
        if self.0.is_empty() {
            return Text::default();
        }
        let row = |owner: &Owner| {
            let owner = owner.clone();
            [owner.username, owner.email.unwrap_or_default(), owner.level.unwrap_or_default()]
        };
        table(["Username", "Email", "Level"], self.0.iter().map(row))
    }
}

fn packages(context: &Context) -> Result<()> {
    let api = context.api()?;
    let packages = block_on(async {
        let missing = "this key belongs to an organization, which owns the packages of its repository";
        api.owned_packages().await.map_err(because("cannot list your packages", missing))
    })?;
    if packages.is_empty() {
        output::note("You own no packages");
    }
    output::report(&Packages(packages))
}

#[derive(Serialize)]
struct Packages(Vec<OwnedPackage>);

impl Report for Packages {
    fn text(&self) -> Text {
        self.0.iter().fold(Text::default(), |text, package| {
            let mut line = match package.repository.as_deref() {
                None | Some("hexpm") => package.name.clone(),
                Some(repository) => format!("{repository}/{}", package.name),
            };
            if let Some(url) = &package.html_url {
                line = format!("{line} - {url}");
            }
            text.line(output::sanitize::line(&line).as_ref())
        })
    }
}
