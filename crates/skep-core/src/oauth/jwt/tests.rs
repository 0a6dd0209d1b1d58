use proptest::prelude::*;

use super::*;

const NOW: i64 = 1_900_000_000;

fn key() -> TokenKey {
    TokenKey::generate().unwrap()
}

fn claims() -> Claims {
    Claims {
        subject: "user:alice".into(),
        id: "AAAAAAAAAAAAAAAAAAAAAA".into(),
        issued_at: NOW,
        expires_at: NOW + 1800,
        scope: "repository:hexpm repository:acme".into(),
    }
}

/// A token with any header and payload, well signed.
fn signed(key: &TokenKey, header: &str, payload: &str) -> String {
    let text = format!(
        "{}.{}",
        BASE64URL_NOPAD.encode(header.as_bytes()),
        BASE64URL_NOPAD.encode(payload.as_bytes())
    );
    let signature = key.0.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
    format!("{text}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
}

fn part(token: &str, index: usize) -> String {
    let part = token.split('.').nth(index).unwrap();
    String::from_utf8(BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}

#[test]
fn the_form() {
    let token = sign(&key(), &claims());
    assert_eq!(part(&token, 0), r#"{"alg":"ES256","typ":"JWT"}"#);
    insta::assert_snapshot!(part(&token, 1), @r#"{"iss":"hexpm","aud":"hexpm:api","sub":"user:alice","jti":"AAAAAAAAAAAAAAAAAAAAAA","iat":1900000000,"nbf":1899999970,"exp":1900001800,"scope":"repository:hexpm repository:acme"}"#);
    assert_eq!(BASE64URL_NOPAD.decode(token.split('.').nth(2).unwrap().as_bytes()).unwrap().len(), 64);
    assert!(is_meant(&token) && !is_meant("0123456789abcdef0123456789abcdef"));
}

#[test]
fn times() {
    let key = key();
    let token = sign(&key, &claims());
    let at = |now| verify(&key, &token, now);
    assert_eq!(at(NOW), Ok(claims()));
    assert_eq!(at(NOW + 1799), Ok(claims()));
    assert_eq!(at(NOW + 1800), Err(Refused::Ended(NOW + 1800)));
    assert_eq!(at(NOW - 30), Ok(claims()));
    assert_eq!(at(NOW - 31), Err(Refused::Early(NOW - 30)));
}

#[test]
fn another_key() {
    let token = sign(&key(), &claims());
    assert_eq!(verify(&key(), &token, NOW), Err(Refused::Signature));
}

/// Nothing that a token says about itself changes how it is checked.
#[test]
fn other_headers() {
    let key = key();
    let payload = part(&sign(&key, &claims()), 1);
    assert!(verify(&key, &signed(&key, r#"{"alg":"ES256","typ":"JWT"}"#, &payload), NOW).is_ok());
    let headers = [
        r#"{"alg":"none","typ":"JWT"}"#,
        r#"{"alg":"HS256","typ":"JWT"}"#,
        r#"{"typ":"JWT","alg":"ES256"}"#,
        r#"{"alg":"ES256","typ":"JWT","kid":"1"}"#,
        r#"{"alg":"ES256"}"#,
        "",
    ];
    for header in headers {
        assert_eq!(verify(&key, &signed(&key, header, &payload), NOW), Err(Refused::Form), "{header}");
    }
}

#[test]
fn other_claims() {
    let key = key();
    let header = r#"{"alg":"ES256","typ":"JWT"}"#;
    let payload = part(&sign(&key, &claims()), 1);
    let changed = [
        payload.replace("\"hexpm\"", "\"other\""),
        payload.replace("hexpm:api", "hexpm"),
        payload.replace("1900001800", "\"1900001800\""),
        payload.replace("1900001800", "19000018000000000000000"),
        payload.replace("\"exp\"", "\"exq\""),
        payload.replace("\"jti\":\"AAAAAAAAAAAAAAAAAAAAAA\"", "\"jti\":null"),
        format!("[{payload}]"),
        "{}".into(),
        String::new(),
    ];
    for payload in changed {
        assert_eq!(verify(&key, &signed(&key, header, &payload), NOW), Err(Refused::Claims), "{payload}");
    }
}

#[test]
fn no_tokens_at_all() {
    let key = key();
    let token = sign(&key, &claims());
    let (text, signature) = token.rsplit_once('.').unwrap();
    let padded = format!("{token}==");
    let texts =
        ["", ".", "..", "nonsense", "aaa.bbb.ccc", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyOngifQ.", &padded];
    for text in texts {
        assert_eq!(verify(&key, text, NOW), Err(Refused::Form), "{text}");
    }
    for text in [format!("{text}."), format!("{text}.{}", &signature[..80]), format!("{text}.AA.{signature}")]
    {
        assert_eq!(verify(&key, &text, NOW), Err(Refused::Signature), "{text}");
    }
    let long = "x".repeat(MAX_BYTES + 1);
    assert_eq!(verify(&key, &long, NOW), Err(Refused::TooLong(MAX_BYTES + 1)));
}

#[test]
fn a_full_list_of_scopes_fits() {
    let key = key();
    let scope = "x".repeat(crate::oauth::scopes::MAX_LIST_BYTES);
    let full = Claims { scope, subject: format!("org:{}", "x".repeat(128)), ..claims() };
    let token = sign(&key, &full);
    assert!(token.len() < 6 * 1024, "{}", token.len());
    assert_eq!(verify(&key, &token, NOW), Ok(full));
}

#[test]
fn keys_in_files() {
    let key = key();
    let der = key.to_pkcs8().unwrap();
    let again = TokenKey::from_pkcs8(&der).unwrap();
    assert_eq!(again.fingerprint(), key.fingerprint());
    assert_eq!(key.fingerprint().len(), 32);
    assert_ne!(key.fingerprint(), self::key().fingerprint());
    assert_eq!(verify(&again, &sign(&key, &claims()), NOW), Ok(claims()));
    assert_eq!(verify(&key, &sign(&again, &claims()), NOW), Ok(claims()));
    let rejected = |der: &[u8]| TokenKey::from_pkcs8(der).err();
    assert_eq!(rejected(b""), Some(TokenKeyError::Rejected));
    assert_eq!(rejected(&der[..der.len() - 1]), Some(TokenKeyError::Rejected));
    let p384 = EcdsaKeyPair::generate(&aws_lc_rs::signature::ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
    let p384 = p384.to_pkcs8v1().unwrap();
    assert_eq!(rejected(p384.as_ref()), Some(TokenKeyError::Rejected));
}

proptest! {
    #[test]
    fn round_trip(subject in ".{0,40}", id in ".{0,30}", life in 1..100_000i64, scope in ".{0,200}") {
        let key = key();
        let claims = Claims { subject, id, issued_at: NOW, expires_at: NOW + life, scope };
        prop_assert_eq!(verify(&key, &sign(&key, &claims), NOW), Ok(claims));
    }

    #[test]
    fn any_text_is_refused(text in ".{0,300}", parts in "[A-Za-z0-9_-]{0,60}(\\.[A-Za-z0-9_-]{0,90}){0,3}") {
        let key = key();
        prop_assert!(verify(&key, &text, NOW).is_err());
        prop_assert!(verify(&key, &parts, NOW).is_err());
        let (headed, rest) = (format!("{HEADER}{parts}"), format!("{HEADER}{text}"));
        prop_assert!(verify(&key, &headed, NOW).is_err());
        prop_assert!(verify(&key, &rest, NOW).is_err());
    }

    /// One changed character anywhere is enough.
    #[test]
    fn any_change_is_refused(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_.-]") {
        let key = key();
        let token = sign(&key, &claims());
        let at = at.index(token.len());
        let changed = format!("{}{to}{}", &token[..at], &token[at + 1..]);
        prop_assume!(changed != token);
        prop_assert!(verify(&key, &changed, NOW).is_err());
    }

    #[test]
    fn any_bytes_are_no_key(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(TokenKey::from_pkcs8(&bytes).is_err());
    }
}
