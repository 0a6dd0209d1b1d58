//! `skep admin gc`

use anyhow::Result;
use skep_core::Skep;

use crate::instance;

pub(super) async fn run(core: &Skep) -> Result<()> {
    let report = core.collect_garbage().await.map_err(instance::explained)?;
    crate::output::print(format!(
        "deleted {} of {} blobs ({} bytes); {} orphans are younger than an hour and stay for now",
        report.deleted, report.seen, report.bytes, report.too_young
    ))?;
    Ok(())
}
