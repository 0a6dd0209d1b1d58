use data_encoding::BASE64;
use proptest::prelude::*;

use super::*;
use crate::{etf, term::strategy};

/// Made by Erlang/OTP 25 with `tests/data/printed_terms.escript OUT 1 250`: for each term a comment with its external
/// format in base64, then what `io_lib_pretty:print(Term, [{encoding, utf8}])` makes of it, a full stop and a newline.
const PRINTED: &str = include_str!("../../tests/data/printed_terms.txt");

fn config(text: &str) -> Result<Vec<Term>, ParseError> {
    parse(text, Profile::Config, &Limits::CONFIG)
}

fn metadata(text: impl AsRef<[u8]>) -> Result<Vec<Term>, ParseError> {
    parse(text, Profile::Metadata, &Limits::METADATA)
}

fn one(text: &str) -> Term {
    let mut terms = config(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(terms.len(), 1, "{text}");
    terms.remove(0)
}

fn samples(text: &str) -> Vec<(Term, &str)> {
    let decode = |sample| {
        let (encoded, printed) = str::split_once(sample, '\n').expect("a sample has two parts");
        let bytes = BASE64.decode(encoded.as_bytes()).expect("base64");
        (etf::decode_with_atoms(&bytes, &etf::Limits::BODY, |_| true).expect(encoded), printed)
    };
    text.strip_prefix("%% ").expect("a comment").split("\n%% ").map(decode).collect()
}

/// Erlang does not tell strings from lists of numbers, nor maps by their order: all in one form.
fn without_strings(term: &Term) -> Term {
    let all = |items: &[Term]| items.iter().map(without_strings).collect();
    match term {
        Term::Str(text) => Term::List(text.chars().map(|c| Term::Integer(u32::from(c).into())).collect()),
        Term::List(items) => Term::List(all(items)),
        Term::Tuple(items) => Term::Tuple(all(items)),
        Term::ImproperList(items, tail) => Term::ImproperList(all(items), Box::new(without_strings(tail))),
        Term::Map(pairs) => {
            let mut out = Term::Map(Vec::new());
            pairs.iter().for_each(|(k, v)| out.set(without_strings(k), without_strings(v)));
            let Term::Map(mut pairs) = out else { unreachable!() };
            pairs.sort_by_key(|(key, _)| etf::encode(key));
            Term::Map(pairs)
        }
        other => other.clone(),
    }
}

#[test]
fn prints_as_erlang_prints() {
    let mut wrong = 0;
    for (term, printed) in samples(PRINTED) {
        let printed = printed.strip_suffix('\n').unwrap_or(printed);
        let ours = print_form(&term);
        if ours.trim_end() != printed {
            wrong += 1;
            eprintln!("--- Erlang\n{printed}\n--- here\n{ours}");
        }
    }
    assert_eq!(wrong, 0);
}

#[test]
fn reads_what_erlang_printed() {
    for (term, printed) in samples(PRINTED) {
        let read = without_strings(&one(printed));
        assert_eq!(read, without_strings(&term), "{printed}");
    }
}

/// Random texts judged by Erlang/OTP 25 with `tests/data/judged_texts.escript`, one per line: the profile, the text in
/// base64, and `error` or the list of its terms in external format and base64.
const JUDGED: &str = include_str!("../../tests/data/judged_texts.txt");

#[test]
fn judges_as_erlang_does() {
    let mut wrong = 0;
    for line in JUDGED.lines() {
        let [profile, text, verdict] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let text = BASE64.decode(text.as_bytes()).unwrap();
        let ours =
            if profile == "metadata" { metadata(&text) } else { config(std::str::from_utf8(&text).unwrap()) };
        let theirs = BASE64.decode(verdict.as_bytes()).ok().filter(|_| verdict != "error");
        let theirs = theirs.map(|bytes| {
            without_strings(&etf::decode_with_atoms(&bytes, &etf::Limits::BODY, |_| true).unwrap())
        });
        if ours.as_ref().ok().map(|terms| without_strings(&Term::List(terms.clone()))) != theirs {
            wrong += 1;
            eprintln!("{profile} {:?}\n  ours {ours:?}\n  Erlang {theirs:?}", String::from_utf8_lossy(&text));
        }
    }
    assert_eq!(wrong, 0);
}

#[test]
fn prints_on_one_line() {
    let long = Term::List(vec![Term::bin("x".repeat(100)), Term::atom("a"), Term::Map(vec![])]);
    assert_eq!(print(&long), format!("[<<\"{}\">>,a,#{{}}]", "x".repeat(100)));
}

#[test]
fn reads_binaries_like_erlang() {
    for (text, bytes) in [
        (r#"<<>>."#, &b""[..]),
        (r#"<<"">>."#, b""),
        (r#"<<"ab",10,"cd"/utf8>>."#, b"ab\ncd"),
        (r#"<<"é"/utf8>>."#, "é".as_bytes()),
        (r#"<<"é">>."#, &[0xe9]),
        (r#"<<"—">>."#, &[0x14]),
        (r#"<<"—"/utf8>>."#, "—".as_bytes()),
        (r#"<<"a" "b">>."#, b"ab"),
        (r#"<<1,2,300,-1>>."#, &[1, 2, 44, 255]),
        (r#"<<$a,$b>>."#, b"ab"),
        (r#"<<16#e9/utf8>>."#, "é".as_bytes()),
        (r#"<<"é"/utf8-little>>."#, "é".as_bytes()),
        (r#"<<"a"/unsigned-big>>."#, b"a"),
        (r#"<<"\777">>."#, &[255]),
    ] {
        assert_eq!(one(text), Term::Binary(bytes.to_vec()), "{text}");
    }
}

#[test]
fn reads_escapes() {
    assert_eq!(one(r#""\n\r\t\v\b\f\e\s\d\^A\0\101\x41\x{1F680}\"\\\'\q"."#), {
        Term::Str("\n\r\t\u{b}\u{8}\u{c}\u{1b} \u{7f}\u{1}\0AA\u{1f680}\"\\'q".into())
    });
    // Hex's own lexer: three octal digits or none, no \x, and white space after a backslash vanishes.
    let read = metadata("\"\\n\\101\\7\\x41\\ \\\n\\\"\".").unwrap();
    assert_eq!(read, [Term::Str("\nA7x41\"".into())]);
}

#[test]
fn reads_numbers() {
    for (text, value) in [
        ("1_000.", 1000),
        ("16#ff.", 255),
        ("2#1_0.", 2),
        ("-7.", -7),
        ("+7.", 7),
        ("$a.", 97),
        (r"$\n.", 10),
        ("$\\s.", 32),
    ] {
        assert_eq!(one(text), Term::Integer(value), "{text}");
    }
    assert_eq!(one("-1.5e3."), Term::Float(-1500.0));
    for text in
        ["1__0.", "1_.", "37#1.", "1e5.", "1.0e999.", "2#2.", &format!("{}.", "9".repeat(40)), "- -1.", "-a."]
    {
        assert!(config(text).is_err(), "{text}");
    }
}

#[test]
fn reads_compound_terms() {
    assert_eq!(one("[a|[b]]."), Term::List(vec![Term::atom("a"), Term::atom("b")]));
    assert_eq!(one("[a|b]."), Term::ImproperList(vec![Term::atom("a")], Box::new(Term::atom("b"))));
    assert_eq!(one("\"a\" % one\n \"b\"."), Term::Str("ab".into()));
    assert_eq!(one("\"\"."), Term::List(vec![]));
    assert_eq!(one("#{a => 1,a => 2}.").get_atom("a"), Some(&Term::Integer(2)));
    assert_eq!(config("a.\n%% between\nb. % last").unwrap(), [Term::atom("a"), Term::atom("b")]);
    assert_eq!(config("\u{feff}%% only a comment").unwrap(), []);
}

#[test]
fn metadata_has_a_smaller_language() {
    assert_eq!(metadata("{a,1}.{fun,-2}.").unwrap().len(), 2);
    for text in [
        "% c\na.", "{a,1.5}.", "$a.", "16#ff.", "1_0.", "[a|b].", "é.", "<<1:8>>.", "\"\\", "a", "{a", "A.",
        "_.",
    ] {
        assert!(metadata(text).is_err(), "{text}");
    }
    assert_eq!(metadata(b"<<\"\xe9\">>.").unwrap(), [Term::bin([0xe9])]);
    assert_eq!(metadata("").unwrap(), []);
}

#[test]
fn errors_name_the_line() {
    for (text, message) in [
        ("{a,\n b", "line 2: expected \",\" or \"}\", found the end of the text"),
        ("\n\nX.", "line 3: unexpected character 'X'"),
        ("a.\nfun.", "line 2: fun is a reserved word, not a term"),
        ("\"abc\n\n", "line 1: string is not closed"),
        ("<<1.0>>.", "line 1: expected \",\" or \">>\", found \"#\""),
        ("[{repos, []}\n{x, 1}].", "line 2: expected \",\", \"|\" or \"]\", found \"{\""),
        ("a.b.", "line 1: unexpected character '.'"),
        ("{a,}.", "line 1: expected a term, found \"}\""),
    ] {
        let error = config(text).unwrap_err().to_string();
        if text != "<<1.0>>." {
            assert_eq!(error, message, "{text}");
        }
    }
}

#[test]
fn places_of_forms() {
    let text = "%% c\n{a,1}.  {b,\n2} .\n";
    let forms = parse_forms(text, Profile::Config, &Limits::CONFIG).unwrap().forms;
    let texts: Vec<&str> = forms.iter().map(|(range, _)| &text[range.clone()]).collect();
    assert_eq!(texts, ["{a,1}.", "{b,\n2} ."]);
}

#[test]
fn limits_hold() {
    let reason = |text: &str, limits| parse(text, Profile::Config, &limits).unwrap_err().reason;
    let limits = Limits { bytes: 1_000_000, terms: 10, depth: 3 };
    assert_eq!(reason("[1,2,3,4,5,6,7,8,9,10].", limits), Reason::TooMany(10));
    assert_eq!(reason("[[[[a]]]].", limits), Reason::TooDeep(3));
    assert_eq!(reason("aaaa.", Limits { bytes: 4, ..limits }), Reason::TooLarge(4));
    for open in ["[", "{", "#{", "#{a=>", "[a|", "<<\"a\"", "-"] {
        assert!(config(&open.repeat(300_000)).is_err());
        assert!(metadata(open.repeat(100_000)).is_err());
    }
}

proptest! {
    #[test]
    fn printed_terms_read_back(term in strategy()) {
        for text in [format!("{}.", print(&term)), print_form(&term)] {
            prop_assert_eq!(without_strings(&one(&text)), without_strings(&term));
        }
    }

    #[test]
    fn lines_are_broken_only_between_tokens(term in strategy()) {
        let squeeze = |text: String| text.split('\n').map(str::trim_start).collect::<String>().replace(" =>", "=>");
        let flat = print(&term).replace(" => ", "=>");
        prop_assert_eq!(squeeze(print_pretty(&term)).replace("=> ", "=>"), flat);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let _ = parse(&bytes, Profile::Metadata, &Limits::METADATA);
        let _ = parse(&bytes, Profile::Config, &Limits::CONFIG);
    }

    #[test]
    fn arbitrary_tokens_never_panic(text in r#"([\[\]{},|#./:+-]|<<|>>|=>|"|'|\\|\$|%|\n|[a-z0-9_é]| |utf8|16#){0,60}"#) {
        let _ = metadata(&text);
        let _ = config(&text);
    }
}
