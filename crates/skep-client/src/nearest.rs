//! A guess at which name was meant by one that is not known. Only ever told, never acted upon.

use strsim::osa_distance;

/// Most bytes of a name that is guessed at.
const MAX_NAME: usize = 100;

/// The one of the known names that is most like what was typed, if one is: a letter in five may differ, and at least one.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if typed.is_empty() || typed.len() > MAX_NAME {
        return None;
    }
    let lower = typed.to_lowercase();
    let most = (typed.chars().count() / 5).max(1);
    let fits = |name: &&'a str| *name != typed && name.len() <= MAX_NAME;
    let measured =
        known.into_iter().filter(fits).map(|name| (osa_distance(&lower, &name.to_lowercase()), name));
    // Of a name of one letter every other one differs by one.
    let near = measured
        .filter(|(distance, name)| *distance <= most && *distance < name.chars().count().min(lower.len()));
    near.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// ` (did you mean NAME?)`, to stand behind a name that is not known; nothing if there is no guess.
pub fn did_you_mean<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(typed, known).map(|name| format!(" (did you mean {name}?)")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_guessed() {
        let known = ["api_url", "api_key", "http_timeout", "offline", "no_proxy", "x"];
        let guess = |typed| nearest(typed, known);
        assert_eq!(guess("api_ulr"), Some("api_url"));
        assert_eq!(guess("apiurl"), Some("api_url"));
        assert_eq!(guess("API_KEY"), Some("api_key"));
        assert_eq!(guess("http-timeuot"), Some("http_timeout"));
        assert_eq!(guess("oflfine"), Some("offline"));
    }

    #[test]
    fn what_is_far_or_right_is_not() {
        let known = ["api_url", "work", "ab", "x"];
        for typed in ["", "ftp_url", "wrack", "work", "y", "xy", "zz"] {
            assert_eq!(nearest(typed, known), None, "{typed}");
        }
        let long = "a".repeat(MAX_NAME + 1);
        assert_eq!(nearest(&long, [&long[1..]]), None);
        assert_eq!(nearest("wrok", []), None);
    }

    #[test]
    fn as_it_is_told() {
        assert_eq!(did_you_mean("wrok", ["work", "play"]), " (did you mean work?)");
        assert_eq!(did_you_mean("nothing", ["work", "play"]), "");
    }
}
