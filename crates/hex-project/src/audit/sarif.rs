//! An audit as SARIF 2.1.0, which code scanning services take.
//!
//! Rules and fingerprints are those of mix 2.5, so that a repository can change from one to the other without its alerts
//! being opened anew. Retirements have one rule for each reason, advisories one each.

use hex_registry::package::{Advisory, Retirement, RetirementReason, Severity};
use serde_json::{Value, json};

use super::advisories::Problem;
use super::{Audit, Finding, Kind, Status, retirement_message};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const ROOT: &str = "SRCROOT";
const RETIRED_TEMPLATE: &str = "Dependency '{0}' '{1}' is retired: '{2}'.";
const ADVISORY_TEMPLATE: &str =
    "Dependency '{0}' '{1}' is affected by security advisory '{2}': '{3}'. See '{4}'.";

/// The lock file that results point at.
#[derive(Debug, Clone, Copy)]
pub struct LockFile<'a> {
    /// Its path, relative to `root` if there is one; with slashes.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
    /// The root of the work tree, as a `file:///…/` address.
    pub root: Option<&'a str>,
}

/// The program that found it all.
#[derive(Debug, Clone, Copy)]
pub struct Tool<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
}

/// Writes an audit.
pub fn document(audit: &Audit, lock: &LockFile<'_>, tool: Tool<'_>) -> Value {
    let mut rules: Vec<Value> = Vec::new();
    for finding in &audit.findings {
        let rule = rule(&finding.kind);
        if !rules.iter().any(|known| known["id"] == rule["id"]) {
            rules.push(rule);
        }
    }
    let results: Vec<Value> = audit.findings.iter().map(|finding| result(finding, &rules, lock)).collect();
    let mut run = json!({
        "automationDetails": {
            "id": "hex-audit/",
            "description": { "text": format!("Hex dependency audit ({} audit)", tool.name) },
        },
        "tool": { "driver": {
            "name": format!("{} audit", tool.name),
            "fullName": format!("{} audit ({} {})", tool.name, tool.name, tool.version),
            "version": tool.version,
            "rules": rules,
        } },
        "results": results,
    });
    if let Some(root) = lock.root {
        run["originalUriBaseIds"] = json!({ ROOT: { "uri": root } });
    }
    json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] })
}

fn rule(kind: &Kind) -> Value {
    match kind {
        Kind::Retired(retirement) => retired_rule(retirement.reason),
        Kind::Advisory(problem) => advisory_rule(problem),
    }
}

fn rule_id(kind: &Kind) -> &str {
    match kind {
        Kind::Retired(retirement) => retired_names(retirement.reason).0,
        Kind::Advisory(problem) => &problem.advisory.id,
    }
}

fn retired_names(reason: RetirementReason) -> (&'static str, &'static str, &'static str) {
    match reason {
        RetirementReason::Other => ("HEX0001", "RetiredPackage", "Retired Hex package"),
        RetirementReason::Invalid => ("HEX0002", "RetiredPackageInvalid", "Hex package retired: invalid"),
        RetirementReason::Security => ("HEX0003", "RetiredPackageSecurity", "Hex package retired: security"),
        RetirementReason::Deprecated => {
            ("HEX0004", "RetiredPackageDeprecated", "Hex package retired: deprecated")
        }
        RetirementReason::Renamed => ("HEX0005", "RetiredPackageRenamed", "Hex package retired: renamed"),
    }
}

fn retired_rule(reason: RetirementReason) -> Value {
    let (id, name, title) = retired_names(reason);
    let help = "Update to a release that is not retired, or to another package. A retirement that can't be acted on yet \
                is left out of the result by --ignore-retirement.";
    json!({
        "id": id,
        "name": name,
        "shortDescription": { "text": title },
        "fullDescription": { "text": "The owners of the package ask not to use this release any more." },
        "help": { "text": help },
        "defaultConfiguration": { "level": retired_level(reason) },
        "messageStrings": { "default": { "text": RETIRED_TEMPLATE } },
    })
}

fn retired_level(reason: RetirementReason) -> &'static str {
    if reason == RetirementReason::Security { "error" } else { "warning" }
}

fn advisory_rule(problem: &Problem) -> Value {
    let advisory = &problem.advisory;
    let stop = if advisory.summary.ends_with(['.', '!', '?']) { "" } else { "." };
    let help = format!(
        "Update to a release that {} does not affect. An advisory that does not affect the project is left out of the \
         result by --ignore-advisory {}.",
        advisory.id, advisory.id
    );
    let mut properties = json!({ "tags": ["security"] });
    if let Some(score) = score(advisory) {
        properties["security-severity"] = Value::String(score);
    }
    json!({
        "id": advisory.id,
        "name": pascal_case(&advisory.id),
        "shortDescription": { "text": advisory.summary },
        "fullDescription": {
            "text": format!("{}{stop} See {} for more information.", advisory.summary, address(advisory)),
        },
        "helpUri": address(advisory),
        "help": { "text": help },
        "defaultConfiguration": { "level": advisory_level(advisory.severity) },
        "messageStrings": { "default": { "text": ADVISORY_TEMPLATE } },
        "properties": properties,
    })
}

/// `GHSA-1234-abcd` as `Ghsa1234Abcd`.
fn pascal_case(id: &str) -> String {
    let words = id.split(['-', '_', '.', ':', '/']).filter(|word| !word.is_empty());
    words
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().into_iter().flat_map(char::to_uppercase);
            first.chain(letters.as_str().to_lowercase().chars().collect::<Vec<_>>())
        })
        .collect()
}

fn advisory_level(severity: Option<Severity>) -> &'static str {
    match severity {
        Some(Severity::Critical | Severity::High) => "error",
        Some(Severity::Low | Severity::None) => "note",
        Some(Severity::Medium | Severity::Unknown(_)) | None => "warning",
    }
}

/// What services sort by: the score of the advisory, or one in the middle of its severity's range.
fn score(advisory: &Advisory) -> Option<String> {
    if let Some(score) = advisory.cvss_score {
        return Some(format!("{score:.1}"));
    }
    let score = match advisory.severity? {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::None => "0.0",
        Severity::Unknown(_) => return None,
    };
    Some(score.to_owned())
}

fn address(advisory: &Advisory) -> String {
    if advisory.html_url.is_empty() {
        format!("https://osv.dev/vulnerability/{}", advisory.id)
    } else {
        advisory.html_url.clone()
    }
}

fn result(finding: &Finding, rules: &[Value], lock: &LockFile<'_>) -> Value {
    let id = rule_id(&finding.kind);
    let (level, message, fingerprint) = match &finding.kind {
        Kind::Retired(retirement) => (
            retired_level(retirement.reason),
            retired_message(finding, retirement),
            format!("retired:{}", finding.package),
        ),
        Kind::Advisory(problem) => (
            advisory_level(problem.advisory.severity),
            advisory_message(finding, &problem.advisory),
            format!("advisory:{}:{id}", finding.package),
        ),
    };
    let mut result = json!({
        "ruleId": id,
        "ruleIndex": rules.iter().position(|rule| rule["id"] == id),
        "level": level,
        "message": message,
        "locations": [{ "physicalLocation": location(&finding.package, lock) }],
        "partialFingerprints": { "hexAudit/v1": fingerprint },
    });
    let suppression = match &finding.status {
        Status::Open => return result,
        Status::Ignored => ("Ignored by the project", "project"),
        Status::Accepted(acceptance) => (acceptance.message(), "policy"),
    };
    let (justification, source) = suppression;
    result["suppressions"] =
        json!([{ "kind": "external", "justification": justification, "properties": { "source": source } }]);
    result
}

fn retired_message(finding: &Finding, retirement: &Retirement) -> Value {
    message(RETIRED_TEMPLATE, &[&finding.package, &finding.version, &retirement_message(retirement)])
}

fn advisory_message(finding: &Finding, advisory: &Advisory) -> Value {
    let id = match advisory.aliases.is_empty() {
        true => advisory.id.clone(),
        false => format!("{} (aka {})", advisory.id, advisory.aliases.join(", ")),
    };
    let arguments = [&finding.package, &finding.version, &id, &advisory.summary, &address(advisory)];
    message(ADVISORY_TEMPLATE, &arguments.map(String::as_str))
}

/// The text with everything filled in, which some services need, and the template with its arguments, for the others.
fn message(template: &str, arguments: &[&str]) -> Value {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (number, after) = after.split_once('}').expect("invariant: a template closes its brackets");
        let number: usize = number.parse().expect("invariant: a template numbers its arguments");
        text.push_str(before);
        text.push_str(arguments[number]);
        rest = after;
    }
    text.push_str(rest);
    json!({ "text": text, "id": "default", "arguments": arguments })
}

fn location(package: &str, lock: &LockFile<'_>) -> Value {
    let mut artifact = json!({ "uri": lock.path });
    if lock.root.is_some() {
        artifact["uriBaseId"] = Value::from(ROOT);
    }
    let lines: Vec<&str> = lock.text.lines().map(str::trim_end).collect();
    let marks = [
        format!("{{:hex, :{package},"),
        format!("{{:hex, :\"{package}\","),
        format!("{{pkg,<<\"{package}\">>,"),
        format!("name = \"{package}\","),
    ];
    let found = lines.iter().position(|line| marks.iter().any(|mark| line.contains(mark)));
    let Some(index) = found else { return json!({ "artifactLocation": artifact }) };
    let (first, last) = (index.saturating_sub(1), (index + 1).min(lines.len() - 1));
    json!({
        "artifactLocation": artifact,
        "region": { "startLine": index + 1, "endLine": index + 1, "snippet": { "text": lines[index] } },
        "contextRegion": {
            "startLine": first + 1,
            "endLine": last + 1,
            "snippet": { "text": lines[first..=last].join("\n") },
        },
    })
}
