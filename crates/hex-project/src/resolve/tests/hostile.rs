//! Universes that were made to be slow.

use std::time::{Duration, Instant};

use super::*;

/// Generous: the machine may have more to do.
const LIMIT: Duration = Duration::from_secs(60);

fn timed(question: &Question, universe: &Universe) -> Result<Answer, SolveError> {
    let start = Instant::now();
    let answer = solve(question, universe);
    assert!(start.elapsed() < LIMIT, "it took {:?}", start.elapsed());
    answer
}

fn named(number: usize) -> String {
    format!("package{number}")
}

#[test]
fn cycles() {
    let mut universe = Universe::default();
    for number in 0..50 {
        let next = format!("{} >= 1.0.0", named((number + 1) % 50));
        universe.add(id(&named(number)), vec![release("1.0.0", &[&next]), release("1.1.0", &[&next])]);
    }
    let Ok(Answer::Solved(chosen)) = timed(&question(&["package0 ~> 1.0"]), &universe) else {
        panic!("there is an answer")
    };
    assert_eq!(chosen.len(), 50);
}

#[test]
fn deep_chains() {
    for (end, fits) in [("== 1.0.0", true), ("== 2.0.0", false)] {
        let mut universe = Universe::default();
        for number in 0..3000 {
            let requirement = if number == 2999 { end } else { ">= 1.0.0" };
            let next = format!("{} {requirement}", named(number + 1));
            universe.add(id(&named(number)), vec![release("1.0.0", &[&next])]);
        }
        universe.add(id(&named(3000)), vec![release("1.0.0", &[])]);
        match timed(&question(&["package0 ~> 1.0"]), &universe) {
            Ok(Answer::Solved(chosen)) => assert_eq!((chosen.len(), fits), (3001, true)),
            Err(SolveError::Conflict(conflict)) => {
                assert!(conflict.explanation.lines().count() < 50 && !fits, "{}", conflict.explanation);
                assert!(conflict.explanation.starts_with('…'));
                assert!(conflict.explanation.ends_with("no versions fit together."));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_thousand_versions_that_do_not_fit() {
    let mut universe = Universe::default();
    let needing_one = |minor| release(&format!("1.{minor}.0"), &[&format!("bb == 1.{minor}.0")]);
    universe.add(id("aa"), (0..1000).map(needing_one).collect());
    universe.add(id("bb"), (0..1000).map(|minor| release(&format!("1.{minor}.0"), &[])).collect());
    universe.add(id("cc"), vec![release("1.0.0", &["bb == 1.1000.0"])]);
    let answer = timed(&question(&["aa >= 0.0.0", "cc ~> 1.0"]), &universe);
    assert!(matches!(answer, Err(SolveError::Conflict(_))), "{answer:?}");
    let answer = timed(&question(&["aa >= 0.0.0", "bb == 1.7.0"]), &universe);
    assert!(matches!(answer, Ok(Answer::Solved(_))), "{answer:?}");
}

#[test]
fn versions_that_drive_each_other_away() {
    let mut universe = Universe::default();
    let releases = |target: &str| {
        let requirement = |minor| format!("{target} == 1.{}.0", minor + 1);
        let release = |minor| release(&format!("1.{minor}.0"), &[&requirement(minor)]);
        (0..200).map(release).collect::<Vec<_>>()
    };
    universe.add(id("aa"), releases("bb"));
    universe.add(id("bb"), releases("aa"));
    let answer = timed(&question(&["aa >= 0.0.0", "bb >= 0.0.0"]), &universe);
    assert!(matches!(answer, Err(SolveError::Conflict(_))), "{answer:?}");
}

#[test]
fn many_packages_that_depend_on_each_other() {
    let mut universe = Universe::default();
    for number in 0..60 {
        let release = |minor: usize| {
            let next = |step: usize| {
                format!("{} >= 1.{}.0 and < 1.{}.0", named((number + step) % 60), minor / 2, minor + 3)
            };
            release(&format!("1.{minor}.0"), &[&next(1), &next(7), &next(13)])
        };
        universe.add(id(&named(number)), (0..40).map(release).collect());
    }
    let answer = timed(&question(&["package0 ~> 1.0", "package1 == 1.3.0"]), &universe);
    assert!(matches!(answer, Ok(Answer::Solved(_))), "{answer:?}");
}

#[test]
fn too_many_packages() {
    let mut universe = Universe::default();
    for number in 0..=MAX_PACKAGES {
        universe.add(id(&named(number)), vec![release("1.0.0", &[])]);
    }
    assert!(matches!(timed(&question(&["package0 ~> 1.0"]), &universe), Err(SolveError::TooMany)));
}
