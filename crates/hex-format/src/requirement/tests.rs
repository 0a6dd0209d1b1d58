use proptest::prelude::*;

use super::*;

/// What Elixir and Hex's solver say; see `elixir_versions.exs` beside it.
const ELIXIR: &str = include_str!("../../tests/data/elixir_versions.tsv");

fn requirement(text: &str) -> Requirement {
    Requirement::parse(text).unwrap()
}

fn matches(text: &str, version: &str) -> bool {
    requirement(text).matches(&Version::parse(version).unwrap())
}

fn refusal(text: &str) -> Option<String> {
    requirement(text).check_for_registry().err().map(|error| error.to_string())
}

#[test]
fn meaning() {
    #[rustfmt::skip]
    let table: [(&str, &[&str], &[&str]); 17] = [
        ("1.2.3", &["1.2.3", "1.2.3+b"], &["1.2.4", "1.2.3-rc"]),
        ("== 1.2.3-rc", &["1.2.3-rc"], &["1.2.3"]),
        ("!= 1.2.3", &["1.2.4", "1.2.3-rc"], &["1.2.3", "1.2.3+b"]),
        ("! 1.2.3", &["1.2.4"], &["1.2.3"]),
        ("> 1.0.0", &["1.0.1-rc", "1.0.1"], &["1.0.0", "1.0.0-rc"]),
        (">= 1.0.0", &["1.0.0", "2.0.0-rc"], &["1.0.0-rc"]),
        ("< 2.0.0", &["2.0.0-rc", "1.9.9"], &["2.0.0"]),
        ("<= 2.0.0", &["2.0.0", "2.0.0-rc"], &["2.0.1-rc", "2.0.1"]),
        ("~> 1.2", &["1.2.0", "1.9.0", "1.3.0-rc"], &["2.0.0", "2.0.0-rc", "2.0.0-0", "1.1.9", "1.2.0-rc"]),
        ("~> 1.2.3", &["1.2.3", "1.2.9", "1.2.4-rc"], &["1.3.0", "1.3.0-rc", "1.2.2", "1.2.3-rc"]),
        ("~> 1.2.3-rc.1", &["1.2.3-rc.1", "1.2.3-rc.2", "1.2.3"], &["1.2.3-rc.0", "1.3.0-rc"]),
        ("~> 1.2-rc", &["1.2.0-rc", "1.2.0", "1.9.9"], &["1.2.0-a", "2.0.0-rc"]),
        ("~> 0.0", &["0.0.0", "0.9.9"], &["1.0.0"]),
        (">= 1.0.0 and < 2.0.0", &["1.0.0", "1.9.9"], &["0.9.9", "2.0.0"]),
        ("~> 1.0 or ~> 2.1", &["1.0.0", "2.1.0"], &["2.0.0", "3.0.0"]),
        // `and` binds tighter.
        ("1.0.0 or 2.0.0 and 3.0.0", &["1.0.0"], &["2.0.0", "3.0.0"]),
        ("1.0.0 and 2.0.0 or 3.0.0", &["3.0.0"], &["1.0.0", "2.0.0"]),
    ];
    for (text, fits, does_not) in table {
        for version in fits {
            assert!(matches(text, version), "{version} should match {text}");
        }
        for version in does_not {
            assert!(!matches(text, version), "{version} should not match {text}");
        }
    }
}

#[test]
fn without_prereleases() {
    let table = [
        ("~> 1.2", "1.3.0-rc", false),
        ("~> 1.2-rc", "1.3.0-rc", true),
        ("> 1.0.0", "1.1.0-rc", false),
        (">= 1.0.0-0", "1.1.0-rc", true),
        ("< 2.0.0", "2.0.0-rc", true),
        ("<= 2.0.0", "2.0.0-rc", true),
        ("!= 1.0.0", "2.0.0-rc", true),
        ("== 2.0.0-rc", "2.0.0-rc", true),
        (">= 1.0.0 and < 2.0.0", "2.0.0-rc", false),
    ];
    for (text, version, expected) in table {
        let version = Version::parse(version).unwrap();
        assert_eq!(requirement(text).matches_with(&version, false), expected, "{text} {version}");
    }
}

#[test]
fn spaces() {
    for text in [">=1.0.0", "  >=   1.0.0  ", "1.0.0  and  2.0.0", "1.0.0 and ~> 1.0 ", "1.0.0-and.or"] {
        assert_eq!(requirement(text).as_str(), text);
    }
}

#[test]
fn invalid() {
    #[rustfmt::skip]
    let texts = [
        "", " ", "*", "= 1.0.0", ">= 1.0.0, < 2.0.0", "1.0.0 && 2.0.0", "1.0.0 || 2.0.0", "~> 1", "(1.0.0)", ">= 1.2", "1.2",
        ">=\t1.0.0", "1.0.0\n", ">= 1.0.0 and", "or 1.0.0", " or 1.0.0", "1.0.0 or or 2.0.0", "1.0.0 and and 2.0.0", "<", "> = 1.0.0",
        "~> ~> 1.0", ">= 1.0.0<2.0.0", "1. 0.0", "1.0.0 2.0.0", "1.0.0 AND 2.0.0", "1.0.0 and< 2.0.0", "!>= 1.0.0", "1.0.0-é",
    ];
    for text in texts {
        assert!(Requirement::parse(text).is_err(), "{text:?}");
    }
    let long = format!("1.0.0{}", " or 1.0.0".repeat(MAX_BYTES / 9 + 1));
    assert_eq!(Requirement::parse(&long), Err(RequirementError::TooLong(long.len())));
}

#[test]
fn errors_say_what_is_wrong() {
    let cases = [
        ("", "a version is missing"),
        (">= 1.0.0 and", "expected ` and ` or ` or ` before `and`"),
        (">= 1.2", "`1.2` does not have the form MAJOR.MINOR.PATCH"),
        ("~> 1", "`1` does not have the form MAJOR.MINOR.PATCH"),
    ];
    for (text, message) in cases {
        assert_eq!(Requirement::parse(text).unwrap_err().to_string(), message, "{text:?}");
    }
}

#[test]
fn what_a_registry_may_hold() {
    #[rustfmt::skip]
    let allowed = [
        "1.0.0", "== 1.0.0-rc", "~> 1.0", "~> 1.0.0", "> 1.0.0", "<= 1.0.0", ">= 1.0.0 and < 2.0.0", "< 2.0.0 and >= 1.0.0",
        "> 1.0.0 and <= 2.0.0", ">= 1.0.0 and <= 1.0.0", "~> 1.0 or ~> 2.0", "~> 1.0 or >= 3.0.0 and < 4.0.0 or 5.0.0",
        "~> 1.2 and >= 1.2.5", ">= 1.2.5 and ~> 1.2", "~> 1.2 and < 1.9.0", "~> 1.2 and < 3.0.0", "~> 1.0-rc and >= 1.0.0-rc.1",
    ];
    for text in allowed {
        assert_eq!(refusal(text), None, "{text}");
    }
}

#[test]
fn what_a_registry_must_not_hold() {
    let not_equal = "!= is not allowed in requirements";
    let pair = |a: &str, b: &str| {
        format!(
            "`{a}` and `{b}` can't be joined by `and`; only a lower bound with an upper bound, or `~>` with a bound, can"
        )
    };
    let three = "at most two versions can be joined by `and`, not 3";
    let cases = [
        ("!= 1.0.0", not_equal.to_owned()),
        ("! 1.0.0", not_equal.to_owned()),
        ("~> 1.0 or != 1.0.0", not_equal.to_owned()),
        (">= 1.0.0 and < 2.0.0 and != 1.1.0", not_equal.to_owned()),
        (">= 1.0.0 and < 2.0.0 and < 3.0.0", three.to_owned()),
        ("~> 5.0 or >= 1.0.0 and < 2.0.0 and ~> 1.0", three.to_owned()),
        ("> 1.0.0 and > 2.0.0", pair(">", ">")),
        ("> 1.0.0 and >= 2.0.0", pair(">", ">=")),
        ("< 1.0.0 and <= 2.0.0", pair("<", "<=")),
        ("~> 1.0 and ~> 1.2", pair("~>", "~>")),
        ("1.0.0 and 1.0.0", pair("==", "==")),
        ("~> 1.0 and == 1.0.0", pair("~>", "==")),
        ("> 2.0.0 and < 1.0.0", "no version can satisfy `> 2.0.0 and < 1.0.0`".to_owned()),
        ("> 1.0.0 and <= 1.0.0", "no version can satisfy `> 1.0.0 and <= 1.0.0`".to_owned()),
        ("~> 1.2 and < 1.2.0", "no version can satisfy `~> 1.2 and < 1.2.0`".to_owned()),
        ("~> 1.2 and >= 2.0.0-0", "no version can satisfy `~> 1.2 and >= 2.0.0-0`".to_owned()),
        ("~> 1.2-rc and > 2.0.0", "no version can satisfy `~> 1.2-rc and > 2.0.0`".to_owned()),
        (
            "~> 1.2 and <= 1.2.0",
            "the range of `~> 1.2 and <= 1.2.0` is the single version 1.2.0; write `== 1.2.0`".to_owned(),
        ),
        (
            ">= 100000000000000.0.0",
            "the version `100000000000000.0.0` has a number of more than 14 digits".to_owned(),
        ),
    ];
    for (text, message) in cases {
        assert_eq!(refusal(text), Some(message), "{text}");
    }
}

#[test]
fn agrees_with_elixir_and_hex() {
    let mut rows = 0;
    for line in ELIXIR.lines() {
        match line.split('\t').collect::<Vec<_>>().as_slice() {
            ["requirement", text, status] => {
                assert_eq!(Requirement::parse(text).is_ok(), *status == "ok", "{line}");
            }
            ["match", text, version, with_pre, without_pre] => {
                let version = Version::parse(version).unwrap();
                let answers =
                    [true, false].map(|pre| requirement(text).matches_with(&version, pre).to_string());
                assert_eq!(answers, [*with_pre, *without_pre], "{line}");
            }
            ["solver", text, status] => {
                let readable = Requirement::parse(text).is_ok_and(|r| r.check_for_registry().is_ok());
                assert_eq!(readable, *status == "ok", "{line}");
            }
            _ => continue,
        }
        rows += 1;
    }
    assert!(rows > 800, "only {rows} rows were compared");
}

fn any_requirement() -> impl Strategy<Value = String> {
    let clause = "(==|!=|!|>|>=|<|<=|~>)? {0,2}[0-3]\\.[0-3]\\.[0-3](-(rc|0|1)(\\.[12])?)?|~> [0-3]\\.[0-3]";
    proptest::collection::vec((clause, prop_oneof![Just(" and "), Just(" or ")]), 1..4).prop_map(|clauses| {
        let joined: String = clauses.iter().flat_map(|(clause, joiner)| [clause.as_str(), joiner]).collect();
        joined.trim_end_matches(" and ").trim_end_matches(" or ").to_owned()
    })
}

proptest! {
    #[test]
    fn keeps_its_text(text in any_requirement()) {
        prop_assert_eq!(requirement(&text).to_string(), text);
    }

    #[test]
    fn clauses_read_back(text in any_requirement()) {
        let read = requirement(&text);
        let groups: Vec<String> = read
            .alternatives()
            .iter()
            .map(|clauses| clauses.iter().map(Clause::to_string).collect::<Vec<_>>().join(" and "))
            .collect();
        let again = requirement(&groups.join(" or "));
        prop_assert_eq!(again.alternatives(), read.alternatives());
    }

    #[test]
    fn arbitrary_text_never_panics(text in any::<String>(), near in "[0-9.<>=~! andor-]{0,20}") {
        for text in [text, near] {
            if let Ok(requirement) = Requirement::parse(&text) {
                let _ = requirement.check_for_registry();
                let _ = requirement.matches(&Version::new(1, 0, 0));
            }
        }
    }
}
