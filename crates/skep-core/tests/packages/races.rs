//! What happens between authorization and commit.

use skep_core::access::operations;

use crate::support::{Release, each, status};

#[tokio::test]
async fn a_name_taken_meanwhile_is_authorized_again() {
    each(async |world| {
        let (alice, eve) = (world.user("alice").await, world.user("eve").await);
        let early = world.access::<operations::Publish>(&eve, "hexpm", "pkg").await.unwrap();
        world.published(&alice, &Release::new("pkg", "1.0.0")).await;
        let late = world.core.publish(&early, Release::new("pkg", "2.0.0").tarball(), true).await;
        assert_eq!(status(late), 403);

        let early = world.access::<operations::Publish>(&alice, "hexpm", "pkg").await.unwrap();
        let revert = world.access::<operations::Revert>(&alice, "hexpm", "pkg").await.unwrap();
        world.core.revert(&revert, "1.0.0").await.unwrap();
        let again = world.core.publish(&early, Release::new("pkg", "1.0.0").tarball(), true).await.unwrap();
        assert!(again.created, "the package was made anew");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_first_publications_one_makes_the_package() {
    each(async |world| {
        let (alice, eve) = (world.user("alice").await, world.user("eve").await);
        let (one, two) = (Release::new("pkg", "1.0.0"), Release::new("pkg", "2.0.0"));
        let (a, b) = tokio::join!(world.publish(&alice, &one), world.publish(&eve, &two));
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
        let refused = a.err().or(b.err()).unwrap();
        assert_eq!(refused.status, 403, "{refused}");
        assert_eq!(world.registry("pkg").await.unwrap().releases.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn packages_that_require_each_other_are_published_at_once() {
    each(async |world| {
        let alice = world.user("alice").await;
        world.published(&alice, &Release::new("left", "1.0.0")).await;
        world.published(&alice, &Release::new("right", "1.0.0")).await;
        for minor in 1..5 {
            let version = format!("1.{minor}.0");
            let left = Release::new("left", &version).requiring("right", "~> 1.0");
            let right = Release::new("right", &version).requiring("left", "~> 1.0");
            let (a, b) = tokio::join!(world.publish(&alice, &left), world.publish(&alice, &right));
            a.unwrap();
            b.unwrap();
        }
        assert_eq!(world.registry("left").await.unwrap().releases.len(), 5);
        assert_eq!(world.registry("right").await.unwrap().releases.len(), 5);
    })
    .await;
}

#[tokio::test]
async fn a_blob_that_was_collected_is_stored_again() {
    each(async |world| {
        let alice = world.user("alice").await;
        let release = Release::new("pkg", "1.0.0");
        let view = world.published(&alice, &release).await;
        world.objects.delete(&view.tarball.sha256).await.unwrap();
        world.published(&alice, &release).await;
        assert!(world.objects.contains(&view.tarball.sha256).await.unwrap());
    })
    .await;
}
