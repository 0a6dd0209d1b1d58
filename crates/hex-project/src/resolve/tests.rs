use super::*;

mod hostile;
mod oracle;
mod ranges;

/// `foo`, or `foo in acme`; of `hexpm` if nothing else is said.
pub(super) fn id(text: &str) -> PackageId {
    let (name, origin) = text.split_once(" in ").unwrap_or((text, "hexpm"));
    let name = PackageName::parse(name).unwrap();
    if origin == "project" { PackageId::of_project(name) } else { PackageId::new(name, origin) }
}

/// `foo ~> 1.0`, `foo in acme: ~> 1.0`, `foo? ~> 1.0`.
pub(super) fn dependency(text: &str) -> Dependency {
    let (package, requirement) = match text.split_once(": ") {
        Some(parts) => parts,
        None => text.split_once(' ').unwrap(),
    };
    Dependency {
        package: id(&package.replace('?', "")),
        requirement: Requirement::parse(requirement).unwrap(),
        optional: package.contains('?'),
    }
}

pub(super) fn release(version: &str, dependencies: &[&str]) -> Release {
    Release {
        version: Version::parse(version).unwrap(),
        dependencies: dependencies.iter().map(|it| dependency(it)).collect(),
        retired: None,
        unusable: None,
        outer_checksum: [0; 32],
    }
}

fn retired(version: &str) -> Release {
    Release { retired: Some("security, it leaks".to_owned()), ..release(version, &[]) }
}

fn universe(packages: &[(&str, Vec<Release>)]) -> Universe {
    let mut universe = Universe::default();
    for (package, releases) in packages {
        universe.add(id(package), releases.clone());
    }
    universe
}

pub(super) fn question(requirements: &[&str]) -> Question {
    Question {
        project: "app".to_owned(),
        rules: Rules::Gleam,
        requirements: requirements.iter().map(|it| dependency(it)).collect(),
        locked: BTreeMap::new(),
        repositories: BTreeMap::new(),
    }
}

fn locking(requirements: &[&str], locked: &[(&str, &str)]) -> Question {
    let lock = |(name, version): &(&str, &str)| {
        (PackageName::parse(name).unwrap(), Version::parse(version).unwrap())
    };
    Question { locked: locked.iter().map(lock).collect(), ..question(requirements) }
}

/// `foo 1.0.0, bar 2.0.0 (acme)`, or the explanation.
fn outcome(question: &Question, universe: &Universe) -> String {
    match solve(question, universe) {
        Ok(Answer::Solved(chosen)) => {
            let one = |(id, version): &(PackageId, Version)| match id.repository() {
                Some("hexpm") => format!("{} {version}", id.name),
                _ => format!("{} {version} ({})", id.name, id.origin),
            };
            chosen.values().map(one).collect::<Vec<_>>().join(", ")
        }
        Ok(Answer::Unknown(unknown)) => {
            let names: Vec<_> = unknown.iter().map(|id| format!("{} in {}", id.name, id.origin)).collect();
            format!("unknown: {}", names.join(", "))
        }
        Err(SolveError::Conflict(conflict)) => conflict.explanation,
        Err(error) => error.to_string(),
    }
}

#[test]
fn newest_that_fit() {
    let universe = universe(&[
        ("foo", vec![release("1.0.0", &["bar ~> 1.0"]), release("1.1.0", &["bar ~> 2.0"])]),
        ("bar", vec![release("1.0.0", &[]), release("1.5.0", &[]), release("2.0.0", &[])]),
    ]);
    assert_eq!(outcome(&question(&["foo ~> 1.0"]), &universe), "bar 2.0.0, foo 1.1.0");
    assert_eq!(outcome(&question(&["foo ~> 1.0", "bar ~> 1.0"]), &universe), "bar 1.5.0, foo 1.0.0");
}

#[test]
fn rounds_ask_for_what_is_needed_and_no_more() {
    let mut known = universe(&[]);
    let question = question(&["foo >= 0.0.0", "twig >= 0.0.0"]);
    assert_eq!(outcome(&question, &known), "unknown: foo in hexpm, twig in hexpm");
    known.add(
        id("foo"),
        vec![release("1.0.0", &["old ~> 1.0"]), release("2.0.0", &["bar ~> 1.0", "opt? ~> 1.0"])],
    );
    known.add(id("twig"), vec![release("1.0.0", &[])]);
    assert_eq!(outcome(&question, &known), "unknown: bar in hexpm");
    known.add(id("bar"), vec![release("1.0.0", &[])]);
    assert_eq!(outcome(&question, &known), "bar 1.0.0, foo 2.0.0, twig 1.0.0");
}

#[test]
fn a_missing_package_is_avoided_where_possible() {
    let mut universe = universe(&[("foo", vec![release("1.0.0", &[]), release("1.1.0", &["gone ~> 1.0"])])]);
    universe.add_missing(id("gone"), "does not exist in repository hexpm");
    assert_eq!(outcome(&question(&["foo ~> 1.0"]), &universe), "foo 1.0.0");
    insta::assert_snapshot!(outcome(&question(&["foo ~> 1.1"]), &universe), @"
    Because gone does not exist in repository hexpm and foo 1.1.0 requires gone >= 1.0.0 and < 2.0.0, foo 1.1.0 can't be used.
    And because the project requires foo >= 1.1.0 and < 2.0.0, no versions fit together.
    ");
    insta::assert_snapshot!(outcome(&question(&["gone ~> 1.1"]), &universe), @"Because gone does not exist in repository hexpm and the project requires gone >= 1.1.0 and < 2.0.0, no versions fit together.");
}

#[test]
fn prereleases_only_where_nothing_else_fits() {
    let universe = universe(&[(
        "foo",
        vec![release("1.0.0", &[]), release("1.1.0-rc.1", &[]), release("2.0.0-rc.1", &[])],
    )]);
    assert_eq!(outcome(&question(&["foo >= 0.0.0"]), &universe), "foo 1.0.0");
    assert_eq!(outcome(&question(&["foo > 1.0.0"]), &universe), "foo 2.0.0-rc.1");
    assert_eq!(outcome(&question(&["foo ~> 1.1-rc"]), &universe), "foo 2.0.0-rc.1");
    let hex = Question { rules: Rules::Hex, ..question(&["foo ~> 1.1-rc"]) };
    assert_eq!(outcome(&hex, &universe), "foo 1.1.0-rc.1");
}

#[test]
fn retired_releases_are_out_unless_locked() {
    let universe = universe(&[("foo", vec![release("1.0.0", &[]), retired("1.1.0")])]);
    assert_eq!(outcome(&question(&["foo ~> 1.0"]), &universe), "foo 1.0.0");
    assert_eq!(outcome(&locking(&["foo ~> 1.0"], &[("foo", "1.1.0")]), &universe), "foo 1.1.0");
    insta::assert_snapshot!(outcome(&question(&["foo ~> 1.1"]), &universe), @"Because no foo >= 1.1.0 and < 2.0.0 can be used (1.1.0: it is retired: security, it leaks) and the project requires foo >= 1.1.0 and < 2.0.0, no versions fit together.");
    let hex = Question { rules: Rules::Hex, ..question(&["foo ~> 1.0"]) };
    assert_eq!(outcome(&hex, &universe), "foo 1.1.0");
}

#[test]
fn locked_versions_stay() {
    let universe = universe(&[
        ("foo", vec![release("1.0.0", &["bar ~> 1.0"]), release("1.1.0", &["bar ~> 1.1"])]),
        ("bar", vec![release("1.0.0", &[]), release("1.1.0", &[])]),
    ]);
    let both = [("foo", "1.0.0"), ("bar", "1.0.0")];
    assert_eq!(outcome(&locking(&["foo ~> 1.0"], &both), &universe), "bar 1.0.0, foo 1.0.0");
    assert_eq!(outcome(&locking(&["foo ~> 1.0"], &both[1..]), &universe), "bar 1.0.0, foo 1.0.0");
    assert_eq!(outcome(&locking(&["bar ~> 1.0"], &both), &universe), "bar 1.0.0");
    let newer = locking(&["foo ~> 1.1"], &both[1..]);
    insta::assert_snapshot!(outcome(&newer, &universe), @"
    Because foo 1.1.0 requires bar >= 1.1.0 and < 2.0.0 and the project requires foo >= 1.1.0 and < 2.0.0, bar has to be 1.1.0.
    And because bar is locked at 1.0.0, no versions fit together.
    ");
    let Err(SolveError::Conflict(conflict)) = solve(&newer, &universe) else { panic!("it is locked") };
    assert_eq!(conflict.kept, BTreeSet::from([PackageName::parse("bar").unwrap()]));
    let hex = Question { rules: Rules::Hex, ..newer };
    assert_eq!(outcome(&hex, &universe), "bar 1.1.0, foo 1.1.0");
    let kept = Question { rules: Rules::Hex, ..locking(&["foo ~> 1.0"], &both) };
    assert_eq!(outcome(&kept, &universe), "bar 1.0.0, foo 1.0.0");
}

#[test]
fn a_locked_release_that_is_gone_is_told() {
    let universe = universe(&[("foo", vec![release("1.1.0", &[])])]);
    insta::assert_snapshot!(outcome(&locking(&["foo ~> 1.0"], &[("foo", "1.0.0")]), &universe), @"Because the project requires foo >= 1.0.0 and < 2.0.0 and foo is locked at 1.0.0, which does not exist any more, no versions fit together.");
}

#[test]
fn optional_requirements_constrain_only_what_is_needed() {
    let universe = universe(&[
        ("foo", vec![release("1.0.0", &["bar? < 2.0.0"])]),
        ("old", vec![release("1.0.0", &["bar? < 1.0.0"])]),
        ("bar", vec![release("1.0.0", &[]), release("2.0.0", &[])]),
    ]);
    assert_eq!(outcome(&question(&["foo ~> 1.0"]), &universe), "foo 1.0.0");
    assert_eq!(outcome(&question(&["foo ~> 1.0", "bar >= 0.0.0"]), &universe), "bar 1.0.0, foo 1.0.0");
    insta::assert_snapshot!(outcome(&question(&["old ~> 1.0", "bar >= 0.0.0"]), &universe), @"
    Because old 1.0.0 works only with bar < 1.0.0 and the project requires old >= 1.0.0 and < 2.0.0, no version of bar can be used.
    And because the project requires bar >= 0.0.0, no versions fit together.
    ");
}

#[test]
fn a_name_is_never_taken_from_another_repository() {
    let universe = universe(&[
        ("foo in acme", vec![release("1.0.0", &["bar in acme: ~> 1.0"])]),
        ("bar in acme", vec![release("1.0.0", &[])]),
        ("bar", vec![release("9.9.9", &[])]),
        ("evil", vec![release("1.0.0", &["bar >= 0.0.0"])]),
    ]);
    assert_eq!(outcome(&question(&["foo in acme: ~> 1.0"]), &universe), "bar 1.0.0 (acme), foo 1.0.0 (acme)");
    let confused = question(&["foo in acme: ~> 1.0", "evil ~> 1.0"]);
    insta::assert_snapshot!(outcome(&confused, &universe), @"
    Because foo 1.0.0 requires bar (acme) >= 1.0.0 and < 2.0.0 and evil 1.0.0 requires bar (hexpm) >= 0.0.0, evil 1.0.0 and foo 1.0.0 don't go together.
    And because the project requires foo >= 1.0.0 and < 2.0.0 and evil >= 1.0.0 and < 2.0.0, no versions fit together.
    ");
    let settled = |requirements: &[&str]| Question {
        repositories: BTreeMap::from([(PackageName::parse("bar").unwrap(), "acme".to_owned())]),
        ..question(requirements)
    };
    insta::assert_snapshot!(outcome(&settled(&["evil ~> 1.0"]), &universe), @"
    Because evil 1.0.0 requires bar (hexpm) >= 0.0.0 and the project requires evil >= 1.0.0 and < 2.0.0, bar has to come from hexpm.
    And because the project takes bar from acme, no versions fit together.
    ");
    assert_eq!(outcome(&settled(&["bar in acme: >= 0.0.0"]), &universe), "bar 1.0.0 (acme)");
}

#[test]
fn a_package_of_the_project_stands_in_for_its_name() {
    let universe = universe(&[
        ("foo", vec![release("1.0.0", &["bar ~> 1.0"]), release("2.0.0", &["bar ~> 2.0"])]),
        ("bar in project", vec![release("1.3.0", &["twig >= 0.0.0"])]),
        ("twig", vec![release("1.0.0", &[])]),
    ]);
    let question = question(&["foo >= 0.0.0", "bar in project: == 1.3.0"]);
    assert_eq!(outcome(&question, &universe), "bar 1.3.0 (the project), foo 1.0.0, twig 1.0.0");
}

#[test]
fn releases_that_nobody_can_use() {
    let unreadable =
        Release { unusable: Some("its requirement on x can't be read".to_owned()), ..release("1.2.0", &[]) };
    let universe = universe(&[(
        "foo",
        vec![
            release("1.0.0", &[]),
            release("1.1.0", &["app ~> 1.0"]),
            unreadable,
            release("4294967296.0.0", &[]),
        ],
    )]);
    assert_eq!(outcome(&question(&["foo >= 1.0.0"]), &universe), "foo 1.0.0");
    insta::assert_snapshot!(outcome(&question(&["foo ~> 1.2"]), &universe), @"Because no foo >= 1.2.0 and < 2.0.0 can be used (1.2.0: its requirement on x can't be read) and the project requires foo >= 1.2.0 and < 2.0.0, no versions fit together.");
    insta::assert_snapshot!(outcome(&question(&["foo >= 1.1.0 and < 1.2.0"]), &universe), @"Because no foo >= 1.1.0 and < 1.2.0 can be used (1.1.0: it requires app, which is this project's own name) and the project requires foo >= 1.1.0 and < 1.2.0, no versions fit together.");
    insta::assert_snapshot!(outcome(&question(&["foo > 2.0.0"]), &universe), @"Because no foo >= 2.0.1 can be used (4294967296.0.0: Gleam does not read numbers that large) and the project requires foo >= 2.0.1, no versions fit together.");
    insta::assert_snapshot!(outcome(&question(&["foo > 1.0.0 and < 1.1.0"]), &universe), @"Because foo has no release >= 1.0.1 and < 1.1.0 and the project requires foo >= 1.0.1 and < 1.1.0, no versions fit together.");
}

#[test]
fn conflicts_read_as_prose() {
    let universe = universe(&[
        (
            "menu",
            vec![
                release("1.0.0", &["dropdown ~> 1.0"]),
                release("1.1.0", &["dropdown ~> 2.0"]),
                release("1.2.0", &["dropdown ~> 2.0"]),
            ],
        ),
        (
            "dropdown",
            vec![
                release("1.8.0", &["intl ~> 3.0"]),
                release("2.0.0", &["icons ~> 2.0"]),
                release("2.1.0", &["icons ~> 2.0"]),
            ],
        ),
        ("icons", vec![release("1.0.0", &[]), release("2.0.0", &[])]),
        ("intl", vec![release("3.0.0", &[]), release("5.0.0", &[])]),
    ]);
    let question = question(&["menu ~> 1.0", "icons ~> 1.0", "intl ~> 5.0"]);
    insta::assert_snapshot!(outcome(&question, &universe), @"
    Because dropdown >= 2.0.0 requires icons >= 2.0.0 and < 3.0.0 and menu >= 1.1.0 requires dropdown >= 2.0.0 and < 3.0.0, menu >= 1.1.0 requires icons >= 2.0.0 and < 3.0.0. (1)

    Because menu 1.0.0 requires dropdown >= 1.0.0 and < 2.0.0 and dropdown 1.8.0 requires intl >= 3.0.0 and < 4.0.0, menu 1.0.0 requires intl >= 3.0.0 and < 4.0.0.
    And because menu >= 1.1.0 requires icons >= 2.0.0 and < 3.0.0 (1), every version of menu requires icons >= 2.0.0 and < 3.0.0 or intl >= 3.0.0 and < 4.0.0.
    And because the project requires menu >= 1.0.0 and < 2.0.0, the project requires icons >= 2.0.0 and < 3.0.0 or intl >= 3.0.0 and < 4.0.0.
    And because the project requires icons >= 1.0.0 and < 2.0.0 and intl >= 5.0.0 and < 6.0.0, no versions fit together.
    ");
}
