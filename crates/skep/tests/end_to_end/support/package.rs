//! Packages that `rebar3` and `mix` can build, packed as a tarball.

use std::fmt::Write as _;

use hex_format::metadata::{self, Draft, DraftDependency};
use hex_format::tarball::{self, ArchivePath, Limits, SourceFile, SourceKind};

/// An Erlang application with one module, which tells its version.
#[derive(Clone)]
pub(crate) struct Application {
    name: String,
    version: String,
    /// Repository, name and requirement of what it needs.
    dependencies: Vec<(String, String, String)>,
}

impl Application {
    pub(crate) fn new(name: &str, version: &str) -> Self {
        Self { name: name.to_owned(), version: version.to_owned(), dependencies: Vec::new() }
    }

    /// Adds a dependency on a package of a repository.
    pub(crate) fn requires(mut self, repository: &str, name: &str, requirement: &str) -> Self {
        self.dependencies.push((repository.to_owned(), name.to_owned(), requirement.to_owned()));
        self
    }

    /// The file's name.
    pub(crate) fn file_name(&self) -> String {
        format!("{}-{}.tar", self.name, self.version)
    }

    /// The bytes of the tarball.
    pub(crate) fn tarball(&self) -> Vec<u8> {
        let files = self.files();
        let draft = Draft {
            name: self.name.clone(),
            version: self.version.clone(),
            app: self.name.clone(),
            description: Some(format!("The application {}.", self.name)),
            files: files.iter().map(|(path, _)| path.clone()).collect(),
            build_tools: vec!["rebar3".to_owned(), "mix".to_owned()],
            licenses: Some(vec!["Apache-2.0".to_owned()]),
            links: Some([("Source".to_owned(), "https://example.com/source".to_owned())].into()),
            requirements: self.dependencies.iter().map(requirement).collect(),
            ..Draft::default()
        };
        let sources: Vec<SourceFile<'_>> = files.iter().map(source).collect();
        let metadata = metadata::write(&draft);
        tarball::build(metadata.as_bytes(), &sources, &Limits::default())
            .expect("the files can be packed")
            .tarball
    }

    /// The files of the project, for both build tools.
    fn files(&self) -> Vec<(String, String)> {
        let Self { name, version, dependencies } = self;
        let (mut applications, mut rebar, mut mix) = (String::new(), Vec::new(), Vec::new());
        for (repository, dependency, requirement) in dependencies {
            write!(applications, ", {dependency}").expect("text can be written to a string");
            rebar.push(format!("{{{dependency}, \"{requirement}\"}}"));
            let option = match repository.as_str() {
                "hexpm" => String::new(),
                organization => format!(", organization: \"{organization}\""),
            };
            mix.push(format!("{{:{dependency}, \"{requirement}\"{option}}}"));
        }
        let app = format!(
            "{{application, {name}, [{{description, \"{name}\"}}, {{vsn, \"{version}\"}}, {{modules, []}}, \
             {{applications, [kernel, stdlib{applications}]}}]}}.\n"
        );
        let module = format!("-module({name}).\n-export([version/0]).\nversion() -> <<\"{version}\">>.\n");
        let file = |path: String, content: String| (path, content);
        vec![
            file(format!("src/{name}.app.src"), app),
            file(format!("src/{name}.erl"), module),
            file("rebar.config".to_owned(), format!("{{deps, [{}]}}.\n", rebar.join(", "))),
            file("mix.exs".to_owned(), mix_exs(name, version, "", &mix.join(", "))),
        ]
    }
}

/// The text of a `mix.exs`, with further lines for `project/0`.
pub(crate) fn mix_exs(app: &str, version: &str, project: &str, deps: &str) -> String {
    let first = app[..1].to_uppercase();
    format!(
        "defmodule {first}{}.MixProject do\n  use Mix.Project\n\n  def project do\n    [app: :{app}, version: \
         \"{version}\", {project} deps: [{deps}]]\n  end\nend\n",
        &app[1..]
    )
}

fn requirement((repository, name, requirement): &(String, String, String)) -> DraftDependency {
    DraftDependency {
        name: name.clone(),
        app: name.clone(),
        requirement: requirement.clone(),
        optional: false,
        repository: repository.clone(),
    }
}

fn source((path, content): &(String, String)) -> SourceFile<'static> {
    SourceFile {
        path: ArchivePath::parse(path).expect("the path stays inside"),
        kind: SourceKind::File { bytes: content.clone().into_bytes().into(), executable: false },
    }
}
