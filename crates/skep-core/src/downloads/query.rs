//! How downloads of a release are asked for and shown. Source: the Hex HTTP contract, "Releases".

use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Seconds of a day.
const DAY_SECONDS: i64 = 86_400;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    All,
    Month,
    Day,
}

/// Which downloads of a release, and how they are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DownloadQuery {
    unit: Unit,
    /// Days since 1970-01-01 UTC; both ends are included.
    pub(super) first: i64,
    pub(super) last: i64,
}

/// Downloads of a release.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Downloads {
    /// There are none.
    None,
    /// The sum.
    Sum(i64),
    /// Sums of days (`2030-01-31`) or months (`2030-01`), ascending. Those without downloads are left out.
    Series(Vec<(String, i64)>),
}

impl DownloadQuery {
    /// From the parameters of a request: `day`, `month`, or anything else for the sum; the first and the last date, such
    /// as `2030-01-31`. What is no date counts as not given.
    pub fn parse(unit: Option<&str>, after: Option<&str>, before: Option<&str>) -> Self {
        let unit = match unit {
            Some("day") => Unit::Day,
            Some("month") => Unit::Month,
            _ => Unit::All,
        };
        Self {
            unit,
            first: after.and_then(day).unwrap_or(i64::MIN),
            last: before.and_then(day).unwrap_or(i64::MAX),
        }
    }

    /// The answer, from what was counted on each day, ascending.
    pub(super) fn answer(&self, days: Vec<(i64, i64)>) -> Downloads {
        if days.is_empty() {
            return Downloads::None;
        }
        if self.unit == Unit::All {
            return Downloads::Sum(days.iter().map(|(_, count)| count).sum());
        }
        let format = if self.unit == Unit::Month { "%Y-%m" } else { "%Y-%m-%d" };
        let mut series: Vec<(String, i64)> = Vec::new();
        for (day, count) in days {
            let Some(date) = date(day) else { continue };
            let date = date.strftime(format).to_string();
            match series.last_mut() {
                Some((last, sum)) if *last == date => *sum += count,
                _ => series.push((date, count)),
            }
        }
        Downloads::Series(series)
    }
}

fn day(text: &str) -> Option<i64> {
    // Nothing shorter: `2030-1-31` is no ISO date.
    let date = Date::strptime("%Y-%m-%d", text).ok().filter(|_| text.len() == "2030-01-31".len())?;
    let midnight = date.to_zoned(TimeZone::UTC).ok()?;
    Some(midnight.timestamp().as_second().div_euclid(DAY_SECONDS))
}

fn date(day: i64) -> Option<Date> {
    let midnight = jiff::Timestamp::from_second(day.checked_mul(DAY_SECONDS)?).ok()?;
    Some(midnight.to_zoned(TimeZone::UTC).date())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(unit: &str, days: &[(i64, i64)]) -> Downloads {
        DownloadQuery::parse(Some(unit), None, None).answer(days.to_vec())
    }

    fn series(expected: &[(&str, i64)]) -> Downloads {
        Downloads::Series(expected.iter().map(|(date, count)| ((*date).to_owned(), *count)).collect())
    }

    #[test]
    fn sums_days_and_months() {
        let days = [(0, 3), (30, 4), (31, 5)];
        for unit in ["all", "", "year"] {
            assert_eq!(ask(unit, &days), Downloads::Sum(12));
        }
        assert_eq!(ask("day", &days), series(&[("1970-01-01", 3), ("1970-01-31", 4), ("1970-02-01", 5)]));
        assert_eq!(ask("month", &days), series(&[("1970-01", 7), ("1970-02", 5)]));
        for unit in ["all", "day", "month"] {
            assert_eq!(ask(unit, &[]), Downloads::None);
        }
    }

    #[test]
    fn dates() {
        assert_eq!(day("1970-01-02"), Some(1));
        for text in ["", "today", "1970-1-2", "1970-01-02T00:00:00Z", "1970-02-30", "19700102"] {
            assert_eq!(day(text), None, "{text}");
        }
        let query = DownloadQuery::parse(None, Some("1970-01-03"), Some("soon"));
        assert_eq!((query.first, query.last), (2, i64::MAX));
    }
}
