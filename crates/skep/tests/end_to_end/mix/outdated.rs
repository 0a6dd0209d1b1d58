//! `skep outdated` beside `mix hex.outdated`: the same tables and exit codes for the same project.

use super::{machine, mix, point_hexpm_at, project, versions};
use crate::support::{Application, Registry, Run};

/// The table and what follows it, without the spaces at the ends that mix leaves; up to what each says in its own words.
fn table(run: &Run, heading: &str) -> Vec<String> {
    let lines = run.stdout.lines().map(str::trim_end).skip_while(|line| !line.starts_with(heading));
    lines.take_while(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[tokio::test]
async fn tells_what_mix_tells() {
    for hex in versions().await.into_iter().filter(|hex| hex.is_at_least(2, 5)) {
        let registry = Registry::start().await;
        let owner = registry.owners_home().await;
        let home = machine(&registry, &hex);
        point_hexpm_at(&registry, &home).await;
        let publish = async |name: &str, version: &str| {
            registry.publish(&owner, None, &Application::new(name, version)).await;
        };
        for name in ["leaf", "root", "tool"] {
            publish(name, "1.0.0").await;
        }
        let twig = Application::new("twig", "1.0.0").requires("hexpm", "leaf", "~> 1.0");
        registry.publish(&owner, None, &twig.requires("hexpm", "root", ">= 0.0.0")).await;
        let deps = "{:twig, \"~> 1.0\"}, {:leaf, \">= 1.0.0\"}, # {:none, \"~> 1.0\"}\n      {:tool,\n       \"== 1.0.0\",\n       only: [:dev, :test]}";
        project(&home, "app", "0.1.0", None, deps);
        mix(&home, "app", &["deps.get"]).await.succeeds();
        for version in ["1.1.0", "2.0.0", "2.1.0-rc.1"] {
            publish("leaf", version).await;
            publish("tool", version).await;
        }
        publish("root", "1.1.0").await;

        for options in [
            &[][..],
            &["--all"],
            &["--pre"],
            &["--within-requirements"],
            &["--within-requirements", "--all"],
            &["--sort", "status", "--all"],
            &["--only", "test"],
            &["--only", "prod"],
        ] {
            let theirs = mix(&home, "app", &[&["hex.outdated"], options].concat()).await;
            let ours = home.run("app", env!("CARGO_BIN_EXE_skep"), &[&["outdated"], options].concat()).await;
            assert_eq!(table(&ours, "Dependency"), table(&theirs, "Dependency"), "{options:?}");
            assert_eq!(ours.code, theirs.code, "{options:?}");
        }
        for app in ["leaf", "root", "tool", "twig"] {
            let theirs = mix(&home, "app", &["hex.outdated", app]).await;
            let ours = home.run("app", env!("CARGO_BIN_EXE_skep"), &["outdated", app]).await;
            assert_eq!(table(&ours, "Source"), table(&theirs, "Source"), "{app}");
            assert_eq!(ours.code, theirs.code, "{app}");
        }
    }
}
