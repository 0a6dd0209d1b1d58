use std::fs;

use super::*;

const MIX: &str = r#"%{
  "foo": {:hex, :foo, "1.2.3", "a", [:mix], [], "hexpm", "b"},
}
"#;

#[test]
fn the_first_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let find = || LockFile::find(folder.path()).unwrap();
    assert!(find().is_none());
    let sum = "00".repeat(32);
    let manifest = format!(
        "packages = [\n  {{ name = \"bar\", version = \"1.0.0\", build_tools = [\"gleam\"], requirements = [], \
         otp_app = \"bar\", source = \"hex\", outer_checksum = \"{sum}\" }},\n]\n\n[requirements]\n"
    );
    fs::write(folder.path().join("manifest.toml"), manifest).unwrap();
    let found = find().unwrap();
    assert_eq!((found.tool, found.releases().count()), (Tool::Gleam, 1));
    assert_eq!(found.release("mysrv:acme", "bar").unwrap().1.version.to_string(), "1.0.0");
    let mix = MIX.replace("\"a\"", &format!("\"{sum}\"")).replace("\"b\"", &format!("\"{sum}\""));
    fs::write(folder.path().join("mix.lock"), mix).unwrap();
    let found = find().unwrap();
    assert_eq!(found.tool, Tool::Mix);
    assert_eq!(found.release("hexpm", "foo").unwrap().0, "foo");
    assert!(found.release("hexpm:acme", "foo").is_none());
}

#[test]
fn a_damaged_one_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mix.lock"), "<<<<<<< HEAD").unwrap();
    let error = LockFile::find(folder.path()).unwrap_err().to_string();
    assert!(error.contains("mix.lock: "), "{error}");
    fs::write(folder.path().join("mix.lock"), [0xff]).unwrap();
    assert!(matches!(LockFile::find(folder.path()), Err(LockFileError::Io { .. })));
}
