use super::*;

fn configs(organization: Option<&str>, app: &str, version: &str) -> Configs {
    let version = Version::parse(version).unwrap();
    Configs::of(&Dependency { organization, name: "ecto", app, version: &version })
}

#[test]
fn the_version_form_depends_on_what_may_break() {
    for (version, mix) in [
        ("0.1.0", "{:ecto, \"~> 0.1.0\"}"),
        ("0.0.1", "{:ecto, \"~> 0.0.1\"}"),
        ("0.1.0-rc1", "{:ecto, \"~> 0.1.0-rc1\"}"),
        ("3.3.4", "{:ecto, \"~> 3.3\"}"),
        ("1.0.0-dev", "{:ecto, \"~> 1.0.0-dev\"}"),
    ] {
        assert_eq!(configs(None, "ecto", version).mix, mix);
    }
}

#[test]
fn other_tools_ask_for_the_exact_version() {
    let configs = configs(Some("acme"), "ecto", "1.2.3");
    assert_eq!(configs.rebar, "{ecto, \"1.2.3\"}");
    assert_eq!(configs.erlang_mk, "dep_ecto = hex 1.2.3");
}

#[test]
fn another_application_is_named() {
    let named = configs(None, "other", "1.3.0");
    assert_eq!(named.mix, "{:other, \"~> 1.3\", hex: :ecto}");
    assert_eq!(named.rebar, "{other, \"1.3.0\", {pkg, ecto}}");
}

#[test]
fn odd_applications_are_quoted() {
    let odd = configs(None, "Odd-name", "1.0.0");
    assert_eq!(odd.mix, "{:\"Odd-name\", \"~> 1.0\", hex: :ecto}");
    assert_eq!(odd.rebar, "{'Odd-name', \"1.0.0\", {pkg, ecto}}");
    let hostile = configs(None, "a\"}, {:b", "1.0.0");
    assert_eq!(hostile.mix, "{:\"a\\\"}, {:b\", \"~> 1.0\", hex: :ecto}");
}

#[test]
fn private_packages_name_their_organization() {
    assert_eq!(configs(Some("acme"), "ecto", "1.0.0").mix, "{:ecto, \"~> 1.0\", organization: \"acme\"}");
    assert_eq!(
        configs(Some("acme"), "app", "1.0.0").mix,
        "{:app, \"~> 1.0\", hex: :ecto, organization: \"acme\"}"
    );
}
