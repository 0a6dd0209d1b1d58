//! Accounts.

use skep_core::access::operations::{ShowAccount, ShowMe};
use skep_core::accounts::{AccountPage, AccountView, PackageName, Registration};
use skep_core::{Error, FieldError};

use super::tag;
use crate::api::{Cache, Call, Param, Reply, Value, object};

pub(super) async fn create(call: Call) -> Result<Reply, Error> {
    call.app.count_mail_request(&call.head.client)?;
    let params = &call.params;
    let registration = Registration {
        username: params.text("username"),
        full_name: params.text("full_name"),
        password: params.text("password"),
        password_confirmation: params.text("password_confirmation"),
        email: address(&call),
        setup_code: params.text("setup_code"),
    };
    let account = call.app.core.register(&call.caller(), registration).await?;
    let location = call.api_url(&format!("/users/{}", account.username));
    Ok(Reply::created(&location, render(&call, &account)).cache(Cache::Private))
}

/// `email`, or the first of `emails`.
fn address(call: &Call) -> Result<Option<String>, FieldError> {
    let Some(Param::List(emails)) = call.params.get("emails") else {
        return call.params.text("email");
    };
    match emails.first() {
        Some(Param::Map(first)) => first.text("email"),
        Some(_) => Err("is invalid".into()),
        None => Ok(None),
    }
}

pub(super) async fn me(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access = call.app.core.allow::<ShowMe>(&caller, ()).await?;
    let own = call.app.core.me(&access).await?;
    let organizations = own.organizations.iter().map(|(name, role)| {
        object! { "name" => name.clone(), "role" => role.as_str() }
    });
    let body = page(&call, &own.page).with("organizations", Value::list(organizations));
    let etag = tag(&own);
    Ok(Reply::ok(body).cache(Cache::Private).etag(etag).last_modified(own.page.account.updated_at))
}

pub(super) async fn show(call: Call) -> Result<Reply, Error> {
    let found = call.app.core.account(&call.caller(), call.params.required("name")?).await?;
    let etag = tag(&found);
    let body = page(&call, &found);
    Ok(Reply::ok(body).cache(Cache::Private).etag(etag).last_modified(found.account.updated_at))
}

/// Deprecated twin of [`show`] that wants credentials.
pub(super) async fn show_authenticated(call: Call) -> Result<Reply, Error> {
    call.app.core.allow::<ShowAccount>(&call.caller(), ()).await?;
    show(call).await
}

/// An account without its packages.
pub(super) fn render(call: &Call, account: &AccountView) -> Value {
    let body = object! {
        "username" => account.username.clone(),
        "full_name" => account.full_name.clone(),
        "handles" => Value::Map(Vec::new()),
        "url" => call.api_url(&format!("/users/{}", account.username)),
        "inserted_at" => Value::time(account.inserted_at),
        "updated_at" => Value::time(account.updated_at),
    };
    match &account.email {
        Some(email) => body.with("email", email.clone()),
        None => body,
    }
}

fn page(call: &Call, page: &AccountPage) -> Value {
    let owned = page.packages.iter().map(|package| (package.name.clone(), package_url(call, package)));
    let packages = page.packages.iter().map(|package| {
        object! {
            "name" => package.name.clone(),
            "repository" => package.repository.clone(),
            "url" => package_url(call, package),
            "html_url" => package_page(call, package),
        }
    });
    render(call, &page.account)
        .with("owned_packages", Value::map(owned))
        .with("packages", Value::list(packages))
}

fn package_url(call: &Call, package: &PackageName) -> String {
    match package.repository.as_str() {
        "hexpm" => call.api_url(&format!("/packages/{}", package.name)),
        private => call.api_url(&format!("/repos/{private}/packages/{}", package.name)),
    }
}

fn package_page(call: &Call, package: &PackageName) -> String {
    let web = &call.app.settings.web_url;
    match package.repository.as_str() {
        "hexpm" => format!("{web}/packages/{}", package.name),
        private => format!("{web}/packages/{private}/{}", package.name),
    }
}
