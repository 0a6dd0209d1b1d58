use std::time::{Duration, SystemTime};

use super::*;

const MANIFEST: &str = r#"
name = "twig"
version = "1.2.0"
description = "A \"twig\" – é"
licences = ["Apache-2.0"]
repository = { type = "github", user = "acme", repo = "twig" }
links = [{ title = "Home", href = "https://twig.example.com" }]
internal_modules = ["twig/internal"]

[dependencies]
gleam_stdlib = ">= 0.44.0 and < 2.0.0"
leaf_package = { version = "~> 1.0" }

[dev_dependencies]
gleeunit = { path = "../gleeunit" }

[erlang]
application_start_module = "twig/app"
application_start_argument = "[{port, 80}]"
extra_applications = ["inets"]
"#;

/// A project, compiled a while ago.
fn project() -> Folder {
    let folder = Folder::new();
    folder
        .put("gleam.toml", MANIFEST)
        .put("manifest.toml", "packages = [{ name = \"leaf_package\", version = \"1.0.0\", otp_app = \"leaf\", source = \"hex\", outer_checksum = \"0000000000000000000000000000000000000000000000000000000000000000\" }]\n")
        .put("README.md", "read")
        .put("LICENCE", "do")
        .put("notes.txt", "private")
        .put("src/twig.gleam", "pub type Point { Point(x: Int) }")
        .put("src/twig/app.gleam", "pub fn start() { 1 }")
        .put("src/twig_ffi.erl", "-module(twig_ffi).")
        .put("src/.hidden/more.mjs", "")
        .put("src/Wrong.gleam", "")
        .put("src/data.txt", "")
        .put("priv/.keep", "")
        .put("test/twig_test.gleam", "");
    let old = SystemTime::now() - Duration::from_secs(60);
    for name in ["src/twig.gleam", "src/twig/app.gleam"] {
        fs::File::options().write(true).open(folder.at(name)).unwrap().set_modified(old).unwrap();
    }
    let build = "build/dev/erlang/twig";
    for (name, text) in [
        ("_gleam_artefacts/twig.erl", "-module(twig)."),
        ("_gleam_artefacts/twig@app.erl", "-module(twig@app)."),
        ("_gleam_artefacts/twig_test.erl", "-module(twig_test)."),
        ("include/twig_Point.hrl", "-record(point, {x})."),
        ("include/twig_Gone.hrl", ""),
        ("include/twig_test_Point.hrl", ""),
        ("ebin/twig.app", "{application, twig, []}."),
    ] {
        folder.put(&format!("{build}/{name}"), text);
    }
    folder
}

fn package(folder: &Folder) -> Result<Package, BuildError> {
    Project::gleam(folder.path())?.package()
}

#[test]
fn a_package() {
    let folder = project();
    let package = package(&folder).unwrap();
    assert_eq!(
        paths(&package),
        [
            "LICENCE",
            "README.md",
            "gleam.toml",
            "include/twig_Point.hrl",
            "priv/.keep",
            "src/.hidden/more.mjs",
            "src/twig.app.src",
            "src/twig.erl",
            "src/twig.gleam",
            "src/twig/app.gleam",
            "src/twig@app.erl",
            "src/twig_ffi.erl",
        ]
    );
    insta::assert_snapshot!(text(&package, "src/twig.app.src"), @r#"
    {application,twig,
                 [{mod,{twig@app,[{port,80}]}},
                  {vsn,"1.2.0"},
                  {applications,[gleam_stdlib,inets,leaf]},
                  {description,[65,32,34,116,119,105,103,34,32,8211,32,233]},
                  {modules,[twig,twig@app,twig_ffi]},
                  {registered,[]}]}.
    "#);
    let metadata = metadata(&package);
    assert_eq!(metadata.description.value().unwrap(), "A \"twig\" – é");
    assert_eq!(metadata.build_tools.value().unwrap(), &["gleam"]);
    let links: Vec<_> =
        metadata.links.value().unwrap().iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(
        links,
        [("Home", "https://twig.example.com/"), ("Repository", "https://github.com/acme/twig")]
    );
    let requirements: Vec<_> = metadata
        .requirements
        .value()
        .unwrap()
        .iter()
        .map(|dependency| {
            let text = |field: &hex_format::metadata::Field<String>| field.value().unwrap().clone();
            (
                dependency.name.clone(),
                text(&dependency.app),
                text(&dependency.requirement),
                text(&dependency.repository),
            )
        })
        .collect();
    let expected = [
        ("gleam_stdlib", "gleam_stdlib", ">= 0.44.0 and < 2.0.0", "hexpm"),
        ("leaf_package", "leaf", "~> 1.0", "hexpm"),
    ];
    assert_eq!(
        requirements,
        expected.map(|(a, b, c, d)| (a.to_owned(), b.to_owned(), c.to_owned(), d.to_owned()))
    );
    assert_eq!(check::metadata(&metadata, check::Audience::Public), check::Findings::default());
}

#[test]
fn javascript_needs_no_build() {
    let folder = project();
    fs::remove_dir_all(folder.at("build")).unwrap();
    assert_eq!(
        refused(package(&folder)),
        format!(
            "the package of twig holds the Erlang that Gleam compiles it to, which is not there: run `gleam build` in {} first",
            folder.path().display()
        )
    );
    folder.put("gleam.toml", format!("target = \"javascript\"\n{MANIFEST}"));
    let package = package(&folder).unwrap();
    assert!(!paths(&package).iter().any(|path| path.ends_with("twig.erl") || path.ends_with(".app.src")));
    assert!(paths(&package).contains(&"src/twig_ffi.erl"));
}

#[test]
fn an_old_build_is_not_packed() {
    let folder = project();
    folder.put("src/twig/new.gleam", "");
    let old = SystemTime::now() - Duration::from_secs(60);
    fs::File::options().write(true).open(folder.at("src/twig/new.gleam")).unwrap().set_modified(old).unwrap();
    assert!(refused(package(&folder)).starts_with("the last build has no Erlang of src/twig/new.gleam: run"));
    fs::remove_file(folder.at("src/twig/new.gleam")).unwrap();
    let new = SystemTime::now() + Duration::from_secs(60);
    fs::File::options().write(true).open(folder.at("src/twig.gleam")).unwrap().set_modified(new).unwrap();
    assert!(refused(package(&folder)).starts_with("src/twig.gleam was changed after the last build: run"));
}

#[test]
fn unfinished_code_stays_at_home() {
    let folder = project();
    folder.put("build/dev/erlang/twig/_gleam_artefacts/twig@app.erl", "erlang:error(#{gleam_error => todo,");
    assert_eq!(refused(package(&folder)), "unfinished code can't be published: src/twig/app.gleam uses todo");
}

#[test]
fn only_hex_packages_can_be_dependencies() {
    let folder = project();
    folder.put(
        "gleam.toml",
        "name = 'a'\n[dependencies]\nb = { path = '../b' }\nc = { git = 'x', ref = 'y' }\nd = '~> 1.0'",
    );
    assert_eq!(
        refused(package(&folder)),
        "Dependencies excluded from the package (only Hex packages can be dependencies): b, c"
    );
    folder.put("gleam.toml", "name = 1");
    assert!(refused(package(&folder)).contains("gleam.toml: "));
}

#[cfg(unix)]
#[test]
fn links_are_followed_but_not_outside() {
    let folder = project();
    let outside = Folder::new();
    outside.put("secret", "s");
    std::os::unix::fs::symlink("../README.md", folder.at("priv/copy")).unwrap();
    assert_eq!(text(&package(&folder).unwrap(), "priv/copy"), "read");
    std::os::unix::fs::symlink(outside.at("secret"), folder.at("priv/leak")).unwrap();
    assert!(
        refused(package(&folder)).starts_with("the symbolic link priv/leak leads out of the package, to ")
    );
}
