//! Real tarballs, made the way clients make them.

use bytes::Bytes;
use hex_format::metadata::{self, Draft, DraftDependency};
use hex_format::tarball::{self, ArchivePath, Built, Limits, SourceFile, SourceKind, write};

/// A release to be published. Whatever is not set is as a plain Elixir library has it.
#[derive(Debug, Clone)]
pub struct Package {
    repository: String,
    draft: Draft,
    files: Vec<(String, Vec<u8>)>,
}

impl Package {
    /// A release of a public package.
    pub fn new(name: &str, version: &str) -> Self {
        let draft = Draft {
            name: name.to_owned(),
            version: version.to_owned(),
            app: name.to_owned(),
            description: Some(format!("The package {name}.")),
            build_tools: vec!["mix".to_owned()],
            licenses: Some(vec!["Apache-2.0".to_owned()]),
            links: Some([("Source".to_owned(), "https://example.com/source".to_owned())].into()),
            elixir: Some("~> 1.15".to_owned()),
            ..Draft::default()
        };
        let files = vec![
            ("mix.exs".to_owned(), format!("# {name} {version}\n").into_bytes()),
            ("README.md".to_owned(), format!("# {name}\n").into_bytes()),
        ];
        Self { repository: "hexpm".to_owned(), draft, files }
    }

    /// Puts the package into an organization's repository.
    #[must_use]
    pub fn organization(mut self, name: &str) -> Self {
        self.repository = name.to_owned();
        self
    }

    /// Adds a dependency on a public package.
    #[must_use]
    pub fn requires(self, name: &str, requirement: &str) -> Self {
        self.requires_from("hexpm", name, requirement)
    }

    /// Adds a dependency on a package of a repository.
    #[must_use]
    pub fn requires_from(mut self, repository: &str, name: &str, requirement: &str) -> Self {
        self.draft.requirements.push(DraftDependency {
            name: name.to_owned(),
            app: name.to_owned(),
            requirement: requirement.to_owned(),
            optional: false,
            repository: repository.to_owned(),
        });
        self
    }

    /// Adds a file.
    #[must_use]
    pub fn file(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.push((path.to_owned(), content.into()));
        self
    }

    /// Changes what `metadata.config` says. `files` is filled in later, unless it is set here.
    #[must_use]
    pub fn metadata(mut self, change: impl FnOnce(&mut Draft)) -> Self {
        change(&mut self.draft);
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.draft.name
    }

    /// Its version.
    pub fn version(&self) -> &str {
        &self.draft.version
    }

    /// The text of `metadata.config`.
    pub fn config(&self) -> String {
        let mut draft = self.draft.clone();
        if draft.files.is_empty() {
            draft.files = self.files.iter().map(|(path, _)| path.clone()).collect();
        }
        metadata::write(&draft)
    }

    /// The tarball with its checksums.
    ///
    /// # Panics
    ///
    /// If these files can't be packed.
    pub fn built(&self) -> Built {
        let files = sources(self.files.iter().map(|(path, content)| (path.as_str(), content.as_slice())));
        tarball::build(self.config().as_bytes(), &files, &Limits::default()).expect("the files can be packed")
    }

    /// The bytes of the tarball.
    ///
    /// # Panics
    ///
    /// As [`Package::built`].
    pub fn build(&self) -> Bytes {
        self.built().tarball.into()
    }

    /// The path of the package in the API, such as `/api/repos/acme/packages/tree`.
    pub fn api_path(&self) -> String {
        match self.repository.as_str() {
            "hexpm" => format!("/api/packages/{}", self.name()),
            private => format!("/api/repos/{private}/packages/{}", self.name()),
        }
    }

    /// The path of the release in the API.
    pub fn release_path(&self) -> String {
        format!("{}/releases/{}", self.api_path(), self.version())
    }

    /// The path of a resource of the package's repository, such as `/repo/repos/acme/names`.
    pub fn repository_path(&self, resource: &str) -> String {
        match self.repository.as_str() {
            "hexpm" => format!("/repo/{resource}"),
            private => format!("/repo/repos/{private}/{resource}"),
        }
    }

    /// The path of the registry's file of the package.
    pub fn registry_path(&self) -> String {
        self.repository_path(&format!("packages/{}", self.name()))
    }

    /// The path of the tarball in the repository.
    pub fn tarball_path(&self) -> String {
        self.repository_path(&format!("tarballs/{}-{}.tar", self.name(), self.version()))
    }

    /// The path of the documentation's archive in the repository.
    pub fn docs_path(&self) -> String {
        self.repository_path(&format!("docs/{}-{}.tar.gz", self.name(), self.version()))
    }
}

/// An archive of documentation with these files.
///
/// # Panics
///
/// If these files can't be packed.
pub fn docs(files: &[(&str, &str)]) -> Bytes {
    let files = sources(files.iter().map(|(path, content)| (*path, content.as_bytes())));
    write::gzip(&write::tar(&files).expect("the files can be packed")).into()
}

fn sources<'a>(files: impl Iterator<Item = (&'a str, &'a [u8])>) -> Vec<SourceFile<'a>> {
    let source = |(path, content): (&str, &'a [u8])| SourceFile {
        path: ArchivePath::parse(path).expect("the path stays inside"),
        kind: SourceKind::File { bytes: content.into(), executable: false },
    };
    files.map(source).collect()
}
