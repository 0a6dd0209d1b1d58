//! What clients ask for, in words for those who decide about it.

/// A box that may be ticked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Choice {
    /// The scope as it is written.
    pub(super) scope: String,
    /// What it is called.
    pub(super) label: String,
    /// What the client can do with it.
    pub(super) hint: &'static str,
    /// Whether it has to wait for a second factor.
    pub(super) needs_two_factor: bool,
    /// Whether it is ticked.
    pub(super) ticked: bool,
}

/// The boxes for these scopes. `selected` are those that were ticked before; without them all are that can be.
pub(super) fn choices(scopes: &[String], two_factor: bool, selected: Option<&[String]>) -> Vec<Choice> {
    let choice = |scope: &String| {
        let (label, hint) = describe(scope);
        let needs_two_factor = !two_factor && matches!(scope.as_str(), "api" | "api:write");
        let ticked = !needs_two_factor && selected.is_none_or(|selected| selected.contains(scope));
        Choice { scope: scope.clone(), label, hint, needs_two_factor, ticked }
    };
    scopes.iter().map(choice).collect()
}

fn describe(scope: &str) -> (String, &'static str) {
    let (domain, resource) = scope.split_once(':').unwrap_or((scope, ""));
    match (domain, resource) {
        ("api", "read") => {
            ("Read".into(), "See your account, your organizations and every package that you may see.")
        }
        ("api", _) => {
            ("Write".into(), "Publish and change packages, owners, organizations and keys in your name.")
        }
        ("repositories", _) => {
            ("Fetch packages".into(), "Fetch packages of all organizations that you are a member of.")
        }
        ("repository", name) => (format!("Fetch packages of {name}"), "Fetch packages of this organization."),
        ("package", name) => (format!("Change {name}"), "Publish and change this package in your name."),
        ("docs", name) => {
            (format!("Read documentation of {name}"), "See the documentation of this organization.")
        }
        _ => (scope.to_owned(), ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_waits_for_a_second_factor() {
        let scopes = ["api:read", "api:write", "repositories"].map(String::from);
        let boxes = |two_factor, selected: Option<&[String]>| -> Vec<(bool, bool)> {
            let choices = choices(&scopes, two_factor, selected);
            choices.iter().map(|choice| (choice.needs_two_factor, choice.ticked)).collect()
        };
        assert_eq!(boxes(false, None), [(false, true), (true, false), (false, true)]);
        assert_eq!(boxes(true, None), [(false, true), (false, true), (false, true)]);
        assert_eq!(boxes(true, Some(&scopes[..1])), [(false, true), (false, false), (false, false)]);
        assert_eq!(boxes(false, Some(&scopes[1..2])), [(false, false), (true, false), (false, false)]);
    }
}
