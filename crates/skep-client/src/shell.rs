//! Commands that people are told to type.

/// An argument as a POSIX shell reads it.
pub fn quoted(argument: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+".contains(c);
    if !argument.is_empty() && argument.chars().all(harmless) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

/// A path, likewise.
pub(crate) fn quoted_path(path: &std::path::Path) -> String {
    quoted(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_take_apart() {
        for plain in ["/home/eric/.hex/hex.config", "https://hex.example.com:4000/repo", "a=b"] {
            assert_eq!(quoted(plain), plain);
        }
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("/tmp/a b;reboot"), "'/tmp/a b;reboot'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
