//! Searches of many packages, compared with a search that looks at every one.

mod oracle;

use std::collections::BTreeMap;

use hex_format::metadata::Value;
use skep_core::Caller;
use skep_core::access::operations;
use skep_core::packages::PackageQuery;
use skep_store::tables::downloads::{self, NewDownloads};
use skep_store::tables::{instance, package_facts, package_index, packages, releases, repositories};

use self::oracle::{Dice, Known, Query};
use crate::support::{Release, World, each};

const PACKAGES: usize = 45;
const QUERIES: usize = 400;

/// Ascending.
const VERSIONS: [&str; 4] = ["0.9.0", "1.0.0", "1.10.0", "2.0.0-rc.1"];
const TOOLS: [&str; 4] = ["mix", "rebar3", "gleam", "it's \"odd\""];

#[tokio::test]
async fn every_search_finds_what_looking_at_every_package_finds() {
    each(async |world| {
        let people = People::of(world).await;
        let mut dice = Dice(7);
        let mut packages = published(world, &people, &mut dice).await;
        reverted(world, &people, &mut packages).await;
        with_times(world, &people, &mut packages).await;
        downloaded(world, &mut packages).await;
        let mut hits = 0;
        for _ in 0..QUERIES {
            let query = any_query(&mut dice, &packages);
            for (caller, repositories) in people.all() {
                let expected = query.answer(&packages, &repositories);
                let found = names(world, caller, &query, None).await;
                assert_eq!(found, expected, "{:?} in {repositories:?}: {query:?}", query.written());
                hits += found.len();
            }
            let expected = query.answer(&packages, &["hexpm", "acme"]);
            let mut found = Vec::new();
            for page in 1..=expected.len() / 3 + 2 {
                found.extend(names(world, &people.olga, &query, Some(page)).await);
            }
            assert_eq!(found, expected, "in pages: {query:?}");
        }
        assert!(hits > QUERIES * 5, "hardly anything was found: {hits}");
    })
    .await;
}

#[tokio::test]
async fn the_language_of_an_index_is_plain_text() {
    each(async |world| {
        let people = People::of(world).await;
        for name in ["near", "plain"] {
            let release = Release::new(name, "1.0.0").with(|draft| {
                draft.description = Some("AND OR NOT NEAR words grams rowid".into());
                draft.extra = Some(BTreeMap::from([("a'b".to_owned(), Value::Text("c\"d".into()))]));
            });
            world.published(&people.alice, &release).await;
        }
        let found = async |text: &str| {
            let query = Query { text: Some(text.to_owned()), ..Query::default() };
            names(world, &Caller::default(), &query, None).await.join(" ")
        };
        let both = "hexpm/near hexpm/plain";
        for (text, expected) in [
            ("NEAR", both),
            ("grams:plain", both),
            ("{words} : rowid", both),
            ("near*", both),
            ("\"near\"", both),
            ("^words", both),
            ("(words)", both),
            ("+words -rowid", both),
            ("words:*", both),
            ("NEAR(words grams, 2)", both),
            ("near\0", both),
            ("'", ""),
            ("\"", ""),
            ("\\", ""),
            ("' OR 1=1 --", ""),
            ("$1 % _", ""),
            ("wor", ""),
            ("rowi:*", both),
            ("& | ! <-> :*", ""),
            ("'words':*", both),
            ("𝕏 \u{301} 中文 ß İ", ""),
            ("extra:a'b,c\"d", both),
            ("extra:a'b,c", ""),
            ("depends:'", ""),
            ("depends:%:%", ""),
            ("build_tool:' build_tool:%", ""),
            ("name:\"ne%r\"", ""),
            ("name:n__r", ""),
            ("name:**", both),
            ("name:*e*", "hexpm/near"),
            ("name:*n", "hexpm/plain"),
            ("name:*in", "hexpm/plain"),
        ] {
            // What looks like a filter and is none is ignored.
            assert_eq!(found(text).await, expected, "{text}");
        }
        for text in [
            "a ".repeat(50_000),
            "name:".to_owned() + &"x".repeat(50_000),
            "é".repeat(10_000),
            "extra:".to_owned() + &"k,".repeat(900) + "v",
            "build_tool:".to_owned() + &"t".repeat(10_000),
            "near_".repeat(1_000),
            (0..1_000).map(|n| format!("w{n} ")).collect(),
            "\"".repeat(5_000),
        ] {
            assert_eq!(found(&text).await, "", "{:.20}", text);
        }
        let deep = PackageQuery::parse(None, None, Some("9223372036854775807"), None);
        let access = world.core.allow::<operations::ListPackages>(&Caller::default(), ()).await.unwrap();
        assert!(world.core.list_packages(&access, &deep).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_description_that_changes_is_found_by_its_new_words_only() {
    each(async |world| {
        let people = People::of(world).await;
        let described =
            |text: &str| Release::new("pkg", "1.0.0").with(|draft| draft.description = Some(text.to_owned()));
        let found = async |text: &str| {
            let query = Query { text: Some(text.to_owned()), ..Query::default() };
            !names(world, &Caller::default(), &query, None).await.is_empty()
        };
        world.published(&people.alice, &described("Draws pictures")).await;
        assert_eq!((found("picture").await, found("sound").await), (true, false));
        world.published(&people.alice, &described("Plays sounds")).await;
        assert_eq!((found("picture").await, found("sound").await), (false, true));
        let access = world.access::<operations::Revert>(&people.alice, "hexpm", "pkg").await.unwrap();
        world.core.revert(&access, "1.0.0").await.unwrap();
        assert_eq!((found("pkg").await, found("sound").await), (false, false));
        world.published(&people.alice, &described("Nothing at all")).await;
        assert_eq!((found("pkg").await, found("sound").await), (true, false));
    })
    .await;
}

#[tokio::test]
async fn a_process_that_starts_makes_the_index_that_its_version_needs() {
    each(async |world| {
        let people = People::of(world).await;
        let described =
            Release::new("pkg", "1.0.0").with(|draft| draft.description = Some("Pictures".into()));
        world.published(&people.alice, &described).await;
        world.published(&people.alice, &Release::new("user", "1.0.0").requiring("pkg", "~> 1.0")).await;
        let found = async |text: &str| {
            let query = Query { text: Some(text.to_owned()), ..Query::default() };
            names(world, &Caller::default(), &query, None).await.join(" ")
        };
        let texts = ["picture", "depends:pkg", "build_tool:mix name:*kg"];
        // As in a database that was filled before there was an index, or when it was made in another way.
        let mut tx = world.db.write().await.unwrap();
        let package = packages::by_name(&mut tx, 1, "pkg").await.unwrap().unwrap();
        let user = packages::by_name(&mut tx, 1, "user").await.unwrap().unwrap();
        for id in [package.id, user.id] {
            package_index::remove(&mut tx, id).await.unwrap();
            package_facts::replace(&mut tx, id, &[(id, "of old".to_owned())]).await.unwrap();
        }
        tx.commit(0).await.unwrap();
        for text in texts {
            assert_eq!(found(text).await, "", "{text}");
        }
        world.another_process().await.close().await;
        assert_eq!(found("picture").await, "", "the index is what this version makes, as far as is known");
        let mut tx = world.db.write().await.unwrap();
        instance::set(&mut tx, "package_index", "0").await.unwrap();
        tx.commit(0).await.unwrap();
        world.another_process().await.close().await;
        for (text, expected) in texts.iter().zip(["hexpm/pkg", "hexpm/user", "hexpm/pkg"]) {
            assert_eq!(found(text).await, expected, "{text}");
        }
    })
    .await;
}

/// Who asks, and what they may see.
struct People {
    alice: Caller,
    olga: Caller,
    otto: Caller,
    key: Caller,
}

impl People {
    async fn of(world: &World) -> Self {
        world.user("olga").await;
        world.user("otto").await;
        let olga = world.organization("acme", "olga").await;
        let otto = world.organization("umbrella", "otto").await;
        let key = world.organization_key("acme", &olga).await;
        Self { alice: world.user("alice").await, olga, otto, key }
    }

    fn all(&self) -> [(&Caller, Vec<&'static str>); 4] {
        [
            (&self.alice, vec!["hexpm"]),
            (&self.olga, vec!["hexpm", "acme"]),
            (&self.otto, vec!["hexpm", "umbrella"]),
            (&self.key, vec!["hexpm", "acme"]),
        ]
    }

    fn writer(&self, repository: &str) -> &Caller {
        match repository {
            "acme" => &self.olga,
            "umbrella" => &self.otto,
            _ => &self.alice,
        }
    }
}

/// `REPOSITORY/NAME` of what is found: everything, or a page of three.
async fn names(world: &World, caller: &Caller, query: &Query, page: Option<usize>) -> Vec<String> {
    let access = world.core.allow::<operations::ListPackages>(caller, ()).await.unwrap();
    let page = page.map(|page| page.to_string());
    let per_page = page.as_ref().map(|_| "3");
    let query = PackageQuery::parse(Some(&query.written()), query.sort, page.as_deref(), per_page);
    let views = world.core.list_packages(&access, &query).await.unwrap();
    views.into_iter().map(|view| format!("{}/{}", view.repository, view.name)).collect()
}

/// Publishes at random.
async fn published(world: &World, people: &People, dice: &mut Dice) -> Vec<Known> {
    let mut packages: Vec<Known> = Vec::new();
    for n in 0..PACKAGES {
        let repository = dice.one(&["hexpm", "hexpm", "acme", "umbrella"]);
        let ending = dice.one(&["x", "", "_ex", "json"]).to_owned();
        let start = dice.one(&["json", "ex", "parse_json", "run", "été_"]).replace("été_", "ete");
        // Every fourth has a name that there may be in another repository too.
        let name = if n % 4 == 0 { format!("same_{}", n % 8) } else { format!("{start}{n}{ending}") };
        if packages.iter().any(|known| known.repository == repository && known.name == name) {
            continue;
        }
        let public: Vec<String> =
            packages.iter().filter(|p| p.repository == "hexpm").map(|p| p.name.clone()).collect();
        let mut known = Known { repository: repository.to_owned(), name, ..Known::default() };
        for version in VERSIONS.iter().filter(|_| dice.roll(2) == 0).collect::<Vec<_>>() {
            publish(world, people, dice, &mut known, version, &public).await;
        }
        if known.releases.is_empty() {
            publish(world, people, dice, &mut known, "1.0.0", &public).await;
        }
        packages.push(known);
    }
    packages
}

async fn publish(
    world: &World,
    people: &People,
    dice: &mut Dice,
    known: &mut Known,
    version: &'static str,
    public: &[String],
) {
    let tool = dice.one(&TOOLS);
    let mut required: Vec<String> = public.iter().filter(|_| dice.roll(6) == 0).cloned().collect();
    required.retain(|name| *name != known.name);
    known.description = format!("{}.", dice.text());
    known.colour = dice.one(&["blue", "red", "it's", "d\"é"]).to_owned();
    known.sizes = (0..3).filter(|_| dice.roll(2) == 0).collect();
    let mut release = Release::new(&known.name, version).to(&known.repository).with(|draft| {
        let look = BTreeMap::from([("colour".to_owned(), Value::Text(known.colour.clone()))]);
        let sizes = known.sizes.iter().map(|size| Value::Integer(*size)).collect();
        draft.description = Some(known.description.clone());
        draft.build_tools = vec![tool.to_owned()];
        draft.extra = Some(BTreeMap::from([
            ("look".to_owned(), Value::Map(look)),
            ("sizes".to_owned(), Value::List(sizes)),
        ]));
    });
    for name in &required {
        // Releases before 1.0 included.
        release = release.requiring(name, ">= 0.1.0-rc");
    }
    world.published(people.writer(&known.repository), &release).await;
    known.releases.push((version, tool, required));
}

/// Takes the highest release of some packages back.
async fn reverted(world: &World, people: &People, packages: &mut [Known]) {
    let some = packages.iter_mut().filter(|known| known.releases.len() > 1).step_by(2);
    for known in some {
        let (version, ..) = known.releases.pop().unwrap();
        let writer = people.writer(&known.repository);
        let access = world.access::<operations::Revert>(writer, &known.repository, &known.name).await;
        world.core.revert(&access.unwrap(), version).await.unwrap();
    }
}

async fn with_times(world: &World, people: &People, packages: &mut [Known]) {
    for known in packages {
        let access = world.reading(people.writer(&known.repository), &known.repository).await;
        let view = world.core.package(&access, &known.name).await.unwrap();
        (known.inserted_at, known.updated_at) = (view.inserted_at, view.updated_at);
    }
}

/// Counts downloads of every other package, of no two alike.
async fn downloaded(world: &World, packages: &mut [Known]) {
    const TODAY: i64 = 1_000;
    let mut tx = world.db.write().await.unwrap();
    for (n, known) in (0..).zip(packages).filter(|(n, _)| n % 2 == 0) {
        let repository = repositories::by_name(&mut tx, &known.repository).await.unwrap().unwrap();
        let package = packages::by_name(&mut tx, repository.id, &known.name).await.unwrap().unwrap();
        let release_id = releases::of_package(&mut tx, package.id).await.unwrap()[0].id;
        let on = |day, count| NewDownloads { release_id, package_id: package.id, day, count };
        downloads::add(&mut tx, &[on(1, 3 * n + 1), on(TODAY, 900 - n)], TODAY).await.unwrap();
        known.downloads = Some((901 + 2 * n, 900 - n));
    }
    tx.commit(0).await.unwrap();
}

fn any_query(dice: &mut Dice, packages: &[Known]) -> Query {
    let known = &packages[dice.roll(packages.len())];
    let part = |dice: &mut Dice| {
        let start = dice.roll(known.name.len() - 1);
        known.name[start..(start + 1 + dice.roll(6)).min(known.name.len())].to_owned()
    };
    let mut query = Query::default();
    match dice.roll(6) {
        0 => query.text = Some(part(dice)),
        1 => query.text = Some(dice.text()),
        2 => query.text = Some(dice.one(&[&*known.name, "json", "ex", "é", "100%", "a*b"]).to_owned()),
        3 => query.text = Some(format!("{}/{}", known.repository, part(dice))),
        _ => {}
    }
    if dice.roll(4) == 0 {
        let (start, end) = (dice.one(&["", "*"]), dice.one(&["", "*"]));
        let repository = dice.one(&["", "", "acme/", "hexpm/"]);
        query.name = Some(format!("{repository}{start}{}{end}", part(dice)));
    }
    if dice.roll(5) == 0 {
        query.description = Some(dice.text());
    }
    if dice.roll(6) == 0 {
        query.depends = Some(format!("{}{}", dice.one(&["", "hexpm:"]), known.name));
    }
    if dice.roll(5) == 0 {
        query.build_tool = Some(dice.one(&TOOLS[..3]).to_owned());
    }
    if dice.roll(6) == 0 {
        query.colour = Some(dice.one(&["blue", "red", "it's", "d\"é", "2"]).to_owned());
    }
    if dice.roll(6) == 0 {
        query.size = Some(i64::try_from(dice.roll(4)).unwrap());
    }
    if dice.roll(8) == 0 {
        query.updated_after = Some(known.updated_at);
    }
    if dice.roll(2) == 0 {
        query.sort = Some(dice.one(&["name", "inserted_at", "updated_at", "downloads", "recent_downloads"]));
    }
    query
}
