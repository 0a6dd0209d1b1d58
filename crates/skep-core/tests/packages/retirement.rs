use skep_core::access::operations;
use skep_core::retirement::NewRetirement;
use skep_core::{Caller, FieldError};

use crate::support::{Release, World, each, problem, refusal, status};

pub(crate) fn because(reason: &str, message: &str) -> NewRetirement {
    NewRetirement { reason: Ok(Some(reason.into())), message: Ok(Some(message.into())) }
}

async fn access(world: &World, caller: &Caller) -> skep_core::access::Access<operations::Retire> {
    world.access(caller, "hexpm", "pkg").await.unwrap()
}

async fn retired(world: &World) -> Vec<(String, Option<String>)> {
    let package = world.registry("pkg").await.unwrap();
    let words = package.releases.into_iter().filter_map(|release| release.retirement);
    words.map(|retirement| (retirement.reason.to_string(), retirement.message)).collect()
}

#[tokio::test]
async fn the_registry_shows_a_retirement_until_it_is_taken_back() {
    each(async |world| {
        let alice = world.user("alice").await;
        world.published(&alice, &Release::new("pkg", "1.0.0")).await;
        let access = access(world, &alice).await;
        for reason in ["other", "invalid", "security", "deprecated", "renamed"] {
            world.core.retire(&access, "1.0.0", because(reason, "because")).await.unwrap();
            assert_eq!(retired(world).await, [(reason.to_owned(), Some("because".to_owned()))]);
        }
        world.core.retire(&access, "1.0.0", because("security", " ")).await.unwrap();
        assert_eq!(retired(world).await, [("security".to_owned(), None)], "an empty message is none");
        let reading = world.reading(&alice, "hexpm").await;
        let view = world.core.release(&reading, "pkg", "1.0.0").await.unwrap();
        assert_eq!(view.retirement.unwrap().reason, "security");

        world.core.unretire(&access, "1.0.0").await.unwrap();
        world.core.unretire(&access, "1.0.0").await.unwrap();
        assert_eq!(retired(world).await, []);
        let actions = world.actions("hexpm", "pkg", &alice).await;
        assert_eq!(actions[..3], ["release.unretire", "release.unretire", "release.retire"]);
    })
    .await;
}

#[tokio::test]
async fn all_releases_can_be_retired_at_once() {
    each(async |world| {
        let alice = world.user("alice").await;
        for version in ["1.0.0", "1.1.0", "1.2.0"] {
            world.published(&alice, &Release::new("pkg", version)).await;
        }
        let access = access(world, &alice).await;
        world.core.retire(&access, "1.0.0", because("security", "a hole")).await.unwrap();
        world.core.retire_all(&access, because("renamed", "see other"), false).await.unwrap();
        let reasons: Vec<_> = retired(world).await.into_iter().map(|(reason, _)| reason).collect();
        assert_eq!(reasons, ["security", "renamed", "renamed"]);
        world.core.retire_all(&access, because("other", ""), true).await.unwrap();
        let reasons: Vec<_> = retired(world).await.into_iter().map(|(reason, _)| reason).collect();
        assert_eq!(reasons, ["other", "other", "other"]);
        let actions = world.actions("hexpm", "pkg", &alice).await;
        assert_eq!(actions.iter().filter(|action| *action == "release.retire").count(), 6);

        let error = world.core.retire_all(&access, because("bored", ""), false).await.unwrap_err();
        assert_eq!(refusal(&error).1, [problem("retirement.reason", "is invalid")], "also with nothing left");
    })
    .await;
}

#[tokio::test]
async fn what_is_refused() {
    each(async |world| {
        let alice = world.user("alice").await;
        world.published(&alice, &Release::new("pkg", "1.0.0")).await;
        let access = access(world, &alice).await;
        let given = async |retirement| {
            let error = world.core.retire(&access, "1.0.0", retirement).await.unwrap_err();
            refusal(&error).1
        };
        let nothing = NewRetirement { reason: Ok(None), message: Ok(None) };
        assert_eq!(given(nothing).await, [problem("retirement.reason", "can't be blank")]);
        let number =
            NewRetirement { reason: Err(FieldError::from("expected type string")), message: Ok(None) };
        assert_eq!(given(number).await, [problem("retirement.reason", "expected type string")]);
        let short = problem("retirement.message", "should be at least 3 character(s)");
        assert_eq!(given(because("bored", "no")).await, [problem("retirement.reason", "is invalid"), short]);
        let long = problem("retirement.message", "should be at most 140 character(s)");
        assert_eq!(given(because("other", &"x".repeat(141))).await, [long]);
        world.core.retire(&access, "1.0.0", because("other", &"ä".repeat(140))).await.unwrap();

        assert_eq!(status(world.core.retire(&access, "9.9.9", because("bored", "")).await), 404);
        assert_eq!(status(world.core.retire(&access, "1.0", because("other", "")).await), 400);
        assert_eq!(status(world.core.unretire(&access, "9.9.9").await), 404);
        let none = world.access::<operations::Retire>(&alice, "hexpm", "none").await.unwrap();
        assert_eq!(status(world.core.retire_all(&none, because("other", ""), false).await), 404);
    })
    .await;
}
