//! Two tarballs of one project, compared by what those who get them will read.

use std::collections::BTreeMap;

use hex_format::erlang::{self, Profile};
use hex_format::metadata::{Field, Metadata};
use hex_format::tarball::{self, ContentsError, EntryKind, Limits};

/// The contents of a tarball.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(crate) metadata: Metadata,
    /// Files by path, with whether they can be executed.
    files: BTreeMap<String, (Vec<u8>, bool)>,
    /// Links by path, with their targets.
    links: BTreeMap<String, String>,
}

impl Packed {
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let limits = Limits::default();
        let tarball = tarball::read(bytes, &limits).expect("a tarball");
        let (mut files, mut links) = (BTreeMap::new(), BTreeMap::new());
        tarball::contents::walk(tarball.contents, &limits, |entry, data| {
            let path = entry.path.to_string();
            match &entry.kind {
                EntryKind::File { executable, .. } => {
                    let mut bytes = Vec::new();
                    data.read_to_end(&mut bytes).expect("the data can be read");
                    files.insert(path, (bytes, *executable));
                }
                EntryKind::Symlink { target } => drop(links.insert(path, target.clone())),
                EntryKind::Directory => {}
            }
            Ok::<_, ContentsError>(())
        })
        .expect("contents that can be unpacked");
        Self { metadata: Metadata::parse(tarball.metadata).expect("metadata"), files, links }
    }

    /// Fails unless the other one has the same files with the same contents, and says the same about itself. Repositories
    /// that are not named are the public one; descriptions of applications are compared as terms, without the list of
    /// modules, which build tools make anew.
    #[track_caller]
    pub(crate) fn is_like(&self, other: &Self) {
        let paths = |packed: &Self| packed.files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(paths(self), paths(other));
        assert_eq!(self.links, other.links);
        for ((path, ours), theirs) in self.files.iter().zip(other.files.values()) {
            assert_eq!(ours.1, theirs.1, "{path} can be executed in one of them");
            if path.ends_with(".app.src") {
                assert_eq!(terms(&ours.0), terms(&theirs.0), "{path}");
            } else {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                assert_eq!(text(&ours.0), text(&theirs.0), "{path}");
            }
        }
        assert_eq!(said(&self.metadata), said(&other.metadata));
    }
}

/// What metadata says, the list of files aside, in which some clients note folders.
fn said(metadata: &Metadata) -> Metadata {
    let mut said = Metadata { files: Field::Absent, ..metadata.clone() };
    if let Field::Value(requirements) = &mut said.requirements {
        for requirement in requirements {
            let repository = requirement.repository.value().cloned().unwrap_or_else(|| "hexpm".to_owned());
            requirement.repository = Field::Value(repository);
        }
    }
    said
}

/// The terms in a text, each in one form: a string can be written as a list of numbers.
fn terms(text: &[u8]) -> Vec<String> {
    use hex_format::term::Term;
    let without_modules = |term: Term| match term {
        Term::Tuple(mut form) => {
            if let Some(Term::List(properties)) = form.last_mut() {
                properties
                    .retain(|property| property.as_pair().is_none_or(|(key, _)| !key.is_atom("modules")));
            }
            Term::Tuple(form)
        }
        other => other,
    };
    let terms = erlang::parse(text, Profile::Config, &erlang::Limits::CONFIG).expect("Erlang terms");
    terms.into_iter().map(|term| erlang::print_form(&without_modules(term))).collect()
}
