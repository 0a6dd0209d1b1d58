//! Projects on a disk.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::resolve::{Answer, Origin, PackageId, Release, SolveError, Universe, solve};

/// A folder with files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn package(name: &str, lines: &str) -> String {
    format!("name = \"{name}\"\nversion = \"1.2.0\"\n{lines}")
}

fn plan(project: &Project) -> Result<Plan<'_>, ProjectError> {
    Plan::new(project, project.config.clone(), &Unlock::nothing())
}

fn read(folder: &tempfile::TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).unwrap()
}

#[test]
fn the_nearest_project_is_found() {
    let folder = folder(&[("app/gleam.toml", &package("app", "")), ("app/src/deep/x", "")]);
    let found = Project::find(&folder.path().join("app/src/deep")).unwrap();
    assert_eq!(found.config.name, name("app"));
    let Err(error) = Project::find(folder.path()) else { panic!("there is none") };
    assert!(error.to_string().contains("run this in the folder of a Gleam project"), "{error}");
}

#[test]
fn packages_in_folders_are_read_with_what_they_require() {
    let folder = folder(&[
        (
            "app/gleam.toml",
            &package(
                "app",
                "[dependencies]\nbranch = { path = \"../branch\" }\n[tools.skep.packages]\nleaf = \"acme\"\n",
            ),
        ),
        (
            "branch/gleam.toml",
            &package(
                "branch",
                "[dependencies]\nroot = { path = \"../sub/root\" }\nleaf = \"~> 1.0\"\ntwig = \"~> 1.0\"\nbark = \"~> 1.0\"\n[dev_dependencies]\nno = \"~> 1.0\"\n[tools.skep.packages]\ntwig = \"other\"\nleaf = \"ignored\"",
            ),
        ),
        ("sub/root/gleam.toml", &package("root", "")),
    ]);
    let project = Project::open(&folder.path().join("app")).unwrap();
    let plan = plan(&project).unwrap();
    let (question, mut universe) = (plan.question(), plan.universe());
    let Answer::Unknown(unknown) = solve(&question, &universe).unwrap() else { panic!("nothing is known") };
    let asked: Vec<_> = unknown.iter().map(|id| format!("{}@{}", id.name, id.origin)).collect();
    assert_eq!(asked, ["bark@hexpm", "leaf@acme", "twig@other"]);
    for id in unknown {
        let release = Release {
            dependencies: Vec::new(),
            version: version("1.0.0"),
            retired: None,
            unusable: None,
            outer_checksum: [7; 32],
        };
        universe.add(id, vec![release]);
    }
    let Answer::Solved(chosen) = solve(&question, &universe).unwrap() else { panic!("all is known") };
    assert_eq!(chosen[&name("root")].0.origin, Origin::Project);
    let tarballs = plan.tarballs(&chosen, &universe).unwrap();
    let facts = |package: &str| Facts { app: package.to_owned(), build_tools: vec!["gleam".to_owned()] };
    let facts = ["bark", "leaf", "twig"].map(|package| (name(package), facts(package)));
    assert_eq!(tarballs.len(), 3);
    let manifest = plan.manifest(&project.config, &chosen, &universe, &facts.into()).unwrap();
    let text = manifest.to_text(&project.folder);
    let checksum = "07".repeat(32);
    for line in [
        "  { name = \"branch\", version = \"1.2.0\", build_tools = [\"gleam\"], requirements = [\"bark\", \"leaf\", \"root\", \"twig\"], source = \"local\", path = \"../branch\" },\n",
        "  { name = \"root\", version = \"1.2.0\", build_tools = [\"gleam\"], requirements = [], source = \"local\", path = \"../sub/root\" },\n",
        &format!(
            "  {{ name = \"leaf\", version = \"1.0.0\", build_tools = [\"gleam\"], requirements = [], otp_app = \"leaf\", source = \"hex\", outer_checksum = \"{checksum}\" }},\n"
        ),
        "[requirements]\nbranch = { path = \"../branch\" }\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }

    // Written, it is settled; until a package in a folder changes.
    project.write(&project.edit().unwrap(), Some(&manifest)).unwrap();
    project.mark_folders(&project.config).unwrap();
    let project = Project::open(&folder.path().join("app")).unwrap();
    assert!(self::plan(&project).unwrap().is_settled().unwrap());
    assert!(folder.path().join("app/build/packages/branch.config_fingerprint").exists());
    fs::write(
        folder.path().join("sub/root/gleam.toml"),
        package("root", "[dependencies]\nleaf = \"~> 2.0\"\n"),
    )
    .unwrap();
    assert!(!self::plan(&project).unwrap().is_settled().unwrap());
}

#[test]
fn folders_that_do_not_fit() {
    let app = |path: &str| package("app", &format!("[dependencies]\nbranch = {{ path = \"{path}\" }}\n"));
    let problem = |files: &[(&str, &str)]| {
        let folder = folder(files);
        let project = Project::open(&folder.path().join("app")).unwrap();
        plan(&project).map(drop).unwrap_err().to_string()
    };
    assert!(problem(&[("app/gleam.toml", &app("../branch"))]).contains("cannot find the folder"));
    assert!(
        problem(&[("app/gleam.toml", &app("../branch")), ("branch/x", "")])
            .contains("gleam.toml is not there")
    );
    let wrong =
        problem(&[("app/gleam.toml", &app("../branch")), ("branch/gleam.toml", &package("other", ""))]);
    assert!(wrong.contains("holds the package other, not branch"), "{wrong}");
    let cycle = problem(&[
        ("app/gleam.toml", &app("../branch")),
        ("branch/gleam.toml", &package("branch", "[dependencies]\nroot = { path = \"../root\" }\n")),
        ("root/gleam.toml", &package("root", "[dependencies]\nbranch = { path = \"../branch\" }\n")),
    ]);
    assert_eq!(cycle, "the packages branch, root require each other");
    let two = problem(&[
        (
            "app/gleam.toml",
            &package(
                "app",
                "[dependencies]\nbranch = { path = \"../branch\" }\nroot = { path = \"../root\" }\n",
            ),
        ),
        ("branch/gleam.toml", &package("branch", "[dependencies]\nroot = { path = \"../other\" }\n")),
        ("root/gleam.toml", &package("root", "")),
        ("other/gleam.toml", &package("root", "")),
    ]);
    assert_eq!(two, "root is required from two places: ../other and ../root");
}

const GIT: &str = "[dependencies]\nremote = { git = \"https://example.com/r.git\", ref = \"main\" }\n";

fn git_manifest(requirement: &str) -> String {
    format!(
        "packages = [\n  {{ name = \"remote\", version = \"1.2.0\", build_tools = [\"gleam\"], requirements = [\"leaf\"], source = \"git\", \
         repo = \"https://example.com/r.git\", commit = \"abc\" }},\n]\n\n[requirements]\nremote = {requirement}\n"
    )
}

#[test]
fn packages_from_git_are_taken_as_they_are_locked() {
    let locked = git_manifest("{ git = \"https://example.com/r.git\", ref = \"main\" }");
    let mut universe = Universe::default();
    let release = |text| Release {
        dependencies: Vec::new(),
        version: version(text),
        retired: None,
        unusable: None,
        outer_checksum: [7; 32],
    };
    universe.add(PackageId::new(name("leaf"), "hexpm"), vec![release("1.0.0"), release("2.0.0")]);
    // Gleam's sources of it say which versions it needs.
    for (sources, expected) in [(None, "2.0.0"), (Some("[dependencies]\nleaf = \"~> 1.0\"\n"), "1.0.0")] {
        let folder = folder(&[("gleam.toml", &package("app", GIT)), ("manifest.toml", &locked)]);
        if let Some(lines) = sources {
            let sources = folder.path().join("build/packages/remote");
            fs::create_dir_all(&sources).unwrap();
            fs::write(sources.join("gleam.toml"), package("remote", lines)).unwrap();
        }
        let project = Project::open(folder.path()).unwrap();
        let plan = plan(&project).unwrap();
        let mut known = plan.universe();
        known.add(
            PackageId::new(name("leaf"), "hexpm"),
            universe.releases(&PackageId::new(name("leaf"), "hexpm")).to_vec(),
        );
        let Answer::Solved(chosen) = solve(&plan.question(), &known).unwrap() else { panic!("all is known") };
        assert_eq!(chosen[&name("leaf")].1, version(expected));
        let facts = [(name("leaf"), Facts { app: "leaf".to_owned(), build_tools: Vec::new() })];
        let manifest = plan.manifest(&project.config, &chosen, &known, &facts.into()).unwrap();
        assert_eq!(
            manifest.packages[&name("remote")],
            project.manifest.as_ref().unwrap().packages[&name("remote")]
        );
    }
}

#[test]
fn packages_from_git_that_are_not_locked() {
    for locked in ["", &git_manifest("{ git = \"https://example.com/r.git\", ref = \"other\" }")] {
        let folder = folder(&[("gleam.toml", &package("app", GIT))]);
        if !locked.is_empty() {
            fs::write(folder.path().join("manifest.toml"), locked).unwrap();
        }
        let project = Project::open(folder.path()).unwrap();
        let Err(error) = plan(&project) else { panic!("it is not locked") };
        assert!(error.to_string().contains("Skep does not fetch from git"), "{error}");
    }
}

#[test]
fn a_replaced_release_is_noticed() {
    let manifest = MANIFEST
        .replace("aaa = { version = \"> 0.0.0\" }\n", "")
        .replace("  { name = \"aaa\"", "  { name = \"aab\"");
    let only = manifest
        .lines()
        .filter(|line| !line.contains("local1") && !line.contains("remote"))
        .collect::<Vec<_>>()
        .join("\n");
    let folder = folder(&[
        ("gleam.toml", &package("app", "[dependencies]\nzzz = \">= 0.4.0 and < 1.0.0\"\n")),
        ("manifest.toml", &only),
    ]);
    let project = Project::open(folder.path()).unwrap();
    let release = Release {
        dependencies: Vec::new(),
        version: version("0.4.0"),
        retired: None,
        unusable: None,
        outer_checksum: [7; 32],
    };
    let outcome = |unlock: &Unlock| {
        let plan = Plan::new(&project, project.config.clone(), unlock).unwrap();
        let mut universe = plan.universe();
        universe.add(PackageId::new(name("zzz"), "hexpm"), vec![release.clone()]);
        let Ok(Answer::Solved(chosen)) = solve(&plan.question(), &universe) else { panic!("it fits") };
        plan.tarballs(&chosen, &universe)
    };
    let Err(error) = outcome(&Unlock::nothing()) else { panic!("it was replaced") };
    assert!(error.to_string().contains("zzz 0.4.0 in hexpm has another checksum"), "{error}");
    assert_eq!(outcome(&Unlock::All).unwrap().len(), 1);
}

#[test]
fn files_keep_links_and_modes() {
    let folder = folder(&[("real/gleam.toml", &package("app", "")), ("app/x", "")]);
    let link: PathBuf = folder.path().join("app/gleam.toml");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::os::unix::fs::symlink("../real/gleam.toml", &link).unwrap();
        fs::set_permissions(folder.path().join("real/gleam.toml"), fs::Permissions::from_mode(0o640))
            .unwrap();
        let project = Project::open(&folder.path().join("app")).unwrap();
        let mut edit = project.edit().unwrap();
        edit.record(&name("leaf"), "acme").unwrap();
        project.write(&edit, None).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(read(&folder, "real/gleam.toml").contains("leaf = \"acme\""));
        let mode = fs::metadata(folder.path().join("real/gleam.toml")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        assert_eq!(fs::read_dir(folder.path().join("real")).unwrap().count(), 1);
    }
}

#[test]
fn a_conflict_is_no_answer() {
    let folder = folder(&[("gleam.toml", &package("app", "[dependencies]\nleaf = \"~> 2.0\"\n"))]);
    let project = Project::open(folder.path()).unwrap();
    let plan = plan(&project).unwrap();
    let mut universe = plan.universe();
    universe.add_missing(PackageId::new(name("leaf"), "hexpm"), "does not exist in repository hexpm");
    assert!(matches!(solve(&plan.question(), &universe), Err(SolveError::Conflict(_))));
}
