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
const CHANGED: &str = "SKEP0001";
const CHANGED_TEMPLATE: &str = "Dependency '{0}' '{1}' differs from the registry: '{2}'.";
const MISSING: &str = "SKEP0002";
const MISSING_TEMPLATE: &str = "Dependency '{0}' '{1}' is not in '{2}'.";
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
    /// Whether this is one of several lock files in one document, whose results services have to tell apart.
    pub is_one_of_several: bool,
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
            "id": if lock.is_one_of_several { format!("hex-audit/{}/", lock.path) } else { "hex-audit/".to_owned() },
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
        Kind::Changed(_) => registry_rule(
            CHANGED,
            "ChangedRelease",
            "Hex release that differs from the registry",
            "The registry has other bytes for this release than the lock file: one of them is not what it was.",
            "Find out who changed it. If the owner has replaced the release, update the lock file.",
        ),
        Kind::Missing => registry_rule(
            MISSING,
            "MissingRelease",
            "Hex release that is not in the registry",
            "The registry does not have the release, so that nobody else can fetch it.",
            "Update to a release that is there, or mend the name of the repository in the lock file.",
        ),
        Kind::Retired(retirement) => retired_rule(retirement.reason),
        Kind::Advisory(problem) => advisory_rule(problem),
    }
}

fn rule_id(kind: &Kind) -> &str {
    match kind {
        Kind::Retired(retirement) => retired_names(retirement.reason).0,
        Kind::Advisory(problem) => &problem.advisory.id,
        Kind::Changed(_) => CHANGED,
        Kind::Missing => MISSING,
    }
}

/// A rule that mix does not have.
fn registry_rule(id: &str, name: &str, title: &str, description: &str, help: &str) -> Value {
    let template = if id == CHANGED { CHANGED_TEMPLATE } else { MISSING_TEMPLATE };
    json!({
        "id": id,
        "name": name,
        "shortDescription": { "text": title },
        "fullDescription": { "text": description },
        "help": { "text": help },
        "defaultConfiguration": { "level": "error" },
        "messageStrings": { "default": { "text": template } },
        "properties": { "tags": ["security"] },
    })
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
    let url = &advisory.html_url;
    let is_address = ["https://", "http://"].iter().any(|scheme| url.starts_with(scheme))
        && url.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte));
    // Services refuse the whole document for a link that is none.
    if is_address { url.clone() } else { format!("https://osv.dev/vulnerability/{}", encode(&advisory.id)) }
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
        Kind::Changed(difference) => (
            "error",
            message(CHANGED_TEMPLATE, &[&finding.package, &finding.version, &difference.to_string()]),
            format!("changed:{}", finding.package),
        ),
        Kind::Missing => (
            "error",
            message(MISSING_TEMPLATE, &[&finding.package, &finding.version, &finding.repository]),
            format!("missing:{}", finding.package),
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

/// A path as part of an address, with its slashes.
pub fn encode(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b'/' | b'+' | b'@' | b',' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn location(package: &str, lock: &LockFile<'_>) -> Value {
    let mut artifact = json!({ "uri": encode(lock.path) });
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
