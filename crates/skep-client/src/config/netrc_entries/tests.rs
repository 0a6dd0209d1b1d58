use proptest::prelude::*;

use super::*;

fn key() -> Secret {
    Secret::new("5ec7e7")
}

const OURS: &str = "machine hex.example.com\nlogin key\npassword 5ec7e7\n";

#[test]
fn an_entry_is_added_before_default_and_replaced_in_its_place() {
    for (before, after) in [
        ("", OURS.to_owned()),
        ("machine a login x password y", format!("machine a login x password y\n{OURS}")),
        ("machine a\n  login x\n  password y\n", format!("machine a\n  login x\n  password y\n{OURS}")),
        ("default login x\n", format!("{OURS}default login x\n")),
        ("# note\nmachine hex.example.com login z password old # mine\nmachine b password c\n", {
            format!("# note\n{OURS} # mine\nmachine b password c\n")
        }),
        ("macdef init\nmachine hex.example.com\n\nmachine b password c\n", {
            format!("macdef init\nmachine hex.example.com\n\nmachine b password c\n{OURS}")
        }),
    ] {
        assert_eq!(with(before, "hex.example.com", &key()), after);
        assert_eq!(password(&after, "hex.example.com"), Some("5ec7e7"));
        assert_eq!(with(&after, "hex.example.com", &key()), after, "twice is once");
    }
    assert_eq!(
        without(&format!("machine a password b\n{OURS}default\n"), "hex.example.com"),
        "machine a password b\ndefault\n"
    );
    assert_eq!(without("x", "hex.example.com"), "x");
}

proptest! {
    #[test]
    fn the_rest_stays(
        lines in prop::collection::vec("(machine [a-c]|login [a-z]{1,3}|password [a-z]{1,3}|#[ a-z]{0,5}|account b|)[ \t]?", 0..12),
    ) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let with = with(&text, "hex.example.com", &key());
        prop_assert_eq!(password(&with, "hex.example.com"), Some("5ec7e7"));
        prop_assert_eq!(without(&with, "hex.example.com"), text);
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,40}|(machine|default|macdef|[ \n]){0,20}") {
        let _ = with(&text, "h", &key());
        let _ = without(&text, "h");
    }
}
