//! Lists of packages: which repositories, in which order, which page.

use std::collections::HashMap;
use std::sync::Arc;

use skep_store::Conn;
use skep_store::tables::package_search::{self, Sort};
use skep_store::tables::packages::Package;
use skep_store::tables::releases::{self, Release};
use skep_store::tables::repositories::Repository;

use super::search::Search;
use super::view::{self, PackageView};
use crate::access::{Access, operations};
use crate::principal::{Caller, Subject};
use crate::{Result, Skep};

/// Most packages on a page, and the default.
pub const MAX_PER_PAGE: i64 = 100;

/// What a list is asked for. Anything unreadable counts as not given.
#[derive(Debug, Clone, Default)]
pub struct PackageQuery {
    search: Search,
    /// None if it is up to the search.
    sort: Option<Sort>,
    /// From 0.
    page: i64,
    per_page: i64,
}

impl PackageQuery {
    /// From the parameters of a request, as they came.
    pub fn parse(
        search: Option<&str>,
        sort: Option<&str>,
        page: Option<&str>,
        per_page: Option<&str>,
    ) -> Self {
        let number = |text: Option<&str>| text.and_then(|text| text.trim().parse::<i64>().ok());
        Self {
            search: Search::parse(search.unwrap_or_default()),
            sort: sort.map(|sort| match sort {
                "name" => Sort::Name,
                "inserted_at" => Sort::InsertedAt,
                "updated_at" => Sort::UpdatedAt,
                "total_downloads" | "downloads" => Sort::Downloads,
                "recent_downloads" => Sort::RecentDownloads,
                _ => Sort::None,
            }),
            page: number(page).filter(|page| *page >= 1).unwrap_or(1) - 1,
            per_page: number(per_page).filter(|n| *n >= 0).unwrap_or(MAX_PER_PAGE).min(MAX_PER_PAGE),
        }
    }

    fn offset(&self) -> i64 {
        self.page.saturating_mul(self.per_page)
    }
}

impl Skep {
    /// A page of the packages of every repository that the caller may read.
    pub async fn list_packages(
        &self,
        access: &Access<operations::ListPackages>,
        query: &PackageQuery,
    ) -> Result<Vec<PackageView>> {
        let repositories = self.readable(access.caller()).await?;
        self.page_of(&repositories, query).await
    }

    /// A page of the packages of one repository.
    pub async fn list_repository_packages(
        &self,
        access: &Access<operations::ReadRepository>,
        query: &PackageQuery,
    ) -> Result<Vec<PackageView>> {
        self.page_of(std::slice::from_ref(&access.target().repository), query).await
    }

    /// The public repository, and those of the caller's organizations.
    async fn readable(&self, caller: &Caller) -> Result<Vec<Arc<Repository>>> {
        let mut names = vec![hex_format::name::RepositoryName::HEXPM];
        match caller.principal.as_ref().map(|principal| &principal.subject) {
            Some(Subject::User(user)) => names.extend(user.memberships.iter().map(|m| &*m.organization)),
            Some(Subject::Organization(organization)) => names.push(&organization.name),
            None => {}
        }
        let mut repositories = Vec::with_capacity(names.len());
        for name in names {
            repositories.extend(self.repository(name).await?);
        }
        Ok(repositories)
    }

    async fn page_of(
        &self,
        repositories: &[Arc<Repository>],
        query: &PackageQuery,
    ) -> Result<Vec<PackageView>> {
        if query.per_page == 0 {
            return Ok(Vec::new());
        }
        let ids: Vec<i64> = repositories.iter().map(|repository| repository.id).collect();
        let parts = query.search.parts(query.sort);
        let mut conn = self.db.read().await?;
        let rows = package_search::page(&mut conn, &ids, &parts, query.per_page, query.offset()).await?;
        views(&mut conn, rows).await
    }
}

async fn views(conn: &mut Conn, rows: Vec<Package>) -> Result<Vec<PackageView>> {
    let ids: Vec<i64> = rows.iter().map(|package| package.id).collect();
    let mut by_package: HashMap<i64, Vec<Release>> = HashMap::new();
    for release in releases::of_packages(conn, &ids).await? {
        by_package.entry(release.package_id).or_default().push(release);
    }
    let view = |package: Package| {
        let releases = by_package.remove(&package.id).unwrap_or_default();
        view::build(package, &releases, None)
    };
    rows.into_iter().map(view).collect()
}
