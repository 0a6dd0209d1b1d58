//! What a command tells after it changed something: a line for people, and for programs an object with one field that
//! says what was done, `{"created": {…}}`.

use serde::{Serialize, Serializer};

use crate::output::{self, Report, Text};

/// A change that was made.
pub(crate) struct Done<T> {
    verb: &'static str,
    what: T,
    told: String,
}

/// Tells a change.
pub(crate) fn done<T: Serialize>(verb: &'static str, what: T, told: String) -> anyhow::Result<()> {
    output::report(&Done { verb, what, told })
}

impl<T: Serialize> Serialize for Done<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.verb, &self.what)])
    }
}

impl<T: Serialize> Report for Done<T> {
    fn text(&self) -> Text {
        Text::from(&self.told)
    }
}
