//! What the server tells about organizations.

use anyhow::Result;
use hex_format::name::OrganizationName;
use serde::Serialize;
use skep_client::api::{Api, ApiError, Member, Organization, Package, PackageSearch};

use super::unknown;
use crate::args::{LogPages, PackagesArgs};
use crate::commands::context::{Context, block_on};
use crate::commands::failure::{NO_ACCOUNT, because};
use crate::commands::keys::moment;
use crate::commands::log::{Log, pages};
use crate::output::text::Style;
use crate::output::{self, Report, Text, table::table};

/// An organization, and who the caller is in it.
#[derive(Serialize)]
struct Place {
    #[serde(flatten)]
    organization: Organization,
    /// The caller's role; none for a key that belongs to the organization.
    role: Option<String>,
}

#[derive(Serialize)]
struct Places(Vec<Place>);

impl Report for Places {
    fn text(&self) -> Text {
        if self.0.is_empty() {
            return Text::default();
        }
        let rows = self.0.iter().map(|Place { organization, role }| {
            [
                organization.name.clone(),
                role.clone().unwrap_or_default(),
                seats(organization),
                moment(organization.inserted_at.as_deref(), ""),
            ]
        });
        table(["Organization", "Role", "Seats", "Created"], rows)
    }
}

/// How many members there may be, for people.
pub(super) fn seats(organization: &Organization) -> String {
    organization.seats.map_or_else(|| "unlimited".to_owned(), |seats| seats.to_string())
}

/// Lists where the caller is a member.
pub(super) fn list(context: &Context) -> Result<()> {
    let api = context.api()?;
    let places =
        block_on(async { places(&api).await.map_err(because("cannot list the organizations", NO_ACCOUNT)) })?;
    if places.is_empty() {
        output::note(format!("You are in no organization at {}", api.base()));
    }
    output::report(&Places(places))
}

async fn places(api: &Api) -> Result<Vec<Place>, ApiError> {
    let organizations = api.organizations().await?;
    // A key of an organization is nobody's, and has no role.
    let memberships = match api.me().await {
        Ok(me) => me.organizations,
        Err(ApiError::Refused(_)) => Vec::new(),
        Err(error) => return Err(error),
    };
    let mut places = Vec::with_capacity(organizations.len());
    for listed in organizations {
        // Lists don't tell the seats. There are few organizations that one is in, and none may be left meanwhile.
        let organization = match listed.name.parse() {
            Ok(name) => api.organization(&name).await.unwrap_or(listed),
            Err(_) => listed,
        };
        let membership = memberships.iter().find(|membership| membership.name == organization.name);
        places.push(Place { role: membership.and_then(|membership| membership.role.clone()), organization });
    }
    Ok(places)
}

/// An organization with its members.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    place: Place,
    members: Vec<Member>,
}

impl Report for Shown {
    fn text(&self) -> Text {
        let Self { place: Place { organization, role }, members } = self;
        let line = |name: &str, value: &str| Text::styled(Style::Heading, name).plain(" ").plain(value);
        let taken = match organization.seats {
            Some(seats) => format!("{} of {seats}", members.len()),
            None => format!("{}, with no limit", members.len()),
        };
        let text = line("Name:", &organization.name)
            .line(line("Your role:", role.as_deref().unwrap_or("none: you ask as the organization itself")))
            .line(line("Created:", &moment(organization.inserted_at.as_deref(), "")))
            .line(line("Members:", &taken));
        members
            .iter()
            .fold(text, |text, member| text.line(format!("  {} ({})", member.username, member.role)))
    }
}

pub(super) fn show(context: &Context, name: &OrganizationName) -> Result<()> {
    let api = context.api()?;
    let shown = block_on(async {
        let told = async {
            let organization = api.organization(name).await?;
            let members = api.members(name).await?;
            let role = match api.me().await {
                Ok(me) => {
                    members.iter().find(|member| member.username == me.username).map(|own| own.role.clone())
                }
                Err(ApiError::Refused(_)) => None,
                Err(error) => return Err(error),
            };
            Ok(Shown { place: Place { organization, role }, members })
        };
        told.await.map_err(because(format!("cannot show organization {name}"), unknown(context, name)))
    })?;
    output::report(&shown)
}

pub(super) fn audit_log(context: &Context, name: &OrganizationName, part: LogPages) -> Result<()> {
    let api = context.api()?;
    let entries = block_on(async {
        let page = async |page| api.organization_audit_log(name, page).await;
        let entries = pages(part.page, part.limit, page).await;
        entries
            .map_err(because(format!("cannot read the log of organization {name}"), unknown(context, name)))
    })?;
    if entries.is_empty() {
        output::note("No entries");
    }
    output::report(&Log(entries))
}

#[derive(Serialize)]
struct Packages(Vec<Package>);

impl Report for Packages {
    fn text(&self) -> Text {
        if self.0.is_empty() {
            return Text::default();
        }
        let rows = self.0.iter().map(|package| {
            let newest = package.releases.first();
            let version = newest.map(|release| release.version.clone()).unwrap_or_default();
            let when = moment(newest.and_then(|release| release.inserted_at.as_deref()), "");
            [package.name.clone(), version, when, package.releases.len().to_string()]
        });
        table(["Package", "Newest", "Published", "Releases"], rows)
    }
}

pub(super) fn packages(context: &Context, args: PackagesArgs) -> Result<()> {
    let api = context.api()?;
    let PackagesArgs { organization: name, search, sort, limit } = args;
    let found = block_on(async {
        let page = async |page| {
            let search = PackageSearch { search: search.clone(), sort: sort.clone(), page };
            api.organization_packages(&name, &search).await
        };
        let found = pages(1, limit.unwrap_or(usize::MAX), page).await;
        found.map_err(because(format!("cannot list the packages of {name}"), unknown(context, &name)))
    })?;
    if found.is_empty() {
        output::note(format!("No packages. Publish one with `skep publish --organization {name}`"));
    }
    output::report(&Packages(found))
}
