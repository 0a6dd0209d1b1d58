//! Which files of a Gleam project belong into its package.

use std::path::Path;

use walkdir::{DirEntry, WalkDir};

use crate::build::BuildError;
use crate::build::docs::{relative, walk_error};
use crate::build::files::Files;

/// Ends of names of source files in other languages.
const NATIVE: &[&str] = &["erl", "hrl", "ex", "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx"];

/// Files at the top that are packed when they are there.
const TOP: &[&str] = &[
    "README",
    "README.md",
    "README.txt",
    super::MANIFEST,
    "LICENSE",
    "LICENCE",
    "LICENSE.md",
    "LICENCE.md",
    "LICENSE.txt",
    "LICENCE.txt",
    "NOTICE",
    "NOTICE.md",
    "NOTICE.txt",
];

/// The modules of a package.
#[derive(Debug, Default)]
pub(super) struct Modules {
    /// Paths of Gleam modules below `src`, such as `app/router.gleam`.
    pub(super) gleam: Vec<String>,
    /// Names of modules that are written in Erlang.
    pub(super) erlang: Vec<String>,
}

/// Adds them to `files`.
pub(super) fn add(folder: &Path, files: &mut Files) -> Result<Modules, BuildError> {
    let mut modules = Modules::default();
    for path in below(folder, "src")? {
        let module = &path["src/".len()..];
        if is_gleam_module(module) {
            modules.gleam.push(module.to_owned());
        } else if let Some((stem, ending)) = module.rsplit_once('.')
            && NATIVE.contains(&ending)
        {
            if ending == "erl" {
                modules.erlang.push(stem.rsplit('/').next().unwrap_or(stem).to_owned());
            }
        } else {
            continue;
        }
        files.add(&path)?;
    }
    for path in below(folder, "priv")? {
        files.add(&path)?;
    }
    for name in TOP.iter().filter(|name| folder.join(name).is_file()) {
        files.add(name)?;
    }
    Ok(modules)
}

/// All files in a folder of the project, hidden ones too, but no builds of Gleam projects inside.
fn below(folder: &Path, name: &str) -> Result<Vec<String>, BuildError> {
    let root = folder.join(name);
    if !root.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    let walk = WalkDir::new(&root).follow_links(true).sort_by_file_name();
    for entry in walk.into_iter().filter_entry(|entry| !is_build_folder(entry)) {
        let entry = entry.map_err(|error| walk_error(&root, error))?;
        if entry.file_type().is_file() {
            found.push(relative(folder, entry.path())?);
        }
    }
    Ok(found)
}

fn is_build_folder(entry: &DirEntry) -> bool {
    entry.file_type().is_dir()
        && entry.file_name() == "build"
        && entry.path().parent().is_some_and(|parent| parent.join(super::MANIFEST).is_file())
}

/// Whether Gleam would compile it: `[a-z][_a-z0-9]*` between slashes.
fn is_gleam_module(path: &str) -> bool {
    let Some(module) = path.strip_suffix(".gleam") else { return false };
    module.split('/').all(|name| {
        name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gleam_modules() {
        for path in ["a.gleam", "app/router_2.gleam"] {
            assert!(is_gleam_module(path), "{path}");
        }
        for path in ["A.gleam", "a-b.gleam", ".a.gleam", "_a.gleam", "x/.y/a.gleam", "a.erl", ".gleam"] {
            assert!(!is_gleam_module(path), "{path}");
        }
    }
}
