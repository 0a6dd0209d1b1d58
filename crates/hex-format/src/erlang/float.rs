//! Floating-point numbers as Erlang writes them: the fewest digits that read back the same, in the shorter of the two
//! notations.

/// From here on not every integer has a number of its own, and Erlang always writes an exponent.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

pub(super) fn print(value: f64) -> String {
    let scientific = with_point(&format!("{value:e}"));
    let decimal = with_point(&format!("{value}"));
    if value.abs() >= LARGEST_EXACT || scientific.len() < decimal.len() { scientific } else { decimal }
}

/// Erlang wants a digit on both sides of a point: `1e5` is `1.0e5`.
fn with_point(text: &str) -> String {
    let (mantissa, exponent) = match text.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let point = if mantissa.contains('.') { "" } else { ".0" };
    match exponent {
        Some(exponent) => format!("{mantissa}{point}e{exponent}"),
        None => format!("{mantissa}{point}"),
    }
}
