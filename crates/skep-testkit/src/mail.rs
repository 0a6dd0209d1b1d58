//! A mail as a test reads it: only what our own server writes is understood.

/// A mail that was delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Names it among all mails.
    pub message_id: String,
    /// The text part.
    pub text: String,
    /// As it was delivered.
    pub raw: String,
}

impl Mail {
    /// Reads a mail.
    ///
    /// # Panics
    ///
    /// If it is not one.
    pub fn parse(content: &[u8]) -> Self {
        let raw = String::from_utf8(content.to_vec()).expect("mails are ASCII");
        let (head, body) = raw.split_once("\r\n\r\n").expect("a mail has a head");
        let header = |name: &str| {
            let prefix = format!("{name}: ");
            let mut found = head.split("\r\n").filter_map(|line| line.strip_prefix(&prefix));
            let value = found.next().unwrap_or_else(|| panic!("a mail has {name}:\n{raw}"));
            assert_eq!(found.next(), None, "a mail has {name} once:\n{raw}");
            value.trim().to_owned()
        };
        // The first part is the text.
        let part = body.split("\r\n--").next().expect("a text has a beginning");
        let (part_head, text) = part.split_once("\r\n\r\n").expect("a part has a head");
        let text = match part_head.contains("quoted-printable") {
            true => unquote(text),
            false => text.to_owned(),
        };
        Self {
            to: header("To"),
            subject: header("Subject"),
            message_id: header("Message-ID"),
            text: text.replace("\r\n", "\n"),
            raw: raw.clone(),
        }
    }

    /// The link in it, as path and query.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn link(&self) -> String {
        let line = self.text.lines().find(|line| line.starts_with("http"));
        let line = line.unwrap_or_else(|| panic!("a mail with a link:\n{}", self.text));
        let path = line.splitn(4, '/').nth(3).expect("a link has a path");
        format!("/{path}")
    }

    /// The secret in its link.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn key(&self) -> String {
        let link = self.link();
        let (_, key) = link.split_once("key=").unwrap_or_else(|| panic!("a link with a key: {link}"));
        key.to_owned()
    }
}

/// Undoes the quoted-printable encoding.
fn unquote(text: &str) -> String {
    let joined = text.replace("=\r\n", "");
    let mut bytes = Vec::with_capacity(joined.len());
    let mut rest = joined.as_bytes();
    while let [first, tail @ ..] = rest {
        match (first, tail) {
            (b'=', [high, low, tail @ ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).expect("digits are ASCII");
                bytes.push(u8::from_str_radix(digits, 16).expect("an encoded byte has two digits"));
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).expect("mails are UTF-8")
}
