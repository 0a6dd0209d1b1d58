//! Dependency policies of organizations.

use skep_core::Error;
use skep_core::access::operations::{ChangePolicies, ReadOrganization};
use skep_core::given::Given;
use skep_core::policies::{GivenOverride, GivenPolicy, GivenTab, Override, PolicyView, Tab};

use crate::api::{Cache, Call, Params, Reply, Value, object};

pub(super) async fn list(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let organization = call.params.required("organization")?;
    let access = call.app.core.allow::<ReadOrganization>(&caller, organization).await?;
    let policies = call.app.core.policies(&access).await?;
    let policies = policies.iter().map(|policy| render(&call, organization, policy));
    Ok(Reply::ok(Value::list(policies)).cache(Cache::Private))
}

pub(super) async fn show(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let organization = call.params.required("organization")?;
    let access = call.app.core.allow::<ReadOrganization>(&caller, organization).await?;
    let policy = call.app.core.policy(&access, call.params.required("name")?).await?;
    Ok(Reply::ok(render(&call, organization, &policy)).cache(Cache::Private))
}

pub(super) async fn create(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let organization = call.params.required("organization")?;
    let access = call.app.core.allow::<ChangePolicies>(&caller, organization).await?;
    let made = call.app.core.create_policy(&access, call.params.text("name"), given(&call.params));
    let policy = made.await?;
    let location = url(&call, organization, &policy);
    Ok(Reply::created(&location, render(&call, organization, &policy)).cache(Cache::Private))
}

pub(super) async fn update(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let organization = call.params.required("organization")?;
    let access = call.app.core.allow::<ChangePolicies>(&caller, organization).await?;
    let changed = call.app.core.update_policy(&access, call.params.required("name")?, given(&call.params));
    let policy = changed.await?;
    Ok(Reply::ok(render(&call, organization, &policy)).cache(Cache::Private))
}

pub(super) async fn delete(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let organization = call.params.required("organization")?;
    let access = call.app.core.allow::<ChangePolicies>(&caller, organization).await?;
    call.app.core.delete_policy(&access, call.params.required("name")?).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}

fn given(params: &Params) -> GivenPolicy {
    GivenPolicy {
        description: params.contains("description").then(|| params.text("description")),
        visibility: params.text("visibility"),
        tabs: each(params, "repositories", tab),
    }
}

fn tab(params: &Params) -> GivenTab {
    let none = Params::new();
    let restriction = params.map("restriction");
    let limits = restriction.as_ref().ok().copied().flatten().unwrap_or(&none);
    GivenTab {
        repository: params.text("repository"),
        // Whatever is wrong with the whole is told where its first part would be.
        cooldown: restriction.clone().and_then(|_| limits.text("cooldown")),
        advisory_min_severity: limits.integer("advisory_min_severity"),
        retirement_reasons: limits.integers("retirement_reasons"),
        overrides: each(params, "overrides", exception),
    }
}

fn exception(params: &Params) -> GivenOverride {
    GivenOverride {
        action: params.text("action"),
        package: params.text("package"),
        requirement: params.text("requirement"),
    }
}

fn each<T>(params: &Params, name: &str, read: impl Fn(&Params) -> T) -> Given<Vec<T>> {
    Ok(params.maps(name)?.map(|maps| maps.into_iter().map(read).collect()))
}

fn url(call: &Call, organization: &str, policy: &PolicyView) -> String {
    call.api_url(&format!("/orgs/{organization}/policies/{}", policy.name))
}

fn render(call: &Call, organization: &str, policy: &PolicyView) -> Value {
    let repositories = policy.tabs.iter().map(|(repository, tab)| render_tab(repository, tab));
    object! {
        "name" => policy.name.clone(),
        "description" => policy.description.clone(),
        "visibility" => policy.visibility.as_str(),
        "repositories" => Value::list(repositories),
        "inserted_at" => Value::time(policy.inserted_at),
        "updated_at" => Value::time(policy.updated_at),
        "url" => url(call, organization, policy),
    }
}

fn render_tab(repository: &str, tab: &Tab) -> Value {
    let restriction = object! {
        "cooldown" => tab.cooldown.clone(),
        "advisory_min_severity" => tab.advisory_min_severity,
        "retirement_reasons" => Value::list(tab.retirement_reasons.iter().copied()),
    };
    object! {
        "repository" => repository.to_owned(),
        "restriction" => restriction,
        "overrides" => Value::list(tab.overrides.iter().map(render_override)),
    }
}

fn render_override(exception: &Override) -> Value {
    object! {
        "action" => exception.action.as_str(),
        "package" => exception.package.clone(),
        "requirement" => exception.requirement.clone(),
    }
}
