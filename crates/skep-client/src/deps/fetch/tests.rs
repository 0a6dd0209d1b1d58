use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;

use hex_format::metadata::{self, Draft};
use hex_format::tarball::{ArchivePath, SourceFile, SourceKind};
use tempfile::TempDir;

use super::*;

/// Repositories in memory, and what they were asked for.
#[derive(Default)]
struct Registry {
    packages: HashMap<(String, String), (Package, Vec<u8>)>,
    order: Vec<String>,
    /// Repositories that hand nothing out, and why.
    closed: HashMap<String, fn() -> SourceError>,
    asked: RefCell<Vec<String>>,
}

impl Registry {
    fn add(&mut self, repository: &str, name: &str, text: &str) -> Sha256 {
        let bytes = tarball(name, text);
        let read = tarball::read(&bytes, &Limits::default()).unwrap();
        let release = Release {
            version: "1.0.0".to_owned(),
            inner_checksum: *read.inner.as_bytes(),
            outer_checksum: *read.outer.as_bytes(),
            dependencies: Vec::new(),
            retirement: None,
            advisory_ids: Vec::new(),
            published_at: None,
        };
        let outer = read.outer;
        let wire = repository.rsplit(':').next().unwrap().to_owned();
        let package = Package {
            repository: wire,
            name: name.to_owned(),
            releases: vec![release],
            advisories: Vec::new(),
        };
        self.packages.insert((repository.to_owned(), name.to_owned()), (package, bytes));
        outer
    }

    fn get(&self, repository: &str, name: &PackageName) -> Result<&(Package, Vec<u8>), SourceError> {
        if let Some(error) = self.closed.get(repository) {
            return Err(error());
        }
        let found = self.packages.get(&(repository.to_owned(), name.to_string()));
        found.ok_or_else(|| SourceError::Missing(format!("{repository} has no {name}")))
    }

    fn asked(&self) -> Vec<String> {
        self.asked.take()
    }
}

impl Source for Registry {
    async fn candidates(&self, _: Tool, _: &PackageName) -> Result<Vec<String>, SourceError> {
        Ok(self.order.clone())
    }

    async fn package(&self, _: Tool, repository: &str, name: &PackageName) -> Result<Package, SourceError> {
        self.asked.borrow_mut().push(format!("{repository}/{name}"));
        Ok(self.get(repository, name)?.0.clone())
    }

    async fn tarball(
        &self,
        _: Tool,
        repository: &str,
        name: &PackageName,
        version: &Version,
        outer: Sha256,
    ) -> Result<Fetched, SourceError> {
        self.asked.borrow_mut().push(format!("{repository}/{name}-{version}"));
        let bytes = self.get(repository, name)?.1.clone();
        match Sha256::of(&bytes) {
            found if found == outer => Ok(Fetched { bytes, etag: Some("\"tag\"".to_owned()) }),
            found => Err(SourceError::Checksum(found)),
        }
    }

    fn urls(&self, _: Tool, _: &str) -> Vec<String> {
        vec!["https://repo.example".to_owned()]
    }
}

fn tarball(name: &str, text: &str) -> Vec<u8> {
    let draft = Draft { name: name.into(), version: "1.0.0".into(), app: name.into(), ..Draft::default() };
    let file = SourceFile {
        path: ArchivePath::parse("README.md").unwrap(),
        kind: SourceKind::File { bytes: text.as_bytes().to_vec().into(), executable: false },
    };
    tarball::build(metadata::write(&draft).as_bytes(), &[file], &Limits::default()).unwrap().tarball
}

fn machine() -> (TempDir, Caches) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().to_owned();
    let caches = Caches::discover(|name| (name == "HOME").then(|| path.clone().into())).unwrap();
    (home, caches)
}

fn lock(home: &TempDir, tool: Tool, text: &str) -> LockFile {
    let path = home.path().join(tool.lock_file());
    fs::write(&path, text).unwrap();
    LockFile::read(&path).unwrap()
}

fn mix_line(repository: &str, name: &str, registry: &Registry) -> String {
    let bytes = &registry.packages[&(repository.to_owned(), name.to_owned())].1;
    let read = tarball::read(bytes, &Limits::default()).unwrap();
    let (inner, outer) = (read.inner, read.outer);
    format!(
        "\"{name}\": {{:hex, :{name}, \"1.0.0\", \"{inner}\", [:mix], [], \"{repository}\", \"{outer}\"}},\n"
    )
}

fn run(registry: &Registry, caches: &Caches, lock: &LockFile, check: bool) -> Vec<Outcome> {
    let options = Options { check, now: 1_795_000_000 };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(fetch(registry, caches, lock, options, |_| {})).unwrap()
}

fn told(outcomes: &[Outcome]) -> Vec<&'static str> {
    let word = |outcome: &Outcome| match outcome.status {
        Status::Kept => "kept",
        Status::Fetched => "fetched",
        Status::Replaced => "replaced",
        Status::Absent => "absent",
        Status::Failed(_) => "failed",
    };
    outcomes.iter().map(word).collect()
}

#[test]
fn mix_finds_all_that_it_would_fetch() {
    let mut registry = Registry::default();
    registry.add("hexpm", "leaf", "a leaf");
    registry.add("hexpm:acme", "twig", "a twig");
    let (home, caches) = machine();
    let text = format!(
        "%{{\n{}{}}}\n",
        mix_line("hexpm", "leaf", &registry),
        mix_line("hexpm:acme", "twig", &registry)
    );
    let lock = lock(&home, Tool::Mix, &text);

    assert_eq!(told(&run(&registry, &caches, &lock, true)), ["absent", "absent"]);
    assert_eq!(registry.asked(), [""; 0]);
    assert_eq!(told(&run(&registry, &caches, &lock, false)), ["fetched", "fetched"]);
    assert_eq!(registry.asked().len(), 4);
    let twig = home.path().join(".hex/packages/hexpm:acme/twig-1.0.0.tar");
    assert_eq!(fs::read(&twig).unwrap(), tarball("twig", "a twig"));

    // From now on nobody is asked.
    assert_eq!(told(&run(&registry, &caches, &lock, false)), ["kept", "kept"]);
    assert_eq!(told(&run(&registry, &caches, &lock, true)), ["kept", "kept"]);
    assert_eq!(registry.asked(), [""; 0]);

    // What was broken is mended, and what mix has forgotten is asked for again.
    fs::write(&twig, "half of it").unwrap();
    assert_eq!(told(&run(&registry, &caches, &lock, false)), ["kept", "replaced"]);
    assert_eq!(registry.asked(), ["hexpm:acme/twig", "hexpm:acme/twig-1.0.0"]);
    fs::write(home.path().join(".hex/cache.ets"), "damaged").unwrap();
    assert_eq!(told(&run(&registry, &caches, &lock, false)), ["kept", "kept"]);
    assert_eq!(registry.asked(), ["hexpm/leaf", "hexpm:acme/twig"]);

    // Nothing else is left behind.
    let names = |folder: &str| {
        let entries = fs::read_dir(home.path().join(folder)).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names(".hex"), [".skep.lock", "cache.ets", "packages"]);
    assert_eq!(names(".hex/packages/hexpm:acme"), ["twig-1.0.0.tar"]);
}

#[test]
fn a_lock_file_without_checksums_is_completed_by_the_registry() {
    let mut registry = Registry::default();
    let outer = registry.add("hexpm", "leaf", "a leaf");
    let (home, caches) = machine();
    let lock = lock(&home, Tool::Mix, "%{\"leaf\": {:hex, :leaf, \"1.0.0\"}}\n");
    assert_eq!(told(&run(&registry, &caches, &lock, false)), ["fetched"]);
    assert_eq!(told(&run(&registry, &caches, &lock, false)), ["kept"]);
    let bytes = fs::read(home.path().join(".hex/packages/hexpm/leaf-1.0.0.tar")).unwrap();
    assert_eq!(Sha256::of(&bytes), outer);
}

#[test]
fn another_release_than_the_locked_one_is_refused() {
    let mut registry = Registry::default();
    registry.add("hexpm", "leaf", "a leaf");
    let line = mix_line("hexpm", "leaf", &registry);
    registry.add("hexpm", "leaf", "another leaf");
    let (home, caches) = machine();
    let wrong = lock(&home, Tool::Mix, &format!("%{{\n{line}}}\n"));
    let outcomes = run(&registry, &caches, &wrong, false);
    let Status::Failed(error) = &outcomes[0].status else { panic!("it is not the same") };
    assert!(error.to_string().contains("one of them is not what it was"), "{error}");
    assert!(!home.path().join(".hex").exists(), "nothing was written");

    // The outer checksum is right, the inner one is not.
    let right = mix_line("hexpm", "leaf", &registry);
    let inner = right.split('"').nth(5).unwrap().to_owned();
    let lock = lock(&home, Tool::Mix, &format!("%{{\n{}}}\n", right.replace(&inner, &"0".repeat(64))));
    assert_eq!(told(&run(&registry, &caches, &lock, false)), ["failed"]);
}

/// rebar3 asks repositories in their order. That a stranger has published a package of the same name changes nothing.
#[test]
fn rebar3_takes_no_package_for_another() {
    let mut registry = Registry::default();
    let ours = registry.add("hexpm:acme", "twig", "ours");
    registry.add("hexpm", "twig", "a stranger's");
    let lock_of = |outer: Sha256| {
        let hash = outer.to_upper_hex();
        format!(
            "{{\"1.2.0\",[{{<<\"twig\">>,{{pkg,<<\"twig\">>,<<\"1.0.0\">>}},0}}]}}.\n[{{pkg_hash_ext,[{{<<\"twig\">>,<<\"{hash}\">>}}]}}].\n"
        )
    };
    let (home, caches) = machine();
    let lock_file = lock(&home, Tool::Rebar3, &lock_of(ours));
    registry.order = vec!["hexpm".to_owned(), "hexpm:acme".to_owned()];
    let outcomes = run(&registry, &caches, &lock_file, false);
    assert_eq!(told(&outcomes), ["fetched"]);
    assert_eq!(outcomes[0].repository.as_deref(), Some("hexpm:acme"));
    let folder = home.path().join(".cache/rebar3/hex/hexpm:acme/packages");
    assert_eq!(fs::read(folder.join("twig-1.0.0.tar")).unwrap(), tarball("twig", "ours"));
    assert_eq!(fs::read_to_string(folder.join("twig-1.0.0.etag")).unwrap(), "\"tag\"");
    registry.asked();
    assert_eq!(told(&run(&registry, &caches, &lock_file, false)), ["kept"]);
    assert_eq!(registry.asked(), [""; 0]);

    // Only the stranger's is to be had.
    let (home, caches) = machine();
    let lock_file = lock(&home, Tool::Rebar3, &lock_of(ours));
    registry.order = vec!["mysrv".to_owned(), "hexpm".to_owned()];
    let outcomes = run(&registry, &caches, &lock_file, false);
    assert!(matches!(outcomes[0].status, Status::Failed(FetchError::Checksum { .. })));
    assert!(!home.path().join(".cache").exists(), "nothing was written");
}

/// What was learned of one repository is not forgotten when the next one fails, too.
#[test]
fn a_refusal_and_another_checksum_are_told_whatever_happens_next() {
    let mut registry = Registry::default();
    registry.add("hexpm:acme", "twig", "ours");
    registry.order = vec!["hexpm:acme".to_owned(), "hexpm".to_owned()];
    registry.closed.insert("hexpm".to_owned(), || SourceError::Other("cannot reach it".to_owned()));
    let run = |registry: &Registry| {
        let (home, caches) = machine();
        let text = format!(
            "{{\"1.2.0\",[{{<<\"twig\">>,{{pkg,<<\"twig\">>,<<\"1.0.0\">>}},0}}]}}.\n[{{pkg_hash_ext,[{{<<\"twig\">>,<<\"{}\">>}}]}}].\n",
            "AB".repeat(32)
        );
        let lock = lock(&home, Tool::Rebar3, &text);
        match run(registry, &caches, &lock, false).remove(0).status {
            Status::Failed(error) => error.to_string(),
            other => panic!("{other:?}"),
        }
    };
    assert!(run(&registry).contains("one of them is not what it was"), "{}", run(&registry));
    registry
        .closed
        .insert("hexpm:acme".to_owned(), || SourceError::Refused("the key was refused".to_owned()));
    assert_eq!(run(&registry), "the key was refused; cannot reach it");
    registry.closed.remove("hexpm");
    assert_eq!(run(&registry), "the key was refused; hexpm has no twig");
}

#[test]
fn gleam_goes_by_the_checksum() {
    let mut registry = Registry::default();
    let outer = registry.add("mysrv:acme", "twig", "ours");
    registry.add("hexpm", "twig", "a stranger's");
    registry.order = vec!["hexpm".to_owned(), "mysrv:acme".to_owned()];
    let (home, caches) = machine();
    let text = format!(
        "packages = [\n  {{ name = \"twig\", version = \"1.0.0\", build_tools = [\"gleam\"], requirements = [], otp_app = \"twig\", source = \"hex\", outer_checksum = \"{}\" }},\n]\n",
        outer.to_upper_hex()
    );
    let lock = lock(&home, Tool::Gleam, &text);
    assert_eq!(told(&run(&registry, &caches, &lock, false)), ["fetched"]);
    let file = caches.gleam.path(outer);
    assert_eq!(fs::read(file).unwrap(), tarball("twig", "ours"));
    registry.order.clear();
    let (home, caches) = machine();
    let lock = self::lock(&home, Tool::Gleam, &text);
    let outcomes = run(&registry, &caches, &lock, false);
    assert!(matches!(outcomes[0].status, Status::Failed(FetchError::NoRepository)));
}

/// A lock file of an old rebar3 has no checksums: then the package is taken only where nobody else can have one.
#[test]
fn without_a_checksum_nobody_guesses_whose_package_is_meant() {
    let mut registry = Registry::default();
    registry.add("hexpm:acme", "twig", "ours");
    registry.add("hexpm", "twig", "a stranger's");
    let text = "[{<<\"twig\">>,{pkg,<<\"twig\">>,<<\"1.0.0\">>},0}].\n";
    let (home, caches) = machine();
    let lock = lock(&home, Tool::Rebar3, text);
    registry.order = vec!["hexpm:acme".to_owned(), "hexpm".to_owned()];
    let outcomes = run(&registry, &caches, &lock, false);
    let Status::Failed(FetchError::NoChecksum(repositories)) = &outcomes[0].status else {
        panic!("{:?}", outcomes[0].status)
    };
    assert_eq!(*repositories, registry.order);
    assert_eq!(registry.asked(), [""; 0]);
    assert!(!home.path().join(".cache").exists(), "nothing was written");
    registry.order.pop();
    assert_eq!(told(&run(&registry, &caches, &lock, false)), ["fetched"]);
}

/// The caches are other programs': whatever stands in them is replaced or named, and never a reason to fall over.
#[test]
fn caches_in_odd_states() {
    let mut registry = Registry::default();
    registry.add("hexpm", "leaf", "a leaf");
    registry.order = vec!["hexpm".to_owned()];
    let mix = format!("%{{\n{}}}\n", mix_line("hexpm", "leaf", &registry));
    let rebar3 = "[{<<\"leaf\">>,{pkg,<<\"leaf\">>,<<\"1.0.0\">>},0}].\n";
    for (tool, text, index, tarball) in [
        (Tool::Mix, mix.as_str(), ".hex/cache.ets", ".hex/packages/hexpm/leaf-1.0.0.tar"),
        (
            Tool::Rebar3,
            rebar3,
            ".cache/rebar3/hex/packages.idx",
            ".cache/rebar3/hex/hexpm/packages/leaf-1.0.0.tar",
        ),
    ] {
        let (home, caches) = machine();
        let lock = lock(&home, tool, text);
        assert_eq!(told(&run(&registry, &caches, &lock, false)), ["fetched"]);
        let (index, tarball) = (home.path().join(index), home.path().join(tarball));
        let (table, right) = (fs::read(&index).unwrap(), fs::read(&tarball).unwrap());
        for odd in [&b""[..], b"junk", &table[..table.len() / 2], &table[..table.len() - 1], &[0; 4096]] {
            fs::write(&index, odd).unwrap();
            assert_eq!(told(&run(&registry, &caches, &lock, false)), ["kept"]);
            registry.asked();
            assert_eq!(told(&run(&registry, &caches, &lock, false)), ["kept"]);
            assert_eq!(registry.asked(), [""; 0], "it was mended");
        }
        for odd in [&b""[..], &right[..right.len() / 2], &right[..right.len() - 1]] {
            fs::write(&tarball, odd).unwrap();
            assert_eq!(told(&run(&registry, &caches, &lock, false)), ["replaced"]);
            assert_eq!(fs::read(&tarball).unwrap(), right);
        }
        // A folder in the place of a file is somebody's, and stays.
        fs::remove_file(&tarball).unwrap();
        fs::create_dir(&tarball).unwrap();
        let outcomes = run(&registry, &caches, &lock, false);
        let Status::Failed(error) = &outcomes[0].status else { panic!("{:?}", outcomes[0].status) };
        assert!(error.to_string().contains("leaf-1.0.0.tar: Is a directory"), "{error}");
        fs::remove_file(&index).unwrap();
        fs::create_dir(&index).unwrap();
        let options = Options { check: false, now: 0 };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let error = runtime.block_on(fetch(&registry, &caches, &lock, options, |_| {})).unwrap_err();
        assert!(error.to_string().contains(&format!("{}: Is a directory", index.display())), "{error}");
    }
}
