//! Every operation of the API has a command: the table that says which, held against the description of the API on one
//! side and against what can be typed on the other.
//!
//! An operation that is new on the server makes this fail until it has a command, or a reason to have none.

use std::collections::BTreeSet;

use clap::CommandFactory as _;

use super::Cli;

/// Operations with the commands that carry them out. Those of the public repository stand for those of an
/// organization's, too: there the commands have `--organization`.
const COMMANDS: &[(&str, &str)] = &[
    // Accounts
    ("POST /users", "user register"),
    ("GET /users/me", "user whoami"),
    ("GET /users/me/audit-logs", "user audit-log"),
    ("GET /users/me/sessions", "session list"),
    ("DELETE /users/me/sessions", "session revoke"),
    ("DELETE /users/me/sessions/{id}", "session revoke"),
    ("GET /users/me/emails", "user email list"),
    ("POST /users/me/emails", "user email add"),
    ("GET /users/me/emails/preferences", "user email preferences"),
    ("PUT /users/me/emails/preferences", "user email preferences"),
    ("DELETE /users/me/emails/{address}", "user email remove"),
    ("POST /users/me/emails/{address}/primary", "user email primary"),
    ("POST /users/me/emails/{address}/public", "user email public"),
    ("DELETE /users/me/emails/{address}/public", "user email hide"),
    ("POST /users/me/emails/{address}/verification", "user email resend"),
    ("POST /users/me/password", "user password change"),
    ("GET /users/me/tfa", "user tfa status"),
    ("POST /users/me/tfa", "user tfa enable"),
    ("DELETE /users/me/tfa", "user tfa disable"),
    ("POST /users/me/tfa/confirm", "user tfa enable"),
    ("POST /users/me/tfa/recovery-codes", "user tfa recovery-codes"),
    ("GET /users/{name}", "user show"),
    ("POST /users/{name}/verify", "user email verify"),
    ("POST /users/{name}/password/reset", "user password reset"),
    ("POST /users/{name}/password", "user password reset"),
    // Administration
    ("GET /admin/users", "instance user list"),
    ("GET /admin/users/{name}", "instance user show"),
    ("POST /admin/users/{name}/deactivate", "instance user deactivate"),
    ("POST /admin/users/{name}/reactivate", "instance user reactivate"),
    ("POST /admin/users/{name}/administrator", "instance user promote"),
    ("DELETE /admin/users/{name}/administrator", "instance user demote"),
    ("DELETE /admin/users/{name}/tfa", "instance user reset-two-factor"),
    ("GET /admin/users/{name}/sessions", "instance user sessions"),
    ("DELETE /admin/users/{name}/sessions", "instance user end-sessions"),
    ("GET /admin/reserved-names", "instance reserved"),
    ("POST /admin/reserved-names", "instance reserve"),
    ("DELETE /admin/reserved-names", "instance unreserve"),
    ("GET /admin/orgs/{organization}/audit-logs", "instance organization audit-log"),
    // Tokens and keys
    ("GET /auth", "organization auth"),
    ("POST /oauth/token", "user auth"),
    ("POST /oauth/device_authorization", "user auth"),
    ("POST /oauth/revoke", "user deauth"),
    ("GET /keys", "user key list"),
    ("POST /keys", "user key generate"),
    ("DELETE /keys", "user key revoke"),
    ("DELETE /keys/{name}", "user key revoke"),
    ("GET /keys/{name}", "user key show"),
    // Organizations
    ("GET /orgs", "organization list"),
    ("POST /orgs", "organization create"),
    ("GET /orgs/{organization}", "organization show"),
    ("POST /orgs/{organization}", "organization seats"),
    ("DELETE /orgs/{organization}", "organization delete"),
    ("POST /orgs/{organization}/rename", "organization rename"),
    ("GET /orgs/{organization}/audit-logs", "organization audit-log"),
    ("GET /orgs/{organization}/keys", "organization key list"),
    ("POST /orgs/{organization}/keys", "organization key generate"),
    ("DELETE /orgs/{organization}/keys", "organization key revoke"),
    ("GET /orgs/{organization}/keys/{name}", "organization key show"),
    ("DELETE /orgs/{organization}/keys/{name}", "organization key revoke"),
    ("GET /orgs/{organization}/members", "organization member list"),
    ("POST /orgs/{organization}/members", "organization member add"),
    ("GET /orgs/{organization}/members/{name}", "organization member role"),
    ("POST /orgs/{organization}/members/{name}", "organization member role"),
    ("DELETE /orgs/{organization}/members/{name}", "organization member remove"),
    ("DELETE /orgs/{organization}/members/me", "organization leave"),
    ("GET /orgs/{organization}/invitations", "organization invitation list"),
    ("POST /orgs/{organization}/invitations", "organization invitation create"),
    ("DELETE /orgs/{organization}/invitations/{id}", "organization invitation revoke"),
    ("POST /invitations/show", "invitation show"),
    ("POST /invitations/accept", "invitation accept"),
    ("GET /orgs/{organization}/policies", "organization policy list"),
    ("POST /orgs/{organization}/policies", "organization policy create"),
    ("GET /orgs/{organization}/policies/{name}", "organization policy show"),
    ("PUT /orgs/{organization}/policies/{name}", "organization policy update"),
    ("DELETE /orgs/{organization}/policies/{name}", "organization policy delete"),
    // Packages
    ("GET /packages", "search"),
    ("GET /packages/{name}", "info"),
    ("GET /packages/{name}/audit-logs", "package audit-log"),
    ("POST /publish", "publish"),
    ("POST /packages/{name}/releases", "publish"),
    ("GET /packages/{name}/releases/{version}", "info"),
    ("DELETE /packages/{name}/releases/{version}", "revert"),
    ("POST /packages/{name}/retire", "retire"),
    ("POST /packages/{name}/releases/{version}/retire", "retire"),
    ("DELETE /packages/{name}/releases/{version}/retire", "unretire"),
    ("GET /packages/{name}/releases/{version}/docs", "docs fetch"),
    ("POST /packages/{name}/releases/{version}/docs", "docs publish"),
    ("DELETE /packages/{name}/releases/{version}/docs", "docs revert"),
    ("GET /packages/{name}/owners", "owner list"),
    ("GET /packages/{name}/owners/{username}", "owner list"),
    ("PUT /packages/{name}/owners/{username}", "owner add"),
    ("DELETE /packages/{name}/owners/{username}", "owner remove"),
];

/// Operations without a command, and why.
const NEEDLESS: &[(&str, &str)] = &[
    ("GET /", "says where everything is, to programs"),
    ("GET /openapi.json", "the description itself, for programs that are made from it"),
    ("GET /users/{name}/test", "the deprecated spelling of GET /users/{name}"),
    ("POST /short_url", "for links that mix makes to its own messages"),
    ("POST /oauth/revoke_by_hash", "for who has found somebody else's token, and knows its hash alone"),
    ("GET /repos", "tells no more than the list of organizations"),
    ("GET /repos/{repository}", "tells no more than the organization"),
];

/// Commands of the table that may still be missing.
const NOT_YET: &[&str] = &["docs publish", "docs revert", "package audit-log", "revert"];

/// The operation, those of private repositories as those of the public one.
fn generic(method: &str, pattern: &str) -> String {
    let path = match pattern.strip_prefix("/repos/{repository}") {
        Some(path) if !path.is_empty() => path,
        _ => pattern,
    };
    format!("{method} {path}")
}

#[test]
fn every_operation_has_a_command_or_a_reason_to_have_none() {
    let families = skep_server::openapi::families();
    let operations = families.iter().flat_map(|family| &family.operations);
    let described: BTreeSet<String> =
        operations.map(|operation| generic(operation.method, &operation.pattern)).collect();
    let listed: Vec<&str> = COMMANDS.iter().chain(NEEDLESS).map(|(operation, _)| *operation).collect();
    let known: BTreeSet<String> = listed.iter().map(|operation| (*operation).to_owned()).collect();
    assert_eq!(known.len(), listed.len(), "an operation is listed twice");
    let missing: Vec<_> = described.difference(&known).collect();
    assert!(missing.is_empty(), "operations without a command: {missing:#?}");
    let gone: Vec<_> = known.difference(&described).collect();
    assert!(gone.is_empty(), "commands for operations that are gone: {gone:#?}");
}

#[test]
fn the_commands_are_there() {
    let cli = Cli::command();
    let is_there = |words: &str| {
        let mut below = words.split(' ').try_fold(&cli, |command, word| command.find_subcommand(word));
        below.take().is_some_and(|command| !command.has_subcommands())
    };
    let commands: BTreeSet<&str> = COMMANDS.iter().map(|(_, command)| *command).collect();
    let missing: Vec<_> =
        commands.iter().filter(|command| !is_there(command) && !NOT_YET.contains(command)).collect();
    assert!(missing.is_empty(), "commands that are not there: {missing:#?}");
    let idle: Vec<_> = NOT_YET.iter().filter(|command| !commands.contains(*command)).collect();
    assert!(idle.is_empty(), "commands that no operation needs: {idle:#?}");
}
