//! Programs that propose updates.

use std::fmt::Write as _;

use serde_json::json;

use super::Subject;
use crate::config::connections::Shape;

/// Dependabot runs `mix hex.repo add REPO URL --auth-key … --fetch-public-key …` for each registry. With the server as
/// `NAME`, mix derives `NAME:ORG` from it, with the same key.
pub(super) fn dependabot(subject: &Subject) -> String {
    if subject.is_hexpm() {
        return of_hexpm(subject);
    }
    let registries: Vec<(String, String)> = match subject.shape {
        Shape::SideBySide => vec![(subject.name.clone(), subject.repository.clone())],
        Shape::Plain | Shape::ReplaceHexpm => {
            let url = |name: &str| format!("{}/repos/{name}", subject.repository);
            subject.all_organizations().into_iter().map(|name| (name.to_owned(), url(name))).collect()
        }
    };
    let mut text = String::new();
    if subject.shape == Shape::ReplaceHexpm {
        text.push_str(
            "# Dependabot can't replace hexpm without showing the key to hex.pm. For it, dependencies have to name the\n\
             # repository: repo: \"ORGANIZATION\" instead of organization: \"ORGANIZATION\".\n",
        );
    }
    text.push_str("version: 2\nregistries:\n");
    for (name, url) in &registries {
        let _ = write!(
            text,
            "  {name}:\n    type: hex-repository\n    repo: {name}\n    url: {url}\n    auth-key: ${{{{secrets.SKEP_KEY}}}}\n    \
             public-key-fingerprint: {}\n",
            subject.fingerprint()
        );
    }
    let names: Vec<&str> = registries.iter().map(|(name, _)| name.as_str()).collect();
    text.push_str(&updates(&names));
    text
}

/// hex.pm has a kind of registry of its own.
fn of_hexpm(subject: &Subject) -> String {
    let mut text = "version: 2\nregistries:\n".to_owned();
    let organizations = subject.all_organizations();
    for name in &organizations {
        let _ = write!(
            text,
            "  {name}:\n    type: hex-organization\n    organization: {name}\n    key: ${{{{secrets.SKEP_KEY}}}}\n"
        );
    }
    text.push_str(&updates(&organizations));
    text
}

fn updates(names: &[&str]) -> String {
    format!(
        "updates:\n  - package-ecosystem: mix\n    directory: \"/\"\n    schedule:\n      interval: weekly\n    registries: [{}]\n    \
         # mix.exs is a program: without this Dependabot uses no private registry.\n    \
         insecure-external-code-execution: allow\n",
        names.join(", ")
    )
}

/// Renovate asks `REGISTRY/api/repos/ORG/packages/NAME` for a package `NAME:ORG`. It finds the organization by itself in
/// `organization:`, and has to be told for `repo:`.
pub(super) fn renovate(subject: &Subject) -> String {
    let organization = subject.organization();
    let rule = match subject.shape {
        Shape::ReplaceHexpm => json!({
            "matchDatasources": ["hex"],
            "matchPackageNames": [format!("/:{organization}$/")],
            "registryUrls": [subject.site],
        }),
        Shape::SideBySide | Shape::Plain => json!({
            "description": "One rule for each private package: Renovate does not read repo: in mix.exs",
            "matchDatasources": ["hex"],
            "matchDepNames": ["package"],
            "overridePackageName": format!("package:{organization}"),
            "registryUrls": [subject.site],
        }),
    };
    let host = json!({
        "description": "A key with the permission api:read. mix.lock is only updated where Renovate runs on a machine \
                        on which `skep connect` was run",
        "hostType": "hex",
        "matchHost": format!("{}/", subject.api),
        "token": "{{ secrets.SKEP_KEY }}",
    });
    let config = json!({
        "$schema": "https://docs.renovatebot.com/renovate-schema.json",
        "hostRules": [host],
        "packageRules": [rule],
    });
    let mut text = serde_json::to_string_pretty(&config).expect("invariant: this is JSON");
    text.push('\n');
    text
}
