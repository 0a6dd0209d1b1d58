//! The cells of docs/compatibility.md: what was tried with which client, and how it went.
//!
//! A cell is a check against a running server. Where `SKEP_COMPATIBILITY_RESULTS` names a file, each one adds its line to
//! it, from which `tests/compatibility/page` makes the page.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, resume_unwind};

use futures::FutureExt as _;
use serde_json::json;

const VARIABLE: &str = "SKEP_COMPATIBILITY_RESULTS";

/// A row.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Operation {
    Authenticate,
    SignIn,
    TwoFactor,
    AddRepository,
    Fetch,
    Publish,
    Replace,
    Revert,
    Docs,
    Retire,
    Owners,
    Keys,
    OrganizationKeys,
    Exchange,
    Search,
    Info,
    Policy,
    OfflineCache,
}

impl Operation {
    /// As the results call it.
    const fn name(self) -> &'static str {
        match self {
            Self::Authenticate => "authenticate",
            Self::SignIn => "sign in",
            Self::TwoFactor => "two-factor",
            Self::AddRepository => "add repository",
            Self::Fetch => "fetch",
            Self::Publish => "publish",
            Self::Replace => "replace",
            Self::Revert => "revert",
            Self::Docs => "docs",
            Self::Retire => "retire",
            Self::Owners => "owners",
            Self::Keys => "keys",
            Self::OrganizationKeys => "organization keys",
            Self::Exchange => "exchange",
            Self::Search => "search",
            Self::Info => "info",
            Self::Policy => "policy",
            Self::OfflineCache => "offline cache",
        }
    }
}

/// A column: one version of a client.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    client: &'static str,
    version: String,
}

impl Column {
    pub(crate) fn new(client: &'static str, version: impl Into<String>) -> Self {
        Self { client, version: version.into() }
    }

    /// A cell that passes if the check does.
    pub(crate) async fn works(&self, operation: Operation, check: impl Future<Output = ()>) {
        self.works_except(operation, "", check).await;
    }

    /// Cells that one check fills.
    pub(crate) async fn all_work(&self, operations: &[Operation], check: impl Future<Output = ()>) {
        self.all_work_except(operations, "", check).await;
    }

    /// Cells that one check fills, with what has to be said beside them.
    pub(crate) async fn all_work_except(
        &self,
        operations: &[Operation],
        note: &str,
        check: impl Future<Output = ()>,
    ) {
        let outcome = AssertUnwindSafe(check).catch_unwind().await;
        for operation in operations {
            self.note(*operation, if outcome.is_ok() { "pass" } else { "fail" }, note);
        }
        if let Err(panic) = outcome {
            resume_unwind(panic);
        }
    }

    /// A cell that passes except for a fault of the client, which is named beside it. The check shows the fault, so that
    /// nobody is told of it longer than it is there.
    pub(crate) async fn works_except(
        &self,
        operation: Operation,
        fault: &str,
        check: impl Future<Output = ()>,
    ) {
        self.all_work_except(&[operation], fault, check).await;
    }

    /// A cell for which the client has nothing.
    pub(crate) fn has_no(&self, operation: Operation, reason: &str) {
        self.note(operation, "not applicable", reason);
    }

    fn note(&self, operation: Operation, result: &str, note: &str) {
        let Some(path) = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()) else { return };
        let date = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
        let line = json!({
            "operation": operation.name(),
            "client": self.client,
            "version": self.version,
            "result": result,
            "note": note,
            "date": date,
        });
        // In one call, because tests of several processes write to the file.
        let mut file =
            std::fs::OpenOptions::new().create(true).append(true).open(path).expect("it can be opened");
        file.write_all(format!("{line}\n").as_bytes()).expect("it can be written");
    }
}
