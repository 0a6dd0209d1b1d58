//! `mix` with a registry that `skep registry build` made, and `mix hex.registry build` beside it.

use hex_registry::names::Names;
use hex_registry::package::Package;
use hex_registry::versions::Versions;
use hex_registry::{PublicKey, SigningKey};

use super::{mix, project, versions};
use crate::support::{Home, build_static};

fn offline(hex: &super::Hex) -> Home {
    let mut home = Home::new("http://127.0.0.1:9");
    home.set("MIX_HOME", hex.mix_home.to_str().expect("the path is text"));
    home.set("HTTPS_PROXY", "http://127.0.0.1:9");
    home
}

#[tokio::test]
async fn fetches_from_a_folder() {
    for hex in versions().await {
        let home = offline(&hex);
        let server = build_static(&home).await;
        let add = ["hex.repo", "add", "acme", &server.url(), "--public-key", "public/public_key"];
        mix(&home, "", &add).await.succeeds();
        project(&home, "app", "1.0.0", None, "{:twig, \"~> 0.2\", repo: \"acme\"}");
        mix(&home, "app", &["deps.get"]).await.succeeds();
        let lock = home.read("app/mix.lock");
        assert!(lock.contains("\"leaf\": {:hex, :leaf, \"1.1.0\"") && lock.contains("\"acme\""), "{lock}");
        let leaf = ["hex.package", "fetch", "leaf", "1.0.0", "--repo", "acme", "-o", "leaf.tar"];
        mix(&home, "", &leaf).await.succeeds();
        assert!(home.path().join("leaf.tar").exists());
    }
}

#[tokio::test]
async fn makes_the_same_registry() {
    for hex in versions().await {
        let home = offline(&hex);
        build_static(&home).await;
        let (ours, theirs) = (home.path().join("public"), home.path().join("theirs"));
        std::fs::create_dir(&theirs).expect("a folder can be made");
        // The same files, with the same dates.
        std::os::unix::fs::symlink(ours.join("tarballs"), theirs.join("tarballs"))
            .expect("a link can be made");
        let build = ["hex.registry", "build", "theirs", "--name", "acme", "--private-key", "key.pem"];
        mix(&home, "", &build).await.succeeds();

        let key = SigningKey::from_pem(&home.read("key.pem")).expect("it is the key");
        let read = |file: &str| {
            [&ours, &theirs].map(|folder| std::fs::read(folder.join(file)).expect("both have the file"))
        };
        let keys = read("public_key").map(|bytes| {
            PublicKey::from_pem(std::str::from_utf8(&bytes).expect("a key is text")).expect("it is a key")
        });
        assert_eq!(keys[0], keys[1]);
        let [our_names, their_names] = read("names")
            .map(|bytes| Names::from_signed(&bytes, key.public_key(), "acme").expect("it is signed"));
        assert_eq!(our_names, their_names);
        let [our_versions, their_versions] = read("versions")
            .map(|bytes| Versions::from_signed(&bytes, key.public_key(), "acme").expect("it is signed"));
        assert_eq!(our_versions, their_versions);
        for name in ["leaf", "twig"] {
            let [mut our_package, their_package] = read(&format!("packages/{name}")).map(|bytes| {
                Package::from_signed(&bytes, key.public_key(), "acme", name).expect("it is signed")
            });
            for release in &mut our_package.releases {
                assert!(release.published_at.take().is_some(), "the date is what mix lacks");
            }
            assert_eq!(our_package, their_package);
        }

        // What mix made is in order, and is taken over with what it lacks.
        home.skep(&["registry", "verify", "theirs", "--name", "acme"]).await.succeeds();
        let over = ["registry", "build", "theirs", "--name", "acme", "--private-key", "key.pem"];
        let over = home.skep(&over).await;
        assert_eq!(
            over.succeeds(),
            "* updating theirs/public_key\n* updating theirs/packages/leaf\n* updating theirs/packages/twig"
        );
    }
}
