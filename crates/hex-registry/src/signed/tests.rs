use super::*;

const KEY: &str = include_str!("../../tests/data/test-only-rsa2048.pkcs8.pem");
const HEXPM: &str = include_str!("../../tests/data/hexpm-public-key.pem");
const LIMIT: usize = 1 << 20;

fn key() -> SigningKey {
    SigningKey::from_pem(KEY).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzBuilder::new().write(Vec::new(), LEVEL);
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

#[test]
fn opens_what_it_signed_and_signs_the_same_twice() {
    let key = key();
    let file = sign(b"payload", &key);
    assert_eq!(open(&file, key.public_key(), LIMIT).unwrap(), b"payload");
    assert_eq!(sign(b"payload", &key), file);
}

#[test]
fn the_gzip_header_tells_neither_time_nor_machine() {
    assert_eq!(sign(b"payload", &key())[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
}

#[test]
fn another_key_does_not_open_it() {
    let hexpm = PublicKey::from_pem(HEXPM).unwrap();
    let error = open(&sign(b"payload", &key()), &hexpm, LIMIT).unwrap_err();
    let expected =
        "the signature does not match the public key SHA256:O1LOYhHFW4kcrblKAxROaDEzLD8bn1seWbe5tq8TRsk";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn nothing_opens_without_a_signature() {
    let key = key();
    let unsigned = wire::Signed { payload: b"payload".to_vec(), signature: None }.encode_to_vec();
    assert_eq!(open(&gzip(&unsigned), key.public_key(), LIMIT), Err(OpenError::Unsigned));
    let empty = wire::Signed { payload: b"payload".to_vec(), signature: Some(vec![]) }.encode_to_vec();
    let error = open(&gzip(&empty), key.public_key(), LIMIT).unwrap_err();
    assert!(matches!(error, OpenError::BadSignature { .. }));
}

#[test]
fn the_unpacked_size_is_limited_exactly() {
    let key = key();
    let payload = vec![0; 100_000];
    let file = sign(&payload, &key);
    let unpacked = payload.len() + 4 + 256 + 3;
    assert!(file.len() < 1000, "a small file that unpacks to a large one");
    assert!(open(&file, key.public_key(), unpacked).is_ok());
    let error = open(&file, key.public_key(), unpacked - 1);
    assert_eq!(error, Err(OpenError::TooLarge { limit: unpacked - 1 }));
}

#[test]
fn only_one_whole_gzip_stream_is_a_file() {
    let key = key();
    let file = sign(b"payload", &key);
    let open = |bytes: &[u8]| open(bytes, key.public_key(), LIMIT);
    assert_eq!(open(&[&file[..], b"xy"].concat()), Err(OpenError::TrailingBytes(2)));
    assert!(matches!(open(&file.repeat(2)), Err(OpenError::TrailingBytes(_))));
    for length in 0..file.len() {
        assert!(open(&file[..length]).is_err(), "{length} bytes");
    }
    assert!(matches!(open(b"not gzip"), Err(OpenError::Gzip(_))));
    assert!(matches!(open(&gzip(b"\xff\xff")), Err(OpenError::Malformed(_))));
}

/// Some bits of gzip carry nothing (times, padding): what comes out is the payload or nothing.
#[test]
fn a_flipped_bit_never_yields_another_payload() {
    let key = key();
    let file = sign(b"a payload worth protecting", &key);
    for bit in 0..file.len() * 8 {
        let mut flipped = file.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        if let Ok(payload) = open(&flipped, key.public_key(), LIMIT) {
            assert_eq!(payload, b"a payload worth protecting");
        }
    }
}

/// The same below the checksum of gzip, where only the signature protects.
#[test]
fn a_flipped_bit_in_the_message_never_verifies() {
    let key = key();
    let payload = b"a payload worth protecting".to_vec();
    let message = wire::Signed { signature: Some(key.sign(&payload)), payload }.encode_to_vec();
    for bit in 0..message.len() * 8 {
        let mut flipped = message.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(open(&gzip(&flipped), key.public_key(), LIMIT).is_err(), "bit {bit}");
    }
}
