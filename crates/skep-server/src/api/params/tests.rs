use hex_format::etf;
use hex_format::term::Term;
use proptest::prelude::*;
use skep_core::FieldError;

use super::*;
use crate::api::body::Encoding;

fn query(text: &str) -> Params {
    parse_query(text).unwrap()
}

fn json(text: &str) -> Params {
    Params::from_body(parse_json(text.as_bytes()).unwrap())
}

fn erlang(pairs: Vec<(&str, Term)>) -> Result<Params, Malformed> {
    let pairs = pairs.into_iter().map(|(key, value)| (Term::bin(key), value)).collect();
    parse_etf(&etf::encode(&Term::Map(pairs))).map(Params::from_body)
}

fn error(text: &str) -> FieldError {
    FieldError::from(text)
}

#[test]
fn queries_nest() {
    assert_eq!(
        query("a=1&b[c]=2&b[d]=3&e[]=4&e[]=5"),
        json(r#"{"a":"1","b":{"c":"2","d":"3"},"e":["4","5"]}"#)
    );
    assert_eq!(query("permissions[][domain]=api"), json(r#"{"permissions":[{"domain":"api"}]}"#));
    assert_eq!(query("a[b][][c]=1"), json(r#"{"a":{"b":[{"c":"1"}]}}"#));
    assert_eq!(query("a+b=c+d%20%C3%A9"), json(r#"{"a b":"c d é"}"#));
    assert_eq!(query("a&b=&&=c"), json(r#"{"a":"","b":"","":"c"}"#));
}

#[test]
fn of_contradicting_pairs_the_last_one_wins() {
    assert_eq!(query("a=1&a=2"), json(r#"{"a":"2"}"#));
    assert_eq!(query("a=1&a[b]=2"), json(r#"{"a":{"b":"2"}}"#));
    assert_eq!(query("a[]=1&a[b]=2&a[]=3"), json(r#"{"a":["3"]}"#));
}

#[test]
fn brackets_out_of_place_belong_to_the_name() {
    assert_eq!(query("a[b=1&c]=2&[d]=3"), json(r#"{"a[b":"1","c]":"2","":{"d":"3"}}"#));
}

#[test]
fn malformed_queries() {
    assert_eq!(parse_query("a=%ff"), Err(Malformed::Encoding("query")));
    assert_eq!(parse_query("a=%00"), Err(Malformed::Nul("query")));
    assert_eq!(parse_query("a%0"), Err(Malformed::Escape("query")));
    assert_eq!(parse_query("a=%zz"), Err(Malformed::Escape("query")));
    assert_eq!(parse_form(b"a=\xff"), Err(Malformed::Encoding("form")));
    assert_eq!(parse_form(b"a=\0"), Err(Malformed::Nul("form")));
    assert_eq!(parse_query(&format!("a{}=1", "[b]".repeat(MAX_DEPTH))), Err(Malformed::TooDeep));
    assert_eq!(parse_query(&"a&".repeat(MAX_VALUES + 1)), Err(Malformed::TooMany));
    assert_eq!(
        parse_query(&"a".repeat(MAX_QUERY_BYTES + 1)),
        Err(Malformed::QueryTooLong(MAX_QUERY_BYTES + 1))
    );
}

#[test]
fn malformed_json() {
    for text in ["{", "", "{\"name\": ", "[1] 2", "\u{1}", "nul", "\"\\u0000\"", "{\"a\\u0000\":1}", "1e999"]
    {
        assert!(matches!(parse_json(text.as_bytes()), Err(Malformed::Json(_))), "{text}");
    }
    assert!(parse_json(b"\"\xff\"").is_err());
    let deep = |levels| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    assert!(parse_json(deep(MAX_DEPTH).as_bytes()).is_ok());
    assert!(parse_json(deep(MAX_DEPTH + 1).as_bytes()).is_err());
    let many = |values| format!("[{}1]", "1,".repeat(values - 2));
    assert!(parse_json(many(MAX_VALUES).as_bytes()).is_ok());
    assert!(parse_json(many(MAX_VALUES + 1).as_bytes()).is_err());
}

#[test]
fn malformed_terms() {
    let erlang = |bytes: &[u8]| parse_etf(bytes).unwrap_err();
    assert!(matches!(erlang(b"abc"), Malformed::Erlang(_)));
    assert!(matches!(erlang(&[131, 80, 0, 0, 0, 1]), Malformed::Erlang(_)));
    assert!(matches!(erlang(&etf::encode(&Term::atom("never_seen"))), Malformed::Erlang(_)));
    assert!(matches!(erlang(&etf::encode(&Term::bin("\0"))), Malformed::Nul(_)));
    let elixir = |text: &str| parse_elixir(text.as_bytes()).unwrap_err();
    assert!(matches!(elixir("%{\"name\" => "), Malformed::Elixir(_)));
    assert!(matches!(elixir("%{\"name\" => String.upcase(\"x\")}"), Malformed::Elixir(_)));
    assert!(matches!(elixir("\"\\0\""), Malformed::Nul(_) | Malformed::Elixir(_)));
    assert!(matches!(parse_elixir(b"\"\xff\""), Err(Malformed::Encoding(_))));
    let deep = |levels| (0..levels).fold(Term::from(true), |inner, _| Term::List(vec![inner]));
    assert!(parse_etf(&etf::encode(&deep(MAX_DEPTH))).is_ok());
    assert_eq!(erlang(&etf::encode(&deep(MAX_DEPTH + 1))), Malformed::TooDeep);
}

#[test]
fn all_formats_say_the_same() {
    let expected =
        json(r#"{"name":"x","permissions":[{"domain":"api","resource":null}],"on":true,"n":-3,"f":1.5}"#);
    let elixir = r#"%{"name" => "x", "permissions" => [%{"domain" => "api", "resource" => nil}],
        "on" => true, "n" => -3, "f" => 1.5}"#;
    assert_eq!(Params::from_body(parse_elixir(elixir.as_bytes()).unwrap()), expected);
    let permission =
        Term::Map(vec![(Term::bin("domain"), Term::bin("api")), (Term::bin("resource"), Term::atom("nil"))]);
    let read = erlang(vec![
        ("name", Term::bin("x")),
        ("permissions", Term::List(vec![permission])),
        ("on", Term::from(true)),
        ("n", Term::Integer(-3)),
        ("f", Term::Float(1.5)),
    ]);
    assert_eq!(read.unwrap(), expected);
}

#[test]
fn content_types() {
    let encoding = Encoding::from_content_type;
    assert_eq!(encoding("application/json"), Some(Encoding::Json));
    assert_eq!(encoding("Application/JSON; charset=utf-8"), Some(Encoding::Json));
    assert_eq!(encoding("application/vnd.hex+json"), Some(Encoding::Json));
    assert_eq!(encoding("application/vnd.hex+erlang; charset=utf-8"), Some(Encoding::Erlang));
    assert_eq!(encoding("application/vnd.hex+elixir"), Some(Encoding::Elixir));
    assert_eq!(encoding("application/x-www-form-urlencoded"), Some(Encoding::Form));
    for ignored in
        ["", "text/json", "application/x-yaml", "application/octet-stream", "application/x-tar", "json"]
    {
        assert_eq!(encoding(ignored), None, "{ignored}");
    }
    for encoding in [Encoding::Json, Encoding::Erlang, Encoding::Elixir, Encoding::Form] {
        assert_eq!(encoding.parse(b""), Ok(Params::new()));
    }
    assert_eq!(Encoding::Json.parse(b"[1]").unwrap(), json(r#"{"_json":[1]}"#));
}

#[test]
fn text() {
    let params = json(r#"{"a":" x ","blank":" \t","null":null,"n":12,"list":["x"]}"#);
    assert_eq!(params.text("a"), Ok(Some(" x ".into())));
    for none in ["blank", "null", "absent"] {
        assert_eq!(params.text(none), Ok(None));
    }
    for wrong in ["n", "list"] {
        assert_eq!(params.text(wrong), Err(error("expected type string")));
    }
    let terms = erlang(vec![("atom", Term::atom("undefined")), ("chars", Term::Str("abc".into()))]).unwrap();
    assert_eq!(terms.text("atom"), Err(error("expected type string")));
    assert_eq!(terms.text("chars"), Err(error("expected type string")));
}

#[test]
fn booleans_and_integers() {
    let params = json(
        r#"{"t":true,"one":"1","f":"false","no":"no","n":1,"s":"-12","x":"1x","big":99999999999999999999}"#,
    );
    assert_eq!(params.boolean("t"), Ok(Some(true)));
    assert_eq!(params.boolean("one"), Ok(Some(true)));
    assert_eq!(params.boolean("f"), Ok(Some(false)));
    assert_eq!(params.boolean("absent"), Ok(None));
    assert_eq!(params.boolean("no"), Err(error("expected type boolean")));
    assert_eq!(params.boolean("n"), Err(error("expected type boolean")));
    assert_eq!(params.integer("n"), Ok(Some(1)));
    assert_eq!(params.integer("s"), Ok(Some(-12)));
    for wrong in ["x", "t", "big"] {
        assert_eq!(params.integer(wrong), Err(error("expected type integer")));
    }
}

#[test]
fn lists_and_maps() {
    let params = json(
        r#"{"texts":["a",""," ",null,"b"],"mixed":["a",1],"s":"api","maps":[{"a":"1"},{}],"links":{"b":"2","a":"1"}}"#,
    );
    assert_eq!(params.texts("texts"), Ok(Some(vec!["a".into(), "b".into()])));
    assert_eq!(params.texts("mixed"), Err(error("expected type list(string)")));
    assert_eq!(params.texts("s"), Err(error("expected type list(string)")));
    assert_eq!(params.maps("maps").unwrap().unwrap().len(), 2);
    assert_eq!(params.maps("s"), Err(error("expected type list(map)")));
    assert_eq!(params.maps("texts"), Err(error("expected type list(map)")));
    assert_eq!(params.maps("links"), Err(error("expected type list(map)")));
    assert_eq!(params.map("links").unwrap().unwrap().text("a"), Ok(Some("1".into())));
    assert_eq!(params.map("s"), Err(error("expected type map")));
    assert_eq!(params.text_map("links").unwrap().unwrap()[0], ("a".into(), "1".into()));
    assert_eq!(params.text_map("texts"), Err(error("expected type map(string)")));
    let numbered = query("p[10][a]=b&p[2][a]=c");
    let texts: Vec<_> =
        numbered.maps("p").unwrap().unwrap().iter().map(|p| p.text("a").unwrap().unwrap()).collect();
    assert_eq!(texts, ["c", "b"]);
}

#[test]
fn times() {
    let time = |text: &str| Params::from_iter([("t", Param::from(text))]).time("t");
    let expected = Ok(Some(1_893_456_000_000_000));
    for good in [
        "2030-01-01T00:00:00Z",
        "2030-01-01T00:00:00.000000Z",
        "2030-01-01T01:00:00+01:00",
        "2030-01-01T00:00:00",
        "2030-01-01 00:00:00",
    ] {
        assert_eq!(time(good), expected, "{good}");
    }
    assert_eq!(time("2030-01-01T00:00:00.5Z"), Ok(Some(1_893_456_000_500_000)));
    assert_eq!(time(" "), Ok(None));
    for bad in ["tomorrow", "2030-01-01", "2030-01-01T", "2030-13-01T00:00:00Z", "1893456000", "T", "é T"] {
        assert_eq!(time(bad), Err(error("expected type utc_datetime_usec")), "{bad}");
    }
    assert!(json(r#"{"t":1}"#).time("t").is_err());
}

#[test]
fn parts_of_the_address_must_be_text() {
    let params = json(r#"{"name":"x","n":1,"blank":""}"#);
    assert_eq!(params.address("name").unwrap(), Some("x"));
    assert_eq!(params.address("blank").unwrap(), None);
    assert_eq!(params.address("n").unwrap_err().status, 400);
    assert_eq!(params.required("absent").unwrap_err().status, 400);
}

#[test]
fn cast_names_all_errors() {
    let params = json(r#"{"name":1,"permissions":"api","on":true}"#);
    let mut cast = params.cast();
    assert_eq!(cast.text("name"), None);
    assert_eq!(cast.maps("permissions"), None);
    assert_eq!(cast.boolean("on"), Some(true));
    cast.error("name", "is invalid");
    insta::assert_snapshot!(cast.finish().unwrap_err(), @"422 Validation error(s); permissions: expected type list(map); name: is invalid");
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for encoding in [Encoding::Json, Encoding::Erlang, Encoding::Elixir, Encoding::Form] {
            let _ = encoding.parse(&bytes);
        }
    }

    #[test]
    fn no_query_panics(text in "[a-c=&\\[\\]%0-9+]{0,60}") {
        let _ = parse_query(&text);
    }

    #[test]
    fn no_literal_panics(text in "[a-z%{}\\[\\]\"=>, :0-9\\\\]{0,60}") {
        for encoding in [Encoding::Json, Encoding::Elixir] {
            let _ = encoding.parse(text.as_bytes());
        }
    }

    #[test]
    fn no_access_panics(text in any::<String>()) {
        let params = Params::from_iter([("x", Param::Text(text))]);
        let _ = (params.text("x"), params.boolean("x"), params.integer("x"), params.time("x"));
        let _ = (params.texts("x"), params.maps("x"), params.map("x"), params.text_map("x"));
    }

    #[test]
    fn components_round_trip(text in any::<String>()) {
        prop_assume!(!text.contains('\0'));
        let encoded = percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC).to_string();
        prop_assert_eq!(decode_component(encoded.as_bytes(), true, "query").unwrap(), text);
    }
}
