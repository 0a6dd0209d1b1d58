use data_encoding::HEXUPPER;
use proptest::prelude::*;

use super::*;
use crate::term::strategy;

fn any_atom(bytes: &[u8]) -> Result<Term, DecodeError> {
    decode_with_atoms(bytes, &Limits::BODY, |_| true)
}

fn ints(items: impl IntoIterator<Item = i128>) -> Vec<Term> {
    items.into_iter().map(Term::Integer).collect()
}

/// What `term_to_binary/1` of Erlang/OTP 25 gives, and the term.
fn golden() -> Vec<(&'static str, Term)> {
    let a = || Term::atom("a");
    vec![
        ("836100", Term::Integer(0)),
        ("8361FF", Term::Integer(255)),
        ("836200000100", Term::Integer(256)),
        ("8362FFFFFFFF", Term::Integer(-1)),
        ("83627FFFFFFF", Term::Integer(i32::MAX.into())),
        ("836280000000", Term::Integer(i32::MIN.into())),
        ("836E040000000080", Term::Integer(1 << 31)),
        ("836E040101000080", Term::Integer(-(1 << 31) - 1)),
        ("836E100000000000000000000000000000000040", Term::Integer(1 << 126)),
        ("83463FF8000000000000", Term::Float(1.5)),
        ("836D00000003616263", Term::bin("abc")),
        ("836A", Term::List(vec![])),
        ("836B00020102", Term::Str("\u{1}\u{2}".into())),
        ("836C000000016400016A6A", Term::List(vec![Term::atom("j")])),
        ("836C000000016400016164000162", Term::ImproperList(vec![a()], Box::new(Term::atom("b")))),
        ("83680164000161", Term::Tuple(vec![a()])),
        ("8374000000016D000000016B6400036E696C", Term::Map(vec![(Term::bin("k"), Term::atom("nil"))])),
        ("836B0003616263", Term::Str("abc".into())),
        ("8364000474727565", Term::bool(true)),
    ]
}

#[test]
fn reads_what_erlang_writes() {
    for (hex, term) in golden() {
        assert_eq!(any_atom(&HEXUPPER.decode(hex.as_bytes()).unwrap()), Ok(term), "{hex}");
    }
}

#[test]
fn writes_what_erlang_writes_but_for_atoms() {
    for (hex, term) in golden() {
        let encoded = HEXUPPER.encode(&encode(&term));
        // Up to OTP 25 Erlang writes ATOM_EXT (two bytes of length), later the UTF-8 form.
        assert!(encoded == hex || hex.contains("6400"), "{hex} {encoded}");
    }
    assert_eq!(HEXUPPER.encode(&encode(&Term::atom("nil"))), "8377036E696C");
}

#[test]
fn reads_all_encodings_of_atoms() {
    for bytes in [&b"\x83d\0\x02ok"[..], b"\x83s\x02ok", b"\x83v\0\x02ok", b"\x83w\x02ok"] {
        assert_eq!(decode(bytes, &Limits::BODY), Ok(Term::atom("ok")));
    }
    assert_eq!(any_atom(b"\x83s\x01\xe9"), Ok(Term::atom("é")));
    assert_eq!(any_atom("\u{83}wé".as_bytes()), Err(DecodeError::Version));
    assert_eq!(any_atom(b"\x83w\x01\xe9"), Err(DecodeError::MalformedAtom));
    assert_eq!(decode(b"\x83w\x03new", &Limits::BODY), Err(DecodeError::Atom("new".into())));
}

#[test]
fn refuses_what_is_no_plain_data() {
    assert_eq!(decode(b"", &Limits::BODY), Err(DecodeError::Version));
    assert_eq!(decode(b"{}", &Limits::BODY), Err(DecodeError::Version));
    assert_eq!(decode(b"\x83P\0\0\0\x02x", &Limits::BODY), Err(DecodeError::Compressed));
    assert_eq!(decode(b"\x83", &Limits::BODY), Err(DecodeError::Truncated));
    assert_eq!(decode(b"\x83a\x01a\x01", &Limits::BODY), Err(DecodeError::Trailing(2)));
    // Pids, ports, references, functions and bit strings.
    for tag in [88, 89, 90, 101, 102, 103, 112, 113, 114, 117, 77, 120, 81, 0, 255] {
        assert_eq!(decode(&[131, tag, 0, 0, 0, 0, 0, 0, 0, 0], &Limits::BODY), Err(DecodeError::Tag(tag)));
    }
    assert_eq!(decode(b"\x83F\x7f\xf0\0\0\0\0\0\0", &Limits::BODY), Err(DecodeError::Float));
    let twice = b"\x83t\0\0\0\x02m\0\0\0\x01aa\x01m\0\0\0\x01aa\x02";
    assert_eq!(decode(twice, &Limits::BODY), Err(DecodeError::DuplicateKey));
    let twice = b"\x83t\0\0\0\x02w\x02oka\x01d\0\x02oka\x02";
    assert_eq!(decode(twice, &Limits::BODY), Err(DecodeError::DuplicateKey));
}

#[test]
fn reads_big_integers_up_to_128_bits() {
    let big = |sign: u8, digits: &[u8]| {
        decode(&[&[131, 110, digits.len() as u8, sign], digits].concat(), &Limits::BODY)
    };
    assert_eq!(big(0, &[]), Ok(Term::Integer(0)));
    assert_eq!(big(0, &[1; 17]), Err(DecodeError::Integer));
    assert_eq!(big(0, &[&[255; 15][..], &[127]].concat()), Ok(Term::Integer(i128::MAX)));
    assert_eq!(big(0, &[&[0; 15][..], &[128]].concat()), Err(DecodeError::Integer));
    assert_eq!(big(1, &[&[0; 15][..], &[128]].concat()), Ok(Term::Integer(i128::MIN)));
    assert_eq!(big(0, &[&[7][..], &[0; 200]].concat()), Ok(Term::Integer(7)));
    assert_eq!(decode(b"\x83o\0\0\0\x01\x01\x07", &Limits::BODY), Ok(Term::Integer(-7)));
}

#[test]
fn reads_floats_of_old() {
    let text = format!("{:\0<31}", "1.50000000000000000000e+00");
    assert_eq!(decode(&[b"\x83c", text.as_bytes()].concat(), &Limits::BODY), Ok(Term::Float(1.5)));
    assert_eq!(decode(&[b"\x83c", [0; 31].as_slice()].concat(), &Limits::BODY), Err(DecodeError::Float));
}

#[test]
fn lengths_are_not_believed() {
    for tag in [108, 105, 116, 109] {
        assert_eq!(decode(&[131, tag, 255, 255, 255, 255, 106], &Limits::BODY), Err(DecodeError::Truncated));
    }
    let limits = Limits { bytes: 100, terms: 5, depth: 2 };
    assert_eq!(decode(&[131; 101], &limits), Err(DecodeError::TooLarge(100)));
    assert_eq!(
        decode(&encode(&Term::List(ints(0..300))), &Limits { bytes: 9000, ..limits }),
        Err(DecodeError::TooMany(5))
    );
    assert_eq!(decode(b"\x83h\x01h\x01h\x01j", &limits), Err(DecodeError::TooDeep(2)));
    let deep = [&[131][..], &[104, 1].repeat(1_000_000)].concat();
    assert_eq!(decode(&deep, &Limits::BODY), Err(DecodeError::TooDeep(64)));
    let deep = [&[131][..], &[108, 0, 0, 0, 0].repeat(1_000_000)].concat();
    assert_eq!(decode(&deep, &Limits::BODY), Err(DecodeError::TooDeep(64)));
}

#[test]
fn lists_that_end_in_strings_are_lists() {
    let bytes = b"\x83l\0\0\0\x01a\x01k\0\x01\x02";
    assert_eq!(decode(bytes, &Limits::BODY), Ok(Term::List(ints([1, 2]))));
}

#[test]
fn strings_beyond_latin1_or_64_k_become_lists() {
    for text in ["—".to_owned(), "a".repeat(65_536)] {
        let numbers = ints(text.chars().map(|c| u32::from(c).into()));
        assert_eq!(decode(&encode(&Term::Str(text)), &Limits::BODY), Ok(Term::List(numbers)));
    }
}

/// What another implementation read, in our words. It has no strings, only lists of bytes, and no order in maps.
fn ours(theirs: &eetf::Term) -> Term {
    let all = |items: &[eetf::Term]| items.iter().map(ours).collect();
    match theirs {
        eetf::Term::Atom(atom) => Term::atom(&atom.name),
        eetf::Term::FixInteger(integer) => Term::Integer(integer.value.into()),
        eetf::Term::BigInteger(integer) => Term::Integer(integer.value.to_string().parse().unwrap()),
        eetf::Term::Float(float) => Term::Float(float.value),
        eetf::Term::Binary(binary) => Term::bin(&binary.bytes),
        eetf::Term::ByteList(list) => Term::List(ints(list.bytes.iter().map(|&byte| byte.into()))),
        eetf::Term::List(list) => Term::List(all(&list.elements)),
        eetf::Term::ImproperList(list) => Term::ImproperList(all(&list.elements), Box::new(ours(&list.last))),
        eetf::Term::Tuple(tuple) => Term::Tuple(all(&tuple.elements)),
        eetf::Term::Map(map) => sorted(Term::Map(map.map.iter().map(|(k, v)| (ours(k), ours(v))).collect())),
        other => panic!("{other:?}"),
    }
}

/// Without strings and with the pairs of maps in an order of their own.
fn sorted(term: Term) -> Term {
    let all = |items: Vec<Term>| items.into_iter().map(sorted).collect();
    match term {
        Term::Str(text) => Term::List(ints(text.chars().map(|c| u32::from(c).into()))),
        Term::List(items) => Term::List(all(items)),
        Term::Tuple(items) => Term::Tuple(all(items)),
        Term::ImproperList(items, tail) => Term::ImproperList(all(items), tail),
        Term::Map(pairs) => {
            let mut pairs: Vec<_> = pairs.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            pairs.sort_by_key(|(key, _)| encode(key));
            Term::Map(pairs)
        }
        other => other,
    }
}

proptest! {
    #[test]
    fn encoded_terms_read_back(term in strategy()) {
        let bytes = encode(&term);
        let read = any_atom(&bytes).unwrap();
        prop_assert_eq!(encode(&read), encode(&term));
        if !format!("{term:?}").contains("Str(") {
            prop_assert_eq!(read, term);
        }
    }

    #[test]
    fn another_implementation_reads_the_same(term in strategy()) {
        let theirs = eetf::Term::decode(&encode(&term)[..]).unwrap();
        prop_assert_eq!(ours(&theirs), sorted(term));
    }

    #[test]
    fn arbitrary_bytes_never_panic(mut bytes: Vec<u8>) {
        let _ = decode(&bytes, &Limits::BODY);
        bytes.insert(0, 131);
        let _ = any_atom(&bytes);
    }

    #[test]
    fn damaged_terms_never_panic(term in strategy(), at: prop::sample::Index, byte: u8) {
        let mut bytes = encode(&term);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(read) = any_atom(&bytes) {
            prop_assert!(any_atom(&encode(&read)).is_ok());
        }
    }
}
