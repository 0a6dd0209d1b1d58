//! `skep admin verify`

use anyhow::{Result, bail};
use skep_core::Skep;

use crate::instance;
use crate::output::count;

pub(super) async fn run(core: &Skep) -> Result<()> {
    let report = core.verify().await.map_err(instance::explained)?;
    if crate::output::options::options().json {
        let problems: Vec<_> = report
            .problems
            .iter()
            .map(|problem| serde_json::json!({ "what": problem.what, "problem": problem.problem }))
            .collect();
        let all = serde_json::json!({
            "releases": report.releases,
            "blobs": report.blobs,
            "resources": report.resources,
            "problems": problems,
        });
        crate::output::print(&serde_json::to_string_pretty(&all)?)?;
    } else {
        for problem in &report.problems {
            crate::output::print(format!("{}: {}", problem.what, problem.problem))?;
        }
        crate::output::print(format!(
            "checked {}, {} and {}",
            count(report.releases, "release"),
            count(report.blobs, "blob"),
            count(report.resources, "registry resource")
        ))?;
    }
    match report.problems.len() {
        0 => Ok(()),
        1 => bail!("1 problem was found"),
        count => bail!("{count} problems were found"),
    }
}
