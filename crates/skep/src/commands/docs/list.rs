//! `skep docs list`

use anyhow::Result;
use serde::Serialize;
use skep_client::package_ref::Place;

use super::store::Store;
use crate::commands::context::Context;
use crate::output::{self, Report, Text, table::table};

pub(super) fn run(context: &Context) -> Result<()> {
    let kept = Store::of(&context.machine).all();
    if kept.is_empty() {
        output::note("No documentation on this machine. Fetch some with `skep docs fetch PACKAGE`");
    }
    let row = |kept: super::store::Kept| Row {
        package: kept.package.package.to_string(),
        repository: kept.package.place,
        version: kept.version.to_string(),
        path: kept.folder.display().to_string(),
    };
    output::report(&List(kept.into_iter().map(row).collect()))
}

#[derive(Serialize)]
struct List(Vec<Row>);

#[derive(Serialize)]
struct Row {
    package: String,
    repository: Place,
    version: String,
    path: String,
}

impl Report for List {
    fn text(&self) -> Text {
        if self.0.is_empty() {
            return Text::default();
        }
        let row =
            |row: &Row| [row.package.clone(), row.version.clone(), row.repository.name(), row.path.clone()];
        table(["Package", "Version", "Repository", "Path"], self.0.iter().map(row))
    }
}
