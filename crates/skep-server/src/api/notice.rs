//! Which clients are sent `x-hex-message`.

use skep_core::notice::Notice;

use http::HeaderValue;

/// The header for a client that calls itself so. Hex 2.1 to 2.4 ends with an error when it sees the header (it turns the
/// value into text, and then takes it for a list of characters), so these get none.
pub(crate) fn header(notice: &Notice, user_agent: &str) -> Option<HeaderValue> {
    if breaks_on_messages(user_agent) {
        return None;
    }
    HeaderValue::try_from(notice.to_string()).ok()
}

/// `Hex/2.1.1 (Elixir/1.18.4) …` or, from 2.4, `hex_core/0.11.0 hex/2.4.2 (elixir/1.18.4) …`.
fn breaks_on_messages(user_agent: &str) -> bool {
    let mut words = user_agent.split([' ', '(', ')']);
    words.any(|word| {
        let version = word.split_once('/').filter(|(name, _)| name.eq_ignore_ascii_case("hex"));
        version.is_some_and(|(_, version)| {
            ["2.1.", "2.2.", "2.3.", "2.4."].iter().any(|bad| version.starts_with(bad))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_that_break_get_none() {
        for bad in [
            "Hex/2.1.0 (Elixir/1.18.4) (OTP/27.3)",
            "Hex/2.3.2 (Elixir/1.18.4) (OTP/27.3) (CI)",
            "hex_core/0.11.0 hex/2.4.2 (elixir/1.18.4) (CI) (OTP/27) (erts/15.2)",
            "hex_core/0.11.0 (hex/2.4.0) (OTP/27)",
        ] {
            assert!(breaks_on_messages(bad), "{bad}");
        }
        for good in [
            "",
            "Hex/2.0.6 (Elixir/1.14.0)",
            "Hex/2.5.0 (Elixir/1.18.4)",
            "Hex/2.10.0",
            "rebar3_hex",
            "x/2.1.0",
        ] {
            assert!(!breaks_on_messages(good), "{good}");
        }
    }
}
