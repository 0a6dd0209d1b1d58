use skep_core::access::operations;

use crate::support::{Release, World, each, only_problem, problem, status};

async fn revert(
    world: &World,
    caller: &skep_core::Caller,
    name: &str,
    version: &str,
) -> skep_core::Result<()> {
    let access = world.access::<operations::Revert>(caller, "hexpm", name).await?;
    world.core.revert(&access, version).await
}

#[tokio::test]
async fn the_release_goes_everywhere() {
    each(async |world| {
        let alice = world.user("alice").await;
        world.published(&alice, &Release::new("pkg", "1.0.0")).await;
        world.published(&alice, &Release::new("pkg", "1.1.0")).await;
        let fetch = world.fetching("hexpm").await;
        world.core.tarball_blob(&fetch, "pkg", "1.1.0").await.unwrap();
        revert(world, &alice, "pkg", "1.1.0").await.unwrap();

        assert_eq!(status(world.core.tarball_blob(&fetch, "pkg", "1.1.0").await), 404);
        world.core.tarball_blob(&fetch, "pkg", "1.0.0").await.unwrap();
        let access = world.reading(&alice, "hexpm").await;
        assert_eq!(status(world.core.release(&access, "pkg", "1.1.0").await), 404);
        assert_eq!(world.registry("pkg").await.unwrap().releases.len(), 1);
        assert_eq!(world.actions("hexpm", "pkg", &alice).await[0], "release.revert");
        assert_eq!(status(revert(world, &alice, "pkg", "1.1.0").await), 404);
        assert_eq!(status(revert(world, &alice, "pkg", "1.0").await), 400);
        assert_eq!(status(revert(world, &alice, "none", "1.0.0").await), 404);
    })
    .await;
}

#[tokio::test]
async fn with_the_last_release_the_name_becomes_free() {
    each(async |world| {
        let (alice, eve) = (world.user("alice").await, world.user("eve").await);
        world.published(&alice, &Release::new("pkg", "1.0.0").requiring("pkg", "~> 1.0")).await;
        revert(world, &alice, "pkg", "1.0.0").await.unwrap();
        let access = world.reading(&alice, "hexpm").await;
        assert_eq!(status(world.core.package(&access, "pkg").await), 404);
        assert!(world.registry("pkg").await.is_none());
        let view = world.published(&eve, &Release::new("pkg", "1.0.0")).await;
        assert_eq!(view.publisher.unwrap().username, "eve");
        let owners = world.core.owners(&access, "pkg").await.unwrap();
        assert_eq!(owners.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_package_that_others_depend_on_stays() {
    each(async |world| {
        let alice = world.user("alice").await;
        world.published(&alice, &Release::new("dep", "1.0.0")).await;
        world.published(&alice, &Release::new("pkg", "1.0.0").requiring("dep", "~> 1.0")).await;
        let refused = revert(world, &alice, "dep", "1.0.0").await;
        let text = "you cannot delete this package because other packages depend on it";
        assert_eq!(only_problem(refused), problem("name", text));
        assert_eq!(world.registry("dep").await.unwrap().releases.len(), 1, "nothing changed");
        assert_eq!(world.actions("hexpm", "dep", &alice).await, ["release.publish"]);

        revert(world, &alice, "pkg", "1.0.0").await.unwrap();
        revert(world, &alice, "dep", "1.0.0").await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_dependant_published_meanwhile_wins_or_is_refused() {
    each(async |world| {
        let alice = world.user("alice").await;
        for round in 0..4 {
            let (dep, pkg) = (format!("dep{round}"), format!("pkg{round}"));
            world.published(&alice, &Release::new(&dep, "1.0.0")).await;
            let release = Release::new(&pkg, "1.0.0").requiring(&dep, "~> 1.0");
            let (gone, published) =
                tokio::join!(revert(world, &alice, &dep, "1.0.0"), world.publish(&alice, &release));
            assert!(gone.is_ok() != published.is_ok(), "{gone:?} {published:?}");
            assert_eq!(gone.err().or(published.err()).unwrap().status, 422);
        }
    })
    .await;
}
