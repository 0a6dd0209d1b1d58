use proptest::prelude::*;

use super::*;

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn of_nothing() {
    assert_eq!(Sha256::of(b"").to_string(), EMPTY);
    assert_eq!(Sha256Hasher::new().finish(), Sha256::of(b""));
    assert_eq!(Sha256::of(b"").to_upper_hex(), EMPTY.to_uppercase());
    assert_eq!(Sha256::of(b"").to_lower_hex(), EMPTY);
    assert_eq!(format!("{:?}", Sha256::of(b"")), format!("Sha256({EMPTY})"));
}

#[test]
fn reads_either_case_and_nothing_else() {
    let mixed = format!("E3{}", &EMPTY[2..]);
    assert_eq!(Sha256::parse(&mixed).unwrap(), Sha256::of(b""));
    assert_eq!(Sha256::parse(""), Err(ChecksumError::Length(0)));
    assert_eq!(Sha256::parse(&EMPTY[1..]), Err(ChecksumError::Length(63)));
    assert_eq!(Sha256::parse(&format!("g{}", &EMPTY[1..])), Err(ChecksumError::Digit(1)));
    assert_eq!(Sha256::parse(&format!("{}\n", &EMPTY[1..])), Err(ChecksumError::Digit(64)));
    assert_eq!(Sha256::try_from(&[0_u8; 31][..]), Err(ChecksumError::Length(62)));
}

proptest! {
    #[test]
    fn round_trip(bytes: [u8; 32]) {
        let checksum = Sha256::from_bytes(bytes);
        prop_assert_eq!(checksum.to_string().parse(), Ok(checksum));
        prop_assert_eq!(Sha256::parse(&checksum.to_upper_hex()), Ok(checksum));
        prop_assert_eq!(Sha256::try_from(&bytes[..]), Ok(checksum));
        prop_assert_eq!(checksum.as_bytes(), &bytes);
    }

    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        let _ = Sha256::parse(&text);
    }

    #[test]
    fn pieces_add_up(pieces: Vec<Vec<u8>>) {
        let mut hasher = Sha256Hasher::default();
        pieces.iter().for_each(|piece| hasher.update(piece));
        prop_assert_eq!(hasher.finish(), Sha256::of(&pieces.concat()));
    }
}
