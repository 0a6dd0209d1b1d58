use serde_json::json;

use super::*;

#[test]
fn words_and_numbers_mean_the_same() {
    let toml = r#"
        description = "What we build with"
        visibility = "private"

        [[repositories]]
        repository = "hexpm"
        restriction = { cooldown = "7d", advisory_min_severity = "high", retirement_reasons = ["security", 1] }
        overrides = [{ action = "allow", package = "phoenix" }]
    "#;
    let json = json!({
        "name": "strict", "url": "https://hex.example.com/api/orgs/acme/policies/strict",
        "inserted_at": "2026-01-02T03:04:05.000000Z", "updated_at": null,
        "description": "What we build with",
        "visibility": "private",
        "repositories": [{
            "repository": "hexpm",
            "restriction": { "cooldown": "7d", "advisory_min_severity": 3, "retirement_reasons": [2, 1] },
            "overrides": [{ "action": "allow", "package": "phoenix", "requirement": null }],
        }],
    });
    let content = PolicyContent::parse(toml).unwrap();
    assert_eq!(content, PolicyContent::parse(&json.to_string()).unwrap());
    let sent = serde_json::to_value(&content).unwrap();
    assert_eq!(sent["repositories"], json["repositories"]);
    assert_eq!(sent["description"], "What we build with");
}

#[test]
fn what_is_shown_can_be_sent_back() {
    let answer = json!({
        "name": "strict", "description": null, "visibility": "public",
        "repositories": [{
            "repository": "hexpm",
            "restriction": { "cooldown": null, "advisory_min_severity": 3, "retirement_reasons": [2, 1] },
            "overrides": [{ "action": "deny", "package": "plug", "requirement": "< 1.0.0" }],
        }],
    });
    let policy: Policy = serde_json::from_value(answer).unwrap();
    let shown = serde_json::to_value(&policy).unwrap();
    let restriction = &shown["repositories"][0]["restriction"];
    assert_eq!(
        *restriction,
        json!({ "cooldown": null, "advisory_min_severity": "high", "retirement_reasons": ["security", "invalid"] })
    );
    let content = PolicyContent::parse(&shown.to_string()).unwrap();
    assert_eq!(content.repositories, Some(policy.repositories));
}

#[test]
fn what_is_not_given_is_not_sent() {
    let content = PolicyContent::parse("visibility = \"public\"").unwrap();
    assert_eq!(serde_json::to_value(content).unwrap(), json!({ "visibility": "public" }));
    assert_eq!(PolicyContent::parse("{}").unwrap(), PolicyContent::default());
}

#[test]
fn mistakes_are_told() {
    for (text, told) in [
        ("cooldown = \"7d\"", "unknown field `cooldown`"),
        ("{\"repositories\": [{\"repository\": \"hexpm\", \"allow\": []}]}", "unknown field `allow`"),
        (
            "[[repositories]]\nrepository = \"hexpm\"\nrestriction = { advisory_min_severity = \"bad\" }",
            "none, low, medium, high, critical",
        ),
        (
            "{\"repositories\": [{\"repository\": \"hexpm\", \"restriction\": {\"retirement_reasons\": [5]}}]}",
            "other, invalid, security, deprecated, renamed",
        ),
        ("not a policy", "this is no policy"),
    ] {
        let error = PolicyContent::parse(text).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
}
