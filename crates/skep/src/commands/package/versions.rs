//! `skep package versions`: from the signed registry.

use anyhow::Result;
use hex_format::checksum::Sha256;
use hex_format::version::Version;
use hex_registry::Timestamp;
use hex_registry::package::Release;
use serde::Serialize;

use crate::args::VersionsArgs;
use crate::commands::context::{Context, block_on};
use crate::commands::source::{Source, retired};
use crate::output::text::Style;
use crate::output::{
    self, Report, Text,
    table::{Cell, table},
};

pub(crate) fn run(context: &Context, args: &VersionsArgs) -> Result<()> {
    let package = args.place.of(&args.package)?;
    let found = block_on(async {
        Source::open(context, &package.place, None).await?.package(&package.package).await
    })?;
    let mut releases: Vec<&Release> = found.releases.iter().collect();
    // Newest first; what can't be read is older than the rules for versions.
    releases.sort_by_cached_key(|release| std::cmp::Reverse(release.version.parse::<Version>().ok()));
    if releases.is_empty() {
        output::note(format!("{package} has no releases"));
    }
    output::report(&Versions(releases.into_iter().map(Row::of).collect()))
}

#[derive(Serialize)]
struct Versions(Vec<Row>);

#[derive(Serialize)]
struct Row {
    version: String,
    published_at: Option<String>,
    retirement: Option<Retired>,
    advisories: Vec<Advisory>,
    checksum: String,
}

#[derive(Serialize)]
struct Retired {
    reason: &'static str,
    message: Option<String>,
}

#[derive(Serialize)]
struct Advisory {
    id: String,
}

impl Row {
    fn of(release: &Release) -> Self {
        Self {
            version: release.version.clone(),
            published_at: release.published_at.and_then(moment).map(|moment| moment.to_string()),
            retirement: release.retirement.as_ref().map(|retirement| Retired {
                reason: retirement.reason.as_str(),
                message: retirement.message.clone(),
            }),
            advisories: release.advisory_ids.iter().map(|id| Advisory { id: id.clone() }).collect(),
            checksum: Sha256::from_bytes(release.outer_checksum).to_lower_hex(),
        }
    }

    fn notes(&self) -> Cell {
        let retired = self
            .retirement
            .as_ref()
            .map(|note| format!("retired {}", retired(note.reason, note.message.as_deref())));
        let advisories = self.advisories.iter().map(|advisory| advisory.id.clone());
        let notes: Vec<String> = retired.into_iter().chain(advisories).collect();
        Cell::styled(Style::Warning, &notes.join(", "))
    }
}

fn moment(published: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_microsecond(published.unix_micros()).ok()
}

impl Report for Versions {
    fn text(&self) -> Text {
        if self.0.is_empty() {
            return Text::default();
        }
        let rows = self.0.iter().map(|row| {
            let day =
                row.published_at.as_deref().map_or("", |moment| moment.split('T').next().unwrap_or(moment));
            [row.version.as_str().into(), day.into(), row.checksum.as_str().into(), row.notes()]
        });
        table(["Version", "Published", "Checksum", "Notes"], rows)
    }
}
