//! The filter `extra:KEY,…,VALUE` over free-form metadata.
//!
//! What a package can be found by is a fact for each value: the digest of its path and of itself, because a value can
//! be of any length.

use std::collections::BTreeMap;

use hex_format::checksum::Sha256;
use hex_format::metadata::Value;
use skep_store::tables::package_search::Fact;

/// Deepest path that is read.
const MAX_KEYS: usize = 16;

/// Most values of a package that it can be found by.
const MAX_VALUES: usize = 1_000;

/// A value at a path, or an element of a list there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Extra {
    keys: Vec<String>,
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
        Some(Self { keys, in_list: element.is_some(), value })
    }

    pub(super) fn fact(&self) -> Fact {
        let keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        Fact::Is(fact(&keys, &self.value, self.in_list))
    }
}

/// The facts of metadata.
pub(in crate::packages) fn facts(extra: &BTreeMap<String, Value>) -> Vec<String> {
    let mut facts = Vec::new();
    of_map(extra, &mut Vec::new(), &mut facts);
    facts
}

fn of_map<'a>(map: &'a BTreeMap<String, Value>, keys: &mut Vec<&'a str>, facts: &mut Vec<String>) {
    for (key, value) in map {
        keys.push(key);
        match value {
            _ if keys.len() > MAX_KEYS => {}
            Value::Map(map) => of_map(map, keys, facts),
            Value::List(items) => facts.extend(items.iter().map(|item| fact(keys, item, true))),
            value => facts.push(fact(keys, value, false)),
        }
        keys.pop();
        facts.truncate(MAX_VALUES);
    }
}

fn fact(keys: &[&str], value: &Value, in_list: bool) -> String {
    let text = serde_json::json!([keys, value, in_list]).to_string();
    format!("extra:{}", Sha256::of(text.as_bytes()).to_lower_hex())
}
