//! `skep organization policy …`

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use hex_format::name::OrganizationName;
use serde::Serialize;
use serde_json::json;
use skep_client::api::{
    MAX_POLICY_BYTES, Policy, PolicyContent, PolicyOverride, PolicyRepository, Restriction, RetiredFor,
};

use super::{no_organization, unknown};
use crate::args::{OrganizationPolicyArgs, OrganizationPolicyCommand, OverrideArg};
use crate::commands::context::{Context, block_on};
use crate::commands::done::done;
use crate::commands::failure::{Later, because};
use crate::output::text::Style;
use crate::output::{self, Report, Text, prompt, table::table};

#[derive(Serialize)]
struct Policies(Vec<Policy>);

impl Report for Policies {
    fn text(&self) -> Text {
        if self.0.is_empty() {
            return Text::default();
        }
        let rows = self.0.iter().map(|policy| {
            [policy.name.clone(), policy.visibility.clone(), policy.description.clone().unwrap_or_default()]
        });
        table(["Policy", "Visibility", "Description"], rows)
    }
}

#[derive(Serialize)]
struct Shown(Policy);

impl Report for Shown {
    fn text(&self) -> Text {
        let policy = &self.0;
        let mut text = Text::styled(Style::Heading, &policy.name).plain(&format!(" ({})", policy.visibility));
        if let Some(description) = &policy.description {
            text = text.line(description);
        }
        policy.repositories.iter().fold(text, |text, repository| text.line(said(repository)))
    }
}

/// What a policy says about a repository, a fact on each line.
fn said(about: &PolicyRepository) -> Text {
    let PolicyRepository { repository, restriction, overrides } = about;
    let mut facts = Vec::new();
    if let Some(cooldown) = &restriction.cooldown {
        facts.push(format!("releases younger than {cooldown} are refused"));
    }
    if let Some(severity) = restriction.advisory_min_severity {
        facts.push(format!(
            "releases with an advisory of severity {} or worse are refused",
            severity.as_str()
        ));
    }
    if !restriction.retirement_reasons.is_empty() {
        let reasons: Vec<&str> =
            restriction.retirement_reasons.iter().copied().map(RetiredFor::as_str).collect();
        facts.push(format!("releases retired as {} are refused", reasons.join(", ")));
    }
    for PolicyOverride { action, package, requirement } in overrides {
        let versions = requirement.as_deref().unwrap_or("every version");
        facts.push(format!("{action} {package} ({versions})"));
    }
    if facts.is_empty() {
        facts.push("nothing is refused".to_owned());
    }
    let heading = Text::styled(Style::Heading, &format!("{repository}:"));
    facts.iter().fold(heading, |text, fact| text.line(format!("  {fact}")))
}

pub(super) fn run(
    context: &Context,
    of: &OrganizationName,
    command: OrganizationPolicyCommand,
) -> Result<()> {
    match command {
        OrganizationPolicyCommand::List => list(context, of),
        OrganizationPolicyCommand::Show { name } => show(context, of, &name),
        OrganizationPolicyCommand::Create(args) => create(context, of, args),
        OrganizationPolicyCommand::Update(args) => update(context, of, args),
        OrganizationPolicyCommand::Delete { name } => delete(context, of, &name),
    }
}

fn list(context: &Context, of: &OrganizationName) -> Result<()> {
    let api = context.api()?;
    let policies = block_on(async {
        let policies = api.policies(of).await;
        policies.map_err(because(format!("cannot list the policies of {of}"), unknown(context, of)))
    })?;
    if policies.is_empty() {
        output::note(format!("No policies yet. Make one with `skep organization policy {of} create NAME`"));
    }
    output::report(&Policies(policies))
}

fn show(context: &Context, of: &OrganizationName, name: &str) -> Result<()> {
    let api = context.api()?;
    let policy = block_on(async {
        let policy = api.policy(of, name).await;
        policy.map_err(because(format!("cannot show policy {name}"), no_policy(context, of, name)))
    })?;
    output::report(&Shown(policy))
}

fn create(context: &Context, of: &OrganizationName, args: OrganizationPolicyArgs) -> Result<()> {
    let content = match &args.file {
        Some(file) => from_file(file, &args)?,
        None => by_options(&args, Vec::new())?,
    };
    let api = context.api()?;
    let made = block_on(async {
        let made = api.create_policy(of, &args.name, &content).await;
        made.map_err(because(format!("cannot make policy {}", args.name), unknown(context, of)))
    })?;
    done("created", &made, format!("Policy {} of {of} is published", made.name))
}

fn update(context: &Context, of: &OrganizationName, args: OrganizationPolicyArgs) -> Result<()> {
    let file = args.file.as_deref().map(|file| from_file(file, &args)).transpose()?;
    let (api, name) = (context.api()?, &args.name);
    let changed = block_on(async {
        let what = format!("cannot change policy {name}");
        let content = match file {
            Some(content) => content,
            None => {
                let now = api
                    .policy(of, name)
                    .await
                    .map_err(because(what.clone(), no_policy(context, of, name)))?;
                by_options(&args, now.repositories)?
            }
        };
        if content == PolicyContent::default() {
            bail!("nothing is to be changed: name an option, or --file");
        }
        api.update_policy(of, name, &content).await.map_err(because(what, no_policy(context, of, name)))
    })?;
    done("changed", &changed, format!("Policy {name} of {of} is changed and published"))
}

fn delete(context: &Context, of: &OrganizationName, name: &str) -> Result<()> {
    let api = context.api()?;
    prompt::insist(&format!(
        "Delete policy {name} of {of}? Projects that name it can resolve nothing then."
    ))?;
    block_on(async {
        let deleted = api.delete_policy(of, name).await;
        deleted.map_err(because(format!("cannot delete policy {name}"), no_policy(context, of, name)))
    })?;
    let what = json!({ "organization": of.as_str(), "name": name });
    done("deleted", what, format!("Policy {name} of {of} is deleted"))
}

fn no_policy(context: &Context, of: &OrganizationName, name: &str) -> impl Into<String> {
    Later(move || format!("there is no policy {name}, or {}", no_organization(context, of)))
}

/// A policy from a file; what options say beside it counts more.
fn from_file(file: &Path, args: &OrganizationPolicyArgs) -> Result<PolicyContent> {
    let shown = if file == Path::new("-") { "standard input".into() } else { file.display().to_string() };
    let mut text = String::new();
    let read = match file == Path::new("-") {
        true => std::io::stdin().lock().take(MAX_POLICY_BYTES + 1).read_to_string(&mut text),
        false => std::fs::File::open(file)
            .and_then(|file| file.take(MAX_POLICY_BYTES + 1).read_to_string(&mut text)),
    };
    read.with_context(|| format!("cannot read {shown}"))?;
    if text.len() as u64 > MAX_POLICY_BYTES {
        bail!("{shown} has more than {MAX_POLICY_BYTES} bytes");
    }
    let content = PolicyContent::parse(&text).with_context(|| shown)?;
    Ok(PolicyContent {
        description: args.description.clone().or(content.description),
        visibility: args.visibility.clone().or(content.visibility),
        ..content
    })
}

/// What the options say, on top of what was said about the repository before.
fn by_options(args: &OrganizationPolicyArgs, before: Vec<PolicyRepository>) -> Result<PolicyContent> {
    let OrganizationPolicyArgs { cooldown, severity, reasons, allow, deny, drop, .. } = args;
    let is_about_packages = cooldown.is_some()
        || severity.is_some()
        || reasons.is_some()
        || [allow.len(), deny.len(), drop.len()] != [0; 3];
    let repositories = is_about_packages.then(|| {
        let repository = args.repository.as_str();
        let old = before.into_iter().find(|old| old.repository == repository).unwrap_or_default();
        let Restriction { cooldown: old_cooldown, advisory_min_severity, retirement_reasons } =
            old.restriction;
        let restriction = Restriction {
            cooldown: cooldown.clone().map_or(old_cooldown, |age| (!age.is_empty()).then_some(age)),
            advisory_min_severity: severity.as_ref().map_or(advisory_min_severity, |given| given.0),
            retirement_reasons: reasons.as_ref().map_or(retirement_reasons, |given| given.0.clone()),
        };
        let new = [("allow", allow), ("deny", deny)]
            .into_iter()
            .flat_map(|(action, given)| given.iter().map(move |exception| exception_of(action, exception)));
        let new: Vec<PolicyOverride> = new.collect();
        let replaced = |package: &str| {
            new.iter().any(|new| new.package == package) || drop.iter().any(|name| name.as_str() == package)
        };
        let mut overrides = old.overrides;
        overrides.retain(|old| !replaced(&old.package));
        overrides.extend(new);
        vec![PolicyRepository { repository: repository.to_owned(), restriction, overrides }]
    });
    Ok(PolicyContent {
        description: args.description.clone(),
        visibility: args.visibility.clone(),
        repositories,
    })
}

fn exception_of(action: &str, given: &OverrideArg) -> PolicyOverride {
    PolicyOverride {
        action: action.to_owned(),
        package: given.package.as_str().to_owned(),
        requirement: given.requirement.clone(),
    }
}
