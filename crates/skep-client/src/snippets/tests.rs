use super::*;
use crate::config::connections::Connected;

fn subject(shape: Shape) -> Subject {
    Subject {
        site: "https://hex.example.com".to_owned(),
        api: "https://hex.example.com/api".to_owned(),
        repository: "https://hex.example.com/repo".to_owned(),
        fingerprint: Some("SHA256:O1LOYhHFW4kcrblKAxROaDEzLD8bn1seWbe5tq8TRsk".to_owned()),
        name: "corp".to_owned(),
        shape,
        organizations: vec!["acme".to_owned(), "beta".to_owned()],
        rebar3: BTreeMap::new(),
        signing_key: Some("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n\n".to_owned()),
        options: String::new(),
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
    let nothing = Subject {
        fingerprint: None,
        signing_key: None,
        organizations: Vec::new(),
        ..subject(Shape::SideBySide)
    };
    for kind in Kind::ALL {
        assert!(!snippet(kind, &nothing).is_empty());
    }
    assert!(
        snippet(Kind::Github, &nothing)
            .contains("connect 'https://hex.example.com#SHA256:…' --name corp --ci")
    );
}

#[test]
fn a_machine_with_an_old_mix_calls_organizations_by_their_own_names() {
    let connected = |name: &str, repository: &str| Connected {
        name: name.to_owned(),
        repository: repository.to_owned(),
        key_name: None,
    };
    let slot = |place, name: &str| Slot {
        place,
        name: name.to_owned(),
        organization: Some("acme".to_owned()),
        before: None,
        after: String::new(),
    };
    let connection = Connection {
        name: "corp".to_owned(),
        api: "https://hex.example.com/api".to_owned(),
        repository: "https://files.example.com/repo".to_owned(),
        fingerprint: "SHA256:x".to_owned(),
        shape: Shape::SideBySide,
        organizations: vec![connected("acme", "acme")],
        slots: vec![slot(Place::Rebar3, "hexpm:acme"), slot(Place::Certificates, "/ca")],
    };
    let subject = Subject::of_connection(&connection, None);
    assert_eq!(
        subject.connect(),
        "skep connect 'https://hex.example.com#SHA256:x' acme --plain --repo-url https://files.example.com/repo \
         --cacert ca.pem"
    );
    let texts = |kind| snippet(kind, &subject);
    assert!(texts(Kind::Mix).contains("{:package, \"~> 1.0\", repo: \"acme\"}"));
    assert!(texts(Kind::Rebar3).contains("name => <<\"hexpm:acme\">>"));
    assert!(texts(Kind::Rebar3).contains("repo_url => <<\"https://files.example.com/repo\">>"));
    assert!(texts(Kind::Docker).contains("COPY mix.exs mix.lock ca.pem ./"));
    let colon = Connection { organizations: vec![connected("acme", "corp:acme")], ..connection };
    let subject = Subject::of_connection(&colon, None);
    assert!(snippet(Kind::Mix, &subject).contains("repo: \"corp:acme\""));
    assert_eq!(
        short(&subject, true).into_iter().map(|(file, _)| file).collect::<Vec<_>>(),
        ["mix.exs", "rebar.config", "gleam.toml"]
    );
}
