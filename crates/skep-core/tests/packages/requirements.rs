use crate::support::{Release, World, each, only_problem, problem, refusal};

async fn refused(world: &World, caller: &skep_core::Caller, requirement: &str) -> String {
    let release = Release::new("pkg", "2.0.0").requiring("dep", requirement);
    let (field, text) = only_problem(world.publish(caller, &release).await);
    assert_eq!(field, "requirements.dep");
    text
}

#[tokio::test]
async fn what_clients_can_read_is_accepted() {
    each(async |world| {
        let alice = world.user("alice").await;
        world.published(&alice, &Release::new("dep", "1.0.0")).await;
        let accepted = [
            "1.0.0",
            "== 1.0.0",
            ">= 1.0.0",
            "> 1.0.0",
            "<= 1.0.0",
            "< 2.0.0",
            "~> 1.0",
            "~> 1.0.0",
            ">= 1.0.0 and < 2.0.0",
            "~> 1.0 or ~> 2.0",
            ">=1.0.0",
            "~> 1.0-rc",
            ">= 0.0.0",
            "~> 9.0",
        ];
        for (minor, requirement) in accepted.into_iter().enumerate() {
            let release = Release::new("pkg", &format!("1.{minor}.0")).requiring("dep", requirement);
            let view = world.published(&alice, &release).await;
            assert_eq!(view.requirements[0].requirement, requirement);
        }
    })
    .await;
}

#[tokio::test]
async fn what_no_client_can_read_is_refused() {
    each(async |world| {
        let alice = world.user("alice").await;
        world.published(&alice, &Release::new("dep", "1.0.0")).await;
        for text in [
            "1.0",
            ">= 1.0",
            "== 1",
            "~> 1",
            "latest",
            ">= 1.0.0 and",
            ">= 1.0.0, < 2.0.0",
            "^1.0.0",
            "(1.0.0)",
        ] {
            assert_eq!(refused(world, &alice, text).await, format!("invalid requirement: \"{text}\""));
        }
        assert_eq!(
            refused(world, &alice, "!= 1.0.0").await,
            "invalid requirement: \"!= 1.0.0\", != is not allowed in requirements"
        );
        assert_eq!(refused(world, &alice, " ").await, "can't be blank");
    })
    .await;
}

#[tokio::test]
async fn what_only_some_resolvers_can_read_is_refused_with_the_reason() {
    each(async |world| {
        let alice = world.user("alice").await;
        world.published(&alice, &Release::new("dep", "1.0.0")).await;
        for (requirement, reason) in [
            (">= 1.0.0 and < 2.0.0 and < 1.5.0", "at most two versions"),
            ("> 1.0.0 and > 2.0.0", "can't be joined"),
            ("> 2.0.0 and < 1.0.0", "no version can satisfy"),
        ] {
            let text = refused(world, &alice, requirement).await;
            assert!(text.starts_with(&format!("invalid requirement: \"{requirement}\", ")), "{text}");
            assert!(text.contains(reason), "{text}");
        }
    })
    .await;
}

#[tokio::test]
async fn each_dependency_has_its_own_problem() {
    each(async |world| {
        let alice = world.user("alice").await;
        world.published(&alice, &Release::new("dep", "1.0.0")).await;
        world.published(&alice, &Release::new("fine", "1.0.0")).await;
        let release = Release::new("pkg", "1.0.0")
            .requiring("dep", "latest")
            .requiring("fine", "~> 1.0")
            .requiring("nothing", "latest");
        let (_, problems) = refusal(&world.publish(&alice, &release).await.unwrap_err());
        let expected = [
            problem("requirements.dep", "invalid requirement: \"latest\""),
            problem("requirements.nothing", "package does not exist in repository \"hexpm\""),
        ];
        assert_eq!(problems, expected);
    })
    .await;
}

#[tokio::test]
async fn a_new_package_may_require_itself() {
    each(async |world| {
        let alice = world.user("alice").await;
        let view = world.published(&alice, &Release::new("pkg", "1.0.0").requiring("pkg", "~> 1.0")).await;
        assert_eq!(view.requirements[0].name, "pkg");
    })
    .await;
}

#[tokio::test]
async fn repositories_of_dependencies() {
    each(async |world| {
        world.user("olga").await;
        world.organization("acme", "olga").await;
        let olga = world.organization("beta", "olga").await;
        let eve = world.user("eve").await;
        world.published(&olga, &Release::new("pub", "1.0.0")).await;
        world.published(&olga, &Release::new("one", "1.0.0").to("acme")).await;
        world.published(&olga, &Release::new("far", "1.0.0").to("beta")).await;
        let fine = Release::new("two", "1.0.0").to("acme").requiring("pub", "~> 1.0").requiring_of("acme", "one", "~> 1.0");
        let view = world.published(&olga, &fine).await;
        let shown: Vec<_> = view.requirements.iter().map(|r| (&*r.repository, &*r.name)).collect();
        assert_eq!(shown, [("acme", "one"), ("hexpm", "pub")]);

        let implied = Release::new("two", "1.1.0").to("acme").requiring("one", "~> 1.0");
        let text = "package does not exist in repository \"hexpm\"";
        assert_eq!(only_problem(world.publish(&olga, &implied).await).1, text);

        let public = Release::new("open", "1.0.0").requiring_of("acme", "one", "~> 1.0");
        let text = "dependencies can only belong to public repository \"hexpm\", got: \"acme\"";
        assert_eq!(only_problem(world.publish(&olga, &public).await).1, text);

        let across = Release::new("two", "1.1.0").to("acme").requiring_of("beta", "far", "~> 1.0");
        let text = "dependencies can only belong to public repository \"hexpm\" or current repository \"acme\", \
                    got: \"beta\"";
        assert_eq!(only_problem(world.publish(&olga, &across).await).1, text);

        let unknown = Release::new("open", "1.0.0").requiring_of("none", "one", "~> 1.0");
        let text = "package does not exist in repository \"none\"";
        assert_eq!(only_problem(world.publish(&olga, &unknown).await).1, text);

        let spied = Release::new("spy", "1.0.0").requiring_of("acme", "one", "~> 1.0");
        let text = "package does not exist in repository \"acme\"";
        assert_eq!(only_problem(world.publish(&eve, &spied).await).1, text, "strangers learn nothing");
    })
    .await;
}
