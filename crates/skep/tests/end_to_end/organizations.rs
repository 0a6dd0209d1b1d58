//! The life of an organization, from the command line alone, against a real server: every operation of the API once.

use serde_json::Value;
use skep_testkit::Engine;

use crate::support::{Application, Home, Instance, Registry};

const PASSWORD: &str = "correct horse";

/// Somebody's machine, with a key for everything in the environment.
struct Person(Home);

impl Person {
    async fn new(registry: &Registry, name: &str) -> Self {
        let mut home = registry.home();
        home.set("HEX_API_KEY", registry.user_key(name, "everything").await);
        Self(home)
    }

    /// What a command of words without spaces prints.
    async fn says(&self, line: &str) -> String {
        let run = self.0.skep(&line.split(' ').collect::<Vec<_>>()).await;
        run.succeeds().to_owned()
    }

    async fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.says(&format!("{line} --json --yes")).await).expect("it prints JSON")
    }

    async fn fails(&self, line: &str) -> String {
        self.0.skep(&line.split(' ').collect::<Vec<_>>()).await.fails()
    }
}

#[tokio::test]
async fn the_life_of_an_organization() {
    let registry = Registry::start().await;
    let owner = Person::new(&registry, "owner").await;
    let stranger = Person::new(&registry, "stranger").await;

    assert_eq!(
        owner.says("organization create lab").await,
        "Organization lab is ready, and you are its admin"
    );
    assert!(owner.fails("organization create lab").await.contains("cannot make organization lab: "));
    let list = owner.json("organization list --remote").await;
    let names: Vec<_> =
        list.as_array().expect("a list").iter().map(|one| (&one["name"], &one["role"])).collect();
    assert_eq!(names, [(&"acme".into(), &"admin".into()), (&"lab".into(), &"admin".into())]);
    assert_eq!(owner.says("organization seats lab").await, "unlimited");
    assert_eq!(owner.says("organization seats lab 2").await, "Organization lab may have 2 members");

    // Members.
    let added = owner.says("organization member lab add stranger --role write").await;
    assert_eq!(added, "stranger is a member of lab now, with the role write");
    let changed = owner.says("organization member lab role stranger admin").await;
    assert_eq!(changed, "stranger has the role admin in lab now");
    assert_eq!(stranger.says("organization member lab role stranger").await, "admin");
    let shown = stranger.says("organization show lab").await;
    assert!(shown.contains("Your role: admin") && shown.contains("Members: 2 of 2"), "{shown}");
    owner.says("organization seats lab unlimited").await;
    stranger.says("organization leave lab --yes").await;
    assert!(
        stranger
            .fails("organization show lab")
            .await
            .contains("there is no organization lab that you are in")
    );

    // Invitations.
    let link = owner.says("organization invitation lab create stranger@example.com --role read").await;
    assert!(owner.says("organization invitation lab list").await.contains("stranger@example.com"));
    let offer = stranger.says(&format!("invitation show {link}")).await;
    assert!(offer.starts_with("To organization lab, with the role read, until "), "{offer}");
    let accepted = stranger.says(&format!("invitation accept {link} --yes")).await;
    assert_eq!(accepted, "You are a member of lab now, with the role read");
    assert!(
        stranger.fails(&format!("invitation show {link}")).await.contains("this link invites to nothing")
    );
    let taken = owner.json("organization invitation lab create fran@example.com").await;
    assert_eq!(taken["created"]["role"], "read");
    owner.says("organization invitation lab revoke fran@example.com").await;
    assert_eq!(owner.json("organization invitation lab list").await, serde_json::json!([]));

    // Policies.
    let strict =
        "organization policy lab create strict --cooldown 7d --allow phoenix --advisory-min-severity high";
    assert_eq!(owner.says(strict).await, "Policy strict of lab is published");
    let text = owner.says("organization policy lab show strict").await;
    assert!(
        text.contains("releases younger than 7d are refused") && text.contains("allow phoenix"),
        "{text}"
    );
    let update =
        "organization policy lab update strict --deny ecto@<3.0.0 --description why --visibility public";
    owner.says(update).await;
    let policy = owner.json("organization policy lab show strict").await;
    assert_eq!(policy["repositories"][0]["restriction"]["cooldown"], "7d");
    assert_eq!(policy["repositories"][0]["overrides"].as_array().map(Vec::len), Some(2));
    owner.0.write("strict.json", policy.to_string());
    owner.says("organization policy lab update strict --cooldown 2w --drop ecto").await;
    owner.says("organization policy lab update strict --file strict.json --description ").await;
    let again = owner.json("organization policy lab show strict").await;
    assert_eq!(again["repositories"], policy["repositories"]);
    assert_eq!((&again["description"], &policy["description"]), (&Value::Null, &"why".into()));
    assert!(owner.fails("organization policy lab create strict").await.contains("name: "));
    owner.says("organization policy lab delete strict --yes").await;
    assert_eq!(owner.json("organization policy lab list").await, serde_json::json!([]));

    // Packages and the log.
    registry.publish(&owner.0, Some("lab"), &Application::new("twig", "0.2.0")).await;
    assert!(owner.says("organization packages lab --search twig").await.contains("twig     0.2.0"));
    let log = owner.json("organization audit-log lab --limit 1000").await;
    let actions: Vec<&str> =
        log.as_array().expect("a list").iter().filter_map(|it| it["action"].as_str()).collect();
    for action in ["organization.create", "organization.member.add", "policy.create"] {
        assert!(actions.contains(&action), "{action}: {actions:?}");
    }
    assert!(owner.says("organization audit-log lab --limit 5").await.lines().count() == 6);

    // The end.
    assert_eq!(owner.says("organization rename lab labs --yes").await, "Organization lab is called labs now");
    let refused = owner.fails("organization delete labs --yes").await;
    assert!(refused.contains("1 others are members of the organization: remove them first"), "{refused}");
    owner.says("organization member labs remove stranger --yes").await;
    assert_eq!(owner.says("organization delete labs --yes").await, "Organization labs is deleted");
    assert!(owner.fails("organization show labs").await.contains("there is no organization labs"));
}

#[tokio::test]
async fn administration_over_the_api_and_at_the_machine() {
    let instance = Instance::new(Engine::Sqlite);
    let server = instance.serve();
    let create = ["user", "create", "root", "--email", "root@example.com", "--password-stdin", "--admin"];
    instance.admin(&create, PASSWORD).await.succeeds();
    instance.create_user("eric", PASSWORD).await;
    instance.admin(&["organization", "create", "acme", "--owner", "eric"], "").await.succeeds();

    let mut home = Home::new(server.url());
    let made = server.anonymous().with_password("root", PASSWORD);
    let made =
        made.post("/api/keys", &serde_json::json!({ "name": "laptop" })).await.expect_status(201).json();
    home.set("HEX_API_KEY", made["secret"].as_str().expect("a new key shows its secret"));
    let root = Person(home);

    let users = root.json("instance user list").await;
    assert_eq!((&users[0]["username"], &users[1]["administrator"]), (&"eric".into(), &true.into()));
    let eric = root.says("instance user show eric@example.com").await;
    assert!(eric.contains("State: active") && eric.contains("eric@example.com (primary, verified"), "{eric}");
    assert_eq!(root.json("instance user sessions eric").await, serde_json::json!([]));
    // A key changes no accounts, and the refusal says what does.
    for change in ["deactivate", "reactivate", "promote", "demote", "reset-two-factor", "end-sessions"] {
        let refused = root.fails(&format!("instance user {change} eric --yes")).await;
        assert!(refused.contains("API keys change no accounts"), "{change}: {refused}");
    }
    assert_eq!(root.says("instance reserve bait --reason typo").await, "bait is reserved");
    assert_eq!(root.says("instance reserve plug --release 6.6.6").await, "plug 6.6.6 is reserved");
    assert!(root.says("instance reserved").await.contains("typo"));
    assert_eq!(root.says("instance unreserve bait").await, "bait is free again");
    assert!(root.fails("instance unreserve bait").await.contains("bait is not reserved"));

    // At the machine.
    let renamed = instance.admin(&["organization", "rename", "acme", "acme_labs"], "").await;
    assert_eq!(renamed.succeeds(), "organization acme is called acme_labs now");
    let unasked = instance.admin(&["organization", "delete", "acme_labs"], "").await;
    assert!(unasked.fails().contains("--yes is needed where nobody can be asked"));
    let deleted = instance.admin(&["organization", "delete", "acme_labs", "--yes"], "").await;
    assert_eq!(deleted.succeeds(), "organization acme_labs is deleted");
    let gone = instance.admin(&["organization", "delete", "acme_labs", "--yes"], "").await;
    assert!(gone.fails().contains("there is no organization acme_labs"));
    let taken = instance.admin(&["organization", "create", "acme", "--owner", "eric"], "").await;
    assert!(taken.fails().contains("name"), "{}", taken.stderr);
    let log = root.says("instance organization audit-log acme").await;
    assert!(log.contains("organization.delete") && log.contains("organization.rename"), "{log}");
}
