use std::collections::BTreeMap;

use hex_format::metadata::Value;

use super::*;

fn package(name: &str, description: &str) -> Package {
    let extra = BTreeMap::from([
        ("colour".to_owned(), Value::Text("blue".into())),
        ("sizes".to_owned(), Value::List(vec![Value::Text("small".into())])),
        ("nested".to_owned(), Value::Map(BTreeMap::from([("deep".to_owned(), Value::Text("yes".into()))]))),
        ("count".to_owned(), Value::Integer(7)),
    ]);
    let meta =
        PackageMeta { description: Some(description.into()), extra: Some(extra), ..PackageMeta::default() };
    Package {
        id: 1,
        repository_id: 1,
        repository: "hexpm".into(),
        name: name.into(),
        meta: meta.to_json().unwrap(),
        docs_updated_at: None,
        inserted_at: 0,
        updated_at: 0,
    }
}

fn finds(search: &str, name: &str, description: &str) -> bool {
    Search::parse(search).matches(&package(name, description)).unwrap()
}

#[test]
fn words_are_found_in_names_and_descriptions() {
    assert!(finds("son", "jason", ""));
    assert!(finds("ALPHA", "alpha_x", ""));
    assert!(finds("picture", "beta", "Draws pictures"));
    assert!(finds("drawing library", "beta", "Draws many things"));
    assert!(!finds("ja", "jason", ""), "a short text must be the whole name");
    assert!(!finds("the", "beta", "the thing"), "stop words are in every description");
}

#[test]
fn a_word_of_several_parts_is_a_phrase() {
    assert!(finds("json_pointer", "x1", "A JSON pointer"));
    assert!(!finds("json_pointer", "x1", "A pointer to JSON"));
}

#[test]
fn a_repository_can_be_named() {
    assert!(finds("hexpm/alpha", "alpha", ""));
    assert!(!finds("acme/alpha", "alpha", ""));
    assert!(!Search::parse("name:acme/alpha").admits("hexpm"));
    assert!(Search::parse("name:acme/alpha").admits("acme"));
}

#[test]
fn stems_bring_forms_together() {
    for (a, b) in [
        ("pictures", "picture"),
        ("libraries", "library"),
        ("parsing", "parse"),
        ("parser", "parsers"),
        ("classes", "class"),
        ("boxes", "box"),
    ] {
        assert!(Words::of(a).any_in(b) && Words::of(b).any_in(a), "{a} {b}");
    }
    assert!(!Words::of("status").any_in("stat"));
}

#[test]
fn extra_metadata() {
    for search in ["extra:colour,blue", "extra:sizes,[small]", "extra:nested,deep,yes", "extra:count,7"] {
        assert!(finds(search, "beta", ""), "{search}");
    }
    for search in ["extra:colour,red", "extra:sizes,small", "extra:colour,[blue]", "extra:nested,other,yes"] {
        assert!(!finds(search, "beta", ""), "{search}");
    }
    assert_eq!(Search::parse("extra:colour x").text.unwrap().name, "extra:colour x");
}

#[test]
fn filters_of_one_kind_the_last_counts_and_unknown_ones_are_ignored() {
    let search = Search::parse("name:beta magic:1 name:alpha* updated_after:yesterday");
    assert_eq!(
        search.name,
        Some(NamePattern { repository: None, name: "alpha".into(), open_start: false, open_end: true })
    );
    assert_eq!((search.text, search.updated_since), (None, None));
    assert_eq!(
        Search::parse("updated_after:2020-01-01T00:00:00Z").updated_since,
        Some(1_577_836_800_000_000)
    );
}

#[test]
fn quoted_values_hold_white_space() {
    let search = Search::parse("description:\"red documents\" :odd word");
    assert_eq!(search.description, Some(Words::of("red documents")));
    assert_eq!(search.text.unwrap().name, ":odd word");
    assert_eq!(Search::parse("description:\"open").description, Some(Words::of("open")));
}

#[test]
fn dependencies_name_their_repository_or_mean_the_public_one() {
    let parse = |text: &str| Search::parse(text).depends.map(|d| (d.repository, d.name));
    assert_eq!(parse("depends:ecto"), Some(("hexpm".into(), "ecto".into())));
    assert_eq!(parse("depends:acme:ecto"), Some(("acme".into(), "ecto".into())));
    assert_eq!(parse("depends:"), None);
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_search(text in "\\PC{0,60}", name in "[a-z_]{2,8}", description in "\\PC{0,40}") {
        let _ = finds(&text, &name, &description);
        let _ = Search::parse(&text).conditions();
    }

    #[test]
    fn patterns_of_filters_do_not_panic(text in "(name|description|depends|build_tool|extra|updated_after):[\"*,\\[\\]a-z: ]{0,12}") {
        let _ = finds(&text, "name", "description");
    }
}
