//! What `skep audit` tells, in the sections of mix.

use hex_project::audit::{Audit, Finding, Kind, Status, retirement_message};
use hex_project::policy::severity_name;
use hex_registry::package::{Advisory, Severity};
use serde::Serialize;

use crate::commands::review::locked::Project;
use crate::output::text::Style;
use crate::output::{Report, Text};

#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Findings(Vec<Row>);

impl Findings {
    /// Of all lock files.
    pub(super) fn of(reports: &[(Project, Audit)]) -> Self {
        Self(reports.iter().flat_map(|(project, audit)| Row::all(project, audit)).collect())
    }
}

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
