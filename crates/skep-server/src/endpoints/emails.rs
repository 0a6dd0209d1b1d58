//! Addresses of the caller, and which mails are wanted.

use skep_core::access::operations::{ChangeEmails, ReadEmails, SendVerification};
use skep_core::accounts::addresses::AddressView;
use skep_core::mail::Preference;
use skep_core::{Error, FieldError};

use crate::api::{Cache, Call, Params, Reply, Value, object};

pub(super) async fn list(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ReadEmails>(&call.caller(), ()).await?;
    let addresses = call.app.core.addresses(&access).await?;
    Ok(Reply::ok(Value::list(addresses.iter().map(render))).cache(Cache::Private))
}

pub(super) async fn add(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ChangeEmails>(&call.caller(), ()).await?;
    call.app.count_mail_request(&call.head.client)?;
    let added = call.app.core.add_address(&access, call.params.text("email")).await?;
    Ok(Reply::created(&call.api_url("/users/me/emails"), render(&added)).cache(Cache::Private))
}

pub(super) async fn remove(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ChangeEmails>(&call.caller(), ()).await?;
    call.app.core.remove_address(&access, call.params.required("address")?).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}

pub(super) async fn make_primary(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ChangeEmails>(&call.caller(), ()).await?;
    call.app.core.set_primary_address(&access, call.params.required("address")?).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}

pub(super) async fn make_public(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ChangeEmails>(&call.caller(), ()).await?;
    call.app.core.set_public_address(&access, Some(call.params.required("address")?)).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}

pub(super) async fn hide(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ChangeEmails>(&call.caller(), ()).await?;
    call.app.core.hide_address(&access, call.params.required("address")?).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}

pub(super) async fn send_verification(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<SendVerification>(&call.caller(), ()).await?;
    call.app.core.send_verification(&access, call.params.required("address")?).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}

/// Open: whoever has the key that was mailed proves by it that the address is theirs.
pub(super) async fn verify(call: Call) -> Result<Reply, Error> {
    let address = call.params.required("email")?;
    let (name, key) = (call.params.required("name")?, call.params.required("key")?);
    call.app.core.verify_address(&call.caller(), name, address, key).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}

pub(super) async fn preferences(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ReadEmails>(&call.caller(), ()).await?;
    let preferences = call.app.core.mail_preferences(&access).await?;
    Ok(Reply::ok(render_preferences(&preferences)).cache(Cache::Private))
}

pub(super) async fn set_preferences(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ChangeEmails>(&call.caller(), ()).await?;
    let given = call.params.map("preferences").map_err(|error| Error::field("preferences", error))?;
    // A body without the wrapper would be taken, and change nothing.
    let given = given.ok_or_else(|| Error::field("preferences", FieldError::from("can't be blank")))?;
    let wanted = read_preferences(given)?;
    let preferences = call.app.core.set_mail_preferences(&access, &wanted).await?;
    Ok(Reply::ok(render_preferences(&preferences)).cache(Cache::Private))
}

/// The named preferences.
///
/// # Errors
/// 422 with what is wrong with each.
fn read_preferences(given: &Params) -> Result<Vec<(Preference, bool)>, Error> {
    let (mut wanted, mut problems) = (Vec::new(), Vec::new());
    for (name, _) in given.iter() {
        match (Preference::parse(name), given.boolean(name)) {
            (None, _) => problems.push((name.to_owned(), "is invalid".into())),
            (Some(_), Err(error)) => problems.push((name.to_owned(), error)),
            (Some(_), Ok(None)) => problems.push((name.to_owned(), "can't be blank".into())),
            (Some(preference), Ok(Some(wants))) => wanted.push((preference, wants)),
        }
    }
    match problems.is_empty() {
        true => Ok(wanted),
        false => Err(Error::field("preferences", FieldError::Nested(problems))),
    }
}

fn render_preferences(preferences: &[(Preference, bool)]) -> Value {
    Value::map(preferences.iter().map(|(preference, wanted)| (preference.as_str().to_owned(), *wanted)))
}

fn render(address: &AddressView) -> Value {
    object! {
        "email" => address.address.clone(),
        "verified" => address.verified,
        "primary" => address.primary,
        "public" => address.public,
    }
}
