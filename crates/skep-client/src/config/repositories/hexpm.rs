//! The key that signs the public registry, which every client of the ecosystem has built in (`Hex.Repo` of Hex 2.5,
//! `hex_core.erl` of hex_core 0.19).

use hex_registry::PublicKey;

const PEM: &str = "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEApqREcFDt5vV21JVe2QNB
Edvzk6w36aNFhVGWN5toNJRjRJ6m4hIuG4KaXtDWVLjnvct6MYMfqhC79HAGwyF+
IqR6Q6a5bbFSsImgBJwz1oadoVKD6ZNetAuCIK84cjMrEFRkELtEIPNHblCzUkkM
3rS9+DPlnfG8hBvGi6tvQIuZmXGCxF/73hU0/MyGhbmEjIKRtG6b0sJYKelRLTPW
XgK7s5pESgiwf2YC/2MGDXjAJfpfCd0RpLdvd4eRiXtVlE9qO9bND94E7PgQ/xqZ
J1i2xWFndWa6nfFnRxZmCStCOZWYYPlaxr+FZceFbpMwzTNs4g3d4tLNUcbKAIH4
0wIDAQAB
-----END PUBLIC KEY-----
";

/// The public registry's key.
pub fn public_key() -> PublicKey {
    PublicKey::from_pem(PEM).expect("invariant: the key is right, which a test checks")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::HEXPM_FINGERPRINT;

    #[test]
    fn the_key_has_the_fingerprint_that_everybody_knows() {
        assert_eq!(public_key().fingerprint().to_string(), HEXPM_FINGERPRINT);
    }
}
