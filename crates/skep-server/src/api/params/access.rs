//! Typed access with the cast rules and error texts of the Hex HTTP contract.
//!
//! Blank text counts as null everywhere, and a null is the same as a parameter that was not sent.

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;
use skep_core::{Error, FieldError};

use super::{Param, Params};

/// The error of a value whose type does not fit.
fn expected(kind: &str) -> FieldError {
    FieldError::Text(format!("expected type {kind}"))
}

fn is_blank(text: &str) -> bool {
    text.trim_start().is_empty()
}

impl Params {
    /// The parameter unless it is absent, null or blank.
    fn present(&self, name: &str) -> Option<&Param> {
        self.get(name).filter(|value| match value {
            Param::Null => false,
            Param::Text(text) => !is_blank(text),
            _ => true,
        })
    }

    /// Text, kept with its surrounding spaces; blank text is none.
    ///
    /// # Errors
    /// `expected type string`
    pub fn text(&self, name: &str) -> Result<Option<String>, FieldError> {
        match self.present(name) {
            None => Ok(None),
            Some(Param::Text(text)) => Ok(Some(text.clone())),
            Some(_) => Err(expected("string")),
        }
    }

    /// A boolean; `true`, `1`, `false` and `0` as text count.
    ///
    /// # Errors
    /// `expected type boolean`
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, FieldError> {
        match self.present(name) {
            None => Ok(None),
            Some(Param::Bool(value)) => Ok(Some(*value)),
            Some(Param::Text(text)) if matches!(text.as_str(), "true" | "1") => Ok(Some(true)),
            Some(Param::Text(text)) if matches!(text.as_str(), "false" | "0") => Ok(Some(false)),
            Some(_) => Err(expected("boolean")),
        }
    }

    /// An integer, also written as text.
    ///
    /// # Errors
    /// `expected type integer`
    pub fn integer(&self, name: &str) -> Result<Option<i64>, FieldError> {
        let number = match self.present(name) {
            None => return Ok(None),
            Some(Param::Int(number)) => Some(*number),
            Some(Param::Text(text)) => text.parse().ok(),
            Some(_) => None,
        };
        number.map(Some).ok_or_else(|| expected("integer"))
    }

    /// A list of texts; blank ones and nulls are dropped.
    ///
    /// # Errors
    /// `expected type list(string)`
    pub fn texts(&self, name: &str) -> Result<Option<Vec<String>>, FieldError> {
        let Some(value) = self.present(name) else { return Ok(None) };
        let Param::List(items) = value else { return Err(expected("list(string)")) };
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Param::Null => {}
                Param::Text(text) if is_blank(text) => {}
                Param::Text(text) => texts.push(text.clone()),
                _ => return Err(expected("list(string)")),
            }
        }
        Ok(Some(texts))
    }

    /// A list of integers, also written as text; nulls are dropped.
    ///
    /// # Errors
    /// `expected type list(integer)`
    pub fn integers(&self, name: &str) -> Result<Option<Vec<i64>>, FieldError> {
        let Some(value) = self.present(name) else { return Ok(None) };
        let Param::List(items) = value else { return Err(expected("list(integer)")) };
        let mut integers = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Param::Null => {}
                Param::Int(number) => integers.push(*number),
                Param::Text(text) => integers.push(text.parse().map_err(|_| expected("list(integer)"))?),
                _ => return Err(expected("list(integer)")),
            }
        }
        Ok(Some(integers))
    }

    /// A list of objects. Forms may number them instead: `a[0][b]=…&a[1][b]=…`.
    ///
    /// # Errors
    /// `expected type list(map)`
    pub fn maps(&self, name: &str) -> Result<Option<Vec<&Params>>, FieldError> {
        let items: Vec<&Param> = match self.present(name) {
            None => return Ok(None),
            Some(Param::List(items)) => items.iter().collect(),
            Some(Param::Map(numbered)) => numbered.by_number().ok_or_else(|| expected("list(map)"))?,
            Some(_) => return Err(expected("list(map)")),
        };
        items
            .into_iter()
            .map(|item| match item {
                Param::Map(map) => Ok(map),
                _ => Err(expected("list(map)")),
            })
            .collect::<Result<_, _>>()
            .map(Some)
    }

    fn by_number(&self) -> Option<Vec<&Param>> {
        let mut items: Vec<(u32, &Param)> =
            self.iter().map(|(name, value)| Some((name.parse().ok()?, value))).collect::<Option<_>>()?;
        items.sort_unstable_by_key(|(number, _)| *number);
        Some(items.into_iter().map(|(_, value)| value).collect())
    }

    /// An object.
    ///
    /// # Errors
    /// `expected type map`
    pub fn map(&self, name: &str) -> Result<Option<&Params>, FieldError> {
        match self.present(name) {
            None => Ok(None),
            Some(Param::Map(map)) => Ok(Some(map)),
            Some(_) => Err(expected("map")),
        }
    }

    /// An object of texts, sorted by key.
    ///
    /// # Errors
    /// `expected type map(string)`
    pub fn text_map(&self, name: &str) -> Result<Option<Vec<(String, String)>>, FieldError> {
        let Some(value) = self.present(name) else { return Ok(None) };
        let Param::Map(map) = value else { return Err(expected("map(string)")) };
        map.iter()
            .map(|(key, value)| match value {
                Param::Text(text) => Ok((key.to_owned(), text.clone())),
                _ => Err(expected("map(string)")),
            })
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// A point in time in ISO 8601, as microseconds since the epoch; without an offset it is UTC.
    ///
    /// # Errors
    /// `expected type utc_datetime_usec`
    pub fn time(&self, name: &str) -> Result<Option<i64>, FieldError> {
        let micros = match self.present(name) {
            None => return Ok(None),
            Some(Param::Text(text)) => parse_time(text),
            Some(_) => None,
        };
        micros.map(Some).ok_or_else(|| expected("utc_datetime_usec"))
    }

    /// A part of the address, such as `repository` or `name`, wherever it came from. Blank counts as absent.
    ///
    /// # Errors
    /// 400 when it is anything but text.
    pub fn address(&self, name: &str) -> Result<Option<&str>, Error> {
        match self.present(name) {
            None => Ok(None),
            Some(Param::Text(text)) => Ok(Some(text)),
            Some(_) => Err(Error::bad_request()),
        }
    }

    /// A part of the address that the route cannot do without.
    ///
    /// # Errors
    /// 400 when it is absent or anything but text.
    pub fn required(&self, name: &str) -> Result<&str, Error> {
        self.address(name)?.ok_or_else(Error::bad_request)
    }
}

fn parse_time(text: &str) -> Option<i64> {
    // A date alone would be read as its midnight.
    let time = text.split_once(['T', 't', ' '])?.1;
    if time.is_empty() {
        return None;
    }
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp.as_microsecond());
    }
    let local: civil::DateTime = text.parse().ok()?;
    Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond())
}
