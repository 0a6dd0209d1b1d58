use super::*;

fn release() -> wire::Release {
    wire::Release {
        version: "1.0.0".into(),
        inner_checksum: vec![1; 32],
        outer_checksum: Some(vec![2; 32]),
        ..Default::default()
    }
}

fn package(releases: Vec<wire::Release>) -> wire::Package {
    wire::Package { releases, name: "decimal".into(), repository: "acme".into(), advisories: vec![] }
}

fn error(package: &wire::Package) -> String {
    Package::decode(&package.encode_to_vec()).unwrap_err().to_string()
}

#[test]
fn absent_fields_read_as_their_defaults() {
    let dependency =
        wire::Dependency { package: "jason".into(), requirement: "~> 1.0".into(), ..Default::default() };
    let wire = package(vec![wire::Release { dependencies: vec![dependency], ..release() }]);
    let read = Package::decode(&wire.encode_to_vec()).unwrap();
    let expected = Dependency {
        repository: "acme".into(),
        package: "jason".into(),
        requirement: "~> 1.0".into(),
        optional: false,
        app: "jason".into(),
    };
    assert_eq!(read.releases[0].dependencies, [expected]);
    assert_eq!(read.releases[0].published_at, None);
}

#[test]
fn checksums_must_have_32_bytes() {
    let short = package(vec![wire::Release { inner_checksum: vec![1; 31], ..release() }]);
    assert_eq!(error(&short), "the inner checksum of version \"1.0.0\" has 31 bytes instead of 32");
    let absent = package(vec![wire::Release { outer_checksum: None, ..release() }]);
    assert_eq!(error(&absent), "the outer checksum of version \"1.0.0\" has 0 bytes instead of 32");
}

#[test]
fn advisory_indexes_must_be_in_range() {
    let wire = package(vec![wire::Release { advisory_indexes: vec![0], ..release() }]);
    assert_eq!(error(&wire), "version \"1.0.0\" refers to advisory 0, but the package lists 0");
    let wire = package(vec![wire::Release { advisory_indexes: vec![0; 250_001], ..release() }]);
    assert_eq!(error(&wire), "the releases refer to advisories more than 250000 times");
}

#[test]
fn names_must_be_there_and_short() {
    let nameless = wire::Package { name: String::new(), ..package(vec![]) };
    assert_eq!(error(&nameless), "the field `Package.name` is missing or empty");
    let homeless = wire::Package { repository: String::new(), ..package(vec![]) };
    assert_eq!(error(&homeless), "the field `Package.repository` is missing or empty");
    let long = wire::Package { name: "a".repeat(256), ..package(vec![]) };
    assert_eq!(error(&long), "the field `Package.name` has 256 bytes, more than the limit of 255");
    let versionless = package(vec![wire::Release { version: String::new(), ..release() }]);
    assert_eq!(error(&versionless), "the field `Release.version` is missing or empty");
    let free = wire::Dependency { package: "jason".into(), ..Default::default() };
    let free = package(vec![wire::Release { dependencies: vec![free], ..release() }]);
    assert_eq!(error(&free), "the field `Dependency.requirement` is missing or empty");
}

#[test]
fn a_release_retired_for_a_reason_of_the_future_is_retired() {
    let retired = Some(wire::RetirementStatus { reason: Some(77), message: None });
    let wire = package(vec![wire::Release { retired, ..release() }]);
    let read = Package::decode(&wire.encode_to_vec()).unwrap();
    let expected = Retirement { reason: RetirementReason::Other, message: None };
    assert_eq!(read.releases[0].retirement, Some(expected));
    let reasonless = Some(wire::RetirementStatus { reason: None, message: None });
    let wire = package(vec![wire::Release { retired: reasonless, ..release() }]);
    assert_eq!(error(&wire), "the field `RetirementStatus.reason` is missing or empty");
}

#[test]
fn timestamps_must_be_in_range() {
    let published_at = Some(wire::Timestamp { seconds: 0, nanos: 1_000_000_000 });
    let wire = package(vec![wire::Release { published_at, ..release() }]);
    assert_eq!(error(&wire), "a timestamp has 1000000000 nanoseconds, outside 0..1000000000");
}

#[test]
fn elements_are_limited_before_they_become_structs() {
    let payload = [0x0a, 0].repeat(MAX_PACKAGE_FIELDS + 1);
    let limit = MAX_PACKAGE_FIELDS;
    assert_eq!(Package::decode(&payload), Err(DecodeError::TooManyFields { limit }));
}

#[test]
fn origins_are_told_apart() {
    let read = Package::decode(&package(vec![]).encode_to_vec()).unwrap();
    assert_eq!(read.verify_origin("acme", "decimal"), Ok(()));
    let text = read.verify_origin("hexpm", "decimal").unwrap_err().to_string();
    assert_eq!(text, "the file is for repository \"acme\", but repository \"hexpm\" was asked for");
    let text = read.verify_origin("acme", "jason").unwrap_err().to_string();
    assert_eq!(text, "the file is for package \"decimal\", but package \"jason\" was asked for");
}

#[test]
fn reasons_and_severities_keep_their_numbers() {
    for (number, reason) in (0..).zip(RetirementReason::ALL) {
        assert_eq!(reason.to_wire(), number);
        assert_eq!(RetirementReason::from_wire(number), reason);
        assert_eq!(reason.to_string().parse(), Ok(reason));
    }
    assert!("Other".parse::<RetirementReason>().is_err());
    for number in -1..7 {
        assert_eq!(Severity::from_wire(number).to_wire(), number);
    }
    assert!(Severity::from_wire(5) > Severity::Critical);
    assert!(Severity::Critical > Severity::High && Severity::Low > Severity::None);
}
