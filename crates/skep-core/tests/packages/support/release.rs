//! Tarballs as clients make them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use hex_format::metadata::{self, Draft, DraftDependency};
use hex_format::tarball::{self, ArchivePath, Limits, SourceFile, SourceKind};

/// A release about to be published.
#[derive(Debug, Clone)]
pub(crate) struct Release {
    pub(crate) repository: String,
    pub(crate) draft: Draft,
    readme: String,
}

impl Release {
    pub(crate) fn new(name: &str, version: &str) -> Self {
        let draft = Draft {
            name: name.into(),
            version: version.into(),
            app: name.into(),
            description: Some("A package of the tests".into()),
            build_tools: vec!["mix".into()],
            files: vec!["mix.exs".into(), "README.md".into()],
            licenses: Some(vec!["Apache-2.0".into()]),
            links: Some(BTreeMap::from([("Source".into(), "https://example.com/source".into())])),
            elixir: Some("~> 1.14".into()),
            ..Draft::default()
        };
        Self { repository: "hexpm".into(), draft, readme: "hello".into() }
    }

    pub(crate) fn to(mut self, repository: &str) -> Self {
        self.repository = repository.into();
        self
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Draft)) -> Self {
        change(&mut self.draft);
        self
    }

    pub(crate) fn readme(mut self, text: &str) -> Self {
        self.readme = text.into();
        self
    }

    pub(crate) fn requiring(self, name: &str, requirement: &str) -> Self {
        self.requiring_of("hexpm", name, requirement)
    }

    pub(crate) fn requiring_of(self, repository: &str, name: &str, requirement: &str) -> Self {
        self.with(|draft| {
            draft.requirements.push(DraftDependency {
                name: name.into(),
                app: name.into(),
                requirement: requirement.into(),
                optional: false,
                repository: repository.into(),
            });
        })
    }

    pub(crate) fn tarball(&self) -> Bytes {
        tarball_of(&metadata::write(&self.draft), &self.readme)
    }
}

/// A tarball of any metadata.
pub(crate) fn tarball_of(metadata: &str, readme: &str) -> Bytes {
    let file = |path: &str, bytes: &str| SourceFile {
        path: ArchivePath::parse(path).expect("a good path"),
        kind: SourceKind::File { bytes: Cow::Owned(bytes.as_bytes().to_vec()), executable: false },
    };
    let files = [file("mix.exs", "x"), file("README.md", readme)];
    tarball::build(metadata.as_bytes(), &files, &Limits::default()).expect("it can be built").tarball.into()
}
