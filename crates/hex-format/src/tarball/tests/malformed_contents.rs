use super::*;
use crate::tarball::ContentsError;

const END: &str = "inner tarball error, Unexpected end of file";
const ABOVE: &str = "The path points above the current working directory";
const UNSAFE: &str = "unknown POSIX error: unsafe_symlink";

fn inner(text: &str) -> &'static str {
    format!("inner tarball error, {text}").leak()
}

fn named(name: impl AsRef<[u8]>) -> Vec<u8> {
    with_entries(&[Raw::file(name, "x")])
}

fn pax_named(name: &str) -> Vec<u8> {
    with_entries(&[Raw::pax(&[("path", name)]), Raw::file("short", "x")])
}

fn linked(name: &str, target: &str) -> Vec<u8> {
    with_entries(&[Raw::symlink(name, target)])
}

#[test]
fn not_compressed_or_no_archive() {
    let tar = archive(&[Raw::file("mix.exs", "x")]);
    let gz = write::gzip(&tar);
    let flipped = |at: usize| {
        let mut gz = gz.clone();
        gz[at] ^= 0x55;
        gz
    };
    let corrupt = "corrupt gzip stream: ";
    let contents = |bytes: &[u8]| with_contents(bytes);
    refused(vec![
        ("empty", contents(b""), END),
        ("plain text", contents(b"plain"), END),
        ("not compressed", contents(&tar), inner("not a gzip stream")),
        ("gzip of nothing", contents(&write::gzip(b"")), END),
        ("gzip of text", contents(&write::gzip(b"text")), END),
        (
            "gzip of much text",
            contents(&write::gzip(&b"text".repeat(1000))),
            inner("Unrecognized tar header format: wrong checksum"),
        ),
        ("gzip of gzip", contents(&write::gzip(&gz)), END),
        ("only a gzip header", contents(&gz[..10]), END),
        ("half a gzip header", contents(&gz[..4]), END),
        ("cut", contents(&gz[..gz.len() / 2]), END),
        ("cut checksum", contents(&gz[..gz.len() - 1]), END),
        (
            "wrong checksum",
            contents(&flipped(gz.len() - 8)),
            inner(&format!("{corrupt}corrupt gzip stream does not have a matching checksum")),
        ),
        (
            "wrong length",
            contents(&flipped(gz.len() - 4)),
            inner(&format!("{corrupt}corrupt gzip stream does not have a matching checksum")),
        ),
        (
            "garbage after",
            contents(&[&gz[..], b"x"].concat()),
            inner("data after the end of the gzip stream"),
        ),
        (
            "zeros after",
            contents(&[&gz[..], &[0; 8]].concat()),
            inner("data after the end of the gzip stream"),
        ),
        ("two members", contents(&[&gz[..], &gz].concat()), inner("data after the end of the gzip stream")),
        ("no end", contents(&write::gzip(&tar[..tar.len() - 1024])), END),
        (
            "data after the end",
            contents(&write::gzip(&[&tar[..], b"x"].concat())),
            inner("data after the end of the archive"),
        ),
    ]);
    let mut damaged = gz.clone();
    damaged[2] = 9;
    let error = accept(&contents(&damaged)).unwrap_err().to_string();
    assert!(error.starts_with("inner tarball error, corrupt gzip stream: "), "{error}");
}

#[test]
fn bombs() {
    let zeros = vec![0; (SMALL.unpacked + 1024) as usize];
    let too_big = inner("too_big_uncompressed: 1048576");
    let many: Vec<_> = (0..101).map(|n| Raw::file(format!("{n}"), "")).collect();
    let deep: Vec<_> = (0..3).map(|n| Raw::file(format!("{}x", format!("{n}/").repeat(49)), "")).collect();
    let global: Vec<_> = (0..2000).map(|_| Raw::new(b'g', "g", "13 comment=x\n")).collect();
    refused(vec![
        ("a file of zeros", with_entries(&[Raw::file("zeros", zeros.clone())]), too_big),
        ("zeros after the end", with_contents(&write::gzip(&zeros)), too_big),
        ("a file that claims to be huge", with_entries(&[Raw::file("x", "").put(124, "77777777777\0")]), END),
        ("extensions without end", with_entries(&global), too_big),
        ("many files", with_entries(&many), inner("too many entries: more than 100")),
        ("nested directories", with_entries(&deep), inner("too many entries: more than 100")),
    ]);
}

#[test]
fn the_limit_is_exact() {
    let contents = write::gzip(&archive(&[Raw::file("zeros", vec![0; 10_000])]));
    let limits = |unpacked| Limits { unpacked, ..SMALL };
    let size = 512 + 10_240 + 1024;
    assert!(contents::check(&contents[..], &limits(size)).is_ok());
    let error = contents::check(&contents[..], &limits(size - 1)).unwrap_err();
    assert_eq!(error, ContentsError::TooBig { limit: size - 1 });
}

#[test]
fn paths_that_leave() {
    let above = |name: &str| inner(&format!("{name}: {ABOVE}"));
    let long = format!("{}x", "a/".repeat(600));
    let long_text = inner(&format!("{}…: the path is 1201 bytes long, more than 1024", "a/".repeat(100)));
    let long_path = with_entries(&[Raw::new(b'L', "L", long + "\0"), Raw::file("short", "x")]);
    refused(vec![
        ("parent", named("../evil"), above("../evil")),
        ("only parent", named(".."), above("..")),
        ("parent after a dot", named("./../evil"), above("./../evil")),
        ("climbing in the middle", named("a/../../evil"), above("a/../../evil")),
        ("climbing back", named("a/../b"), inner("a/../b: the path has a `..` component")),
        ("absolute", named("/etc/passwd"), inner("/etc/passwd: the path is absolute")),
        ("doubly absolute", named("//etc/passwd"), inner("//etc/passwd: the path is absolute")),
        ("in the prefix", with_entries(&[Raw::file("evil", "").put(345, "a/../..")]), above("a/../../evil")),
        (
            "absolute prefix",
            with_entries(&[Raw::file("x", "").put(345, "/etc")]),
            inner("/etc/x: the path is absolute"),
        ),
        ("in PAX", pax_named("../evil"), above("../evil")),
        (
            "in a GNU name",
            with_entries(&[Raw::new(b'L', "L", "../evil\0"), Raw::file("short", "x")]),
            above("../evil"),
        ),
        ("directory above", with_entries(&[Raw::directory("../dir/")]), above("../dir/")),
        ("link above", linked("../link", "x"), above("../link")),
        ("backslashes", named("..\\evil"), inner("..\\evil: the path has a backslash")),
        ("drive", named("C:evil"), inner("C:evil: the path begins with a drive letter")),
        ("no name", named(""), inner(": the path is empty")),
        ("root as a file", named("."), inner(".: the path is the root itself")),
        ("root as a link", linked(".", "x"), inner(".: the path is the root itself")),
        ("slash after a file", named("file/"), inner("file/: a file's name ends in a slash")),
        ("line break", pax_named_gnu("a\nb"), inner("a\\u{a}b: the path has the control character U+000A")),
        ("escape", named("a\x1b[2Jb"), inner("a\\u{1b}[2Jb: the path has the control character U+001B")),
        ("not UTF-8", named(b"\xe9"), inner("\u{fffd}: the path is not UTF-8")),
        ("too long", long_path, long_text),
        (
            "too deep",
            pax_named(&"a/".repeat(65)),
            inner(&format!("{}: the path is more than 64 components deep", "a/".repeat(65))),
        ),
        ("reserved", named("hex_metadata.config"), inner("hex_metadata.config: the name is reserved")),
        (
            "reserved in another case",
            named("./HEX_metadata.config"),
            inner("./HEX_metadata.config: the name is reserved"),
        ),
    ]);
}

fn pax_named_gnu(name: &str) -> Vec<u8> {
    with_entries(&[Raw::new(b'L', "L", format!("{name}\0")), Raw::file("short", "x")])
}

#[test]
fn links_that_leave() {
    let text = |target: &str| inner(&format!("{target}: {UNSAFE}"));
    refused(vec![
        ("far above", linked("evil", "../../etc/passwd"), text("../../etc/passwd")),
        ("just above", linked("evil", ".."), text("..")),
        ("above from a directory", linked("a/evil", "../../x"), text("../../x")),
        ("through a dot", linked("evil", "./../x"), text("./../x")),
        ("down and up", linked("evil", "a/../../x"), text("a/../../x")),
        ("down and up inside", linked("evil", "a/../x"), text("a/../x")),
        ("absolute", linked("evil", "/etc/passwd"), text("/etc/passwd")),
        ("drive", linked("evil", "C:x"), text("C:x")),
        ("backslashes", linked("evil", "..\\x"), text("..\\x")),
        ("no target", linked("evil", ""), text("")),
        ("not UTF-8", with_entries(&[Raw::symlink("evil", b"\xff")]), text("\u{fffd}")),
        (
            "in PAX",
            with_entries(&[Raw::pax(&[("linkpath", "../../x")]), Raw::symlink("evil", "x")]),
            text("../../x"),
        ),
        (
            "in a GNU link",
            with_entries(&[Raw::new(b'K', "K", "../../x\0"), Raw::symlink("evil", "x")]),
            text("../../x"),
        ),
        (
            "a chain that climbs",
            with_entries(&[Raw::symlink("a/up", ".."), Raw::symlink("a/evil", "up/../x")]),
            text("up/../x"),
        ),
        (
            "a file through a link",
            with_entries(&[Raw::symlink("dir", "other"), Raw::file("dir/file", "x")]),
            inner("dir/file: the path goes through the symbolic link dir"),
        ),
        (
            "a file through a deep link",
            with_entries(&[Raw::symlink("a/b", "../c"), Raw::file("./a//b/c/d", "x")]),
            inner("a/b/c/d: the path goes through the symbolic link a/b"),
        ),
        (
            "a link through a link",
            with_entries(&[Raw::symlink("dir", "other"), Raw::symlink("dir/up", "..")]),
            inner("dir/up: the path goes through the symbolic link dir"),
        ),
        (
            "a link in place of a directory",
            with_entries(&[Raw::file("dir/file", "x"), Raw::symlink("dir", "other")]),
            inner("dir: duplicate entry"),
        ),
        (
            "a file in place of a link",
            with_entries(&[Raw::symlink("link", "other"), Raw::file("link", "x")]),
            inner("link: duplicate entry"),
        ),
    ]);
}

#[test]
fn collisions_and_kinds() {
    let special = |flag: u8| with_entries(&[Raw::new(flag, "x", [])]);
    let kind = |text: &str| inner(&format!("x: unsupported file type {text}"));
    refused(vec![
        (
            "a file twice",
            with_entries(&[Raw::file("a", "1"), Raw::file("a", "2")]),
            inner("a: duplicate entry"),
        ),
        (
            "a file twice, spelled differently",
            with_entries(&[Raw::file("d/a", "1"), Raw::file("./d//a", "2")]),
            inner("d/a: duplicate entry"),
        ),
        (
            "a directory twice",
            with_entries(&[Raw::directory("d/"), Raw::directory("d")]),
            inner("d: duplicate entry"),
        ),
        (
            "a file below a file",
            with_entries(&[Raw::file("a", "1"), Raw::file("a/b", "2")]),
            inner("a/b: the path goes through the file a"),
        ),
        (
            "a file in place of a directory",
            with_entries(&[Raw::file("a/b", "1"), Raw::file("a", "2")]),
            inner("a: duplicate entry"),
        ),
        ("hard link", with_entries(&[Raw::new(b'1', "x", []).put(157, "/etc/passwd")]), kind("hard link")),
        ("character device", special(b'3'), kind("character device")),
        ("block device", special(b'4'), kind("block device")),
        ("fifo", special(b'6'), kind("fifo")),
        ("contiguous file", special(b'7'), kind("contiguous file")),
        ("sparse file", special(b'S'), kind("sparse file")),
        ("volume label", special(b'V'), kind("unknown")),
        (
            "link with data",
            with_entries(&[Raw::new(b'2', "x", "data").put(157, "y")]),
            inner("Unrecognized tar header format: a directory or link with a size"),
        ),
    ]);
}

#[test]
fn what_real_packages_have_is_accepted() {
    let entries = [
        Raw::directory("./"),
        Raw::directory("lib/"),
        Raw::file("lib/a.ex", "a"),
        Raw::file("lib/A.ex", "case"),
        Raw::symlink("lib/link", "../priv/x"),
        Raw::symlink("loop", "loop"),
        Raw::file("priv/x", "x"),
        Raw::directory("priv"),
        Raw::file(".formatter.exs", ""),
        Raw::file("priv/hex_metadata.config", "not at the root"),
    ];
    assert_eq!(accept(&with_entries(&entries)), Ok(()));
    assert_eq!(accept(&with_entries(&[])), Ok(()), "no files at all");
}
