//! `skep audit`

mod rows;

use std::fs;
use std::path::{Component, Path};

use anyhow::{Context as _, Result, bail};
use hex_format::lock::LockedRelease;
use hex_project::audit::ignores::{IgnoredRetirement, Ignores};
use hex_project::audit::sarif::{self, LockFile as Anchor, Tool};
use hex_project::audit::{self, Audit, Difference, Finding, Kind, Locked, Status};
use hex_project::policy::Extent;

use super::locked::{Project, lock_files, look_up};
use super::policy;
use crate::args::{AuditArgs, AuditFormat};
use crate::commands::context::{Context, block_on};
use crate::commands::done::done;
use crate::commands::package::place;
use crate::output::options::options;
use crate::output::{self, Report as _};
use rows::Findings;

/// Runs `audit`.
pub(in crate::commands) fn run(context: &Context, args: &AuditArgs) -> Result<()> {
    let locks = lock_files(&args.lock)?;
    let ignores = ignores(context, args)?;
    let extent = match (args.policy_overrides, args.policy) {
        (true, _) => Some(Extent::Overrides),
        (_, true) => Some(Extent::Limits),
        _ => None,
    };
    let (policy, projects) = block_on(async {
        let policy = match extent {
            Some(_) => policy::active(context, &args.active).await?,
            None => None,
        };
        if extent.is_some() && policy.is_none() {
            bail!(
                "no policy is active: name one with --use-policy, HEX_POLICY or `skep config policy REPOSITORY/NAME`"
            );
        }
        Ok((policy, look_up(context, locks).await?))
    })?;
    let reports: Vec<(Project, Audit)> = projects
        .into_iter()
        .map(|project| {
            let mut audit = audit::audit(&locked(&project), &ignores, policy.as_ref().zip(extent));
            audit.findings.splice(0..0, differences(&project));
            (project, audit)
        })
        .collect();
    tell(args, &reports)?;
    let unused = |of: fn(&Audit) -> &Vec<String>| {
        // An entry is of use if any of the lock files needs it.
        let first = reports.first().map(|(_, audit)| of(audit).clone()).unwrap_or_default();
        first
            .into_iter()
            .filter(|entry| reports.iter().all(|(_, audit)| of(audit).contains(entry)))
            .collect::<Vec<_>>()
    };
    for id in unused(|audit| &audit.unused_advisories) {
        output::warn(&format!("the ignored advisory {id} affects no locked dependency and can be removed"));
    }
    for entry in unused(|audit| &audit.unused_retirements) {
        output::warn(&format!(
            "the ignored retirement {entry} matches no locked dependency and can be removed"
        ));
    }
    let found = |matches: fn(&Kind) -> bool| {
        let mut findings = reports.iter().flat_map(|(_, audit)| &audit.findings);
        findings.any(|finding| finding.status == Status::Open && matches(&finding.kind))
    };
    let kinds = [
        (found(|kind| matches!(kind, Kind::Changed(_))), "releases that differ from the registry"),
        (found(|kind| matches!(kind, Kind::Missing)), "releases that are not in the registry"),
        (found(|kind| matches!(kind, Kind::Retired(_))), "retired packages"),
        (found(|kind| matches!(kind, Kind::Advisory(_))), "packages with security advisories"),
    ];
    let kinds: Vec<&str> = kinds.into_iter().filter(|(found, _)| *found).map(|(_, what)| what).collect();
    match kinds.as_slice() {
        [] => Ok(()),
        [one] => bail!("found {one}"),
        [some @ .., last] => bail!("found {} and {last}", some.join(", ")),
    }
}

fn locked(project: &Project) -> Vec<Locked<'_>> {
    let known = project.dependencies.iter().filter_map(|dependency| {
        let (repository, package) = (&dependency.repository, &dependency.package);
        Some(Locked { repository, package, release: dependency.release()? })
    });
    known.collect()
}

/// What the registry has otherwise than the lock file, or not at all.
fn differences(project: &Project) -> Vec<Finding> {
    let finding = |repository: &str, locked: &LockedRelease, difference: Option<Difference>| Finding {
        repository: repository.to_owned(),
        package: locked.name.to_string(),
        version: locked.version.to_string(),
        kind: difference.map_or(Kind::Missing, Kind::Changed),
        status: Status::Open,
    };
    let of_known = project.dependencies.iter().filter_map(|dependency| {
        let difference = match dependency.release() {
            Some(release) => Some(Difference::between(&dependency.locked, release)?),
            None => None,
        };
        Some(finding(&dependency.repository, &dependency.locked, difference))
    });
    let absent = project.absent.iter().map(|it| finding(&it.repository, &it.locked, it.difference));
    of_known.chain(absent).collect()
}

fn ignores(context: &Context, args: &AuditArgs) -> Result<Ignores> {
    let listed = |key: &str| -> Result<Vec<String>> {
        let text = context.settings()?.text(key).map(|(text, _)| text).unwrap_or_default();
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        Ok(entries.map(str::to_owned).collect())
    };
    let mut ignores =
        Ignores { advisories: args.ignore_advisory.clone(), retirements: args.ignore_retirement.clone() };
    ignores.advisories.extend(listed("ignore_advisories")?);
    for entry in listed("ignore_retirements")? {
        let entry = entry.parse::<IgnoredRetirement>().context("the setting ignore_retirements is wrong")?;
        ignores.retirements.push(entry);
    }
    Ok(ignores)
}

fn tell(args: &AuditArgs, reports: &[(Project, Audit)]) -> Result<()> {
    let findings = Findings::of(reports);
    let document = match (args.format, options().json) {
        (AuditFormat::Human, false) if args.output.is_none() => return output::report(&findings),
        (AuditFormat::Human, false) => findings.text().plain_text(),
        (AuditFormat::Sarif, _) => serde_json::to_string_pretty(&sarif(reports)?)?,
        (AuditFormat::Json | AuditFormat::Human, _) => serde_json::to_string_pretty(&findings)?,
    };
    match &args.output {
        None => Ok(output::print(document.as_str())?),
        Some(path) => {
            place::file(path, format!("{document}\n").as_bytes())
                .with_context(|| format!("cannot write {}", path.display()))?;
            done("written", serde_json::json!({ "path": path.display().to_string() }), String::new())
        }
    }
}

/// One run for each lock file.
fn sarif(reports: &[(Project, Audit)]) -> Result<serde_json::Value> {
    let tool = Tool { name: "skep", version: env!("CARGO_PKG_VERSION") };
    let mut document = serde_json::Value::Null;
    for (project, audit) in reports {
        let path = &project.lock.path;
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let (root, relative) = in_work_tree(path);
        let lock = Anchor {
            path: &relative,
            text: &text,
            root: root.as_deref(),
            is_one_of_several: reports.len() > 1,
        };
        let mut one = sarif::document(audit, &lock, tool);
        match document["runs"].as_array_mut() {
            Some(runs) => runs.push(one["runs"][0].take()),
            None => document = one,
        }
    }
    Ok(document)
}

/// The root of the git work tree that a file is in, as an address, and the file's path below it.
fn in_work_tree(path: &Path) -> (Option<String>, String) {
    let slashes = |path: &Path| {
        let names = path.components().filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            Component::ParentDir => Some("..".to_owned()),
            _ => None,
        });
        names.collect::<Vec<_>>().join("/")
    };
    let absolute = path.canonicalize();
    let root = absolute
        .as_deref()
        .ok()
        .and_then(|path| path.ancestors().skip(1).find(|at| at.join(".git").exists()));
    match (root, &absolute) {
        (Some(root), Ok(absolute)) => {
            let relative = absolute.strip_prefix(root).expect("invariant: the root is an ancestor");
            (Some(format!("file:///{}/", sarif::encode(&slashes(root)))), slashes(relative))
        }
        _ => (None, slashes(path)),
    }
}
