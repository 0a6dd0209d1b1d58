//! Files that arrive in pieces: what came is used, unless the file has changed, and nothing that is wrong gets its place.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use hex_format::checksum::Sha256;
use skep_client::TransportError;
use skep_client::network::Progress;
use skep_client::repository::RepositoryError;
use tempfile::TempDir;

use crate::mock::{Answer, Mock, Request};
use crate::support::{bytes, foo, public};

/// As a server that can do ranges serves a file.
fn serve(request: &Request, file: &[u8], etag: &str) -> Answer {
    let range = request
        .header("range")
        .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    match range {
        Some(start) if request.header("if-range") == Some(etag) && start < file.len() => {
            let part = format!("bytes {start}-{}/{}", file.len() - 1, file.len());
            Answer::new(206, &file[start..]).with("content-range", &part).with("etag", etag)
        }
        _ => Answer::new(200, file).with("etag", etag),
    }
}

/// Serves `file`, but breaks the first `times` answers after 100000 bytes.
fn breaking(times: usize, file: Vec<u8>, etag: &'static str) -> Mock {
    let count = AtomicUsize::new(0);
    Mock::start(move |request| {
        let answer = serve(request, &file, etag);
        let cut = 100_000.min(answer.body.len() / 2);
        if count.fetch_add(1, Ordering::SeqCst) < times { answer.cut_at(cut) } else { answer }
    })
}

async fn download(mock: &Mock, file: &[u8], path: &Path) -> Result<(), RepositoryError> {
    public(mock).download_tarball(&foo(), "1.0.0", Sha256::of(file), path, &Progress::default()).await
}

fn names(folder: &TempDir) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_breaks_off_goes_on() {
    let file = bytes(1);
    let mock = breaking(2, file.clone(), "\"one\"");
    let got = public(&mock).tarball(&foo(), "1.0.0", Sha256::of(&file)).await.unwrap();
    assert!(got == file);
    let requests = mock.requests();
    let header = |n: usize, name| requests[n].header(name).map(str::to_owned);
    assert_eq!((header(0, "range"), header(0, "if-range")), (None, None));
    assert_eq!(header(1, "range").as_deref(), Some("bytes=100000-"));
    assert_eq!(header(1, "if-range").as_deref(), Some("\"one\""));
    assert_eq!(requests.len(), 3);
    // As often as it takes, if some comes each time.
    let folder = tempfile::tempdir().unwrap();
    let mock = breaking(10, file.clone(), "\"one\"");
    download(&mock, &file, &folder.path().join("foo.tar")).await.unwrap();
    assert!(fs::read(folder.path().join("foo.tar")).unwrap() == file);
    assert_eq!(names(&folder), ["foo.tar"]);
}

#[cfg(unix)]
#[tokio::test]
async fn links_beside_it_are_not_followed() {
    let file = bytes(1);
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let precious = other.path().join("precious");
    fs::write(&precious, "mine").unwrap();
    std::os::unix::fs::symlink(&precious, folder.path().join(".foo.tar.part.etag")).unwrap();
    let mock = breaking(1, file.clone(), "\"one\"");
    download(&mock, &file, &folder.path().join("foo.tar")).await.unwrap();
    assert_eq!(fs::read_to_string(&precious).unwrap(), "mine");
}

#[tokio::test]
async fn without_an_entity_tag_it_begins_anew() {
    let file = bytes(1);
    for tag in [None, Some("W/\"weak\"")] {
        let (count, served) = (AtomicUsize::new(0), file.clone());
        let mock = Mock::start(move |request| {
            assert_eq!(request.header("range"), None);
            let answer = Answer::new(200, served.clone());
            let answer = tag.map_or(answer.clone(), |tag| answer.with("etag", tag));
            if count.fetch_add(1, Ordering::SeqCst) == 0 { answer.cut_at(9) } else { answer }
        });
        assert!(public(&mock).tarball(&foo(), "1.0.0", Sha256::of(&file)).await.unwrap() == file);
    }
}

#[tokio::test]
async fn a_file_that_changes_on_the_way_comes_whole() {
    let (old, new) = (bytes(1), bytes(2));
    let (count, served) = (AtomicUsize::new(0), new.clone());
    let mock = Mock::start(move |request| match count.fetch_add(1, Ordering::SeqCst) {
        0 => serve(request, &old, "\"old\"").cut_at(100_000),
        _ => serve(request, &served, "\"new\""),
    });
    assert!(public(&mock).tarball(&foo(), "1.0.0", Sha256::of(&new)).await.unwrap() == new);
    assert_eq!(mock.requests()[1].header("if-range"), Some("\"old\""));
}

#[tokio::test]
async fn the_next_command_goes_on_where_the_last_gave_up() {
    let file = bytes(1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("foo.tar");
    let dead = {
        let file = file.clone();
        let count = AtomicUsize::new(0);
        Mock::start(move |request| match count.fetch_add(1, Ordering::SeqCst) {
            0 => serve(request, &file, "\"one\"").cut_at(100_000),
            _ => Answer::new(502, ""),
        })
    };
    let error = download(&dead, &file, &path).await.unwrap_err();
    assert!(matches!(error, RepositoryError::Status { status: 502, .. }), "{error}");
    assert_eq!(names(&folder), [".foo.tar.part", ".foo.tar.part.etag"]);
    let mock = breaking(0, file.clone(), "\"one\"");
    download(&mock, &file, &path).await.unwrap();
    assert_eq!(mock.requests()[0].header("range"), Some("bytes=100000-"));
    assert!(fs::read(&path).unwrap() == file);
    assert_eq!(names(&folder), ["foo.tar"]);
}

#[tokio::test]
async fn a_wrong_half_is_thrown_away() {
    let file = bytes(1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("foo.tar");
    fs::write(folder.path().join(".foo.tar.part"), vec![0; 1000]).unwrap();
    fs::write(folder.path().join(".foo.tar.part.etag"), "\"one\"").unwrap();
    let mock = breaking(0, file.clone(), "\"one\"");
    download(&mock, &file, &path).await.unwrap();
    assert!(fs::read(&path).unwrap() == file);
    assert_eq!(mock.requests().len(), 2);
    assert_eq!(names(&folder), ["foo.tar"]);
    // A half of nobody knows what is not used at all.
    fs::write(folder.path().join(".foo.tar.part"), vec![0; 1000]).unwrap();
    download(&mock, &file, &path).await.unwrap();
    assert_eq!(mock.requests().len(), 3);
    assert_eq!(names(&folder), ["foo.tar"]);
}

#[tokio::test]
async fn what_is_wrong_leaves_the_place_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("foo.tar");
    fs::write(&path, "before").unwrap();
    let mock = Mock::start(|request| serve(request, b"changed", "\"one\""));
    let error = download(&mock, &bytes(1), &path).await.unwrap_err();
    assert!(matches!(error, RepositoryError::Checksum { .. }), "{error}");
    let mock = Mock::start(|_| Answer::new(404, "").with("etag", "\"one\""));
    let error = download(&mock, &bytes(1), &path).await.unwrap_err();
    assert!(matches!(error, RepositoryError::Missing { .. }), "{error}");
    let mock = Mock::start(|_| Answer::new(200, vec![0; 17 << 20]));
    let error = download(&mock, &bytes(1), &path).await.unwrap_err();
    assert!(matches!(error, RepositoryError::Transport(TransportError::TooLarge { .. })), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "before");
    assert_eq!(names(&folder), ["foo.tar"]);
}

#[tokio::test]
async fn odd_ranges_are_not_believed() {
    let file = bytes(1);
    let (count, served) = (AtomicUsize::new(0), file.clone());
    let mock = Mock::start(move |request| match count.fetch_add(1, Ordering::SeqCst) {
        0 => serve(request, &served, "\"one\"").cut_at(100_000),
        // Another part than was asked for.
        1 => Answer::new(206, &served[5..]).with("content-range", "bytes 5-299999/300000"),
        _ => serve(request, &served, "\"one\""),
    });
    assert!(public(&mock).tarball(&foo(), "1.0.0", Sha256::of(&file)).await.unwrap() == file);
    let lying = Mock::start(|_| Answer::new(206, "x").with("content-range", "bytes 0-0/1"));
    let error = public(&lying).tarball(&foo(), "1.0.0", Sha256::of(b"x")).await.unwrap_err();
    assert!(error.to_string().contains("another part of the file"), "{error}");
}

#[tokio::test]
async fn two_at_once_for_one_place() {
    let file = bytes(1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("foo.tar");
    let mock = breaking(3, file.clone(), "\"one\"");
    let all = (0..8).map(|_| download(&mock, &file, &path));
    futures::future::try_join_all(all).await.unwrap();
    assert!(fs::read(&path).unwrap() == file);
    assert_eq!(names(&folder), ["foo.tar"]);
}

#[tokio::test]
async fn a_place_that_can_not_be_written() {
    let file = bytes(1);
    let folder = tempfile::tempdir().unwrap();
    let mock = breaking(0, file.clone(), "\"one\"");
    let error = download(&mock, &file, &folder.path().join("missing/foo.tar")).await.unwrap_err();
    assert!(error.to_string().starts_with("cannot write /"), "{error}");
    // Documentation goes the same way, without a checksum.
    let path = folder.path().join("docs.tar.gz");
    public(&mock).download_docs(&foo(), "1.0.0", &path, &Progress::default()).await.unwrap();
    assert!(fs::read(&path).unwrap() == file);
    assert!(public(&mock).docs(&foo(), "1.0.0").await.unwrap() == file);
}
