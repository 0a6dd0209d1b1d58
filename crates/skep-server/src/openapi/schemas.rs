//! The objects of the API by name. Keys and types: the Hex HTTP contract, "Shared JSON objects".

use std::sync::LazyLock;

use super::schema::Schema::{Any, Bool, Either, Float, Int, Named, Object, OneOf, Text, Time};
use super::schema::{Field, Schema, always, list, map, nullable, sometimes};

const ROLES: &[&str] = &["admin", "write", "read"];
const LEVELS: &[&str] = &["full", "maintainer"];
const REASONS: &[&str] = &["other", "invalid", "security", "deprecated", "renamed"];
pub(super) const DOMAINS: &[&str] = &["api", "package", "repository", "repositories", "docs"];

/// The roles of members.
pub(super) fn role() -> Schema {
    OneOf(ROLES)
}

/// The levels of owners.
pub(super) fn level() -> Schema {
    OneOf(LEVELS)
}

/// The reasons of retirements.
pub(super) fn reason() -> Schema {
    OneOf(REASONS)
}

/// Every named schema.
pub(super) fn all() -> &'static [(&'static str, Schema)] {
    static ALL: LazyLock<Vec<(&'static str, Schema)>> =
        LazyLock::new(|| table().into_iter().map(|(name, fields)| (name, Object(fields))).collect());
    &ALL
}

/// The schema of that name.
///
/// # Panics
/// If there is none, which the tests of this module rule out.
pub(super) fn get(name: &str) -> &'static Schema {
    let found = all().iter().find(|(other, _)| *other == name);
    &found.expect("invariant: only schemas of the table are named").1
}

fn table() -> Vec<(&'static str, Vec<Field>)> {
    let mut table = vec![
        (
            "Error",
            vec![
                always("status", Int, "The HTTP status"),
                always("message", nullable(Text), "What was wrong"),
                sometimes(
                    "errors",
                    Either(vec![Text, map(Any)]),
                    "By field, each a text or such an object again",
                ),
            ],
        ),
        (
            "OAuthError",
            vec![
                always("error", Text, "As in RFC 6749"),
                always("error_description", Text, "What was wrong"),
            ],
        ),
    ];
    table.extend(accounts());
    table.push(("UserRecord", user_record()));
    table.extend(packages());
    table.extend(organizations());
    table.extend(invitations());
    table.extend(policies());
    table
}

fn with(base: &[Field], more: impl IntoIterator<Item = Field>) -> Vec<Field> {
    base.iter().cloned().chain(more).collect()
}

fn stamps() -> [Field; 2] {
    [always("inserted_at", Time, "Made"), always("updated_at", Time, "Last changed")]
}

/// An account, as others see it.
fn user() -> Vec<Field> {
    let fields = [
        always("username", Text, ""),
        always("full_name", nullable(Text), ""),
        always("handles", map(Text), "Addresses of profiles elsewhere, by service"),
        always("url", Text, ""),
        sometimes("email", Text, "The public address"),
    ];
    with(&fields, stamps())
}

/// An account, as administrators see it.
fn user_record() -> Vec<Field> {
    let email = Object(vec![
        always("email", Text, ""),
        always("verified", Bool, ""),
        always("primary", Bool, ""),
        always("public", Bool, ""),
    ]);
    vec![
        always("username", Text, ""),
        always("full_name", nullable(Text), ""),
        always("url", Text, ""),
        always("emails", list(email), "The primary one first"),
        always("administrator", Bool, "Whether it may administer the instance"),
        always("tfa_enabled", Bool, "Whether it has a second factor"),
        always("deactivated_at", nullable(Time), "Since when it may do nothing"),
        always(
            "last_used_at",
            nullable(Time),
            "Last use of one of its keys or sessions, within five minutes",
        ),
        always("inserted_at", Time, "Made"),
    ]
}

fn accounts() -> Vec<(&'static str, Vec<Field>)> {
    let package = Object(vec![
        always("name", Text, ""),
        always("repository", Text, ""),
        always("url", Text, ""),
        always("html_url", Text, ""),
    ]);
    let user_page = with(
        &user(),
        [
            always("owned_packages", map(Text), "Addresses by name; `packages` says more"),
            always("packages", list(package), "Owned packages that the caller may see"),
        ],
    );
    let membership = Object(vec![always("name", Text, ""), always("role", role(), "")]);
    let permission = Object(vec![
        always("domain", OneOf(DOMAINS), ""),
        always("resource", nullable(Text), "What of the domain; null is all of it"),
    ]);
    let last_use =
        Object(vec![always("used_at", Time, ""), always("ip", Text, ""), always("user_agent", Text, "")]);
    let client = Object(vec![always("id", Text, ""), always("name", Text, "")]);
    let session = vec![
        always("id", Int, ""),
        always("type", OneOf(&["browser", "oauth"]), ""),
        always("name", nullable(Text), "Such as the name of a machine"),
        always("client", nullable(client), "Which program got the tokens"),
        always("current", Bool, "Whether the call belongs to it"),
        always("last_use", nullable(last_use.clone()), "At most five minutes old while it is used"),
        always("expires_at", Time, "When it ends by itself"),
        always("inserted_at", Time, "When it began"),
    ];
    let key = [
        always("name", Text, ""),
        always("authing_key", Bool, "Whether the call was made with it"),
        always("secret", nullable(Text), "Shown once, when the key is made"),
        always("permissions", list(permission), ""),
        always("revoke_at", nullable(Time), "When it ends or ended"),
        always("url", Text, ""),
        sometimes("last_use", last_use, ""),
    ];
    vec![
        (
            "UserMin",
            vec![
                always("username", Text, ""),
                always("url", Text, ""),
                sometimes("email", Text, "The public address"),
            ],
        ),
        ("User", user()),
        ("UserPage", user_page.clone()),
        (
            "Me",
            with(
                &user_page,
                [always("organizations", list(membership), "Memberships by name of organization")],
            ),
        ),
        ("Owner", with(&user(), [always("level", level(), "")])),
        ("Key", with(&key, stamps())),
        ("Session", session),
        (
            "Email",
            vec![
                always("email", Text, ""),
                always("verified", Bool, "Whether the account has proven that it is its own"),
                always("primary", Bool, "Whether mail goes to it"),
                always("public", Bool, "Whether everyone sees it"),
            ],
        ),
        (
            "MailPreferences",
            ["organization_invite", "owner_add", "owner_remove", "package_published"]
                .map(|name| always(name, Bool, "Whether such mails are wanted"))
                .into(),
        ),
    ]
}

fn organizations() -> Vec<(&'static str, Vec<Field>)> {
    let organization =
        [always("name", Text, ""), always("billing_active", Bool, "Always true: there are no plans here")];
    let organization = with(&organization, stamps());
    vec![
        ("Organization", organization.clone()),
        (
            "OrganizationPage",
            with(
                &organization,
                [always("seats", nullable(Int), "How many members there may be; null is any number")],
            ),
        ),
        ("Member", with(&user(), [always("role", role(), "")])),
        (
            "MemberMin",
            vec![
                always("username", Text, ""),
                always("url", Text, ""),
                sometimes("email", Text, "The public address"),
                always("role", role(), ""),
            ],
        ),
        (
            "Repository",
            vec![
                always("name", Text, ""),
                always("inserted_at", nullable(Time), "Null for the public repository in a list"),
                always("updated_at", nullable(Time), ""),
            ],
        ),
        (
            "AuditLog",
            vec![
                always("action", Text, ""),
                always("user_agent", nullable(Text), ""),
                always("params", map(Any), "What it was done to"),
                always("actor", nullable(Text), "Who, as they were called then"),
                always("inserted_at", Time, ""),
                sometimes("key_id", nullable(Int), "The key that was used; in the own log, and for admins"),
                sometimes("remote_ip", nullable(Text), "From where; in the own log, and for admins"),
            ],
        ),
    ]
}

fn invitations() -> Vec<(&'static str, Vec<Field>)> {
    let invitation = [
        always("id", Int, ""),
        always("email", Text, ""),
        always("role", role(), "The role that comes with it"),
        always("expires_at", Time, "Until when it can be accepted"),
        always("inserted_at", Time, "Made"),
    ];
    vec![
        ("Invitation", invitation.to_vec()),
        ("NewInvitation", with(&invitation, [always("url", Text, "The link, shown once")])),
        (
            "Offer",
            vec![
                always("organization", Text, ""),
                always("role", role(), ""),
                always("expires_at", Time, "Until when it can be accepted"),
            ],
        ),
        (
            "Acceptance",
            vec![
                always("organization", Named("Organization"), ""),
                always("role", role(), "The role of the caller"),
                always("joined", Bool, "Whether the caller was no member before"),
            ],
        ),
        (
            "ReservedName",
            vec![
                always("repository", Text, ""),
                always("name", Text, ""),
                always("version", nullable(Text), "Null is the whole name"),
                always("reason", nullable(Text), ""),
                always("inserted_at", Time, "Reserved"),
            ],
        ),
    ]
}

fn policies() -> Vec<(&'static str, Vec<Field>)> {
    let restriction = Object(vec![
        always("cooldown", nullable(Text), "How old a release must be"),
        always("advisory_min_severity", nullable(Int), "0 none, 1 low, 2 medium, 3 high, 4 critical"),
        always("retirement_reasons", list(Int), "0 other, 1 invalid, 2 security, 3 deprecated, 4 renamed"),
    ]);
    let exception = Object(vec![
        always("action", OneOf(&["allow", "deny"]), ""),
        always("package", Text, ""),
        always("requirement", nullable(Text), "Null is every version"),
    ]);
    let repository = Object(vec![
        always("repository", Text, ""),
        always("restriction", restriction, ""),
        always("overrides", list(exception), ""),
    ]);
    let policy = [
        always("name", Text, ""),
        always("description", nullable(Text), ""),
        always("visibility", OneOf(&["private", "public"]), ""),
        always("repositories", list(repository), "The public one, then the organization's"),
        always("url", Text, ""),
    ];
    vec![("Policy", with(&policy, stamps()))]
}

fn packages() -> Vec<(&'static str, Vec<Field>)> {
    let configs = Object(vec![
        always("mix.exs", Text, ""),
        always("rebar.config", Text, ""),
        always("erlang.mk", Text, ""),
    ]);
    let release = Object(vec![
        always("version", Text, ""),
        always("url", Text, ""),
        always("has_docs", Bool, ""),
        always("inserted_at", Time, ""),
    ]);
    let package_meta = Object(vec![
        always("description", nullable(Text), ""),
        always("licenses", list(Text), ""),
        always("links", map(Text), ""),
        always("maintainers", list(Text), ""),
    ]);
    let package = [
        always("repository", Text, ""),
        always("name", Text, ""),
        always("url", Text, ""),
        always("html_url", Text, ""),
        always("docs_html_url", nullable(Text), ""),
        always("latest_version", nullable(Text), ""),
        always("latest_stable_version", nullable(Text), ""),
        always("configs", configs.clone(), "What to write into the configuration of each build tool"),
        always("meta", package_meta, "From the release that was published last"),
        always("releases", list(release), "The newest version first"),
        always("retirements", map(Named("Retirement")), "By version"),
        always(
            "downloads",
            map(Int),
            "`all`, `recent` (90 days), `week` and `day` (yesterday), as far as there are any",
        ),
    ];
    let package = with(&package, stamps());
    let requirement =
        Object(vec![always("app", Text, ""), always("requirement", Text, ""), always("optional", Bool, "")]);
    let release_meta = Object(vec![
        always("app", Text, ""),
        always("build_tools", list(Text), ""),
        always("elixir", nullable(Text), ""),
    ]);
    let downloads = Either(vec![nullable(Int), list(list(Either(vec![Text, Int])))]);
    let release_page = [
        always("version", Text, ""),
        always("checksum", Text, "SHA-256 of the tarball, in hexadecimal"),
        always("has_docs", Bool, ""),
        always("retirement", nullable(Named("Retirement")), ""),
        always("package_url", Text, ""),
        always("url", Text, ""),
        always("html_url", Text, ""),
        always("docs_html_url", nullable(Text), ""),
        always("requirements", map(requirement), "By package"),
        always("configs", configs, ""),
        always("meta", release_meta, ""),
        always(
            "downloads",
            downloads,
            "A sum, or pairs of a period and a number; null right after publishing",
        ),
        always("publisher", nullable(Named("UserMin")), ""),
        sometimes("security_advisories", list(Named("Advisory")), ""),
    ];
    vec![
        ("Retirement", vec![always("reason", reason(), ""), sometimes("message", nullable(Text), "")]),
        ("Package", package.clone()),
        (
            "PackagePage",
            with(
                &package,
                [
                    always("owners", list(Named("UserMin")), ""),
                    always("security_advisories", list(Named("Advisory")), ""),
                ],
            ),
        ),
        ("Release", with(&release_page, stamps())),
        ("Advisory", advisory()),
    ]
}

fn advisory() -> Vec<Field> {
    let reference = Object(vec![always("type", Text, ""), always("url", Text, "")]);
    vec![
        always("id", Text, ""),
        always("summary", Text, ""),
        always("aliases", list(Text), ""),
        always("published_at", Time, ""),
        always("modified_at", Time, ""),
        sometimes("withdrawn_at", nullable(Time), ""),
        sometimes("cvss_vector", nullable(Text), ""),
        sometimes("cvss_score", nullable(Float), ""),
        sometimes("cvss_rating", nullable(Text), ""),
        always("references", list(reference), ""),
        always("affected", list(Text), "Requirements that the affected versions meet"),
        always("api_url", Text, ""),
        always("html_url", Text, ""),
    ]
}
