//! Who may change what, by the statuses of the choke point. What is allowed beyond them is in the other files.

use skep_core::Caller;
use skep_core::access::operations;

use crate::support::{Release, World, each, status};

/// Statuses of publish, revert, retire, docs and owners; 0 = allowed.
async fn statuses(world: &World, caller: &Caller, repository: &str, name: &str) -> [u16; 5] {
    macro_rules! status_of {
        ($($operation:ident),*) => {
            [$(match world.access::<operations::$operation>(caller, repository, name).await {
                Ok(_) => 0,
                Err(error) => error.status,
            }),*]
        };
    }
    status_of![Publish, Revert, Retire, ChangeDocs, ChangeOwners]
}

#[tokio::test]
async fn a_public_package() {
    each(async |world| {
        let alice = world.user("alice").await;
        let (eve, maintainer) = (world.user("eve").await, world.user("carl").await);
        world.published(&alice, &Release::new("pkg", "1.0.0")).await;
        let access = world.access::<operations::ChangeOwners>(&alice, "hexpm", "pkg").await.unwrap();
        let new = skep_core::owners::NewOwner { level: Ok(Some("maintainer".into())), transfer: false };
        world.core.put_owner(&access, "carl", new).await.unwrap();
        assert_eq!(statuses(world, &alice, "hexpm", "pkg").await, [0, 0, 0, 0, 0]);
        assert_eq!(statuses(world, &maintainer, "hexpm", "pkg").await, [0, 0, 0, 0, 403]);
        assert_eq!(statuses(world, &eve, "hexpm", "pkg").await, [403, 403, 403, 403, 403]);
        assert_eq!(statuses(world, &Caller::default(), "hexpm", "pkg").await, [401, 401, 403, 403, 403]);
        assert_eq!(
            statuses(world, &eve, "hexpm", "new").await,
            [0, 0, 0, 0, 0],
            "404 comes from the operation"
        );
        assert_eq!(statuses(world, &eve, "none", "pkg").await, [404, 404, 404, 404, 404]);
    })
    .await;
}

#[tokio::test]
async fn a_private_package() {
    each(async |world| {
        world.user("olga").await;
        let olga = world.organization("acme", "olga").await;
        for name in ["wanda", "rita", "eve"] {
            world.user(name).await;
        }
        let wanda = world.member("acme", &olga, "wanda", "write").await;
        let rita = world.member("acme", &olga, "rita", "read").await;
        let eve = world.login("eve").await;
        world.published(&wanda, &Release::new("pkg", "1.0.0").to("acme")).await;
        assert_eq!(statuses(world, &olga, "acme", "pkg").await, [0, 0, 0, 0, 0]);
        assert_eq!(statuses(world, &wanda, "acme", "pkg").await, [0, 0, 0, 0, 404]);
        assert_eq!(statuses(world, &rita, "acme", "pkg").await, [404, 404, 404, 404, 404]);
        assert_eq!(statuses(world, &eve, "acme", "pkg").await, [404, 404, 404, 404, 404]);
        assert_eq!(statuses(world, &Caller::default(), "acme", "pkg").await, [401, 401, 404, 404, 404]);
        assert_eq!(statuses(world, &rita, "acme", "new").await, [403, 403, 403, 403, 403]);
        assert_eq!(statuses(world, &eve, "acme", "new").await, [404, 404, 404, 404, 404]);
        assert_eq!(status(world.core.allow::<operations::ReadRepository>(&eve, "acme").await), 404);
        assert_eq!(status(world.core.allow::<operations::Fetch>(&Caller::default(), "acme").await), 404);
        let access = world.reading(&rita, "hexpm").await;
        assert_eq!(status(world.core.package(&access, "pkg").await), 404, "not under the public path");
    })
    .await;
}
