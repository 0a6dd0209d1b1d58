//! The Erlang that Gleam's compiler made of a project: modules, headers of records, and the application's description.
//!
//! `gleam build` leaves it in `build/dev/erlang`, `gleam export` in `build/prod/erlang`. The application file is written at
//! the end of each build that went well, so a project that was not touched since is compiled. The description is written
//! anew, because the one of a build for development also lists tests, and a second build forgets modules.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use hex_format::erlang::{self, Limits, Profile, print_form};
use hex_format::term::Term;

use super::config::Config;
use super::files::Modules;
use crate::build::files::{Files, read};
use crate::build::{BuildError, read_text};

/// Most bytes of one module in Erlang.
const MAX_MODULE: u64 = 64 * 1024 * 1024;

/// What the compiler writes where code says `todo`, and where it says `echo`.
const UNFINISHED: [(&str, &str); 2] = [("gleam_error => todo", "todo"), ("\necho@inspect(", "echo")];

/// Adds the Erlang of all modules to `files`.
pub(super) fn add(
    folder: &Path,
    config: &Config,
    apps: &BTreeMap<String, String>,
    modules: &Modules,
    files: &mut Files,
) -> Result<(), BuildError> {
    let build = newest_build(folder, config, modules)?;
    let artefacts = build.join("_gleam_artefacts");
    let mut unfinished = Vec::new();
    for module in &modules.gleam {
        let name = format!("{}.erl", erlang_name(module));
        let bytes = read(&artefacts.join(&name), MAX_MODULE)?
            .ok_or_else(|| BuildError::LargeFile(artefacts.join(&name), MAX_MODULE))?;
        let text = String::from_utf8_lossy(&bytes);
        for (_, word) in UNFINISHED.iter().filter(|(sign, _)| text.contains(sign)) {
            unfinished.push(format!("src/{module} uses {word}"));
        }
        files.add_made(&format!("src/{name}"), bytes)?;
    }
    if !unfinished.is_empty() {
        return Err(BuildError::Unfinished(unfinished));
    }
    for (name, bytes) in headers(folder, &build.join("include"), modules)? {
        files.add_made(&format!("include/{name}"), bytes)?;
    }
    let description = print_form(&application(folder, config, apps, modules)?);
    files.add_made(&format!("src/{}.app.src", config.project.name), description.into_bytes())
}

/// `app/router.gleam` is the Erlang module `app@router`.
fn erlang_name(module: &str) -> String {
    module.trim_end_matches(".gleam").replace('/', "@")
}

/// The newest build, if it is whole and no source changed after it.
fn newest_build(folder: &Path, config: &Config, modules: &Modules) -> Result<PathBuf, BuildError> {
    let missing = |reason: String| BuildError::GleamBuild { reason, folder: folder.to_owned() };
    let builds = ["prod", "dev"].into_iter().filter_map(|mode| {
        let build = folder.join("build").join(mode).join("erlang").join(&config.project.name);
        let finished = modified(&build.join("ebin").join(format!("{}.app", config.project.name)))?;
        Some((finished, build))
    });
    let Some((finished, build)) = builds.max() else {
        return Err(missing(format!(
            "the package of {} holds the Erlang that Gleam compiles it to, which is not there",
            config.project.name
        )));
    };
    for module in &modules.gleam {
        let source = folder.join("src").join(module);
        if modified(&source).is_none_or(|changed| changed > finished) {
            return Err(missing(format!("src/{module} was changed after the last build")));
        }
        if !build.join("_gleam_artefacts").join(format!("{}.erl", erlang_name(module))).is_file() {
            return Err(missing(format!("the last build has no Erlang of src/{module}")));
        }
    }
    Ok(build)
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

/// Headers of the records of public types. Those of tests, and of types that are gone, may lie beside them.
fn headers(folder: &Path, include: &Path, modules: &Modules) -> Result<Vec<(String, Vec<u8>)>, BuildError> {
    if !include.is_dir() {
        return Ok(Vec::new());
    }
    let failed = |error| BuildError::Read(include.to_owned(), error);
    let mut headers = Vec::new();
    for entry in fs::read_dir(include).map_err(failed)? {
        let Ok(name) = entry.map_err(failed)?.file_name().into_string() else { continue };
        let Some(stem) = name.strip_suffix(".hrl") else { continue };
        for module in &modules.gleam {
            let record = stem.strip_prefix(&erlang_name(module)).and_then(|rest| rest.strip_prefix('_'));
            let Some(record) = record.filter(|record| record.starts_with(char::is_uppercase)) else {
                continue;
            };
            let source = read_text(&folder.join("src").join(module), MAX_MODULE)?;
            if source.contains(record) {
                let path = include.join(&name);
                let bytes = read(&path, MAX_MODULE)?
                    .ok_or_else(|| BuildError::LargeFile(path.clone(), MAX_MODULE))?;
                headers.push((name.clone(), bytes));
            }
        }
    }
    Ok(headers)
}

/// `{application, NAME, [...]}`, with what is in the package and nothing else.
fn application(
    folder: &Path,
    config: &Config,
    apps: &BTreeMap<String, String>,
    modules: &Modules,
) -> Result<Term, BuildError> {
    let atoms = |mut names: Vec<String>| {
        names.sort();
        names.dedup();
        Term::List(names.into_iter().map(Term::Atom).collect())
    };
    let dependencies = config.project.dependencies.keys().map(|name| apps.get(name).unwrap_or(name).clone());
    let applications = dependencies.chain(config.erlang.extra_applications.iter().cloned()).collect();
    let compiled = modules.gleam.iter().map(|module| erlang_name(module));
    let all_modules = compiled.chain(modules.erlang.iter().cloned()).collect();
    let mut properties = Vec::new();
    if let Some(module) = &config.erlang.application_start_module {
        let argument = start_argument(folder, config)?;
        let start = Term::pair(Term::atom(module.replace('/', "@")), argument);
        properties.push(("mod", start));
    }
    properties.extend([
        ("vsn", text(&config.project.version)),
        ("applications", atoms(applications)),
        ("description", text(&config.description)),
        ("modules", atoms(all_modules)),
        ("registered", Term::List(Vec::new())),
    ]);
    let properties = properties.into_iter().map(|(key, value)| Term::pair(Term::atom(key), value)).collect();
    Ok(Term::Tuple(vec![
        Term::atom("application"),
        Term::atom(config.project.name.clone()),
        Term::List(properties),
    ]))
}

fn text(text: &str) -> Term {
    if text.is_empty() { Term::List(Vec::new()) } else { Term::Str(text.to_owned()) }
}

fn start_argument(folder: &Path, config: &Config) -> Result<Term, BuildError> {
    let Some(argument) = &config.erlang.application_start_argument else { return Ok(Term::List(Vec::new())) };
    let path = || folder.join(super::MANIFEST);
    let terms = erlang::parse(format!("{argument}."), Profile::Config, &Limits::CONFIG)
        .map_err(|error| BuildError::Erlang(path(), error))?;
    let [term] = terms.as_slice() else {
        return Err(BuildError::Shape(path(), "application_start_argument is not one term".to_owned()));
    };
    Ok(term.clone())
}
