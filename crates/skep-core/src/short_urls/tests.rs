use super::*;

fn patterns(texts: &[&str]) -> Vec<HostPattern> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn checked(url: &str, allowed: &[&str]) -> Result<String, String> {
    match check(Ok(Some(url.to_owned())), &patterns(allowed)) {
        Ok(url) => Ok(url),
        Err(FieldError::Text(text)) => Err(text),
        Err(FieldError::Nested(_)) => panic!("the error is a text"),
    }
}

#[test]
fn hosts() {
    let allowed = ["hex.example", "*.docs.example", "front.example/"];
    for good in [
        "https://hex.example",
        "http://HEX.example:8080/packages?page=2#top",
        "https://a.docs.example/x",
        "https://a.b.docs.example",
        "https://front.example",
        "https://front.example/",
        "https://front.example/?x=1",
    ] {
        assert_eq!(checked(good, &allowed).as_deref(), Ok(good));
    }
    let text = "domain must match hex.example, *.docs.example, or front.example";
    for bad in [
        "https://docs.example",
        "https://.docs.example",
        "https://evildocs.example",
        "https://hex.example.evil.example",
        "https://front.example/page",
        // Where browsers and simpler readers differ.
        "https://evil.example\\@hex.example",
        "https://hex.example@evil.example/",
        "https://user@hex.example/",
        "https://evil.example#@hex.example",
        "https://evil.example\t.hex.example/",
        "http:evil.example",
    ] {
        assert_eq!(checked(bad, &allowed), Err(text.to_owned()), "{bad}");
    }
}

#[test]
fn texts() {
    let errors = [
        ("", "can't be blank"),
        ("  ", "can't be blank"),
        ("hex.example", "must use http or https scheme"),
        ("ftp://hex.example", "must use http or https scheme"),
        ("javascript:alert(1)", "must use http or https scheme"),
        ("https://", "must include a host"),
        ("https://%", "must include a host"),
    ];
    for (url, error) in errors {
        assert_eq!(checked(url, &["hex.example"]), Err(error.to_owned()), "{url}");
    }
    let domains = |allowed: &[&str]| checked("https://x.example", allowed).unwrap_err();
    assert_eq!(domains(&["a.example"]), "domain must match a.example");
    assert_eq!(domains(&["a.example", "*.b.example"]), "domain must match a.example or *.b.example");
    assert!(checked(&format!("https://hex.example/{}", "x".repeat(2000)), &["hex.example"]).is_err());
}

#[test]
fn what_a_header_cannot_hold_is_escaped() {
    assert_eq!(
        checked("https://hex.example/\u{e9}\r\nx", &["hex.example"]).unwrap(),
        "https://hex.example/%C3%A9x"
    );
}

#[test]
fn patterns_are_hosts() {
    for bad in
        ["", "*", "*.", "https://hex.example", "hex.example/x", "hex.example:80", "a b", "u@hex.example"]
    {
        assert!(bad.parse::<HostPattern>().is_err(), "{bad}");
    }
    assert_eq!(HostPattern::of("http://[::1]:4000"), Some("[::1]".parse().unwrap()));
}
