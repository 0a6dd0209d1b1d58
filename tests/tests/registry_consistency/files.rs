//! Files of the repository over HTTP: tags, conditions, ranges, and the headers that clients depend on.

use reqwest::Method;
use skep_testkit::{Answer, Client, Package, TestServer, Who, World, both_engines, docs};

both_engines!(
    every_file_has_a_tag_and_is_not_sent_twice,
    a_tag_changes_with_the_file_and_only_then,
    heads_are_those_of_whole_answers,
    ranges_of_files_are_served,
    files_are_never_labelled_as_compressed,
    odd_paths_name_nothing,
);

/// One path of each kind, public and private.
fn paths() -> Vec<String> {
    let tree = Package::new("tree", "1.0.0");
    let cellar = Package::new("cellar", "1.0.0").organization("acme");
    let of = |package: &Package| {
        let resource = |name: &str| package.repository_path(name);
        [
            resource("names"),
            resource("versions"),
            package.registry_path(),
            package.tarball_path(),
            package.docs_path(),
        ]
    };
    of(&tree).into_iter().chain(of(&cellar)).collect()
}

async fn stage(server: &TestServer) -> (World, Client) {
    let world = World::new(server).await;
    for (who, package) in [(Who::Owner, &world.public), (Who::Admin, &world.private)] {
        let archive = docs(&[("index.html", "<h1>docs</h1>")]);
        world.by(who).upload(&format!("{}/docs", package.release_path()), archive).await.expect_status(201);
    }
    let client = world.by(Who::Admin);
    (world, client)
}

async fn with(client: &Client, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = client.request(Method::GET, path);
    headers.iter().fold(request, |request, (name, value)| request.header(name, value)).send().await
}

async fn every_file_has_a_tag_and_is_not_sent_twice(server: TestServer) {
    let (_world, client) = stage(&server).await;
    for path in paths() {
        let first = client.get(&path).await.expect_status(200);
        let (tag, date) = (first.header("etag"), first.header("last-modified"));
        let bare = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).expect("the tag is quoted");
        assert!(!bare.is_empty() && date.ends_with(" GMT"), "{path}: {tag} {date}");
        let weak = format!("W/{tag}");
        let several = format!("\"other\", {tag}");
        for tags in [tag, bare, "*", &weak, &several] {
            let again = with(&client, &path, &[("if-none-match", tags)]).await.expect_status(304);
            assert!(again.body.is_empty());
            assert_eq!(again.header("etag"), tag, "{path}: a 304 names the tag");
            assert_eq!(again.header("cache-control"), first.header("cache-control"));
        }
        // An empty header is what rebar3 sends with its first request.
        for tags in ["", "\"other\"", "\"\""] {
            with(&client, &path, &[("if-none-match", tags)]).await.expect_status(200);
        }
        with(&client, &path, &[("if-modified-since", date)]).await.expect_status(304);
        let long_ago = "Sun, 06 Nov 1994 08:49:37 GMT";
        with(&client, &path, &[("if-modified-since", long_ago)]).await.expect_status(200);
        with(&client, &path, &[("if-modified-since", "yesterday")]).await.expect_status(200);
        // A tag that does not match counts more than a date that does.
        let both = [("if-none-match", "\"other\""), ("if-modified-since", date)];
        with(&client, &path, &both).await.expect_status(200);
    }
}

async fn a_tag_changes_with_the_file_and_only_then(server: TestServer) {
    let (world, client) = stage(&server).await;
    let owner = world.by(Who::Owner);
    let tag = async |path: &str| client.get(path).await.expect_status(200).header("etag").to_owned();
    let [names, versions, package, tarball, docs_archive, ..] = &paths()[..] else {
        panic!("there are more")
    };
    let before = [tag(names).await, tag(versions).await, tag(package).await, tag(tarball).await];
    owner.publish(&Package::new("tree", "1.1.0")).await.expect_status(201);
    assert_ne!(tag(names).await, before[0], "the package was updated");
    assert_ne!(tag(versions).await, before[1]);
    assert_ne!(tag(package).await, before[2]);
    assert_eq!(tag(tarball).await, before[3]);
    // The old tag does not save the client the new file.
    with(&client, package, &[("if-none-match", &before[2])]).await.expect_status(200);

    let (package_tag, docs_tag) = (tag(package).await, tag(docs_archive).await);
    let other = docs(&[("index.html", "<h1>other docs</h1>")]);
    owner.upload("/api/packages/tree/releases/1.0.0/docs", other.clone()).await.expect_status(201);
    assert_ne!(tag(docs_archive).await, docs_tag);
    assert_eq!(client.get(docs_archive).await.body, other);
    assert_eq!(tag(package).await, package_tag, "documentation is no part of the registry");
    owner.delete("/api/packages/tree/releases/1.0.0/docs").await.expect_status(204);
    with(&client, docs_archive, &[("if-none-match", &docs_tag)]).await.expect_status(404);

    // The same release once more is the same file.
    let replaced = Package::new("tree", "1.0.0");
    owner.replace(&replaced).await.expect_status(200);
    assert_eq!(tag(tarball).await, before[3]);
    owner.replace(&replaced.file("new", "new")).await.expect_status(200);
    assert_ne!(tag(tarball).await, before[3]);
}

async fn heads_are_those_of_whole_answers(server: TestServer) {
    let (_world, client) = stage(&server).await;
    for path in paths().iter().map(String::as_str).chain(["/repo/public_key", "/repo/installs/hex-1.x.csv"]) {
        let whole = client.get(path).await.expect_status(200);
        let head = client.head(path).await.expect_status(200);
        assert!(head.body.is_empty());
        for name in ["content-length", "content-type", "etag", "last-modified", "cache-control"] {
            assert_eq!(head.header(name), whole.header(name), "{name} of {path}");
        }
        assert_eq!(head.header("content-length"), whole.body.len().to_string(), "{path}");
    }
    let cached =
        client.request(Method::HEAD, "/repo/packages/tree").header("if-none-match", "*").send().await;
    cached.expect_status(304);
    client.head("/repo/packages/missing").await.expect_status(404);
    server.anonymous().head("/repo/repos/acme/packages/cellar").await.expect_status(404);
}

async fn ranges_of_files_are_served(server: TestServer) {
    let (world, client) = stage(&server).await;
    for path in [world.private.tarball_path(), world.private.docs_path(), world.public.tarball_path()] {
        let whole = client.get(&path).await.expect_status(200);
        assert_eq!(whole.header("accept-ranges"), "bytes");
        let size = whole.body.len();
        for (asked, from, to) in [
            ("bytes=0-0".to_owned(), 0, 1),
            ("bytes=10-19".to_owned(), 10, 20),
            ("bytes=50-".to_owned(), 50, size),
            ("bytes=-7".to_owned(), size - 7, size),
            (format!("bytes=5-{}", size * 2), 5, size),
            (format!("bytes=-{}", size * 2), 0, size),
        ] {
            let part = with(&client, &path, &[("range", &asked)]).await.expect_status(206);
            assert_eq!(part.body, whole.body.slice(from..to), "{asked} of {path}");
            assert_eq!(part.header("content-range"), format!("bytes {from}-{}/{size}", to - 1));
            assert_eq!(part.header("etag"), whole.header("etag"));
        }
        for asked in [format!("bytes={size}-"), "bytes=-0".to_owned()] {
            let none = with(&client, &path, &[("range", &asked)]).await.expect_status(416);
            assert_eq!(none.header("content-range"), format!("bytes */{size}"));
        }
        for asked in ["bytes=0-1,3-4", "bytes=5-2", "lines=0-1", "bytes=x"] {
            let all = with(&client, &path, &[("range", asked)]).await.expect_status(200);
            assert_eq!(all.body, whole.body, "{asked}");
        }
        // A part of what the client has is only sent if it still is the same file.
        let tag = whole.header("etag");
        with(&client, &path, &[("range", "bytes=0-0"), ("if-range", tag)]).await.expect_status(206);
        with(&client, &path, &[("range", "bytes=0-0"), ("if-range", "\"other\"")]).await.expect_status(200);
        with(&client, &path, &[("range", "bytes=0-0"), ("if-none-match", tag)]).await.expect_status(304);
    }
}

async fn files_are_never_labelled_as_compressed(server: TestServer) {
    let (_world, client) = stage(&server).await;
    for path in paths() {
        let answer = with(&client, &path, &[("accept-encoding", "gzip, br")]).await.expect_status(200);
        assert_eq!(answer.header("content-encoding"), "", "{path}: mix would unpack it twice");
        assert_eq!(answer.header("content-type"), "application/octet-stream", "{path}");
        let shared = if path.contains("acme") { "private" } else { "public" };
        assert!(
            answer.header("cache-control").starts_with(shared),
            "{path}: {}",
            answer.header("cache-control")
        );
    }
    let key = client.get("/repo/public_key").await.expect_status(200);
    assert_eq!(key.text(), server.public_key().to_pem());
}

async fn odd_paths_name_nothing(server: TestServer) {
    let (_world, client) = stage(&server).await;
    // Doubled slashes come from clients that join addresses.
    for path in ["/repo//packages/tree", "/repo/packages//tree", "/repo/repos//acme/packages/cellar"] {
        client.get(path).await.expect_status(200);
    }
    for path in [
        "/repo",
        "/repo/",
        "/repo/repos/acme",
        "/repo/packages",
        "/repo/packages/tree/1.0.0",
        "/repo/packages/TREE",
        "/repo/packages/%74ree",
        "/repo/packages/tree%00",
        "/repo/repos/acme%2f..%2fhexpm/names",
        "/repo/tarballs/tree",
        "/repo/tarballs/tree-1.0.0",
        "/repo/tarballs/tree-1.0.tar",
        "/repo/tarballs/tree-.tar",
        "/repo/tarballs/-1.0.0.tar",
        "/repo/docs/tree-1.0.0.tar",
        "/repo/installs/hex-2.x.csv",
        "/repo/debug/tarballs/tree-1.0.0.tar",
    ] {
        client.get(path).await.expect_status(404);
    }
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
        client.request(method, "/repo/packages/tree").send().await.expect_status(404);
    }
}
