//! Dependency policies: what an organization lets its projects resolve. Projects name one, and their client fetches
//! it, signed, from the organization's repository. Shapes and texts: the Hex HTTP contract, "Policy", and the
//! reference's form for policies.
//!
//! A policy has two tabs, for the public repository and for the organization's own. A public one shows the first of
//! them only: which private packages there are is nobody else's business.

mod check;
mod message;

use hex_registry::policy;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use skep_store::tables::organizations;
use skep_store::tables::policies::{self, Policy};
use skep_store::tables::repositories::{self, Repository};
use skep_store::tables::resources::{self, Kind};
use skep_store::{Change, Conn, Micros, StoreError};

pub use check::{GivenOverride, GivenPolicy, GivenTab};

use crate::access::{Access, operations};
use crate::audit::{self, Action, Entry};
use crate::given::Given;
use crate::organizations::hold;
use crate::{Error, Result, Skep};

/// Most policies of an organization. All of them are signed again when it gets another name.
const MAX_POLICIES: usize = 100;

/// Who may fetch a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Members of the organization.
    Private,
    /// Everyone.
    Public,
}

impl Visibility {
    /// As it stands on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Public => "public",
        }
    }

    /// The visibility of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Private, Self::Public].into_iter().find(|visibility| visibility.as_str() == text)
    }
}

/// What becomes of the packages of one repository.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tab {
    /// How old a release must be: `0`, or a number with `d`, `w` or `mo`.
    pub cooldown: Option<String>,
    /// Releases with an advisory at least this bad are refused: 0 none, 1 low, 2 medium, 3 high, 4 critical.
    pub advisory_min_severity: Option<i64>,
    /// Releases retired for one of these reasons are refused: 0 other, 1 invalid, 2 security, 3 deprecated,
    /// 4 renamed.
    pub retirement_reasons: Vec<i64>,
    /// Exceptions, at most one for each package.
    pub overrides: Vec<Override>,
}

/// An exception for a package, or for some of its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// What is done with them.
    pub action: OverrideAction,
    /// The package.
    pub package: String,
    /// The versions; none = all.
    pub requirement: Option<String>,
}

/// Both tabs, as they are stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Tabs {
    hexpm: Tab,
    organization: Tab,
}

/// A policy.
#[derive(Debug, Clone)]
pub struct PolicyView {
    /// Name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Who may fetch it.
    pub visibility: Visibility,
    /// By repository: the public one, then the organization's.
    pub tabs: [(String, Tab); 2],
    /// Made.
    pub inserted_at: Micros,
    /// Last changed.
    pub updated_at: Micros,
}

/// What an exception does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OverrideAction {
    /// Permits them past every limit.
    Allow,
    /// Refuses them.
    Deny,
}

impl OverrideAction {
    /// As it stands on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }

    /// The action of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Allow, Self::Deny].into_iter().find(|action| action.as_str() == text)
    }
}

impl Skep {
    /// Policies by name.
    pub async fn policies(&self, access: &Access<operations::ReadOrganization>) -> Result<Vec<PolicyView>> {
        let organization = &access.target().organization;
        let mut conn = self.db.read().await?;
        let rows = policies::of_organization(&mut conn, organization.id).await?;
        rows.iter().map(|row| view(&organization.name, row)).collect()
    }

    /// One policy.
    ///
    /// Errors: 404.
    pub async fn policy(
        &self,
        access: &Access<operations::ReadOrganization>,
        name: &str,
    ) -> Result<PolicyView> {
        let organization = &access.target().organization;
        let mut conn = self.db.read().await?;
        let row = policies::by_name(&mut conn, organization.id, name).await?;
        view(&organization.name, &row.ok_or_else(Error::not_found)?)
    }

    /// Makes a policy and publishes it.
    ///
    /// Errors: 422 by field.
    pub async fn create_policy(
        &self,
        access: &Access<operations::ChangePolicies>,
        name: Given<String>,
        given: GivenPolicy,
    ) -> Result<PolicyView> {
        let organization = &access.target().organization;
        let new = check::new(&organization.name, name, given)?;
        let now = self.now();
        let (mut tx, repository) = self.begin(access).await?;
        if policies::of_organization(&mut tx, organization.id).await?.len() >= MAX_POLICIES {
            return Err(Error::field("name", format!("there are {MAX_POLICIES} policies, delete one first")));
        }
        let place = (organization.id, new.name.as_str());
        let (visibility, tabs) = (new.content.visibility.as_str(), new.content.tabs_json()?);
        let description = new.content.description.as_deref();
        let inserted = policies::insert(&mut tx, place, description, visibility, &tabs, now).await;
        inserted.map_err(|error| match error {
            StoreError::Duplicate(_) => Error::field("name", "has already been taken"),
            error => error.into(),
        })?;
        self.publish_policy(tx, access, &repository, Action::PolicyCreate, &new.name).await
    }

    /// Changes a policy and publishes it. What is not given stays; a tab that is given replaces the old one.
    ///
    /// Errors: 404, 422 by field.
    pub async fn update_policy(
        &self,
        access: &Access<operations::ChangePolicies>,
        name: &str,
        given: GivenPolicy,
    ) -> Result<PolicyView> {
        let now = self.now();
        let (mut tx, repository) = self.begin(access).await?;
        let row = policies::by_name(&mut tx, access.target().organization.id, name).await?;
        let row = row.ok_or_else(Error::not_found)?;
        let content = check::changed(&repository.name, &row, given)?;
        let (visibility, tabs) = (content.visibility.as_str(), content.tabs_json()?);
        policies::update(&mut tx, row.id, content.description.as_deref(), visibility, &tabs, now).await?;
        self.publish_policy(tx, access, &repository, Action::PolicyUpdate, name).await
    }

    /// Deletes a policy. Projects that name it can resolve nothing from then on.
    ///
    /// Errors: 404.
    pub async fn delete_policy(&self, access: &Access<operations::ChangePolicies>, name: &str) -> Result<()> {
        let now = self.now();
        let (mut tx, repository) = self.begin(access).await?;
        let row = policies::by_name(&mut tx, access.target().organization.id, name).await?;
        let row = row.ok_or_else(Error::not_found)?;
        policies::delete(&mut tx, row.id).await?;
        resources::delete(&mut tx, repository.id, Kind::Policy, name).await?;
        record(&mut tx, access, Action::PolicyDelete, &row, now).await?;
        tx.note(Change::Policy { repository_id: repository.id, name: name.to_owned() });
        Ok(tx.commit(now).await?)
    }

    /// Signs every policy of a repository again, in the transaction that gives it another name.
    pub(crate) async fn rebuild_policies(&self, tx: &mut Conn, repository: &Repository) -> Result<()> {
        for row in policies::of_organization(tx, repository.organization_id).await? {
            self.put_policy(tx, repository, &row).await?;
        }
        Ok(())
    }

    /// Names of the policies whose published resource is not what the database has.
    pub(crate) async fn wrong_policies(&self, repository: &Repository) -> Result<Vec<String>> {
        // Nobody publishes or renames meanwhile.
        let mut tx = self.db.write().await?;
        organizations::lock(&mut tx, repository.organization_id).await?;
        let mut wrong = Vec::new();
        for row in policies::of_organization(&mut tx, repository.organization_id).await? {
            let expected = message::of(&view(&repository.name, &row)?)?;
            let stored = resources::get(&mut tx, repository, Kind::Policy, &row.name).await?;
            let key = self.signing_key.public_key();
            let published = stored.and_then(|stored| {
                policy::Policy::from_signed(&stored.content, key, &repository.name, &row.name).ok()
            });
            if published != Some(expected) {
                wrong.push(row.name);
            }
        }
        Ok(wrong)
    }

    /// A transaction in which nobody else changes policies of the organization.
    async fn begin(&self, access: &Access<operations::ChangePolicies>) -> Result<(Conn, Repository)> {
        let mut tx = self.db.write().await?;
        let organization = hold(&mut tx, &access.target().organization).await?;
        // The organization is held, and whoever renames or deletes its repository holds it too.
        let repository = repositories::of_organization(&mut tx, organization.id).await?;
        Ok((tx, repository.ok_or_else(|| Error::internal("an organization has a repository"))?))
    }

    async fn publish_policy(
        &self,
        mut tx: Conn,
        access: &Access<operations::ChangePolicies>,
        repository: &Repository,
        action: Action,
        name: &str,
    ) -> Result<PolicyView> {
        let now = self.now();
        let row = policies::by_name(&mut tx, repository.organization_id, name).await?;
        let row = row.ok_or_else(|| Error::internal("the policy was stored"))?;
        self.put_policy(&mut tx, repository, &row).await?;
        record(&mut tx, access, action, &row, now).await?;
        tx.note(Change::Policy { repository_id: repository.id, name: name.to_owned() });
        tx.commit(now).await?;
        view(&repository.name, &row)
    }

    async fn put_policy(&self, tx: &mut Conn, repository: &Repository, row: &Policy) -> Result<()> {
        let content = message::of(&view(&repository.name, row)?)?.to_signed(&self.signing_key);
        let now = self.now();
        Ok(resources::put(tx, repository.id, Kind::Policy, &row.name, 0, &content, now).await?)
    }
}

fn visibility_of(row: &Policy) -> Result<Visibility> {
    let visibility = Visibility::parse(&row.visibility);
    visibility.ok_or_else(|| Error::internal(format!("a policy has the visibility {}", row.visibility)))
}

fn tabs_of(row: &Policy) -> Result<Tabs> {
    serde_json::from_str(&row.tabs).map_err(Error::internal)
}

fn view(organization: &str, row: &Policy) -> Result<PolicyView> {
    let tabs = tabs_of(row)?;
    Ok(PolicyView {
        name: row.name.clone(),
        description: row.description.clone(),
        visibility: visibility_of(row)?,
        tabs: [("hexpm".to_owned(), tabs.hexpm), (organization.to_owned(), tabs.organization)],
        inserted_at: row.inserted_at,
        updated_at: row.updated_at,
    })
}

/// The log keeps everything that a policy said.
async fn record(
    tx: &mut Conn,
    access: &Access<operations::ChangePolicies>,
    action: Action,
    row: &Policy,
    now: Micros,
) -> Result<()> {
    let organization = &access.target().organization;
    let view = view(&organization.name, row)?;
    let repositories = view.tabs.iter().map(|(repository, tab)| {
        json!({
            "repository": repository,
            "restriction": {
                "cooldown": tab.cooldown,
                "advisory_min_severity": tab.advisory_min_severity,
                "retirement_reasons": tab.retirement_reasons,
            },
            "overrides": tab.overrides,
        })
    });
    let params = json!({
        "id": row.id,
        "name": row.name,
        "visibility": row.visibility,
        "description": row.description,
        "organization_id": row.organization_id,
        "repositories": Value::Array(repositories.collect()),
    });
    let entry = Entry { organization_id: Some(organization.id), ..Entry::new(action, params) };
    Ok(audit::record(tx, access.caller(), &entry, now).await?)
}
