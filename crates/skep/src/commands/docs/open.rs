//! `skep docs open`: the copy on this machine, else the pages at the server.

use std::io::IsTerminal;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use hex_format::version::Version;
use serde::Serialize;
use skep_client::package_ref::PackageRef;

use super::fetch::{self, State};
use super::store::{self, Store};
use super::wanted;
use crate::args::{DocsFormat, OpenDocsArgs};
use crate::commands::context::{Context, block_on};
use crate::commands::failure::unless_found;
use crate::output::{self, Report, Text};

pub(super) fn run(context: &Context, args: &OpenDocsArgs) -> Result<()> {
    let mut package = args.place.of(&args.package)?;
    let version = wanted(&mut package, args.version.as_ref(), args.latest)?;
    let address = address(context, args, package, version)?;
    let opened = !args.print_url && std::io::stdout().is_terminal();
    if opened {
        open::that_detached(&address).with_context(|| format!("cannot open {address}"))?;
    }
    output::report(&Opened { address, opened })
}

#[derive(Serialize)]
struct Opened {
    address: String,
    opened: bool,
}

impl Report for Opened {
    fn text(&self) -> Text {
        Text::from(&self.address)
    }
}

fn address(
    context: &Context,
    args: &OpenDocsArgs,
    package: PackageRef,
    version: Option<Version>,
) -> Result<String> {
    let store = Store::of(&context.machine);
    if args.online {
        return match online(context, args, &package, version.as_ref())? {
            Some(url) => Ok(url),
            None => bail!("the server has no pages of documentation of {package}: try --offline"),
        };
    }
    let here = version.clone().or_else(|| store.newest(&package).filter(|_| !args.latest));
    let folder = here.and_then(|version| store.find(&package, &version));
    if let Some(folder) = folder {
        return local(args, &package, folder);
    }
    if !args.offline
        && args.format == DocsFormat::Html
        && let Some(url) = online(context, args, &package, version.as_ref())?
    {
        return Ok(url);
    }
    let outcome = block_on(fetch::one(context, &store, package, version))?;
    match outcome.state {
        State::Fetched(folder) | State::There(folder) => local(args, &outcome.package, folder),
        State::Missing => bail!("there is no documentation of {} {}", outcome.package, outcome.version),
    }
}

/// The file to open.
fn local(args: &OpenDocsArgs, package: &PackageRef, folder: PathBuf) -> Result<String> {
    let file = store::file(&folder, args.format, args.page.as_deref());
    let file = file.with_context(|| match (&args.page, args.format) {
        (Some(page), _) => {
            format!("the documentation of {package} has no page {page} in {}", folder.display())
        }
        (None, DocsFormat::Html) => {
            format!("the documentation of {package} has no index.html in {}", folder.display())
        }
        (None, _) => format!(
            "the documentation of {package} is not there in this format, only in {}",
            folder.display()
        ),
    })?;
    Ok(file.display().to_string())
}

/// The address of the pages at the server, if it has some.
fn online(
    context: &Context,
    args: &OpenDocsArgs,
    package: &PackageRef,
    version: Option<&Version>,
) -> Result<Option<String>> {
    let api = context.api_at_if_signed_in(&package.place)?;
    let organization = package.place.organization.as_ref();
    let url = block_on(async {
        match version {
            Some(version) => {
                let missing =
                    format!("no release with name {package} {version} that you may see at {}", api.base());
                let found = api.release(organization, &package.package, version).await;
                Ok(found.map_err(unless_found("cannot find the documentation", missing))?.docs_html_url)
            }
            None => {
                let missing = format!("no package with name {package} that you may see at {}", api.base());
                let found = api.package(organization, &package.package).await;
                Ok(found.map_err(unless_found("cannot find the documentation", missing))?.docs_html_url)
            }
        }
    })?;
    // Some servers name the archive here, which is nothing to read. And what is no address of the web is nothing to give
    // to a program that opens whatever it is given.
    let pages = |url: &String| {
        (url.starts_with("https://") || url.starts_with("http://")) && !url.ends_with(".tar.gz")
    };
    Ok(url.filter(pages).map(|url| match &args.page {
        Some(page) => format!("{}/{page}.html", url.trim_end_matches('/')),
        None => url,
    }))
}
