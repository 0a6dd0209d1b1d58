//! A home of its own for each test, and a server that knows one organization.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use hex_format::tarball::{self, Limits, SourceFile, SourceKind};
use hex_registry::names::{Names, NamesEntry};
use hex_registry::package::{Package, Release};
use hex_registry::{KeySize, SigningKey};
use serde_json::json;
use tempfile::TempDir;

use crate::mock::{Answer, Mock, Request};

pub(crate) static SIGNING: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(KeySize::Rsa2048).unwrap());

/// The key that opens `acme`.
pub(crate) const KEY: &str = "0123456789abcdef0123456789abcdef";

pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Outcome {
    pub(crate) fn stdout(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// Success; gives what was printed.
    #[track_caller]
    pub(crate) fn ok(&self) -> &str {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self.stdout()
    }

    /// Failure, told in one line and nowhere else; gives the line.
    #[track_caller]
    pub(crate) fn failed(&self) -> &str {
        assert_eq!(self.code, 1, "{}{}", self.stdout(), self.stderr);
        assert_eq!(self.stdout(), "");
        assert_eq!(self.stderr.lines().count(), 1, "{}", self.stderr);
        self.stderr.trim_end().strip_prefix("error: ").unwrap()
    }
}

/// Types commands into a terminal.
const TERMINAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/end_to_end/support/terminal.py");

/// A user's machine.
pub(crate) struct Machine {
    pub(crate) home: TempDir,
    environment: Vec<(String, String)>,
}

impl Machine {
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap(), environment: Vec::new() }
    }

    /// A machine that is set to a server.
    pub(crate) fn at(mock: &Mock) -> Self {
        Self::new().with("HEX_API_URL", &mock.url("/api"))
    }

    /// A machine whose `hexpm` is a server, with a key for `hexpm:acme`.
    pub(crate) fn knowing(mock: &Mock) -> Self {
        let machine = Self::new();
        let pem = SIGNING.public_key().to_pem().replace('\n', "\\n");
        let config = format!(
            "{{'$repos',#{{<<\"hexpm\">> => #{{url => <<\"{}\">>,public_key => <<\"{pem}\">>,oauth_exchange => false}},\
             <<\"hexpm:acme\">> => #{{auth_key => <<\"{KEY}\">>,oauth_exchange => false}}}}}}.\n",
            mock.url("/repo")
        );
        machine.put(".hex/hex.config", &config);
        machine
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn skep(&self, arguments: &[&str]) -> Outcome {
        self.skep_with_input(arguments, "")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(env!("CARGO_BIN_EXE_skep"));
        command.args(arguments);
        command
    }

    /// Any program on this machine.
    pub(crate) fn program(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.home.path()).env_clear();
        command.env("HOME", self.home.path()).env("HOSTNAME", "laptop.example.com");
        // The keyring of whoever runs the tests is not ours to change.
        command.env("SKEP_KEYRING", "never");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    pub(crate) fn skep_with_input(&self, arguments: &[&str], input: &str) -> Outcome {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that doesn't read has closed its end.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Outcome {
            code: output.status.code().unwrap(),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Types a command of skep into a terminal, and what answers each question; gives the exit code and what is shown.
    pub(crate) fn at_a_terminal(&self, command: &str, answers: &serde_json::Value) -> (i64, String) {
        let command = format!("{} {command}", env!("CARGO_BIN_EXE_skep"));
        let session = json!({ "commands": ["stty cols 120", command], "answers": answers });
        let mut typed = self.program("python3");
        typed.arg(TERMINAL).env("NO_COLOR", "1").env("TERM", "xterm").env("LANG", "C.UTF-8");
        if !self.environment.iter().any(|(name, _)| name == "PATH") {
            typed.env("PATH", std::env::var_os("PATH").unwrap());
        }
        let mut typed = typed.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        typed.stdin.take().unwrap().write_all(session.to_string().as_bytes()).unwrap();
        let results = typed.wait_with_output().unwrap();
        let results: serde_json::Value = serde_json::from_slice(&results.stdout).unwrap();
        let last = &results[1];
        (last["code"].as_i64().unwrap(), last["output"].as_str().unwrap().to_owned())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(crate) fn put(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Every file in the home, but the locks and what can be fetched again.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        collect(self.home.path(), self.home.path(), &mut found);
        found.sort();
        found
    }

    /// Whether a text stands in any file.
    pub(crate) fn holds(&self, text: &str) -> bool {
        self.files().iter().any(|name| {
            let bytes = fs::read(self.path(name)).unwrap();
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        })
    }
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("skep/cache") {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, found);
        } else if !path.ends_with("lock") && !path.ends_with("session.lock") {
            found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
        }
    }
}

/// A package's tarball.
pub(crate) fn build(name: &str, version: &str) -> tarball::Built {
    let metadata = format!(
        "{{<<\"name\">>,<<\"{name}\">>}}.\n{{<<\"version\">>,<<\"{version}\">>}}.\n{{<<\"app\">>,<<\"{name}\">>}}.\n\
         {{<<\"description\">>,<<\"The package.\">>}}.\n{{<<\"licenses\">>,[<<\"MIT\">>]}}.\n\
         {{<<\"links\">>,[{{<<\"Source\">>,<<\"https://example.com\">>}}]}}.\n{{<<\"build_tools\">>,[<<\"mix\">>]}}.\n\
         {{<<\"files\">>,[<<\"lib/code.ex\">>,<<\"bin/run\">>]}}.\n{{<<\"requirements\">>,[]}}.\n"
    );
    let files = [
        SourceFile {
            path: "lib/code.ex".parse().unwrap(),
            kind: SourceKind::File { bytes: b"code".as_slice().into(), executable: false },
        },
        SourceFile {
            path: "bin/run".parse().unwrap(),
            kind: SourceKind::File { bytes: b"#!/bin/sh\n".as_slice().into(), executable: true },
        },
    ];
    tarball::build(metadata.as_bytes(), &files, &Limits::default()).unwrap()
}

pub(crate) fn foo(repository: &str) -> Package {
    let release = |version: &str| {
        let built = build("foo", version);
        Release {
            version: version.to_owned(),
            inner_checksum: *built.inner.as_bytes(),
            outer_checksum: *built.outer.as_bytes(),
            dependencies: Vec::new(),
            retirement: None,
            advisory_ids: Vec::new(),
            published_at: None,
        }
    };
    Package {
        repository: repository.to_owned(),
        name: "foo".to_owned(),
        releases: ["0.9.0", "1.10.0", "1.9.0", "2.0.0-rc.1"].map(release).into(),
        advisories: Vec::new(),
    }
}

/// A server with the organization `acme`, whose repository opens to [`KEY`], and the user `eric`.
pub(crate) fn server() -> Mock {
    Mock::start(answer)
}

pub(crate) fn answer(request: &Request) -> Answer {
    if let Some(path) = request.path().strip_prefix("/repo/") {
        return repository(request, path);
    }
    let authorized = request.authorization() == Some(KEY);
    match request.line().as_str() {
        "GET /api/auth?domain=repository&resource=acme" if authorized => Answer::json(
            200,
            json!({"key": {"name": "ci", "owner": {"type": "organization", "name": "acme"}}}),
        ),
        "GET /api/users/me" if authorized => {
            Answer::json(200, json!({"username": "eric", "organizations": []}))
        }
        "POST /api/keys" | "POST /api/orgs/acme/keys" if authorized => {
            Answer::json(201, json!({"name": request.json()["name"], "secret": KEY}))
        }
        line if line.starts_with("DELETE /api/") && authorized => Answer::json(200, json!({"name": "x"})),
        _ if authorized => Answer::not_found(),
        _ => Answer::refusal(401, "invalid API key"),
    }
}

fn repository(request: &Request, path: &str) -> Answer {
    let (name, path) = match path.strip_prefix("repos/acme/") {
        Some(_) if request.authorization() != Some(KEY) => return Answer::new(403, ""),
        Some(path) => ("acme", path),
        None => ("hexpm", path),
    };
    match path {
        "public_key" => Answer::new(200, SIGNING.public_key().to_pem()),
        "names" => {
            let packages = vec![NamesEntry { name: "foo".to_owned(), updated_at: None }];
            Answer::new(200, Names { repository: name.to_owned(), packages }.to_signed(&SIGNING))
        }
        "packages/foo" => Answer::new(200, foo(name).to_signed(&SIGNING)),
        _ => match path.strip_prefix("tarballs/foo-").and_then(|rest| rest.strip_suffix(".tar")) {
            Some(version) => Answer::new(200, build("foo", version).tarball),
            None => Answer::new(404, ""),
        },
    }
}

pub(crate) fn fingerprint() -> String {
    SIGNING.public_key().fingerprint().to_string()
}
