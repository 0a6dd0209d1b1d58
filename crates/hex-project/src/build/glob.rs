//! Patterns of files as Erlang's `filelib:wildcard/1` reads them, which rebar3_hex and mix hand theirs to.
//!
//! `*` and `?` stay within a name and pass over names that begin with a dot, `**` goes through folders, `{a,b}` and `[a-z]`
//! choose. The result is sorted, because what a folder lists first differs between file systems.

use std::fs;
use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};

use super::BuildError;

/// Deepest folder that `**` goes into.
const MAX_DEPTH: usize = 64;

/// The paths below `root` that match, relative to it, with `/` between the names.
///
/// # Errors
/// When the pattern can't be read or leads out of `root`, or a folder can't be read.
pub(super) fn expand(root: &Path, pattern: &str) -> Result<Vec<String>, BuildError> {
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern).trim_end_matches('/');
    let names: Vec<&str> = pattern.split('/').filter(|name| !matches!(*name, "" | ".")).collect();
    if pattern.starts_with('/') || names.is_empty() || names.contains(&"..") {
        return Err(BuildError::Outside(pattern.to_owned()));
    }
    let mut found = Vec::new();
    walk(root, "", &names, 0, &mut found)?;
    found.sort();
    found.dedup();
    Ok(found)
}

fn walk(
    root: &Path,
    at: &str,
    names: &[&str],
    depth: usize,
    found: &mut Vec<String>,
) -> Result<(), BuildError> {
    let Some((name, rest)) = names.split_first() else {
        found.push(at.to_owned());
        return Ok(());
    };
    if depth > MAX_DEPTH {
        return Ok(());
    }
    let below = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}/{name}") };
    if !is_pattern(name) {
        let path = below(name);
        return match fs::symlink_metadata(root.join(&path)) {
            Ok(_) => walk(root, &path, rest, depth + 1, found),
            Err(_) => Ok(()),
        };
    }
    if *name == "**" {
        walk(root, at, rest, depth + 1, found)?;
        for entry in entries(root, at)?.into_iter().filter(|name| !name.starts_with('.')) {
            let path = below(&entry);
            // A link to a folder could lead back.
            if fs::symlink_metadata(root.join(&path)).is_ok_and(|metadata| metadata.is_dir()) {
                walk(root, &path, names, depth + 1, found)?;
            } else if rest.is_empty() {
                found.push(path);
            }
        }
        return Ok(());
    }
    let matcher = matcher(name)?;
    for entry in entries(root, at)? {
        if matcher.is_match(&entry) && (name.starts_with('.') || !entry.starts_with('.')) {
            walk(root, &below(&entry), rest, depth + 1, found)?;
        }
    }
    Ok(())
}

fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '[', '{', '\\'])
}

fn matcher(name: &str) -> Result<GlobMatcher, BuildError> {
    let glob = GlobBuilder::new(name).literal_separator(true).build();
    Ok(glob
        .map_err(|error| BuildError::Pattern(name.to_owned(), error.kind().to_string()))?
        .compile_matcher())
}

/// The names in a folder, or none if it is no folder.
fn entries(root: &Path, at: &str) -> Result<Vec<String>, BuildError> {
    let folder = root.join(at);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let failed = |error| BuildError::Read(folder.clone(), error);
    let names = fs::read_dir(&folder).map_err(failed)?.map(|entry| {
        let name = entry.map_err(failed)?.file_name();
        name.into_string().map_err(|name| BuildError::NotUtf8(folder.join(name)))
    });
    names.collect()
}
