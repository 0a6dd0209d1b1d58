//! Logins by host in a file that many tools share. It is read and never written here.
//!
//! `mix` reads the plain form with one word pair on a line; here white space of any kind will do. The login of `default`,
//! which would go to every host, is not used.

use std::path::Path;

use super::atomic_file;
use crate::secret::Secret;

/// Most bytes of the file.
const MAX_BYTES: usize = 1 << 20;

/// A login.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user's name.
    pub username: String,
    /// The password.
    pub password: Secret,
}

pub(super) fn find(file: &Path, host: &str) -> Option<Login> {
    let bytes = atomic_file::read(file, MAX_BYTES).ok()??;
    login(std::str::from_utf8(&bytes).ok()?, host)
}

fn login(text: &str, host: &str) -> Option<Login> {
    let mut words =
        text.lines().flat_map(|line| line.split_whitespace().take_while(|word| !word.starts_with('#')));
    let (mut here, mut username, mut password) = (false, None, None);
    while let Some(word) = words.next() {
        match word {
            "machine" | "default" if here => break,
            "machine" => here = words.next()?.eq_ignore_ascii_case(host),
            "login" if here => username = Some(words.next()?.to_owned()),
            "password" if here => password = Some(Secret::new(words.next()?)),
            "login" | "password" | "account" => drop(words.next()),
            _ => {}
        }
    }
    Some(Login { username: username?, password: password? })
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
        // The login of another host does not fill the gap.
        assert_eq!(find("machine a.example login u machine b.example password p", "a.example"), None);
    }
}
