//! Organizations: making, limiting, renaming and deleting them, and how their members see them.

use skep_core::Error;
use skep_core::access::operations::{
    CreateOrganization, ListOrganizations, ManageOrganization, ReadOrganization, SetSeats,
};
use skep_core::organizations::{OrganizationView, Seats};

use crate::api::{Cache, Call, Param, Reply, Value, object};

pub(super) async fn list(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ListOrganizations>(&call.caller(), ()).await?;
    let organizations = call.app.core.list_organizations(&access).await?;
    Ok(Reply::ok(Value::list(organizations.iter().map(render))).cache(Cache::Private))
}

pub(super) async fn show(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access =
        call.app.core.allow::<ReadOrganization>(&caller, call.params.required("organization")?).await?;
    let organization = call.app.core.show_organization(&access);
    Ok(Reply::ok(render_with_seats(&organization)).cache(Cache::Private))
}

pub(super) async fn create(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<CreateOrganization>(&call.caller(), ()).await?;
    let organization = call.app.core.create_organization(&access, call.params.text("name")).await?;
    let location = url(&call, &organization);
    Ok(Reply::created(&location, render_with_seats(&organization)).cache(Cache::Private))
}

pub(super) async fn set_seats(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access = call.app.core.allow::<SetSeats>(&caller, call.params.required("organization")?).await?;
    let seats = match call.params.get("seats") {
        Some(Param::Null) => Some(Seats::Unlimited),
        Some(Param::Int(seats)) => Some(Seats::Limit(*seats)),
        _ => None,
    };
    let organization = call.app.core.set_seats(&access, seats).await?;
    Ok(Reply::ok(render_with_seats(&organization)).cache(Cache::Private))
}

pub(super) async fn rename(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access =
        call.app.core.allow::<ManageOrganization>(&caller, call.params.required("organization")?).await?;
    let organization = call.app.core.rename_organization(&access, call.params.text("name")).await?;
    let location = url(&call, &organization);
    Ok(Reply::ok(render_with_seats(&organization)).location(&location).cache(Cache::Private))
}

pub(super) async fn delete(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access =
        call.app.core.allow::<ManageOrganization>(&caller, call.params.required("organization")?).await?;
    call.app.core.delete_organization(&access, call.params.text("name")).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}

fn url(call: &Call, organization: &OrganizationView) -> String {
    call.api_url(&format!("/orgs/{}", organization.name))
}

fn render_with_seats(organization: &OrganizationView) -> Value {
    render(organization).with("seats", organization.seats)
}

pub(super) fn render(organization: &OrganizationView) -> Value {
    object! {
        "name" => organization.name.clone(),
        "billing_active" => true,
        "inserted_at" => Value::time(organization.inserted_at),
        "updated_at" => Value::time(organization.updated_at),
    }
}
