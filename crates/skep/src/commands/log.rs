//! Logs of what was done, and lists that come in pages.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;
use skep_client::api::{ApiError, AuditLogEntry};

use super::keys::moment;
use crate::output::{Report, Text, table::table};

/// Entries of a full page, on Skep as on hex.pm: a shorter one is the last.
const PAGE: usize = 100;
/// Most facts of an entry that are shown as text.
const MAX_FACTS: usize = 8;

/// Asks for one page after the other until there are enough entries or no more.
pub(crate) async fn pages<T>(
    first: u32,
    limit: usize,
    mut page: impl AsyncFnMut(u32) -> Result<Vec<T>, ApiError>,
) -> Result<Vec<T>, ApiError> {
    let mut all = Vec::new();
    for number in first.. {
        if all.len() >= limit {
            break;
        }
        let found = page(number).await?;
        let is_last = found.len() < PAGE;
        all.extend(found);
        if is_last {
            break;
        }
    }
    all.truncate(limit);
    Ok(all)
}

/// A log, the newest entry first.
#[derive(Serialize)]
pub(crate) struct Log(pub(crate) Vec<AuditLogEntry>);

impl Report for Log {
    fn text(&self) -> Text {
        if self.0.is_empty() {
            return Text::default();
        }
        let rows = self.0.iter().map(|entry| {
            [
                moment(entry.inserted_at.as_deref(), ""),
                entry.actor.clone().unwrap_or_default(),
                entry.action.clone(),
                entry.remote_ip.clone().unwrap_or_default(),
                facts(&entry.params),
            ]
        });
        table(["When", "Who", "Action", "From", "What"], rows)
    }
}

/// What an entry is about, as `package.name=plug version=1.0.0`: what people gave names to, the outermost first, without
/// numbers of the database. The organization is told only where there is nothing else: the whole log is about it.
fn facts(params: &Value) -> String {
    let (mut found, mut organization) = (Vec::new(), Vec::new());
    let mut open = VecDeque::from([(String::new(), params)]);
    while let Some((path, value)) = open.pop_front() {
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match value {
            Value::Object(fields) => open.extend(fields.iter().map(|(name, value)| (below(name), value))),
            Value::String(text) if !text.is_empty() && !path.ends_with("_at") => {
                let about = if path.starts_with("organization.") { &mut organization } else { &mut found };
                about.push(format!("{path}={text}"));
            }
            _ => {}
        }
    }
    let mut facts = if found.is_empty() { organization } else { found };
    facts.truncate(MAX_FACTS);
    facts.join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn facts_are_what_has_a_name() {
        let params = json!({
            "user": { "id": 7, "username": "eric" }, "role": "write", "billing_active": true, "empty": "",
            "organization": { "name": "acme", "inserted_at": "2026-01-02T03:04:05Z" },
        });
        assert_eq!(facts(&params), "role=write user.username=eric");
        assert_eq!(facts(&json!({ "organization": params["organization"] })), "organization.name=acme");
        assert_eq!(facts(&Value::Null), "");
    }
}
