//! Keys of a user or of an organization, and the check whether a key opens a repository.

use std::fmt;

use hex_format::name::OrganizationName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

use super::{Api, ApiError, segment};
use crate::network;
use crate::permission::Permission;
use crate::secret::Secret;

/// Most bytes of the answer about one key.
const MAX_CHECK_BYTES: usize = 64 << 10;

/// Whose keys are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeysOf {
    /// Those of the user who asks.
    Caller,
    /// Those that an organization owns itself.
    Organization(OrganizationName),
}

impl KeysOf {
    fn route<'a>(&'a self, name: Option<&'a str>) -> Vec<&'a str> {
        let mut route = match self {
            Self::Caller => vec!["keys"],
            Self::Organization(organization) => vec!["orgs", organization.as_str(), "keys"],
        };
        route.extend(name);
        route
    }
}

/// A key as listed. The secret is never listed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Key {
    /// Its name, unique among the keys of its owner.
    pub name: String,
    /// What it may do.
    #[serde(default)]
    pub permissions: Vec<KeyPermission>,
    /// When it was made, as the server writes it.
    #[serde(default)]
    pub inserted_at: Option<String>,
    /// When it stops working, if ever.
    #[serde(default)]
    pub revoke_at: Option<String>,
    /// When and where it was last used, if ever.
    #[serde(default)]
    pub last_use: Option<LastUse>,
    /// Whether it is the key that asked for the list.
    #[serde(default)]
    pub authing_key: bool,
}

/// When and where a key was last used.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct LastUse {
    /// When, as the server writes it.
    #[serde(default)]
    pub used_at: Option<String>,
    /// From which address.
    #[serde(default)]
    pub ip: Option<String>,
    /// With which program.
    #[serde(default)]
    pub user_agent: Option<String>,
}

/// A permission as the server lists it; old keys may hold ones that can't be made any more.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct KeyPermission {
    /// The domain, such as `api`.
    #[serde(default)]
    pub domain: Option<String>,
    /// The resource inside it.
    #[serde(default)]
    pub resource: Option<String>,
}

impl fmt::Display for KeyPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.domain.as_deref().unwrap_or("none"))?;
        self.resource.as_deref().map_or(Ok(()), |resource| write!(f, ":{resource}"))
    }
}

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewKey {
    /// The name wished for; the server appends a number when it is taken.
    pub name: String,
    /// What it is to be allowed.
    pub permissions: Vec<Permission>,
    /// When it is to stop working, if ever.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub revoke_at: Option<Timestamp>,
}

fn as_text<S: Serializer>(moment: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match moment {
        Some(moment) => serializer.collect_str(moment),
        None => serializer.serialize_none(),
    }
}

/// A key that was just made. Not printable, because of its secret.
pub struct CreatedKey {
    /// The name it got.
    pub name: String,
    /// The secret, shown by the server this once.
    pub secret: Secret,
}

/// Who owns a key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KeyOwner {
    /// A user or an organization.
    #[serde(rename = "type")]
    pub kind: OwnerType,
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
}

/// What can own a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OwnerType {
    /// A user.
    User,
    /// An organization.
    Organization,
}

impl OwnerType {
    /// The word for it, on the wire and in `hex.config`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Organization => "organization",
        }
    }
}

impl Api {
    /// Whether the caller's key opens an organization's repository, and who owns the key if the server says so.
    ///
    /// # Errors
    /// When it doesn't, with the server's reason.
    pub async fn check_repository(
        &self,
        organization: &OrganizationName,
    ) -> Result<Option<KeyOwner>, ApiError> {
        #[derive(Deserialize)]
        struct Body {
            key: Named,
        }
        #[derive(Deserialize)]
        struct Named {
            owner: KeyOwner,
        }
        let request = self
            .request(reqwest::Method::GET, &["auth"])?
            .query(&[("domain", "repository"), ("resource", organization.as_str())]);
        let body = network::body(self.answer(request).await?, MAX_CHECK_BYTES).await?;
        // The body is an extra of newer servers: without it the status alone is the answer.
        Ok(serde_json::from_slice::<Body>(&body).ok().map(|body| body.key.owner))
    }

    /// Whether the caller's key opens all repositories that its owner may read.
    ///
    /// # Errors
    /// When it doesn't, with the server's reason.
    pub async fn check_repositories(&self) -> Result<(), ApiError> {
        let request = self.request(reqwest::Method::GET, &["auth"])?.query(&[("domain", "repositories")]);
        self.answer(request).await.map(drop)
    }

    /// Whether the caller's key opens the API.
    ///
    /// # Errors
    /// When it doesn't, with the server's reason.
    pub async fn check_api(&self) -> Result<(), ApiError> {
        let request = self.request(reqwest::Method::GET, &["auth"])?.query(&[("domain", "api")]);
        self.answer(request).await.map(drop)
    }

    /// The keys that are not revoked, in the server's order.
    ///
    /// # Errors
    /// When the caller may not list them.
    pub async fn keys(&self, of: &KeysOf) -> Result<Vec<Key>, ApiError> {
        self.get(&of.route(None)).await
    }

    /// One key, by name; also one that was revoked, as long as no other has its name.
    ///
    /// # Errors
    /// When there is none of that name, or the caller may not see it.
    pub async fn key(&self, of: &KeysOf, name: &str) -> Result<Key, ApiError> {
        self.get(&of.route(Some(segment(name)?))).await
    }

    /// Makes a key.
    ///
    /// # Errors
    /// When the caller may not, or may not give one of the permissions.
    pub async fn create_key(&self, of: &KeysOf, key: &NewKey) -> Result<CreatedKey, ApiError> {
        #[derive(Deserialize)]
        struct Body {
            name: String,
            secret: String,
        }
        let body: Body = self.post(&of.route(None), key).await?;
        let secret = Secret::key(&body.secret).map_err(|error| ApiError::Malformed {
            url: self.base.route(&of.route(None)).to_string(),
            reason: format!("the new key can't be used: {error}"),
        })?;
        Ok(CreatedKey { name: body.name, secret })
    }

    /// Revokes one key.
    ///
    /// # Errors
    /// When there is none of that name or the caller may not.
    pub async fn revoke_key(&self, of: &KeysOf, name: &str) -> Result<(), ApiError> {
        // With one of these names the address would be that of all keys, and all would be revoked.
        if name.trim_matches(['.', '/', ' ']).is_empty() {
            return Err(ApiError::KeyName(name.to_owned()));
        }
        self.delete(&of.route(Some(name))).await
    }

    /// Revokes every key of the owner, that of the caller last.
    ///
    /// # Errors
    /// When the caller may not.
    pub async fn revoke_all_keys(&self, of: &KeysOf) -> Result<(), ApiError> {
        self.delete(&of.route(None)).await
    }
}
