use super::*;

fn component(name: &str, licenses: &[&str], dependencies: &[usize]) -> Component {
    Component {
        name: name.to_owned(),
        version: Some("1.0.0".to_owned()),
        purl: Some(purl::hex(name, "1.0.0", None, None)),
        licenses: licenses.iter().map(|license| License::parse(license)).collect(),
        outer: Some(Sha256::of(name.as_bytes())),
        dependencies: dependencies.to_vec(),
        ..Component::default()
    }
}

fn bom() -> Bom {
    let private = Component {
        organization: Some("acme".to_owned()),
        purl: Some(purl::hex("twig", "1.0.0", Some("acme"), Some("https://hex.example.com/repo"))),
        description: Some("A \u{1f33f}".to_owned()),
        download: Some("https://hex.example.com/repo/repos/acme/tarballs/twig-1.0.0.tar".to_owned()),
        ..component("twig", &["Apache 2", "MIT OR ISC"], &[1])
    };
    let local = Component { name: "near".to_owned(), ..Component::default() };
    let components = vec![
        private,
        component("leaf", &["MIT"], &[]),
        component("odd", &["Acme Terms", "MIT OR ISC"], &[1, 0]),
        local,
    ];
    Bom {
        name: "my app".to_owned(),
        version: Some("0.1.0".to_owned()),
        dependencies: vec![2, 0, 3],
        components,
    }
}

const STAMP: Stamp<'_> = Stamp { created: "2026-01-31T12:00:00Z", tool_version: "0.1.0" };

#[test]
fn as_cyclonedx() {
    insta::assert_json_snapshot!(cyclonedx(&bom(), STAMP));
}

#[test]
fn as_spdx() {
    insta::assert_json_snapshot!(spdx(&bom(), STAMP));
}

/// The order in which a lock file has them doesn't count.
#[test]
fn documents_are_the_same_again() {
    let mut turned = bom();
    turned.components.swap(0, 1);
    for component in &mut turned.components {
        component.dependencies.iter_mut().for_each(|index| *index = [1, 0, 2, 3][*index]);
    }
    turned.dependencies = vec![3, 1, 2];
    assert_eq!(cyclonedx(&bom(), STAMP), cyclonedx(&turned, STAMP));
    assert_eq!(spdx(&bom(), STAMP), spdx(&turned, STAMP));
    let later = Stamp { created: "2026-02-01T12:00:00Z", ..STAMP };
    assert_ne!(cyclonedx(&bom(), STAMP)["serialNumber"], cyclonedx(&bom(), later)["serialNumber"]);
}

#[test]
fn package_addresses() {
    assert_eq!(purl::hex("jason", "1.1.2", None, None), "pkg:hex/jason@1.1.2");
    assert_eq!(
        purl::hex("foo", "2.3.4", Some("acme"), Some("https://repo.hex.pm/")),
        "pkg:hex/acme/foo@2.3.4"
    );
    assert_eq!(
        purl::hex("bar", "1.2.3+b", None, Some("https://myrepo.example.com")),
        "pkg:hex/bar@1.2.3%2Bb?repository_url=https:%2F%2Fmyrepo.example.com"
    );
    assert_eq!(
        purl::git("near", "https://example.com/near.git", "abc"),
        "pkg:generic/near@abc?vcs_url=git%2Bhttps:%2F%2Fexample.com%2Fnear.git%40abc"
    );
}

#[test]
fn logins_in_addresses_are_not_told() {
    let of = |url: &str| purl::git_revision(url, "abc");
    assert_eq!(of("https://x.example/a.git"), "git+https://x.example/a.git@abc");
    assert_eq!(of("https://me:t0ken@x.example/a@b.git"), "git+https://x.example/a@b.git@abc");
    assert_eq!(of("https://t0ken@x.example"), "git+https://x.example@abc");
    assert_eq!(of("ssh://git@x.example/a.git"), "git+ssh://git@x.example/a.git@abc");
    assert_eq!(of("git@x.example:a.git"), "git+git@x.example:a.git@abc");
    assert!(!purl::git("a", "https://me:t0ken@x.example/a.git", "abc").contains("t0ken"));
}
