use skep_core::access::operations;
use skep_store::Change;
use skep_store::tables::packages;

use crate::support::{Release, each, status};

#[tokio::test]
async fn a_package_with_everything() {
    each(async |world| {
        let alice = world.user("alice").await;
        world.published(&alice, &Release::new("pkg", "0.1.0")).await;
        let access = world.reading(&alice, "hexpm").await;
        let view = world.core.package(&access, "pkg").await.unwrap();
        assert_eq!((&*view.repository, view.is_public(), view.has_docs()), ("hexpm", true, false));
        assert_eq!(view.configs.mix, "{:pkg, \"~> 0.1.0\"}");
        assert_eq!(view.owners.as_ref().unwrap()[0].email.as_deref(), Some("alice@example.com"));

        let candidate = Release::new("pkg", "1.0.0-rc.1").with(|draft| draft.app = "other".into());
        world.published(&alice, &candidate).await;
        let later = world.core.package(&access, "pkg").await.unwrap();
        assert_eq!(later.latest_version(), Some("1.0.0-rc.1"));
        assert_eq!(later.latest_stable_version(), Some("0.1.0"));
        assert_eq!(later.configs.mix, "{:pkg, \"~> 0.1.0\"}", "of the highest stable version");
        assert_ne!(view.fingerprint, later.fingerprint);
        assert!(later.last_modified > view.last_modified);
        let release = world.core.release(&access, "pkg", "1.0.0-rc.1").await.unwrap();
        assert_eq!(release.configs.mix, "{:other, \"~> 1.0.0-rc.1\", hex: :pkg}");

        world.published(&alice, &Release::new("cand", "1.0.0-dev")).await;
        let view = world.core.package(&access, "cand").await.unwrap();
        assert_eq!((view.latest_stable_version(), view.latest_version()), (None, Some("1.0.0-dev")));
        assert_eq!(view.configs.rebar, "{cand, \"1.0.0-dev\"}");
    })
    .await;
}

#[tokio::test]
async fn what_is_not_there() {
    each(async |world| {
        let alice = world.user("alice").await;
        world.published(&alice, &Release::new("pkg", "1.0.0")).await;
        let access = world.reading(&alice, "hexpm").await;
        assert_eq!(status(world.core.package(&access, "none").await), 404);
        assert_eq!(status(world.core.release(&access, "pkg", "2.0.0").await), 404);
        assert_eq!(status(world.core.release(&access, "none", "2.0.0").await), 404);
        let error = world.core.release(&access, "pkg", "v1.0.0").await.unwrap_err();
        assert_eq!((error.status, error.message.as_deref()), (400, Some("invalid version: v1.0.0")));
        assert_eq!(status(world.core.package_audit_logs(&access, "none", 1).await), 404);
        assert!(world.core.package_audit_logs(&access, "pkg", 2).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_audit_log_tells_the_package_and_the_release() {
    each(async |world| {
        let alice = world.user("alice").await;
        world.published(&alice, &Release::new("pkg", "1.0.0")).await;
        let retire = world.access::<operations::Retire>(&alice, "hexpm", "pkg").await.unwrap();
        world.core.retire(&retire, "1.0.0", crate::retirement::because("security", "a hole")).await.unwrap();
        let access = world.reading(&alice, "hexpm").await;
        let logs = world.core.package_audit_logs(&access, "pkg", 1).await.unwrap();
        let params = &logs[0].params;
        assert_eq!(params["package"]["meta"]["licenses"][0], "Apache-2.0");
        assert_eq!(params["package"]["meta"]["extra"], serde_json::Value::Null);
        assert_eq!(params["release"]["version"], "1.0.0");
        assert_eq!(params["release"]["meta"]["build_tools"][0], "mix");
        assert_eq!(params["release"]["retirement"]["message"], "a hole");
        assert_eq!(logs[1].params["release"]["retirement"], serde_json::Value::Null);
        assert_eq!(logs[0].user_agent.as_deref(), Some("test/1"));
    })
    .await;
}

#[tokio::test]
async fn another_process_sees_a_change_after_it_follows_the_feed() {
    each(async |world| {
        let alice = world.user("alice").await;
        world.published(&alice, &Release::new("pkg", "1.0.0")).await;
        let mut feed = world.core.feed().await.unwrap();
        let access = world.reading(&alice, "hexpm").await;
        world.core.package(&access, "pkg").await.unwrap();
        // A transaction of somebody else, who tells nobody in this process.
        let mut tx = world.db.write().await.unwrap();
        let package = packages::by_name(&mut tx, 1, "pkg").await.unwrap().unwrap();
        packages::touch(&mut tx, package.id, 5).await.unwrap();
        tx.commit(0).await.unwrap();
        assert_ne!(world.core.package(&access, "pkg").await.unwrap().updated_at, 5, "the view is in memory");
        let mut tx = world.db.write().await.unwrap();
        tx.note(Change::Package { repository_id: 1, name: "pkg".into() });
        tx.commit(0).await.unwrap();
        world.core.follow(&mut feed).await.unwrap();
        assert_eq!(world.core.package(&access, "pkg").await.unwrap().updated_at, 5);
    })
    .await;
}
