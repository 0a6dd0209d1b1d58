use super::*;
use crate::tarball::{FormatVersion, MAX_METADATA};

const HEADER: &str = "tarball error, Unrecognized tar header format: ";
const EXTENSION: &str = "tarball error, malformed extension header: ";
const END: &str = "tarball error, Unexpected end of file";

fn replaced(index: usize, raw: Raw) -> Vec<u8> {
    let mut files = good_files();
    files[index] = raw;
    archive(&files)
}

fn without(index: usize) -> Vec<u8> {
    let mut files = good_files();
    files.remove(index);
    archive(&files)
}

/// A good tarball with more entries in front.
fn after(extra: &[Raw]) -> Vec<u8> {
    archive(&[extra.to_vec(), good_files()].concat())
}

fn size(field: impl AsRef<[u8]>) -> Vec<u8> {
    after(&[Raw::file("NOTES", "").put(124, field)])
}

fn header(text: &str) -> &'static str {
    format!("{HEADER}{text}").leak()
}

fn extension(text: &str) -> &'static str {
    format!("{EXTENSION}{text}").leak()
}

#[test]
fn the_good_one_is_accepted() {
    assert_eq!(accept(&archive(&good_files())), Ok(()));
    let mut files = good_files();
    files.reverse();
    assert_eq!(accept(&archive(&files)), Ok(()), "in any order");
    assert_eq!(accept(&after(&[Raw::file("NOTES", "hello")])), Ok(()), "with more files");
    let padded = [archive(&good_files()), vec![0; 8 * 1024]].concat();
    assert_eq!(accept(&padded), Ok(()), "rounded up to a tape record");
}

#[test]
fn both_cases_of_checksum_and_both_of_its_paddings_are_accepted() {
    let tarball = archive(&good_files());
    let checksum = read(&tarball, &SMALL).unwrap().checksum.to_lowercase();
    assert_eq!(accept(&replaced(1, Raw::file("CHECKSUM", checksum))), Ok(()));
    for tarball in [tarball, with_entries(&[Raw::file("mix.exs", "x")])] {
        let padding = &tarball[154..156];
        assert!(padding == b"\0 " || padding.ends_with(b"\0"), "{padding:?}");
        assert_eq!(accept(&tarball), Ok(()));
    }
}

#[test]
fn missing_files() {
    refused(vec![
        ("without VERSION", without(0), r#"missing files: ["VERSION"]"#),
        ("without CHECKSUM", without(1), r#"missing files: ["CHECKSUM"]"#),
        ("without metadata.config", without(2), r#"missing files: ["metadata.config"]"#),
        ("without contents.tar.gz", without(3), r#"missing files: ["contents.tar.gz"]"#),
        ("without two", archive(&good_files()[1..3]), r#"missing files: ["VERSION", "contents.tar.gz"]"#),
        ("an empty archive", archive(&[]), "empty tarball"),
        (
            "another archive",
            archive(&[Raw::file("a", "b")]),
            r#"missing files: ["VERSION", "CHECKSUM", "metadata.config", "contents.tar.gz"]"#,
        ),
    ]);
}

#[test]
fn wrong_files() {
    let invalid = "tarball error, invalid_inner_checksum: CHECKSUM is not 64 hexadecimal digits";
    let checksum = |text: &str| replaced(1, Raw::file("CHECKSUM", text));
    let version = |text: &str| replaced(0, Raw::file("VERSION", text));
    let big = vec![b'%'; MAX_METADATA as usize + 1];
    let big = archive(&[Raw::file("metadata.config", big)]);
    let cases = vec![
        ("version 4", version("4"), r#"unsupported version: <<"4">>"#),
        ("version 2", version("2"), r#"unsupported version: <<"2">>"#),
        ("version with a line break", version("3\n"), "unsupported version: <<51,10>>"),
        ("version with a quote", version("\"\\"), r#"unsupported version: <<"\"\\">>"#),
        ("empty version", version(""), "unsupported version: <<>>"),
        ("version not UTF-8", replaced(0, Raw::file("VERSION", [255])), "unsupported version: <<255>>"),
        ("long version", version(&"3".repeat(33)), "file too big: VERSION"),
        ("checksum not hexadecimal", checksum(&"x".repeat(64)), invalid),
        ("short checksum", checksum("00"), invalid),
        ("empty checksum", checksum(""), invalid),
        ("odd checksum", checksum(&"0".repeat(63)), invalid),
        ("checksum with a line break", checksum(&("0".repeat(64) + "\n")), invalid),
        ("checksum not UTF-8", replaced(1, Raw::file("CHECKSUM", [255; 64])), invalid),
        ("long checksum", checksum(&"0".repeat(129)), "file too big: CHECKSUM"),
        ("big metadata", big, "file too big: metadata.config"),
        ("VERSION twice", after(&[Raw::file("VERSION", "3")]), "tarball error, VERSION: duplicate entry"),
        (
            "VERSION in another case",
            after(&[Raw::file("version", "4")]),
            "tarball error, version: the name is not spelled VERSION",
        ),
        (
            "VERSION through a dot",
            replaced(0, Raw::file("./VERSION", "3")),
            "tarball error, ./VERSION: the name is not spelled VERSION",
        ),
        (
            "VERSION is a link",
            replaced(0, Raw::symlink("VERSION", "x")),
            "tarball error, VERSION: unsupported file type symbolic link",
        ),
        (
            "VERSION is a directory",
            replaced(0, Raw::directory("VERSION/")),
            "tarball error, VERSION/: unsupported file type directory",
        ),
        (
            "an extra hard link",
            after(&[Raw::new(b'1', "hard", []).put(157, "VERSION")]),
            "tarball error, hard: unsupported file type hard link",
        ),
        (
            "an extra file outside",
            after(&[Raw::file("../NOTES", "")]),
            "tarball error, ../NOTES: The path points above the current working directory",
        ),
        (
            "an extra absolute file",
            after(&[Raw::file("/NOTES", "")]),
            "tarball error, /NOTES: the path is absolute",
        ),
        ("an extra file without a name", after(&[Raw::file("", "")]), "tarball error, : the path is empty"),
        (
            "too many extra files",
            after(&(0..61).map(|n| Raw::file(format!("{n}"), "")).collect::<Vec<_>>()),
            "tarball error, too many entries: more than 64",
        ),
    ];
    let limits = Limits { tarball: 2 << 20, ..SMALL };
    for (name, bytes, expected) in cases {
        assert_eq!(read(&bytes, &limits).unwrap_err().to_string(), expected, "{name}");
    }
}

#[test]
fn a_wrong_checksum_is_shown_beside_the_right_one() {
    let good = archive(&good_files());
    let actual = read(&good, &SMALL).unwrap().inner;
    let wrong = replaced(1, Raw::file("CHECKSUM", "0".repeat(64)));
    let text = accept(&wrong).unwrap_err().to_string();
    assert!(text.contains("inner_checksum_mismatch"), "{text}");
    assert!(text.contains(&"0".repeat(64)) && text.contains(&actual.to_string()), "{text}");
}

#[test]
fn not_an_archive() {
    let good = archive(&good_files());
    let no_end = good[..good.len() - 1024].to_vec();
    let garbage = [&good[..], b"garbage"].concat();
    let one_zero_block = [&no_end[..], &[0; 512], &no_end].concat();
    refused(vec![
        ("empty", Vec::new(), END),
        ("text", b"this is not a tarball".to_vec(), END),
        ("much text", b"text ".repeat(1000), header("wrong checksum")),
        ("gzip", write::gzip(&good), END),
        ("random", (0..2048_u32).map(|n| ((n * 7919) >> 3) as u8).collect(), header("wrong checksum")),
        ("0xff", vec![0xff; 2048], header("wrong checksum")),
        ("half an end", good[..good.len() - 512].to_vec(), END),
        ("no end", no_end, END),
        ("one block of zeros inside", one_zero_block, "tarball error, Invalid end of archive"),
        ("garbage after the end", garbage, "tarball error, data after the end of the archive"),
        (
            "another archive after the end",
            [&good[..], &good].concat(),
            "tarball error, data after the end of the archive",
        ),
        (
            "too big",
            vec![0; SMALL.tarball + 1],
            "tarball error, Extraction size exceeds the configured max_size limit",
        ),
    ]);
}

#[test]
fn cut_anywhere() {
    let good = archive(&good_files());
    for length in 0..good.len() {
        assert_eq!(accept(&good[..length]).unwrap_err().to_string(), END, "cut to {length} bytes");
    }
}

#[test]
fn bad_headers() {
    let file = || Raw::file("NOTES", "");
    let one = |raw: Raw| after(&[raw]);
    refused(vec![
        ("wrong checksum", one(file().put_checksum("0000000\0")), header("wrong checksum")),
        ("no checksum", one(file().put_checksum("\0\0\0\0\0\0\0\0")), header("wrong checksum")),
        ("checksum in letters", one(file().put_checksum("letters\0")), header("wrong checksum")),
        ("unknown magic", one(file().put(257, "tar!!\0")), header("unknown magic")),
        ("unknown version", one(file().put(263, "99")), header("unknown magic")),
        ("v7 with a prefix", one(file().put(257, [0; 8]).put(345, "..")), header("unknown magic")),
        (
            "GNU with a prefix",
            one(file().put(257, b"ustar  \0").put(345, "..")),
            header("old GNU extensions"),
        ),
        ("star", one(file().put(508, b"tar\0")), header("star format")),
        (
            "absolute name after a prefix",
            one(Raw::file("/NOTES", "").put(345, "a")),
            header("an absolute name after a prefix"),
        ),
        (
            "climbing prefix",
            one(file().put(345, "..")),
            "tarball error, ../NOTES: The path points above the current working directory",
        ),
        ("size beyond the end", size("00000077777\0"), END),
        ("largest octal size", size("777777777777"), END),
        ("largest size", size(b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff"), END),
        (
            "size of 2^63",
            size(b"\x80\0\0\0\x80\0\0\0\0\0\0\0"),
            "tarball error, Failed to parse numeric: integer overflow",
        ),
        (
            "size of 2^94",
            size(b"\xbf\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
            "tarball error, Failed to parse numeric: integer overflow",
        ),
        ("negative size", size([0xff; 12]), "tarball error, Invalid header: negative size"),
        ("minus in the size", size("-0000000001\0"), header("field size is not a number")),
        ("hexadecimal size", size("0x000000001\0"), header("field size is not a number")),
        ("size in two parts", size("0000 000001\0"), header("field size is not a number")),
        ("size with 8", size("00000000008\0"), header("field size is not a number")),
        ("no size", size([0; 12]), header("no size")),
        ("mode in letters", one(file().put(100, "rw-r--r-")), header("field mode is not a number")),
        ("uid in letters", one(file().put(108, "root\0\0\0\0")), header("field uid is not a number")),
        ("gid in letters", one(file().put(116, "root\0\0\0\0")), header("field gid is not a number")),
        ("mtime in letters", one(file().put(136, "yesterday\0\0\0")), header("field mtime is not a number")),
        (
            "directory with data",
            one(Raw::new(b'5', "dir/", "data")),
            header("a directory or link with a size"),
        ),
        (
            "name not UTF-8",
            one(Raw::file(b"\xff\xfe", "")),
            "tarball error, \u{fffd}\u{fffd}: the path is not UTF-8",
        ),
    ]);
}

#[test]
fn bad_extensions() {
    let file = || Raw::file("NOTES", "");
    let pax = |records: &str| after(&[Raw::new(b'x', "pax", records), file()]);
    let record = extension("not a PAX record");
    let two = extension("two values for one field");
    refused(vec![
        ("no length", pax("path=a\n"), record),
        ("wrong length", pax("99 path=a\n"), record),
        ("length one too small, in ASCII", pax("9 path=ab\n"), record),
        ("length with a zero", pax("010 path=a\n"), record),
        ("huge length", pax("99999999999999999999 path=a\n"), record),
        ("negative length", pax("-9 path=a\n"), record),
        ("no line break", pax("9 path=a"), record),
        ("no equals sign", pax("9 path a\n"), record),
        ("no key", pax("5 =a\n"), record),
        ("no value", pax("8 path=\n"), record),
        ("NUL in a value", pax("10 path=\0\n"), record),
        ("line break in a value", pax("18 comment=9 path=\n"), record),
        ("a record hidden in a value", pax("26 comment=ab\n12 path=../x\n"), record),
        ("path twice", pax("9 path=a\n9 path=b\n"), two),
        ("other size", pax("9 size=7\n"), extension("the size contradicts the header")),
        ("size in letters", pax("9 size=x\n"), extension("a size that is no number")),
        ("size beyond 64 bits", pax("29 size=99999999999999999999\n"), extension("a size that is no number")),
        ("sparse", pax("22 GNU.sparse.name=ab\n"), extension("sparse files are not supported")),
        (
            "PAX twice",
            after(&[Raw::pax(&[("path", "long-name")]), Raw::pax(&[("comment", "x")]), file()]),
            extension("two PAX headers for one entry"),
        ),
        (
            "PAX and GNU name",
            after(&[Raw::pax(&[("path", "long-name")]), Raw::new(b'L', "L", "b\0"), file()]),
            two,
        ),
        ("GNU name twice", after(&[Raw::new(b'L', "L", "a\0"), Raw::new(b'L', "L", "b\0"), file()]), two),
        (
            "GNU name with NUL",
            after(&[Raw::new(b'L', "L", "a\0b\0"), file()]),
            extension("a long name that is empty or holds NUL"),
        ),
        (
            "empty GNU name",
            after(&[Raw::new(b'L', "L", "\0"), file()]),
            extension("a long name that is empty or holds NUL"),
        ),
        (
            "global path",
            after(&[Raw::new(b'g', "g", "9 path=a\n"), file()]),
            extension("a name or size for all entries"),
        ),
        (
            "extension without an entry",
            archive(&[good_files(), vec![Raw::pax(&[("path", "long-name")])]].concat()),
            extension("without an entry"),
        ),
        (
            "big extension",
            after(&[Raw::new(b'x', "x", vec![b'x'; 70_000]), file()]),
            "tarball error, extension header of 70000 bytes, more than 65536",
        ),
        (
            "extension that claims to be huge",
            after(&[Raw::new(b'x', "x", "").put(124, "77777777777\0"), file()]),
            "tarball error, extension header of 8589934591 bytes, more than 65536",
        ),
        (
            "climbing PAX path",
            after(&[Raw::pax(&[("path", "../../x")]), file()]),
            "tarball error, ../../x: The path points above the current working directory",
        ),
    ]);
}

#[test]
fn other_archivers_are_read() {
    let comment = Raw::new(b'g', "pax_global_header", "13 comment=x\n");
    let gnu = Raw::file("NOTES", "hello").put(257, b"ustar  \0");
    let v7 = Raw::new(0, "NOTES", "hello").put(257, [0; 8]);
    let base256 = Raw::file("NOTES", "hello").put(124, b"\x80\0\0\0\0\0\0\0\0\0\0\x05");
    let old_time = Raw::file("NOTES", "").put(136, [0xff; 12]);
    let spaces = Raw::file("NOTES", "hello").put(124, "          5 ");
    let long = [Raw::new(b'L', "././@LongLink", "n".repeat(300) + "\0"), gnu.clone()];
    let size = [Raw::pax(&[("size", "5"), ("mtime", "1.5")]), Raw::file("NOTES", "hello")];
    for extra in [&[comment][..], &[gnu], &[v7], &[base256], &[old_time], &[spaces], &size] {
        assert_eq!(accept(&after(extra)), Ok(()));
    }
    let error = accept(&after(&long)).unwrap_err().to_string();
    assert!(error.ends_with("the path has a component of 300 bytes, more than 255"), "{error}");
}

#[test]
fn version_2_when_asked_for() {
    let gz = write::gzip(&archive(&[Raw::file("mix.exs", "x")]));
    let sum = Sha256::of(&[b"2", METADATA, &gz].concat()).to_upper_hex();
    let files = [
        Raw::file("VERSION", "2"),
        Raw::file("CHECKSUM", sum),
        Raw::file("metadata.exs", METADATA),
        Raw::file("contents.tar.gz", gz),
    ];
    let limits = Limits { versions: &[FormatVersion::V2, FormatVersion::V3], ..SMALL };
    let bytes = archive(&files);
    let tarball = read(&bytes, &limits).unwrap();
    assert_eq!((tarball.version, tarball.metadata), (FormatVersion::V2, METADATA));
    assert!(read(&archive(&good_files()), &limits).is_ok());
    let missing = read(&archive(&files[..2]), &limits).unwrap_err().to_string();
    assert_eq!(missing, r#"missing files: ["metadata.exs", "contents.tar.gz"]"#);
    assert_eq!(accept(&bytes).unwrap_err().to_string(), r#"missing files: ["metadata.config"]"#);
}
