//! Why no package was built. Each text names the file and, where there is one, the way out.

use std::io;
use std::path::{Path, PathBuf};

use hex_format::erlang;
use hex_format::lock::LockError;
use hex_format::tarball::{PathError, TarballError};

use super::BuildTool;

/// Why no package or documentation archive was built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Nothing that any of the tools would build.
    #[error("{} holds no project: there is no gleam.toml, mix.exs, rebar.config or src/*.app.src", folder(.0))]
    NoProject(PathBuf),
    /// Manifests of two tools.
    #[error("the project can be built by {0} and by {1}: say which, with --build-tool")]
    SeveralTools(BuildTool, BuildTool),
    /// A file or folder can't be read.
    #[error("cannot read {}: {}", .0.display(), .1)]
    Read(PathBuf, #[source] io::Error),
    /// A text that isn't one.
    #[error("{} is not UTF-8", .0.display())]
    NotUtf8(PathBuf),
    /// A manifest beyond its limit.
    #[error("{} is larger than {} bytes", .0.display(), .1)]
    LargeFile(PathBuf, u64),
    /// `gleam.toml` is not TOML or has fields of other types.
    #[error("{}: {}", .0.display(), .1)]
    Toml(PathBuf, String),
    /// A file that is not Erlang terms.
    #[error("{}: {}", .0.display(), .1)]
    Erlang(PathBuf, #[source] erlang::ParseError),
    /// Erlang terms that are not what the file should hold.
    #[error("{}: {}", .0.display(), .1)]
    Shape(PathBuf, String),
    /// A lock file.
    #[error("{}: {}", .0.display(), .1)]
    Lock(PathBuf, #[source] LockError),
    /// The manifest is computed by a program.
    #[error(
        "{} is a program, which is not run here: build with `{}` and publish the tarball that it makes",
        .0.display(),
        .1
    )]
    Program(PathBuf, &'static str),
    /// A version that is not written down.
    #[error(
        "the vsn of {app} is computed ({vsn}), which is not done here: write the version into {}, or build with \
         `rebar3 hex build` and publish the tarball that it makes",
        file.display()
    )]
    ComputedVersion {
        /// The application.
        app: String,
        /// The term in the place of the version.
        vsn: String,
        /// Its `.app.src`.
        file: PathBuf,
    },
    /// Several applications, and none was chosen.
    #[error("the project has several applications: choose one with --app: {}", .0.join(", "))]
    SeveralApps(Vec<String>),
    /// The application that was chosen is not there.
    #[error("the project has no application {app}; it has {}", known.join(", "))]
    NoApp {
        /// The one asked for.
        app: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// Dependencies that do not come from a Hex repository.
    #[error(
        "Dependencies excluded from the package (only Hex packages can be dependencies): {}",
        .0.join(", ")
    )]
    ExcludedDependencies(Vec<String>),
    /// Dependencies whose version is only known from a lock file that is missing or behind.
    #[error("{}: {}", .0.display(), .1)]
    NotLocked(PathBuf, String),
    /// Patterns of files that match nothing.
    #[error("Missing files: {}", .0.join(", "))]
    MissingFiles(Vec<String>),
    /// A regular expression of another kind than ours: rebar3 takes those of Perl.
    #[error(
        "the pattern {pattern:?} in exclude_patterns can't be used here ({problem}): write it without that, or build with \
         `rebar3 hex build` and publish the tarball that it makes"
    )]
    Regex {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A pattern that can't be read.
    #[error("the pattern {0:?} of files can't be read: {1}")]
    Pattern(String, String),
    /// A pattern that leads out of the project.
    #[error("{0:?} is not inside of the project")]
    Outside(String),
    /// Erlang that the compiler of Gleam has to make first.
    #[error("{reason}: run `gleam build` in {} first", self::folder(folder))]
    GleamBuild {
        /// What is missing or old.
        reason: String,
        /// The project.
        folder: PathBuf,
    },
    /// Modules that Gleam doesn't let out.
    #[error("unfinished code can't be published: {}", .0.join("; "))]
    Unfinished(Vec<String>),
    /// A path that must not stand in a package.
    #[error("{path} can't be packed: {reason}")]
    Path {
        /// The path inside the project.
        path: String,
        /// Why.
        reason: PathError,
    },
    /// A link that leaves the package, or the project.
    #[error("the symbolic link {path} leads out of the package, to {target}")]
    Link {
        /// The path inside the project.
        path: String,
        /// Where it leads to.
        target: String,
    },
    /// Neither file nor folder nor link.
    #[error("{0} is neither a file nor a folder")]
    Special(String),
    /// More files than a package may have.
    #[error("the package has more than {0} files")]
    TooMany(usize),
    /// Larger than a package may be.
    #[error(
        "the {what} would have {size} bytes, {limit} are allowed; the largest files: {}",
        biggest(largest)
    )]
    TooBig {
        /// What is too large: `contents`, `tarball`.
        what: &'static str,
        /// How large it is, in bytes.
        size: u64,
        /// How large it may be, in bytes.
        limit: u64,
        /// The largest files, with their bytes.
        largest: Vec<(String, u64)>,
    },
    /// A documentation folder without a start page.
    #[error("{} has no index.html", .0.display())]
    NoIndex(PathBuf),
    /// Documentation whose paths would be taken for versions.
    #[error("{0}: top-level filenames cannot match a semantic version pattern")]
    VersionName(String),
    /// Anything else that keeps the files from being packed together.
    #[error(transparent)]
    Tarball(#[from] TarballError),
}

fn folder(path: &Path) -> String {
    if path == Path::new(".") { "this folder".to_owned() } else { path.display().to_string() }
}

fn biggest(largest: &[(String, u64)]) -> String {
    let shown: Vec<String> = largest.iter().map(|(path, size)| format!("{path} ({size})")).collect();
    shown.join(", ")
}
