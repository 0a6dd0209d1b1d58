use proptest::prelude::*;

use super::*;

const INNER: &str = "5067f26f7745b7e31bc3368bc1a2b818b9779faa959b49c934c17730efc911cf";
const OUTER: &str = "57a57db70df2b422b564437d2d33cf8d33cd16339c1edb190cd11b1a3a546cc2";

fn inner() -> Option<Sha256> {
    Sha256::parse(INNER).ok()
}

fn outer() -> Option<Sha256> {
    Sha256::parse(OUTER).ok()
}

fn release(entry: &LockEntry) -> &LockedRelease {
    entry.release().unwrap_or_else(|| panic!("{} is not from Hex", entry.app))
}

/// The only entry of a `mix.lock` with this value.
fn mix_release(value: &str) -> LockedRelease {
    let entries = mix::parse(&format!("%{{\n  \"app\": {value},\n}}\n")).unwrap();
    release(&entries[0]).clone()
}

#[test]
fn mix_today() {
    let text = format!(
        r#"%{{
  "my_plug": {{:hex, :plug, "1.18.1", "{INNER}", [:mix], [{{:mime, "~> 1.0 or ~> 2.0", [hex: :mime_types, repo: "hexpm", optional: false]}}, {{:secret, ">= 0.1.0", [hex: :secret, repo: "hexpm:acme", optional: true]}}], "mysrv:acme", "{OUTER}"}},
  "ecto": {{:git, "https://example.com/ecto.git", "0f2b0cd8b1d0bbf5fd1cc0d1f6d4e86a2d1ff9d1", [branch: "master"]}},
  "local": {{:path, "../local"}},
}}
"#
    );
    let entries = mix::parse(&text).unwrap();
    assert_eq!(
        entries.iter().map(|entry| entry.app.as_str()).collect::<Vec<_>>(),
        ["ecto", "local", "my_plug"]
    );
    let plug = release(&entries[2]);
    assert_eq!((plug.name.as_str(), plug.version.to_string().as_str()), ("plug", "1.18.1"));
    assert_eq!(plug.repository.as_deref(), Some("mysrv:acme"));
    assert_eq!((plug.inner, plug.outer), (inner(), outer()));
    assert_eq!(plug.managers, ["mix"]);
    let secret = LockedDependency {
        app: "secret".to_owned(),
        name: "secret".to_owned(),
        requirement: Some(">= 0.1.0".to_owned()),
        repository: Some("hexpm:acme".to_owned()),
        optional: true,
    };
    assert_eq!(plug.dependencies[0].name, "mime_types");
    assert_eq!(plug.dependencies[1], secret);
    let git = OtherSource {
        kind: "git".to_owned(),
        location: Some("https://example.com/ecto.git".to_owned()),
        revision: Some("0f2b0cd8b1d0bbf5fd1cc0d1f6d4e86a2d1ff9d1".to_owned()),
        ..OtherSource::default()
    };
    assert_eq!(entries[0].source, LockSource::Other(git));
    assert!(entries[1].release().is_none());
}

#[test]
fn mix_of_every_age() {
    let deps = r#"[{:mime, "~> 1.0", [hex: :mime, optional: false]}]"#;
    for fields in 2..=8 {
        let all = [
            ":plug",
            "\"1.18.1\"",
            &format!("{INNER:?}"),
            "[:mix, :make]",
            deps,
            "\"acme\"",
            &format!("{OUTER:?}"),
            ":new",
        ]
        .map(str::to_owned);
        let plug = mix_release(&format!("{{:hex, {}}}", all[..fields].join(", ")));
        assert_eq!(plug.name.as_str(), "plug");
        assert_eq!(plug.inner, inner().filter(|_| fields > 2));
        assert_eq!(plug.managers.len(), if fields > 3 { 2 } else { 0 });
        assert_eq!(plug.dependencies.len(), if fields > 4 { 1 } else { 0 });
        assert_eq!(plug.repository.as_deref(), Some(if fields > 5 { "acme" } else { "hexpm" }));
        assert_eq!(plug.outer, outer().filter(|_| fields > 6));
    }
    assert_eq!(mix_release(r#"{:hex, "plug", "1.0.0", nil, nil, nil, nil}"#).managers, Vec::<String>::new());
    let old = mix_release(r#"{:hex, :plug, "1.0.0", nil, [:mix], [{:mime, "~> 1.0", [optional: true]}]}"#);
    assert_eq!(old.dependencies[0].name, "mime");
    assert_eq!(old.dependencies[0].repository.as_deref(), Some("hexpm"));
}

#[test]
fn mix_lists_and_strings_as_keys() {
    let list = r#"[ "cowboy": {:package, "0.8.0"}, "ranch": {:hex, :ranch, "1.0.0"} ]"#;
    assert_eq!(mix::parse(list).unwrap().len(), 2);
    let map = r#"%{"ranch" => {:hex, :ranch, "1.0.0"}, "ranch" => {:hex, :ranch, "1.1.0"}}"#;
    let entries = mix::parse(map).unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(release(&entries[0]).version.to_string(), "1.1.0");
}

#[test]
fn mix_empty() {
    for text in ["", "\n", "%{}", "%{\n}\n", "[]"] {
        assert!(mix::parse(text).unwrap().is_empty(), "{text:?}");
    }
}

#[test]
fn mix_errors() {
    let cases = [
        ("1", "this is not a mix.lock file"),
        ("%{1 => 2}", "this is not a mix.lock file"),
        ("%{a: 1}", "`a` in the lock file: the source is missing or malformed"),
        ("%{a: {:hex, :a}}", "`a` in the lock file: the version is missing or malformed"),
        ("%{a: {:hex, :A1, \"1.0.0\"}}", "`a` in the lock file: the name `A1` has invalid format"),
        (
            "%{a: {:hex, :ab, \"1.0\"}}",
            "`a` in the lock file: `1.0` does not have the form MAJOR.MINOR.PATCH",
        ),
        (
            "%{a: {:hex, :ab, \"1.0.0\", \"abc\"}}",
            "`a` in the lock file: the inner checksum is malformed: a SHA-256 checksum has 64 hexadecimal digits, not 3 characters",
        ),
        ("%{a: System.halt()}", "the lock file is not an Elixir literal: line 1: `System` is not a literal"),
        ("%{\n<<<<<<< HEAD\n", "the lock file has unresolved merge conflicts (line 2)"),
    ];
    for (text, message) in cases {
        assert_eq!(mix::parse(text).unwrap_err().to_string(), message, "{text}");
    }
    assert!(matches!(mix::parse(&" ".repeat(MAX_BYTES + 1)), Err(LockError::TooLarge(_))));
    let many: String = (0..=MAX_ENTRIES).map(|at| format!("a{at}: {{:git, \"u\"}},")).collect();
    assert!(matches!(mix::parse(&format!("%{{{many}}}")), Err(LockError::TooMany(_))));
}

fn rebar(version: &str, attributes: &str) -> String {
    let locks = r#"[{<<"cowboy">>,
  {git,"https://example.com/cowboy.git",
       {ref,"72d5f6c01204ad6b2f0acffcded9417c944b6b6c"}},
  0},
 {<<"certifi">>,{pkg,<<"certifi">>,<<"2.12.0">>},1},
 {<<"uuid">>,{pkg,<<"uuid_erl">>,<<"2.0.1">>},0}]"#;
    if version.is_empty() {
        format!("{locks}.\n")
    } else {
        format!("{{\"{version}\",\n{locks}}}.\n{attributes}")
    }
}

#[test]
fn rebar_of_every_age() {
    let (upper_inner, upper_outer) = (INNER.to_uppercase(), OUTER.to_uppercase());
    let hash = format!(
        "{{pkg_hash,[\n {{<<\"certifi\">>, <<\"{upper_inner}\">>}},\n {{<<\"uuid\">>, <<\"{upper_inner}\">>}}]}}"
    );
    let hash_ext = format!("{{pkg_hash_ext,[\n {{<<\"uuid\">>, <<\"{upper_outer}\">>}}]}}");
    let ages = [
        (rebar("1.2.0", &format!("[\n{hash},\n{hash_ext}\n].\n")), inner(), outer()),
        (rebar("1.1.0", &format!("[\n{hash}\n].\n")), inner(), None),
        (rebar("1.1.0", ""), None, None),
        (rebar("", ""), None, None),
    ];
    for (text, inner, outer) in ages {
        let entries = rebar::parse(&text).unwrap();
        let apps: Vec<_> = entries.iter().map(|entry| entry.app.as_str()).collect();
        assert_eq!(apps, ["cowboy", "certifi", "uuid"]);
        let git = OtherSource {
            kind: "git".to_owned(),
            location: Some("https://example.com/cowboy.git".to_owned()),
            revision: Some("72d5f6c01204ad6b2f0acffcded9417c944b6b6c".to_owned()),
            ..OtherSource::default()
        };
        assert_eq!(entries[0].source, LockSource::Other(git));
        let uuid = release(&entries[2]);
        assert_eq!((uuid.name.as_str(), uuid.version.to_string().as_str()), ("uuid_erl", "2.0.1"));
        assert_eq!((uuid.inner, uuid.outer, &uuid.repository), (inner, outer, &None));
        assert_eq!(release(&entries[1]).outer, None);
    }
}

#[test]
fn rebar_empty() {
    for text in ["", "[].\n", "{\"1.2.0\",[]}.\n[].\n"] {
        assert!(rebar::parse(text).unwrap().is_empty(), "{text:?}");
    }
}

#[test]
fn rebar_errors() {
    let cases = [
        ("ok.", "this is not a rebar.lock file"),
        ("{\"1.2.0\",a}.", "this is not a rebar.lock file"),
        ("[{a,b}].", "this is not a rebar.lock file"),
        ("[{<<\"a\">>,b,0}].", "`a` in the lock file: the source is missing or malformed"),
        ("[{<<\"a\">>,{pkg,<<\"ab\">>},0}].", "`a` in the lock file: the version is missing or malformed"),
        (
            "{\"1.2.0\",[]}.\n[{pkg_hash,[{<<\"a\">>,<<\"XY\">>}]}].",
            "`a` in the lock file: the inner checksum is malformed: a SHA-256 checksum has 64 hexadecimal digits, not 2 characters",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(rebar::parse(text).unwrap_err().to_string(), message, "{text}");
    }
    assert!(matches!(rebar::parse("[{"), Err(LockError::Erlang(_))));
}

#[test]
fn gleam_today() {
    let text = format!(
        r#"# This file was generated by Gleam
packages = [
  {{ name = "gleam_stdlib", version = "0.60.0", build_tools = ["gleam"], requirements = [], otp_app = "gleam_stdlib", source = "hex", outer_checksum = "{}" }},
  {{ name = "hpack_erl", version = "0.3.0", build_tools = ["rebar3"], requirements = ["gleam_stdlib"], otp_app = "hpack", source = "hex", outer_checksum = "{}" }},
  {{ name = "forked", version = "1.0.0", build_tools = ["gleam"], requirements = [], source = "git", repo = "https://example.com/forked", commit = "abc" }},
  {{ name = "near", version = "0.1.0", build_tools = ["gleam"], requirements = [], source = "local", path = "../near" }},
]

[requirements]
hpack_erl = {{ version = ">= 0.3.0 and < 1.0.0" }}
"#,
        OUTER.to_uppercase(),
        OUTER.to_uppercase(),
    );
    let entries = gleam::parse(&text).unwrap();
    assert_eq!(
        entries.iter().map(|entry| entry.app.as_str()).collect::<Vec<_>>(),
        ["gleam_stdlib", "hpack", "forked", "near"]
    );
    let hpack = release(&entries[1]);
    assert_eq!((hpack.name.as_str(), hpack.version.to_string().as_str()), ("hpack_erl", "0.3.0"));
    assert_eq!((hpack.inner, hpack.outer, &hpack.repository), (None, outer(), &None));
    assert_eq!(hpack.managers, ["rebar3"]);
    assert_eq!(hpack.dependencies[0].name, "gleam_stdlib");
    let source = |kind: &str, location: &str, revision: Option<&str>, version: &str| {
        LockSource::Other(OtherSource {
            kind: kind.to_owned(),
            location: Some(location.to_owned()),
            revision: revision.map(str::to_owned),
            version: Some(version.to_owned()),
            dependencies: Vec::new(),
        })
    };
    assert_eq!(entries[2].source, source("git", "https://example.com/forked", Some("abc"), "1.0.0"));
    assert_eq!(entries[3].source, source("local", "../near", None, "0.1.0"));
}

#[test]
fn gleam_errors() {
    assert!(gleam::parse("packages = []").unwrap().is_empty());
    for text in ["", "packages = 1", "packages = [{ name = 1 }]", "packages = ["] {
        assert!(matches!(gleam::parse(text), Err(LockError::Toml(_))), "{text}");
    }
    let bad = r#"packages = [{ name = "a", version = "1.0.0", source = "hex" }]"#;
    let message = "`a` in the lock file: the name `a` should be at least 2 character(s)";
    assert_eq!(gleam::parse(bad).unwrap_err().to_string(), message);
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in any::<String>(), near in "[%{}\\[\\]\"<>:hex,.=a1 \n-]{0,40}") {
        for text in [text, near] {
            let _ = mix::parse(&text);
            let _ = rebar::parse(&text);
            let _ = gleam::parse(&text);
        }
    }
}

/// Who is asked for by the project: mix doesn't say, rebar3 has levels, Gleam repeats its requirements.
#[test]
fn what_the_project_asks_for() {
    let direct = |entries: Vec<LockEntry>| entries.iter().map(|entry| entry.direct).collect::<Vec<_>>();
    let rebar = "{\"1.2.0\",[{<<\"aa\">>,{pkg,<<\"aa\">>,<<\"1.0.0\">>},0},{<<\"bb\">>,{pkg,<<\"bb\">>,<<\"1.0.0\">>},1}]}.";
    assert_eq!(direct(rebar::parse(rebar).unwrap()), [Some(true), Some(false)]);
    let package =
        |name| format!("{{ name = \"{name}\", version = \"1.0.0\", source = \"local\", path = \".\" }}");
    let packages = format!("packages = [{}, {}]\n", package("aa"), package("bb"));
    assert_eq!(direct(gleam::parse(&packages).unwrap()), [None, None]);
    let gleam = format!("{packages}[requirements]\nbb = {{ version = \">= 1.0.0\" }}\n");
    assert_eq!(direct(gleam::parse(&gleam).unwrap()), [Some(false), Some(true)]);
}
