use super::*;

const PKCS1_PEM: &str = include_str!("../../tests/data/test-only-rsa2048.pkcs1.pem");
const PKCS8_PEM: &str = include_str!("../../tests/data/test-only-rsa2048.pkcs8.pem");
const SPKI_PEM: &str = include_str!("../../tests/data/test-only-rsa2048.pub.spki.pem");
const PUBLIC_PKCS1_PEM: &str = include_str!("../../tests/data/test-only-rsa2048.pub.pkcs1.pem");
const HEXPM_PEM: &str = include_str!("../../tests/data/hexpm-public-key.pem");

macro_rules! data {
    ($name:literal) => {
        include_str!(concat!("../../tests/data/test-only-", $name, ".pem"))
    };
}

fn private_error(pem: &str) -> KeyError {
    SigningKey::from_pem(pem).err().expect("the key must be refused")
}

fn public_error(pem: &str) -> KeyError {
    PublicKey::from_pem(pem).expect_err("the key must be refused")
}

#[test]
fn reads_both_private_forms_and_writes_the_openssl_one() {
    for pem in [PKCS1_PEM, PKCS8_PEM] {
        let key = SigningKey::from_pem(pem).unwrap();
        assert_eq!(key.to_pkcs8_pem(), PKCS8_PEM);
        assert_eq!(key.public_key().to_pem(), SPKI_PEM);
    }
}

#[test]
fn reads_both_public_forms_and_writes_the_openssl_one() {
    for pem in [SPKI_PEM, PUBLIC_PKCS1_PEM] {
        assert_eq!(PublicKey::from_pem(pem).unwrap().to_pem(), SPKI_PEM);
    }
    assert_eq!(PublicKey::from_pem(SPKI_PEM), PublicKey::from_pem(PUBLIC_PKCS1_PEM));
    assert_ne!(PublicKey::from_pem(SPKI_PEM), PublicKey::from_pem(HEXPM_PEM));
}

#[test]
fn line_ends_and_blank_space_around_do_not_matter() {
    let windows = format!("\r\n{}\r\n", SPKI_PEM.replace('\n', "\r\n"));
    assert_eq!(PublicKey::from_pem(&windows), PublicKey::from_pem(SPKI_PEM));
}

/// The golden values are what `ssh-keygen -l` prints for these keys.
#[test]
fn fingerprints_are_those_of_ssh_keygen() {
    let golden = [
        (HEXPM_PEM, "SHA256:O1LOYhHFW4kcrblKAxROaDEzLD8bn1seWbe5tq8TRsk"),
        (SPKI_PEM, "SHA256:44NnHpwVXriw7dbNtWcB0o4/7wePF04z6z9PQxp/qYQ"),
        (data!("rsa4096.pub.spki"), "SHA256:ahiDvq4YhKhG/r+VwNGHrCyUeeZ+jRKBeMd4fpbJCv0"),
    ];
    for (pem, expected) in golden {
        let fingerprint = PublicKey::from_pem(pem).unwrap().fingerprint();
        assert_eq!(fingerprint.to_string(), expected);
        assert_eq!(expected.parse(), Ok(fingerprint));
    }
}

#[test]
fn fingerprints_are_read_strictly() {
    let good = "SHA256:O1LOYhHFW4kcrblKAxROaDEzLD8bn1seWbe5tq8TRsk";
    let last_bits_set = format!("{}l", &good[..good.len() - 1]);
    let bad =
        [&good[7..], &good[..good.len() - 1], &format!("{good}="), &last_bits_set, "SHA256:", "MD5:00", ""];
    for text in bad {
        assert!(text.parse::<Fingerprint>().is_err(), "{text:?}");
    }
    let other = PublicKey::from_pem(SPKI_PEM).unwrap().fingerprint();
    assert_ne!(good.parse::<Fingerprint>().unwrap(), other);
}

/// The golden value begins what `openssl dgst -sha512 -sign` writes for the same key and message.
#[test]
fn signatures_are_those_of_openssl() {
    let key = SigningKey::from_pem(PKCS1_PEM).unwrap();
    let signature = key.sign(b"registry");
    assert_eq!(signature[..8], [0xbe, 0x9f, 0x05, 0x07, 0xdf, 0xa3, 0x91, 0x0c]);
    assert_eq!(signature.len(), 256);
    assert!(key.public_key().verify(b"registry", &signature));
    assert!(!key.public_key().verify(b"Registry", &signature));
    assert!(!key.public_key().verify(b"registry", &signature[..255]));
    assert!(!PublicKey::from_pem(HEXPM_PEM).unwrap().verify(b"registry", &signature));
}

#[test]
fn a_generated_key_survives_its_pem() {
    let key = SigningKey::generate(KeySize::default()).unwrap();
    let again = SigningKey::from_pem(&key.to_pkcs8_pem()).unwrap();
    assert_eq!(again.public_key(), key.public_key());
    assert_eq!(PublicKey::from_pem(&key.public_key().to_pem()).unwrap(), *key.public_key());
}

#[test]
fn longer_keys_are_accepted() {
    let key = SigningKey::from_pem(data!("rsa4096.pkcs1")).unwrap();
    assert_eq!(key.public_key().to_pem(), data!("rsa4096.pub.spki"));
    assert!(key.public_key().verify(b"x", &key.sign(b"x")));
}

#[test]
fn short_keys_are_refused() {
    assert_eq!(private_error(data!("rsa1024.pkcs1")), KeyError::Size { bits: 1024 });
    assert_eq!(private_error(data!("rsa1024.pkcs8")), KeyError::Size { bits: 1024 });
    assert_eq!(public_error(data!("rsa1024.pub.spki")), KeyError::Size { bits: 1024 });
}

#[test]
fn encrypted_keys_are_refused_with_the_remedy() {
    assert_eq!(private_error(data!("rsa2048.encrypted.pkcs1")), KeyError::Encrypted);
    assert_eq!(private_error(data!("rsa2048.encrypted.pkcs8")), KeyError::Encrypted);
}

#[test]
fn other_kinds_are_refused_by_name() {
    assert_eq!(private_error(data!("ec.pkcs8")), KeyError::NotRsa);
    assert_eq!(public_error(data!("ec.pub.spki")), KeyError::NotRsa);
    let text = private_error(SPKI_PEM).to_string();
    assert_eq!(text, "the PEM block holds a \"PUBLIC KEY\", expected an RSA private key");
    let text = public_error(PKCS8_PEM).to_string();
    assert_eq!(text, "the PEM block holds a \"PRIVATE KEY\", expected an RSA public key");
}

#[test]
fn broken_pem_is_refused() {
    assert_eq!(public_error(""), KeyError::Pem(PemError::NoBegin));
    assert_eq!(public_error(&format!("My key:\n{SPKI_PEM}")), KeyError::Pem(PemError::NoBegin));
    assert_eq!(public_error(&SPKI_PEM.repeat(2)), KeyError::Pem(PemError::Trailing));
    assert_eq!(public_error(&SPKI_PEM.replace('M', "*")), KeyError::Pem(PemError::Base64));
    let cut = SPKI_PEM.rsplit_once("-----END").unwrap().0;
    assert_eq!(public_error(cut), KeyError::Pem(PemError::NoEnd("PUBLIC KEY".into())));
    let crossed = SPKI_PEM.replace("END PUBLIC", "END PRIVATE");
    assert_eq!(public_error(&crossed), KeyError::Pem(PemError::NoEnd("PUBLIC KEY".into())));
    let long = " ".repeat(40_000);
    assert_eq!(public_error(&long), KeyError::Pem(PemError::TooLarge { found: 40_000 }));
}

#[test]
fn broken_der_is_refused() {
    let good = Pem::parse(PKCS8_PEM).unwrap().der;
    let reject = |der: &[u8]| private_error(&pem::encode(PKCS8, der));
    assert!(matches!(reject(&good[..good.len() - 1]), KeyError::Der(_)));
    assert!(matches!(reject(&[&good[..], &[0]].concat()), KeyError::Der(_)));
    assert!(matches!(reject(&[0x30, 0x80, 0, 0]), KeyError::Der(_)));
    // A modulus that is not the product of the primes.
    let mut wrong = good.clone();
    wrong[60] ^= 1;
    assert_eq!(reject(&wrong), KeyError::Inconsistent);
}

#[test]
fn bits_are_counted_without_the_sign_byte() {
    assert_eq!(der::bits(&[0, 0x80]), 8);
    assert_eq!(der::bits(&[0x01]), 1);
    assert_eq!(der::bits(&[0]), 0);
}

#[test]
fn a_flipped_bit_in_any_der_byte_never_panics() {
    for pem_text in [PKCS8_PEM, PKCS1_PEM] {
        let Pem { label, der, .. } = Pem::parse(pem_text).unwrap();
        // The structure is in the first bytes; the numbers behind them are the crypto library's.
        for index in 0..48 {
            let mut der = der.clone();
            der[index] ^= 0x81;
            let _ = SigningKey::from_pem(&pem::encode(&label, &der));
        }
    }
}

#[test]
fn debug_shows_the_fingerprint_only() {
    let key = PublicKey::from_pem(HEXPM_PEM).unwrap();
    let expected = "PublicKey(SHA256:O1LOYhHFW4kcrblKAxROaDEzLD8bn1seWbe5tq8TRsk)";
    assert_eq!(format!("{key:?}"), expected);
}
