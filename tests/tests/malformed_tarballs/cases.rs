//! Everything that can be wrong with an upload: one entry each.

use bytes::Bytes;
use hex_format::tarball::{MAX_UNPACKED, write};
use skep_testkit::Package;
use skep_testkit::tar::{RawEntry, archive, package, package_files, package_of};

/// What a refusal speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The tarball itself.
    Tar,
    /// What its metadata says.
    Field,
}

/// An upload that must be refused.
pub(crate) struct Case {
    pub(crate) title: &'static str,
    /// The package that it is published as.
    pub(crate) package: &'static str,
    pub(crate) tarball: Bytes,
    pub(crate) refusal: Refusal,
}

/// The package that nothing is wrong with, and that is never published.
fn good() -> Package {
    Package::new("sapling", "1.0.0")
}

/// Every case.
pub(crate) fn all() -> Vec<Case> {
    let tar = outer().into_iter().chain(files()).chain(contents()).chain(terms()).map(|(title, tarball)| {
        Case { title, package: "sapling", tarball: tarball.into(), refusal: Refusal::Tar }
    });
    let fields =
        package_fields().into_iter().chain(release_fields()).chain(requirements()).map(|(title, package)| {
            let name = match package.name() {
                "" | "other" => "sapling",
                name => name,
            };
            let name = name.to_owned().leak();
            Case { title, package: name, tarball: package.build(), refusal: Refusal::Field }
        });
    let types = types().into_iter().map(|(title, tarball)| Case {
        title,
        package: "sapling",
        tarball: tarball.into(),
        refusal: Refusal::Field,
    });
    tar.chain(fields).chain(types).collect()
}

/// Archives of documentation. What they unpack to is not judged when they are uploaded.
pub(crate) fn docs() -> Vec<(&'static str, Vec<u8>)> {
    let good = skep_testkit::docs(&[("index.html", "<h1>docs</h1>")]);
    vec![
        ("empty", Vec::new()),
        ("text", b"<h1>docs</h1>".to_vec()),
        ("a tar that is not compressed", archive(&[RawEntry::file("index.html", "x")])),
        ("cut", good[..good.len() / 2].to_vec()),
        ("more behind it", [&good[..], b"more"].concat()),
        ("without its checksum", good[..good.len() - 8].to_vec()),
        ("bomb", write::gzip(&vec![0; usize::try_from(MAX_UNPACKED).expect("128 MiB fit") + 1])),
    ]
}

type Raw = (&'static str, Vec<u8>);

fn outer() -> Vec<Raw> {
    let good = good().build();
    let without_end = good.len() - 1024;
    let mut flipped = good.to_vec();
    flipped[3] ^= 1;
    let extra = |entry: RawEntry| {
        let mut entries = good_files().to_vec();
        entries.push(entry);
        archive(&entries)
    };
    let pax = |records: &str| extra(RawEntry::new(b'x', "pax", records));
    vec![
        ("empty body", Vec::new()),
        ("text", b"this is no tarball".to_vec()),
        ("much text", b"this is no tarball ".repeat(1000)),
        ("zeros", vec![0; 4096]),
        ("compressed as a whole", write::gzip(&good)),
        ("half", good[..good.len() / 2].to_vec()),
        ("one byte short", good[..good.len() - 1].to_vec()),
        ("without the end marker", good[..without_end].to_vec()),
        ("more behind the end marker", [&good[..], b"more"].concat()),
        ("another tarball behind it", [&good[..], &good].concat()),
        ("a bit turned over in a header", flipped),
        ("empty archive", archive(&[])),
        ("size beyond the end", extra(RawEntry::file("NOTES", "").put(124, "00000077777\0"))),
        ("size below zero", extra(RawEntry::file("NOTES", "").put(124, [0xff; 12]))),
        ("size of 2^63", extra(RawEntry::file("NOTES", "").put(124, b"\x80\0\0\0\x80\0\0\0\0\0\0\0"))),
        ("size that is no number", extra(RawEntry::file("NOTES", "").put(124, "0x000000001\0"))),
        ("unknown magic", extra(RawEntry::file("NOTES", "").put(257, "tar!!\0"))),
        ("extension without an entry", pax("13 path=long\n")),
        ("broken extension", pax("99 path=a\n")),
        ("extension that claims 8 GiB", extra(RawEntry::new(b'x', "x", "").put(124, "77777777777\0"))),
    ]
}

fn good_files() -> [RawEntry; 4] {
    package_files(good().config().as_bytes(), &good_contents())
}

fn good_contents() -> Vec<u8> {
    write::gzip(&archive(&[RawEntry::file("mix.exs", "# sapling\n")]))
}

fn files() -> Vec<Raw> {
    let without = |index: usize| {
        let mut files = good_files().to_vec();
        files.remove(index);
        archive(&files)
    };
    let replaced = |index: usize, entry: RawEntry| {
        let mut files = good_files();
        files[index] = entry;
        archive(&files)
    };
    let added = |entry: RawEntry| archive(&[good_files().to_vec(), vec![entry]].concat());
    let checksum = |text: &str| replaced(1, RawEntry::file("CHECKSUM", text));
    let version = |text: &str| replaced(0, RawEntry::file("VERSION", text));
    vec![
        ("without VERSION", without(0)),
        ("without CHECKSUM", without(1)),
        ("without metadata.config", without(2)),
        ("without contents.tar.gz", without(3)),
        ("format 4", version("4")),
        ("format 2", version("2")),
        ("empty format", version("")),
        ("format that is no text", replaced(0, RawEntry::file("VERSION", [0xff, 0]))),
        ("long format", version(&"3".repeat(33))),
        ("wrong checksum", checksum(&"0".repeat(64))),
        ("checksum that is not hexadecimal", checksum(&"x".repeat(64))),
        ("short checksum", checksum("00")),
        ("checksum that is no text", replaced(1, RawEntry::file("CHECKSUM", [0xff; 64]))),
        ("long checksum", checksum(&"0".repeat(129))),
        ("metadata above its limit", package(&vec![b'%'; 1024 * 1024 + 1], &good_contents())),
        ("VERSION twice", added(RawEntry::file("VERSION", "3"))),
        ("VERSION in another case", added(RawEntry::file("version", "4"))),
        ("VERSION as a symbolic link", replaced(0, RawEntry::symlink("VERSION", "CHECKSUM"))),
        ("a hard link beside them", added(RawEntry::new(b'1', "hard", []).put(157, "VERSION"))),
        ("a path that leaves beside them", added(RawEntry::file("../NOTES", ""))),
        ("an absolute path beside them", added(RawEntry::file("/NOTES", ""))),
    ]
}

fn contents() -> Vec<Raw> {
    let config = good().config();
    let raw = |contents: &[u8]| package(config.as_bytes(), contents);
    let of = |entries: &[RawEntry]| package_of(config.as_bytes(), entries);
    let named = |name: &str| of(&[RawEntry::file(name, "x")]);
    let gz = good_contents();
    let bomb = write::gzip(&vec![0; usize::try_from(MAX_UNPACKED).expect("128 MiB fit") + 1]);
    let nested = |path: &str| [RawEntry::symlink("link", "lib"), RawEntry::file(path, "x")];
    vec![
        ("contents empty", raw(b"")),
        ("contents not compressed", raw(&archive(&[RawEntry::file("mix.exs", "x")]))),
        ("contents of text", raw(b"text")),
        ("contents of compressed text", raw(&write::gzip(b"text"))),
        ("contents cut", raw(&gz[..gz.len() / 2])),
        ("contents without their checksum", raw(&gz[..gz.len() - 8])),
        ("contents with more behind", raw(&[&gz[..], b"more"].concat())),
        ("contents twice", raw(&[&gz[..], &gz].concat())),
        ("contents that are a bomb", raw(&bomb)),
        ("contents that leave", named("../evil")),
        ("contents that leave deep inside", named("lib/../../evil")),
        ("contents that go up inside", named("lib/../evil")),
        ("contents with an absolute path", named("/etc/passwd")),
        ("contents with a drive letter", named("C:evil")),
        ("contents with a backslash", named("lib\\evil")),
        ("contents with a line break", named("a\nb")),
        ("contents without a name", named("")),
        ("contents at the root", named(".")),
        ("contents with a name that is no text", of(&[RawEntry::file([0xff, 0xfe], "x")])),
        ("contents with a client's own file", named("hex_metadata.config")),
        ("contents with a path twice", of(&[RawEntry::file("a", "x"), RawEntry::file("./a", "y")])),
        ("contents with a link that leaves", of(&[RawEntry::symlink("link", "../../etc/passwd")])),
        ("contents with an absolute link", of(&[RawEntry::symlink("link", "/etc/passwd")])),
        ("contents through a link", of(&nested("link/evil"))),
        ("contents through a file", of(&[RawEntry::file("a", "x"), RawEntry::file("a/b", "y")])),
        ("contents with a hard link", of(&[RawEntry::new(b'1', "hard", []).put(157, "/etc/passwd")])),
        ("contents with a device", of(&[RawEntry::new(b'3', "device", [])])),
        ("contents with a pipe", of(&[RawEntry::new(b'6', "pipe", [])])),
        (
            "contents too deep",
            of(&[RawEntry::file(format!("{}x", "a/".repeat(49)), "x").put(345, "a/a".repeat(40))]),
        ),
    ]
}

fn terms() -> Vec<Raw> {
    let with = |config: &[u8]| package(config, &good_contents());
    let nested =
        [b"{<<\"extra\">>,".to_vec(), vec![b'['; 100_000], vec![b']'; 100_000], b"}.".to_vec()].concat();
    vec![
        ("no metadata", with(b"")),
        ("metadata that is no term", with(b"name: sapling\n")),
        ("metadata that is Elixir", with(b"%{\"name\" => \"sapling\"}")),
        ("metadata without a full stop", with(b"{<<\"name\">>,<<\"sapling\">>}")),
        ("metadata of single terms", with(b"<<\"name\">>.\n")),
        ("metadata of triples", with(b"{<<\"name\">>,<<\"sapling\">>,1}.\n")),
        ("metadata with an open binary", with(b"{<<\"name\">>,<<\"sapling}.\n")),
        ("metadata with a function", with(b"{<<\"name\">>,fun() -> ok end}.\n")),
        ("metadata with zeros", with(&[0; 100])),
        ("metadata nested without end", with(&nested)),
    ]
}

type Fields = (&'static str, Package);

fn package_fields() -> Vec<Fields> {
    let named = |name: &str| Package::new(name, "1.0.0");
    let licenses = |ids: &[&str]| {
        let ids = ids.iter().map(|&id| id.to_owned()).collect();
        good().metadata(|draft| draft.licenses = Some(ids))
    };
    let link = |address: &str| {
        let links = [("Home".to_owned(), address.to_owned())].into();
        good().metadata(|draft| draft.links = Some(links))
    };
    vec![
        ("no name", named("")),
        ("the name of another package", named("other")),
        ("a reserved name", named("elixir")),
        ("a name in capitals", named("Sapling")),
        ("a name that begins with a digit", named("1sapling")),
        ("a name with a dash", named("sap-ling")),
        ("a name of one letter", named("s")),
        ("no description", good().metadata(|draft| draft.description = None)),
        ("a blank description", good().metadata(|draft| draft.description = Some(" \n".to_owned()))),
        ("no licenses", good().metadata(|draft| draft.licenses = None)),
        ("an unknown license", licenses(&["Apache-2.0", "Apache 2"])),
        ("a license in another case", licenses(&["apache-2.0"])),
        ("a license of one's own without a name", licenses(&["LicenseRef-"])),
        ("a link that runs code", link("javascript:alert(1)")),
        ("a link without a host", link("https:/example.com")),
        ("a link with a line break", link("https://example.com/\nx")),
    ]
}

fn release_fields() -> Vec<Fields> {
    let version = |version: &str| Package::new("sapling", version);
    let long = format!("1.0.0-{}", "a".repeat(65));
    let elixir = |text: &str| good().metadata(|draft| draft.elixir = Some(text.to_owned()));
    let no_tools = good().metadata(|draft| {
        draft.build_tools = Vec::new();
        draft.files = vec!["src/sapling.erl".to_owned()];
    });
    vec![
        ("no version", version("")),
        ("a version of two numbers", version("1.0")),
        ("a version with a leading zero", version("1.01.0")),
        ("a version with a v", version("v1.0.0")),
        ("a version with a line break", version("1.0.0\n")),
        ("a version with a path", version("1.0.0-../x")),
        ("a version with a build number", version("1.0.0+build")),
        ("a version with huge numbers", version("1.0.123456789012345")),
        ("a version with a long pre-release", version(&long)),
        ("no app", good().metadata(|draft| draft.app = String::new())),
        ("no build tools", no_tools),
        ("a requirement on Elixir that is none", elixir("~> one")),
        (
            "a package and a release that are both wrong",
            elixir("x").metadata(|draft| draft.description = None),
        ),
    ]
}

fn requirements() -> Vec<Fields> {
    vec![
        ("an unknown dependency", good().requires("nobody", "~> 1.0")),
        ("an unknown dependency twice", good().requires("nobody", "~> 1.0").requires("nowhere", "~> 1.0")),
        ("a dependency without a requirement", good().requires("tree", "")),
        ("a requirement that is none", good().requires("tree", "one")),
        ("a requirement that excludes", good().requires("tree", "!= 1.0.0")),
        ("a requirement with parentheses", good().requires("tree", "(>= 1.0.0)")),
        ("a requirement with huge numbers", good().requires("tree", "~> 1.99999999999999999999")),
        ("a dependency without a name", good().requires("", "~> 1.0")),
        ("a private dependency", good().requires_from("acme", "cellar", "~> 1.0")),
        ("a private dependency that is not there", good().requires_from("acme", "attic", "~> 1.0")),
        ("a dependency from nowhere", good().requires_from("nowhere", "tree", "~> 1.0")),
        ("a dependency without an app", {
            let dependency = good().requires("tree", "~> 1.0");
            dependency.metadata(|draft| draft.requirements[0].app = String::new())
        }),
    ]
}

/// Keys whose values have the wrong type, which the writer of real metadata cannot make.
fn types() -> Vec<Raw> {
    let config = good().config();
    let with = |key: &str, value: &str| {
        let line = format!("{{<<\"{key}\">>,");
        let kept: Vec<&str> =
            config.split_inclusive("}.\n").filter(|form| !form.starts_with(&line)).collect();
        assert!(
            kept.len() + 1 == config.split_inclusive("}.\n").count() || key == "extra",
            "{key} is one form"
        );
        let changed = format!("{}{line}{value}}}.\n", kept.concat());
        package(changed.as_bytes(), &good_contents())
    };
    vec![
        ("name as a number", with("name", "1")),
        ("version as a list", with("version", "[1,0,0]")),
        ("app as a number", with("app", "1")),
        ("description as a list", with("description", "[<<\"a\">>]")),
        ("licenses as text", with("licenses", "<<\"Apache-2.0\">>")),
        ("links as text", with("links", "<<\"https://example.com\">>")),
        ("extra as text", with("extra", "<<\"x\">>")),
        ("elixir as a number", with("elixir", "1")),
        ("files as none", with("files", "[]")),
        ("files as text", with("files", "<<\"mix.exs\">>")),
        ("requirements as text", with("requirements", "<<\"tree\">>")),
        ("requirements as numbers", with("requirements", "[1,2]")),
        ("optional as text", {
            let dependency = "[{<<\"name\">>,<<\"tree\">>},{<<\"app\">>,<<\"tree\">>},{<<\"optional\">>,<<\"yes\">>},\
                              {<<\"requirement\">>,<<\"~> 1.0\">>},{<<\"repository\">>,<<\"hexpm\">>}]";
            with("requirements", &format!("[{dependency}]"))
        }),
    ]
}
