//! Which files of a rebar3 application belong into its package.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;
use walkdir::WalkDir;

use super::Project;
use crate::build::docs::{relative, walk_error};
use crate::build::files::{Files, Links};
use crate::build::{BuildError, glob};

/// What is packed unless `files` says otherwise.
const DEFAULT: &[&str] = &[
    "src",
    "c_src",
    "include",
    "rebar.config.script",
    "priv",
    "rebar.config",
    "rebar.lock",
    "CHANGELOG*",
    "changelog*",
    "README*",
    "readme*",
    "LICENSE*",
    "license*",
    "NOTICE",
];

/// What is never packed unless `include_paths` names it: backups of editors, objects, libraries.
const NEVER: &[&str] = &["~$", r"\.o$", r"\.so$", r"\.swp$"];

/// Names of properties before rebar3_hex 7, which still work.
pub(super) const OLD_NAMES: [(&str, &str); 3] = [
    ("include_files", "include_paths"),
    ("exclude_files", "exclude_paths"),
    ("exclude_regexps", "exclude_patterns"),
];

/// The files, with `.app.src` as it is packed.
pub(super) fn choose(project: &Project) -> Result<Files, BuildError> {
    let property = |key: &str| {
        let old = OLD_NAMES.iter().find(|(_, new)| *new == key).map(|(old, _)| *old);
        let value = project.texts(key)?;
        Ok::<_, BuildError>(match (value, old) {
            (None, Some(old)) => project.texts(old)?,
            (value, _) => value,
        })
    };
    let folder = &project.folder;
    let chosen = match property("files")? {
        Some(patterns) => expand_all(folder, &patterns, true)?,
        None => expand_all(
            folder,
            &DEFAULT.iter().map(|pattern| (*pattern).to_owned()).collect::<Vec<_>>(),
            false,
        )?,
    };
    let excluded = expand_all(folder, &property("exclude_paths")?.unwrap_or_default(), false)?;
    let included = expand_all(folder, &property("include_paths")?.unwrap_or_default(), true)?;
    let patterns = excluding(&property("exclude_patterns")?.unwrap_or_default())?;
    let kept = chosen
        .into_iter()
        .filter(|path| !excluded.contains(path) && !patterns.iter().any(|pattern| pattern.is_match(path)));
    let mut files = Files::new(folder, Links::Keep)?;
    for path in kept.chain(included).collect::<BTreeSet<_>>() {
        files.add(&path)?;
    }
    files.add_made(&format!("src/{}.app.src", project.name), project.application_file().into_bytes())?;
    Ok(files)
}

/// What patterns match, and everything below it. Where each has to match something, those that don't are an error.
fn expand_all(folder: &Path, patterns: &[String], all: bool) -> Result<BTreeSet<String>, BuildError> {
    let mut found = BTreeSet::new();
    let mut missing = Vec::new();
    for pattern in patterns {
        let matched = glob::expand(folder, pattern)?;
        if matched.is_empty() && all {
            missing.push(pattern.clone());
        }
        for path in matched {
            let root = folder.join(path);
            for entry in WalkDir::new(&root) {
                let entry = entry.map_err(|error| walk_error(&root, error))?;
                found.insert(relative(folder, entry.path())?);
            }
        }
    }
    if missing.is_empty() { Ok(found) } else { Err(BuildError::MissingFiles(missing)) }
}

fn excluding(patterns: &[String]) -> Result<Vec<Regex>, BuildError> {
    let all = NEVER.iter().copied().chain(patterns.iter().map(String::as_str));
    let read = |pattern: &str| {
        Regex::new(pattern).map_err(|error| {
            // The last line says what is wrong; those before it draw where.
            let told = error.to_string();
            let problem = told.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            BuildError::Regex { pattern: pattern.to_owned(), problem }
        })
    };
    all.map(read).collect()
}
