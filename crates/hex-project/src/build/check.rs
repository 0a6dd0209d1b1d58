//! What is wrong with a package before it is published, all at once.
//!
//! The rules are those of `mix hex.build`, and those of registries whose refusal would otherwise come after the upload. One
//! rule is stricter than a registry need be: a requirement that some client's resolver can't read is an error, because it
//! makes the whole package unusable for everybody.

use hex_format::metadata::{Dependency, Field, Metadata};
use hex_format::name::{OrganizationName, PackageName, RepositoryName};
use hex_format::requirement::{Operator, Requirement};
use hex_format::tarball::contents::RESERVED_FILE;
use hex_format::version::Version;

/// Most characters of a description, as mix has it.
pub const MAX_DESCRIPTION: usize = 300;

/// For whom a package is meant.
#[derive(Debug, Clone, Copy)]
pub enum Audience<'a> {
    /// Everybody: the repository `hexpm`.
    Public,
    /// The members of an organization.
    Organization(&'a OrganizationName),
}

impl<'a> Audience<'a> {
    /// That of an organization's repository; of the public one when there is none, or when it is called `hexpm`.
    pub fn of(organization: Option<&'a OrganizationName>) -> Self {
        match organization {
            Some(name) if name.as_str() != RepositoryName::HEXPM => Self::Organization(name),
            _ => Self::Public,
        }
    }

    fn may_depend_on(self, repository: &str) -> bool {
        repository == RepositoryName::HEXPM
            || matches!(self, Self::Organization(name) if name.as_str() == repository)
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// What keeps the package from being published.
    pub errors: Vec<String>,
    /// What its author should know.
    pub warnings: Vec<String>,
}

/// Checks the metadata of a package.
pub fn metadata(metadata: &Metadata, audience: Audience<'_>) -> Findings {
    let mut findings = Findings::default();
    missing(metadata, audience, &mut findings);
    types(metadata, &mut findings.errors);
    name_and_version(metadata, &mut findings.errors);
    texts(metadata, audience, &mut findings);
    for dependency in metadata.requirements.value().into_iter().flatten() {
        if let Err(reason) = requirement(dependency, audience) {
            findings.errors.push(format!("dependency {}: {reason}", dependency.name));
        }
    }
    findings.warnings.extend(unstable(metadata));
    findings
}

/// That a stable release wants pre-releases, which makes its users resolve to them. rebar3_hex warns of it, too.
fn unstable(metadata: &Metadata) -> Option<String> {
    let version: Version = metadata.version.value()?.parse().ok()?;
    let wants_one = |dependency: &&Dependency| {
        let requirement = dependency.requirement.value().and_then(|text| text.parse::<Requirement>().ok());
        let mut clauses =
            requirement.iter().flat_map(|requirement| requirement.alternatives().iter().flatten());
        // What it only stays below, it does not want.
        clauses.any(|clause| {
            !matches!(clause.operator, Operator::Less | Operator::LessOrEqual | Operator::NotEqual)
                && clause.operand.version.is_prerelease()
        })
    };
    let names: Vec<&str> = metadata
        .requirements
        .value()?
        .iter()
        .filter(wants_one)
        .map(|dependency| dependency.name.as_str())
        .collect();
    let told = || format!("{version} is stable, but depends on pre-releases of {}", names.join(", "));
    (!version.is_prerelease() && !names.is_empty()).then(told)
}

/// Fields that are not there. The public repository wants a description and licences.
fn missing(metadata: &Metadata, audience: Audience<'_>, findings: &mut Findings) {
    let text = |field: &Field<String>| field.required_text().is_err();
    let list = |field: &Field<Vec<String>>| field.value().is_none_or(Vec::is_empty);
    let names = |fields: &[(&'static str, bool)]| {
        let missing: Vec<_> = fields.iter().filter(|(_, missing)| *missing).map(|(name, _)| *name).collect();
        (!missing.is_empty()).then(|| format!("Missing metadata fields: {}", missing.join(", ")))
    };
    let needed = [
        ("app", text(&metadata.app)),
        ("name", text(&metadata.name)),
        ("files", list(&metadata.files)),
        ("version", text(&metadata.version)),
        ("build_tools", list(&metadata.build_tools)),
    ];
    let for_the_public =
        [("description", text(&metadata.description)), ("licenses", list(&metadata.licenses))];
    match audience {
        Audience::Public => {
            findings.errors.extend(names(&[needed.as_slice(), &for_the_public].concat()));
            if metadata.links.value().is_none_or(|links| links.is_empty()) {
                findings.warnings.push("the package has no links, such as to its source code".to_owned());
            }
        }
        Audience::Organization(_) => {
            findings.errors.extend(names(&needed));
            findings.warnings.extend(names(&for_the_public));
        }
    }
}

/// Fields that are there with values of another type.
fn types(metadata: &Metadata, errors: &mut Vec<String>) {
    let mut check = |name: &str, result: Result<(), hex_format::metadata::FieldError>| {
        errors.extend(result.err().map(|error| format!("{name}: {error}")));
    };
    check("app", metadata.app.optional().map(drop));
    check("name", metadata.name.optional().map(drop));
    check("files", metadata.files.optional().map(drop));
    check("version", metadata.version.optional().map(drop));
    check("build_tools", metadata.build_tools.optional().map(drop));
    check("description", metadata.description.optional().map(drop));
    check("licenses", metadata.licenses.optional().map(drop));
    check("links", metadata.links.optional().map(drop));
    check("elixir", metadata.elixir.optional().map(drop));
    check("extra", metadata.extra.optional().map(drop));
    check("requirements", metadata.requirements.required().map(drop));
}

fn name_and_version(metadata: &Metadata, errors: &mut Vec<String>) {
    if let Ok(name) = metadata.name.required_text()
        && let Err(error) = PackageName::parse(name)
    {
        errors.push(format!("the name {name:?} {error}"));
    }
    let Ok(version) = metadata.version.required_text() else { return };
    match Version::parse(version) {
        Err(_) => errors.push(format!("the version {version:?} is invalid SemVer")),
        Ok(version) if version.build.is_some() => {
            errors.push(format!("the version {version} has a build number, which is not allowed"));
        }
        Ok(version) if !version.within_registry_limits() => {
            errors.push(format!("the version {version} has a number of more than 14 digits"));
        }
        Ok(_) => {}
    }
}

fn texts(metadata: &Metadata, audience: Audience<'_>, findings: &mut Findings) {
    let description = metadata.description.value().map_or("", String::as_str);
    if description.chars().count() > MAX_DESCRIPTION {
        let text = format!("Package description is too long (exceeds {MAX_DESCRIPTION} characters)");
        findings.errors.push(text);
    }
    for (title, url) in metadata.links.value().into_iter().flatten() {
        if !is_web_address(url) {
            findings.errors.push(format!("the link {title:?} is no http or https address: {url:?}"));
        }
    }
    if metadata.files.value().into_iter().flatten().any(|file| file == RESERVED_FILE) {
        findings.errors.push(format!("Do not include this file: {RESERVED_FILE}"));
    }
    let unknown: Vec<&str> = metadata
        .licenses
        .value()
        .into_iter()
        .flatten()
        .map(String::as_str)
        .filter(|licence| !is_known_licence(licence))
        .collect();
    if matches!(audience, Audience::Public) && !unknown.is_empty() {
        findings.warnings.push(format!(
            "The following licenses are not recognized by SPDX: {} (see https://spdx.org/licenses)",
            unknown.join(", ")
        ));
    }
}

/// Whether a licence is an identifier of SPDX, or one that the author defines.
pub fn is_known_licence(licence: &str) -> bool {
    let own = |rest: &str| {
        !rest.is_empty() && rest.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))
    };
    match licence.strip_prefix("LicenseRef-") {
        Some(rest) => own(rest),
        // The crate also takes `MIT+`, which is an expression and no identifier.
        None => !licence.ends_with('+') && spdx::license_id(licence).is_some(),
    }
}

fn is_web_address(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.starts_with(['/', '?', '#']) && !rest.is_empty())
}

fn requirement(dependency: &Dependency, audience: Audience<'_>) -> Result<(), String> {
    PackageName::parse(&dependency.name).map_err(|error| format!("the name {error}"))?;
    dependency.app.optional().map_err(|error| format!("app: {error}"))?;
    dependency.optional.optional().map_err(|error| format!("optional: {error}"))?;
    let repository = dependency.repository.optional().map_err(|error| format!("repository: {error}"))?;
    let text = dependency.requirement.required_text().map_err(|error| format!("requirement: {error}"))?;
    let requirement: Requirement =
        text.parse().map_err(|error| format!("invalid requirement {text:?}: {error}"))?;
    requirement
        .check_for_registry()
        .map_err(|error| format!("the requirement {text:?} can't be resolved by every client: {error}"))?;
    match repository.map(String::as_str) {
        Some(repository) if !audience.may_depend_on(repository) => Err(match audience {
            Audience::Public => {
                format!("a public package can't depend on a package of the repository {repository}")
            }
            Audience::Organization(own) => format!(
                "a package of {own} can only depend on packages of {own} and of hexpm, not of {repository}"
            ),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
