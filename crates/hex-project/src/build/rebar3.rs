//! rebar3 projects, as `rebar3 hex build` of rebar3_hex 7.2 packs them.
//!
//! Manifests are read as terms. Where one is a script, or a version is computed by a program, the answer is an error:
//! nothing of a project is run.

mod config;
mod dependencies;
mod files;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hex_format::erlang::{self, Limits, Profile, print, print_form};
use hex_format::metadata::Draft;
use hex_format::term::Term;

use super::{BuildError, BuildTool, MAX_MANIFEST, Package, docs, glob, read_optional, read_text};
use crate::declared::rebar3_text as text;
use config::Config;

/// Where applications are looked for, unless `project_app_dirs` says otherwise.
const APP_DIRS: [&str; 3] = ["apps/*", "lib/*", "."];

/// Whether rebar3 would take a folder for a project.
pub(super) fn is_project(folder: &Path) -> bool {
    folder.join("rebar.config").is_file()
        || folder.join("rebar.config.script").is_file()
        || glob::expand(folder, "src/*.app.src").is_ok_and(|found| !found.is_empty())
}

/// One application of a rebar3 project.
#[derive(Debug)]
pub(super) struct Project {
    /// The folder of the whole project, with `rebar.lock`.
    root: PathBuf,
    /// The folder of the application; the same unless it is an umbrella project.
    folder: PathBuf,
    /// Whether there are other applications.
    umbrella: bool,
    /// `rebar.config` of the whole project.
    whole: Config,
    /// `rebar.config` of the application, if that is another one.
    own: Option<Config>,
    /// The application's name.
    name: String,
    version: String,
    /// The properties in `.app.src`, the version settled.
    details: Term,
    /// The file that they are from.
    source: PathBuf,
}

impl Project {
    pub(super) fn open(root: &Path, app: Option<&str>) -> Result<Self, BuildError> {
        let root_config = Config::read(root)?;
        let apps = applications(root, &root_config)?;
        let known = || apps.keys().cloned().collect::<Vec<_>>();
        let (name, source) = match (app, apps.len()) {
            (Some(app), _) => apps
                .get_key_value(app)
                .ok_or_else(|| BuildError::NoApp { app: app.to_owned(), known: known() })?,
            (None, 0) => return Err(BuildError::NoProject(root.to_owned())),
            (None, 1) => apps.first_key_value().expect("invariant: there is one"),
            (None, _) => return Err(BuildError::SeveralApps(known())),
        };
        let folder = source.parent().and_then(Path::parent).unwrap_or(root).to_owned();
        let own = if folder == root { None } else { Some(Config::read(&folder)?) };
        let details = application(source, name)?;
        let (version, details) = settle_version(name, source, &folder, details)?;
        let umbrella = apps.len() > 1 || folder != root;
        let (name, source, root) = (name.clone(), source.clone(), root.to_owned());
        Ok(Self { root, folder, umbrella, whole: root_config, own, name, version, details, source })
    }

    /// `rebar.config` of the application.
    fn config(&self) -> &Config {
        self.own.as_ref().unwrap_or(&self.whole)
    }

    pub(super) fn package_name(&self) -> String {
        self.details.get_atom("pkg_name").and_then(text).unwrap_or_else(|| self.name.clone())
    }

    pub(super) fn version(&self) -> &str {
        &self.version
    }

    pub(super) fn docs_place(&self) -> docs::Place {
        let provider = self.whole.docs_provider();
        let set = self.config().docs_folder(provider).or_else(|| self.whole.docs_folder(provider));
        docs::Place {
            folder: self.folder.join(set.as_deref().unwrap_or("doc")),
            command: if provider == Some("ex_doc") { "rebar3 ex_doc" } else { "rebar3 edoc" },
            configured: matches!(provider, Some("ex_doc" | "edoc")),
        }
    }

    pub(super) fn repositories(&self) -> Vec<String> {
        self.whole.repositories()
    }

    pub(super) fn package(&self) -> Result<Package, BuildError> {
        let metadata = Draft {
            name: self.package_name(),
            version: self.version.clone(),
            app: self.name.clone(),
            description: self.details.get_atom("description").and_then(text).filter(|text| !text.is_empty()),
            requirements: dependencies::requirements(self)?,
            build_tools: self
                .texts("build_tools")?
                .unwrap_or_else(|| vec![BuildTool::Rebar3.name().to_owned()]),
            licenses: self.texts("licenses")?.filter(|licences| !licences.is_empty()),
            links: self.links()?.filter(|links| !links.is_empty()),
            ..Draft::default()
        };
        let mut package = Package::read(metadata, files::choose(self)?)?;
        for (old, new) in files::OLD_NAMES.iter().filter(|(old, _)| self.details.get_atom(old).is_some()) {
            package.warnings.push(format!("{}: {old} is an old name, use {new}", self.source.display()));
        }
        if self.folder.join("_checkouts").is_dir() || self.root.join("_checkouts").is_dir() {
            package.warnings.push("dependencies in _checkouts are not part of the package".to_owned());
        }
        Ok(package)
    }

    /// `src/NAME.app.src` as it is packed, with the version that was settled.
    fn application_file(&self) -> String {
        let properties = vec![Term::atom("application"), Term::atom(self.name.clone()), self.details.clone()];
        print_form(&Term::Tuple(properties))
    }

    /// A list of texts in `.app.src`.
    fn texts(&self, key: &str) -> Result<Option<Vec<String>>, BuildError> {
        let Some(value) = self.details.get_atom(key) else { return Ok(None) };
        let texts = value.as_list().and_then(|items| items.iter().map(text).collect());
        texts.map(Some).ok_or_else(|| self.shape(format!("{key} is no list of strings")))
    }

    fn links(&self) -> Result<Option<BTreeMap<String, String>>, BuildError> {
        let Some(value) = self.details.get_atom("links") else { return Ok(None) };
        let pairs = match value.as_map() {
            Some(pairs) => Some(pairs.iter().map(|(title, url)| (title, url)).collect()),
            None => value.as_pairs(),
        };
        let links = pairs.and_then(|pairs: Vec<(&Term, &Term)>| {
            pairs.into_iter().map(|(title, url)| Some((text(title)?, text(url)?))).collect()
        });
        links.map(Some).ok_or_else(|| self.shape("links is no list of {Title, URL}".to_owned()))
    }

    fn shape(&self, reason: String) -> BuildError {
        BuildError::Shape(self.source.clone(), reason)
    }
}

/// The applications of a project by their names, with their `.app.src`.
fn applications(root: &Path, config: &Config) -> Result<BTreeMap<String, PathBuf>, BuildError> {
    let folders = config.app_dirs().unwrap_or_else(|| APP_DIRS.map(str::to_owned).to_vec());
    let mut found = BTreeMap::new();
    for folder in folders {
        let prefix = match folder.as_str() {
            "." => String::new(),
            folder => format!("{folder}/"),
        };
        for ending in [".app.src", ".app.src.script"] {
            for path in glob::expand(root, &format!("{prefix}src/*{ending}"))? {
                let name = path.rsplit('/').next().unwrap_or(&path).trim_end_matches(ending).to_owned();
                let path = root.join(path);
                if ending.ends_with("script") {
                    return Err(BuildError::Program(path, "rebar3 hex build"));
                }
                found.entry(name).or_insert(path);
            }
        }
    }
    Ok(found)
}

/// The properties in an `.app.src`.
fn application(path: &Path, name: &str) -> Result<Term, BuildError> {
    let terms = consult(path)?;
    let shape = || BuildError::Shape(path.to_owned(), format!("it is not {{application, {name}, [...]}}"));
    let [Term::Tuple(form)] = terms.as_slice() else { return Err(shape()) };
    match form.as_slice() {
        [tag, found, details @ Term::List(_)] if tag.is_atom("application") && found.is_atom(name) => {
            Ok(details.clone())
        }
        _ => Err(shape()),
    }
}

/// The version, and the properties with it written out. `{file, Path}` is read; what asks git or a program is not.
fn settle_version(
    app: &str,
    source: &Path,
    folder: &Path,
    details: Term,
) -> Result<(String, Term), BuildError> {
    let missing = || BuildError::Shape(source.to_owned(), "it has no vsn".to_owned());
    let vsn = details.get_atom("vsn").ok_or_else(missing)?;
    let computed =
        || BuildError::ComputedVersion { app: app.to_owned(), vsn: print(vsn), file: source.to_owned() };
    let version = match vsn {
        Term::Str(version) if !["git", "hg", "semver"].contains(&version.as_str()) => version.clone(),
        Term::Binary(_) => text(vsn).ok_or_else(computed)?,
        Term::Tuple(_) => match vsn.as_pair() {
            Some((kind, path)) if kind.is_atom("file") => {
                let path = text(path).ok_or_else(computed)?;
                let inside = glob::expand(folder, &path)?;
                let [path] = inside.as_slice() else { return Err(BuildError::MissingFiles(vec![path])) };
                read_text(&folder.join(path), MAX_MANIFEST)?.trim().to_owned()
            }
            _ => return Err(computed()),
        },
        _ => return Err(computed()),
    };
    let Term::List(properties) = &details else { return Err(missing()) };
    let settled = properties.iter().map(|property| match property.as_pair() {
        Some((key, _)) if key.is_atom("vsn") => Term::pair(key.clone(), Term::Str(version.clone())),
        _ => property.clone(),
    });
    let settled = Term::List(settled.collect());
    Ok((version, settled))
}

/// The terms in a file.
fn consult(path: &Path) -> Result<Vec<Term>, BuildError> {
    parse(path, &read_text(path, MAX_MANIFEST)?)
}

/// The terms in a file that need not be there.
fn consult_optional(path: PathBuf) -> Result<Vec<Term>, BuildError> {
    match read_optional(path.clone(), MAX_MANIFEST)? {
        Some(text) => parse(&path, &text),
        None => Ok(Vec::new()),
    }
}

fn parse(path: &Path, text: &str) -> Result<Vec<Term>, BuildError> {
    erlang::parse(text, Profile::Config, &Limits::CONFIG)
        .map_err(|error| BuildError::Erlang(path.to_owned(), error))
}
