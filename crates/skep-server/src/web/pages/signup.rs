//! Making an account, where anybody may.

use askama::Template;
use skep_core::accounts::Registration;
use skep_core::{Error, FieldError, Fields};

use crate::web::answer::Answer;
use crate::web::frame::Frame;
use crate::web::local_path::LocalPath;
use crate::web::visit::{Stop, Visit, onwards};

/// A line of the form.
struct Field {
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    hint: &'static str,
    autocomplete: &'static str,
    max: u16,
    required: bool,
    value: String,
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "signup.html")]
struct Page<'a> {
    frame: Frame,
    problem: Option<&'static str>,
    back: &'a str,
    fields: Vec<Field>,
}

pub(in crate::web) fn show(visit: &Visit) -> Result<Answer, Stop> {
    check_open(visit)?;
    match visit.user() {
        Some(_) => Ok(Answer::redirect(&"/account".into())),
        None => page(visit, None, &Fields::None),
    }
}

fn check_open(visit: &Visit) -> Result<(), Error> {
    if visit.app.core.settings().open_registration {
        return Ok(());
    }
    let text = "Sign-ups are closed on this server. Please ask an administrator for an account.";
    Err(Error::new(403, "registration_closed", text))
}

fn page(visit: &Visit, problem: Option<&'static str>, wrong: &Fields) -> Result<Answer, Stop> {
    let field = |name, label, kind, hint, autocomplete, max| Field {
        name,
        label,
        kind,
        hint,
        autocomplete,
        max,
        required: name != "full_name",
        // Passwords are typed again.
        value: if kind == "password" { String::new() } else { visit.field(name).to_owned() },
        wrong: find(wrong, name),
    };
    let fields = vec![
        field("username", "Username", "text", "Small letters, digits, and - _ . in between.", "username", 64),
        field("full_name", "Full name", "text", "If you like.", "name", 255),
        field("email", "Email address", "email", "Others can see it.", "email", 254),
        field("password", "Password", "password", "At least 8 characters.", "new-password", 1024),
        field("password_confirmation", "Password again", "password", "", "new-password", 1024),
    ];
    let back = visit.return_path();
    let back = back.as_ref().map_or("", LocalPath::as_str);
    Ok(Answer::page(&Page { frame: Frame::of(visit), problem, back, fields })?)
}

/// What is wrong with a field. Addresses are told of below `emails`, as the API names them.
fn find(wrong: &Fields, name: &str) -> Option<String> {
    let Fields::Map(fields) = wrong else { return None };
    let key = if name == "email" { "emails" } else { name };
    let (_, error) = fields.iter().find(|(field, _)| field == key)?;
    let mut error = error;
    loop {
        match error {
            FieldError::Text(text) => return Some(sentence(text)),
            FieldError::Nested(inner) => error = &inner.first()?.1,
        }
    }
}

/// As people write what the API says: `can't be blank`.
pub(in crate::web) fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), rest.as_str()))
}

pub(in crate::web) async fn submit(visit: &Visit) -> Result<Answer, Stop> {
    check_open(visit)?;
    visit.count_mail()?;
    let given = |name| Ok(visit.given(name));
    let registration = Registration {
        username: given("username"),
        full_name: given("full_name"),
        password: required_password(visit),
        password_confirmation: Ok(Some(visit.field("password_confirmation").to_owned())),
        email: given("email"),
        setup_code: Ok(None),
    };
    match visit.app.core.register(&visit.caller, registration).await {
        Ok(_) => {
            let to = onwards("/login", visit.return_path().as_ref());
            Ok(visit.redirect_with(&to, welcome(visit)))
        }
        Err(error) if error.status == 422 => {
            let problem = "Oops, something went wrong! Please check the errors below.";
            Ok(page(visit, Some(problem), &error.fields)?.status(400))
        }
        Err(error) => Err(error.into()),
    }
}

/// The API makes accounts without a password, but nobody could log in to such a one here.
fn required_password(visit: &Visit) -> Result<Option<String>, FieldError> {
    match visit.field("password") {
        "" => Err("can't be blank".into()),
        password => Ok(Some(password.to_owned())),
    }
}

fn welcome(visit: &Visit) -> &'static str {
    if visit.app.core.settings().trust_addresses {
        "Your account is ready. Please log in."
    } else {
        "A confirmation email has been sent, you will have access to your account shortly."
    }
}
