//! Addresses as they stand in files and variables of tools, made fit to be told.

use std::borrow::Cow;

/// An address without the name and password before its host, which are nobody else's business. The name alone stays where it is
/// part of the address and no secret: with SSH, and in the short form `git@example.com:a.git`. What is no address stays as
/// it is.
pub fn without_login(address: &str) -> Cow<'_, str> {
    let (scheme, rest) = match address.find("://") {
        Some(at) => address.split_at(at + 3),
        None => ("", address),
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let Some(at) = rest[..end].rfind('@') else { return Cow::Borrowed(address) };
    let is_named = scheme.is_empty() || scheme.ends_with("ssh://");
    let shown = match rest[..at].split_once(':') {
        _ if !is_named => "",
        None => return Cow::Borrowed(address),
        Some((name, _)) => &rest[..name.len()],
    };
    let host = if shown.is_empty() { &rest[at + 1..] } else { &rest[at..] };
    Cow::Owned(format!("{scheme}{shown}{host}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::without_login;

    #[test]
    fn logins_are_left_out() {
        for (address, told) in [
            ("https://x.example/a@b.git", "https://x.example/a@b.git"),
            ("https://me:t0ken@x.example:1/a@b.git", "https://x.example:1/a@b.git"),
            ("https://t0ken@x.example", "https://x.example"),
            ("https://me:a@t0ken@x.example?b@c", "https://x.example?b@c"),
            ("ssh://git@x.example/a.git", "ssh://git@x.example/a.git"),
            ("git+ssh://git:t0ken@x.example/a.git", "git+ssh://git@x.example/a.git"),
            ("ssh://:t0ken@x.example", "ssh://x.example"),
            ("git@x.example:a.git", "git@x.example:a.git"),
            ("me:t0ken@x.example:3128", "me@x.example:3128"),
            ("../a@b", "../a@b"),
            ("", ""),
        ] {
            assert_eq!(without_login(address), told, "{address}");
        }
    }

    proptest! {
        #[test]
        fn no_password_is_left(name in "[a-z]{0,5}", password in "[A-Z:@]{1,9}", host in "[a-z.]{1,9}", ssh: bool) {
            let scheme = if ssh { "ssh" } else { "https" };
            let address = format!("{scheme}://{name}:{password}@{host}/a@b");
            let told = without_login(&address);
            prop_assert!(!told.contains(|c: char| c.is_ascii_uppercase()));
            let rest = format!("{host}/a@b");
            prop_assert!(told.ends_with(&rest));
            prop_assert_eq!(without_login(&told), told.as_ref());
        }
    }
}
