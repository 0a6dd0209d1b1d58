use std::collections::BTreeMap;

use hex_format::metadata::Value;

use super::*;

fn extra() -> Vec<String> {
    extra::facts(&BTreeMap::from([
        ("colour".to_owned(), Value::Text("blue".into())),
        ("sizes".to_owned(), Value::List(vec![Value::Text("small".into())])),
        ("nested".to_owned(), Value::Map(BTreeMap::from([("deep".to_owned(), Value::Text("yes".into()))]))),
        ("count".to_owned(), Value::Integer(7)),
    ]))
}

fn has_extra(search: &str) -> bool {
    let search = Search::parse(search);
    let [wanted] = &search.extra[..] else { panic!("one filter") };
    let Fact::Is(fact) = wanted.fact() else { panic!("a text") };
    extra().contains(&fact)
}

#[test]
fn words_lose_endings_and_stop_words() {
    assert_eq!(
        words::of_description("The parsing of JSON-pictures, é 4"),
        ["pars", "json", "pictur", "é", "4"]
    );
    assert!(Words::of("the of").is_empty());
    assert_eq!(Words::of("pictures picture PICTURED"), Words::of("picture"));
}

#[test]
fn a_word_of_several_parts_is_a_phrase() {
    let Condition::Tokens(tokens) = Words::of("json_pointer x").any() else { panic!("tokens") };
    assert_eq!(tokens.phrases, [vec!["json", "pointer"], vec!["x"]]);
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
        ("relational", "relate"),
        ("hopping", "hop"),
        ("cried", "cry"),
    ] {
        assert_eq!(stem::stem(a), stem::stem(b));
    }
    for (word, stem) in
        [("status", "status"), ("by", "by"), ("skies", "sky"), ("b2bs", "b2bs"), ("yes", "yes")]
    {
        assert_eq!(stem::stem(word), stem);
    }
}

/// Compares with PostgreSQL, when `SKEP_TEST_POSTGRES` is the address of a server.
#[test]
fn words_are_cut_as_postgresql_cuts_them() {
    let Some(address) = std::env::var("SKEP_TEST_POSTGRES").ok().filter(|address| !address.is_empty()) else {
        return;
    };
    let starts = "a be by gener commun arsen univers pars libr relat conn hopp y ey say cry dy l ski lov lo ne pla co \
        hop rat cap us bus stat proc exc inn out mob form act vis abil fulf tax bo dress quiet cr tt xx ov sh ye yy";
    let endings = "e s es ed ing ly ies ied ier y yed ying al ally ation ations ational izer ize ized ization ism iti \
        ity ive iveness ative atively able ably ability ible ibly ement ment ment ments ent ently ence ance ant ous \
        ously ousness ful fully fulness less lessly ness eed eedly edly ingly sses ss us ogy logi logy ic ical icate \
        iciti ll lle tte ted tting bbing er ers or ors ion sion tion tional tionally ish eze ow ows ox ay ays oy ex iz";
    let starts = starts.split_whitespace().map(str::to_owned);
    let mut all: Vec<String> =
        starts.flat_map(|start| endings.split_whitespace().map(move |end| format!("{start}{end}"))).collect();
    all.extend(STEMS.split_whitespace().map(str::to_owned));
    let list = all.join("','");
    let statement =
        format!("SELECT w, array_to_string(ts_lexize('english_stem', w), '') FROM unnest(ARRAY['{list}']) w");
    let mut psql = std::process::Command::new("psql");
    psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", &format!("--command={statement}")]);
    let output = psql.arg(address).output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let theirs: Vec<(&str, &str)> = lines.lines().map(|line| line.split_once('|').unwrap()).collect();
    assert!(theirs.len() > 3_000, "{}", String::from_utf8_lossy(&output.stderr));
    let differ = theirs.iter().filter(|(word, stem)| words::of_description(word).concat() != *stem);
    assert_eq!(differ.collect::<Vec<_>>(), Vec::<&(&str, &str)>::new());
}

const STEMS: &str = "skis skies dying lying tying idly gently ugly early only singly sky news howe atlas cosmos bias \
    andes innings inning outing canning herring earring proceed exceed succeed proceeds generate generously arsenal \
    communication the of and yours between été naïve straße 2fa b2b x y yy sayings boyish knightly abilities";

#[test]
fn names_are_cut_into_pieces() {
    assert_eq!(names::grams("json"), ["jso", "son", "on$", "n$$"]);
    let never = Condition::Any(Vec::new());
    for text in ["json parser", "na$", "na*", "é", "a\"b"] {
        assert_eq!(names::containing(text), never, "{text}");
        assert_eq!(names::beginning(text), never, "{text}");
        assert_eq!(names::ending(text), never, "{text}");
    }
}

#[test]
fn extra_metadata() {
    for search in ["extra:colour,blue", "extra:sizes,[small]", "extra:nested,deep,yes", "extra:count,7"] {
        assert!(has_extra(search), "{search}");
    }
    for search in ["extra:colour,red", "extra:sizes,small", "extra:colour,[blue]", "extra:nested,other,yes"] {
        assert!(!has_extra(search), "{search}");
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

#[test]
fn an_order_that_is_asked_for_is_the_only_one() {
    let parts = |text: &str, sort| Search::parse(text).parts(sort).len();
    assert_eq!(parts("json parser", Some(Sort::Name)), 1);
    assert_eq!(parts("json parser updated_after:2020-01-01T00:00:00Z", None), 1);
    assert_eq!(parts("name:json", None), 1);
    assert_eq!(parts("json parser", None), 5);
    assert_eq!(parts("json", None), 4);
    assert_eq!(parts("js", None), 2);
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_search(text in "\\PC{0,60}") {
        let _ = Search::parse(&text).parts(None);
        let _ = words::of_description(&text);
    }

    #[test]
    fn patterns_of_filters_do_not_panic(text in "(name|description|depends|build_tool|extra|updated_after):[\"*,\\[\\]a-z: ]{0,12}") {
        let _ = Search::parse(&text).parts(None);
    }

    #[test]
    fn a_stem_is_no_longer_than_its_word_and_an_e(word in "[a-zy]{1,14}") {
        let stem = stem::stem(&word);
        proptest::prop_assert!(!stem.is_empty() && stem.len() <= word.len() + 1);
        proptest::prop_assert!(!stem.contains('Y'));
    }
}
