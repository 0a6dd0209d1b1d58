//! `skep policy`: which policy is active, and what it says.

use std::collections::HashSet;

use anyhow::{Context as _, Result, bail};
use hex_format::version::Version;
use hex_project::audit::date;
use hex_project::cooldown::Cooldown;
use hex_project::policy::{
    self, Acceptance, AcceptedBy, Candidate, CooldownSource, PolicyRef, Reason, Verdict, effective_cooldown,
    is_valid, severity_name,
};
use hex_registry::package::{Package, Severity};
use hex_registry::policy::{Override, OverrideAction, Policy, RepositoryPolicy, Visibility};
use serde::Serialize;
use skep_client::package_ref::PackageRef;

use crate::args::{PolicyArgs, PolicyCommand};
use crate::commands::context::{Context, block_on};
use crate::output::table::{Cell, table};
use crate::output::text::Style;
use crate::output::{self, Report, Text};

/// Runs `policy …`.
pub(in crate::commands) fn run(context: &Context, command: PolicyCommand) -> Result<()> {
    match command {
        PolicyCommand::Show { active } => show(context, &active),
        PolicyCommand::Why { package, active } => why(context, &active, &package),
    }
}

/// The active policy, if there is one. What was configured and can't be had is a failure: a policy protects.
pub(in crate::commands) async fn active(context: &Context, args: &PolicyArgs) -> Result<Option<Policy>> {
    let configured = || Ok::<_, anyhow::Error>(context.settings()?.text("policy").map(|(text, _)| text));
    let Some(text) = args.use_policy.clone().map_or_else(configured, |text| Ok(Some(text)))? else {
        return Ok(None);
    };
    let PolicyRef { repository, name } = text.parse()?;
    let found = context.repository(Some(&repository), None).await?.policy(&name).await;
    let policy = found.with_context(|| format!("cannot load policy {text}"))?;
    for one in policy.repositories.iter().flat_map(|rules| &rules.overrides) {
        if let OverrideAction::Unknown(number) = one.action {
            output::warn(&format!(
                "policy {text} has an override of an unknown kind ({number}) for {}, which is not applied: a newer skep \
                 may know it",
                one.package
            ));
        }
    }
    Ok(Some(policy))
}

/// The user's own cooldown.
pub(in crate::commands) fn local_cooldown(context: &Context) -> Result<Cooldown> {
    match context.settings()?.text("cooldown") {
        Some((text, _)) => text.trim().parse().context("the setting cooldown is wrong"),
        None => Ok(Cooldown::none()),
    }
}

/// The repositories whose releases need not age.
pub(in crate::commands) fn excluded_repositories(context: &Context) -> Result<HashSet<String>> {
    let text = context.settings()?.text("cooldown_exclude_repos").map(|(text, _)| text).unwrap_or_default();
    Ok(text.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect())
}

fn show(context: &Context, args: &PolicyArgs) -> Result<()> {
    let policy = block_on(active(context, args))?;
    let local = local_cooldown(context)?;
    let effective = effective_cooldown(policy.as_ref(), &local);
    output::report(&Shown {
        policy: policy.as_ref().map(ShownPolicy::of),
        cooldown: effective.map(ShownCooldown::of),
    })
}

#[derive(Serialize)]
struct Shown {
    policy: Option<ShownPolicy>,
    cooldown: Option<ShownCooldown>,
}

#[derive(Serialize)]
struct ShownPolicy {
    repository: String,
    name: String,
    description: Option<String>,
    visibility: &'static str,
    repositories: Vec<ShownRules>,
}

#[derive(Serialize)]
struct ShownRules {
    repository: String,
    cooldown: Option<String>,
    advisory_min_severity: Option<String>,
    retirement_reasons: Vec<&'static str>,
    overrides: Vec<ShownOverride>,
}

#[derive(Serialize)]
struct ShownOverride {
    action: String,
    package: String,
    requirement: Option<String>,
    comment: Option<String>,
    /// Whether clients act on it.
    applied: bool,
}

#[derive(Serialize)]
struct ShownCooldown {
    duration: String,
    source: &'static str,
}

impl ShownCooldown {
    fn of((source, cooldown): (CooldownSource, Cooldown)) -> Self {
        let source = if source == CooldownSource::Local { "local" } else { "policy" };
        Self { duration: cooldown.to_string(), source }
    }
}

impl ShownPolicy {
    fn of(policy: &Policy) -> Self {
        Self {
            repository: policy.repository.clone(),
            name: policy.name.clone(),
            description: policy.description.clone(),
            visibility: if policy.visibility == Visibility::Public { "public" } else { "private" },
            repositories: policy.repositories.iter().map(ShownRules::of).collect(),
        }
    }
}

impl ShownRules {
    fn of(rules: &RepositoryPolicy) -> Self {
        Self {
            repository: rules.repository.clone(),
            cooldown: rules.restriction.cooldown.clone(),
            advisory_min_severity: rules.restriction.advisory_min_severity.map(severity_name),
            retirement_reasons: rules
                .restriction
                .retirement_reasons
                .iter()
                .map(|reason| reason.as_str())
                .collect(),
            overrides: rules.overrides.iter().map(ShownOverride::of).collect(),
        }
    }

    fn text(&self) -> Text {
        let faint = |text: &str| Text::styled(Style::Faint, text);
        let advisories = match self.advisory_min_severity.as_deref() {
            None => faint("(disabled)"),
            Some(none) if none == severity_name(Severity::None) => {
                Text::styled(Style::Bad, "block any advisory")
            }
            Some(severity) => Text::styled(Style::Bad, &format!("block ≥ {severity}")),
        };
        let retirements = match self.retirement_reasons.as_slice() {
            [] => faint("(disabled)"),
            reasons => Text::styled(Style::Warning, &reasons.join(", ").to_uppercase()),
        };
        let cooldown = self.cooldown.as_deref().map_or_else(|| faint("(none)"), Text::from);
        let text = Text::styled(Style::Heading, &format!("  {}:", self.repository))
            .line(Text::from("    Cooldown:        ").append(cooldown))
            .line(Text::from("    Advisory rule:   ").append(advisories))
            .line(Text::from("    Retirement rule: ").append(retirements));
        if self.overrides.is_empty() {
            return text.line(Text::from("    Overrides:       ").append(faint("(none)")));
        }
        self.overrides.iter().fold(text.line("    Overrides:"), |text, one| text.line(one.text()))
    }
}

impl ShownOverride {
    fn of(one: &Override) -> Self {
        let action = match &one.action {
            OverrideAction::Allow => "ALLOW".to_owned(),
            OverrideAction::Deny => "DENY".to_owned(),
            OverrideAction::Advisory { id } => format!("ADVISORY {id}"),
            OverrideAction::Retirement { reason } => format!("RETIREMENT {}", reason.as_str()),
            OverrideAction::Cooldown => "COOLDOWN".to_owned(),
            OverrideAction::Unknown(number) => format!("UNKNOWN {number}"),
        };
        Self {
            action,
            package: one.package.clone(),
            requirement: one.requirement.clone(),
            comment: one.comment.clone(),
            applied: is_valid(one),
        }
    }

    fn text(&self) -> Text {
        let about = [Some(self.package.as_str()), self.requirement.as_deref()];
        let about: Vec<&str> = about.into_iter().flatten().collect();
        let style = match self.action.as_str() {
            _ if !self.applied => Style::Faint,
            "DENY" => Style::Bad,
            _ => Style::Good,
        };
        let text = Text::from(format!("      {}  ", about.join(" "))).add(style, &self.action);
        let text = self.comment.iter().fold(text, |text, comment| text.plain("  ").plain(comment));
        if self.applied { text } else { text.add(Style::Faint, " (not applied)") }
    }
}

impl Report for Shown {
    fn text(&self) -> Text {
        let mut text = match &self.policy {
            None => Text::from("No active policy configured."),
            Some(policy) => {
                let title = format!("{}/{}", policy.repository, policy.name);
                let head = Text::from("Active policy: ").add(Style::Heading, &title);
                let head = head.plain(&format!(" [{}]", policy.visibility));
                let head =
                    policy.description.iter().fold(head, |text, description| text.line(description.as_str()));
                policy
                    .repositories
                    .iter()
                    .fold(head.line(""), |text, rules| text.plain("\n").append(rules.text()))
            }
        };
        if let Some(cooldown) = &self.cooldown {
            text = text
                .plain("\n\n")
                .plain(&format!("Effective cooldown: {} ({})", cooldown.duration, cooldown.source));
        }
        text
    }
}

fn why(context: &Context, args: &PolicyArgs, package: &PackageRef) -> Result<()> {
    let found = block_on(async {
        let Some(policy) = active(context, args).await? else { return Ok(None) };
        let place = &package.place;
        let repository = context.repository(place.repo.as_deref(), place.organization.as_ref()).await?;
        let package = repository.package(&package.package).await?;
        Ok(Some((policy, package, repository.called().to_owned())))
    })?;
    let Some((policy, package, repository)) = found else {
        bail!(
            "no policy is active: name one with --use-policy, HEX_POLICY or `skep config policy REPOSITORY/NAME`"
        );
    };
    output::report(&Why::of(&policy, &repository, &package, jiff::Timestamp::now().as_second()))
}

/// What a policy says about each version.
#[derive(Serialize)]
struct Why {
    package: String,
    repository: String,
    versions: Vec<WhyVersion>,
}

#[derive(Serialize)]
struct WhyVersion {
    version: String,
    allowed: bool,
    reasons: Vec<WhyReason>,
    acceptances: Vec<String>,
}

#[derive(Serialize)]
struct WhyReason {
    kind: &'static str,
    message: String,
    /// The day on which it is no reason any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    eligible_on: Option<String>,
}

impl Why {
    fn of(policy: &Policy, repository: &str, package: &Package, now: i64) -> Self {
        let mut releases: Vec<_> = package.releases.iter().collect();
        releases.sort_by_key(|release| release.version.parse::<Version>().ok());
        let versions = releases.into_iter().map(|release| {
            let verdict = policy::judge(policy, &Candidate::new(repository, package, release), now);
            WhyVersion::of(&release.version, &verdict)
        });
        Self {
            package: package.name.clone(),
            repository: repository.to_owned(),
            versions: versions.collect(),
        }
    }
}

impl WhyVersion {
    fn of(version: &str, verdict: &Verdict) -> Self {
        let reason = |reason: &Reason| {
            let (kind, eligible_on) = match reason {
                Reason::Advisory(_) => ("advisory", None),
                Reason::Retirement(_) => ("retirement", None),
                Reason::Cooldown { ends_at, .. } => ("cooldown", Some(date(*ends_at))),
                Reason::Denied => ("override", None),
            };
            WhyReason { kind, message: reason.to_string(), eligible_on }
        };
        Self {
            version: version.to_owned(),
            allowed: verdict.reasons.is_empty(),
            reasons: verdict.reasons.iter().map(reason).collect(),
            acceptances: verdict.acceptances.iter().filter(says_more).map(ToString::to_string).collect(),
        }
    }
}

/// Whether it tells more than that there is an override, which the reason tells already.
fn says_more(acceptance: &&Acceptance) -> bool {
    acceptance.by != AcceptedBy::Deny || acceptance.comment.is_some()
}

impl Report for Why {
    fn text(&self) -> Text {
        let row = |version: &WhyVersion| {
            let status = match version.allowed {
                true => Cell::styled(Style::Good, "ALLOWED"),
                false => Cell::styled(Style::Bad, "BLOCKED"),
            };
            let reasons: Vec<&str> = version.reasons.iter().map(|reason| reason.message.as_str()).collect();
            let parts = [reasons.join(", "), version.acceptances.join(", ")];
            let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
            [Cell::from(version.version.as_str()), status, Cell::from(parts.join("; "))]
        };
        let head = format!("Versions of {:?} ({}):\n", self.package, self.versions.len());
        Text::from(head).line(table(["Version", "Status", "Policy result"], self.versions.iter().map(row)))
    }
}
