use super::*;
use crate::app::App;

async fn nothing(_call: Call) -> Result<Reply, Error> {
    Ok(Reply::no_content())
}

fn routes() -> Routes<App> {
    Routes::new().get("/", nothing).get("/users/me", nothing).get("/users/{name}", nothing).under(
        ["", "/repos/{repository}"],
        |routes| {
            routes
                .get("/packages/{name}", nothing)
                .post("/packages/{name}", nothing)
                .upload("/packages/{name}/releases", nothing)
                .get("/packages/{name}/releases/{version}", nothing)
                .upload("/publish", nothing)
        },
    )
}

fn find(method: Method, path: &str) -> Option<String> {
    routes().find(&method, &Path::parse(path).unwrap()).map(|route| route.pattern.to_string())
}

#[test]
fn literals_win() {
    assert_eq!(find(Method::GET, "/users/me").as_deref(), Some("/users/me"));
    assert_eq!(find(Method::GET, "/users/m%65").as_deref(), Some("/users/me"));
    assert_eq!(find(Method::GET, "/users/you").as_deref(), Some("/users/{name}"));
    assert_eq!(find(Method::GET, "/").as_deref(), Some("/"));
    assert_eq!(find(Method::GET, "").as_deref(), Some("/"));
}

#[test]
fn slashes_do_not_count() {
    assert_eq!(find(Method::GET, "//users///me//").as_deref(), Some("/users/me"));
}

#[test]
fn methods_count() {
    assert_eq!(find(Method::DELETE, "/users/me"), None);
    assert_eq!(find(Method::OPTIONS, "/users/me"), None);
    assert_eq!(find(Method::GET, "/nothing"), None);
    assert!(routes().knows(&Path::parse("/users/me").unwrap()));
    assert!(!routes().knows(&Path::parse("/nothing").unwrap()));
    assert_eq!(find(Method::GET, &"/a".repeat(1000)), None);
}

#[test]
fn params_are_decoded() {
    let routes = routes();
    let path = Path::parse("/repos/acme/packages/a%2Fb+c/releases/1.0.0%2Bx").unwrap();
    let params = routes.find(&Method::GET, &path).unwrap().params(&path);
    assert_eq!(params.text("repository"), Ok(Some("acme".into())));
    assert_eq!(params.text("name"), Ok(Some("a/b+c".into())));
    assert_eq!(params.text("version"), Ok(Some("1.0.0+x".into())));
}

#[test]
fn malformed_paths() {
    assert_eq!(Path::parse("/a%00"), Err(Malformed::Nul("path")));
    assert_eq!(Path::parse("/a%ff"), Err(Malformed::Encoding("path")));
    assert_eq!(Path::parse("/a%f"), Err(Malformed::Escape("path")));
}

#[test]
fn the_table_can_be_listed() {
    let lines: Vec<_> = routes()
        .list()
        .iter()
        .map(|route| {
            format!("{} {}{}", route.method, route.pattern, if route.is_upload { " (upload)" } else { "" })
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    GET /
    GET /packages/{name}
    POST /packages/{name}
    POST /packages/{name}/releases (upload)
    GET /packages/{name}/releases/{version}
    POST /publish (upload)
    GET /repos/{repository}/packages/{name}
    POST /repos/{repository}/packages/{name}
    POST /repos/{repository}/packages/{name}/releases (upload)
    GET /repos/{repository}/packages/{name}/releases/{version}
    POST /repos/{repository}/publish (upload)
    GET /users/me
    GET /users/{name}
    ");
}
