//! What was published, in the words of mix.

use serde::Serialize;
use skep_client::api::{Api, Published};
use skep_client::server::ApiUrl;

use super::plan::{Plan, Release};
use crate::output::text::Style;
use crate::output::{Report, Text, count};

/// What was published, or would have been.
#[derive(Serialize)]
pub(super) struct Outcome {
    dry_run: bool,
    name: String,
    version: String,
    organization: Option<String>,
    /// The API that it went to.
    server: String,
    package: Option<PublishedPackage>,
    docs: Option<PublishedDocs>,
    /// The organization that the package was handed over to.
    owner: Option<String>,
}

#[derive(Serialize)]
struct PublishedPackage {
    /// The outer checksum.
    checksum: String,
    /// Its page; none before it is published.
    url: Option<String>,
    /// Whether it took the place of an earlier upload.
    replaced: bool,
    published: bool,
}

#[derive(Serialize)]
struct PublishedDocs {
    /// How many files it has.
    files: usize,
    /// Where it is shown; none before it is published.
    url: Option<String>,
    published: bool,
}

impl Outcome {
    /// Nothing is published yet.
    pub(super) fn new(release: &Release, server: &ApiUrl, plan: &Plan, dry_run: bool) -> Self {
        let package = plan.package.as_ref().map(|source| PublishedPackage {
            checksum: source.outer.to_string(),
            url: None,
            replaced: false,
            published: false,
        });
        let docs = plan.docs.as_ref().map(|archive| PublishedDocs {
            files: archive.files,
            url: None,
            published: false,
        });
        Self {
            dry_run,
            name: release.package.to_string(),
            version: release.version.to_string(),
            organization: release.organization.as_ref().map(ToString::to_string),
            server: server.to_string(),
            package,
            docs,
            owner: None,
        }
    }

    pub(super) fn package_is_published(&mut self, published: Published, api: &Api) {
        let Some(package) = &mut self.package else { return };
        package.url =
            published.release.html_url.or(published.release.url).or_else(|| Some(api.base().to_string()));
        package.replaced = published.replaced;
        package.published = true;
    }

    pub(super) fn docs_are_published(&mut self, url: Option<String>) {
        let Some(docs) = &mut self.docs else { return };
        docs.url = url;
        docs.published = true;
    }

    pub(super) fn owner_is(&mut self, owner: &str) {
        self.owner = Some(owner.to_owned());
    }

    fn dry_run_text(&self) -> Text {
        let mut parts = Vec::new();
        parts.extend(self.package.as_ref().map(|package| format!("package ({})", package.checksum)));
        parts.extend(self.docs.as_ref().map(|docs| format!("documentation ({})", count(docs.files, "file"))));
        let Self { name, version, .. } = self;
        Text::from(format!("Not published, as this is a dry run: {name} {version}, {}", parts.join(" and ")))
    }
}

impl Report for Outcome {
    fn text(&self) -> Text {
        if self.dry_run {
            return self.dry_run_text();
        }
        let mut text = Text::default();
        if let Some(package) = self.package.as_ref().filter(|package| package.published) {
            let url = package.url.as_deref().unwrap_or_default();
            let how = if package.replaced { "replaced at" } else { "published to" };
            text = text
                .add(Style::Good, &format!("Package {how} {url}"))
                .plain(&format!(" ({})", package.checksum));
        }
        if let Some(docs) = self.docs.as_ref().filter(|docs| docs.published) {
            let told = match &docs.url {
                Some(url) => format!("Docs will soon be available at {url}"),
                None => format!("Docs of {} {} were published", self.name, self.version),
            };
            text = text.line(Text::styled(Style::Good, &told));
        }
        if let Some(owner) = &self.owner {
            text = text.line(format!("{owner} owns the package"));
        }
        text
    }
}
