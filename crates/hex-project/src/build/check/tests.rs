use hex_format::metadata::{Draft, DraftDependency, Metadata, write};
use hex_format::name::OrganizationName;

use super::*;

fn draft() -> Draft {
    Draft {
        name: "twig".to_owned(),
        version: "1.0.0".to_owned(),
        app: "twig".to_owned(),
        description: Some("A twig.".to_owned()),
        build_tools: vec!["gleam".to_owned()],
        files: vec!["gleam.toml".to_owned()],
        licenses: Some(vec!["MIT".to_owned()]),
        links: Some([("Home".to_owned(), "https://example.com".to_owned())].into()),
        ..Draft::default()
    }
}

fn found(draft: &Draft, organization: Option<&str>) -> Findings {
    let organization: Option<OrganizationName> = organization.map(|name| name.parse().unwrap());
    let read = Metadata::parse(write(draft).as_bytes()).unwrap();
    metadata(&read, Audience::of(organization.as_ref()))
}

#[test]
fn a_good_package() {
    for organization in [None, Some("hexpm"), Some("acme")] {
        assert_eq!(found(&draft(), organization), Findings::default());
    }
}

#[test]
fn what_is_missing_matters_to_the_public() {
    let bare = Draft { description: None, licenses: None, links: None, ..draft() };
    let public = found(&bare, None);
    assert_eq!(public.errors, ["Missing metadata fields: description, licenses"]);
    assert_eq!(public.warnings, ["the package has no links, such as to its source code"]);
    let private = found(&bare, Some("acme"));
    assert!(private.errors.is_empty());
    assert_eq!(private.warnings, public.errors);
    let empty = Draft { files: Vec::new(), build_tools: Vec::new(), app: " ".to_owned(), ..draft() };
    assert_eq!(found(&empty, Some("acme")).errors, ["Missing metadata fields: app, files, build_tools"]);
}

#[test]
fn stable_releases_of_unstable_dependencies() {
    let dependency = |requirement: &str| DraftDependency {
        name: "leaf".to_owned(),
        app: "leaf".to_owned(),
        requirement: requirement.to_owned(),
        repository: "hexpm".to_owned(),
        optional: false,
    };
    let stable = Draft { requirements: vec![dependency("~> 1.0 or ~> 2.0.0-rc.1")], ..draft() };
    let told = found(&stable, None);
    assert_eq!(told.warnings, ["1.0.0 is stable, but depends on pre-releases of leaf"]);
    assert!(told.errors.is_empty());
    let unstable = Draft { version: "1.0.0-rc.1".to_owned(), ..stable };
    assert_eq!(found(&unstable, None), Findings::default());
    let fine = Draft { requirements: vec![dependency(">= 1.0.0 and < 2.0.0-dev")], ..draft() };
    assert_eq!(found(&fine, None), Findings::default());
}

#[test]
fn all_errors_are_told() {
    let bad = Draft {
        name: "Twig".to_owned(),
        version: "1.0".to_owned(),
        description: Some("é".repeat(301)),
        files: vec!["hex_metadata.config".to_owned()],
        links: Some([("Home".to_owned(), "example.com".to_owned())].into()),
        ..draft()
    };
    assert_eq!(
        found(&bad, Some("acme")).errors,
        [
            "the name \"Twig\" has invalid format",
            "the version \"1.0\" is invalid SemVer",
            "Package description is too long (exceeds 300 characters)",
            "the link \"Home\" is no http or https address: \"example.com\"",
            "Do not include this file: hex_metadata.config",
        ]
    );
    let built = Draft { version: "1.0.0+x".to_owned(), description: Some("é".repeat(300)), ..draft() };
    assert_eq!(found(&built, None).errors, ["the version 1.0.0+x has a build number, which is not allowed"]);
}

#[test]
fn licences() {
    for known in ["MIT", "Apache-2.0", "GPL-2.0", "LicenseRef-ours.1"] {
        assert!(is_known_licence(known), "{known}");
    }
    for unknown in ["mit", "Apache 2.0", "MIT+", "LicenseRef-", "LicenseRef-a b", ""] {
        assert!(!is_known_licence(unknown), "{unknown}");
    }
    let own = Draft { licenses: Some(vec!["MIT".to_owned(), "Ours".to_owned()]), ..draft() };
    assert!(found(&own, None).warnings[0].contains("not recognized by SPDX: Ours"));
    assert!(found(&own, Some("acme")).warnings.is_empty());
}

#[test]
fn requirements() {
    let depends = |requirement: &str, repository: &str, organization: Option<&str>| {
        let dependency = DraftDependency {
            name: "leaf".to_owned(),
            app: "leaf".to_owned(),
            requirement: requirement.to_owned(),
            optional: false,
            repository: repository.to_owned(),
        };
        found(&Draft { requirements: vec![dependency], ..draft() }, organization).errors
    };
    assert!(depends(">= 1.0.0 and < 2.0.0", "hexpm", None).is_empty());
    assert!(depends("~> 1.0", "acme", Some("acme")).is_empty());
    for bad in ["~> 1", ">= 1.0", "", "1.0.0, 2.0.0"] {
        assert!(depends(bad, "hexpm", None)[0].starts_with("dependency leaf: "), "{bad}");
    }
    for narrow in ["!= 1.0.0", ">= 1.0.0 and < 2.0.0 and != 1.5.0", "> 2.0.0 and < 1.0.0"] {
        assert!(depends(narrow, "hexpm", None)[0].contains("can't be resolved by every client"), "{narrow}");
    }
    assert_eq!(
        depends("~> 1.0", "acme", None),
        ["dependency leaf: a public package can't depend on a package of the repository acme"]
    );
    assert!(depends("~> 1.0", "other", Some("acme"))[0].ends_with("not of other"));
}
