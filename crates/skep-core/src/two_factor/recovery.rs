//! Recovery codes: ten for each account, each good for one time.

use data_encoding::BASE32HEX_NOPAD;

use super::OneTimeCode;
use crate::Environment;
use crate::secrets::{InstanceKey, Secret};

/// How many an account is given.
pub(super) const COUNT: usize = 10;

/// Randomness of a code.
const BYTES: usize = 10;

/// Characters of a code, without the dashes.
const CHARACTERS: usize = 16;

/// A new code, in the form of the reference: 16 lower-case characters of base32hex in groups of four.
fn new_code(environment: &Environment) -> String {
    let text = BASE32HEX_NOPAD.encode(&environment.bytes::<BYTES>()).to_ascii_lowercase();
    let groups: Vec<&str> = (0..CHARACTERS).step_by(4).map(|start| &text[start..start + 4]).collect();
    groups.join("-")
}

/// New codes with the hashes that are stored.
pub(super) fn new_codes(
    key: &InstanceKey,
    user_id: i64,
    environment: &Environment,
) -> (Vec<Secret>, Vec<[u8; 32]>) {
    let code = |_| {
        let text = new_code(environment);
        let hash =
            hash(key, user_id, &OneTimeCode::new(&text)).expect("invariant: a new code is well-formed");
        (Secret::from_text(text), hash)
    };
    (0..COUNT).map(code).unzip()
}

/// The stored form of a code, if it can be one.
pub(super) fn hash(key: &InstanceKey, user_id: i64, code: &OneTimeCode) -> Option<[u8; 32]> {
    let code = code.without_spaces().replace('-', "").to_ascii_lowercase();
    let is_code = code.len() == CHARACTERS
        && code.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'v').contains(&byte));
    is_code.then(|| key.hash(&format!("recovery code of {user_id}: {code}")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn codes_look_like_those_of_the_reference() {
        let random = |buffer: &mut [u8]| buffer.copy_from_slice(&[0, 1, 2, 3, 4, 250, 251, 252, 253, 254]);
        let environment = Environment { clock: Arc::new(|| 0), random: Arc::new(random) };
        assert_eq!(new_code(&environment), "000g-40o4-vbtv-pvfu");
    }

    #[test]
    fn what_people_make_of_a_code_is_the_same_code() {
        let key = InstanceKey::new(&[7; 32]);
        let hash = |user_id, text: &str| hash(&key, user_id, &OneTimeCode::new(text));
        let right = hash(1, "abcd-0123-vvvv-4567");
        assert!(right.is_some());
        assert_eq!(hash(1, " ABCD 0123 vvvv 4567\n"), right);
        assert_ne!(hash(2, "abcd-0123-vvvv-4567"), right);
        for text in ["", "abcd-0123-vvvv-456", "abcd-0123-vvvv-45678", "abcd-0123-wwww-4567"] {
            assert_eq!(hash(1, text), None);
        }
    }
}
