use std::collections::BTreeMap;

use bytes::Bytes;
use hex_format::checksum::Sha256;
use hex_format::metadata::Value;
use hex_registry::Timestamp;
use skep_core::access::operations;

use crate::support::{Release, World, each, only_problem, problem, refusal, tarball_of};

#[tokio::test]
async fn a_publication_is_in_the_registry_when_it_is_acknowledged() {
    each(async |world| {
        let alice = world.user("alice").await;
        world.published(&alice, &Release::new("dep", "1.0.0")).await;
        let release = Release::new("pkg", "1.0.0").requiring("dep", "~> 1.0");
        let published = world.publish(&alice, &release).await.unwrap();

        assert!(published.created);
        let view = published.release;
        assert_eq!(view.tarball.sha256, Sha256::of(&release.tarball()));
        assert_eq!(view.publisher.as_ref().unwrap().username, "alice");
        assert_eq!(view.publisher.as_ref().unwrap().email.as_deref(), Some("alice@example.com"));
        assert_eq!((view.requirements.len(), view.retirement.is_none(), view.has_docs), (1, true, false));

        let package = world.registry("pkg").await.unwrap();
        let [listed] = &package.releases[..] else { panic!("one release") };
        assert_eq!(listed.version, "1.0.0");
        assert_eq!(listed.outer_checksum, *view.tarball.sha256.as_bytes());
        assert_eq!(listed.published_at, Some(Timestamp::from_unix_micros(view.inserted_at)));
        assert_eq!(listed.dependencies[0].package, "dep");

        let access = world.fetching("hexpm").await;
        let (blob, _) = world.core.tarball_blob(&access, "pkg", "1.0.0").await.unwrap();
        assert_eq!(read(world, &blob).await, release.tarball());
        assert_eq!(world.actions("hexpm", "pkg", &alice).await, ["release.publish"]);
    })
    .await;
}

async fn read(world: &World, blob: &skep_core::packages::Blob) -> Bytes {
    use futures::TryStreamExt;
    let stream = world.core.open_blob(blob, 0..blob.size).await.unwrap();
    let chunks: Vec<Bytes> = stream.try_collect().await.unwrap();
    chunks.concat().into()
}

#[tokio::test]
async fn a_warm_view_shows_the_next_publication_at_once() {
    each(async |world| {
        let alice = world.user("alice").await;
        for (count, version) in ["0.2.0", "0.10.0", "0.2.0-rc.1"].into_iter().enumerate() {
            world.published(&alice, &Release::new("pkg", version)).await;
            let access = world.reading(&alice, "hexpm").await;
            let view = world.core.package(&access, "pkg").await.unwrap();
            assert_eq!(view.releases.len(), count + 1);
            assert_eq!(world.registry("pkg").await.unwrap().releases.len(), count + 1);
        }
        let versions: Vec<_> =
            world.registry("pkg").await.unwrap().releases.into_iter().map(|r| r.version).collect();
        assert_eq!(versions, ["0.2.0-rc.1", "0.2.0", "0.10.0"]);
    })
    .await;
}

#[tokio::test]
async fn replacing_keeps_what_is_not_part_of_the_tarball() {
    each(async |world| {
        let alice = world.user("alice").await;
        let first = world.published(&alice, &Release::new("pkg", "1.0.0")).await;
        let access = world.access::<operations::Retire>(&alice, "hexpm", "pkg").await.unwrap();
        world.core.retire(&access, "1.0.0", crate::retirement::because("invalid", "")).await.unwrap();
        let access = world.access::<operations::ChangeDocs>(&alice, "hexpm", "pkg").await.unwrap();
        world.core.publish_docs(&access, "1.0.0", crate::docs::archive("hello")).await.unwrap();

        let again = Release::new("pkg", "1.0.0").readme("again").with(|draft| {
            draft.app = "other".into();
            draft.description = Some("Second".into());
        });
        let published = world.publish(&alice, &again).await.unwrap();
        assert!(!published.created);
        let view = published.release;
        assert_eq!(view.inserted_at, first.inserted_at);
        assert!(view.updated_at > first.updated_at && view.has_docs);
        assert_eq!(view.retirement.unwrap().reason, "invalid");
        assert_eq!(view.meta.app, "other");
        assert_eq!(view.tarball.sha256, Sha256::of(&again.tarball()));
        assert_eq!(
            world.registry("pkg").await.unwrap().releases[0].outer_checksum,
            *view.tarball.sha256.as_bytes()
        );

        let refused = world.publish_with(&alice, &again, false).await;
        let text = "must include the --replace flag to update an existing release";
        assert_eq!(only_problem(refused), problem("inserted_at", text));
        let fresh = Release::new("pkg", "1.1.0");
        assert!(world.publish_with(&alice, &fresh, false).await.unwrap().created, "nothing to replace");
    })
    .await;
}

#[tokio::test]
async fn package_metadata_follow_the_last_publication() {
    each(async |world| {
        let alice = world.user("alice").await;
        world.published(&alice, &Release::new("pkg", "1.0.0")).await;
        let older = Release::new("pkg", "0.9.0").with(|draft| {
            draft.description = Some("Back to the roots".into());
            draft.links = None;
            draft.extra = Some(BTreeMap::from([("key".into(), Value::Integer(1))]));
        });
        world.published(&alice, &older).await;
        let view = world.core.package(&world.reading(&alice, "hexpm").await, "pkg").await.unwrap();
        assert_eq!(view.meta.description.as_deref(), Some("Back to the roots"));
        assert_eq!((view.meta.links.as_ref(), view.meta.extra.as_ref().unwrap().len()), (None, 1));
        assert_eq!(view.latest_version(), Some("1.0.0"));
    })
    .await;
}

#[tokio::test]
async fn versions_are_judged_before_everything_else() {
    each(async |world| {
        let alice = world.user("alice").await;
        let version = async |version: &str| {
            let release = Release::new("pkg", version).with(|draft| draft.description = None);
            only_problem(world.publish(&alice, &release).await)
        };
        let invalid = problem("version", "is invalid SemVer");
        for text in
            ["1", "1.0", "1.0.0.0", "v1.0.0", "01.0.0", "1.0.0-", "1.0.0-01", "", "100000000000000.0.0"]
        {
            assert_eq!(version(text).await, invalid, "{text}");
        }
        let missing = tarball_of("{<<\"name\">>,<<\"pkg\">>}.\n", "x");
        let access = world.access::<operations::Publish>(&alice, "hexpm", "pkg").await.unwrap();
        assert_eq!(only_problem(world.core.publish(&access, missing, true).await), invalid);

        let refused = world.publish(&alice, &Release::new("pkg", "1.0.0+build")).await;
        assert_eq!(only_problem(refused), problem("version", "build number not allowed"));
        let long = format!("1.0.0-{}", "a".repeat(65));
        let refused = world.publish(&alice, &Release::new("pkg", &long)).await;
        assert_eq!(only_problem(refused), problem("version", "prerelease must be at most 64 characters"));
        let longest = format!("99999999999999.0.0-{}", "a".repeat(64));
        world.published(&alice, &Release::new("pkg", &longest)).await;
    })
    .await;
}

#[tokio::test]
async fn names_of_new_packages() {
    each(async |world| {
        let alice = world.user("alice").await;
        let name =
            async |name: &str| only_problem(world.publish(&alice, &Release::new(name, "1.0.0")).await).1;
        for (wrong, text) in [
            ("a", "should be at least 2 character(s)"),
            ("Upper", "has invalid format"),
            ("da-sh", "has invalid format"),
            ("1digit", "has invalid format"),
            ("elixir", "is reserved"),
            ("nul", "is reserved"),
        ] {
            assert_eq!(name(wrong).await, text, "{wrong}");
        }
        let access = world.access::<operations::Publish>(&alice, "hexpm", "other").await.unwrap();
        let refused = world.core.publish(&access, Release::new("pkg", "1.0.0").tarball(), true).await;
        assert_eq!(only_problem(refused), problem("name", "metadata does not match package name"));
    })
    .await;
}

#[tokio::test]
async fn problems_of_the_package_hide_those_of_the_release() {
    each(async |world| {
        let alice = world.user("alice").await;
        let links = |address: &str| Some(BTreeMap::from([("Site".to_owned(), address.to_owned())]));
        let bad = Release::new("pkg", "1.0.0").with(|draft| {
            draft.description = Some(" ".into());
            draft.licenses = Some(vec!["MIT".into(), "foo".into(), "bar".into()]);
            draft.links = links("ftp://example.com");
            draft.app = String::new();
        });
        let (code, problems) = refusal(&world.publish(&alice, &bad).await.unwrap_err());
        let expected = [
            problem("meta.description", "can't be blank"),
            problem("meta.licenses", "invalid license \"foo\""),
            problem("meta.links", "invalid link \"ftp://example.com\""),
        ];
        assert_eq!((code, problems), (422, expected.to_vec()));

        let bare = Release::new("pkg", "1.0.0").with(|draft| draft.licenses = None);
        let refused = world.publish(&alice, &bare).await;
        assert_eq!(only_problem(refused), problem("meta.licenses", "can't be blank"));
        let own =
            Release::new("pkg", "1.0.0").with(|draft| draft.licenses = Some(vec!["LicenseRef-My.1".into()]));
        world.published(&alice, &own).await;
        let none = Release::new("pkg", "1.1.0").with(|draft| draft.licenses = Some(Vec::new()));
        world.published(&alice, &none).await;
    })
    .await;
}

#[tokio::test]
async fn problems_of_the_release_come_together() {
    each(async |world| {
        let alice = world.user("alice").await;
        let bad = Release::new("pkg", "1.0.0").requiring("nothing", "~> 1.0").with(|draft| {
            draft.app = String::new();
            draft.build_tools = Vec::new();
            draft.elixir = Some("about 1.14".into());
            draft.files = Vec::new();
        });
        let (code, problems) = refusal(&world.publish(&alice, &bad).await.unwrap_err());
        let expected = [
            problem("meta.app", "can't be blank"),
            problem("meta.build_tools", "can't be blank"),
            problem("meta.elixir", "invalid requirement: \"about 1.14\""),
            problem("meta.files", "package can't be empty"),
            problem("requirements.nothing", "package does not exist in repository \"hexpm\""),
        ];
        assert_eq!((code, problems), (422, expected.to_vec()));
        assert!(world.registry("pkg").await.is_none(), "nothing was made");
        let eve = world.user("eve").await;
        let access = world.access::<operations::Publish>(&eve, "hexpm", "pkg").await.unwrap();
        assert!(access.target().package.is_none(), "not even the package");
    })
    .await;
}

#[tokio::test]
async fn tarballs_that_are_none() {
    each(async |world| {
        let alice = world.user("alice").await;
        let access = world.access::<operations::Publish>(&alice, "hexpm", "pkg").await.unwrap();
        for bytes in [Bytes::new(), Bytes::from_static(b"this is not a tarball")] {
            assert_eq!(only_problem(world.core.publish(&access, bytes.clone(), true).await).0, "tar");
            assert_eq!(only_problem(world.core.peek_name(&bytes).await).0, "tar");
        }
        let no_terms = tarball_of("this is not a term", "x");
        let text = "error reading package metadata: invalid terms";
        assert_eq!(only_problem(world.core.peek_name(&no_terms).await), problem("tar", text));
    })
    .await;
}

#[tokio::test]
async fn the_name_can_be_read_before_anything_else() {
    each(async |world| {
        let name = world.core.peek_name(&Release::new("pkg", "1.0.0").tarball()).await.unwrap();
        assert_eq!(name, "pkg");
        let nameless = tarball_of("{<<\"version\">>,<<\"1.0.0\">>}.\n", "x");
        assert_eq!(only_problem(world.core.peek_name(&nameless).await), problem("name", "can't be blank"));
    })
    .await;
}

#[tokio::test]
async fn private_packages_need_little_and_have_no_owners() {
    each(async |world| {
        world.user("olga").await;
        let olga = world.organization("acme", "olga").await;
        let bare = Release::new("pkg", "1.0.0").to("acme").with(|draft| {
            draft.description = None;
            draft.licenses = Some(vec!["Proprietary".into()]);
            draft.links = None;
        });
        world.published(&olga, &bare).await;
        let access = world.reading(&olga, "acme").await;
        let view = world.core.package(&access, "pkg").await.unwrap();
        assert_eq!(view.owners.as_deref(), Some(&[][..]));
        assert_eq!(view.configs.mix, "{:pkg, \"~> 1.0\", organization: \"acme\"}");
        assert!(world.registry("pkg").await.is_none(), "it is in no public file");

        let key = world.organization_key("acme", &olga).await;
        let release = Release::new("byorg", "1.0.0").to("acme");
        assert_eq!(world.published(&key, &release).await.publisher.unwrap().username, "acme");
        let logs = world.core.allow::<operations::ReadOrganization>(&olga, "acme").await.unwrap();
        let logs = world.core.organization_audit_logs(&logs, 1).await.unwrap();
        let published = logs.iter().filter(|log| log.action == "release.publish").count();
        assert_eq!(published, 2, "the organization's log has what its members publish");
    })
    .await;
}

#[tokio::test]
async fn public_packages_of_an_organization_belong_to_it() {
    each(async |world| {
        world.user("olga").await;
        let olga = world.organization("acme", "olga").await;
        let key = world.organization_key("acme", &olga).await;
        world.published(&key, &Release::new("pkg", "1.0.0")).await;
        let owners = world.core.owners(&world.reading(&olga, "hexpm").await, "pkg").await.unwrap();
        assert_eq!(owners.iter().map(|owner| &*owner.account.username).collect::<Vec<_>>(), ["acme"]);
        world.published(&olga, &Release::new("pkg", "1.1.0")).await;
    })
    .await;
}
