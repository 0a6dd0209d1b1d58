use super::*;

#[test]
fn names() {
    for name in ["strict", "a-b", "a.b_c", "0ps", &"a".repeat(64)] {
        assert_eq!(name_problem(name), None, "{name}");
    }
    for (name, problem) in [
        ("ab", "should be at least 3 character(s)"),
        (&*"a".repeat(65), "should be at most 64 character(s)"),
        ("-ab", "has invalid format"),
        ("ab-", "has invalid format"),
        ("Abc", "has invalid format"),
        ("a/b", "has invalid format"),
        ("new", "is reserved"),
        ("package-suggestions", "is reserved"),
        ("version-suggestions", "is reserved"),
    ] {
        assert_eq!(name_problem(name).as_deref(), Some(problem), "{name}");
    }
}

#[test]
fn cooldowns() {
    for text in ["0", "7d", "2w", "1mo", "0d", "99999d"] {
        assert!(is_cooldown(text), "{text}");
    }
    for text in ["5x", "", "d", "7", "-1d", "+1d", "1 d", "1m", "100000d", "1D", "0x1d", "1dd"] {
        assert!(!is_cooldown(text), "{text}");
    }
}

fn text(text: &str) -> Given<String> {
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

fn tab_for(repository: &str) -> GivenTab {
    GivenTab {
        repository: text(repository),
        cooldown: Ok(None),
        advisory_min_severity: Ok(None),
        retirement_reasons: Ok(None),
        overrides: Ok(None),
    }
}

fn exception(action: &str, package: &str, requirement: &str) -> GivenOverride {
    GivenOverride { action: text(action), package: text(package), requirement: text(requirement) }
}

fn judge(tabs: Vec<GivenTab>) -> Result<New> {
    let given = GivenPolicy { description: None, visibility: Ok(None), tabs: Ok(Some(tabs)) };
    new("acme", text("strict"), given)
}

fn refusal(tabs: Vec<GivenTab>) -> String {
    judge(tabs).err().expect("it is refused").to_string()
}

#[test]
fn a_tab_that_is_given_replaces_the_old_one() {
    let hexpm = GivenTab { cooldown: text("7d"), ..tab_for("hexpm") };
    let overrides = vec![exception("deny", "plug", "~> 1.0"), exception("allow", "phoenix", "")];
    let own = GivenTab {
        advisory_min_severity: Ok(Some(3)),
        retirement_reasons: Ok(Some(vec![2, 1, 2])),
        overrides: Ok(Some(overrides)),
        ..tab_for("acme")
    };
    let made = judge(vec![own, hexpm]).unwrap().content;
    assert_eq!(made.tabs.hexpm.cooldown.as_deref(), Some("7d"));
    assert_eq!(made.tabs.organization.retirement_reasons, [1, 2]);
    assert_eq!(made.tabs.organization.overrides.len(), 2);
    assert_eq!(made.visibility, Visibility::Private);

    let row = Policy {
        id: 1,
        organization_id: 2,
        name: "strict".into(),
        description: Some("for all".into()),
        visibility: "public".into(),
        tabs: made.tabs_json().unwrap(),
        inserted_at: 0,
        updated_at: 0,
    };
    let unchanged = GivenPolicy { description: None, visibility: Ok(None), tabs: Ok(None) };
    let same = changed("acme", &row, unchanged).unwrap();
    assert_eq!((same.tabs, same.visibility), (made.tabs.clone(), Visibility::Public));
    assert_eq!(same.description.as_deref(), Some("for all"));

    let tabs = Ok(Some(vec![tab_for("acme")]));
    let cleared = GivenPolicy { description: Some(Ok(None)), visibility: text("private"), tabs };
    let cleared = changed("acme", &row, cleared).unwrap();
    assert_eq!(cleared.tabs, Tabs { organization: Tab::default(), hexpm: made.tabs.hexpm });
    assert_eq!((cleared.description, cleared.visibility), (None, Visibility::Private));
}

#[test]
fn mistakes_in_tabs() {
    for (tab, refused) in [
        (tab_for(""), "repository: can't be blank"),
        (tab_for("umbrella"), "repository: is invalid"),
        (GivenTab { cooldown: text("5x"), ..tab_for("hexpm") }, "restriction.cooldown: is invalid"),
        (
            GivenTab { advisory_min_severity: Ok(Some(5)), ..tab_for("hexpm") },
            "restriction.advisory_min_severity: is invalid",
        ),
        (
            GivenTab { retirement_reasons: Ok(Some(vec![1, 99])), ..tab_for("hexpm") },
            "restriction.retirement_reasons: contains invalid reasons",
        ),
    ] {
        let refusal = refusal(vec![tab]);
        assert!(refusal.contains(&format!("repositories.{refused}")), "{refusal}");
    }
}

#[test]
fn mistakes_in_overrides() {
    let with = |overrides| vec![GivenTab { overrides: Ok(Some(overrides)), ..tab_for("hexpm") }];
    for (overrides, refused) in [
        (vec![exception("", "plug", "")], "overrides.action: can't be blank"),
        (vec![exception("maybe", "plug", "")], "overrides.action: is invalid"),
        (vec![exception("deny", "", "")], "overrides.package: can't be blank"),
        (vec![exception("deny", "No Name", "")], "overrides.package: has invalid format"),
        (vec![exception("deny", "plug", "nonsense")], "overrides.requirement: is invalid"),
        // Clients cannot resolve with it.
        (vec![exception("deny", "plug", "!= 1.0.0")], "overrides.requirement: is invalid"),
        (
            vec![exception("deny", "plug", ""), exception("allow", "plug", "~> 1.0")],
            "overrides: list the same package more than once",
        ),
    ] {
        let refusal = refusal(with(overrides));
        assert!(refusal.contains(&format!("repositories.{refused}")), "{refusal}");
    }
    let mut both = with(vec![exception("deny", "plug", "")]);
    both.push(GivenTab { overrides: Ok(Some(vec![exception("deny", "plug", "")])), ..tab_for("acme") });
    assert!(judge(both).is_ok(), "once in each tab");
    let many = (0..=MAX_OVERRIDES).map(|n| exception("deny", &format!("plug{n}"), "")).collect();
    assert!(refusal(with(many)).contains("should have at most 500 item(s)"));
}

#[test]
fn descriptions() {
    let described = |length| GivenPolicy {
        description: Some(text(&"ä".repeat(length))),
        visibility: Ok(None),
        tabs: Ok(None),
    };
    assert!(new("acme", text("strict"), described(MAX_DESCRIPTION)).is_ok());
    assert!(new("acme", text("strict"), described(MAX_DESCRIPTION + 1)).is_err());
}
