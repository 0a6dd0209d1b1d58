//! The filter `extra:KEY,…,VALUE` over free-form metadata.

use std::collections::BTreeMap;

use hex_format::metadata::Value;
use skep_store::tables::packages::Condition;

use super::escape_like;

/// Deepest path that is read.
const MAX_KEYS: usize = 16;

/// A value at a path, or an element of a list there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Extra {
    first: String,
    further: Vec<String>,
    value: Value,
    in_list: bool,
}

impl Extra {
    /// Keys and a value joined by commas; `[VALUE]` is an element of a list. None without a key.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut keys: Vec<String> = text.split(',').map(str::to_owned).collect();
        let value = keys.pop()?;
        if keys.is_empty() || keys.len() > MAX_KEYS {
            return None;
        }
        let element = value.strip_prefix('[').and_then(|value| value.strip_suffix(']'));
        let text = element.unwrap_or(&value);
        let value = text.parse().map_or_else(|_| Value::Text(text.to_owned()), Value::Integer);
        let first = keys.remove(0);
        Some(Self { first, further: keys, in_list: element.is_some(), value })
    }

    /// What metadata with the first key look like, and some others.
    pub(super) fn condition(&self) -> Condition {
        let key = serde_json::Value::from(self.first.as_str()).to_string();
        let pattern = match key.is_ascii() {
            true => format!("%{}:%", escape_like(&key.to_ascii_lowercase())),
            // The database lowers ASCII only.
            false => "%".to_owned(),
        };
        Condition::MetaLike(pattern)
    }

    pub(super) fn is_in(&self, extra: Option<&BTreeMap<String, Value>>) -> bool {
        let mut found = extra.and_then(|extra| extra.get(&self.first));
        for key in &self.further {
            found = match found {
                Some(Value::Map(map)) => map.get(key),
                _ => None,
            };
        }
        match found {
            Some(Value::List(items)) if self.in_list => items.contains(&self.value),
            Some(found) => !self.in_list && *found == self.value,
            None => false,
        }
    }
}
