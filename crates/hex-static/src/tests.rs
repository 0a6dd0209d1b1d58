use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use hex_format::metadata::{self, Draft, DraftDependency};
use hex_format::tarball::{self, Limits, SourceFile, SourceKind};
use hex_registry::names::Names;
use hex_registry::package::{Package, Retirement, RetirementReason};
use hex_registry::versions::Versions;
use hex_registry::{KeySize, SigningKey, Timestamp};
use tempfile::TempDir;

use super::*;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(KeySize::Rsa2048).unwrap());
static OTHER_KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(KeySize::Rsa2048).unwrap());

/// The moment at which every tarball of the tests was last changed.
const MODIFIED: u64 = 1_700_000_000;

fn tarball(name: &str, version: &str, dependencies: &[(&str, Option<&str>)]) -> Vec<u8> {
    let draft = Draft {
        name: name.to_owned(),
        version: version.to_owned(),
        app: name.to_owned(),
        files: vec!["README.md".to_owned()],
        build_tools: vec!["mix".to_owned()],
        requirements: dependencies
            .iter()
            .map(|(name, repository)| DraftDependency {
                name: (*name).to_owned(),
                app: (*name).to_owned(),
                requirement: "~> 1.0".to_owned(),
                optional: false,
                repository: repository.unwrap_or("hexpm").to_owned(),
            })
            .collect(),
        ..Draft::default()
    };
    pack(&metadata::write(&draft))
}

fn pack(metadata: &str) -> Vec<u8> {
    let file = SourceFile {
        path: "README.md".parse().unwrap(),
        kind: SourceKind::File { bytes: b"hello".as_slice().into(), executable: false },
    };
    tarball::build(metadata.as_bytes(), &[file], &Limits::default()).unwrap().tarball
}

/// A folder that is served.
struct Served {
    folder: TempDir,
    name: RegistryName,
}

impl Served {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), name: "acme".parse().unwrap() }
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn put(&self, file: &str, bytes: &[u8]) -> PathBuf {
        let path = self.root().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(MODIFIED);
        fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        path
    }

    fn release(&self, name: &str, version: &str) {
        self.put(&format!("tarballs/{name}-{version}.tar"), &tarball(name, version, &[]));
    }

    fn job(&self) -> Build<'_> {
        Build { root: self.root(), name: &self.name, key: &KEY, published_at: None, skip_broken: false }
    }

    /// Builds, and tells the changes.
    fn build(&self) -> Vec<String> {
        told(&build(&self.job()).unwrap())
    }

    fn package(&self, name: &str) -> Package {
        let bytes = fs::read(self.root().join("packages").join(name)).unwrap();
        Package::from_signed(&bytes, KEY.public_key(), "acme", name).unwrap()
    }

    fn findings(&self) -> Vec<String> {
        let verified = verify(self.root(), Some(&self.name), Some(KEY.public_key())).unwrap();
        verified.findings.iter().map(|found| format!("{}: {}", found.file, found.problem)).collect()
    }
}

fn told(built: &Built) -> Vec<String> {
    built.changes.iter().map(|change| format!("{:?} {}", change.action, change.file)).collect()
}

#[test]
fn a_registry_from_tarballs() {
    let served = Served::new();
    served.release("foo", "1.0.0");
    served.release("foo", "1.0.0-rc.1");
    served.put(
        "tarballs/bar_baz-0.1.0.tar",
        &tarball("bar_baz", "0.1.0", &[("foo", Some("acme")), ("plug", None)]),
    );
    assert_eq!(
        served.build(),
        [
            "Creating packages",
            "Creating public_key",
            "Creating packages/bar_baz",
            "Creating packages/foo",
            "Creating names",
            "Creating versions",
        ]
    );
    assert_eq!(served.findings(), Vec::<String>::new());
    let foo = served.package("foo");
    let versions: Vec<&str> = foo.releases.iter().map(|release| release.version.as_str()).collect();
    assert_eq!(versions, ["1.0.0-rc.1", "1.0.0"]);
    let published = Timestamp::from_unix_micros(i64::try_from(MODIFIED).unwrap() * 1_000_000);
    assert!(foo.releases.iter().all(|release| release.published_at == Some(published)));
    let bar = &served.package("bar_baz").releases[0];
    let required: Vec<_> = bar.dependencies.iter().map(|it| (&*it.repository, &*it.package)).collect();
    assert_eq!(required, [("acme", "foo"), ("hexpm", "plug")]);
    let key = fs::read_to_string(served.root().join("public_key")).unwrap();
    assert!(key.starts_with("-----BEGIN PUBLIC KEY-----\n"), "{key}");
}

#[test]
fn what_is_right_is_not_touched() {
    let served = Served::new();
    served.release("foo", "1.0.0");
    served
        .put("tarballs/bar-1.0.0.tar", &tarball("bar", "1.0.0", &[("zeta", None), ("alpha", Some("acme"))]));
    served.build();
    let bytes = |file: &str| fs::read(served.root().join(file)).unwrap();
    let before = bytes("packages/bar");
    assert_eq!(served.build(), Vec::<String>::new());
    served.release("foo", "1.1.0");
    // The list of names has nothing but names and dates in it, which are as before.
    assert_eq!(served.build(), ["Updating packages/foo", "Updating versions"]);
    assert_eq!(bytes("packages/bar"), before);
    fs::remove_file(served.root().join("tarballs/bar-1.0.0.tar")).unwrap();
    assert_eq!(served.build(), ["Updating names", "Updating versions", "Removing packages/bar"]);
    assert_eq!(served.findings(), Vec::<String>::new());
}

#[test]
fn dates_and_retirements_stay() {
    let served = Served::new();
    served.release("foo", "1.0.0");
    let early = Timestamp::from_unix_micros(1_000_000);
    build(&Build { published_at: Some(early), ..served.job() }).unwrap();
    let mut package = served.package("foo");
    let retirement = Retirement { reason: RetirementReason::Security, message: Some("no".to_owned()) };
    package.releases[0].retirement = Some(retirement.clone());
    fs::write(served.root().join("packages/foo"), package.to_signed(&KEY)).unwrap();
    served.release("foo", "1.0.1");
    served.build();
    let foo = served.package("foo");
    assert_eq!(foo.releases[0].retirement, Some(retirement.clone()));
    assert_eq!(foo.releases[0].published_at, Some(early));
    assert!(foo.releases[1].retirement.is_none() && foo.releases[1].published_at > Some(early));
    let versions = fs::read(served.root().join("versions")).unwrap();
    let versions = Versions::from_signed(&versions, KEY.public_key(), "acme").unwrap();
    let retired: Vec<bool> = versions.packages[0].versions.iter().map(|version| version.retired).collect();
    assert_eq!(retired, [true, false]);
    // Other bytes are another release, which is not old.
    served.put("tarballs/foo-1.0.0.tar", &tarball("foo", "1.0.0", &[("plug", None)]));
    served.build();
    let foo = served.package("foo");
    assert!(foo.releases[0].published_at > Some(early));
    assert_eq!(foo.releases[0].retirement, Some(retirement));
}

#[test]
fn odd_tarballs_are_told_and_nothing_is_written() {
    let served = Served::new();
    served.release("good", "1.0.0");
    served.put("tarballs/cut-1.0.0.tar", &tarball("cut", "1.0.0", &[])[..700]);
    served.put("tarballs/empty-1.0.0.tar", b"");
    served.put("tarballs/other-1.0.0.tar", &tarball("real", "1.0.0", &[]));
    let old = "{<<\"name\">>,<<\"old\">>}.\n{<<\"version\">>,<<\"1.0\">>}.\n{<<\"requirements\">>,[]}.\n";
    served.put("tarballs/old-1.0.tar", &pack(old));
    let unsolvable = "{<<\"name\">>,<<\"un\">>}.\n{<<\"version\">>,<<\"1.0.0\">>}.\n{<<\"requirements\">>,\
        [{<<\"plug\">>,[{<<\"app\">>,<<\"plug\">>},{<<\"requirement\">>,<<\"!= 1.0.0\">>}]}]}.\n";
    served.put("tarballs/un-1.0.0.tar", &pack(unsolvable));
    served.put("tarballs/README.txt", b"not a tarball");
    let Err(StaticError::Broken(broken)) = build(&served.job()) else { panic!("they can't be used") };
    let told: Vec<String> = broken.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 5, "{told:#?}");
    assert!(told[0].starts_with("tarballs/cut-1.0.0.tar: "), "{told:#?}");
    assert_eq!(
        told[3],
        "tarballs/other-1.0.0.tar: it holds real 1.0.0, which clients fetch as tarballs/real-1.0.0.tar: rename it"
    );
    assert!(told[4].contains("its requirement \"!= 1.0.0\" on plug: "), "{told:#?}");
    assert!(!served.root().join("names").exists() && !served.root().join("public_key").exists());
    let built = build(&Build { skip_broken: true, ..served.job() }).unwrap();
    assert_eq!((built.skipped.len(), built.packages, built.releases), (5, 1, 1));
    assert_eq!(served.findings().len(), 6);
}

#[test]
fn the_oldest_metadata_can_be_read() {
    // Requirements as they were written first, and without an application or a repository.
    let text = "{<<\"name\">>,<<\"old\">>}.\n{<<\"version\">>,<<\"0.1.0\">>}.\n{<<\"requirements\">>,\
        [[{<<\"name\">>,<<\"plug\">>},{<<\"requirement\">>,<<\"~> 1.0\">>}]]}.\n";
    let (name, version, release) = tarballs::parse(&pack(text), &"acme".parse().unwrap()).unwrap();
    assert_eq!((name.as_str(), version.to_string()), ("old", "0.1.0".to_owned()));
    let required = &release.dependencies[0];
    assert_eq!((&*required.repository, &*required.app), ("acme", "plug"));
}

#[test]
fn another_key_signs_everything_and_loses_nothing() {
    let served = Served::new();
    served.release("foo", "1.0.0");
    build(&Build { key: &OTHER_KEY, published_at: Some(Timestamp::from_unix_micros(7)), ..served.job() })
        .unwrap();
    assert_eq!(
        served.build(),
        ["Updating packages/foo", "Updating names", "Updating versions", "Updating public_key"]
    );
    assert_eq!(served.package("foo").releases[0].published_at, Some(Timestamp::from_unix_micros(7)));
    assert_eq!(served.findings(), Vec::<String>::new());
    // Without the key before nobody can tell what the files say.
    build(&Build { key: &OTHER_KEY, ..served.job() }).unwrap();
    fs::remove_file(served.root().join("public_key")).unwrap();
    let lost = build(&served.job()).unwrap_err().to_string();
    assert!(lost.starts_with("packages/foo can't be read: "), "{lost}");
}

#[test]
fn another_name_too() {
    let served = Served::new();
    served.release("foo", "1.0.0");
    served.build();
    let other: RegistryName = "other".parse().unwrap();
    let built = build(&Build { name: &other, ..served.job() }).unwrap();
    assert_eq!(told(&built), ["Updating packages/foo", "Updating names", "Updating versions"]);
    assert!(verify(served.root(), Some(&other), None).unwrap().findings.is_empty());
    assert_eq!(verify(served.root(), None, None).unwrap().name, "other");
    assert!(
        served.findings().iter().any(|found| found.starts_with("packages/foo: ") && found.contains("acme"))
    );
}

#[test]
fn adding() {
    let (served, elsewhere) = (Served::new(), Served::new());
    let path = elsewhere.put("downloads/x.tar", &tarball("foo", "1.0.0", &[]));
    let built = add(&served.job(), &[path.clone(), path.clone()]);
    // Twice the same is once.
    assert_eq!(built.unwrap().releases, 1);
    assert_eq!(served.findings(), Vec::<String>::new());
    assert_eq!(told(&add(&served.job(), &[path]).unwrap()), Vec::<String>::new());
    let changed = elsewhere.put("y.tar", &tarball("foo", "1.0.0", &[("plug", None)]));
    let refused = add(&served.job(), &[changed]).unwrap_err().to_string();
    assert!(refused.starts_with("tarballs/foo-1.0.0.tar is there already with other bytes"), "{refused}");
    let broken = elsewhere.put("z.tar", b"no");
    let more = elsewhere.put("w.tar", &tarball("bar", "1.0.0", &[]));
    assert!(matches!(add(&served.job(), &[more, broken]), Err(StaticError::Broken(_))));
    assert!(!served.root().join("tarballs/bar-1.0.0.tar").exists());
}

#[test]
fn what_a_killed_program_left_is_tidied() {
    let served = Served::new();
    served.release("foo", "1.0.0");
    for file in ["packages/.skep-abc.tmp", "tarballs/.skep-abc.tmp", ".skep-abc.tmp"] {
        served.put(file, b"half");
    }
    // Packages are there, lists are not.
    served.put("packages/notes.txt", b"somebody else's");
    served.build();
    for file in ["packages/.skep-abc.tmp", "tarballs/.skep-abc.tmp", ".skep-abc.tmp"] {
        assert!(!served.root().join(file).exists(), "{file}");
    }
    assert!(served.root().join("packages/notes.txt").exists());
    assert_eq!(served.findings().len(), 2);
}

#[test]
fn many_at_once_lose_nothing() {
    let served = Served::new();
    let elsewhere = Served::new();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let bytes = tarball("foo", &format!("1.0.{number}"), &[]);
            let path = elsewhere.put(&format!("{number}.tar"), &bytes);
            let served = &served;
            scope.spawn(move || add(&served.job(), &[path]).unwrap());
        }
    });
    assert_eq!(served.package("foo").releases.len(), 8);
    assert_eq!(served.findings(), Vec::<String>::new());
}

#[test]
fn what_is_wrong_is_found() {
    let served = Served::new();
    for name in ["bar", "foo", "gone", "zip"] {
        served.release(name, "1.0.0");
    }
    served.build();
    served.put("tarballs/foo-1.0.0.tar", &tarball("foo", "1.0.0", &[("plug", None)]));
    fs::remove_file(served.root().join("tarballs/zip-1.0.0.tar")).unwrap();
    fs::remove_file(served.root().join("packages/gone")).unwrap();
    let mut bar = served.package("bar");
    bar.releases[0].retirement = Some(Retirement { reason: RetirementReason::Other, message: None });
    served.put("packages/bar", &bar.to_signed(&KEY));
    let names = Names { repository: "acme".to_owned(), packages: Vec::new() };
    served.put("tarballs/new-1.0.0.tar", &tarball("new", "1.0.0", &[]));
    assert_eq!(
        served.findings(),
        [
            "packages/gone: it is missing",
            "tarballs/foo-1.0.0.tar: its checksum is not the one in the registry",
            "tarballs/gone-1.0.0.tar: no release refers to it",
            "tarballs/new-1.0.0.tar: no release refers to it",
            "tarballs/zip-1.0.0.tar: it is missing",
            "versions: it lists gone, of which there is no good file",
            "versions: it says something else of bar than its file",
        ]
    );
    served.put("names", &names.to_signed(&OTHER_KEY));
    assert!(served.findings().iter().any(|found| found.starts_with("names: ")));
    fs::remove_file(served.root().join("public_key")).unwrap();
    assert!(verify(served.root(), None, None).is_err());
    assert!(served.findings().contains(&"public_key: it is missing".to_owned()));
}

#[test]
fn names() {
    for good in ["acme", "hexpm", "my-corp", "Acme.2"] {
        assert!(good.parse::<RegistryName>().is_ok(), "{good}");
    }
    for bad in ["", "a b", "a/b", "hexpm:acme", "é"] {
        assert!(bad.parse::<RegistryName>().is_err(), "{bad}");
    }
}

#[test]
fn what_does_not_belong_there_is_found_and_private_keys_first() {
    let served = Served::new();
    served.release("foo", "1.0.0");
    served.build();
    for fine in [".htaccess", ".git/config", "index.html", "docs/foo-1.0.0.tar.gz"] {
        served.put(fine, b"fine");
    }
    assert_eq!(served.findings(), Vec::<String>::new());
    let pem = KEY.to_pkcs8_pem();
    for key in ["key.pem", ".backup/old", "tarballs/key", "packages/key"] {
        served.put(key, format!("Bag Attributes\n{}", &*pem).as_bytes());
    }
    served.put("TODO.txt", b"nothing");
    served.put("private/notes", b"nothing");
    let key = "it is a private key, and served to everybody: take it away, and use another";
    let other = "it is no part of a registry, and served to everybody";
    assert_eq!(
        served.findings(),
        [
            format!(".backup/old: {key}"),
            format!("key.pem: {key}"),
            format!("packages/key: {key}"),
            format!("tarballs/key: {key}"),
            format!("TODO.txt: {other}"),
            format!("private: {other}"),
        ]
    );
}
