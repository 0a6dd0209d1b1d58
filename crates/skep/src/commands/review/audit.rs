//! `skep audit`

use std::fs;
use std::path::{Component, Path};

use anyhow::{Context as _, Result, bail};
use hex_format::lock::LockedRelease;
use hex_project::audit::ignores::{IgnoredRetirement, Ignores};
use hex_project::audit::sarif::{self, LockFile as Anchor, Tool};
use hex_project::audit::{self, Audit, Difference, Finding, Kind, Locked, Status, retirement_message};
use hex_project::policy::{Extent, severity_name};
use hex_registry::package::{Advisory, Severity};
use serde::Serialize;

use super::locked::{Project, lock_files, look_up};
use super::policy;
use crate::args::{AuditArgs, AuditFormat};
use crate::commands::context::{Context, block_on};
use crate::commands::package::place;
use crate::output::options::options;
use crate::output::text::Style;
use crate::output::{self, Report, Text};

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
    let findings = Findings(reports.iter().flat_map(|(project, audit)| Row::all(project, audit)).collect());
    let document = match (args.format, options().json) {
        (AuditFormat::Human, false) if args.output.is_none() => return output::report(&findings),
        (AuditFormat::Human, false) => findings.text().plain_text(),
        (AuditFormat::Sarif, _) => serde_json::to_string_pretty(&sarif(reports)?)?,
        (AuditFormat::Json | AuditFormat::Human, _) => serde_json::to_string_pretty(&findings)?,
    };
    match &args.output {
        None => Ok(output::print(document.as_str())?),
        Some(path) => place::file(path, format!("{document}\n").as_bytes())
            .with_context(|| format!("cannot write {}", path.display())),
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

#[derive(Serialize)]
#[serde(transparent)]
struct Findings(Vec<Row>);

#[derive(Serialize)]
struct Row {
    lock_file: String,
    repository: String,
    package: String,
    version: String,
    kind: &'static str,
    status: &'static str,
    /// Why it is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retirement: Option<RowRetirement>,
    #[serde(skip_serializing_if = "Option::is_none")]
    advisory: Option<RowAdvisory>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum: Option<RowChecksum>,
}

#[derive(Serialize)]
struct RowChecksum {
    /// `outer` or `inner`.
    which: &'static str,
    locked: String,
    registry: String,
    #[serde(skip)]
    text: String,
}

#[derive(Serialize)]
struct RowRetirement {
    reason: &'static str,
    message: Option<String>,
    #[serde(skip)]
    text: String,
}

#[derive(Serialize)]
struct RowAdvisory {
    id: String,
    aliases: Vec<String>,
    severity: Option<String>,
    cvss_score: Option<f32>,
    summary: String,
    url: String,
    #[serde(skip)]
    is_bad: bool,
}

impl Row {
    fn all(project: &Project, audit: &Audit) -> Vec<Self> {
        let lock_file = project.lock.path.display().to_string();
        audit.findings.iter().map(|finding| Self::of(&lock_file, finding)).collect()
    }

    fn of(lock_file: &str, finding: &Finding) -> Self {
        let (status, explanation) = match &finding.status {
            Status::Open => ("open", None),
            Status::Ignored => ("ignored", None),
            Status::Accepted(acceptance) => ("accepted", Some(acceptance.message().to_owned())),
        };
        let (kind, retirement, advisory, checksum) = match &finding.kind {
            Kind::Retired(retirement) => {
                let text = retirement_message(retirement);
                let row = RowRetirement {
                    reason: retirement.reason.as_str(),
                    message: retirement.message.clone(),
                    text,
                };
                ("retired", Some(row), None, None)
            }
            Kind::Advisory(problem) => ("advisory", None, Some(RowAdvisory::of(&problem.advisory)), None),
            Kind::Changed(difference) => {
                let row = RowChecksum {
                    which: difference.which,
                    locked: difference.locked.to_lower_hex(),
                    registry: difference.registered.to_lower_hex(),
                    text: difference.to_string(),
                };
                ("changed", None, None, Some(row))
            }
            Kind::Missing => ("missing", None, None, None),
        };
        Self {
            lock_file: lock_file.to_owned(),
            repository: finding.repository.clone(),
            package: finding.package.clone(),
            version: finding.version.clone(),
            kind,
            status,
            explanation,
            retirement,
            advisory,
            checksum,
        }
    }

    fn text(&self) -> Text {
        let text = Text::from(format!("  {} {} - ", self.package, self.version));
        let text = match (&self.retirement, &self.advisory) {
            (Some(retirement), _) => text.add(Style::Warning, &retirement.text),
            (_, Some(advisory)) => advisory.text(text),
            _ => match &self.checksum {
                Some(checksum) => text.add(Style::Bad, &checksum.text),
                None => text.add(Style::Bad, &format!("not in {}", self.repository)),
            },
        };
        match &self.explanation {
            Some(explanation) => text.line(Text::styled(Style::Good, &format!("    Policy: {explanation}"))),
            None => text,
        }
    }
}

impl RowAdvisory {
    fn of(advisory: &Advisory) -> Self {
        Self {
            id: advisory.id.clone(),
            aliases: advisory.aliases.clone(),
            severity: advisory.severity.map(severity_name),
            cvss_score: advisory.cvss_score,
            summary: advisory.summary.clone(),
            url: advisory.html_url.clone(),
            is_bad: !matches!(advisory.severity, Some(Severity::None | Severity::Low | Severity::Medium)),
        }
    }

    fn text(&self, text: Text) -> Text {
        let style = if self.is_bad { Style::Bad } else { Style::Warning };
        let mut text = text.plain(&self.id);
        if let Some(severity) = &self.severity {
            text = text.plain(" ").add(style, &format!("({severity})"));
        }
        if !self.aliases.is_empty() {
            text = text.line(format!("    aka: {}", self.aliases.join(", ")));
        }
        let text = text.line(format!("    {}", self.summary));
        if self.url.is_empty() {
            text
        } else {
            text.line(Text::styled(Style::Faint, &format!("    {}", self.url)))
        }
    }
}

impl Report for Findings {
    fn text(&self) -> Text {
        if self.0.is_empty() {
            return Text::from("No retired or security advisory packages found");
        }
        let sections = [
            ("Differ from the registry:", "changed", "open"),
            ("Not in the registry:", "missing", "open"),
            ("Retired:", "retired", "open"),
            ("Advisories:", "advisory", "open"),
            ("Policy-accepted retired:", "retired", "accepted"),
            ("Policy-accepted advisories:", "advisory", "accepted"),
            ("Ignored retired:", "retired", "ignored"),
            ("Ignored advisories:", "advisory", "ignored"),
        ];
        let mut text = Text::default();
        for (heading, kind, status) in sections {
            let mut rows = self.0.iter().filter(|row| row.kind == kind && row.status == status).peekable();
            if rows.peek().is_none() {
                continue;
            }
            let gap = if text.is_empty() { text } else { text.plain("\n") };
            text =
                rows.fold(gap.line(Text::styled(Style::Heading, heading)), |text, row| text.line(row.text()));
        }
        text
    }
}
