//! `skep instance …`: administration over the API. What the same words do at the machine is in `admin`.

mod users;

use anyhow::Result;
use serde::Serialize;
use skep_client::api::ReservedName;

use super::context::{Context, block_on};
use super::done::done;
use super::failure::because;
use super::keys::moment;
use super::log::{Log, pages};
use crate::args::{InstanceCommand, InstanceOrganizationCommand, ReserveArgs, ReservedNameArgs};
use crate::output::{self, Report, Text, table::table};

/// What a 404 means for calls that only administrators may make.
const NO_SUCH_CALL: &str = "this server has no such call, or you are none of its administrators";

pub(crate) fn run(context: &Context, command: InstanceCommand) -> Result<()> {
    match command {
        InstanceCommand::User(command) => users::run(context, command),
        InstanceCommand::Reserved => reserved(context),
        InstanceCommand::Reserve(args) => reserve(context, args),
        InstanceCommand::Unreserve(args) => unreserve(context, args),
        InstanceCommand::Organization(InstanceOrganizationCommand::AuditLog {
            organization,
            pages: part,
        }) => {
            let api = context.api()?;
            let entries = block_on(async {
                let page = async |page| api.any_organization_audit_log(&organization, page).await;
                let entries = pages(part.page, part.limit, page).await;
                let missing = format!("there never was an organization {organization}");
                entries
                    .map_err(because(format!("cannot read the log of organization {organization}"), missing))
            })?;
            if entries.is_empty() {
                output::note("No entries");
            }
            output::report(&Log(entries))
        }
    }
}

#[derive(Serialize)]
struct ReservedNames(Vec<ReservedName>);

impl Report for ReservedNames {
    fn text(&self) -> Text {
        if self.0.is_empty() {
            return Text::default();
        }
        let rows = self.0.iter().map(|name| {
            [
                shown(name),
                name.version.clone().unwrap_or_else(|| "all".to_owned()),
                moment(name.inserted_at.as_deref(), ""),
                name.reason.clone().unwrap_or_default(),
            ]
        });
        table(["Package", "Version", "Reserved", "Reason"], rows)
    }
}

fn reserved(context: &Context) -> Result<()> {
    let api = context.api()?;
    let names = block_on(async {
        let names = pages(1, usize::MAX, async |page| api.reserved_names(page).await).await;
        names.map_err(because("cannot list the reserved names", NO_SUCH_CALL))
    })?;
    if names.is_empty() {
        output::note("No names are reserved");
    }
    output::report(&ReservedNames(names))
}

fn reserve(context: &Context, args: ReserveArgs) -> Result<()> {
    let api = context.api()?;
    let name = ReservedName { reason: args.reason, ..given(args.name) };
    let told = with_version(&name);
    let made = block_on(async {
        let made = api.reserve_name(&name).await;
        made.map_err(because(format!("cannot reserve {told}"), NO_SUCH_CALL))
    })?;
    done("reserved", &made, format!("{told} is reserved"))
}

fn unreserve(context: &Context, args: ReservedNameArgs) -> Result<()> {
    let api = context.api()?;
    let name = given(args);
    let told = with_version(&name);
    block_on(async {
        let released = api.release_name(&name).await;
        released.map_err(because(format!("cannot give {told} free"), format!("{told} is not reserved")))
    })?;
    done("released", &name, format!("{told} is free again"))
}

fn given(args: ReservedNameArgs) -> ReservedName {
    ReservedName {
        repository: Some(args.repository.as_str().to_owned()),
        name: args.package.as_str().to_owned(),
        version: args.version.map(|version| version.to_string()),
        reason: None,
        inserted_at: None,
    }
}

/// A package, with its repository if that is not the public one.
fn shown(name: &ReservedName) -> String {
    match name.repository.as_deref() {
        None | Some("hexpm") => name.name.clone(),
        Some(repository) => format!("{repository}/{}", name.name),
    }
}

fn with_version(name: &ReservedName) -> String {
    name.version.iter().fold(shown(name), |text, version| format!("{text} {version}"))
}
