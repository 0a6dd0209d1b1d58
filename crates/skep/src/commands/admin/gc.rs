//! `skep admin gc`

use anyhow::Result;
use serde_json::json;
use skep_core::Skep;

use crate::commands::done::done;
use crate::instance;
use crate::output::count;

pub(super) async fn run(core: &Skep) -> Result<()> {
    let report = core.collect_garbage().await.map_err(instance::explained)?;
    let what = json!({
        "blobs": report.deleted, "bytes": report.bytes, "seen": report.seen, "too_young": report.too_young,
    });
    let young = match report.too_young {
        1 => "1 orphan is younger than an hour and stays for now".to_owned(),
        young => format!("{young} orphans are younger than an hour and stay for now"),
    };
    let told = format!(
        "deleted {} of {} ({} bytes); {young}",
        report.deleted,
        count(report.seen, "blob"),
        report.bytes
    );
    done("deleted", what, told)
}
