//! Scopes: how permissions are written in OAuth, and which of them a key may be exchanged for.
//! Source: the Hex HTTP contract, "Permissions" and "POST /oauth/token".
//!
//! Pure. Whether the owner still may use what a scope names is decided at every use, in `access`.

use hex_format::name::{PackageName, RepositoryName};

use crate::permission::{Domain, Need, Permission, any_satisfies};

/// Longest list of scopes, in bytes, asked for or granted. A token of that many is about 6 KiB long, and
/// still passes the limits that servers and proxies have for headers.
pub(crate) const MAX_LIST_BYTES: usize = 4096;

/// Reads one scope, such as `api:read` or `repository:acme`.
pub(crate) fn parse(text: &str) -> Option<Permission> {
    let (domain, resource) = match text.split_once(':') {
        Some((domain, resource)) => (domain, Some(resource)),
        None => (text, None),
    };
    let domain = Domain::parse(domain)?;
    let known = match (domain, resource) {
        (Domain::Api, None | Some("read" | "write")) | (Domain::Repositories, None) => true,
        (Domain::Repository | Domain::Docs, Some(name)) => RepositoryName::parse(name).is_ok(),
        (Domain::Package, Some(package)) => is_package(package),
        _ => false,
    };
    known.then(|| Permission { domain, resource: resource.map(str::to_owned) })
}

fn is_package(text: &str) -> bool {
    text.split_once('/').is_some_and(|(repository, name)| {
        RepositoryName::parse(repository).is_ok() && PackageName::parse(name).is_ok()
    })
}

/// Writes one scope.
pub(crate) fn write(scope: &Permission) -> String {
    match &scope.resource {
        Some(resource) => format!("{}:{resource}", scope.domain.as_str()),
        None => scope.domain.as_str().to_owned(),
    }
}

/// Reads a list separated by spaces, each scope once. None if one of them is unknown.
pub(crate) fn parse_list(text: &str) -> Option<Vec<Permission>> {
    let mut scopes = Vec::new();
    for scope in text.split(' ').filter(|scope| !scope.is_empty()) {
        push_new(&mut scopes, parse(scope)?);
    }
    Some(scopes)
}

/// Writes a list, separated by spaces.
pub(crate) fn write_list(scopes: &[Permission]) -> String {
    scopes.iter().map(write).collect::<Vec<_>>().join(" ")
}

fn push_new(scopes: &mut Vec<Permission>, scope: Permission) {
    if !scopes.contains(&scope) {
        scopes.push(scope);
    }
}

/// With `api` taken apart into reading and writing.
pub(crate) fn split_api(scopes: Vec<Permission>) -> Vec<Permission> {
    let mut split = Vec::with_capacity(scopes.len() + 1);
    for scope in scopes {
        if scope == Permission::whole(Domain::Api) {
            for part in ["read", "write"] {
                push_new(&mut split, Permission { domain: Domain::Api, resource: Some(part.to_owned()) });
            }
        } else {
            push_new(&mut split, scope);
        }
    }
    split
}

/// Whether a key may be exchanged for a token with this scope. Every key may for `repositories`, which
/// then stands for what the key covers, be it nothing; keys for packages and documentation may for nothing
/// else.
pub(crate) fn is_implied(key: &[Permission], scope: &Permission) -> bool {
    if *scope == Permission::whole(Domain::Repositories) {
        return true;
    }
    key.iter().any(|permission| {
        let (held, asked) = (permission.resource.as_deref(), scope.resource.as_deref());
        match (permission.domain, scope.domain) {
            (Domain::Api, Domain::Api) => match held {
                None => true,
                Some("write") => matches!(asked, Some("write" | "read")),
                Some(held) => asked == Some(held),
            },
            (Domain::Repository, Domain::Repository) => held.is_some() && held == asked,
            (Domain::Repositories, Domain::Repository) => true,
            _ => false,
        }
    })
}

/// Replaces `repositories` by those of the `accessible` ones that the key covers, behind all other scopes.
///
/// So whoever checks a token elsewhere need not know memberships. A list that would be too long for a
/// token stays as it is if the key is for all repositories: here memberships are checked at every use.
/// None if it is too long and can't stay.
pub(crate) fn expand<'a>(
    requested: Vec<Permission>,
    key: &[Permission],
    accessible: impl IntoIterator<Item = &'a str>,
) -> Option<Vec<Permission>> {
    let all = Permission::whole(Domain::Repositories);
    let fits = |scopes: &Vec<Permission>| write_list(scopes).len() <= MAX_LIST_BYTES;
    if !requested.contains(&all) {
        return Some(requested).filter(fits);
    }
    let mut scopes: Vec<Permission> = requested.into_iter().filter(|scope| *scope != all).collect();
    let others = scopes.len();
    for name in accessible {
        if any_satisfies(key, Need::Repository(name)) {
            push_new(&mut scopes, Permission { domain: Domain::Repository, resource: Some(name.to_owned()) });
        }
    }
    if !fits(&scopes) && key.contains(&all) {
        scopes.truncate(others);
        scopes.push(all);
    }
    Some(scopes).filter(fits)
}

#[cfg(test)]
mod tests;
