//! Small universes, solved a second time by trying everything.

use proptest::prelude::*;

use super::*;
use crate::resolve::range;

const NAMES: [&str; 4] = ["aa", "bb", "cc", "dd"];
const REPOSITORIES: [&str; 2] = ["hexpm", "acme"];
const VERSIONS: [&str; 4] = ["1.0.0", "1.1.0", "2.0.0-rc", "2.0.0"];
const REQUIREMENTS: [&str; 6] = [">= 0.0.0", "~> 1.0", "== 1.1.0", "> 1.0.0", "< 2.0.0", "~> 2.0"];

type Chosen = BTreeMap<PackageName, (PackageId, Version)>;

fn any_dependency() -> impl Strategy<Value = Dependency> {
    let package =
        (prop::sample::select(&NAMES[..]), prop::sample::select(vec!["hexpm", "hexpm", "hexpm", "acme"]));
    (package, prop::sample::select(&REQUIREMENTS[..]), prop::bool::weighted(0.25)).prop_map(
        |((name, repository), requirement, optional)| Dependency {
            package: PackageId::new(PackageName::parse(name).unwrap(), repository),
            requirement: Requirement::parse(requirement).unwrap(),
            optional,
        },
    )
}

fn any_release(version: &'static str) -> impl Strategy<Value = Release> {
    (prop::collection::vec(any_dependency(), 0..3), prop::bool::weighted(0.1)).prop_map(
        move |(dependencies, retired)| Release {
            dependencies,
            retired: retired.then(|| "deprecated".to_owned()),
            ..release(version, &[])
        },
    )
}

fn any_universe() -> impl Strategy<Value = Universe> {
    let releases = || VERSIONS.map(|version| prop::option::weighted(0.6, any_release(version)));
    let packages = NAMES.len() * REPOSITORIES.len();
    prop::collection::vec(releases(), packages).prop_map(|all| {
        let mut universe = Universe::default();
        let ids =
            NAMES.iter().flat_map(|name| REPOSITORIES.map(|repository| format!("{name} in {repository}")));
        for (text, releases) in ids.zip(all) {
            universe.add(id(&text), releases.into_iter().flatten().collect());
        }
        universe
    })
}

fn any_question() -> impl Strategy<Value = Question> {
    let requirement = any_dependency().prop_map(|it| Dependency { optional: false, ..it });
    let requirements = prop::collection::vec(requirement, 1..4);
    let locked = prop::collection::btree_map(
        prop::sample::select(&NAMES[..]),
        prop::sample::select(&VERSIONS[..]),
        0..2,
    );
    let repositories = prop::option::weighted(0.2, prop::sample::select(&NAMES[..]));
    (requirements, locked, repositories, any::<bool>()).prop_map(|(requirements, locked, settled, gleam)| {
        let locked: Vec<_> = locked.into_iter().collect();
        Question {
            requirements,
            rules: if gleam { Rules::Gleam } else { Rules::Hex },
            repositories: settled
                .map(|name| (PackageName::parse(name).unwrap(), "acme".to_owned()))
                .into_iter()
                .collect(),
            ..locking(&[], &locked)
        }
    })
}

/// What is wrong with a choice.
fn problem(question: &Question, universe: &Universe, chosen: &Chosen) -> Option<String> {
    let fits = |dependency: &Dependency| {
        let wanted = range(&dependency.requirement, question.rules);
        match chosen.get(&dependency.package.name) {
            None => dependency.optional,
            Some((id, version)) if *id == dependency.package => wanted.contains(version),
            Some(_) => dependency.optional,
        }
    };
    if let Some(dependency) = question.requirements.iter().find(|it| !fits(it)) {
        return Some(format!("the project requires {dependency:?}"));
    }
    for (name, (id, version)) in chosen {
        let release = universe.release(id, version)?;
        if let Some(dependency) = release.dependencies.iter().find(|it| !fits(it)) {
            return Some(format!("{id:?} {version} requires {dependency:?}"));
        }
        let locked = question.locked.get(name);
        if question.rules == Rules::Gleam && locked.is_some_and(|locked| locked != version) {
            return Some(format!("{name} is locked"));
        }
        if question.rules == Rules::Gleam && release.retired.is_some() && locked != Some(version) {
            return Some(format!("{name} {version} is retired"));
        }
        if question.repositories.get(name).is_some_and(|settled| id.repository() != Some(settled)) {
            return Some(format!("{name} is from elsewhere"));
        }
    }
    None
}

/// Whether everything chosen is there for a reason.
fn is_needed(question: &Question, universe: &Universe, chosen: &Chosen) -> bool {
    let mut reached = BTreeSet::new();
    let mut todo: Vec<_> = question.requirements.iter().map(|it| it.package.name.clone()).collect();
    while let Some(name) = todo.pop() {
        let Some((id, version)) = chosen.get(&name) else { continue };
        if reached.insert(name) {
            let dependencies = &universe.release(id, version).expect("it was chosen").dependencies;
            todo.extend(dependencies.iter().filter(|it| !it.optional).map(|it| it.package.name.clone()));
        }
    }
    reached.len() == chosen.len()
}

/// Whether any choice at all is right.
fn possible(question: &Question, universe: &Universe, names: &[&str], chosen: &mut Chosen) -> bool {
    let Some((name, rest)) = names.split_first() else {
        return problem(question, universe, chosen).is_none();
    };
    if possible(question, universe, rest, chosen) {
        return true;
    }
    let name = PackageName::parse(name).unwrap();
    for repository in REPOSITORIES {
        let id = PackageId::new(name.clone(), repository);
        for release in universe.releases(&id) {
            chosen.insert(name.clone(), (id.clone(), release.version.clone()));
            if possible(question, universe, rest, chosen) {
                return true;
            }
        }
    }
    chosen.remove(&name);
    false
}

/// With rounds, as a program would: nothing is known at first.
fn in_rounds(question: &Question, all: &Universe) -> Result<Chosen, SolveError> {
    let mut known = Universe::default();
    loop {
        match solve(question, &known)? {
            Answer::Solved(chosen) => return Ok(chosen),
            Answer::Unknown(unknown) => {
                assert!(!unknown.is_empty());
                for package in unknown {
                    assert!(!known.knows(&package));
                    let releases = all.releases(&package).to_vec();
                    known.add(package, releases);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn finds_an_answer_if_and_only_if_there_is_one(universe in any_universe(), question in any_question()) {
        for (way, outcome) in [
            ("at once", solve(&question, &universe).map(|answer| match answer {
                Answer::Solved(chosen) => chosen,
                Answer::Unknown(_) => panic!("everything is known"),
            })),
            ("in rounds", in_rounds(&question, &universe)),
        ] {
            match outcome {
                Ok(chosen) => {
                    prop_assert_eq!(problem(&question, &universe, &chosen), None, "{}: {:?}", way, chosen);
                    prop_assert!(is_needed(&question, &universe, &chosen), "{}: {:?}", way, chosen);
                }
                Err(SolveError::Conflict(conflict)) => {
                    let mut found = Chosen::new();
                    prop_assert!(!possible(&question, &universe, &NAMES, &mut found), "{}: {:?} fits, but\n{}", way, found, conflict.explanation);
                    prop_assert!(!conflict.explanation.is_empty());
                }
                Err(other) => prop_assert!(false, "{}", other),
            }
        }
    }
}
