use super::*;

const APP: &str = r#"
%% -*- coding: utf-8 -*-
{application, twig,
 [{description, "A twig"},
  {vsn, "1.2.0"},
  {registered, []},
  {applications, [kernel, stdlib, leaf]},
  {licenses, ["Apache-2.0"]},
  {links, [{"Source", "https://example.com/twig"}]}
 ]}.
"#;
const LOCK: &str = r#"{"1.2.0",
[{<<"leaf">>,{pkg,<<"leaf_package">>,<<"1.4.2">>},0},
 {<<"bud">>,{pkg,<<"bud">>,<<"0.1.0">>},1},
 {<<"root">>,{pkg,<<"root">>,<<"2.0.0">>},0}]}.
[].
"#;

fn project() -> Folder {
    let folder = Folder::new();
    folder
        .put(
            "rebar.config",
            "{erl_opts, [debug_info]}.\n{deps, [{leaf, \"~> 1.4\", {pkg, leaf_package}}, root]}.\n",
        )
        .put("rebar.lock", LOCK)
        .put("src/twig.app.src", APP)
        .put("src/twig.erl", "-module(twig).")
        .put("src/twig.erl~", "")
        .put("include/twig.hrl", "")
        .put("priv/twig.so", "")
        .put("README.md", "read")
        .put("LICENSE", "do")
        .put("test/twig_SUITE.erl", "");
    fs::create_dir(folder.at("c_src")).unwrap();
    folder
}

fn package(folder: &Folder) -> Result<Package, BuildError> {
    Project::rebar3(folder.path(), None)?.package()
}

fn requirements(package: &Package) -> Vec<(&str, &str, &str)> {
    let requirements = package.metadata.requirements.iter();
    requirements.map(|d| (d.name.as_str(), d.app.as_str(), d.requirement.as_str())).collect()
}

/// The properties of an `.app.src`.
fn with(properties: &str) -> String {
    APP.replace("{registered, []}", properties)
}

#[test]
fn a_package() {
    let folder = project();
    let package = package(&folder).unwrap();
    assert_eq!(
        paths(&package),
        [
            "LICENSE",
            "README.md",
            "c_src",
            "include/twig.hrl",
            "rebar.config",
            "rebar.lock",
            "src/twig.app.src",
            "src/twig.erl"
        ]
    );
    insta::assert_snapshot!(text(&package, "src/twig.app.src"), @r#"
    {application,twig,
                 [{description,"A twig"},
                  {vsn,"1.2.0"},
                  {registered,[]},
                  {applications,[kernel,stdlib,leaf]},
                  {licenses,["Apache-2.0"]},
                  {links,[{"Source","https://example.com/twig"}]}]}.
    "#);
    assert_eq!(requirements(&package), [("leaf_package", "leaf", "~> 1.4"), ("root", "root", "~> 2.0.0")]);
    let metadata = metadata(&package);
    assert_eq!(metadata.app.value().unwrap(), "twig");
    assert_eq!(metadata.build_tools.value().unwrap(), &["rebar3"]);
    assert_eq!(check::metadata(&metadata, check::Audience::Public), check::Findings::default());
}

#[test]
fn files_can_be_chosen() {
    let folder = project();
    let built = |properties: &str| {
        folder.put("src/twig.app.src", with(properties));
        package(&folder)
    };
    let of = |properties: &str| {
        let package = built(properties).unwrap();
        paths(&package).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        of(r#"{files, ["src/*.erl", "**/*_SUITE.{erl,hrl}"]}"#),
        ["src/twig.app.src", "src/twig.erl", "test/twig_SUITE.erl"]
    );
    assert_eq!(
        of(r#"{files, ["src"]}, {include_paths, ["priv/twig.so"]}, {exclude_patterns, ["erl$"]}"#),
        ["priv/twig.so", "src/twig.app.src"]
    );
    assert_eq!(
        of(r#"{files, [<<"src">>, "include"]}, {exclude_paths, ["include"]}"#),
        ["src/twig.app.src", "src/twig.erl"]
    );
    assert_eq!(refused(built(r#"{files, ["src", "no*", "nothing"]}"#)), "Missing files: no*, nothing");
    assert_eq!(refused(built(r#"{files, ["../x"]}"#)), "\"../x\" is not inside of the project");
    // Those of Perl know more than ours. Nothing is packed that was to be left out.
    for (pattern, problem) in [
        ("(", "unclosed group"),
        ("(?!twig)x", "look-around, including look-ahead and look-behind, is not supported"),
        ("(a)\\\\1", "backreferences are not supported"),
    ] {
        assert_eq!(
            refused(built(&format!("{{exclude_patterns, [\"{pattern}\"]}}"))),
            format!(
                "the pattern {:?} in exclude_patterns can't be used here ({problem}): write it without that, or build with \
                 `rebar3 hex build` and publish the tarball that it makes",
                pattern.replace("\\\\", "\\")
            )
        );
    }
    assert!(refused(built("{files, all}")).ends_with("src/twig.app.src: files is no list of strings"));
    let package = built(r#"{include_files, ["test"]}"#).unwrap();
    assert!(package.warnings[0].ends_with("include_files is an old name, use include_paths"));
    assert!(paths(&package).contains(&"test/twig_SUITE.erl"));
}

#[test]
fn versions() {
    let folder = project();
    let version = |vsn: &str| {
        folder.put("src/twig.app.src", APP.replace("\"1.2.0\"", vsn));
        Project::rebar3(folder.path(), None).map(|project| project.version().to_owned())
    };
    folder.put("VERSION", "2.0.0\n");
    assert_eq!(version("{file, \"VERSION\"}").unwrap(), "2.0.0");
    assert!(text(&package(&folder).unwrap(), "src/twig.app.src").contains("{vsn,\"2.0.0\"}"));
    for computed in ["git", "\"git\"", "semver", "{git, short}", "{cmd, \"date\"}"] {
        let refused = refused(version(computed));
        assert!(refused.starts_with("the vsn of twig is computed ("), "{refused}");
    }
    assert_eq!(refused(version("{file, \"NONE\"}")), "Missing files: NONE");
}

#[test]
fn other_names() {
    let folder = project();
    folder.put("src/twig.app.src", with(r#"{pkg_name, "twig_package"}, {build_tools, ["rebar3", make]}"#));
    let package = package(&folder).unwrap();
    assert_eq!((package.metadata.name.as_str(), package.metadata.app.as_str()), ("twig_package", "twig"));
    assert_eq!(package.metadata.build_tools, ["rebar3", "make"]);
    assert!(paths(&package).contains(&"src/twig.app.src"));
}

#[test]
fn dependencies_without_a_lock() {
    let folder = project();
    fs::remove_file(folder.at("rebar.lock")).unwrap();
    assert!(refused(package(&folder)).ends_with(
        "rebar.lock: it is missing, and rebar.config has no requirement for root: run `rebar3 lock` first"
    ));
    folder.put("rebar.config", "{deps, [{leaf, \"~> 1.4\"}]}.");
    assert_eq!(requirements(&package(&folder).unwrap()), [("leaf", "leaf", "~> 1.4")]);
    let git = "{deps, [{leaf, {git, \"https://x\", {tag, \"1\"}}}]}.";
    folder.put("rebar.config", git);
    assert!(refused(package(&folder)).starts_with("Dependencies excluded from the package"));
    folder.put("rebar.config", "");
    assert!(requirements(&package(&folder).unwrap()).is_empty());
}

#[test]
fn a_lock_that_is_behind_or_has_git() {
    let folder = project();
    folder.put("rebar.config", "{deps, [leaf, root, newer]}.");
    assert!(
        refused(package(&folder)).ends_with("it does not have the dependency newer: run `rebar3 lock` first")
    );
    folder
        .put("rebar.config", "{deps, [leaf]}.")
        .put("rebar.lock", "[{<<\"leaf\">>,{git,\"https://x\",{ref,\"abc\"}},0}].");
    assert!(refused(package(&folder)).ends_with("(only Hex packages can be dependencies): leaf"));
}

#[test]
fn programs_are_not_run() {
    for script in ["rebar.config.script", "src/twig.app.src.script"] {
        let folder = project();
        folder.put(script, "");
        let refused = refused(package(&folder));
        assert!(refused.contains(&format!("{script} is a program, which is not run here")), "{refused}");
    }
}

#[test]
fn umbrella_projects() {
    let folder = Folder::new();
    folder
        .put("rebar.config", "{deps, [leaf, root]}.")
        .put("rebar.lock", LOCK)
        .put("apps/twig/src/twig.app.src", APP)
        .put("apps/twig/README.md", "")
        .put("apps/other/src/other.app.src", APP.replace("twig", "other"));
    assert_eq!(
        refused(package(&folder)),
        "the project has several applications: choose one with --app: other, twig"
    );
    let open = |app| Project::rebar3(folder.path(), Some(app));
    assert_eq!(refused(open("x")), "the project has no application x; it has other, twig");
    let project = open("twig").unwrap();
    let package = project.package().unwrap();
    assert_eq!(paths(&package), ["README.md", "src/twig.app.src"]);
    assert_eq!(requirements(&package), [("leaf_package", "leaf", "~> 1.4.2")]);
    assert_eq!(project.docs().folder, folder.at("apps/twig/doc"));

    // What the whole project says about where it is published, and with what documentation, is meant for each of them.
    let config = "{hex, [{doc, edoc}, {repos, [#{name => <<\"acme\">>}]}]}. {edoc_opts, [{dir, \"html\"}]}.";
    folder.put("rebar.config", config);
    let project = open("twig").unwrap();
    assert_eq!(project.repositories(), ["acme"]);
    let place = docs::Place { folder: folder.at("apps/twig/html"), command: "rebar3 edoc", configured: true };
    assert_eq!(project.docs(), &place);
    folder.put("apps/twig/rebar.config", "{edoc_opts, [{dir, \"own\"}]}.");
    assert_eq!(open("twig").unwrap().docs().folder, folder.at("apps/twig/own"));
}

#[test]
fn where_the_documentation_is() {
    let folder = project();
    let place = |config: &str| {
        folder.put("rebar.config", config);
        let place = Project::rebar3(folder.path(), None).unwrap().docs().clone();
        (place.folder.strip_prefix(folder.path()).unwrap().to_owned(), place.command)
    };
    assert_eq!(place(""), ("doc".into(), "rebar3 edoc"));
    assert_eq!(place("{hex, [{doc, ex_doc}]}."), ("doc".into(), "rebar3 ex_doc"));
    let edoc = "{hex, [{doc, #{provider => edoc}}]}. {edoc_opts, [{dir, \"html\"}]}.";
    assert_eq!(place(edoc), ("html".into(), "rebar3 edoc"));
}

#[test]
fn repositories_of_the_project() {
    let folder = project();
    let of = |config: &str| {
        folder.put("rebar.config", config);
        Project::rebar3(folder.path(), None).unwrap().repositories()
    };
    let config = "{hex, [{repos, [#{name => <<\"acme\">>, api_url => <<\"https://x\">>}, #{name => <<\"hexpm\">>}]}]}.";
    assert_eq!(of(config), ["acme"]);
    assert!(of("{hex, [{doc, ex_doc}]}.").is_empty());
}

#[cfg(unix)]
#[test]
fn links_and_rights() {
    use std::os::unix::fs::PermissionsExt;
    let folder = project();
    folder.put("priv/run", "#!/bin/sh");
    fs::set_permissions(folder.at("priv/run"), fs::Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::symlink("run", folder.at("priv/start")).unwrap();
    let built = package(&folder).unwrap();
    let kind = |path: &str| &built.files().iter().find(|file| file.path.as_str() == path).unwrap().kind;
    assert!(matches!(kind("priv/run"), SourceKind::File { executable: true, .. }));
    assert!(matches!(kind("priv/start"), SourceKind::Symlink { target } if target == "run"));
    for target in ["/etc/passwd", "../../x"] {
        fs::remove_file(folder.at("priv/start")).unwrap();
        std::os::unix::fs::symlink(target, folder.at("priv/start")).unwrap();
        assert_eq!(
            refused(package(&folder)),
            format!("the symbolic link priv/start leads out of the package, to {target}")
        );
    }
}
