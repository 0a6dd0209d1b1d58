//! Points in time as the registry writes them: seconds and nanoseconds since 1970, UTC.
//!
//! Never reads a clock.

use crate::DecodeError;
use crate::wire;

const MICROS_PER_SECOND: i64 = 1_000_000;
const NANOS_PER_MICRO: i32 = 1_000;
const NANOS_PER_SECOND: i32 = 1_000_000_000;

/// A point in time, UTC. Kept as it stands on the wire, so that reading and writing again gives the
/// same bytes; the reference server writes microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    seconds: i64,
    nanos: i32,
}

impl Timestamp {
    /// From microseconds since 1970-01-01T00:00:00Z; negative before it.
    pub fn from_unix_micros(micros: i64) -> Self {
        let nanos = micros.rem_euclid(MICROS_PER_SECOND) as i32 * NANOS_PER_MICRO;
        Self { seconds: micros.div_euclid(MICROS_PER_SECOND), nanos }
    }

    /// Microseconds since 1970-01-01T00:00:00Z, rounded down; held at the ends of `i64`.
    pub fn unix_micros(self) -> i64 {
        self.seconds.saturating_mul(MICROS_PER_SECOND).saturating_add(i64::from(self.nanos / NANOS_PER_MICRO))
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    pub fn unix_seconds(self) -> i64 {
        self.seconds
    }
}

impl TryFrom<wire::Timestamp> for Timestamp {
    type Error = DecodeError;

    fn try_from(wire: wire::Timestamp) -> Result<Self, DecodeError> {
        if !(0..NANOS_PER_SECOND).contains(&wire.nanos) {
            return Err(DecodeError::Timestamp { nanos: wire.nanos });
        }
        Ok(Self { seconds: wire.seconds, nanos: wire.nanos })
    }
}

impl From<Timestamp> for wire::Timestamp {
    fn from(time: Timestamp) -> Self {
        Self { seconds: time.seconds, nanos: time.nanos }
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn micros_survive_on_both_sides_of_1970() {
        for micros in [0, 1, -1, 999_999, -1_000_001, 1_600_000_000_123_456, i64::MAX, i64::MIN + 999_999] {
            assert_eq!(Timestamp::from_unix_micros(micros).unix_micros(), micros);
        }
        assert_eq!(Timestamp::from_unix_micros(-1).unix_seconds(), -1);
    }
}
