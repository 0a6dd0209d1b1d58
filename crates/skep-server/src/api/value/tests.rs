use proptest::prelude::*;

use super::*;

/// 2030-01-02T03:04:05.678901Z
const MOMENT: i64 = 1_893_553_445_678_901;

fn example() -> Value {
    object! {
        "null" => Value::Null,
        "yes" => true,
        "count" => 12_i64,
        "ratio" => 1.0,
        "nan" => f64::NAN,
        "text" => "tab\t, \"quotes\", back\\slash, é, \u{1}",
        "at" => Value::time(MOMENT),
        "second" => Value::seconds(MOMENT),
        "list" => vec!["a", "b"],
        "empty" => Vec::<String>::new(),
        "object" => Value::map([("k".to_owned(), None::<i64>)]),
        "nothing" => object! {},
    }
}

#[test]
fn json() {
    insta::assert_snapshot!(String::from_utf8(example().to_json()).unwrap(), @r#"{"null":null,"yes":true,"count":12,"ratio":1.0,"nan":null,"text":"tab\t, \"quotes\", back\\slash, é, \u0001","at":"2030-01-02T03:04:05.678901Z","second":"2030-01-02T03:04:05Z","list":["a","b"],"empty":[],"object":{"k":null},"nothing":{}}"#);
}

#[test]
fn elixir() {
    insta::assert_snapshot!(String::from_utf8(example().to_elixir()).unwrap(), @r#"%{"null" => nil, "yes" => true, "count" => 12, "ratio" => 1.0, "nan" => nil, "text" => "tab\t, \"quotes\", back\\slash, é, \x01", "at" => "2030-01-02T03:04:05Z", "second" => "2030-01-02T03:04:05Z", "list" => ["a", "b"], "empty" => [], "object" => %{"k" => nil}, "nothing" => %{}}"#);
}

#[test]
fn erlang() {
    insta::assert_snapshot!(example().to_etf().escape_ascii(), @r#"\x83t\x00\x00\x00\x0cm\x00\x00\x00\x04nullw\x03nilm\x00\x00\x00\x03yesw\x04truem\x00\x00\x00\x05counta\x0cm\x00\x00\x00\x05ratioF?\xf0\x00\x00\x00\x00\x00\x00m\x00\x00\x00\x03nanw\x03nilm\x00\x00\x00\x04textm\x00\x00\x00!tab\t, \"quotes\", back\\slash, \xc3\xa9, \x01m\x00\x00\x00\x02atm\x00\x00\x00\x142030-01-02T03:04:05Zm\x00\x00\x00\x06secondm\x00\x00\x00\x142030-01-02T03:04:05Zm\x00\x00\x00\x04listl\x00\x00\x00\x02m\x00\x00\x00\x01am\x00\x00\x00\x01bjm\x00\x00\x00\x05emptyjm\x00\x00\x00\x06objectt\x00\x00\x00\x01m\x00\x00\x00\x01kw\x03nilm\x00\x00\x00\x07nothingt\x00\x00\x00\x00"#);
}

#[test]
fn erlang_knows_three_atoms() {
    let only = |name: &str| ["nil", "true", "false"].contains(&name);
    hex_format::etf::decode_with_atoms(&example().to_etf(), &hex_format::etf::Limits::BODY, only).unwrap();
}

#[test]
fn times_at_the_edges() {
    let json = |micros| String::from_utf8(Value::time(micros).to_json()).unwrap();
    assert_eq!(json(0), r#""1970-01-01T00:00:00.000000Z""#);
    assert_eq!(json(-1), r#""1969-12-31T23:59:59.999999Z""#);
    assert_eq!(json(951_782_400_000_000), r#""2000-02-29T00:00:00.000000Z""#);
    assert_eq!(json(i64::MAX), r#""9999-12-31T23:59:59.999999Z""#);
    assert_eq!(json(i64::MIN), r#""0000-01-01T00:00:00.000000Z""#);
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        // Halves, because serde_json reads others off by a bit.
        (-1_000_000..1_000_000).prop_map(|number| Value::Float(f64::from(number) / 2.0)),
        any::<String>().prop_map(Value::Text),
        any::<i64>().prop_map(Value::Time),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
            prop::collection::btree_map(any::<String>(), inner, 0..5).prop_map(Value::map),
        ]
    })
}

/// The same value as another writer of JSON sees it.
fn to_serde(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Time(micros) => {
            let mut text = Vec::new();
            time::write_micros(&mut text, *micros);
            String::from_utf8(text).unwrap().into()
        }
        Value::List(items) => items.iter().map(to_serde).collect(),
        Value::Map(pairs) => serde_json::Value::Object(
            pairs.iter().map(|(key, value)| (key.to_string(), to_serde(value))).collect(),
        ),
    }
}

proptest! {
    #[test]
    fn json_is_read_back(value in value()) {
        let read: serde_json::Value = serde_json::from_slice(&value.to_json()).unwrap();
        prop_assert_eq!(read, to_serde(&value));
    }

    #[test]
    fn terms_are_read_back(value in value()) {
        let etf = value.to_etf();
        let limits = hex_format::etf::Limits::BODY;
        prop_assert!(hex_format::etf::decode(&etf, &limits).is_ok());
        let elixir = String::from_utf8(value.to_elixir()).unwrap();
        prop_assert!(hex_format::elixir::ElixirTerm::parse(&elixir).is_ok());
    }

    #[test]
    fn times_agree_with_the_calendar(micros in -62_135_596_800_000_000_i64..253_402_300_799_999_999) {
        let expected = jiff::Timestamp::from_microsecond(micros).unwrap();
        let mut text = Vec::new();
        time::write_micros(&mut text, micros);
        let read: jiff::Timestamp = String::from_utf8(text).unwrap().parse().unwrap();
        prop_assert_eq!(read, expected);
    }
}
