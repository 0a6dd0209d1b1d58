use skep_core::attempts::MAX_SUBJECTS;

use super::*;

const SECOND: i64 = 1_000_000;

fn limiter() -> RateLimiter {
    RateLimiter::new(Limits { user: 3, organization: 2, address: 1, ipv6_prefix: 64 })
}

fn address(text: &str) -> RateSubject {
    RateSubject::Address(text.parse().unwrap())
}

fn headers(count: Count) -> [String; 3] {
    let mut headers = HeaderMap::new();
    count.write_headers(&mut headers);
    ["limit", "remaining", "reset"]
        .map(|name| headers[&format!("x-ratelimit-{name}")].to_str().unwrap().to_owned())
}

#[test]
fn the_request_after_the_limit_is_refused() {
    let limiter = limiter();
    let user = RateSubject::User(7);
    let now = 90 * SECOND;
    for remaining in ["2", "1", "0"] {
        let count = limiter.count(user, now).unwrap();
        assert!(count.is_allowed());
        assert_eq!(headers(count), ["3", remaining, "120"]);
    }
    let count = limiter.count(user, now).unwrap();
    assert!(!count.is_allowed());
    assert_eq!(headers(count), ["3", "0", "120"]);
    assert!(limiter.count(user, 120 * SECOND).unwrap().is_allowed());
}

#[test]
fn subjects_are_apart() {
    let limiter = limiter();
    assert!(limiter.count(address("192.0.2.1"), 0).unwrap().is_allowed());
    assert!(!limiter.count(address("192.0.2.1"), 0).unwrap().is_allowed());
    assert!(!limiter.count(address("::ffff:192.0.2.1"), 0).unwrap().is_allowed());
    assert!(limiter.count(address("192.0.2.2"), 0).unwrap().is_allowed());
    assert!(limiter.count(RateSubject::User(1), 0).unwrap().is_allowed());
    assert!(limiter.count(RateSubject::Organization(1), 0).unwrap().is_allowed());
    assert_eq!(limiter.count(RateSubject::Exempt, 0), None);
}

#[test]
fn an_ipv6_network_is_one_subject() {
    let limiter = limiter();
    assert!(limiter.count(address("2001:db8:1:2::1"), 0).unwrap().is_allowed());
    assert!(!limiter.count(address("2001:db8:1:2:ffff::1"), 0).unwrap().is_allowed());
    assert!(limiter.count(address("2001:db8:1:3::1"), 0).unwrap().is_allowed());
}

#[test]
fn networks_are_as_large_as_the_operator_says() {
    let of = |bits: u8| network_of("2001:db8:1:2:3::1".parse().unwrap(), bits).to_string();
    assert_eq!(of(128), "2001:db8:1:2:3::1");
    assert_eq!(of(64), "2001:db8:1:2::");
    assert_eq!(of(48), "2001:db8:1::");
    assert_eq!(of(0), "::");
}

#[test]
fn without_a_limit_nothing_is_counted() {
    let limiter = RateLimiter::new(Limits { user: 0, ..Limits::default() });
    assert_eq!(limiter.count(RateSubject::User(1), 0), None);
    assert!(limiter.count(RateSubject::Organization(1), 0).is_some());
}

#[test]
fn a_clock_that_goes_back_forgives_nothing() {
    let limiter = limiter();
    assert!(limiter.count(address("192.0.2.1"), 60 * SECOND).unwrap().is_allowed());
    assert!(!limiter.count(address("192.0.2.1"), 0).unwrap().is_allowed());
}

#[test]
fn memory_is_bounded() {
    let limiter = limiter();
    for id in 0..MAX_SUBJECTS as i64 + 10 {
        limiter.count(RateSubject::User(id), 0);
    }
    assert_eq!(limiter.window.lock().unwrap().subjects(), MAX_SUBJECTS);
    limiter.count(RateSubject::User(0), 60 * SECOND);
    assert_eq!(limiter.window.lock().unwrap().subjects(), 1);
}

#[test]
fn texts() {
    let message = |subject| exceeded(subject).message.unwrap().into_owned();
    assert_eq!(message(RateSubject::User(7)), "API rate limit exceeded for user 7");
    assert_eq!(message(RateSubject::Organization(7)), "API rate limit exceeded for organization 7");
    assert_eq!(message(address("192.0.2.1")), "API rate limit exceeded for IP 192.0.2.1");
}
