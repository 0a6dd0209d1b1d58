//! One line per problem: the same one is published by several sources under several identifiers.

use hex_registry::package::{Advisory, Severity};

use crate::policy::rank;

/// A problem, told by the best of its sources.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The source that tells it, with the identifiers of all others as its aliases.
    pub advisory: Advisory,
    /// The worst that any source says about it.
    pub worst: Option<Severity>,
}

/// Groups advisories by the vulnerability (`CVE-…`) that they are about, in the order in which the first of each comes.
pub fn group(advisories: &[&Advisory]) -> Vec<Problem> {
    let mut groups: Vec<(&str, Vec<&Advisory>)> = Vec::new();
    for advisory in advisories {
        let key = vulnerability(advisory);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, members)) => members.push(advisory),
            None => groups.push((key, vec![advisory])),
        }
    }
    groups.into_iter().map(|(_, members)| merge(&members)).collect()
}

fn vulnerability(advisory: &Advisory) -> &str {
    let mut ids = std::iter::once(&advisory.id).chain(&advisory.aliases);
    ids.find(|id| id.starts_with("CVE-")).unwrap_or(&advisory.id)
}

fn merge(members: &[&Advisory]) -> Problem {
    let primary = members
        .iter()
        .min_by_key(|advisory| (source_rank(&advisory.id), &advisory.id))
        .expect("invariant: a group has a member");
    let others = members.iter().filter(|advisory| advisory.id != primary.id);
    let mut aliases: Vec<String> = Vec::new();
    for member in std::iter::once(primary).chain(others) {
        for id in std::iter::once(&member.id).chain(&member.aliases) {
            if *id != primary.id && !aliases.contains(id) {
                aliases.push(id.clone());
            }
        }
    }
    // A source that does not rate it says nothing; only if all are silent nobody knows.
    let worst = members.iter().map(|advisory| rank(advisory.severity)).max();
    let worst = if members.iter().all(|advisory| advisory.severity.is_none()) { None } else { worst };
    Problem { advisory: Advisory { aliases, ..(*primary).clone() }, worst }
}

/// Which source tells it best: the ecosystem's own foundation first.
fn source_rank(id: &str) -> u8 {
    match id.split('-').next() {
        Some("EEF") => 0,
        Some("GHSA") => 1,
        Some("NVD") => 2,
        _ => 3,
    }
}
