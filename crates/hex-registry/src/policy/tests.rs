use super::*;

fn policy(overrides: Vec<wire::Override>) -> wire::Policy {
    let hexpm = wire::RepositoryPolicy { repository: "hexpm".into(), restriction: None, overrides };
    wire::Policy {
        repository: "acme".into(),
        name: "strict".into(),
        description: None,
        visibility: PUBLIC,
        repositories: vec![hexpm],
    }
}

fn rule(action: Option<i32>) -> wire::Override {
    let target = Some(wire::PackageRef { package: "jason".into(), requirement: None });
    wire::Override { action, target, ..Default::default() }
}

fn read(wire: &wire::Policy) -> Result<Policy, DecodeError> {
    Policy::decode(&wire.encode_to_vec())
}

#[test]
fn an_unknown_visibility_is_private() {
    for number in [-1, 0, 2, 99] {
        let wire = wire::Policy { visibility: number, ..policy(vec![]) };
        assert_eq!(read(&wire).unwrap().visibility, Visibility::Private);
    }
    assert_eq!(read(&policy(vec![])).unwrap().visibility, Visibility::Public);
}

#[test]
fn an_override_without_action_does_not_allow() {
    let error = read(&policy(vec![rule(None)])).unwrap_err();
    assert_eq!(error, DecodeError::Missing { field: "Override.action" });
    let aimless = wire::Override { target: None, ..rule(Some(ALLOW)) };
    assert_eq!(read(&policy(vec![aimless])).unwrap_err(), DecodeError::Missing { field: "Override.ref" });
}

const ALLOW: i32 = 0;

#[test]
fn contradictory_overrides_are_refused() {
    let refused = [
        wire::Override { advisory_id: Some("CVE-1".into()), ..rule(Some(0)) },
        wire::Override { retirement_reason: Some(1), ..rule(Some(1)) },
        rule(Some(2)),
        rule(Some(3)),
        wire::Override { retirement_reason: Some(1), advisory_id: Some("CVE-1".into()), ..rule(Some(2)) },
    ];
    for rule in refused {
        let error = read(&policy(vec![rule.clone()])).unwrap_err();
        assert!(matches!(error, DecodeError::Override { .. }), "{rule:?}: {error}");
    }
}

#[test]
fn an_unknown_action_is_kept() {
    let read = read(&policy(vec![rule(Some(9))])).unwrap();
    assert_eq!(read.repositories[0].overrides[0].action, OverrideAction::Unknown(9));
    assert_eq!(Policy::decode(&read.encode()).unwrap(), read);
}

#[test]
fn origins_are_told_apart() {
    let read = read(&policy(vec![])).unwrap();
    assert_eq!(read.verify_origin("acme", "strict"), Ok(()));
    assert!(read.verify_origin("acme", "loose").is_err());
    assert!(read.verify_origin("other", "strict").is_err());
}
