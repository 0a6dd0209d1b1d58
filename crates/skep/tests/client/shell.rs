//! Manual pages, and Ctrl-C.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc;

use crate::mock::{Answer, Mock};
use crate::support::Machine;

#[test]
fn manual_pages() {
    let machine = Machine::new();
    let page = machine.skep(&["man", "organization", "auth"]);
    assert!(page.ok().contains(".TH SKEP\\-ORGANIZATION\\-AUTH 1 \"\" \"skep "), "{}", page.stdout());
    assert_eq!(
        machine.skep(&["man", "organization", "aut"]).failed(),
        "there is no command skep organization aut: see skep organization --help"
    );
    assert!(machine.skep(&["man", "--output", "man1"]).ok().ends_with(" pages written\n"));
    let pages: Vec<String> = fs::read_dir(machine.path("man1"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for page in ["skep.1", "skep-serve.1", "skep-organization-key-generate.1"] {
        assert!(pages.iter().any(|name| name == page), "{pages:?}");
    }
}

/// The server interrupts the program that asks it.
#[test]
fn an_interrupted_command_leaves_nothing_behind() {
    let (tell_pid, pid) = mpsc::channel::<u32>();
    let (end, ended) = mpsc::channel::<()>();
    let waiting = Mutex::new((pid, ended));
    let mock = Mock::start(move |_| {
        let waiting = waiting.lock().unwrap();
        let pid = waiting.0.recv().unwrap().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        // The answer comes when it is too late.
        let _ = waiting.1.recv();
        Answer::not_found()
    });
    let machine = Machine::at(&mock);
    let child = machine
        .command(&["package", "fetch", "bar", "--yes"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    tell_pid.send(child.id()).unwrap();
    let output = child.wait_with_output().unwrap();
    drop(end);
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "error: interrupted\n");
    assert_eq!(machine.files(), Vec::<String>::new());
}

/// What looks at manual pages has nothing to complain of.
#[test]
fn manual_pages_are_set_without_a_warning() {
    let machine = Machine::new().with("SOURCE_DATE_EPOCH", "1700000000");
    machine.skep(&["man", "--output", "man1"]).ok();
    assert!(machine.text("man1/skep-deps-why.1").contains(".TH SKEP\\-DEPS\\-WHY 1 \"2023-11-14\""));
    let path = std::env::var("PATH").unwrap();
    for (program, arguments) in
        [("man", &["--warnings", "-E", "UTF-8", "-l"][..]), ("mandoc", &["-T", "lint", "-W", "warning"])]
    {
        if Command::new(program).arg("--version").output().is_err() {
            println!("SKIPPED: {program} is not installed");
            continue;
        }
        let pages = fs::read_dir(machine.path("man1")).unwrap().map(|entry| entry.unwrap().path());
        let mut command = machine.program(program);
        let output =
            command.env("PATH", &path).args(arguments).args(pages).stdin(Stdio::null()).output().unwrap();
        let told = if program == "man" { output.stderr } else { output.stdout };
        assert_eq!(String::from_utf8(told).unwrap(), "", "{program}");
    }
}

#[test]
fn ctrl_c_and_ctrl_d_end_a_question_and_leave_the_terminal_as_it_was() {
    let machine = Machine::new().with("HEX_API_KEY", crate::support::KEY);
    let command = "user tfa disable; code=$?; stty -a | grep -o -e '-\\?echo ' -e '-\\?icanon' -e '-\\?isig'; (exit $code)";
    for (key, code, told) in
        [("half\u{3}", 130, "error: interrupted"), ("\u{4}", 1, "error: nothing was answered")]
    {
        let ended = machine.at_a_terminal(command, &serde_json::json!({ "Password": key }));
        assert_eq!(ended, (code, format!("Password: \n{told}\nisig\nicanon\necho")));
    }
}
