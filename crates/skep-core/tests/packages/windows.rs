use skep_core::access::operations;

use crate::support::{Release, each, only_problem, problem, status};

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

#[tokio::test]
async fn a_public_release_can_be_changed_for_an_hour_or_while_its_package_is_young() {
    each(async |world| {
        let alice = world.user("alice").await;
        let (old, young) = (Release::new("pkg", "1.0.0"), Release::new("pkg", "1.1.0"));
        world.published(&alice, &old).await;
        world.wait(HOUR + 60);
        world.published(&alice, &old.clone().readme("the package is younger than a day")).await;
        world.wait(DAY);
        world.published(&alice, &young).await;

        let refused = world.publish(&alice, &old).await;
        let modify = problem("inserted_at", "can only modify a release up to one hour after publication");
        assert_eq!(only_problem(refused), modify);
        let refused = world.publish_with(&alice, &old, false).await;
        assert_eq!(only_problem(refused), modify, "the window comes before the flag");
        let revert = world.access::<operations::Revert>(&alice, "hexpm", "pkg").await.unwrap();
        let refused = world.core.revert(&revert, "1.0.0").await;
        let delete = problem("inserted_at", "can only delete a release up to one hour after publication");
        assert_eq!(only_problem(refused), delete);

        world.wait(HOUR - 60);
        world.published(&alice, &young.clone().readme("almost an hour")).await;
        let retire = world.access::<operations::Retire>(&alice, "hexpm", "pkg").await.unwrap();
        world.core.retire(&retire, "1.0.0", crate::retirement::because("deprecated", "")).await.unwrap();
        world.published(&alice, &Release::new("pkg", "0.9.0")).await;
        world.core.revert(&revert, "1.1.0").await.unwrap();
        assert_eq!(status(world.core.revert(&revert, "1.1.0").await), 404);
    })
    .await;
}

#[tokio::test]
async fn private_releases_can_be_changed_at_any_age() {
    each(async |world| {
        world.user("olga").await;
        let olga = world.organization("acme", "olga").await;
        let release = Release::new("pkg", "1.0.0").to("acme");
        world.published(&olga, &release).await;
        world.wait(100 * DAY);
        assert!(!world.publish(&olga, &release.clone().readme("again")).await.unwrap().created);
        let refused = world.publish_with(&olga, &release, false).await;
        assert_eq!(only_problem(refused).0, "inserted_at");
        let revert = world.access::<operations::Revert>(&olga, "acme", "pkg").await.unwrap();
        world.core.revert(&revert, "1.0.0").await.unwrap();
    })
    .await;
}
