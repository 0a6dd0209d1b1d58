use std::collections::BTreeMap;

use hex_format::metadata::Value;
use skep_core::Caller;
use skep_core::access::operations;
use skep_core::packages::PackageQuery;

use crate::support::{Release, World, each};

async fn names(world: &World, caller: &Caller, query: PackageQuery) -> Vec<String> {
    let access = world.core.allow::<operations::ListPackages>(caller, ()).await.unwrap();
    let views = world.core.list_packages(&access, &query).await.unwrap();
    views.into_iter().map(|view| view.name).collect()
}

fn search(text: &str) -> PackageQuery {
    PackageQuery::parse(Some(text), None, None, None)
}

#[tokio::test]
async fn order_and_pages() {
    each(async |world| {
        let alice = world.user("alice").await;
        for name in ["list_c", "list_a", "list_d", "list_b"] {
            world.published(&alice, &Release::new(name, "1.0.0")).await;
        }
        world.published(&alice, &Release::new("list_c", "1.1.0")).await;
        let list = async |sort, page, per_page| {
            names(world, &Caller::default(), PackageQuery::parse(Some("list"), sort, page, per_page))
                .await
                .join(" ")
        };
        assert_eq!(list(None, None, None).await, "list_a list_b list_c list_d");
        assert_eq!(list(Some("name"), Some("x"), Some("2")).await, "list_a list_b");
        assert_eq!(list(None, Some("2"), Some("2")).await, "list_c list_d");
        assert_eq!(list(None, Some("3"), Some("2")).await, "");
        assert_eq!(list(None, Some("0"), Some("1000")).await, "list_a list_b list_c list_d");
        assert_eq!(list(None, None, Some("0")).await, "");
        assert_eq!(list(Some("inserted_at"), None, None).await, "list_b list_d list_a list_c");
        assert_eq!(list(Some("updated_at"), None, None).await, "list_c list_b list_d list_a");
        assert_eq!(list(Some("colour"), None, None).await.len(), 27);
    })
    .await;
}

#[tokio::test]
async fn the_search_language() {
    each(async |world| {
        let alice = world.user("alice").await;
        let described = |name: &str, text: &str| {
            Release::new(name, "1.0.0").with(|draft| draft.description = Some(text.into()))
        };
        world.published(&alice, &described("alpha_x1", "A parser of x1 documents")).await;
        let beta = described("beta_x1", "Draws x1 pictures").with(|draft| {
            draft.build_tools = vec!["rebar3".into()];
            let extra =
                [("Colour".to_owned(), Value::Text("blue".into())), ("count".to_owned(), Value::Integer(7))];
            draft.extra = Some(BTreeMap::from(extra));
        });
        world.published(&alice, &beta).await;
        world.published(&alice, &described("gamma_x1", "Uses others").requiring("alpha_x1", "~> 1.0")).await;
        let found = async |text: &str| names(world, &Caller::default(), search(text)).await.join(" ");
        for (text, expected) in [
            ("_x1", "alpha_x1 beta_x1 gamma_x1"),
            ("ALPHA_x1", "alpha_x1"),
            ("name:alpha_x1", "alpha_x1"),
            ("name:x1", ""),
            ("name:alpha*", "alpha_x1"),
            ("name:*_x1", "alpha_x1 beta_x1 gamma_x1"),
            ("name:*ta_x*", "beta_x1"),
            ("hexpm/alpha_x1", "alpha_x1"),
            ("none/alpha_x1", ""),
            ("description:\"x1 documents\"", "alpha_x1 beta_x1"),
            ("description:x1 picture", "beta_x1"),
            ("depends:alpha_x1", "gamma_x1"),
            ("depends:hexpm:alpha_x1", "gamma_x1"),
            ("depends:gamma_x1", ""),
            ("build_tool:rebar3 x1", "beta_x1"),
            ("build_tool:elixir", ""),
            ("build_tool:mix name:alpha_x1", "alpha_x1"),
            ("extra:Colour,blue x1", "beta_x1"),
            ("extra:count,7", "beta_x1"),
            ("extra:Colour,red", ""),
            ("updated_after:2020-01-01T00:00:00Z", "alpha_x1 beta_x1 gamma_x1"),
            ("updated_after:2999-01-01T00:00:00Z", ""),
            ("name:alph_*", ""),
            ("100%", ""),
        ] {
            assert_eq!(found(text).await, expected, "{text}");
        }
        let without = described("gamma_x1", "Uses nothing").with(|draft| draft.version = "2.0.0".into());
        world.published(&alice, &without).await;
        assert_eq!(found("depends:alpha_x1").await, "", "the highest release counts");
    })
    .await;
}

#[tokio::test]
async fn private_packages_are_listed_for_members() {
    each(async |world| {
        world.user("olga").await;
        let olga = world.organization("acme", "olga").await;
        let (eve, key) = (world.user("eve").await, world.organization_key("acme", &olga).await);
        world.published(&olga, &Release::new("open", "1.0.0")).await;
        world.published(&olga, &Release::new("pkg", "1.0.0").to("acme")).await;
        for (caller, expected) in
            [(&olga, "open pkg"), (&key, "open pkg"), (&eve, "open"), (&Caller::default(), "open")]
        {
            assert_eq!(
                names(world, caller, PackageQuery::parse(None, None, None, None)).await.join(" "),
                expected
            );
        }
        let access = world.reading(&olga, "acme").await;
        let query = PackageQuery::parse(None, None, None, None);
        let views = world.core.list_repository_packages(&access, &query).await.unwrap();
        assert_eq!(views.len(), 1);
        assert_eq!((&*views[0].repository, views[0].owners.is_none()), ("acme", true));
    })
    .await;
}
