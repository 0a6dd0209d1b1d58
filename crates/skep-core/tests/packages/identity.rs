//! The collector of orphans and the claim, where they decide about a database that does not fit.

use bytes::Bytes;
use hex_format::checksum::Sha256;

use skep_core::Error;

use crate::support::{Release, each};

fn refusal<T>(result: Result<T, Error>) -> (u16, &'static str, String) {
    let error = result.err().expect("it must be refused");
    (error.status, error.code, error.message.unwrap_or_default().into_owned())
}

/// The clock of the tests is years ahead of the files' times, so no blob is young.
#[tokio::test]
async fn nothing_is_collected_for_a_database_without_releases() {
    each(async |world| {
        let content = Bytes::from_static(b"not referred to");
        let orphan = Sha256::of(&content);
        world.objects.put(&orphan, content).await.unwrap();
        let (status, code, text) = refusal(world.core.collect_garbage().await);
        assert_eq!((status, code), (409, "no_releases"), "{text}");
        assert!(world.objects.contains(&orphan).await.unwrap());

        let owner = world.user("owner").await;
        world.published(&owner, &Release::new("plain", "1.0.0")).await;
        let report = world.core.collect_garbage().await.unwrap();
        assert_eq!((report.seen, report.deleted), (2, 1));
        assert!(!world.objects.contains(&orphan).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn an_unclaimed_database_is_told_from_a_claimed_one() {
    each(async |world| {
        let (status, code, _) = refusal(world.core.check_instance().await);
        assert_eq!((status, code), (409, "unclaimed"));
        assert_eq!(world.objects.identity().await.unwrap(), None);
        world.core.claim_instance().await.unwrap();
        world.core.check_instance().await.unwrap();
        let id = world.objects.identity().await.unwrap();
        assert_eq!(id.as_ref().map(String::len), Some(32));
        world.core.claim_instance().await.unwrap();
        assert_eq!(world.objects.identity().await.unwrap(), id);
    })
    .await;
}

#[tokio::test]
async fn blobs_without_identity_are_not_claimed() {
    each(async |world| {
        let content = Bytes::from_static(b"somebody's package");
        world.objects.put(&Sha256::of(&content), content).await.unwrap();
        let (status, code, _) = refusal(world.core.claim_instance().await);
        assert_eq!((status, code), (409, "blobs_without_database"));
        // Refused means refused: nothing of the claim stays in the database.
        assert_eq!(refusal(world.core.check_instance().await).1, "unclaimed");
    })
    .await;
}

/// Both servers of a new database may write first.
#[tokio::test]
async fn claiming_at_once_ends_in_one_identity() {
    each(async |world| {
        let (first, second, third) = tokio::join!(
            world.core.claim_instance(),
            world.core.claim_instance(),
            world.core.claim_instance(),
        );
        first.and(second).and(third).unwrap();
        world.core.check_instance().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_is_no_identity_is_refused() {
    each(async |world| {
        world.core.claim_instance().await.unwrap();
        let file = std::path::Path::new(&world.objects.place()).join(".instance");
        let own = std::fs::read(&file).unwrap();
        for damaged in [&b""[..], b"\n", b"\xff\xfe", b"two words", b"\x1b[31mred", &[b'0'; 129]] {
            std::fs::write(&file, damaged).unwrap();
            let cause = world.core.claim_instance().await.unwrap_err().internal.unwrap().to_string();
            assert!(
                cause.starts_with(".instance in ") && cause.ends_with("restore it from a backup"),
                "{cause}"
            );
            assert!(world.core.check_instance().await.is_err());
            assert_eq!(std::fs::read(&file).unwrap(), damaged);
        }
        std::fs::write(&file, "another\n").unwrap();
        let (status, code, text) = refusal(world.core.claim_instance().await);
        assert_eq!((status, code), (409, "wrong_blobs"));
        assert!(text.contains("the instance another"), "{text}");
        std::fs::write(&file, own).unwrap();
        world.core.claim_instance().await.unwrap();
    })
    .await;
}
