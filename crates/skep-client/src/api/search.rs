//! Looking for packages.

use hex_format::name::OrganizationName;
use reqwest::Method;

use super::packages::{Package, in_repository};
use super::{Api, ApiError};

/// Most packages of one answer, by the contract.
const MAX_PAGE: usize = 100;

/// In which order packages are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchOrder {
    /// By name.
    Name,
    /// Most downloads ever first.
    Downloads,
    /// Most downloads in the last ninety days first.
    RecentDownloads,
    /// Newest first.
    Inserted,
    /// Changed last first.
    Updated,
}

impl SearchOrder {
    /// All orders.
    pub const ALL: [Self; 5] =
        [Self::Name, Self::Downloads, Self::RecentDownloads, Self::Inserted, Self::Updated];

    /// The word for it, on the wire and for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Downloads => "downloads",
            Self::RecentDownloads => "recent_downloads",
            Self::Inserted => "inserted_at",
            Self::Updated => "updated_at",
        }
    }
}

impl Api {
    /// Packages that fit a query, in one repository or in all that the caller may see, at most `limit`; and whether there
    /// are more. The query may hold filters such as `depends:plug`.
    ///
    /// # Errors
    /// When the caller may not see the repository.
    pub async fn search(
        &self,
        organization: Option<&OrganizationName>,
        query: &str,
        order: SearchOrder,
        limit: usize,
    ) -> Result<(Vec<Package>, bool), ApiError> {
        // One more than asked for tells whether there are more.
        let page_size = (limit + 1).min(MAX_PAGE);
        let route = in_repository(organization, &["packages"]);
        let mut found: Vec<Package> = Vec::new();
        for page in 1_usize.. {
            let (page, per_page) = (page.to_string(), page_size.to_string());
            let asked = [
                ("search", query),
                ("sort", order.as_str()),
                ("page", page.as_str()),
                ("per_page", per_page.as_str()),
            ];
            let some: Vec<Package> =
                self.get_from(|| Ok(self.request(Method::GET, &route)?.query(&asked))).await?;
            let last = some.len() < page_size;
            found.extend(some);
            if last || found.len() > limit {
                break;
            }
        }
        let more = found.len() > limit;
        found.truncate(limit);
        Ok((found, more))
    }
}
