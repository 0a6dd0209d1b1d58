//! `cache.ets` of Hex: rows `{KEY, VALUE}` whose keys are tuples of a kind, the repository, the package and the version.
//!
//! Seen with Hex 2.0.6 to 2.4.2, whose rows have form 3, and 2.5, whose rows have form 5: those of form 3, and
//! `advisories` and `published_at`. Hex throws a table of another form away.

use std::collections::HashSet;

use hex_format::checksum::Sha256;
use hex_format::ets::Table;
use hex_format::name::PackageName;
use hex_format::term::Term;
use hex_format::version::Version;
use hex_registry::package::{Advisory, Dependency, Package, Release, Severity};

use super::{Index, Known, checksum, retirement};

pub(super) const TABLE: Table =
    Table { name: "Elixir.Hex.Registry.Server", ordered: false, named: false, public: false, key: 1 };

const BEFORE_ADVISORIES: i128 = 3;
const WITH_ADVISORIES: i128 = 5;

/// The form of the rows.
pub(super) fn form(index: &Index) -> Option<i128> {
    index.get(&Term::atom("version"))?.get(1)?.as_integer()
}

/// The form that the Hex of this machine reads; if nobody knows it, that of the table.
pub(super) fn expected_form(hex: Option<&Version>, found: Option<i128>) -> i128 {
    match hex {
        Some(hex) if (hex.major, hex.minor) < (2, 5) => BEFORE_ADVISORIES,
        Some(_) => WITH_ADVISORIES,
        None if found == Some(BEFORE_ADVISORIES) => BEFORE_ADVISORIES,
        None => WITH_ADVISORIES,
    }
}

/// The outer checksum of a release whose package is known.
pub(super) fn outer(
    index: &Index,
    repository: &str,
    package: &PackageName,
    version: &Version,
) -> Option<Sha256> {
    let version = version.to_string();
    let versions = index.get(&key("versions", repository, package.as_str(), None))?;
    let is_listed = versions.get(1)?.as_list()?.iter().any(|one| one.as_str() == Some(&version));
    let row = index.get(&key("outer_checksum", repository, package.as_str(), Some(&version)))?;
    checksum(row.get(1)?).filter(|_| is_listed)
}

pub(super) fn add(index: &mut Index, known: &[Known], now: i64, urls: impl Fn(&str) -> Vec<String>) {
    let repositories: HashSet<&str> = known.iter().map(|known| known.repository.as_str()).collect();
    for repository in repositories {
        move_repository(index, repository, &urls(repository));
    }
    let packages: HashSet<(&str, &str)> =
        known.iter().map(|known| (known.repository.as_str(), known.package.name.as_str())).collect();
    index.retain(|key| owner(key).is_none_or(|owner| !packages.contains(&owner)));
    let form = index.form;
    index.set(vec![Term::atom("version"), Term::Integer(form)]);
    let now = date_and_time(now);
    for known in known {
        for row in rows(known, &now, form) {
            index.set(row);
        }
    }
}

/// Hex forgets what it knows of a repository whose address has changed. So do we; and leave it to Hex to write down
/// which address it is now, because its versions spell it in two ways.
fn move_repository(index: &mut Index, repository: &str, urls: &[String]) {
    let place = Term::pair(Term::atom("repo"), Term::bin(repository));
    let Some(row) = index.get(&place) else { return };
    let url = row.get(1).and_then(Term::as_str).map(|url| url.trim_end_matches('/').to_owned());
    if url.is_none_or(|url| !urls.iter().any(|known| known.trim_end_matches('/') == url)) {
        index.retain(|key| *key != place && owner(key).is_none_or(|(of, _)| of != repository));
    }
}

/// The repository and the package that a row is about.
fn owner(key: &Term) -> Option<(&str, &str)> {
    match key.as_tuple()? {
        [_, repository, package, ..] => Some((repository.as_str()?, package.as_str()?)),
        _ => None,
    }
}

fn key(kind: &str, repository: &str, package: &str, version: Option<&str>) -> Term {
    let mut fields = vec![Term::atom(kind), Term::bin(repository), Term::bin(package)];
    fields.extend(version.map(Term::bin));
    Term::Tuple(fields)
}

fn rows(known: &Known, now: &Term, form: i128) -> Vec<Vec<Term>> {
    let Known { repository, package } = known;
    let mut rows = Vec::with_capacity(package.releases.len() * 7 + 2);
    for release in &package.releases {
        let mut row = |kind: &str, value: Term| {
            rows.push(vec![key(kind, repository, &package.name, Some(&release.version)), value]);
        };
        row("timestamp", now.clone());
        row("inner_checksum", Term::bin(release.inner_checksum));
        row("outer_checksum", Term::bin(release.outer_checksum));
        row("retired", retirement(release).unwrap_or_else(|| Term::atom("nil")));
        row("deps", dependencies(repository, package, release));
        if form >= WITH_ADVISORIES {
            let published = release.published_at.map(|at| Term::Integer(at.unix_seconds().into()));
            row("published_at", published.unwrap_or_else(|| Term::atom("nil")));
            let affects = |advisory: &&Advisory| release.advisory_ids.contains(&advisory.id);
            row("advisories", Term::List(package.advisories.iter().filter(affects).map(advisory).collect()));
        }
    }
    let versions = package.releases.iter().map(|release| Term::bin(&release.version)).collect();
    rows.push(vec![key("timestamp", repository, &package.name, None), now.clone()]);
    rows.push(vec![key("versions", repository, &package.name, None), Term::List(versions)]);
    rows
}

fn dependencies(repository: &str, package: &Package, release: &Release) -> Term {
    let tell = |dependency: &Dependency| {
        // The parent's own repository is meant by the name that it has on this machine.
        let is_own = dependency.repository == package.repository;
        let repository = if is_own { repository } else { &dependency.repository };
        Term::Tuple(vec![
            Term::bin(repository),
            Term::bin(&dependency.package),
            Term::bin(&dependency.app),
            Term::bin(&dependency.requirement),
            Term::bool(dependency.optional),
        ])
    };
    Term::List(release.dependencies.iter().map(tell).collect())
}

/// An advisory as the decoder of Hex gives it: a map that lacks what the registry lacks.
fn advisory(advisory: &Advisory) -> Term {
    let text = |text: &str| Term::bin(text);
    let mut fields = vec![
        ("aliases", Term::List(advisory.aliases.iter().map(|alias| text(alias)).collect())),
        ("api_url", text(&advisory.api_url)),
        ("html_url", text(&advisory.html_url)),
        ("id", text(&advisory.id)),
        ("summary", text(&advisory.summary)),
    ];
    fields.extend(advisory.severity.map(|it| ("severity", severity(it))));
    fields.extend(advisory.cvss_score.map(|score| ("cvss_score", Term::Float(score.into()))));
    Term::Map(fields.into_iter().map(|(name, value)| (Term::atom(name), value)).collect())
}

fn severity(severity: Severity) -> Term {
    Term::atom(match severity {
        Severity::None => "SEVERITY_NONE",
        Severity::Low => "SEVERITY_LOW",
        Severity::Medium => "SEVERITY_MEDIUM",
        Severity::High => "SEVERITY_HIGH",
        Severity::Critical => "SEVERITY_CRITICAL",
        Severity::Unknown(number) => return Term::Integer(number.into()),
    })
}

/// `{{2026,1,31},{12,0,0}}`
fn date_and_time(now: i64) -> Term {
    let at = jiff::Timestamp::from_second(now).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
    let triple = |numbers: [i128; 3]| Term::Tuple(numbers.map(Term::Integer).to_vec());
    Term::pair(
        triple([at.year().into(), at.month().into(), at.day().into()]),
        triple([at.hour().into(), at.minute().into(), at.second().into()]),
    )
}
