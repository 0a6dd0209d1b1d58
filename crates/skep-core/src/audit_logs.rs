//! Reading the audit log. Writing it: see [`crate::audit`].

use skep_store::Micros;
use skep_store::tables::audit_logs::{self, About, AuditLog};

use crate::access::{Access, operations};
use crate::role::Role;
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
    /// Who, as they were called then. None if nobody was known.
    pub actor: Option<String>,
    /// When.
    pub inserted_at: Micros,
    /// By what and from where. None for readers whom it does not concern.
    pub trace: Option<Trace>,
}

/// What tells more about somebody than others need to know.
#[derive(Debug, Clone)]
pub struct Trace {
    /// Row id of the key that was used.
    pub key_id: Option<i64>,
    /// The client's address.
    pub remote_ip: Option<String>,
}

/// Whether a reader sees traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Traces {
    Shown,
    Hidden,
}

impl Skep {
    /// What the calling account did, newest first. Pages count from 1.
    pub async fn own_audit_logs(
        &self,
        access: &Access<operations::ShowMe>,
        page: i64,
    ) -> Result<Vec<AuditLogView>> {
        self.audit_logs(About::User(access.target().user().id), Traces::Shown, page).await
    }

    /// What an organization did and what was done to it, newest first. Pages count from 1. From where members act is shown
    /// to its admins only.
    pub async fn organization_audit_logs(
        &self,
        access: &Access<operations::ReadOrganization>,
        page: i64,
    ) -> Result<Vec<AuditLogView>> {
        let id = access.target().organization.id;
        let role = access.caller().principal.as_ref().and_then(|principal| principal.role_in(id));
        let traces = if role == Some(Role::Admin) { Traces::Shown } else { Traces::Hidden };
        self.audit_logs(About::Organization(id), traces, page).await
    }

    pub(crate) async fn audit_logs(
        &self,
        about: About,
        traces: Traces,
        page: i64,
    ) -> Result<Vec<AuditLogView>> {
        let mut conn = self.db.read().await?;
        let offset = page.max(1).saturating_sub(1).saturating_mul(PER_PAGE);
        let rows = audit_logs::page(&mut conn, about, PER_PAGE, offset).await?;
        rows.into_iter().map(|row| view(row, traces)).collect()
    }
}

fn view(row: AuditLog, traces: Traces) -> Result<AuditLogView> {
    let params = serde_json::from_str(&row.params).map_err(Error::internal)?;
    Ok(AuditLogView {
        action: row.action,
        params,
        user_agent: row.user_agent,
        actor: Some(row.actor).filter(|actor| !actor.is_empty()),
        inserted_at: row.inserted_at,
        trace: (traces == Traces::Shown).then_some(Trace { key_id: row.key_id, remote_ip: row.remote_ip }),
    })
}
