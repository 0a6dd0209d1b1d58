//! Organizations from their making to their end: limits, names, invitations, what ends with a membership, dependency
//! policies, and names that nobody may publish.

mod departure;
mod invitations;
mod lifecycle;
mod nodes;
mod policies;
mod races;
mod reserved;

use serde_json::{Value, json};
use skep_testkit::{Client, PASSWORD, TestServer};

/// An account with a key for everything.
async fn account(server: &TestServer, name: &str) -> Client {
    server.create_user(name, PASSWORD).await;
    key_of(server, name).await
}

async fn key_of(server: &TestServer, name: &str) -> Client {
    let owner = server.anonymous().with_password(name, PASSWORD);
    let permissions = json!([{ "domain": "api" }, { "domain": "repositories" }]);
    let body = json!({ "name": "everything", "permissions": permissions });
    let made = owner.post("/api/keys", &body).await.expect_status(201);
    server.anonymous().with_key(made.json()["secret"].as_str().expect("a new key shows its secret"))
}

/// A key of an organization, made by this caller.
async fn organization_key(server: &TestServer, maker: &Client, organization: &str, name: &str) -> Client {
    let permissions = json!([{ "domain": "api" }, { "domain": "repository", "resource": organization }]);
    let body = json!({ "name": name, "permissions": permissions });
    let made = maker.post(&format!("/api/orgs/{organization}/keys"), &body).await.expect_status(201);
    server.anonymous().with_key(made.json()["secret"].as_str().expect("a new key shows its secret"))
}

/// Adds an account to an organization.
async fn add(admin: &Client, organization: &str, name: &str, role: &str) {
    let member = json!({ "name": name, "role": role });
    admin.post(&format!("/api/orgs/{organization}/members"), &member).await.expect_status(200);
}

/// Actions in the log of an organization, newest first.
async fn actions(reader: &Client, organization: &str) -> Vec<String> {
    let log = reader.get(&format!("/api/orgs/{organization}/audit-logs")).await.expect_status(200).json();
    let entries = log.as_array().expect("a list");
    entries.iter().map(|entry| entry["action"].as_str().expect("an action").to_owned()).collect()
}

/// The values of one key in a list of objects.
fn column(list: &Value, key: &str) -> Vec<String> {
    let items = list.as_array().expect("a list").iter();
    items.map(|item| item[key].as_str().expect("a text").to_owned()).collect()
}
