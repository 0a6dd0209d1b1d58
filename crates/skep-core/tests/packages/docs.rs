use bytes::Bytes;
use hex_format::tarball::write::gzip;
use skep_core::access::operations;

use crate::support::{Release, each, only_problem, problem, status};

pub(crate) fn archive(text: &str) -> Bytes {
    gzip(text.as_bytes()).into()
}

#[tokio::test]
async fn documentation_comes_and_goes() {
    each(async |world| {
        let alice = world.user("alice").await;
        world.published(&alice, &Release::new("pkg", "1.0.0")).await;
        let access = world.access::<operations::ChangeDocs>(&alice, "hexpm", "pkg").await.unwrap();
        let (fetch, reading) = (world.fetching("hexpm").await, world.reading(&alice, "hexpm").await);
        assert_eq!(status(world.core.docs_blob(&fetch, "pkg", "1.0.0").await), 404);
        world.core.delete_docs(&access, "1.0.0").await.unwrap();

        for text in ["hello", "hello again"] {
            let archive = archive(text);
            world.core.publish_docs(&access, "1.0.0", archive.clone()).await.unwrap();
            let blob = world.core.docs_blob(&fetch, "pkg", "1.0.0").await.unwrap();
            assert_eq!(blob.size, archive.len() as u64);
            assert_eq!(world.objects.read(&blob.sha256).await.unwrap(), archive);
        }
        assert!(world.core.package(&reading, "pkg").await.unwrap().has_docs());
        assert!(world.core.release(&reading, "pkg", "1.0.0").await.unwrap().has_docs);

        world.core.delete_docs(&access, "1.0.0").await.unwrap();
        assert_eq!(status(world.core.docs_blob(&fetch, "pkg", "1.0.0").await), 404);
        assert!(!world.core.package(&reading, "pkg").await.unwrap().has_docs());
        let expected = ["docs.revert", "docs.publish", "docs.publish", "docs.revert", "release.publish"];
        assert_eq!(world.actions("hexpm", "pkg", &alice).await, expected);
    })
    .await;
}

#[tokio::test]
async fn what_is_refused() {
    each(async |world| {
        let alice = world.user("alice").await;
        world.published(&alice, &Release::new("pkg", "1.0.0")).await;
        let access = world.access::<operations::ChangeDocs>(&alice, "hexpm", "pkg").await.unwrap();
        let upload =
            async |bytes: Bytes| only_problem(world.core.publish_docs(&access, "1.0.0", bytes).await);
        assert_eq!(upload(Bytes::from(vec![0; (16 << 20) + 1])).await, problem("tar", "too big"));
        let zeros = gzip(&vec![0; (128 << 20) + 1]);
        assert_eq!(upload(zeros.into()).await, problem("tar", "too big (uncompressed)"));
        assert_eq!(upload(Bytes::from_static(b"plain")).await.0, "tar");

        let good = archive("x");
        assert_eq!(status(world.core.publish_docs(&access, "9.9.9", good.clone()).await), 404);
        assert_eq!(status(world.core.publish_docs(&access, "1.0", good.clone()).await), 400);
        assert_eq!(status(world.core.delete_docs(&access, "9.9.9").await), 404);
        let none = world.access::<operations::ChangeDocs>(&alice, "hexpm", "none").await.unwrap();
        assert_eq!(status(world.core.publish_docs(&none, "1.0.0", good).await), 404);
        let fetch = world.fetching("hexpm").await;
        assert_eq!(status(world.core.docs_blob(&fetch, "pkg", "1.0.0").await), 404, "nothing was stored");
    })
    .await;
}
