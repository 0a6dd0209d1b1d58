//! Registry files of before: asked about, believed only if they verify, and enough where there is no network.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use skep_client::network::NetworkSettings;
use skep_client::repository::{Cache, Repository};
use tempfile::TempDir;

use crate::mock::{Answer, Mock};
use crate::support::{foo, package, settings, through};

fn server() -> Mock {
    Mock::start(|request| match request.header("if-none-match") {
        Some("\"one\"") => Answer::new(304, ""),
        _ => Answer::new(200, package(b"tar")).with("etag", "\"one\""),
    })
}

fn cached(settings: &NetworkSettings, mock: &Mock, folder: &Path) -> Repository {
    through(settings, &mock.url("/repo")).with_cache(Cache::new(folder.to_owned()))
}

fn only_file(folder: &TempDir) -> PathBuf {
    let mut files = fs::read_dir(folder).unwrap();
    let file = files.next().unwrap().unwrap().path();
    assert!(files.next().is_none());
    file
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent() {
    let (mock, folder) = (server(), tempfile::tempdir().unwrap());
    let first = cached(&settings(), &mock, folder.path()).package(&foo()).await.unwrap();
    let second = cached(&settings(), &mock, folder.path()).package(&foo()).await.unwrap();
    assert_eq!(first, second);
    let tags: Vec<_> =
        mock.requests().iter().map(|request| request.header("if-none-match").map(str::to_owned)).collect();
    assert_eq!(tags, [None, Some("\"one\"".to_owned())]);
    let offline = NetworkSettings { offline: true, ..settings() };
    assert_eq!(cached(&offline, &mock, folder.path()).package(&foo()).await.unwrap(), first);
    let error = cached(&offline, &mock, folder.path()).names().await.unwrap_err();
    assert!(error.to_string().contains("HEX_OFFLINE"), "{error}");
    assert_eq!(mock.requests().len(), 2);
}

#[tokio::test]
async fn only_the_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let (mock, folder) = (server(), tempfile::tempdir().unwrap());
    cached(&settings(), &mock, folder.path()).package(&foo()).await.unwrap();
    assert_eq!(fs::metadata(only_file(&folder)).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_damaged_file_is_fetched_anew() {
    let (mock, folder) = (server(), tempfile::tempdir().unwrap());
    cached(&settings(), &mock, folder.path()).package(&foo()).await.unwrap();
    let file = only_file(&folder);
    let good = fs::read(&file).unwrap();
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for damaged in [b"".to_vec(), b"junk".to_vec(), good[..good.len() / 2].to_vec(), flipped] {
        fs::write(&file, damaged).unwrap();
        cached(&settings(), &mock, folder.path()).package(&foo()).await.unwrap();
        assert_eq!(mock.requests().last().unwrap().header("if-none-match"), None);
        assert!(fs::read(&file).unwrap() == good);
    }
    // Not even without a network.
    fs::write(&file, "junk").unwrap();
    let offline = NetworkSettings { offline: true, ..settings() };
    cached(&offline, &mock, folder.path()).package(&foo()).await.unwrap_err();
}

#[tokio::test]
async fn what_does_not_verify_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mock = Mock::start(|_| Answer::new(200, "junk").with("etag", "\"one\""));
    cached(&settings(), &mock, folder.path()).package(&foo()).await.unwrap_err();
    assert!(fs::read_dir(&folder).unwrap().next().is_none());
}

#[tokio::test]
async fn a_folder_that_can_not_be_written_is_told_once() {
    static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let (mock, folder) = (server(), tempfile::tempdir().unwrap());
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let settings = NetworkSettings { warn: |text| TOLD.lock().unwrap().push(text.to_owned()), ..settings() };
    let repository = cached(&settings, &mock, &file.join("cache"));
    repository.package(&foo()).await.unwrap();
    repository.package(&foo()).await.unwrap();
    let told = TOLD.lock().unwrap();
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("nothing is kept for the next time: cannot write /"), "{}", told[0]);
}

#[tokio::test]
async fn many_at_once() {
    let (mock, folder) = (server(), tempfile::tempdir().unwrap());
    let repositories: Vec<_> = (0..8).map(|_| cached(&settings(), &mock, folder.path())).collect();
    let package = foo();
    let all = repositories.iter().map(|repository| repository.package(&package));
    futures::future::try_join_all(all).await.unwrap();
    only_file(&folder);
}
