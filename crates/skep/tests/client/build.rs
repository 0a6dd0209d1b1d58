//! `skep build`: projects of Gleam and rebar3 without their tools, and of mix with one that is played.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use hex_format::checksum::Sha256;
use hex_format::metadata::Metadata;
use hex_format::tarball::{self, Limits};
use serde_json::json;

use crate::support::{Machine, build};

/// A Gleam project that compiles to JavaScript, which needs no compiler to be packed.
pub(crate) fn gleam_project(machine: &Machine, folder: &str) {
    machine.put(
        &format!("{folder}/gleam.toml"),
        "name = \"twig\"\nversion = \"1.2.0\"\ntarget = \"javascript\"\ndescription = \"A twig.\"\nlicences = [\"MIT\"]\n\
         links = [{ title = \"Home\", href = \"https://twig.example.com\" }]\n\n[dependencies]\nleaf = \"~> 1.0\"\n",
    );
    machine.put(&format!("{folder}/src/twig.gleam"), "pub fn main() { 1 }\n");
    machine.put(&format!("{folder}/README.md"), "# twig\n");
}

#[test]
fn a_project_is_packed_and_told() {
    let machine = Machine::new();
    gleam_project(&machine, "twig");
    let outcome = machine.skep(&["build", "twig"]);
    let bytes = fs::read(machine.path("twig-1.2.0.tar")).unwrap();
    assert_eq!(
        outcome.ok(),
        format!(
            "Building twig 1.2.0\n  Dependencies:\n    leaf ~> 1.0\n  App: twig\n  Name: twig\n  Files:\n    README.md\n    \
             gleam.toml\n    src/twig.gleam\n  Version: 1.2.0\n  Build tools: gleam\n  Description: A twig.\n  Licenses: MIT\n  \
             Links:\n    Home: https://twig.example.com/\nPackage checksum: {}\nSaved to twig-1.2.0.tar\n",
            Sha256::of(&bytes)
        )
    );
    assert_eq!(outcome.stderr, "");
    assert_eq!(
        machine.skep(&["build", "twig", "--output", "dist/twig.tar"]).failed(),
        "cannot write dist/twig.tar: there is no folder dist"
    );
    let mut command = machine.command(&["build"]);
    assert!(command.current_dir(machine.path("twig")).output().unwrap().status.success());
    assert!(
        fs::read(machine.path("twig/twig-1.2.0.tar")).unwrap() == bytes,
        "the same folder gives the same bytes"
    );
}

#[test]
fn as_json() {
    let machine = Machine::new();
    gleam_project(&machine, "twig");
    fs::create_dir(machine.path("dist")).unwrap();
    let arguments = [
        "build",
        "twig",
        "--output",
        "dist",
        "--organization",
        "acme",
        "--private-dependency",
        "leaf",
        "--json",
    ];
    let outcome = machine.skep(&arguments);
    let built: serde_json::Value = serde_json::from_str(outcome.ok()).unwrap();
    let leaf = json!({"name": "leaf", "requirement": "~> 1.0", "app": "leaf", "repository": "acme", "optional": false});
    assert_eq!(built["dependencies"], json!([leaf]));
    assert_eq!(built["files"][0], json!({"path": "README.md", "size": 7}));
    assert_eq!((&built["organization"], &built["path"]), (&json!("acme"), &json!("dist/twig-1.2.0.tar")));
    let bytes = fs::read(machine.path("dist/twig-1.2.0.tar")).unwrap();
    assert_eq!(built["checksum"], json!(Sha256::of(&bytes).to_string()));
    let read = tarball::read(&bytes, &Limits::default()).unwrap();
    let metadata = Metadata::parse(read.metadata).unwrap();
    assert_eq!(metadata.requirements.value().unwrap()[0].repository.value().unwrap(), "acme");
}

#[test]
fn unpacking() {
    let machine = Machine::new();
    gleam_project(&machine, "twig");
    let outcome = machine.skep(&["build", "twig", "--unpack"]);
    assert!(
        outcome.ok().ends_with("    Home: https://twig.example.com/\nSaved to twig-1.2.0\n"),
        "{}",
        outcome.stdout()
    );
    assert_eq!(machine.text("twig-1.2.0/README.md"), "# twig\n");
    assert!(machine.text("twig-1.2.0/hex_metadata.config").contains("<<\"1.2.0\">>"));
    assert_eq!(machine.skep(&["build", "twig", "--unpack"]).failed(), "twig-1.2.0 exists and is not empty");
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let machine = Machine::new();
    machine.put(
        "bad/gleam.toml",
        "name = \"bad\"\nversion = \"1.0\"\ntarget = \"javascript\"\n[dependencies]\na_b = \">= 1.0.0 and < 2.0.0 and != 1.5.0\"\n",
    );
    assert_eq!(
        machine.skep(&["build", "bad"]).failed(),
        "Stopping package build due to errors: Missing metadata fields: description, licenses; the version \"1.0\" is \
         invalid SemVer; dependency a_b: the requirement \">= 1.0.0 and < 2.0.0 and != 1.5.0\" can't be resolved by every \
         client: != is not allowed in requirements"
    );
    machine.put("bare/gleam.toml", "name = \"bare\"\ntarget = \"javascript\"\n");
    let outcome = machine.skep(&["build", "bare", "--organization", "acme"]);
    outcome.ok();
    assert_eq!(outcome.stderr, "warning: Missing metadata fields: description, licenses\n");
    assert!(machine.files().iter().all(|name| !name.contains(".skep-")), "{:?}", machine.files());
}

#[test]
fn what_looks_secret_is_told() {
    let machine = Machine::new();
    gleam_project(&machine, "twig");
    machine.put("twig/priv/.env", "PASSWORD=1");
    machine.put("twig/priv/server.pem", "-----BEGIN PRIVATE KEY-----\nMII\n");
    let outcome = machine.skep(&["build", "twig", "--yes", "--quiet"]);
    outcome.ok();
    assert_eq!(
        outcome.stderr,
        "warning: priv/.env would be published: files of this name usually hold secrets\n\
         warning: priv/server.pem would be published: it holds a private key\n"
    );
}

#[test]
fn folders_that_are_no_project() {
    let machine = Machine::new();
    assert_eq!(machine.skep(&["build", "none"]).failed(), "cannot read none: there is no such folder");
    assert!(
        machine
            .skep(&["build"])
            .failed()
            .starts_with("this folder holds no project: there is no gleam.toml,")
    );
    gleam_project(&machine, "both");
    machine.put("both/mix.exs", "");
    assert_eq!(
        machine.skep(&["build", "both"]).failed(),
        "the project can be built by gleam and by mix: say which, with --build-tool"
    );
    machine.skep(&["build", "both", "--build-tool", "gleam"]).ok();
    let outcome = machine.skep(&["build", "both", "--build-tool", "gleam", "--app", "x"]);
    assert_eq!(
        outcome.failed(),
        "--app chooses an application of a rebar3 project, and gleam builds this one"
    );
    assert_eq!(machine.skep(&["build", "--build-tool", "make"]).code, 2);
}

#[test]
fn a_program_is_not_run() {
    let machine = Machine::new();
    machine.put("twig/rebar.config.script", "halt().");
    assert_eq!(
        machine.skep(&["build", "twig"]).failed(),
        "twig/rebar.config.script is a program, which is not run here: build with `rebar3 hex build` and publish the tarball \
         that it makes"
    );
}

/// What mix says without ex_doc.
const NO_DOCS: &str = "** (Mix) The task \"docs\" could not be found";

/// A program that is found on the search path of [`played_mix`].
pub(crate) fn played(machine: &Machine, name: &str, script: &str) {
    let path = format!("bin/{name}");
    machine.put(&path, &format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(machine.path(&path), fs::Permissions::from_mode(0o755)).unwrap();
}

/// A program called mix that runs `script`; its third argument is the file to write.
pub(crate) fn played_mix(machine: Machine, script: &str) -> Machine {
    played(&machine, "mix", &format!("[ \"$1\" = docs ] && {{ echo '{NO_DOCS}' >&2; exit 1; }}\n{script}"));
    machine.put("twig/mix.exs", "");
    fs::write(machine.path("made.tar"), build("twig", "1.0.0").tarball).unwrap();
    let path = format!("{}:/usr/bin:/bin", machine.path("bin").display());
    machine.with("PATH", &path)
}

#[test]
fn mix_builds_its_own() {
    let machine = Machine::new();
    machine.put("twig/mix.exs", "");
    let refused = machine.skep(&["build", "twig"]);
    assert!(
        refused
            .failed()
            .starts_with("mix is needed to build twig/mix.exs, which is a program: install Elixir")
    );

    let machine =
        played_mix(machine, "[ \"$1 $2\" = 'hex.build --output' ] && pwd >&2 && cp ../made.tar \"$3\"");
    let outcome = machine.skep(&["build", "twig"]);
    assert!(outcome.ok().starts_with("Building twig 1.0.0\n  App: twig\n"), "{}", outcome.stdout());
    assert_eq!(fs::read(machine.path("twig-1.0.0.tar")).unwrap(), build("twig", "1.0.0").tarball);
    assert_eq!(outcome.stderr, "", "what mix says is not shown");

    let machine = played_mix(machine, "echo '** (Mix) no luck' >&2; exit 1");
    assert_eq!(machine.skep(&["build", "twig"]).failed(), "mix hex.build failed: ** (Mix) no luck");
    let errors = "printf '** (Mix) Stopping package build due to errors.\\nMissing files: nix*\\nNo luck\\n\\n' >&2; exit 1";
    let machine = played_mix(machine, errors);
    assert_eq!(
        machine.skep(&["build", "twig"]).failed(),
        "Stopping package build due to errors: Missing files: nix*; No luck"
    );
    let misplaced = "printf '\\033[33mMix project configuration :links belongs under the :package key, did you misplace \
                     it?\\033[0m\\n' >&2; cp ../made.tar \"$3\"";
    let machine = played_mix(machine, misplaced);
    assert_eq!(
        machine.skep(&["build", "twig"]).stderr,
        "warning: Mix project configuration :links belongs under the :package key, did you misplace it?\n"
    );
    let machine =
        played_mix(machine, "echo '** (Mix) The task \"hex.build\" could not be found' >&2; exit 1");
    assert_eq!(machine.skep(&["build", "twig"]).failed(), "mix has no Hex: install it with `mix local.hex`");
}

#[test]
fn a_fifo_in_a_package_is_refused() {
    let machine = Machine::new();
    machine.put("twig/src/twig.app.src", "{application, twig, [{vsn, \"1.0.0\"}]}.");
    machine.put("twig/rebar.config", "");
    assert!(Command::new("mkfifo").arg(machine.path("twig/src/pipe")).status().unwrap().success());
    assert_eq!(machine.skep(&["build", "twig"]).failed(), "src/pipe is neither a file nor a folder");
}
