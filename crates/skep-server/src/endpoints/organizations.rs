//! Organizations as their members see them.

use skep_core::Error;
use skep_core::access::operations::{ListOrganizations, ReadOrganization};
use skep_core::organizations::OrganizationView;

use crate::api::{Cache, Call, Reply, Value, object};

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
    // There are no seats to count here.
    Ok(Reply::ok(render(&organization).with("seats", Value::Null)).cache(Cache::Private))
}

fn render(organization: &OrganizationView) -> Value {
    object! {
        "name" => organization.name.clone(),
        "billing_active" => true,
        "inserted_at" => Value::time(organization.inserted_at),
        "updated_at" => Value::time(organization.updated_at),
    }
}
