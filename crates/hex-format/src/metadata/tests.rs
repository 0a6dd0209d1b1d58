use proptest::prelude::*;

use super::*;

const MIX: &str = include_str!("../../tests/data/metadata/mix.config");
const REBAR3: &str = include_str!("../../tests/data/metadata/rebar3.config");
const GLEAM: &str = include_str!("../../tests/data/metadata/gleam.config");
const ANCIENT: &[u8] = include_bytes!("../../tests/data/metadata/ancient.config");

fn read(text: impl AsRef<[u8]>) -> Metadata {
    Metadata::parse(text.as_ref()).expect("readable metadata")
}

fn value<T>(value: impl Into<T>) -> Field<T> {
    Field::Value(value.into())
}

fn strings(items: &[&str]) -> Vec<String> {
    items.iter().map(|&item| item.to_owned()).collect()
}

fn map<V>(pairs: impl IntoIterator<Item = (&'static str, V)>) -> BTreeMap<String, V> {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn draft_dependency(
    name: &str,
    app: &str,
    requirement: &str,
    optional: bool,
    repository: &str,
) -> DraftDependency {
    let [name, app, requirement, repository] = [name, app, requirement, repository].map(str::to_owned);
    DraftDependency { name, app, requirement, optional, repository }
}

/// What `tests/data/metadata/mix.exs` says.
fn mix_draft(files: Vec<String>) -> Draft {
    let numbers = |numbers: &[i64]| Value::List(numbers.iter().copied().map(Value::Integer).collect());
    let nested = [
        ("list", numbers(&[1, 2, 300])),
        ("flag", Value::Bool(true)),
        ("nothing", Value::Null),
        ("text", Value::Text("été".into())),
        ("empty", Value::Map(BTreeMap::new())),
        ("bytes", numbers(&[1, 10, 65])),
        ("chars", numbers(&[72, 105])),
    ];
    let address = "https://example.com/some/rather/long/address/that/goes/on/proj";
    Draft {
        name: "proj_package".into(),
        version: "1.2.3-rc.1".into(),
        app: "proj".into(),
        description: Some(
            "A \"quoted\" description — with a dash, é and\n  two lines that go on for quite a while so that they \
             have to be wrapped somewhere."
                .into(),
        ),
        requirements: vec![
            draft_dependency("jason", "jason", "~> 1.0", false, "hexpm"),
            draft_dependency("other_name", "renamed", ">= 0.1.0 and < 2.0.0", true, "hexpm"),
            draft_dependency("private_thing", "private_thing", "~> 2.0 or ~> 3.0", false, "acme"),
        ],
        build_tools: strings(&["mix", "rebar3"]),
        files,
        licenses: Some(strings(&["Apache-2.0", "MIT"])),
        links: Some(map([("GitHub", address.to_owned()), ("Café", "https://example.com/".into())])),
        elixir: Some("~> 1.14".into()),
        extra: Some(map([("colour", Value::Text("blue".into())), ("nested", Value::Map(map(nested)))])),
    }
}

#[test]
fn writes_what_mix_writes() {
    let files = read(MIX).files.into_value().unwrap();
    assert!(files.contains(&"lib/été.ex".to_owned()));
    assert_eq!(write(&mix_draft(files)), MIX);
}

#[test]
fn leaves_out_what_is_not_there() {
    let draft = Draft { name: "a".into(), version: "1.0.0".into(), app: "a".into(), ..Draft::default() };
    let expected = "{<<\"app\">>,<<\"a\">>}.\n{<<\"build_tools\">>,[]}.\n{<<\"files\">>,[]}.\n{<<\"name\">>,<<\"a\">>}.\n\
                    {<<\"requirements\">>,[]}.\n{<<\"version\">>,<<\"1.0.0\">>}.\n";
    assert_eq!(write(&draft), expected);
}

#[test]
fn reads_mix() {
    let metadata = read(MIX);
    let draft = mix_draft(metadata.files.value().unwrap().clone());
    assert_eq!(metadata.name, value("proj_package"));
    assert_eq!(metadata.app, value("proj"));
    assert_eq!(metadata.description.value(), draft.description.as_ref());
    assert_eq!(metadata.build_tools, value(strings(&["mix", "rebar3"])));
    assert_eq!(metadata.links.value(), draft.links.as_ref());
    assert_eq!(metadata.elixir, value("~> 1.14"));
    assert_eq!(metadata.maintainers, Field::Absent);
    let extra = metadata.extra.value().unwrap();
    let Value::Map(nested) = &extra["nested"] else { panic!("{extra:?}") };
    // Printed as text, which a list of small numbers is.
    assert_eq!(nested["chars"], Value::Text("Hi".into()));
    assert_eq!(nested["nothing"], Value::Text("nil".into()));
    assert_eq!(nested["empty"], Value::Map(BTreeMap::new()));
    let dependencies = metadata.requirements.value().unwrap();
    assert_eq!(
        dependencies[1],
        Dependency {
            name: "other_name".into(),
            app: value("renamed"),
            requirement: value(">= 0.1.0 and < 2.0.0"),
            optional: value(true),
            repository: value("hexpm"),
        }
    );
}

#[test]
fn reads_rebar3_and_gleam() {
    let metadata = read(REBAR3);
    let names: Vec<&str> = metadata.requirements.value().unwrap().iter().map(|d| &*d.name).collect();
    assert_eq!(names, ["cowlib", "ranch"]);
    assert_eq!(metadata.requirements.value().unwrap()[0].repository, Field::Absent);
    assert_eq!(metadata.elixir, Field::Absent);

    let metadata = read(GLEAM);
    assert_eq!(metadata.description, value("Wibble — wobble ✨"));
    assert_eq!(metadata.files.value().unwrap().len(), 3);
    assert_eq!(metadata.requirements.value().unwrap()[0].optional, value(false));
}

#[test]
fn reads_the_oldest() {
    let metadata = read(ANCIENT);
    assert_eq!(metadata.description, value("Déjà vu"));
    assert_eq!(metadata.maintainers, value(strings(&["José", "Ann"])));
    assert_eq!(metadata.build_tools, value(strings(&["make", "rebar3"])));
    assert_eq!(metadata.links, value(BTreeMap::new()));
    assert_eq!(metadata.licenses, Field::Absent);
    let dependency = &metadata.requirements.value().unwrap()[0];
    assert_eq!((&*dependency.name, &dependency.requirement), ("poison", &value("~> 1.0")));
    assert_eq!((&dependency.app, &dependency.optional), (&Field::Absent, &Field::Absent));
}

#[test]
fn says_why_it_cannot_be_read() {
    for (text, message) in [
        ("this is not a term", "invalid terms"),
        ("", "invalid terms"),
        ("{<<\"a\">>,1}", "invalid terms"),
        ("% comment\n{a,1}.", "invalid terms"),
        ("{<<\"a\">>,1.5}.", "invalid terms"),
        ("<<\"name\">>.\n", "not in key-value format"),
        ("{a,b,c}.", "not in key-value format"),
        ("{a,b}.[].", "not in key-value format"),
    ] {
        assert_eq!(Metadata::parse(text.as_bytes()).unwrap_err().to_string(), message, "{text}");
    }
}

fn refusal<T: std::fmt::Debug>(field: &Field<T>) -> String {
    field.required().unwrap_err().to_string()
}

#[test]
fn tells_missing_from_wrong() {
    let missing = read("{a,b}.");
    assert_eq!(refusal(&missing.description), "can't be blank");
    assert_eq!(refusal(&missing.licenses), "can't be blank");
    assert_eq!(missing.build_tools, Field::Absent);
    assert_eq!(missing.requirements, Field::Absent);

    let wrong = read(
        "{<<\"name\">>,name}.{<<\"version\">>,1}.{<<\"app\">>,\"app\"}.{<<\"description\">>,undefined}.\
         {<<\"licenses\">>,<<\"MIT\">>}.{<<\"links\">>,[<<\"https://example.com\">>]}.{<<\"maintainers\">>,[1]}.\
         {<<\"extra\">>,<<\"x\">>}.{<<\"elixir\">>,nil}.{<<\"files\">>,{}}.{<<\"requirements\">>,<<\"none\">>}.\
         {<<\"build_tools\">>,[<<\"mix\">>,mix]}.",
    );
    for field in [&wrong.name, &wrong.version, &wrong.app, &wrong.description] {
        assert_eq!(refusal(field), "expected type string");
    }
    assert_eq!(refusal(&wrong.licenses), "expected type list(string)");
    assert_eq!(refusal(&wrong.links), "expected type map(string)");
    assert_eq!(refusal(&wrong.maintainers), "expected type list(string)");
    assert_eq!(refusal(&wrong.extra), "expected type map");
    assert_eq!(refusal(&wrong.files), "expected type list(string)");
    assert_eq!(refusal(&wrong.requirements), "expected type list(map)");
    assert_eq!(refusal(&wrong.build_tools), "expected type list(string)");
    assert_eq!(wrong.elixir, Field::Absent);
}

#[test]
fn blank_text_is_missing_text() {
    let metadata =
        read("{<<\"description\">>,<<\" \\n\">>}.{<<\"elixir\">>,<<>>}.{<<\"app\">>,<<\" a \">>}.");
    assert_eq!(metadata.description.required_text(), Err(FieldError::Blank));
    assert_eq!(metadata.elixir.optional_text(), Ok(None));
    assert_eq!(metadata.app.required_text(), Ok(" a "));
}

#[test]
fn guesses_build_tools() {
    for (text, tools) in [
        ("{<<\"build_tools\">>,<<\"rebar3\">>}.{<<\"files\">>,[<<\"mix.exs\">>]}.", value(strings(&["mix"]))),
        ("{<<\"build_tools\">>,[]}.{<<\"files\">>,[<<\"mix.exs\">>]}.", value(vec![])),
        ("{<<\"files\">>,[<<\"lib/a.ex\">>]}.", value(vec![])),
        ("{<<\"files\">>,[<<\"Makefile.win\">>,<<\"Makefile\">>]}.", value(strings(&["make"]))),
        ("{<<\"build_tools\">>,[<<\"mix\">>,<<\"make\">>,<<\"mix\">>]}.", value(strings(&["mix", "make"]))),
    ] {
        assert_eq!(read(text).build_tools, tools, "{text}");
    }
}

#[test]
fn reads_requirements_of_every_shape() {
    let names = |value: &str| -> Option<Vec<String>> {
        let metadata = read(format!("{{<<\"requirements\">>,{value}}}."));
        metadata.requirements.into_value().map(|found| found.into_iter().map(|d| d.name).collect())
    };
    assert_eq!(names("[]"), Some(vec![]));
    assert_eq!(names("#{<<\"b\">> => #{},<<\"a\">> => []}"), Some(strings(&["a", "b"])));
    assert_eq!(
        names("[[{<<\"name\">>,<<\"b\">>}],#{<<\"name\">> => <<\"a\">>}]"),
        Some(strings(&["a", "b"]))
    );
    for wrong in [
        "[[{<<\"app\">>,<<\"b\">>}]]",
        "[{a,[]}]",
        "[{<<\"a\">>,<<\"~> 1\">>}]",
        "[[],{<<\"a\">>,[]}]",
        "1",
        "\"ab\"",
    ] {
        assert_eq!(names(wrong), None, "{wrong}");
    }

    let metadata = read(
        "{<<\"requirements\">>,[{<<\"a\">>,[{<<\"optional\">>,<<\"yes\">>},{<<\"app\">>,a},{<<\"x\">>,1}]},\
         {<<\"a\">>,[{<<\"optional\">>,1}]}]}.",
    );
    let [dependency] = &metadata.requirements.value().unwrap()[..] else { panic!("{metadata:?}") };
    assert_eq!(dependency.app, Field::Absent);
    assert_eq!(refusal(&dependency.optional), "expected type boolean");
}

#[test]
fn extra_is_free_but_not_everything() {
    let extra = |value: &str| read(format!("{{<<\"extra\">>,{value}}}.")).extra;
    let expected = map([
        ("a", Value::Map(map([("b", Value::List(vec![Value::Bool(true), Value::Null, Value::Integer(1)]))]))),
        ("c", Value::Text("atom".into())),
        ("3", Value::Map(BTreeMap::new())),
    ]);
    assert_eq!(extra("[{<<\"a\">>,#{b => [true,nil,1]}},{c,atom},{3,[]}]"), value(expected));
    for wrong in ["[{<<\"a\">>,{1,2,3}}]", "[{[],1}]", "[{<<\"a\">>,99999999999999999999}]", "[1]", "true"] {
        assert_eq!(extra(wrong), Field::Invalid("map"), "{wrong}");
    }
}

proptest! {
    #[test]
    fn arbitrary_values_never_panic(
        key in "(name|links|extra|files|requirements|build_tools|licenses)",
        term in crate::term::strategy(),
    ) {
        let term = crate::term::Term::pair(crate::term::Term::bin(key), term);
        let _ = Metadata::parse(crate::erlang::print_form(&term).as_bytes());
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let _ = Metadata::parse(&bytes);
    }

    #[test]
    fn drafts_read_back(
        description in proptest::option::of("\\PC{0,120}"),
        files in prop::collection::vec("[a-zé/—.]{1,30}", 0..20),
        links in proptest::option::of(prop::collection::btree_map("\\PC{1,9}", "\\PC{0,60}", 0..4)),
        requirements in prop::collection::btree_map("[a-z]{1,9}", ("[a-z]{1,9}", "[~>=<. 0-9]{1,60}", any::<bool>()), 0..5),
    ) {
        let requirements: Vec<DraftDependency> = requirements.into_iter()
            .map(|(name, (app, requirement, optional))| draft_dependency(&name, &app, &requirement, optional, "hexpm"))
            .collect();
        let draft = Draft { name: "a".into(), description, files, links, requirements, ..Draft::default() };
        let metadata = read(write(&draft));
        prop_assert_eq!(metadata.description.into_value(), draft.description);
        prop_assert_eq!(metadata.files.into_value(), Some(draft.files));
        prop_assert_eq!(metadata.links.into_value(), draft.links);
        let dependencies = metadata.requirements.into_value().unwrap().into_iter().map(|d| DraftDependency {
            name: d.name,
            app: d.app.into_value().unwrap(),
            requirement: d.requirement.into_value().unwrap(),
            optional: d.optional.into_value().unwrap(),
            repository: d.repository.into_value().unwrap(),
        });
        prop_assert_eq!(dependencies.collect::<Vec<_>>(), draft.requirements);
    }
}
