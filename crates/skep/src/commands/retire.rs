//! `skep retire` and `skep unretire`

use anyhow::{Result, bail};
use hex_format::version::Version;
use hex_registry::package::RetirementReason;
use serde_json::json;
use skep_client::package_ref::PackageRef;

use super::context::{Context, block_on};
use super::done::done;
use super::failure::{Later, because};
use crate::args::{RetireArgs, UnretireArgs};
use crate::output::prompt;

pub(crate) fn run(context: &Context, args: RetireArgs) -> Result<()> {
    let package = args.place.of(&args.package)?;
    let message = args.message.as_deref().filter(|text| !text.trim().is_empty());
    match (args.version, args.reason, args.all) {
        (Some(version), None, None) => take_back(context, &package, &version),
        (Some(version), Some(reason), None) => release(context, &package, &version, reason, message),
        (None, None, Some(reason)) => all(context, &package, reason, message, args.replace),
        _ => unreachable!("invariant: the arguments exclude all else"),
    }
}

pub(crate) fn unretire(context: &Context, args: &UnretireArgs) -> Result<()> {
    take_back(context, &args.place.of(&args.package)?, &args.version)
}

fn missing(package: &PackageRef, version: &Version) -> String {
    format!("no release with name {package} {version} that you may change")
}

fn release(
    context: &Context,
    package: &PackageRef,
    version: &Version,
    reason: RetirementReason,
    message: Option<&str>,
) -> Result<()> {
    let api = context.api_at(&package.place)?;
    block_on(async {
        let organization = package.place.organization.as_ref();
        let retired = api.retire(organization, &package.package, version, reason, message).await;
        retired.map_err(because("cannot retire the release", missing(package, version)))
    })?;
    let what = json!({
        "package": package.package.as_str(), "repository": context.called(&package.place), "version": version.to_string(),
        "reason": reason.as_str(), "message": message,
    });
    done("retired", what, format!("{package} {version} has been retired"))
}

fn all(
    context: &Context,
    package: &PackageRef,
    reason: RetirementReason,
    message: Option<&str>,
    replace: bool,
) -> Result<()> {
    let api = context.api_at(&package.place)?;
    if !prompt::confirm(&format!("Retire all releases of {package}?"), false, true)? {
        bail!("nothing was retired");
    }
    block_on(async {
        let organization = package.place.organization.as_ref();
        let retired = api.retire_package(organization, &package.package, reason, message, replace).await;
        let guess = || context.meant_package(package);
        let missing = Later(|| format!("no package with name {package} that you may change{}", guess()));
        retired.map_err(because("cannot retire the package", missing))
    })?;
    let what = json!({
        "package": package.package.as_str(), "repository": context.called(&package.place), "version": null,
        "reason": reason.as_str(), "message": message,
    });
    done("retired", what, format!("All releases of {package} have been retired"))
}

fn take_back(context: &Context, package: &PackageRef, version: &Version) -> Result<()> {
    let api = context.api_at(&package.place)?;
    block_on(async {
        let taken = api.unretire(package.place.organization.as_ref(), &package.package, version).await;
        taken.map_err(because("cannot take the retirement back", missing(package, version)))
    })?;
    let what = json!({
        "package": package.package.as_str(), "repository": context.called(&package.place), "version": version.to_string(),
    });
    done("unretired", what, format!("{package} {version} has been unretired"))
}
