//! What the API tells about packages and releases beside their names and versions.
//!
//! These are texts for people, written by anyone who may publish. Servers of all ages leave some out or send `null` for
//! them, which reads as nothing being known. Nothing here is verified: what is fetched and built with comes from the
//! signed registry ([`crate::repository`]) alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// What a package says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct PackageMeta {
    /// A paragraph about it.
    #[serde(default)]
    pub description: Option<String>,
    /// Names of licences, as the author wrote them.
    #[serde(default, deserialize_with = "or_default")]
    pub licenses: Vec<String>,
    /// Addresses by title.
    #[serde(default, deserialize_with = "texts")]
    pub links: BTreeMap<String, String>,
}

/// What a release says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct ReleaseMeta {
    /// The OTP application.
    #[serde(default)]
    pub app: Option<String>,
    /// What it is built with.
    #[serde(default, deserialize_with = "or_default")]
    pub build_tools: Vec<String>,
    /// The requirement on Elixir.
    #[serde(default)]
    pub elixir: Option<String>,
}

/// Why a release should no longer be used.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct RetirementNote {
    /// `other`, `invalid`, `security`, `deprecated` or `renamed`.
    pub reason: String,
    /// The owner's explanation.
    #[serde(default)]
    pub message: Option<String>,
}

/// How often a package was downloaded. What is not there was not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Downloads {
    /// Yesterday.
    #[serde(default)]
    pub day: Option<u64>,
    /// In the last seven days.
    #[serde(default)]
    pub week: Option<u64>,
    /// In the last ninety days.
    #[serde(default)]
    pub recent: Option<u64>,
    /// Ever.
    #[serde(default)]
    pub all: Option<u64>,
}

/// What a release needs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Requirement {
    /// The OTP application that is needed.
    #[serde(default)]
    pub app: Option<String>,
    /// Which versions fit.
    #[serde(default)]
    pub requirement: Option<String>,
    /// Whether the release works without it.
    #[serde(default, deserialize_with = "or_default")]
    pub optional: bool,
}

/// A security advisory.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct AdvisoryNote {
    /// Its identifier, such as `GHSA-…`.
    pub id: String,
    /// One line about it.
    #[serde(default)]
    pub summary: Option<String>,
    /// `none`, `low`, `medium`, `high` or `critical`.
    #[serde(default)]
    pub cvss_rating: Option<String>,
    /// Requirements on the package that say which versions are affected.
    #[serde(default, deserialize_with = "or_default")]
    pub affected: Vec<String>,
    /// A page about it.
    #[serde(default)]
    pub html_url: Option<String>,
}

/// Lines for the configuration of build tools, by file: `mix.exs`, `rebar.config`, `erlang.mk`.
pub type Configs = BTreeMap<String, String>;

/// A field that some servers send as `null`.
pub(super) fn or_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

/// A map to texts. What is no text in it is left out.
pub(super) fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    let map: BTreeMap<String, Value> = or_default(from)?;
    let text = |(key, value)| match value {
        Value::String(text) => Some((key, text)),
        _ => None,
    };
    Ok(map.into_iter().filter_map(text).collect())
}

/// A number, where some servers send an empty list for none.
pub(super) fn count<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(Value::deserialize(from)?.as_u64())
}
