//! Making, limiting, renaming, leaving and deleting organizations.

use anyhow::Result;
use hex_format::name::OrganizationName;
use serde_json::json;

use super::{remote::seats as shown, unknown};
use crate::args::{SeatsArg, SeatsArgs};
use crate::commands::context::{Context, block_on};
use crate::commands::done::done;
use crate::commands::failure::because;
use crate::output::{self, Report, Text, prompt};

pub(super) fn create(context: &Context, name: &OrganizationName) -> Result<()> {
    let api = context.api()?;
    let made = block_on(async {
        let made = api.create_organization(name).await;
        made.map_err(because(format!("cannot make organization {name}"), "this server has no such call"))
    })?;
    done("created", &made, format!("Organization {} is ready, and you are its admin", made.name))
}

/// How many members an organization may have.
#[derive(serde::Serialize)]
struct Seats {
    organization: String,
    /// None is any number.
    seats: Option<i64>,
    #[serde(skip)]
    told: String,
}

impl Report for Seats {
    fn text(&self) -> Text {
        Text::from(&self.told)
    }
}

pub(super) fn seats(context: &Context, args: &SeatsArgs) -> Result<()> {
    let (api, name) = (context.api()?, &args.organization);
    let Some(SeatsArg(seats)) = args.seats else {
        let organization = block_on(async {
            let organization = api.organization(name).await;
            organization.map_err(because(format!("cannot show organization {name}"), unknown(context, name)))
        })?;
        let told = shown(&organization);
        return output::report(&Seats { organization: organization.name, seats: organization.seats, told });
    };
    let changed = block_on(async {
        let changed = api.set_seats(name, seats).await;
        changed.map_err(because(format!("cannot limit the members of {name}"), unknown(context, name)))
    })?;
    let told = match changed.seats {
        Some(seats) => format!("Organization {name} may have {seats} members"),
        None => format!("Organization {name} may have any number of members"),
    };
    done("changed", &changed, told)
}

pub(super) fn rename(context: &Context, name: &OrganizationName, new: &OrganizationName) -> Result<()> {
    let api = context.api()?;
    prompt::insist(&format!("Rename organization {name} to {new}? Projects have to be told."))?;
    let renamed = block_on(async {
        let renamed = api.rename_organization(name, new).await;
        renamed.map_err(because(format!("cannot rename organization {name}"), unknown(context, name)))
    })?;
    let told = format!("Organization {name} is called {} now", renamed.name);
    done("renamed", json!({ "from": name.as_str(), "to": renamed.name }), told)?;
    tell_of_this_machine(context, name, &format!("skep organization auth {new}, then "));
    Ok(())
}

pub(super) fn leave(context: &Context, name: &OrganizationName) -> Result<()> {
    let api = context.api()?;
    prompt::insist(&format!("Leave organization {name}? What you own in it goes."))?;
    block_on(async {
        let left = api.leave_organization(name).await;
        left.map_err(because(format!("cannot leave organization {name}"), unknown(context, name)))
    })?;
    done("left", json!({ "organization": name.as_str() }), format!("You have left organization {name}"))?;
    tell_of_this_machine(context, name, "");
    Ok(())
}

pub(super) fn delete(context: &Context, name: &OrganizationName) -> Result<()> {
    let api = context.api()?;
    prompt::insist_by_name(
        &format!("This deletes organization {name} at {} with every package in it, for good.", api.base()),
        name.as_str(),
    )?;
    block_on(async {
        let deleted = api.delete_organization(name).await;
        deleted.map_err(because(format!("cannot delete organization {name}"), unknown(context, name)))
    })?;
    done("deleted", json!({ "organization": name.as_str() }), format!("Organization {name} is deleted"))?;
    tell_of_this_machine(context, name, "");
    Ok(())
}

/// The files of this machine may still name what is not there any more. It is the user who knows whether they mean this
/// server.
fn tell_of_this_machine(context: &Context, name: &OrganizationName, before: &str) {
    let Ok(entries) = context.machine.organizations() else { return };
    if entries.iter().any(|entry| entry.organization == name.as_str()) {
        output::note(format!(
            "This machine still has a key for {name}. To put that right: {before}skep organization deauth {name}"
        ));
    }
}
