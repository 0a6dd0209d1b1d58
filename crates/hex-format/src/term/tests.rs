use super::*;

#[test]
fn looks_up_maps_and_property_lists() {
    let map = Term::Map(vec![
        (Term::atom("a"), Term::Integer(1)),
        (Term::bin("a"), Term::Integer(2)),
        (Term::atom("a"), Term::Integer(3)),
    ]);
    assert_eq!(map.get_atom("a"), Some(&Term::Integer(3)));
    assert_eq!(map.get_bin("a"), Some(&Term::Integer(2)));
    assert_eq!(map.get_bin("b"), None);

    let list = Term::List(vec![
        Term::atom("flag"),
        Term::pair(Term::atom("a"), Term::bool(true)),
        Term::pair(Term::atom("a"), Term::bool(false)),
    ]);
    assert_eq!(list.get_atom("a").and_then(Term::as_bool), Some(true));
    assert_eq!(list.get_atom("flag"), None);
    assert_eq!(list.as_pairs(), None);
    assert_eq!(Term::List(vec![]).as_pairs(), Some(vec![]));
}

#[test]
fn text_of_binaries_and_strings() {
    assert_eq!(Term::bin("é").as_str(), Some("é"));
    assert_eq!(Term::bin([0xe9]).as_str(), None);
    assert_eq!(Term::bin([0xe9]).text().as_deref(), Some("é"));
    assert_eq!(Term::Str("x".into()).text().as_deref(), Some("x"));
    assert_eq!(Term::Str("x".into()).as_str(), None);
    assert_eq!(Term::atom("x").text(), None);
}

#[test]
fn sets_and_removes_in_maps() {
    let mut map = Term::atom("not a map");
    for key in ["b", "a", "c", "a"] {
        map.set(Term::atom(key), Term::bin(key));
    }
    assert!(map.remove(&Term::atom("c")));
    assert!(!map.remove(&Term::atom("c")));
    let pair = |key: &str| (Term::atom(key), Term::bin(key));
    assert_eq!(map, Term::Map(vec![pair("a"), pair("b")]));
}
