//! Shapes of JSON values: what the document says about a body, and what a body is held against.
//!
//! A closed list instead of JSON Schema, so that nothing can be said here that cannot be checked. Objects have the keys
//! that are named and no others.

use serde_json::Value as Json;

use crate::api::{Value, object};

use super::schemas;

/// The shape of a value.
#[derive(Debug, Clone)]
pub enum Schema {
    /// Anything.
    Any,
    /// `true` or `false`.
    Bool,
    /// An integer.
    Int,
    /// A number.
    Float,
    /// A string.
    Text,
    /// A string: a time in ISO 8601, UTC.
    Time,
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// This, or null.
    Nullable(Box<Schema>),
    /// A list of these.
    List(Box<Schema>),
    /// An object whose keys are data.
    Map(Box<Schema>),
    /// An object with these keys.
    Object(Vec<Field>),
    /// Any of these.
    Either(Vec<Schema>),
    /// One of the schemas with names.
    Named(&'static str),
}

/// A key of an object, or a parameter.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its shape.
    pub schema: Schema,
    /// Whether it is always there.
    pub required: bool,
    /// What it is, for people.
    pub about: &'static str,
}

/// Where a value is not as described.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("at {at}: {problem}")]
pub struct Mismatch {
    /// JSON pointer; empty for the whole.
    pub at: String,
    /// What is wrong there.
    pub problem: String,
}

pub(super) fn nullable(schema: Schema) -> Schema {
    Schema::Nullable(Box::new(schema))
}

pub(super) fn list(schema: Schema) -> Schema {
    Schema::List(Box::new(schema))
}

pub(super) fn map(schema: Schema) -> Schema {
    Schema::Map(Box::new(schema))
}

/// A key that is always there.
pub(super) fn always(name: &'static str, schema: Schema, about: &'static str) -> Field {
    Field { name, schema, required: true, about }
}

/// A key that may be missing.
pub(super) fn sometimes(name: &'static str, schema: Schema, about: &'static str) -> Field {
    Field { name, schema, required: false, about }
}

impl Schema {
    /// As JSON Schema writes it.
    pub fn render(&self) -> Value {
        let kind = |kind: &'static str| object! { "type" => kind };
        match self {
            Self::Any => Value::Map(Vec::new()),
            Self::Bool => kind("boolean"),
            Self::Int => kind("integer"),
            Self::Float => kind("number"),
            Self::Text => kind("string"),
            Self::Time => kind("string").with("format", "date-time"),
            Self::OneOf(texts) => kind("string").with("enum", Value::list(texts.iter().copied())),
            Self::Nullable(inner) => object! { "anyOf" => vec![inner.render(), kind("null")] },
            Self::List(inner) => kind("array").with("items", inner.render()),
            Self::Map(inner) => kind("object").with("additionalProperties", inner.render()),
            Self::Object(fields) => render_object(fields).with("additionalProperties", false),
            Self::Either(schemas) => object! { "anyOf" => Value::list(schemas.iter().map(Self::render)) },
            Self::Named(name) => object! { "$ref" => format!("#/components/schemas/{name}") },
        }
    }

    /// Whether a value has this shape.
    ///
    /// # Errors
    /// The first place where it has not.
    pub fn check(&self, value: &Json) -> Result<(), Mismatch> {
        self.check_at(value, "")
    }

    fn check_at(&self, value: &Json, at: &str) -> Result<(), Mismatch> {
        let wrong = |expected: &str| {
            Err(Mismatch { at: at.to_owned(), problem: format!("{expected} expected, not {value}") })
        };
        match (self, value) {
            (Self::Any, _)
            | (Self::Bool, Json::Bool(_))
            | (Self::Text, Json::String(_))
            | (Self::Nullable(_), Json::Null) => Ok(()),
            (Self::Int, Json::Number(number)) if number.is_i64() => Ok(()),
            (Self::Float, Json::Number(_)) => Ok(()),
            (Self::Time, Json::String(text)) if text.parse::<jiff::Timestamp>().is_ok() => Ok(()),
            (Self::OneOf(texts), Json::String(text)) if texts.contains(&text.as_str()) => Ok(()),
            (Self::Nullable(inner), value) => inner.check_at(value, at),
            (Self::List(inner), Json::Array(items)) => {
                let mut items = items.iter().enumerate();
                items.try_for_each(|(index, item)| inner.check_at(item, &format!("{at}/{index}")))
            }
            (Self::Map(inner), Json::Object(map)) => {
                map.iter().try_for_each(|(key, value)| inner.check_at(value, &format!("{at}/{key}")))
            }
            (Self::Object(fields), Json::Object(map)) => check_object(fields, map, at),
            (Self::Either(schemas), value) => {
                if schemas.iter().any(|schema| schema.check_at(value, at).is_ok()) {
                    return Ok(());
                }
                wrong("one of several shapes")
            }
            (Self::Named(name), value) => schemas::get(name).check_at(value, at),
            _ => wrong(&format!("{self:?}")),
        }
    }
}

fn check_object(fields: &[Field], map: &serde_json::Map<String, Json>, at: &str) -> Result<(), Mismatch> {
    let wrong =
        |key: &str, problem: &str| Err(Mismatch { at: format!("{at}/{key}"), problem: problem.to_owned() });
    if let Some(unknown) = map.keys().find(|key| !fields.iter().any(|field| field.name == key.as_str())) {
        return wrong(unknown, "is not described");
    }
    fields.iter().try_for_each(|field| match map.get(field.name) {
        Some(value) => field.schema.check_at(value, &format!("{at}/{}", field.name)),
        None if field.required => wrong(field.name, "is missing"),
        None => Ok(()),
    })
}

/// An object whose other keys are left open.
pub(super) fn render_object(fields: &[Field]) -> Value {
    let properties = fields.iter().map(|field| (field.name, described(field.schema.render(), field.about)));
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    let object = object! { "type" => "object", "properties" => Value::map(properties) };
    if required.is_empty() { object } else { object.with("required", Value::list(required)) }
}

/// A schema with a sentence for people.
pub(super) fn described(schema: Value, about: &'static str) -> Value {
    if about.is_empty() { schema } else { schema.with("description", about) }
}
