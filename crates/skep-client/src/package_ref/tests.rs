use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<(String, String), String> {
    let package: PackageRef = text.parse().map_err(|error: PlaceError| error.to_string())?;
    Ok((package.to_string(), package.place.name()))
}

fn place(text: &str) -> Place {
    text.parse().unwrap()
}

#[test]
fn every_way_to_name_a_package() {
    let read = |text| read(text).unwrap();
    let is = |canonical: &str, place: &str| (canonical.to_owned(), place.to_owned());
    assert_eq!(read("foo"), is("foo", "hexpm"));
    assert_eq!(read("hexpm:foo"), is("foo", "hexpm"));
    assert_eq!(read("hexpm/foo"), is("foo", "hexpm"));
    assert_eq!(read("acme/foo"), is("acme/foo", "hexpm:acme"));
    assert_eq!(read("hexpm:acme/foo"), is("acme/foo", "hexpm:acme"));
    assert_eq!(read("hexpm:acme:foo"), is("acme/foo", "hexpm:acme"));
    assert_eq!(read("mysrv:foo"), is("mysrv:foo", "mysrv"));
    assert_eq!(read("mysrv:acme/foo"), is("mysrv:acme/foo", "mysrv:acme"));
    assert_eq!(read("mysrv:acme:foo"), is("mysrv:acme/foo", "mysrv:acme"));
}

#[test]
fn what_names_none() {
    for text in [
        "",
        "Foo",
        "acme/",
        "/foo",
        ":foo",
        "mysrv:",
        "a/b/c",
        "acme/x:foo",
        "my srv:foo",
        "no/foo",
        "x:y:z:foo",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
    assert_eq!(read("acme/Foo").unwrap_err(), "\"Foo\" is not the name of a package: it has invalid format");
}

#[test]
fn options_add_and_agree() {
    let acme = OrganizationName::parse("acme").unwrap();
    let root = OrganizationName::parse("hexpm").unwrap();
    let name = |start: &str, repo: Option<&str>, organization| {
        let repo = repo.map(place);
        place(start).with(repo.as_ref(), organization).map(|place| place.name()).map_err(|it| it.to_string())
    };
    assert_eq!(name("hexpm", None, Some(&acme)).unwrap(), "hexpm:acme");
    assert_eq!(name("hexpm:acme", None, Some(&acme)).unwrap(), "hexpm:acme");
    assert_eq!(name("hexpm", Some("mysrv"), Some(&acme)).unwrap(), "mysrv:acme");
    assert_eq!(name("hexpm", None, Some(&root)).unwrap(), "hexpm");
    assert_eq!(name("mysrv:acme", Some("mysrv"), None).unwrap(), "mysrv:acme");
    assert_eq!(
        name("hexpm:other", None, Some(&acme)).unwrap_err(),
        "the organization is other and acme at once: say one of them"
    );
    assert_eq!(
        name("mysrv", Some("else"), None).unwrap_err(),
        "the repository is mysrv and else at once: say one of them"
    );
}

proptest! {
    #[test]
    fn the_canonical_form_reads_back(text in "([a-z]{3,5}[:/]){0,2}[a-z]{2,5}") {
        if let Ok(package) = text.parse::<PackageRef>() {
            prop_assert_eq!(package.to_string().parse::<PackageRef>().unwrap(), package);
        }
    }

    #[test]
    fn anything_else_is_refused_and_never_panics(text in ".{0,40}") {
        let _ = text.parse::<PackageRef>();
        let _ = text.parse::<Place>();
    }
}
