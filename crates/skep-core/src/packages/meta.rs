//! What packages and releases say about themselves, as it is stored.
//!
//! A field that the author left out stays distinguishable from an empty one: the audit log shows the difference,
//! the API does not.

use std::collections::BTreeMap;

use hex_format::metadata::Value;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// What the last publication said about the package.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PackageMeta {
    /// One paragraph.
    pub description: Option<String>,
    /// SPDX ids or `LicenseRef-…`; anything in a private repository.
    pub licenses: Option<Vec<String>>,
    /// Addresses by title.
    pub links: Option<BTreeMap<String, String>>,
    /// People; in old packages only.
    pub maintainers: Option<Vec<String>>,
    /// Anything else that the author wanted to say. Searched, never shown.
    pub extra: Option<BTreeMap<String, Value>>,
}

/// What a release says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReleaseMeta {
    /// The OTP application.
    pub app: String,
    /// Without repetition.
    pub build_tools: Vec<String>,
    /// The requirement on Elixir.
    pub elixir: Option<String>,
}

impl PackageMeta {
    pub(crate) fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(Error::internal)
    }

    pub(crate) fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(Error::internal)
    }
}

impl ReleaseMeta {
    pub(crate) fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(Error::internal)
    }

    pub(crate) fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(Error::internal)
    }
}
