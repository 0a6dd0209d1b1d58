use super::*;

fn subject(shape: Shape) -> Subject {
    Subject {
        site: "https://hex.example.com".to_owned(),
        api: "https://hex.example.com/api".to_owned(),
        repository: "https://hex.example.com/repo".to_owned(),
        fingerprint: Some("SHA256:O1LOYhHFW4kcrblKAxROaDEzLD8bn1seWbe5tq8TRsk".to_owned()),
        name: "corp".to_owned(),
        shape,
        organizations: vec!["acme".to_owned(), "beta".to_owned()],
    }
}

#[test]
fn every_text() {
    for shape in [Shape::SideBySide, Shape::Plain, Shape::ReplaceHexpm] {
        let subject = subject(shape);
        let all: Vec<String> = Kind::ALL
            .into_iter()
            .map(|kind| format!("== {kind}: {}\n{}", kind.file(), snippet(kind, &subject)))
            .collect();
        insta::assert_snapshot!(format!("{shape:?}"), all.join("\n"));
    }
}

#[test]
fn what_other_programs_read_is_in_their_language() {
    for shape in [Shape::SideBySide, Shape::Plain, Shape::ReplaceHexpm] {
        let subject = subject(shape);
        let renovate: serde_json::Value = serde_json::from_str(&snippet(Kind::Renovate, &subject)).unwrap();
        assert_eq!(renovate["packageRules"][0]["registryUrls"][0], "https://hex.example.com");
        let rebar3 = snippet(Kind::Rebar3, &subject);
        hex_format::hex_config::RebarConfig::parse(rebar3.as_bytes()).unwrap();
        let gleam: toml::Table = snippet(Kind::Gleam, &subject).parse().unwrap();
        assert!(gleam.contains_key("dependencies"));
    }
}

#[test]
fn without_an_organization_or_a_fingerprint() {
    let nothing = Subject { fingerprint: None, organizations: Vec::new(), ..subject(Shape::SideBySide) };
    for kind in Kind::ALL {
        assert!(!snippet(kind, &nothing).is_empty());
    }
    assert!(
        snippet(Kind::Github, &nothing)
            .contains("connect 'https://hex.example.com#SHA256:…' --name corp --ci")
    );
}
