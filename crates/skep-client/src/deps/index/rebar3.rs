//! `packages.idx` of rebar3: rows `{package, {NAME, VERSION, REPOSITORY}, INNER, OUTER, RETIRED, DEPENDENCIES}`.
//!
//! Seen with rebar3 3.19, whose rows have form 6, and 3.27, whose rows have form 7: without optional dependencies, which
//! rebar3 does not know. It throws a table of another form away.

use std::collections::HashSet;

use hex_format::checksum::Sha256;
use hex_format::ets::Table;
use hex_format::name::PackageName;
use hex_format::term::Term;
use hex_format::version::{Identifier, Version};
use hex_registry::package::{Dependency, Release};

use super::{Index, Known, checksum, retirement};

pub(super) const TABLE: Table =
    Table { name: "package_index", ordered: true, named: true, public: true, key: 2 };

/// The row that tells the form, by its key.
const FORM: &str = "package_index_version";
const WITH_OPTIONAL: i128 = 6;
const WITHOUT_OPTIONAL: i128 = 7;

/// The form of the rows.
pub(super) fn form(index: &Index) -> Option<i128> {
    index.get(&Term::atom(FORM))?.first()?.as_integer()
}

/// The form that the rebar3 of this machine reads: the one that it has written, else that of its version.
pub(super) fn expected_form(version: impl Fn() -> Option<Version>, found: Option<i128>) -> i128 {
    match version() {
        Some(version) if (version.major, version.minor) < (3, 27) => WITH_OPTIONAL,
        Some(_) => WITHOUT_OPTIONAL,
        None if found == Some(WITH_OPTIONAL) => WITH_OPTIONAL,
        None => WITHOUT_OPTIONAL,
    }
}

/// The outer checksum of a release that is known.
pub(super) fn outer(
    index: &Index,
    repository: &str,
    package: &PackageName,
    version: &Version,
) -> Option<Sha256> {
    checksum(index.get(&key(repository, package.as_str(), version))?.get(3)?)
}

pub(super) fn add(index: &mut Index, known: &[Known]) {
    let packages: HashSet<(&str, &str)> =
        known.iter().map(|known| (known.repository.as_str(), known.package.name.as_str())).collect();
    index.retain(|key| owner(key).is_none_or(|owner| !packages.contains(&owner)));
    let form = index.form;
    index.set(vec![Term::Integer(form), Term::atom(FORM)]);
    for Known { repository, package } in known {
        // What rebar3 can't read as a version makes it stop, so it is left out.
        let readable = package.releases.iter().filter_map(|it| Some((it.version.parse().ok()?, it)));
        for (version, release) in readable {
            index.set(row(key(repository, &package.name, &version), release, form));
        }
    }
}

fn owner(key: &Term) -> Option<(&str, &str)> {
    match key.as_tuple()? {
        [package, _, repository] => Some((repository.as_str()?, package.as_str()?)),
        _ => None,
    }
}

fn key(repository: &str, package: &str, version: &Version) -> Term {
    Term::Tuple(vec![Term::bin(package), parsed(version), Term::bin(repository)])
}

/// A version as rebar3 parses it: `{{1,0,0},{[<<"rc">>,1],[]}}`.
fn parsed(version: &Version) -> Term {
    let number = |number: u64| Term::Integer(number.into());
    let numbers = [version.major, version.minor, version.patch].map(number).to_vec();
    let pre = version.pre.iter().map(|part| match part {
        Identifier::Numeric(it) => number(*it),
        Identifier::Text(text) => Term::bin(text),
    });
    let build = version.build.iter().flat_map(|build| build.split('.')).map(|part| match part.parse() {
        Ok(it) => number(it),
        Err(_) => Term::bin(part),
    });
    Term::pair(Term::Tuple(numbers), Term::pair(Term::List(pre.collect()), Term::List(build.collect())))
}

fn row(key: Term, release: &Release, form: i128) -> Vec<Term> {
    let checksum = |bytes| Term::bin(Sha256::from_bytes(bytes).to_upper_hex());
    let is_kept = |dependency: &&Dependency| form < WITHOUT_OPTIONAL || !dependency.optional;
    let tell = |dependency: &Dependency| {
        let undefined = || Term::atom("undefined");
        let source = vec![
            Term::atom("pkg"),
            Term::bin(&dependency.package),
            Term::bin(&dependency.requirement),
            undefined(),
            undefined(),
        ];
        Term::pair(Term::bin(&dependency.app), Term::Tuple(source))
    };
    vec![
        Term::atom("package"),
        key,
        checksum(release.inner_checksum),
        checksum(release.outer_checksum),
        retirement(release).unwrap_or_else(|| Term::bool(false)),
        Term::List(release.dependencies.iter().filter(is_kept).map(tell).collect()),
    ]
}
