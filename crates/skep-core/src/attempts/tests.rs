use super::*;

/// The beginning of a window of both lengths.
const NOW: i64 = 1_893_456_000 * 1_000_000;
const SECOND: i64 = 1_000_000;

fn attempts() -> Attempts<i64> {
    Attempts::new(Limit { failures: 3, seconds: 900 }, Limit { failures: 2, seconds: 600 })
}

fn ip(text: &str) -> Option<IpAddr> {
    Some(text.parse().unwrap())
}

#[test]
fn an_address_has_its_failures() {
    let attempts = attempts();
    for subject in 0..3 {
        let _failed = attempts.begin(ip("2001:db8::1"), subject, NOW).unwrap();
    }
    let refused = attempts.begin(ip("2001:db8::2"), 9, NOW + SECOND).err();
    assert_eq!(refused, Some(Exceeded { scope: Scope::Address, seconds: 899 }));
    assert_eq!(
        attempts.check(ip("2001:db8::2"), &9, NOW),
        Err(refused.unwrap()).map_err(|e: Exceeded| Exceeded { seconds: 900, ..e })
    );
    assert!(attempts.begin(ip("2001:db8:0:1::1"), 9, NOW).is_ok());
    assert!(attempts.begin(None, 9, NOW).is_ok());
    assert!(attempts.begin(ip("2001:db8::2"), 10, NOW + 900 * SECOND).is_ok());
}

#[test]
fn a_subject_has_its_failures() {
    let attempts = attempts();
    let _one = attempts.begin(ip("192.0.2.1"), 7, NOW).unwrap();
    let _two = attempts.begin(None, 7, NOW).unwrap();
    let refused = attempts.begin(ip("192.0.2.3"), 7, NOW).err();
    assert_eq!(refused, Some(Exceeded { scope: Scope::Subject, seconds: 600 }));
    assert!(attempts.begin(ip("192.0.2.3"), 8, NOW).is_ok());
    assert!(attempts.begin(ip("192.0.2.3"), 7, NOW + 600 * SECOND).is_ok());
}

#[test]
fn what_is_taken_back_does_not_count() {
    let attempts = attempts();
    for _ in 0..100 {
        attempts.begin(ip("192.0.2.1"), 7, NOW).unwrap().take_back();
    }
    assert_eq!(attempts.check(ip("192.0.2.1"), &7, NOW), Ok(()));
}

#[test]
fn a_success_takes_back_nothing_of_a_later_window() {
    let attempts = attempts();
    let early = attempts.begin(ip("192.0.2.1"), 7, NOW).unwrap();
    let later = NOW + 900 * SECOND;
    let _one = attempts.begin(ip("192.0.2.1"), 7, later).unwrap();
    let two = attempts.begin(ip("192.0.2.1"), 7, later).unwrap();
    early.take_back();
    assert!(attempts.check(ip("192.0.2.1"), &7, later).is_err());
    two.take_back();
    assert!(attempts.check(ip("192.0.2.1"), &7, later).is_ok());
}
