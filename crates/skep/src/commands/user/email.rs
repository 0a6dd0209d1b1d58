//! `skep user email …`

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use serde_json::json;
use skep_client::api::{ApiError, Email};

use super::account;
use crate::args::{EmailArgs, EmailCommand, PreferencesArgs, VerifyArgs};
use crate::commands::context::{Context, block_on};
use crate::commands::done::done;
use crate::commands::failure::{NO_ACCOUNT, because};
use crate::output::{self, Report, Text, table::table};

pub(super) fn run(context: &Context, command: EmailCommand) -> Result<()> {
    match command {
        EmailCommand::List => list(context),
        EmailCommand::Add(args) => {
            let address = checked(&args.address)?;
            let api = account::api(context, &args.password)?;
            let added = block_on(async {
                api.add_email(address).await.with_context(|| format!("cannot add {address}"))
            })?;
            let told = format!("Added {address}. A link to verify it was mailed there");
            done("added", added, told)
        }
        EmailCommand::Remove(args) => {
            change(context, &args, "removed", "Removed {}", "cannot remove {}", async |api, address| {
                api.remove_email(address).await
            })
        }
        EmailCommand::Primary(args) => change(
            context,
            &args,
            "primary",
            "Mail goes to {} now",
            "cannot send mail to {}",
            async |api, address| api.make_email_primary(address).await,
        ),
        EmailCommand::Public(args) => {
            change(context, &args, "public", "Others see {} now", "cannot show {}", async |api, address| {
                api.make_email_public(address).await
            })
        }
        EmailCommand::Hide(args) => change(
            context,
            &args,
            "hidden",
            "Nobody else sees {} now",
            "cannot hide {}",
            async |api, address| api.hide_email(address).await,
        ),
        EmailCommand::Verify(args) => verify(context, args),
        EmailCommand::Resend { address } => resend(context, &address),
        EmailCommand::Preferences(args) => preferences(context, &args),
    }
}

/// Changes one address; `{}` in the texts is the address.
fn change(
    context: &Context,
    args: &EmailArgs,
    verb: &'static str,
    told: &str,
    failed: &str,
    work: impl AsyncFnOnce(&skep_client::api::Api, &str) -> Result<(), ApiError>,
) -> Result<()> {
    let address = checked(&args.address)?;
    let api = account::api(context, &args.password)?;
    block_on(async { work(&api, address).await.with_context(|| failed.replace("{}", address)) })?;
    done(verb, json!({ "email": address }), told.replace("{}", address))
}

/// An address stands in the path of a request: what can't be one must not lead elsewhere.
fn checked(address: &str) -> Result<&str> {
    match address.split_once('@') {
        Some((name, host)) if !name.is_empty() && !host.is_empty() => Ok(address),
        _ => bail!("{address:?} is not an e-mail address"),
    }
}

#[derive(Serialize)]
struct Emails(Vec<Email>);

impl Report for Emails {
    fn text(&self) -> Text {
        let yes = |is: bool| if is { "yes" } else { "no" };
        let row = |email: &Email| {
            [email.email.as_str(), yes(email.verified), yes(email.primary), yes(email.public)]
                .map(str::to_owned)
        };
        table(["Address", "Verified", "Primary", "Public"], self.0.iter().map(row))
    }
}

fn list(context: &Context) -> Result<()> {
    let api = context.api()?;
    let emails =
        block_on(async { api.emails().await.map_err(because("cannot list the addresses", NO_ACCOUNT)) })?;
    output::report(&Emails(emails))
}

fn verify(context: &Context, args: VerifyArgs) -> Result<()> {
    let address = checked(&args.address)?;
    let key = args.key.read()?;
    let api = context.anonymous_api()?;
    let username = match args.username {
        Some(username) => username,
        None => account::username(context, &context.api()?)?,
    };
    block_on(async {
        let verified = api.verify_email(&username, address, &key).await;
        verified.with_context(|| format!("cannot verify {address}"))
    })?;
    done("verified", json!({ "email": address }), format!("Verified {address}"))
}

fn resend(context: &Context, address: &str) -> Result<()> {
    let address = checked(address)?;
    let api = context.api()?;
    block_on(async {
        let sent = api.send_verification(address).await;
        sent.with_context(|| format!("cannot have a link mailed to {address}"))
    })?;
    done("sent", json!({ "email": address }), format!("A link to verify {address} was mailed there"))
}

#[derive(Serialize)]
struct Preferences(BTreeMap<String, bool>);

impl Report for Preferences {
    fn text(&self) -> Text {
        let row = |(kind, on): (&String, &bool)| {
            [kind.clone(), if *on { "on".to_owned() } else { "off".to_owned() }]
        };
        table(["Mail", "Wanted"], self.0.iter().map(row))
    }
}

fn preferences(context: &Context, args: &PreferencesArgs) -> Result<()> {
    let on = args.on.iter().map(|kind| (kind.clone(), true));
    let wanted: BTreeMap<String, bool> =
        on.chain(args.off.iter().map(|kind| (kind.clone(), false))).collect();
    let now = if wanted.is_empty() {
        let api = context.api()?;
        block_on(async {
            let wanted = api.mail_preferences().await;
            wanted.map_err(because("cannot tell which mails are wanted", NO_ACCOUNT))
        })?
    } else {
        let api = account::api(context, &args.password)?;
        block_on(async { api.set_mail_preferences(wanted).await.context("cannot choose mails") })?
    };
    output::report(&Preferences(now))
}
