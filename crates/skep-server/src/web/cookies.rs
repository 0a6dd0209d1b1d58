//! The cookies of the pages: all of them for this server alone, and out of reach of scripts.

use http::{HeaderMap, HeaderValue, header};

/// What a browser keeps for the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cookie {
    /// The secret of a session.
    Session,
    /// What tells browsers without a session apart, so that forms can be bound to them.
    Visit,
    /// What the next page tells once.
    Notice,
    /// Who has shown a password and still has to show a code.
    SecondFactor,
    /// The code of a device, after it was typed or confirmed.
    Device,
    /// The key of a link that sets a new password, after it has left the address line.
    Reset,
}

impl Cookie {
    const fn name(self) -> &'static str {
        match self {
            Self::Session => "skep_session",
            Self::Visit => "skep_visit",
            Self::Notice => "skep_notice",
            Self::SecondFactor => "skep_second_factor",
            Self::Device => "skep_device",
            Self::Reset => "skep_reset",
        }
    }

    /// Behind https the prefix makes browsers refuse the cookie from anywhere but this very host.
    fn full_name(self, secure: bool) -> String {
        format!("{}{}", if secure { "__Host-" } else { "" }, self.name())
    }

    /// Its value in a request, the first if there are several. `secure`: the site is reached over https.
    pub(super) fn read(self, headers: &HeaderMap, secure: bool) -> Option<&str> {
        let name = self.full_name(secure);
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    /// The header that sets it for some seconds. The value is of this server's making: letters, digits and `-_.~`.
    pub(super) fn set(self, value: &str, seconds: i64, secure: bool) -> HeaderValue {
        let name = self.full_name(secure);
        let secure = if secure { "; Secure" } else { "" };
        let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        HeaderValue::try_from(text).expect("invariant: values of cookies are visible ASCII")
    }

    /// The header that deletes it.
    pub(super) fn delete(self, secure: bool) -> HeaderValue {
        self.set("", 0, secure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_belongs_to_https() {
        let set = |secure| Cookie::Session.set("abc", 60, secure).to_str().unwrap().to_owned();
        assert_eq!(set(false), "skep_session=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
        assert_eq!(set(true), "__Host-skep_session=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
        assert!(Cookie::Session.delete(true).to_str().unwrap().contains("=; Path=/; Max-Age=0;"));
    }

    #[test]
    fn reading() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; skep_session=one; skep_session=two"));
        headers.append(header::COOKIE, HeaderValue::from_static("skep_visit=v=w;__Host-skep_session=three"));
        assert_eq!(Cookie::Session.read(&headers, false), Some("one"));
        assert_eq!(Cookie::Session.read(&headers, true), Some("three"));
        assert_eq!(Cookie::Visit.read(&headers, false), Some("v=w"));
        assert_eq!(Cookie::Visit.read(&headers, true), None);
        assert_eq!(Cookie::Device.read(&headers, false), None);
    }
}
