//! Logins by host in a file that many tools share, as [`netrc_entries`] reads it.
//!
//! The login of `default`, which would go to every host, is not used.

use std::path::Path;

use super::{atomic_file, netrc_entries};
use crate::secret::Secret;

/// A login.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user's name.
    pub username: String,
    /// The password.
    pub password: Secret,
}

pub(super) fn find(file: &Path, host: &str) -> Option<Login> {
    let bytes = atomic_file::read(file, netrc_entries::MAX_BYTES).ok()??;
    login(std::str::from_utf8(&bytes).ok()?, host)
}

fn login(text: &str, host: &str) -> Option<Login> {
    let is_host = |machine: &str| machine.eq_ignore_ascii_case(host);
    let entry = netrc_entries::entries(text).into_iter().find(|entry| entry.machine.is_some_and(is_host))?;
    Some(Login { username: entry.login?.to_owned(), password: Secret::new(entry.password?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str, host: &str) -> Option<(String, String)> {
        login(text, host).map(|login| (login.username, login.password.expose().to_owned()))
    }

    #[test]
    fn plain_and_on_one_line() {
        let text = "# ours\nmachine a.example\n  login u\n  password p\nmachine B.example login v password q\n\
                    default login x password y\n";
        assert_eq!(find(text, "a.example"), Some(("u".into(), "p".into())));
        assert_eq!(find(text, "b.example"), Some(("v".into(), "q".into())));
        assert_eq!(find(text, "c.example"), None);
    }

    #[test]
    fn halves_are_none() {
        for text in
            ["", "machine", "machine a.example", "machine a.example login u", "machine a.example password p"]
        {
            assert_eq!(find(text, "a.example"), None, "{text}");
        }
        // A macro is no login.
        assert_eq!(find("macdef init\nmachine a.example login u password p\n\n", "a.example"), None);
        // The login of another host does not fill the gap.
        assert_eq!(find("machine a.example login u machine b.example password p", "a.example"), None);
    }
}
