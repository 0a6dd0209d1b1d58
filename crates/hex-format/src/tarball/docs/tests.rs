use super::*;
use crate::tarball::raw::{Raw, archive};
use crate::tarball::write::gzip;

const LIMITS: Limits = Limits { tarball: 2000, unpacked: 10_000, entries: 10, versions: &[] };

fn refused(gz: &[u8]) -> String {
    check(gz, &LIMITS).unwrap_err().to_string()
}

#[test]
fn only_gzip_and_sizes_are_checked() {
    assert_eq!(check(&gzip(&archive(&[Raw::file("index.html", "x")])), &LIMITS), Ok(2048));
    assert_eq!(check(&gzip(b"not an archive"), &LIMITS), Ok(14));
    assert_eq!(check(&gzip(b""), &LIMITS), Ok(0));
    assert_eq!(check(&gzip(&[0; 10_000]), &LIMITS), Ok(10_000));
}

#[test]
fn refusals() {
    assert_eq!(refused(&[0x1f; 2001]), "too big");
    assert_eq!(refused(&gzip(&[0; 10_001])), "too big (uncompressed)");
    assert_eq!(refused(b""), "docs tarball error, Unexpected end of file");
    assert_eq!(refused(b"plain"), "docs tarball error, Unexpected end of file");
    assert_eq!(refused(&[b'x'; 600]), "docs tarball error, not a gzip stream");
    let gz = gzip(b"hello hello hello");
    assert_eq!(refused(&gz[..gz.len() - 1]), "docs tarball error, Unexpected end of file");
    assert_eq!(
        refused(&[&gz[..], &gz].concat()),
        "docs tarball error, data after the end of the gzip stream"
    );
}

#[test]
fn what_is_served_is_checked() {
    let served =
        |list: &[Raw]| entries(&gzip(&archive(list))[..], &LIMITS).map_err(|error| error.to_string());
    let good = [Raw::directory("./"), Raw::file("./index.html", "x"), Raw::file("hex_metadata.config", "")];
    assert_eq!(served(&good).unwrap().len(), 2);
    for (list, text) in [
        ([Raw::file("../x", "")], "../x: The path points above the current working directory"),
        ([Raw::symlink("x", "index.html")], "x: unsupported file type symbolic link"),
        ([Raw::new(b'6', "x", [])], "x: unsupported file type fifo"),
        ([Raw::file("x", vec![0; 10_000])], "too big (uncompressed)"),
    ] {
        let error = served(&list).unwrap_err();
        assert_eq!(error.strip_prefix("docs tarball error, ").unwrap_or(&error), text);
    }
}

#[test]
fn errors_of_the_visitor_come_back() {
    #[derive(Debug, PartialEq)]
    struct Full;
    impl From<DocsError> for Full {
        fn from(_: DocsError) -> Self {
            unreachable!("the archive is good")
        }
    }
    let gz = gzip(&archive(&[Raw::file("a", "x")]));
    assert_eq!(walk(&gz[..], &LIMITS, |_, _| Err(Full)), Err(Full));
}
