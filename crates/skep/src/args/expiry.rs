//! When something is to end, as people say it: `90d`, `12w`, `6mo`, `2027-01-31`, or a moment.

use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// Longest time from now, in years.
const MAX_YEARS: i64 = 100;

/// A moment, or a time from now.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expiry {
    /// At this moment.
    At(Timestamp),
    /// After this time.
    In(Span),
}

impl Expiry {
    /// The moment, seen from `now`.
    pub(crate) fn from(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(moment) => moment,
            // Months are those of the calendar, in UTC.
            Self::In(span) => now.to_zoned(TimeZone::UTC).saturating_add(span).timestamp(),
        }
    }
}

impl FromStr for Expiry {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Ok(Self::At(moment));
        }
        if let Some(day) = text.parse::<Date>().ok().and_then(|day| day.to_zoned(TimeZone::UTC).ok()) {
            return Ok(Self::At(day.timestamp()));
        }
        let digits = text.len() - text.trim_start_matches(|character: char| character.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        let number: i64 = number.parse().map_err(|_| expected(text))?;
        let most = |in_a_year| if number > MAX_YEARS * in_a_year { Err(expected(text)) } else { Ok(number) };
        match unit {
            "d" => Ok(Self::In(Span::new().days(most(365)?))),
            "w" => Ok(Self::In(Span::new().weeks(most(52)?))),
            "mo" => Ok(Self::In(Span::new().months(most(12)?))),
            _ => Err(expected(text)),
        }
    }
}

fn expected(text: &str) -> String {
    format!("{text:?} is no such time: 90d, 12w, 6mo or 2027-01-31 are, up to {MAX_YEARS} years")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_said() {
        let now: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        let at = |text: &str| text.parse::<Expiry>().unwrap().from(now).to_string();
        assert_eq!(at("90d"), "2026-05-01T12:00:00Z");
        assert_eq!(at("2w"), "2026-02-14T12:00:00Z");
        assert_eq!(at("1mo"), "2026-02-28T12:00:00Z");
        assert_eq!(at("2027-01-31"), "2027-01-31T00:00:00Z");
        assert_eq!(at("2027-01-31T08:00:00Z"), "2027-01-31T08:00:00Z");
        for text in ["", "d", "90", "90y", "-1d", "tomorrow", "99999999999999999999d", "40000d", "2027-13-01"]
        {
            assert!(text.parse::<Expiry>().is_err(), "{text}");
        }
    }
}
