//! What packages can be asked for exactly, as texts.

use std::collections::BTreeSet;

use super::extra;
use crate::packages::meta::{PackageMeta, ReleaseMeta};

/// What a fact about a dependency is before the id of the package.
pub(super) const DEPENDENCY: &str = "depends:";

/// Longest name of a build tool that can be asked for, in bytes; databases refuse very long keys.
const MAX_TOOL_BYTES: usize = 200;

/// The fact that a release was built with a tool.
pub(super) fn build_tool(tool: &str) -> String {
    let mut end = tool.len().min(MAX_TOOL_BYTES);
    while !tool.is_char_boundary(end) {
        end -= 1;
    }
    // No text of the database can hold a NUL.
    format!("build_tool:{}", tool[..end].replace('\0', " "))
}

/// The facts about a package with these releases, the latest of which requires the packages of these ids.
pub(in crate::packages) fn of_package(
    meta: &PackageMeta,
    releases: &[ReleaseMeta],
    dependencies: &[i64],
) -> BTreeSet<String> {
    let mut facts: BTreeSet<String> = dependencies.iter().map(|id| format!("{DEPENDENCY}{id}")).collect();
    facts.extend(releases.iter().flat_map(|release| &release.build_tools).map(|tool| build_tool(tool)));
    facts.extend(meta.extra.iter().flat_map(extra::facts));
    facts
}
