//! What a handler answers with, independent of the format the client asked for.
//!
//! It must never hold anything that one of the formats cannot express. Rendering is on the hot path: JSON is written
//! straight into the buffer that goes to the socket.

mod json;
mod term;
mod time;

use std::borrow::Cow;

use super::Format;

/// An answer, or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`; the atom `nil` in terms.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A number; not a number and the infinities become null.
    Float(f64),
    /// A string.
    Text(String),
    /// Microseconds since the epoch, UTC. JSON shows all six decimals, the term formats whole seconds.
    Time(i64),
    /// A list.
    List(Vec<Value>),
    /// An object, in the order of its keys here; the caller keeps keys unique.
    Map(Vec<(Cow<'static, str>, Value)>),
}

/// Builds a [`Value::Map`]: `object! { "name" => name, "url" => format!(…) }`.
macro_rules! object {
    ($($key:expr => $value:expr),* $(,)?) => {
        $crate::api::Value::Map(vec![$((::std::borrow::Cow::from($key), $crate::api::Value::from($value))),*])
    };
}
pub(crate) use object;

impl Value {
    /// A time in microseconds since the epoch.
    pub fn time(micros: i64) -> Self {
        Self::Time(micros)
    }

    /// A time that shows whole seconds in every format, as advisories do.
    pub fn seconds(micros: i64) -> Self {
        Self::Text(time::seconds(micros))
    }

    /// A list of anything that converts.
    pub fn list<T: Into<Value>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }

    /// An object whose keys are data.
    pub fn map<K: Into<Cow<'static, str>>, V: Into<Value>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::Map(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }

    /// Adds a key to an object; anything else is left as it is.
    #[must_use]
    pub fn with(mut self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        if let Self::Map(pairs) = &mut self {
            pairs.push((key.into(), value.into()));
        }
        self
    }

    /// The bytes of the value in a format.
    pub fn render(&self, format: Format) -> Vec<u8> {
        match format {
            Format::Json => self.to_json(),
            Format::Erlang => self.to_etf(),
            Format::Elixir => self.to_elixir(),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Int(value.into())
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}

impl From<u16> for Value {
    fn from(value: u16) -> Self {
        Self::Int(value.into())
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<Cow<'_, str>> for Value {
    fn from(value: Cow<'_, str>) -> Self {
        Self::Text(value.into_owned())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Self::list(items)
    }
}

#[cfg(test)]
mod tests;
