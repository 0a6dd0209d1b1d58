use skep_core::access::operations;
use skep_core::owners::NewOwner;
use skep_core::{Caller, Result};

use crate::support::{Release, World, each, only_problem, problem, status};

fn level(level: &str) -> NewOwner {
    NewOwner { level: Ok(Some(level.into())), transfer: false }
}

fn transfer(level: Option<&str>) -> NewOwner {
    NewOwner { level: Ok(level.map(str::to_owned)), transfer: true }
}

async fn put(world: &World, caller: &Caller, who: &str, new: NewOwner) -> Result<()> {
    let access = world.access::<operations::ChangeOwners>(caller, "hexpm", "pkg").await?;
    world.core.put_owner(&access, who, new).await
}

async fn remove(world: &World, caller: &Caller, who: &str) -> Result<()> {
    let access = world.access::<operations::ChangeOwners>(caller, "hexpm", "pkg").await?;
    world.core.remove_owner(&access, who).await
}

async fn shown(world: &World) -> Vec<String> {
    let access = world.reading(&Caller::default(), "hexpm").await;
    let owners = world.core.owners(&access, "pkg").await.unwrap();
    let listed: Vec<_> = owners.iter().map(|owner| owner.account.username.clone()).collect();
    let view = world.core.package(&access, "pkg").await.unwrap();
    let in_view: Vec<_> = view.owners.iter().flatten().map(|owner| owner.username.clone()).collect();
    assert_eq!(listed, in_view, "the view in memory is not older");
    owners.iter().map(|owner| format!("{} {}", owner.account.username, owner.level.as_str())).collect()
}

#[tokio::test]
async fn owners_come_and_go() {
    each(async |world| {
        let alice = world.user("alice").await;
        let bob = world.user("bob").await;
        world.user("carl").await;
        world.published(&alice, &Release::new("pkg", "1.0.0")).await;
        put(world, &alice, "bob@example.com", NewOwner { level: Ok(None), transfer: false }).await.unwrap();
        put(world, &alice, "CARL", level("maintainer")).await.unwrap();
        assert_eq!(shown(world).await, ["alice full", "bob full", "carl maintainer"]);
        put(world, &alice, "bob", level("maintainer")).await.unwrap();
        assert_eq!(shown(world).await, ["alice full", "bob maintainer", "carl maintainer"]);
        assert_eq!(status(put(world, &bob, "carl", level("full")).await), 403);

        assert_eq!(
            only_problem(put(world, &alice, "bob", level("boss")).await),
            problem("level", "is invalid")
        );
        assert_eq!(status(put(world, &alice, "nobody", level("full")).await), 404);
        let text = "cannot demote the last full owner of a package";
        assert_eq!(
            only_problem(put(world, &alice, "alice", level("maintainer")).await),
            problem("username", text)
        );
        let text = "cannot remove the last full owner of package";
        assert_eq!(only_problem(remove(world, &alice, "alice").await), problem("username", text));
        remove(world, &alice, "carl").await.unwrap();
        let text = "user is not an owner of package";
        assert_eq!(only_problem(remove(world, &alice, "carl").await), problem("username", text));
        assert_eq!(status(remove(world, &alice, "nobody").await), 404);
        put(world, &alice, "bob", level("full")).await.unwrap();
        remove(world, &alice, "alice").await.unwrap();
        let text = "cannot remove last owner of package";
        assert_eq!(only_problem(remove(world, &bob, "bob").await), problem("username", text));

        let access = world.reading(&bob, "hexpm").await;
        assert_eq!(
            world.core.owner(&access, "pkg", "bob@example.com").await.unwrap().account.username,
            "bob"
        );
        assert_eq!(status(world.core.owner(&access, "pkg", "alice").await), 404);
        assert_eq!(status(world.core.owners(&access, "none").await), 404);
        let actions = world.actions("hexpm", "pkg", &bob).await;
        assert_eq!(actions[..3], ["owner.remove", "owner.add", "owner.remove"]);
    })
    .await;
}

#[tokio::test]
async fn a_transfer_leaves_one_owner() {
    each(async |world| {
        world.user("alice").await;
        let alice = world.organization("acme", "alice").await;
        let carl = world.user("carl").await;
        world.user("bob").await;
        world.published(&alice, &Release::new("pkg", "1.0.0")).await;
        put(world, &alice, "bob", level("full")).await.unwrap();
        let text = "ownership level is required to be \"full\" for a transfer";
        let refused = put(world, &alice, "carl", transfer(Some("maintainer"))).await;
        assert_eq!(only_problem(refused), problem("level", text));
        put(world, &alice, "carl", transfer(None)).await.unwrap();
        assert_eq!(shown(world).await, ["carl full"]);
        assert_eq!(status(put(world, &alice, "alice", level("full")).await), 403);

        let text = "organization ownership can only be transferred, removing all existing owners";
        assert_eq!(only_problem(put(world, &carl, "acme", level("full")).await), problem("username", text));
        let text = "ownership level is required to be \"full\" for organization ownership";
        let refused = put(world, &carl, "acme", transfer(Some("maintainer"))).await;
        assert_eq!(only_problem(refused), problem("level", text));
        put(world, &carl, "acme", transfer(None)).await.unwrap();
        assert_eq!(shown(world).await, ["acme full"]);
        assert_eq!(world.actions("hexpm", "pkg", &carl).await[0], "owner.transfer");
        world.published(&alice, &Release::new("pkg", "1.1.0")).await;
        assert_eq!(status(world.publish(&carl, &Release::new("pkg", "1.2.0")).await), 403);
    })
    .await;
}

#[tokio::test]
async fn private_packages_are_for_members_and_may_have_no_owner() {
    each(async |world| {
        world.user("olga").await;
        let olga = world.organization("acme", "olga").await;
        world.user("rita").await;
        world.user("eve").await;
        let rita = world.member("acme", &olga, "rita", "read").await;
        world.published(&olga, &Release::new("pkg", "1.0.0").to("acme")).await;
        let access = world.access::<operations::ChangeOwners>(&olga, "acme", "pkg").await.unwrap();
        let text = "cannot add owner to private package when the user is not a member of the organization";
        let refused = world.core.put_owner(&access, "eve", level("boss")).await;
        assert_eq!(only_problem(refused), problem("username", text));
        world.core.put_owner(&access, "rita", level("full")).await.unwrap();
        let text = "cannot demote the last full owner of a package";
        let refused = world.core.put_owner(&access, "rita", level("maintainer")).await;
        assert_eq!(only_problem(refused), problem("username", text));
        world.published(&rita, &Release::new("pkg", "1.1.0").to("acme")).await;
        world.core.remove_owner(&access, "rita").await.unwrap();
        let reading = world.reading(&olga, "acme").await;
        assert!(world.core.owners(&reading, "pkg").await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_who_remove_each_other_leave_one() {
    each(async |world| {
        let (alice, bob) = (world.user("alice").await, world.user("bob").await);
        world.published(&alice, &Release::new("pkg", "1.0.0")).await;
        for _ in 0..4 {
            let first = if shown(world).await.contains(&"alice full".to_owned()) { &alice } else { &bob };
            put(world, first, "alice", level("full")).await.unwrap();
            put(world, first, "bob", level("full")).await.unwrap();
            // Both are allowed before either acts.
            let a = world.access::<operations::ChangeOwners>(&alice, "hexpm", "pkg").await.unwrap();
            let b = world.access::<operations::ChangeOwners>(&bob, "hexpm", "pkg").await.unwrap();
            let (a, b) =
                tokio::join!(world.core.remove_owner(&a, "bob"), world.core.remove_owner(&b, "alice"));
            assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
            assert_eq!(shown(world).await.len(), 1);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_who_step_down_at_once_leave_one_full_owner() {
    each(async |world| {
        let (alice, bob) = (world.user("alice").await, world.user("bob").await);
        world.published(&alice, &Release::new("pkg", "1.0.0")).await;
        put(world, &alice, "bob", level("full")).await.unwrap();
        let (a, b) = tokio::join!(
            put(world, &alice, "alice", level("maintainer")),
            put(world, &bob, "bob", level("maintainer"))
        );
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
        let full = shown(world).await.iter().filter(|owner| owner.ends_with("full")).count();
        assert_eq!(full, 1);
    })
    .await;
}
