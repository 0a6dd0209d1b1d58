//! Judges a policy as it is given. One message for each field; those of several tabs and overrides are merged into
//! one object, as the contract does with lists.

use hex_format::name::PackageName;
use hex_format::requirement::Requirement;
use hex_registry::package::RetirementReason;
use skep_store::tables::policies::Policy;

use super::message::SEVERITIES;
use super::{Override, OverrideAction, Tab, Tabs, Visibility, tabs_of, visibility_of};
use crate::given::{Given, Problems};
use crate::{Error, FieldError, Result};

/// Fewest characters of a name.
const MIN_NAME: usize = 3;

/// Most characters of a name.
const MAX_NAME: usize = 64;

/// Most characters of a description.
const MAX_DESCRIPTION: usize = 500;

/// Most overrides of a tab.
const MAX_OVERRIDES: usize = 500;

/// Most characters of a requirement.
const MAX_REQUIREMENT: usize = 255;

/// Most digits of a cooldown.
const MAX_COOLDOWN_DIGITS: usize = 5;

/// Names that pages of the reference have.
const RESERVED: [&str; 3] = ["new", "package-suggestions", "version-suggestions"];

/// A policy as it is given.
pub struct GivenPolicy {
    /// None = not given, so that it stays.
    pub description: Option<Given<String>>,
    /// `private`, which is what a new one is, or `public`.
    pub visibility: Given<String>,
    /// Those not given stay.
    pub tabs: Given<Vec<GivenTab>>,
}

/// A tab as it is given.
pub struct GivenTab {
    /// The public repository or the organization's.
    pub repository: Given<String>,
    /// See [`Tab::cooldown`].
    pub cooldown: Given<String>,
    /// See [`Tab::advisory_min_severity`].
    pub advisory_min_severity: Given<i64>,
    /// See [`Tab::retirement_reasons`].
    pub retirement_reasons: Given<Vec<i64>>,
    /// See [`Tab::overrides`].
    pub overrides: Given<Vec<GivenOverride>>,
}

/// An exception as it is given.
pub struct GivenOverride {
    /// See [`OverrideAction`].
    pub action: Given<String>,
    /// See [`Override::package`].
    pub package: Given<String>,
    /// See [`Override::requirement`].
    pub requirement: Given<String>,
}

/// A new policy without mistakes.
pub(super) struct New {
    pub(super) name: String,
    pub(super) content: Content,
}

/// What of a policy can be changed.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) description: Option<String>,
    pub(super) visibility: Visibility,
    pub(super) tabs: Tabs,
}

impl Content {
    pub(super) fn tabs_json(&self) -> Result<String> {
        serde_json::to_string(&self.tabs).map_err(Error::internal)
    }
}

/// A policy that is made.
pub(super) fn new(organization: &str, name: Given<String>, given: GivenPolicy) -> Result<New> {
    let mut problems = Problems::default();
    let name = problems.required("name", name);
    if let Some(problem) = name.as_deref().and_then(name_problem) {
        problems.add("name", problem);
    }
    let old = Content { description: None, visibility: Visibility::Private, tabs: Tabs::default() };
    let content = change(organization, old, given, &mut problems);
    problems.check()?;
    Ok(New { name: name.expect("checked above"), content })
}

/// A policy that is changed.
pub(super) fn changed(organization: &str, row: &Policy, given: GivenPolicy) -> Result<Content> {
    let mut problems = Problems::default();
    let description = row.description.clone();
    let old = Content { description, visibility: visibility_of(row)?, tabs: tabs_of(row)? };
    let content = change(organization, old, given, &mut problems);
    problems.check()?;
    Ok(content)
}

fn change(organization: &str, old: Content, given: GivenPolicy, problems: &mut Problems) -> Content {
    let description = match given.description {
        None => old.description,
        Some(given) => problems.optional("description", given),
    };
    if description.as_ref().is_some_and(|text| text.chars().count() > MAX_DESCRIPTION) {
        problems.add("description", format!("should be at most {MAX_DESCRIPTION} character(s)"));
    }
    let visibility = problems.optional("visibility", given.visibility);
    let parsed = visibility.as_deref().map(Visibility::parse);
    if parsed == Some(None) {
        problems.add("visibility", "is invalid");
    }
    let mut tabs = old.tabs;
    let mut wrong = Fields::default();
    let given = problems.optional("repositories", given.tabs).unwrap_or_default();
    let mut named: Vec<&str> =
        given.iter().filter_map(|tab| tab.repository.as_ref().ok()?.as_deref()).collect();
    named.sort_unstable();
    if named.windows(2).any(|pair| pair[0] == pair[1]) {
        wrong.add("repository", "is listed more than once");
    }
    for given in given {
        let place = match &given.repository {
            Ok(Some(name)) if name == "hexpm" => Some(&mut tabs.hexpm),
            Ok(Some(name)) if name == organization => Some(&mut tabs.organization),
            Ok(Some(_)) => {
                wrong.add("repository", "is invalid");
                None
            }
            Ok(None) => {
                wrong.add("repository", "can't be blank");
                None
            }
            Err(error) => {
                wrong.add("repository", error.clone());
                None
            }
        };
        let tab = tab(given, &mut wrong);
        if let Some(place) = place {
            *place = tab;
        }
    }
    if let Some(error) = wrong.into_error() {
        problems.add("repositories", error);
    }
    Content { description, visibility: parsed.flatten().unwrap_or(old.visibility), tabs }
}

/// Errors by field, of which the last one counts.
#[derive(Default)]
struct Fields(Vec<(String, FieldError)>);

impl Fields {
    fn add(&mut self, field: &str, error: impl Into<FieldError>) {
        self.0.retain(|(taken, _)| taken != field);
        self.0.push((field.to_owned(), error.into()));
    }

    fn taken<T>(&mut self, field: &str, given: Given<T>) -> Option<T> {
        given.unwrap_or_else(|error| {
            self.add(field, error);
            None
        })
    }

    fn into_error(self) -> Option<FieldError> {
        (!self.0.is_empty()).then_some(FieldError::Nested(self.0))
    }
}

fn tab(given: GivenTab, wrong: &mut Fields) -> Tab {
    let mut limits = Fields::default();
    let cooldown = limits.taken("cooldown", given.cooldown);
    if cooldown.as_deref().is_some_and(|text| !is_cooldown(text)) {
        limits.add("cooldown", "is invalid");
    }
    let severity = limits.taken("advisory_min_severity", given.advisory_min_severity);
    if severity.is_some_and(|number| !is_numbered(&SEVERITIES, number)) {
        limits.add("advisory_min_severity", "is invalid");
    }
    let mut reasons = limits.taken("retirement_reasons", given.retirement_reasons).unwrap_or_default();
    if !reasons.iter().all(|number| is_numbered(&RetirementReason::ALL, *number)) {
        limits.add("retirement_reasons", "contains invalid reasons");
    }
    reasons.sort_unstable();
    reasons.dedup();
    if let Some(error) = limits.into_error() {
        wrong.add("restriction", error);
    }
    let given = match given.overrides {
        Ok(given) => given.unwrap_or_default(),
        Err(error) => {
            wrong.add("overrides", error);
            Vec::new()
        }
    };
    let overrides = overrides(given).unwrap_or_else(|error| {
        wrong.add("overrides", error);
        Vec::new()
    });
    Tab { cooldown, advisory_min_severity: severity, retirement_reasons: reasons, overrides }
}

fn is_numbered<T>(all: &[T], number: i64) -> bool {
    usize::try_from(number).is_ok_and(|index| index < all.len())
}

fn overrides(given: Vec<GivenOverride>) -> std::result::Result<Vec<Override>, FieldError> {
    if given.len() > MAX_OVERRIDES {
        return Err(format!("should have at most {MAX_OVERRIDES} item(s)").into());
    }
    let mut wrong = Fields::default();
    let mut overrides: Vec<Override> = Vec::with_capacity(given.len());
    for given in given {
        if let Some(parsed) = one_override(given, &mut wrong) {
            overrides.push(parsed);
        }
    }
    if let Some(error) = wrong.into_error() {
        return Err(error);
    }
    let mut packages: Vec<&str> = overrides.iter().map(|given| given.package.as_str()).collect();
    packages.sort_unstable();
    if packages.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("list the same package more than once".into());
    }
    Ok(overrides)
}

fn one_override(given: GivenOverride, wrong: &mut Fields) -> Option<Override> {
    let action = match given.action {
        Ok(None) => Err("can't be blank".into()),
        Ok(Some(word)) => OverrideAction::parse(&word).ok_or_else(|| "is invalid".into()),
        Err(error) => Err(error),
    };
    let package = match given.package {
        Ok(None) => Err("can't be blank".into()),
        Ok(Some(name)) => match PackageName::parse(&name) {
            Ok(_) => Ok(name),
            Err(problem) => Err(problem.to_string().into()),
        },
        Err(error) => Err(error),
    };
    let requirement = match given.requirement {
        Ok(Some(text)) if !is_requirement(&text) => Err("is invalid".into()),
        given => given,
    };
    let action = action.map_err(|error: FieldError| wrong.add("action", error)).ok();
    let package = package.map_err(|error: FieldError| wrong.add("package", error)).ok();
    let requirement = requirement.map_err(|error: FieldError| wrong.add("requirement", error)).ok();
    Some(Override { action: action?, package: package?, requirement: requirement? })
}

/// Only what every client can read: one that cannot be read makes the whole policy unusable.
fn is_requirement(text: &str) -> bool {
    text.chars().count() <= MAX_REQUIREMENT
        && Requirement::parse(text).is_ok_and(|requirement| requirement.check_for_registry().is_ok())
}

/// `0`, or a number of days, weeks or months.
fn is_cooldown(text: &str) -> bool {
    let number = ["d", "w", "mo"].iter().find_map(|unit| text.strip_suffix(unit));
    let is_number = |digits: &str| {
        (1..=MAX_COOLDOWN_DIGITS).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    text == "0" || number.is_some_and(is_number)
}

/// Of several problems the one checked last is told: length, form, reserved.
fn name_problem(name: &str) -> Option<String> {
    if RESERVED.contains(&name) {
        return Some("is reserved".into());
    }
    let edge = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    let bytes = name.as_bytes();
    let edges = bytes.first().copied().is_some_and(edge) && bytes.last().copied().is_some_and(edge);
    if !edges || !bytes.iter().all(|byte| edge(*byte) || b"_-.".contains(byte)) {
        return Some("has invalid format".into());
    }
    match bytes.len() {
        0..MIN_NAME => Some(format!("should be at least {MIN_NAME} character(s)")),
        MIN_NAME..=MAX_NAME => None,
        _ => Some(format!("should be at most {MAX_NAME} character(s)")),
    }
}

#[cfg(test)]
mod tests;
