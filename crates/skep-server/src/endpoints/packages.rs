//! Packages: lists and single ones.

use skep_core::Error;
use skep_core::access::operations::{ListPackages, ReadRepository};
use skep_core::downloads::PackageDownloads;
use skep_core::packages::{OwnerName, PackageQuery, PackageView, ReleaseLine, RetirementView};

use super::audit_logs;
use crate::api::{Call, Param, Reply, Value, object};

pub(super) async fn list(call: Call) -> Result<Reply, Error> {
    let text = |name: &str| match call.params.get(name) {
        Some(Param::Text(text)) => Some(text.clone()),
        Some(Param::Int(number)) => Some(number.to_string()),
        _ => None,
    };
    let (search, sort, page, per_page) = (text("search"), text("sort"), text("page"), text("per_page"));
    let query = PackageQuery::parse(search.as_deref(), sort.as_deref(), page.as_deref(), per_page.as_deref());
    let caller = call.caller();
    let core = &call.app.core;
    let packages = match call.params.address("repository")? {
        Some(repository) => {
            let access = core.allow::<ReadRepository>(&caller, repository).await?;
            core.list_repository_packages(&access, &query).await?
        }
        None => {
            let access = core.allow::<ListPackages>(&caller, ()).await?;
            core.list_packages(&access, &query).await?
        }
    };
    // What a member does not find is as private as what one finds.
    let cache = call.cache_of(call.principal.is_none());
    let downloads = core.list_downloads(&packages).await?;
    let fingerprints: Vec<&str> = packages.iter().map(|package| package.fingerprint.as_str()).collect();
    let etag = super::tag((fingerprints, &downloads));
    let lines = packages.iter().zip(&downloads);
    let body = Value::list(lines.map(|(package, downloads)| render(&call, package, downloads)));
    Ok(Reply::ok(body).cache(cache).etag(etag))
}

pub(super) async fn show(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access = call.app.core.allow::<ReadRepository>(&caller, call.repository()?).await?;
    let package = call.app.core.package(&access, call.params.required("name")?).await?;
    let downloads = call.app.core.package_downloads(&package).await;
    let owners = package.owners.iter().flatten().map(|owner| render_owner(&call, owner));
    let body = render(&call, &package, &downloads)
        .with("owners", Value::list(owners))
        .with("security_advisories", Value::List(Vec::new()));
    let reply = Reply::ok(body).cache(call.cache_of(package.is_public()));
    Ok(reply.etag(super::tag((&package.fingerprint, downloads))).last_modified(package.last_modified))
}

pub(super) async fn audit_logs(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access = call.app.core.allow::<ReadRepository>(&caller, call.repository()?).await?;
    let entries =
        call.app.core.package_audit_logs(&access, call.params.required("name")?, call.page()).await?;
    Ok(audit_logs::render(entries).cache(call.cache_of(access.target().repository.is_public())))
}

fn render(call: &Call, package: &PackageView, downloads: &PackageDownloads) -> Value {
    let urls = Urls::of(call, &package.repository, &package.name);
    let releases = package.releases.iter().map(|release| {
        object! {
            "version" => release.version.clone(),
            "url" => urls.release(&release.version),
            "has_docs" => release.docs.is_some(),
            "inserted_at" => Value::time(release.inserted_at),
        }
    });
    let retired = package.releases.iter().filter_map(|release: &ReleaseLine| {
        Some((release.version.clone(), render_retirement(release.retirement.as_ref()?)))
    });
    let documented = package.releases.iter().find(|release| release.docs.is_some());
    object! {
        "repository" => package.repository.clone(),
        "name" => package.name.clone(),
        "inserted_at" => Value::time(package.inserted_at),
        "updated_at" => Value::time(package.updated_at),
        "url" => urls.api.clone(),
        "html_url" => urls.page.clone(),
        "docs_html_url" => documented.map(|release| urls.docs(&release.version)),
        "latest_version" => package.latest_version().map(str::to_owned),
        "latest_stable_version" => package.latest_stable_version().map(str::to_owned),
        "configs" => render_configs(&package.configs),
        "meta" => object! {
            "description" => package.meta.description.clone(),
            "licenses" => Value::list(package.meta.licenses.clone().unwrap_or_default()),
            "links" => Value::map(package.meta.links.clone().unwrap_or_default()),
            "maintainers" => Value::list(package.meta.maintainers.clone().unwrap_or_default()),
        },
        "releases" => Value::list(releases),
        "retirements" => Value::map(retired),
        "downloads" => render_downloads(downloads),
    }
}

/// Periods without a download are left out.
fn render_downloads(downloads: &PackageDownloads) -> Value {
    let PackageDownloads { all, recent, week, day } = *downloads;
    let periods = [("all", all), ("recent", recent), ("week", week), ("day", day)];
    let counted = periods.into_iter().filter(|(_, count)| *count > 0);
    Value::map(counted.map(|(period, count)| (period.to_owned(), Value::Int(count))))
}

/// An account in short.
pub(super) fn render_owner(call: &Call, owner: &OwnerName) -> Value {
    let body = object! {
        "username" => owner.username.clone(),
        "url" => call.api_url(&format!("/users/{}", owner.username)),
    };
    match &owner.email {
        Some(email) => body.with("email", email.clone()),
        None => body,
    }
}

pub(super) fn render_configs(configs: &skep_core::configs::Configs) -> Value {
    object! {
        "mix.exs" => configs.mix.clone(),
        "rebar.config" => configs.rebar.clone(),
        "erlang.mk" => configs.erlang_mk.clone(),
    }
}

pub(super) fn render_retirement(retirement: &RetirementView) -> Value {
    let body = object! { "reason" => retirement.reason.clone() };
    body.with("message", retirement.message.clone())
}

/// Addresses of a package and its releases.
pub(super) struct Urls {
    /// In the API.
    pub(super) api: String,
    /// The page on the site.
    pub(super) page: String,
    /// The folder of the documentation archives in the repository.
    docs: String,
    name: String,
}

impl Urls {
    pub(super) fn of(call: &Call, repository: &str, name: &str) -> Self {
        let settings = &call.app.settings;
        let (api, page, docs) = match repository {
            "hexpm" => ("/packages".to_owned(), "/packages".to_owned(), String::new()),
            private => (
                format!("/repos/{private}/packages"),
                format!("/packages/{private}"),
                format!("/repos/{private}"),
            ),
        };
        Self {
            api: call.api_url(&format!("{api}/{name}")),
            page: format!("{}{page}/{name}", settings.web_url),
            docs: format!("{}{docs}/docs", settings.repo_url),
            name: name.to_owned(),
        }
    }

    pub(super) fn release(&self, version: &str) -> String {
        format!("{}/releases/{version}", self.api)
    }

    pub(super) fn release_page(&self, version: &str) -> String {
        format!("{}/{version}", self.page)
    }

    /// The archive of a release's documentation.
    pub(super) fn docs(&self, version: &str) -> String {
        format!("{}/{}-{version}.tar.gz", self.docs, self.name)
    }
}
