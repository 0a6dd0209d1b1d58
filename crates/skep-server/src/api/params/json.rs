//! JSON bodies, read straight into parameters with the limits applied while reading.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::limits::{Budget, MAX_DEPTH, Malformed};
use super::{Param, Params};

/// The value of a JSON text.
///
/// # Errors
/// [`Malformed::Json`] when it is not JSON, holds NUL characters or exceeds the limits.
pub fn parse(text: &[u8]) -> Result<Param, Malformed> {
    let mut budget = Budget::new();
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = Reader { budget: &mut budget, depth: 0 }
        .deserialize(&mut deserializer)
        .map_err(|error| Malformed::Json(error.to_string()))?;
    deserializer.end().map_err(|error| Malformed::Json(error.to_string()))?;
    Ok(value)
}

/// Reads one value at a depth.
struct Reader<'a> {
    budget: &'a mut Budget,
    depth: usize,
}

impl Reader<'_> {
    fn deeper<E: Error>(&mut self) -> Result<Reader<'_>, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom(Malformed::TooDeep));
        }
        Ok(Reader { budget: self.budget, depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Param;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Param, D::Error> {
        self.budget.take().map_err(D::Error::custom)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Param;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Param, E> {
        Ok(Param::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Param, E> {
        Ok(Param::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Param, E> {
        Ok(Param::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Param, E> {
        Ok(i64::try_from(value).map_or(Param::Other, Param::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Param, E> {
        Ok(Param::Float(value))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Param, E> {
        self.visit_string(text.to_owned())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Param, E> {
        super::limits::checked(text, "string").map(Param::Text).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Param, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(self.deeper()?)? {
            items.push(item);
        }
        Ok(Param::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Param, A::Error> {
        let mut pairs = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            let name = super::limits::checked(name, "name").map_err(A::Error::custom)?;
            pairs.insert(name, map.next_value_seed(self.deeper()?)?);
        }
        Ok(Param::Map(Params(pairs)))
    }
}
