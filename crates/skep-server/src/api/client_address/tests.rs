use http::HeaderValue;

use super::*;

fn find(peer: &str, forwarded: &[&str], hops: usize) -> (String, bool) {
    let mut headers = HeaderMap::new();
    for value in forwarded {
        headers.append("x-forwarded-for", HeaderValue::from_str(value).unwrap());
    }
    let found = ClientAddress::find(peer.parse().unwrap(), &headers, &AddressRange::LOOPBACK, hops);
    (found.ip.to_string(), found.forwarded)
}

#[test]
fn second_to_last_entry_of_a_trusted_peer() {
    assert_eq!(find("127.0.0.1", &["10.1.2.3, 192.0.2.1"], 2), ("10.1.2.3".into(), true));
    assert_eq!(find("127.0.0.1", &["9.9.9.9, 10.1.2.3 , 192.0.2.1"], 2), ("10.1.2.3".into(), true));
    assert_eq!(find("127.0.0.1", &["9.9.9.9, 10.1.2.3", "192.0.2.1"], 2), ("10.1.2.3".into(), true));
    assert_eq!(find("::ffff:127.0.0.1", &["2001:db8::1, 192.0.2.1"], 2), ("2001:db8::1".into(), true));
}

#[test]
fn another_number_of_proxies() {
    assert_eq!(find("127.0.0.1", &["10.1.2.3, 192.0.2.1"], 1), ("192.0.2.1".into(), true));
    assert_eq!(find("127.0.0.1", &["10.1.2.3"], 2), ("10.1.2.3".into(), true));
    assert_eq!(find("127.0.0.1", &["10.1.2.3"], 0), ("127.0.0.1".into(), false));
}

#[test]
fn otherwise_the_peer() {
    assert_eq!(find("127.0.0.1", &[], 2), ("127.0.0.1".into(), false));
    assert_eq!(find("192.0.2.7", &["10.1.2.3, 192.0.2.1"], 2), ("192.0.2.7".into(), false));
}

#[test]
fn addresses_with_ports() {
    for (entry, expected) in [
        ("192.0.2.1:8080", "192.0.2.1"),
        ("[2001:db8::1]:8080", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[::ffff:192.0.2.1]:1", "192.0.2.1"),
    ] {
        assert_eq!(find("127.0.0.1", &[entry], 1), (expected.into(), true), "{entry}");
    }
}

/// An unreadable entry made every client behind the proxy this machine itself, which is not counted.
#[test]
fn an_unreadable_entry_does_not_make_the_client_local() {
    for entry in
        ["unknown", "", "192.0.2.1:", "192.0.2.1:x", "[192.0.2.1]", "[::1", "_hidden", "1.2.3.4,", "é"]
    {
        assert_eq!(find("127.0.0.1", &[entry], 1), ("127.0.0.1".into(), true), "{entry}");
    }
    assert_eq!(find("127.0.0.1", &["unknown, 192.0.2.1"], 2), ("127.0.0.1".into(), true));
}

#[test]
fn ranges() {
    let range = |text: &str| text.parse::<AddressRange>().unwrap();
    let contains = |text: &str, address: &str| range(text).contains(address.parse().unwrap());
    assert!(contains("10.0.0.0/8", "10.255.0.1"));
    assert!(!contains("10.0.0.0/8", "11.0.0.1"));
    assert!(contains("10.0.0.0/8", "::ffff:10.0.0.1"));
    assert!(contains("0.0.0.0/0", "1.2.3.4"));
    assert!(!contains("0.0.0.0/0", "::2"));
    assert!(contains("2001:db8::/32", "2001:db8:1::1"));
    assert!(contains("::/0", "::1"));
    assert!(contains("192.0.2.1", "192.0.2.1"));
    for bad in ["", "x", "1.2.3.4/33", "::1/129", "1.2.3.4/", "1.2.3.4/-1"] {
        assert!(bad.parse::<AddressRange>().is_err(), "{bad}");
    }
}
