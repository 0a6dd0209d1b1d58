//! What strangers put into names stays inside of its line, its header and its element.

use proptest::prelude::*;

use super::*;

#[test]
fn markup_is_text() {
    let letter = Letter::new("a").text("<b> & 'c'").facts([("Name", "\"><script>")]);
    let html = letter.to_html();
    assert!(html.contains("<p>&lt;b&gt; &amp; &#39;c&#39;</p>"), "{html}");
    assert!(html.contains("<td>&quot;&gt;&lt;script&gt;</td>"), "{html}");
}

#[test]
fn what_cannot_be_seen_is_left_out() {
    assert_eq!(clean("a\r\nBcc: b\u{202e}c\0d\u{85}"), "a  Bcc: bcd ");
}

#[test]
fn what_is_long_is_cut() {
    assert_eq!(clean(&"ä".repeat(MAX_VALUE + 1)).chars().count(), MAX_VALUE);
}

proptest! {
    #[test]
    fn a_name_adds_no_line(name in ".*") {
        let lines = |name: &str| {
            let letter = Letter::new(name).text(name).facts([("Name", name)]);
            let headers = letter.subject().lines().count();
            (headers, letter.to_text().lines().count(), letter.to_html().matches('\n').count())
        };
        prop_assert_eq!(lines(&name), lines("x"));
    }

    #[test]
    fn a_name_adds_no_element(name in "[<>&\"'a-z /=]*") {
        let count = |name: &str| Letter::new(name).text(name).facts([("Name", name)]).to_html().matches('<').count();
        prop_assert_eq!(count(&name), count("x"));
    }
}
