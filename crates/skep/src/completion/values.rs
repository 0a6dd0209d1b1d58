//! Where the names come from: files of this machine first, and a server only for what nobody else knows.

use std::path::Path;

use anyhow::{Context as _, Result};
use clap::{Command, CommandFactory as _};
use hex_format::lock::LockedRelease;
use hex_format::name::OrganizationName;
use hex_format::version::Version;
use skep_client::api::KeysOf;
use skep_client::config::settings::SETTINGS;
use skep_client::deps::{LockFile, Tool};
use skep_client::package_ref::{PackageRef, Place};

use super::line::Line;
use super::remembered;
use crate::args::Cli;
use crate::commands::context::{Context, block_on};

/// What can stand in the place of a value.
#[derive(Debug, Clone)]
pub(super) enum Values {
    /// These.
    Words(Vec<&'static str>),
    /// Organizations that this machine is authorized for.
    Organizations,
    /// Repositories that this machine knows.
    Repositories,
    /// Names of servers that this machine knows, and addresses of those that have none.
    Servers,
    /// Packages of the lock files in this folder.
    Locked,
    /// The same, and packages that registry files were fetched of.
    Packages,
    /// The same, also of other repositories: `acme/foo`, `mysrv:acme/foo`.
    References,
    /// Versions of the package on the line, the newest first.
    Versions,
    /// Settings of `hex.config`.
    Settings,
    /// Keys of the organization on the line, or of the user.
    Keys,
    /// Members of the organization on the line.
    Members,
    /// Policies of the organization on the line.
    Policies,
    /// Policies as projects name them: `hexpm:acme/strict`.
    PolicyReferences,
    /// What a key may do.
    Permissions,
    /// Commands of this program.
    Commands,
}

impl Values {
    /// What there is; nothing if it can't be found out. What was typed may say that there is no need to look far.
    pub(super) fn list(&self, line: &Line, typed: &str) -> Vec<String> {
        let found = match self {
            Self::Words(words) => Ok(words.iter().map(ToString::to_string).collect()),
            Self::Organizations => organizations(line),
            Self::Repositories => repositories(line),
            Self::Servers => servers(line),
            Self::Locked => Ok(sorted(locked().into_iter().map(|release| release.name.to_string()))),
            Self::Packages => packages(line),
            Self::References => references(line, typed),
            Self::Versions => versions(line),
            Self::Settings => Ok(SETTINGS.iter().map(|setting| setting.key.to_owned()).collect()),
            Self::Keys => keys(line),
            Self::Members => members(line),
            Self::Policies => policies(line),
            Self::PolicyReferences => policy_references(line, typed),
            Self::Permissions => permissions(line),
            Self::Commands => Ok(commands(line.all("command"))),
        };
        found.unwrap_or_default()
    }
}

fn sorted(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.into_iter().collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn context(line: &Line) -> Result<Context> {
    Context::new(&line.server())
}

fn organizations(line: &Line) -> Result<Vec<String>> {
    let entries = context(line)?.machine.organizations()?;
    Ok(sorted(entries.into_iter().map(|entry| entry.organization)))
}

fn repositories(line: &Line) -> Result<Vec<String>> {
    Ok(sorted(context(line)?.repositories()?.names()))
}

fn servers(line: &Line) -> Result<Vec<String>> {
    let servers = context(line)?.machine.servers()?;
    Ok(sorted(servers.into_iter().map(|(url, server)| server.name.unwrap_or_else(|| url.to_string()))))
}

/// What the lock files in this folder name.
fn locked() -> Vec<LockedRelease> {
    let locks = Tool::ALL.into_iter().filter_map(|tool| LockFile::read(Path::new(tool.lock_file())).ok());
    locks.flat_map(|lock| lock.releases().map(|(_, release)| release.clone()).collect::<Vec<_>>()).collect()
}

/// The place that options of the line say.
fn place(line: &Line) -> Place {
    let repo: Option<Place> = line.get("repo").and_then(|text| text.parse().ok());
    let organization: Option<OrganizationName> = line.get("organization").and_then(|text| text.parse().ok());
    Place::default().with(repo.as_ref(), organization.as_ref()).unwrap_or_default()
}

fn packages(line: &Line) -> Result<Vec<String>> {
    let place = place(line);
    let mut names: Vec<String> = Vec::new();
    let is_there = |release: &LockedRelease| release.repository.as_deref().unwrap_or("hexpm") == place.name();
    names.extend(locked().into_iter().filter(is_there).map(|release| release.name.to_string()));
    names.extend(context(line)?.packages_before(&place)?);
    Ok(sorted(names))
}

/// Names alone; and before there is a colon or a slash, the repositories and organizations that can stand there.
fn references(line: &Line, typed: &str) -> Result<Vec<String>> {
    let context = context(line)?;
    if place(line) != Place::default() {
        return packages(line);
    }
    let before = typed.rfind(['/', ':']).map(|at| &typed[..=at]);
    if let Some(before) = before.filter(|before| before.ends_with('/')) {
        let package: PackageRef = format!("{before}any").parse()?;
        let names =
            context.packages_before(&package.place)?.into_iter().map(|name| format!("{before}{name}"));
        return Ok(sorted(names.chain(locked().iter().filter_map(reference))));
    }
    let mut found = match before {
        Some(repo) => {
            let place: Place = repo.trim_end_matches(':').parse()?;
            context.packages_before(&place)?.into_iter().map(|name| format!("{repo}{name}")).collect()
        }
        None => packages(line)?,
    };
    found.extend(locked().iter().filter_map(reference));
    for name in context.repositories()?.names() {
        match (name.split_once(':'), before) {
            (Some(("hexpm", organization)), None) => found.push(format!("{organization}/")),
            (Some((repo, organization)), Some(before)) if before.trim_end_matches(':') == repo => {
                found.push(format!("{before}{organization}/"));
            }
            (Some((repo, _)), None) => found.push(format!("{repo}:")),
            (None, None) if name != "hexpm" => found.push(format!("{name}:")),
            _ => {}
        }
    }
    Ok(sorted(found))
}

/// A locked package of another repository, as it can be typed.
fn reference(release: &LockedRelease) -> Option<String> {
    let place: Place = release.repository.as_deref()?.parse().ok()?;
    let package = PackageRef { place, package: release.name.clone() };
    (package.place != Place::default()).then(|| package.to_string())
}

fn versions(line: &Line) -> Result<Vec<String>> {
    let typed: PackageRef = line.get("package").context("no package")?.parse()?;
    let organization = line.get("organization").and_then(|text| text.parse().ok());
    let repo: Option<Place> = line.get("repo").and_then(|text| text.parse().ok());
    let place = typed.place.with(repo.as_ref(), organization.as_ref())?;
    let mut found = context(line)?.versions_before(&place, &typed.package)?;
    found.extend(
        locked().into_iter().filter(|release| release.name == typed.package).map(|release| release.version),
    );
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.dedup();
    Ok(found.iter().map(Version::to_string).collect())
}

/// The organization on the line.
fn organization(line: &Line) -> Result<OrganizationName> {
    Ok(line.get("organization").context("no organization")?.parse()?)
}

/// The context of an organization's server.
fn context_of(line: &Line, organization: &OrganizationName) -> Result<Context> {
    context(line)?.for_organization(organization)
}

fn keys(line: &Line) -> Result<Vec<String>> {
    let (context, of) = match organization(line) {
        Ok(organization) => (context_of(line, &organization)?, KeysOf::Organization(organization)),
        Err(_) => (context(line)?, KeysOf::Caller),
    };
    let what = match &of {
        KeysOf::Organization(organization) => format!("keys of {organization}"),
        KeysOf::Caller => "keys".to_owned(),
    };
    let found = remembered::names(context, &what, move |context| {
        let api = context.api_at_hand()?;
        let keys = block_on(async { Ok(api.keys(&of).await?) })?;
        Ok(keys.into_iter().map(|key| key.name).collect())
    });
    Ok(sorted(found.unwrap_or_default()))
}

fn members(line: &Line) -> Result<Vec<String>> {
    let organization = organization(line)?;
    let context = context_of(line, &organization)?;
    let found = remembered::names(context, &format!("members of {organization}"), move |context| {
        let api = context.api_at_hand()?;
        let members = block_on(async { Ok(api.members(&organization).await?) })?;
        Ok(members.into_iter().map(|member| member.username).collect())
    });
    Ok(sorted(found.unwrap_or_default()))
}

fn policies(line: &Line) -> Result<Vec<String>> {
    policies_of(line, organization(line)?)
}

fn policies_of(line: &Line, organization: OrganizationName) -> Result<Vec<String>> {
    let context = context_of(line, &organization)?;
    let found = remembered::names(context, &format!("policies of {organization}"), move |context| {
        let api = context.api_at_hand()?;
        let policies = block_on(async { Ok(api.policies(&organization).await?) })?;
        Ok(policies.into_iter().map(|policy| policy.name).collect())
    });
    Ok(sorted(found.unwrap_or_default()))
}

fn policy_references(line: &Line, typed: &str) -> Result<Vec<String>> {
    let Some((repository, _)) = typed.split_once('/') else {
        let names = context(line)?.repositories()?.names();
        let of_organizations = names.into_iter().filter(|name| name.contains(':'));
        return Ok(sorted(of_organizations.map(|name| format!("{name}/"))));
    };
    let place: Place = repository.parse()?;
    let names = policies_of(line, place.organization.context("no organization")?)?;
    Ok(names.into_iter().map(|name| format!("{repository}/{name}")).collect())
}

fn permissions(line: &Line) -> Result<Vec<String>> {
    let mut found = ["api", "api:read", "api:write", "repositories"].map(str::to_owned).to_vec();
    for organization in organizations(line)? {
        found.extend(["repository", "docs"].map(|kind| format!("{kind}:{organization}")));
    }
    Ok(found)
}

/// What stands below a command.
fn commands(typed: &[String]) -> Vec<String> {
    let root = Cli::command();
    let above = typed.split_last().map_or(&[][..], |(_, above)| above);
    let command = above.iter().try_fold(&root, |command, word| command.find_subcommand(word));
    let below =
        command.into_iter().flat_map(Command::get_subcommands).filter(|command| !command.is_hide_set());
    below.map(|command| command.get_name().to_owned()).collect()
}
