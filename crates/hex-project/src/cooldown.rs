//! How long a new release is left alone, so that others find out first whether it is malicious.

use std::fmt;
use std::str::FromStr;

const DAY: u64 = 86_400;

/// A cooldown as mix writes it: `0`, `7d`, `2w`, `1mo` (of 30 days).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cooldown {
    text: String,
    seconds: u64,
}

/// A text that is no cooldown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a cooldown: write 0, or a number with d, w or mo for days, weeks or months, such as 7d"
)]
pub struct CooldownError(String);

impl Cooldown {
    /// None at all.
    pub fn none() -> Self {
        Self { text: "0d".to_owned(), seconds: 0 }
    }

    /// Whether every release may be used at once.
    pub fn is_none(&self) -> bool {
        self.seconds == 0
    }

    /// Whether a release of that time (in seconds since 1970) is old enough. One of unknown time is.
    pub fn is_over(&self, published_at: Option<i64>, now: i64) -> bool {
        published_at.is_none_or(|published| self.is_none() || self.ends_at(published) <= now)
    }

    /// When a release of that time is old enough, in seconds since 1970.
    pub fn ends_at(&self, published_at: i64) -> i64 {
        published_at.saturating_add(i64::try_from(self.seconds).unwrap_or(i64::MAX))
    }

    /// The longer of two; of equal ones the first.
    pub fn strictest(self, other: Self) -> Self {
        if other.seconds > self.seconds { other } else { self }
    }
}

impl FromStr for Cooldown {
    type Err = CooldownError;

    fn from_str(text: &str) -> Result<Self, CooldownError> {
        if text == "0" {
            return Ok(Self::none());
        }
        let error = || CooldownError(text.chars().take(40).collect());
        let unit_at = text.find(|character: char| !character.is_ascii_digit()).ok_or_else(error)?;
        let (number, unit) = text.split_at(unit_at);
        let unit = match unit {
            "d" => DAY,
            "w" => 7 * DAY,
            "mo" => 30 * DAY,
            _ => return Err(error()),
        };
        let number: u64 = number.parse().map_err(|_| error())?;
        let seconds = number.checked_mul(unit).ok_or_else(error)?;
        Ok(Self { text: text.to_owned(), seconds })
    }
}

impl fmt::Display for Cooldown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_mix_accepts() {
        let seconds = |text: &str| text.parse::<Cooldown>().map(|cooldown| cooldown.seconds).ok();
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds("0d"), Some(0));
        assert_eq!(seconds("7d"), Some(7 * DAY));
        assert_eq!(seconds("2w"), Some(14 * DAY));
        assert_eq!(seconds("1mo"), Some(30 * DAY));
        for wrong in
            ["", "7", "d", "-5d", "+5d", "7 d", "7h", "7dd", "99999999999999999999d", "999999999999999999mo"]
        {
            assert_eq!(seconds(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_release_of_unknown_time_is_old_enough() {
        let week: Cooldown = "7d".parse().unwrap();
        let end = week.ends_at(1000);
        assert!(week.is_over(None, 0));
        assert!(!week.is_over(Some(1000), end - 1));
        assert!(week.is_over(Some(1000), end));
        assert!(Cooldown::none().is_over(Some(i64::MAX), 0));
    }
}
