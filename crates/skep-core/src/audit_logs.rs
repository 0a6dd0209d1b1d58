//! Reading the audit log. Writing it: see [`crate::audit`].

use skep_store::tables::audit_logs::{self, About, AuditLog};

use crate::access::{Access, operations};
use crate::{Error, Result, Skep};

/// Entries on a page.
pub const PER_PAGE: i64 = 100;

/// An entry.
#[derive(Debug, Clone)]
pub struct AuditLogView {
    /// See [`crate::audit::Action`].
    pub action: String,
    /// Depends on the action.
    pub params: serde_json::Value,
    /// Of the request.
    pub user_agent: Option<String>,
}

impl Skep {
    /// What the calling account did, newest first. Pages count from 1.
    pub async fn own_audit_logs(
        &self,
        access: &Access<operations::ShowMe>,
        page: i64,
    ) -> Result<Vec<AuditLogView>> {
        self.audit_logs(About::User(access.target().user().id), page).await
    }

    /// What an organization did and what was done to it, newest first. Pages count from 1.
    pub async fn organization_audit_logs(
        &self,
        access: &Access<operations::ReadOrganization>,
        page: i64,
    ) -> Result<Vec<AuditLogView>> {
        self.audit_logs(About::Organization(access.target().organization.id), page).await
    }

    pub(crate) async fn audit_logs(&self, about: About, page: i64) -> Result<Vec<AuditLogView>> {
        let mut conn = self.db.read().await?;
        let offset = page.max(1).saturating_sub(1).saturating_mul(PER_PAGE);
        let rows = audit_logs::page(&mut conn, about, PER_PAGE, offset).await?;
        rows.into_iter().map(view).collect()
    }
}

fn view(row: AuditLog) -> Result<AuditLogView> {
    let params = serde_json::from_str(&row.params).map_err(Error::internal)?;
    Ok(AuditLogView { action: row.action, params, user_agent: row.user_agent })
}
