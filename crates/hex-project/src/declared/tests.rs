use super::elixir::{Token, tokens};
use super::*;

fn of_mix(text: &str) -> Vec<String> {
    mix::declarations(&tokens(text), "mix.exs").iter().map(told).collect()
}

fn told(declaration: &Declaration) -> String {
    let asked = match &declaration.asked {
        Asked::Any => "any".to_owned(),
        Asked::Text(text) => text.clone(),
        Asked::Computed => "computed".to_owned(),
    };
    let only = if declaration.only.is_empty() {
        String::new()
    } else {
        format!(" [{}]", declaration.only.join(","))
    };
    format!("{}: {} {asked}{only}", declaration.source, declaration.name)
}

#[test]
fn dependencies_of_mix_in_all_shapes() {
    let text = r##"
        defmodule Shop.MixProject do
          use Mix.Project

          @version "1.2.3"
          @phoenix "~> 1.7"

          # {:commented, "~> 1.0"}
          def project do
            [app: :shop, version: @version, elixir: "~> 1.14", deps: deps() ++ more(), aliases: aliases()]
          end

          defp aliases, do: [setup: ["deps.get", "ecto.setup"], test: ["test"]]

          defp deps do
            [
              {:plain, "~> 1.0"},
              {:dev, "~> 1.0", only: :dev}, {:two, ">= 0.0.0", only: [:dev, :test], runtime: false},
              {:words, "~> 2.0", only: ~w(dev test)a},
              {:multi,
               "~> 1.0 or ~> 2.0", # a comment with {:inside, "~> 9.0"}
               override: true,
               only: :test},
              {:quoted_name, "== 1.0.0"}, {:"quoted-name", "~> 1.0"},
              {:brackets, "~> 1.0", [only: :dev]},
              {:org, "~> 1.0", organization: "acme"},
              {:repo, "~> 1.0", repo: "mysrv:acme"},
              {:renamed, "~> 1.0", hex: :other},
              {:any, repo: "mysrv"}, {:nothing, []}, {:null, nil, only: :prod},
              {:attribute, @phoenix}, {:attributed, @phoenix, only: :test}, {:unknown, @unknown},
              {:by_function, version()}, {:by_text, "~> #{System.get_env("X", "1")}.0"},
              {:by_join, "~> " <> "1.0"},
              {:sigil, ~s(~> 3.0)}, {:regex, ~r/1\.[0-9]{1,2}}/}, {:heredoc, """
              ~> 4.0
              """},
              {:near, path: "../near"}, {:far, git: "https://example.com/far.git", tag: "1.0.0"},
              {:hub, "~> 1.0", github: "x/hub"}, {:sibling, in_umbrella: true}
            ]
          end

          defp more do
            if Mix.env() == :dev do
              [{:conditional, "~> 1.0"}]
            else
              []
            end
          end

          def callbacks({:ok, value}), do: {:error, value, ?", "odd"}
        end
    "##;
    let found = of_mix(text);
    let expected = [
        "plain ~> 1.0",
        "dev ~> 1.0 [dev]",
        "two >= 0.0.0 [dev,test]",
        "words ~> 2.0 [dev,test]",
        "multi ~> 1.0 or ~> 2.0 [test]",
        "quoted_name == 1.0.0",
        "quoted-name ~> 1.0",
        "brackets ~> 1.0 [dev]",
        "org ~> 1.0",
        "repo ~> 1.0",
        "renamed ~> 1.0",
        "any any",
        "nothing any",
        "null any [prod]",
        "attribute ~> 1.7",
        "attributed ~> 1.7 [test]",
        "unknown computed",
        "by_function computed",
        "by_text computed",
        "by_join computed",
        "sigil ~> 3.0",
        "regex computed",
        "heredoc ~> 4.0",
        "conditional ~> 1.0",
        "ok computed",
        "elixir ~> 1.14",
    ];
    let found: Vec<String> = found
        .iter()
        .map(|line| line.strip_prefix("mix.exs: ").unwrap().split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    // What is no dependency at all, as the last two, is in no lock file.
    assert_eq!(found, expected);
}

#[test]
fn older_manifests_of_mix_list_keywords() {
    assert_eq!(
        of_mix("defp deps, do: [cowboy: \"~> 1.0\", plug: [path: \"../plug\"], poison: \"1.5.0\"]"),
        ["mix.exs: cowboy ~> 1.0", "mix.exs: poison 1.5.0"]
    );
    // The options of a tuple are no dependencies, nor is the text of one.
    assert_eq!(
        of_mix("[{:a_b, \"~> 1.0\", hex: \"b\"}, \"{:c_d, \\\"~> 1.0\\\"}\"]"),
        ["mix.exs: a_b ~> 1.0"]
    );
    assert_eq!(of_mix("[{:a_b,\r\n \"~> 1.0\"},\r\n # no\r\n {:c_d, \">= 1.0.0\"}]\r\n").len(), 2);
}

#[test]
fn an_umbrella_has_manifests_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    assert_eq!(mix(folder.path()), Ok(vec![]));
    put("mix.exs", "[apps_path: \"apps\", deps: [{:credo, \"~> 1.0\", only: :dev}]]");
    put("apps/web/mix.exs", "[{:plug, \"~> 1.0\"}, {:core, in_umbrella: true}]");
    put("apps/core/mix.exs", "[{:plug, \">= 1.2.0\"}]");
    put("apps/README.md", "");
    let found: Vec<String> = mix(folder.path()).unwrap().iter().map(told).collect();
    assert_eq!(
        found,
        ["mix.exs: credo ~> 1.0 [dev]", "apps/core/mix.exs: plug >= 1.2.0", "apps/web/mix.exs: plug ~> 1.0"]
    );
    std::fs::remove_file(folder.path().join("mix.exs")).unwrap();
    std::fs::create_dir(folder.path().join("mix.exs")).unwrap();
    assert!(mix(folder.path()).unwrap_err().to_string().starts_with("mix.exs: "));
}

#[test]
fn dependencies_of_rebar3_in_all_shapes() {
    let text = r#"
        %% {commented, "1.0.0"}.
        {erl_opts, [debug_info]}.
        {deps, [
            plain,
            {exact, "1.0.0"},
            {range, "~> 1.0 or ~> 2.0"},
            {binary, <<"~> 1.0">>},
            {renamed, {pkg, other}},
            {both, "~> 3.0", {pkg, other}},
            {empty, ""},
            {from_git, {git, "https://example.com/x.git", {tag, "1.0.0"}}},
            {old_git, ".*", {git, "https://example.com/y.git", "master"}}
        ]}.
        {profiles, [{test, [{deps, [{meck, "0.9.2"}]}, {erl_opts, []}]}, {prod, [{relx, []}]}]}.
    "#;
    let found: Vec<String> = rebar3::declarations(text, "rebar.config").unwrap().iter().map(told).collect();
    assert_eq!(
        found,
        [
            "rebar.config: plain any",
            "rebar.config: exact 1.0.0",
            "rebar.config: range ~> 1.0 or ~> 2.0",
            "rebar.config: binary ~> 1.0",
            "rebar.config: renamed any",
            "rebar.config: both ~> 3.0",
            "rebar.config: empty any",
            "rebar.config: meck 0.9.2 [test]",
        ]
    );
    let error = rebar3::declarations("{deps, [", "rebar.config").unwrap_err().to_string();
    assert!(error.starts_with("rebar.config: line 1: "), "{error}");
}

#[test]
fn dependencies_of_gleam() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(gleam(folder.path()), Ok(vec![]));
    let text = "name = \"app\"\n[dependencies]\nleaf = \"~> 1.0\"\nnear = { path = \"../near\" }\n\
                [dev-dependencies]\ngleeunit = { version = \">= 1.0.0 and < 2.0.0\" }\n";
    std::fs::write(folder.path().join("gleam.toml"), text).unwrap();
    let found: Vec<String> = gleam(folder.path()).unwrap().iter().map(told).collect();
    assert_eq!(found, ["gleam.toml: leaf ~> 1.0", "gleam.toml: gleeunit >= 1.0.0 and < 2.0.0 [dev]"]);
    std::fs::write(folder.path().join("gleam.toml"), "name = 1").unwrap();
    let error = gleam(folder.path()).unwrap_err().to_string();
    assert!(error.starts_with("gleam.toml: ") && error.matches("gleam.toml").count() == 1, "{error}");
}

#[test]
fn texts_in_texts_end_somewhere() {
    let deep = "\"#{".repeat(100_000);
    assert!(tokens(&deep).is_empty());
    assert_eq!(tokens("\"a#{f(\"}\")}b\" :x"), [Token::Other, Token::Atom("x".to_owned())]);
}

proptest::proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,60}|([{}\\[\\](),:\"'#~?@a \n]|\"\"\"|~w|#\\{|only: |:a){0,40}") {
        let _ = of_mix(&text);
        let _ = rebar3::declarations(&text, "rebar.config");
    }
}
