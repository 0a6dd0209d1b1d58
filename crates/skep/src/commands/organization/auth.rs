//! `skep organization auth`: first look, then ask, then check, and only then write.

use anyhow::{Context as _, Result};
use hex_format::name::OrganizationName;
use serde_json::json;
use skep_client::api::{Api, CreatedKey, KeysOf, NewKey, OwnerType};
use skep_client::authorize::authorize;
use skep_client::config::Authorization;
use skep_client::config::mix::Placement;
use skep_client::permission::Permission;
use skep_client::secret::Secret;
use skep_client::server::RepositoryUrl;

use crate::args::{AuthArgs, SecretArg};
use crate::commands::context::{Context, block_on, host_name, variable};
use crate::commands::done::done;
use crate::commands::trust::{self, Expectation};
use crate::output;

pub(crate) fn run(context: &Context, args: AuthArgs) -> Result<()> {
    let given = args.key.as_ref().map(SecretArg::read).transpose()?;
    let how = Authorization {
        side_by_side: args.repo.clone(),
        replace: args.replace,
        // What is no address is rebar3's to complain about.
        rebar3_hexpm: variable("HEX_CDN").and_then(|url| RepositoryUrl::parse(&url).ok()),
    };
    let repository = context.repository_url()?;
    // Before a key is made at the server: it would be left over if the files then refused it.
    context.machine.check(&repository, &args.organization, &how)?;
    let placement = block_on(check_and_store(context, &args, given, &how))?;
    tell(&args.organization, &placement)
}

async fn check_and_store(
    context: &Context,
    args: &AuthArgs,
    given: Option<Secret>,
    how: &Authorization,
) -> Result<Placement> {
    let (organization, repository) = (&args.organization, context.repository_url()?);
    // Without a key of its own the command needs the user's, and says so before it asks anything.
    let api = if given.is_some() { context.anonymous_api()? } else { context.api()? };
    let expected = Expectation { fingerprint: args.fingerprint.as_ref(), organization: Some(organization) };
    let trusted = trust::signing_key(context, &repository, expected).await?;
    let (secret, created) = match given {
        Some(secret) => (secret, None),
        None => {
            let created = create(&api, organization, args.key_name.as_deref()).await?;
            (created.secret.clone(), Some(created))
        }
    };
    let stored = async {
        let key = authorize(&api, &repository, organization, secret, trusted.key.clone()).await?;
        warn_about_owner(key.owner().map(|owner| owner.kind), created.is_some(), organization);
        let placement = context.machine.authorize(&key, how)?;
        trust::remember(context, &repository, &trusted)?;
        Ok(placement)
    }
    .await;
    if let (Err(_), Some(created)) = (&stored, &created) {
        // A key that nobody has stored is of no use to anybody; the failure itself is what the user must see.
        if api.revoke_key(&KeysOf::Caller, &created.name).await.is_err() {
            output::note(format!("The key {} was made for this and could not be revoked", created.name));
        }
    }
    stored
}

async fn create(api: &Api, organization: &OrganizationName, name: Option<&str>) -> Result<CreatedKey> {
    let base = name.map_or_else(host_name, str::to_owned);
    let key = NewKey {
        name: format!("{base}-repository-{organization}"),
        permissions: vec![Permission::Repository(organization.clone())],
        revoke_at: None,
    };
    api.create_key(&KeysOf::Caller, &key).await.context("cannot make a key")
}

fn warn_about_owner(owner: Option<OwnerType>, created: bool, organization: &OrganizationName) {
    if owner == Some(OwnerType::User) && !created {
        output::note(format!(
            "This key belongs to a user and stops working when that user leaves {organization}. For a build server, make \
             one that belongs to the organization: skep organization key {organization} generate"
        ));
    }
}

fn tell(organization: &OrganizationName, placement: &Placement) -> Result<()> {
    let option = match placement {
        Placement::Public | Placement::DropIn | Placement::OwnUrl => {
            format!("organization: \"{organization}\"")
        }
        Placement::SideBySide(_) | Placement::Plain => format!("repo: \"{}\"", placement.entry(organization)),
    };
    output::note(format!(
        "Authorized organization {organization}. In mix.exs: {{:package, \"~> 1.0\", {option}}}"
    ));
    let what = json!({ "organization": organization.as_str(), "repository": placement.entry(organization) });
    done("authorized", what, String::new())
}
