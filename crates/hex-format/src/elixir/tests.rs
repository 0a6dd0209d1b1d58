use proptest::prelude::*;

use super::*;

fn read(text: &str) -> ElixirTerm {
    ElixirTerm::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn string(text: &str) -> ElixirTerm {
    ElixirTerm::String(text.to_owned())
}

fn atom(name: &str) -> ElixirTerm {
    ElixirTerm::Atom(name.to_owned())
}

fn integers(numbers: &[i64]) -> Vec<ElixirTerm> {
    numbers.iter().map(|number| ElixirTerm::Integer(*number)).collect()
}

fn pair(key: ElixirTerm, value: i64) -> ElixirTerm {
    ElixirTerm::Tuple(vec![key, ElixirTerm::Integer(value)])
}

#[test]
fn scalars() {
    use ElixirTerm::{Bool, Float, Integer, Nil};
    let table = [
        ("nil", Nil),
        (":nil", Nil),
        ("true", Bool(true)),
        (":false", Bool(false)),
        (" 1 ", Integer(1)),
        ("-9223372036854775808", Integer(i64::MIN)),
        ("+1", Integer(1)),
        ("01", Integer(1)),
        ("1_000", Integer(1000)),
        ("0xFf", Integer(255)),
        ("0o17", Integer(15)),
        ("-0b11", Integer(-3)),
        ("1.5", Float(1.5)),
        ("-1.0e-3", Float(-0.001)),
        ("1.0E+3", Float(1000.0)),
        (":ok", atom("ok")),
        (":A", atom("A")),
        (":a?", atom("a?")),
        (":a@b", atom("a@b")),
        (":é", atom("é")),
        (":\"x y\"", atom("x y")),
        (":\"\"", atom("")),
        ("# before\n1 # after", Integer(1)),
    ];
    for (text, term) in table {
        assert_eq!(read(text), term, "{text}");
    }
}

#[test]
fn strings() {
    let table = [
        (r#""""#, ""),
        (r#""a\"b\\c""#, "a\"b\\c"),
        (r#""\n\t\r\s\0\a\b\d\e\f\v""#, "\n\t\r \0\x07\x08\x7f\x1b\x0c\x0b"),
        (r#""\x41\x{42}\u0043\u{44}\u{1F41D}\q""#, "ABCD🐝q"),
        (r#""\xC3\xA9""#, "é"),
        (r##""# \#{x} #""##, "# #{x} #"),
        ("\"a\\\nb\nc\"", "ab\nc"),
        ("\"a\\\r\nb\"", "ab"),
        ("\"é🐝\"", "é🐝"),
    ];
    for (text, expected) in table {
        assert_eq!(read(text), string(expected), "{text}");
    }
    assert_eq!(read("'ab'"), ElixirTerm::List(integers(&[97, 98])));
}

#[test]
fn collections() {
    use ElixirTerm::{List, Map, Tuple};
    let table = [
        ("[]", List(vec![])),
        ("{}", Tuple(vec![])),
        ("%{}", Map(vec![])),
        ("[1,2 ,3,]", List(integers(&[1, 2, 3]))),
        ("{:a,\n 1}", pair(atom("a"), 1)),
        ("[hex: 1, A: 2, a?: 3]", List(vec![pair(atom("hex"), 1), pair(atom("A"), 2), pair(atom("a?"), 3)])),
        ("[nil: 1]", List(vec![pair(ElixirTerm::Nil, 1)])),
        ("[1, a: 2]", List(vec![ElixirTerm::Integer(1), pair(atom("a"), 2)])),
        ("{1, a: 2}", Tuple(vec![ElixirTerm::Integer(1), List(vec![pair(atom("a"), 2)])])),
        (
            "%{\"a\" => 1, b: 2, \"c d\": 3}",
            Map(vec![
                (string("a"), ElixirTerm::Integer(1)),
                (atom("b"), ElixirTerm::Integer(2)),
                (atom("c d"), ElixirTerm::Integer(3)),
            ]),
        ),
        ("%{\"a\"=>1}", Map(vec![(string("a"), ElixirTerm::Integer(1))])),
    ];
    for (text, term) in table {
        assert_eq!(read(text), term, "{text}");
    }
}

#[test]
fn only_literals() {
    #[rustfmt::skip]
    let texts = [
        "", "  ", "# only", "x", "x()", "Foo", "String.upcase(\"a\")", ":Elixir.Foo", "System.halt()", "1 + 1", "1 2", "1; 2", "(1)",
        "--1", "- 1", "1__0", "1_", "1e5", "1.", "1._0", "0x", "0xg", "0b2", "9223372036854775808", "1.0e999", "- ", "+",
        "\"", "\"\\", "\"#{1}\"", ":\"#{1}\"", "\"\\xF\"", "\"\\xFF\"", "\"\\u{110000}\"", "\"\\uD800\"", "\"\\u{}\"", "\"\\u+123\"",
        "\"\"\"\na\n\"\"\"", "~s(a)", "?a", "<<1>>", "&x/1", "fn -> 1 end", "@x", ":+", ":", ": a", ":1", ":a?b",
        "[", "[1", "[1,,2]", "[,]", "[1 2]", "[a: 1, 2]", "[a:1]", "[a: ]", "[\"a\":1]", "[1 | []]", "{a: 1}", "{,}",
        "%{1}", "%{a: 1, \"b\" => 2}", "%{\"a\" = 1}", "% {}", "%Foo{}", "%{", "]", "}", "\u{0}", "trueish", "nil?",
    ];
    for text in texts {
        assert!(ElixirTerm::parse(text).is_err(), "{text:?} was read");
    }
}

#[test]
fn errors_say_where_and_what() {
    let cases = [
        ("%{\n \"a\" => foo\n}", "line 2: `foo` is not a literal"),
        ("[1,\n\n 2 3]", "line 3: unexpected `3`"),
        ("[1", "line 1: the text ends before the term does"),
        ("\"a#{b}\"", "line 1: a string has an interpolation"),
        ("99999999999999999999", "line 1: `99999999999999999999` is not a number that can be read"),
    ];
    for (text, message) in cases {
        assert_eq!(ElixirTerm::parse(text).unwrap_err().to_string(), message);
    }
}

#[test]
fn limits() {
    let problem = |text: &str| ElixirTerm::parse(text).unwrap_err().problem;
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(ElixirTerm::parse(&nested(MAX_DEPTH)).is_ok());
    assert_eq!(problem(&nested(MAX_DEPTH + 1)), ElixirProblem::TooDeep);
    assert_eq!(problem(&"{".repeat(100_000)), ElixirProblem::TooDeep);
    assert_eq!(problem(&format!("[{}]", "1,".repeat(MAX_TERMS))), ElixirProblem::TooManyTerms);
    assert_eq!(problem(&format!("'{}'", "a".repeat(MAX_TERMS))), ElixirProblem::TooManyTerms);
    assert_eq!(problem(&" ".repeat(MAX_BYTES + 1)), ElixirProblem::TooLong);
    assert_eq!(problem(&format!(":{}", "a".repeat(256))), ElixirProblem::AtomTooLong);
}

#[test]
fn accessors() {
    let map = read("%{\"a\" => 1, \"a\" => \"x\", b: [hex: :dep, hex: :other]}");
    assert_eq!(map.get("a").and_then(ElixirTerm::as_str), Some("x"));
    assert_eq!(map.get("b"), None);
    assert_eq!(read("[hex: :dep, hex: :other]").keyword("hex"), Some(&atom("dep")));
}

/// Each line was checked with Elixir: the text on the left is what it reads, the one on the right what it
/// shows.
#[test]
fn prints_like_inspect() {
    let table = [
        (
            r#"%{ "status"=>200, "errors" => %{"name" => "is \"bad\""} }"#,
            r#"%{"status" => 200, "errors" => %{"name" => "is \"bad\""}}"#,
        ),
        ("[ nil,true , {}, {1,2.0}, [] ]", "[nil, true, {}, {1, 2.0}, []]"),
        ("[{:a, 1}, {:b?, [c: 2]}]", "[a: 1, b?: [c: 2]]"),
        ("%{:a => 1, :B => 2}", "%{a: 1, B: 2}"),
        ("%{:a => 1, \"b\" => 2}", "%{:a => 1, \"b\" => 2}"),
        ("{:a, b: 1}", "{:a, [b: 1]}"),
        (":\"x y\"", ":\"x y\""),
        (":\"a\"", ":a"),
        ("100000000000000000000.0", "1.0e20"),
        ("0.00001", "1.0e-5"),
        ("-0.0", "-0.0"),
        (r#""\n\t\r\0\a\b\d\e\f\v\\\#{}#""#, r#""\n\t\r\0\a\b\d\e\f\v\\\#{}#""#),
        (r#""\x01\u202A\u0085é🐝""#, r#""\x01\u202A\u0085é🐝""#),
    ];
    for (text, printed) in table {
        assert_eq!(read(text).to_string(), printed, "{text}");
    }
    assert_eq!(ElixirTerm::Float(f64::NAN).to_string(), "nil");
}

fn any_term() -> impl Strategy<Value = ElixirTerm> {
    let name = prop_oneof!["[a-zA-Z_][a-zA-Z0-9_]{0,5}[?!]?", any::<String>()]
        .prop_filter("atoms are short", |name| name.chars().count() <= MAX_ATOM_CHARS);
    let leaf = prop_oneof![
        Just(ElixirTerm::Nil),
        any::<bool>().prop_map(ElixirTerm::Bool),
        any::<i64>().prop_map(ElixirTerm::Integer),
        proptest::num::f64::NORMAL.prop_map(ElixirTerm::Float),
        any::<String>().prop_map(ElixirTerm::String),
        "[#{}\\\\\"a\n]{0,6}".prop_map(ElixirTerm::String),
        name.prop_map(ElixirTerm::atom),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let terms = proptest::collection::vec(inner.clone(), 0..5);
        prop_oneof![
            terms.clone().prop_map(ElixirTerm::List),
            terms.prop_map(ElixirTerm::Tuple),
            proptest::collection::vec((inner.clone(), inner), 0..4).prop_map(ElixirTerm::Map),
        ]
    })
}

proptest! {
    #[test]
    fn round_trip(term in any_term()) {
        prop_assert_eq!(ElixirTerm::parse(&term.to_string()).unwrap(), term);
    }

    #[test]
    fn arbitrary_text_never_panics(text in any::<String>(), near in "[%{}\\[\\]\"'\\\\#:=>,a1x_. \n-]{0,40}") {
        let _ = ElixirTerm::parse(&text);
        if let Ok(term) = ElixirTerm::parse(&near) {
            prop_assert_eq!(ElixirTerm::parse(&term.to_string()).unwrap(), term);
        }
    }
}
