//! Dependencies of a release: which may be written, and which packages they mean. Rules and texts: the Hex HTTP
//! contract, "Release validation".
//!
//! One message for each dependency: the first check that fails is the one reported. A requirement that a client's
//! resolver can't read is refused, because it would make the whole package unusable for everybody.

use std::collections::{BTreeMap, HashMap};

use hex_format::metadata::{Dependency, FieldError as MetadataError, Metadata};
use hex_format::name::RepositoryName;
use hex_format::requirement::{RegistryRequirementError, Requirement};
use skep_store::tables::packages;
use skep_store::tables::repositories::Repository;
use skep_store::tables::requirements::NewRequirement;
use skep_store::{Conn, StoreError};

use super::package::inspect;
use crate::given::Problems;
use crate::packages::is_public;
use crate::principal::{Caller, Subject};
use crate::{FieldError, Result};

/// Most dependencies of a release. Real packages have a few dozen at most.
const MAX_REQUIREMENTS: usize = 1_000;

/// A dependency whose fields have the right types.
struct Wanted<'a> {
    name: &'a str,
    app: &'a str,
    requirement: &'a str,
    optional: bool,
    repository: &'a str,
}

/// What is stored; what is wrong is noted. Looks packages up in the transaction of the publication, in which a new
/// package exists already: it may depend on itself.
pub(super) async fn resolve(
    tx: &mut Conn,
    caller: &Caller,
    own: &Repository,
    metadata: &Metadata,
    problems: &mut Problems,
) -> Result<Vec<NewRequirement>> {
    let Some(dependencies) = metadata.requirements.value() else {
        problems.add("requirements", "expected type list(map)");
        return Ok(Vec::new());
    };
    if dependencies.len() > MAX_REQUIREMENTS {
        problems.add("requirements", format!("should have at most {MAX_REQUIREMENTS} item(s)"));
        return Ok(Vec::new());
    }
    let wanted: Vec<_> = dependencies.iter().map(|dependency| (dependency, wanted(dependency))).collect();
    let ids = find(tx, wanted.iter().filter_map(|(_, wanted)| wanted.as_ref().ok())).await?;
    let mut refused: Vec<(String, FieldError)> = Vec::new();
    let mut resolved = Vec::with_capacity(wanted.len());
    for (dependency, wanted) in &wanted {
        let checked = match wanted {
            Ok(wanted) => check(wanted, &ids, caller, own),
            Err(error) => Err(error.to_string()),
        };
        match checked {
            Ok(requirement) => resolved.push(requirement),
            Err(problem) => refused.push((dependency.name.clone(), problem.into())),
        }
    }
    if !refused.is_empty() {
        problems.add("requirements", FieldError::Nested(refused));
    }
    Ok(resolved)
}

fn wanted(dependency: &Dependency) -> Result<Wanted<'_>, MetadataError> {
    if dependency.name.trim().is_empty() {
        return Err(MetadataError::Blank);
    }
    Ok(Wanted {
        name: &dependency.name,
        app: dependency.app.required_text()?,
        requirement: dependency.requirement.required_text()?,
        optional: dependency.optional.optional()?.copied().unwrap_or(false),
        repository: dependency.repository.optional_text()?.unwrap_or(RepositoryName::HEXPM),
    })
}

/// Ids of the packages that exist, by repository and name.
type Ids<'a> = HashMap<(&'a str, String), i64>;

async fn find<'a>(
    tx: &mut Conn,
    wanted: impl Iterator<Item = &'a Wanted<'a>>,
) -> Result<Ids<'a>, StoreError> {
    let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for dependency in wanted {
        names.entry(dependency.repository).or_default().push(dependency.name);
    }
    let mut ids = Ids::new();
    for (repository, names) in names {
        let found = packages::ids(tx, repository, &names).await?;
        ids.extend(found.into_iter().map(|(name, id)| ((repository, name), id)));
    }
    Ok(ids)
}

fn check(
    wanted: &Wanted<'_>,
    ids: &Ids<'_>,
    caller: &Caller,
    own: &Repository,
) -> std::result::Result<NewRequirement, String> {
    let repository = wanted.repository;
    // Whether a package exists in somebody else's repository is nobody's business.
    let visible = is_public(repository) || repository == own.name || is_member(caller, repository);
    let id = ids.get(&(repository, wanted.name.to_owned())).filter(|_| visible);
    let id = id.ok_or_else(|| format!("package does not exist in repository {}", inspect(repository)))?;
    check_requirement(wanted.requirement)?;
    if !is_public(repository) && repository != own.name {
        let public = "dependencies can only belong to public repository \"hexpm\"";
        return Err(match own.is_public() {
            true => format!("{public}, got: {}", inspect(repository)),
            false => {
                format!("{public} or current repository {}, got: {}", inspect(&own.name), inspect(repository))
            }
        });
    }
    Ok(NewRequirement {
        dependency_id: *id,
        app: wanted.app.to_owned(),
        requirement: wanted.requirement.to_owned(),
        optional: wanted.optional,
    })
}

fn check_requirement(text: &str) -> std::result::Result<(), String> {
    let invalid = || format!("invalid requirement: {}", inspect(text));
    let requirement = Requirement::parse(text).map_err(|_| invalid())?;
    match requirement.check_for_registry() {
        Ok(()) => Ok(()),
        // Current Elixir can't parse it, so that the reference says no more.
        Err(RegistryRequirementError::NumberTooLarge(_)) => Err(invalid()),
        Err(reason) => Err(format!("{}, {reason}", invalid())),
    }
}

fn is_member(caller: &Caller, organization: &str) -> bool {
    match caller.principal.as_ref().map(|principal| &principal.subject) {
        Some(Subject::User(user)) => user.memberships.iter().any(|m| m.organization == organization),
        Some(Subject::Organization(own)) => own.name == organization,
        None => false,
    }
}
