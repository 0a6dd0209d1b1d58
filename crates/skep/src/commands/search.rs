//! `skep search`

use anyhow::Result;
use serde::Serialize;
use skep_client::api::Package;

use super::context::{Context, block_on};
use super::failure::because;
use crate::args::SearchArgs;
use crate::output::{self, Report, Text, sanitize, table::table};

/// Columns of a description, as mix cuts it.
const DESCRIPTION: usize = 50;

pub(crate) fn run(context: &Context, args: &SearchArgs) -> Result<()> {
    let place = args.place.place()?;
    let api = context.api_at_if_signed_in(&place)?;
    let query = args.query.join(" ");
    let limit = args.limit.into();
    let (found, more) = block_on(async {
        let found = api.search(place.organization.as_ref(), &query, args.sort, limit).await;
        found.map_err(because("cannot search", format!("no repository with name {place}")))
    })?;
    if found.is_empty() {
        output::note("No packages found");
    }
    output::report(&Found(found.iter().map(Hit::of).collect()))?;
    if more {
        output::note(format!("There are more than {limit}: --limit shows more"));
    }
    Ok(())
}

#[derive(Serialize)]
struct Found<'a>(Vec<Hit<'a>>);

#[derive(Serialize)]
struct Hit<'a> {
    package: &'a str,
    repository: &'a str,
    description: Option<&'a str>,
    version: Option<&'a str>,
    url: Option<&'a str>,
    updated_at: Option<&'a str>,
    downloads: Option<u64>,
}

impl<'a> Hit<'a> {
    fn of(package: &'a Package) -> Self {
        let newest = || package.releases.first().map(|release| release.version.as_str());
        Self {
            package: &package.name,
            repository: package.repository.as_deref().unwrap_or("hexpm"),
            description: package.meta.description.as_deref(),
            version: package
                .latest_stable_version
                .as_deref()
                .or(package.latest_version.as_deref())
                .or_else(newest),
            url: package.html_url.as_deref(),
            updated_at: package.updated_at.as_deref(),
            downloads: package.downloads.all,
        }
    }
}

impl Report for Found<'_> {
    fn text(&self) -> Text {
        if self.0.is_empty() {
            return Text::default();
        }
        let cells = |hit: &Hit<'_>| {
            let description = sanitize::line(hit.description.unwrap_or_default());
            let description = console::truncate_str(&description, DESCRIPTION, "…").into_owned();
            let [name, version, url] =
                [hit.package, hit.version.unwrap_or_default(), hit.url.unwrap_or_default()]
                    .map(str::to_owned);
            [name, description, version, url]
        };
        if self.0.iter().all(|hit| hit.repository == "hexpm") {
            return table(["Package", "Description", "Version", "URL"], self.0.iter().map(cells));
        }
        let rows = self.0.iter().map(|hit| {
            let [package, description, version, url] = cells(hit);
            let organization = if hit.repository == "hexpm" { "" } else { hit.repository };
            [organization.to_owned(), package, description, version, url]
        });
        table(["Organization", "Package", "Description", "Version", "URL"], rows)
    }
}
