//! Times as ISO 8601 text, written by hand because every answer has several.
//!
//! The text always has the same width, so years outside 0 to 9999 are moved to the nearest end.

/// Bytes of a time in whole seconds.
const SECONDS_LENGTH: usize = "2030-01-01T00:00:00Z".len();

/// 0000-01-01T00:00:00.000000Z in microseconds since the epoch.
const EARLIEST: i64 = -62_167_219_200_000_000;
/// 9999-12-31T23:59:59.999999Z in microseconds since the epoch.
const LATEST: i64 = 253_402_300_799_999_999;

/// `2030-01-01T00:00:00.000000Z`
pub(super) fn write_micros(out: &mut Vec<u8>, micros: i64) {
    let micros = micros.clamp(EARLIEST, LATEST);
    write_date_time(out, micros.div_euclid(1_000_000));
    out.push(b'.');
    write_digits(out, micros.rem_euclid(1_000_000), 6);
    out.push(b'Z');
}

/// `2030-01-01T00:00:00Z`, cut and not rounded.
fn write_seconds(out: &mut Vec<u8>, micros: i64) {
    write_date_time(out, micros.clamp(EARLIEST, LATEST).div_euclid(1_000_000));
    out.push(b'Z');
}

/// As [`write_seconds`], on its own.
pub(super) fn seconds(micros: i64) -> String {
    let mut text = Vec::with_capacity(SECONDS_LENGTH);
    write_seconds(&mut text, micros);
    String::from_utf8(text).expect("invariant: times are ASCII")
}

fn write_date_time(out: &mut Vec<u8>, seconds: i64) {
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let second = seconds.rem_euclid(86_400);
    write_digits(out, year, 4);
    let rest =
        [(b'-', month), (b'-', day), (b'T', second / 3600), (b':', second / 60 % 60), (b':', second % 60)];
    for (separator, number) in rest {
        out.push(separator);
        write_digits(out, number, 2);
    }
}

/// A number of at most `width` digits, filled with zeros.
fn write_digits(out: &mut Vec<u8>, mut number: i64, width: usize) {
    let start = out.len();
    out.resize(start + width, b'0');
    for digit in out[start..].iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Year, month and day of a day counted from 1970-01-01, in the proleptic Gregorian calendar.
///
/// Counted in eras of 400 years that begin on 1 March, so that the leap day is the last of its year.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}
