//! Dependency policies: what an organization lets its projects resolve.
//!
//! On the wire severities and reasons are numbers; people write words. Both are read here, in files and in answers.
//! Numbers are sent, because that is what the API has, and words are shown.

use hex_format::name::OrganizationName;
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::json;

use super::{Api, ApiError, segment};
use crate::nearest::did_you_mean;

#[cfg(test)]
mod tests;

/// Most bytes of a policy in a file: its 500 overrides of each repository have room in it.
pub const MAX_POLICY_BYTES: u64 = 1 << 20;

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Policy {
    /// Its name, by which projects ask for it.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// `private`, for members, or `public`, for everyone.
    pub visibility: String,
    /// What it says about the packages of each repository.
    #[serde(default, serialize_with = "in_words")]
    pub repositories: Vec<PolicyRepository>,
    /// When it was made, as the server writes it.
    #[serde(default)]
    pub inserted_at: Option<String>,
    /// When it was last changed, as the server writes it.
    #[serde(default)]
    pub updated_at: Option<String>,
}

/// As [`PolicyContent::parse`] reads it, for people.
fn in_words<S: Serializer>(repositories: &[PolicyRepository], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(repositories.iter().map(
        |PolicyRepository { repository, restriction, overrides }| {
            let reasons: Vec<&str> =
                restriction.retirement_reasons.iter().map(|reason| reason.as_str()).collect();
            json!({
                "repository": repository,
                "restriction": {
                    "cooldown": restriction.cooldown,
                    "advisory_min_severity": restriction.advisory_min_severity.map(Severity::as_str),
                    "retirement_reasons": reasons,
                },
                "overrides": overrides,
            })
        },
    ))
}

/// What a policy says about the packages of one repository.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyRepository {
    /// `hexpm`, or the organization's.
    pub repository: String,
    /// What is refused.
    #[serde(default)]
    pub restriction: Restriction,
    /// Exceptions, at most one for each package.
    #[serde(default)]
    pub overrides: Vec<PolicyOverride>,
}

/// Which releases are refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Restriction {
    /// Those younger than this: `0`, or a number with `d`, `w` or `mo`.
    #[serde(default)]
    pub cooldown: Option<String>,
    /// Those with an advisory at least this bad.
    #[serde(default)]
    pub advisory_min_severity: Option<Severity>,
    /// Those retired for one of these reasons.
    #[serde(default)]
    pub retirement_reasons: Vec<RetiredFor>,
}

/// An exception for a package, or for some of its versions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyOverride {
    /// `allow` or `deny`.
    pub action: String,
    /// The package.
    pub package: String,
    /// The versions; none is every version.
    #[serde(default)]
    pub requirement: Option<String>,
}

/// What of a policy is to be changed. What is none stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PolicyContent {
    /// What it is for; an empty text is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `private` or `public`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility: Option<String>,
    /// What is said about a repository takes the place of all that was said about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repositories: Option<Vec<PolicyRepository>>,
}

/// Why a text is no policy.
#[derive(Debug, thiserror::Error)]
pub enum PolicyTextError {
    /// Neither of the languages, or with fields that no policy has.
    #[error("this is no policy: {error}{guess}", error = .0, guess = guess(&.0.to_string()))]
    Json(#[from] serde_json::Error),
    /// Neither of the languages, or with fields that no policy has.
    #[error("this is no policy: {error}{guess}", error = .0, guess = guess(.0.message()))]
    Toml(#[from] toml::de::Error),
}

/// A guess at the field that was meant, of those that the error lists.
fn guess(error: &str) -> String {
    let mut quoted = error.split('`').skip(1).step_by(2);
    match quoted.next().filter(|_| error.starts_with("unknown field")) {
        Some(typed) => did_you_mean(typed, quoted),
        None => String::new(),
    }
}

impl PolicyContent {
    /// Reads a policy as the API shows it, in JSON, or the same fields in TOML.
    ///
    /// # Errors
    /// When a field is unknown or no such value.
    pub fn parse(text: &str) -> Result<Self, PolicyTextError> {
        // What an answer has besides is let through, so that what was shown can be changed and sent back.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            description: Option<String>,
            visibility: Option<String>,
            repositories: Option<Vec<PolicyRepository>>,
            #[serde(rename = "name")]
            _name: Option<serde::de::IgnoredAny>,
            #[serde(rename = "url")]
            _url: Option<serde::de::IgnoredAny>,
            #[serde(rename = "inserted_at")]
            _inserted_at: Option<serde::de::IgnoredAny>,
            #[serde(rename = "updated_at")]
            _updated_at: Option<serde::de::IgnoredAny>,
        }
        let file: File = match text.trim_start().starts_with('{') {
            true => serde_json::from_str(text)?,
            false => toml::from_str(text)?,
        };
        let File { description, visibility, repositories, .. } = file;
        Ok(Self { description, visibility, repositories })
    }
}

/// How bad an advisory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Severity(u8);

/// Why a release was retired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetiredFor(u8);

macro_rules! numbered {
    ($type:ident, $what:literal, $words:expr) => {
        impl $type {
            /// Its words, at the places of their numbers.
            pub const WORDS: [&'static str; 5] = $words;

            /// The value of that word.
            pub fn parse(word: &str) -> Option<Self> {
                let number = Self::WORDS.iter().position(|known| *known == word)?;
                Some(Self(u8::try_from(number).expect("invariant: there are five words")))
            }

            /// Its word.
            pub fn as_str(self) -> &'static str {
                Self::WORDS[usize::from(self.0)]
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_u8(self.0)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                #[derive(Deserialize)]
                #[serde(untagged, expecting = $what)]
                enum Given {
                    Number(u8),
                    Word(String),
                }
                let found = match Given::deserialize(deserializer)? {
                    Given::Number(number) if usize::from(number) < Self::WORDS.len() => Some(Self(number)),
                    Given::Number(_) => None,
                    Given::Word(word) => Self::parse(&word),
                };
                found.ok_or_else(|| {
                    D::Error::custom(format!("expected {}: {}, or its number", $what, Self::WORDS.join(", ")))
                })
            }
        }
    };
}

numbered!(Severity, "a severity", ["none", "low", "medium", "high", "critical"]);
numbered!(RetiredFor, "a reason for retirement", ["other", "invalid", "security", "deprecated", "renamed"]);

impl Api {
    /// The policies of an organization, by name.
    ///
    /// # Errors
    /// When the caller is not in it.
    pub async fn policies(&self, of: &OrganizationName) -> Result<Vec<Policy>, ApiError> {
        self.get(&["orgs", of.as_str(), "policies"]).await
    }

    /// One policy.
    ///
    /// # Errors
    /// When there is none of that name, or the caller is not in the organization.
    pub async fn policy(&self, of: &OrganizationName, name: &str) -> Result<Policy, ApiError> {
        self.get(&["orgs", of.as_str(), "policies", segment(name)?]).await
    }

    /// Makes a policy, which is published at once.
    ///
    /// # Errors
    /// When the caller is no admin, or a field is not acceptable.
    pub async fn create_policy(
        &self,
        of: &OrganizationName,
        name: &str,
        content: &PolicyContent,
    ) -> Result<Policy, ApiError> {
        #[derive(Serialize)]
        struct Body<'a> {
            name: &'a str,
            #[serde(flatten)]
            content: &'a PolicyContent,
        }
        self.post(&["orgs", of.as_str(), "policies"], &Body { name, content }).await
    }

    /// Changes a policy, which is published at once.
    ///
    /// # Errors
    /// When there is none of that name, the caller is no admin, or a field is not acceptable.
    pub async fn update_policy(
        &self,
        of: &OrganizationName,
        name: &str,
        content: &PolicyContent,
    ) -> Result<Policy, ApiError> {
        self.put(&["orgs", of.as_str(), "policies", segment(name)?], content).await
    }

    /// Deletes a policy. Projects that name it can resolve nothing from then on.
    ///
    /// # Errors
    /// When there is none of that name, or the caller is no admin.
    pub async fn delete_policy(&self, of: &OrganizationName, name: &str) -> Result<(), ApiError> {
        self.delete(&["orgs", of.as_str(), "policies", segment(name)?]).await
    }
}
