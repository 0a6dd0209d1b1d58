//! Addresses and passwords of accounts.

use crate::openapi::schema::Schema::{Bool, Named, Object, Text};
use crate::openapi::schema::{always, list, sometimes};
use crate::openapi::{Family, Operation};

/// Who may not, and what to do instead.
const NO_KEYS: &str = "Not for API keys, nor for tokens that one was exchanged for.";

pub(super) fn family() -> Family {
    let mut operations = addresses();
    operations.extend(passwords());
    Family {
        name: "Addresses and passwords",
        about: "Addresses of the caller's account, proofs that they are its own, and passwords",
        operations,
    }
}

fn addresses() -> Vec<Operation> {
    let one = |action: &str| format!("/users/me/emails/{{address}}{action}");
    let wanted = Object(
        ["organization_invite", "owner_add", "owner_remove", "package_published"]
            .map(|name| sometimes(name, Bool, "Whether such mails are wanted"))
            .into(),
    );
    vec![
        Operation::new("GET", "/users/me/emails", "Addresses, the primary one first")
            .login()
            .hides()
            .gives(200, "The addresses", list(Named("Email"))),
        Operation::new("POST", "/users/me/emails", "Add an address, which is mailed a link that verifies it")
            .login()
            .hides()
            .notes(NO_KEYS)
            .takes([always("email", Text, "")])
            .gives(201, "The address", Named("Email")),
        Operation::new("GET", "/users/me/emails/preferences", "Which mails are wanted")
            .login()
            .hides()
            .gives(200, "What can be switched off", Named("MailPreferences")),
        Operation::new("PUT", "/users/me/emails/preferences", "Choose which mails are wanted")
            .login()
            .hides()
            .notes(NO_KEYS)
            .takes([always("preferences", wanted, "What is not named stays")])
            .gives(200, "What can be switched off", Named("MailPreferences")),
        Operation::new("DELETE", &one(""), "Remove an address that is not the primary one")
            .login()
            .notes(NO_KEYS)
            .validates()
            .done(204, "It is removed"),
        Operation::new("POST", &one("/primary"), "Let mail go to a verified address")
            .login()
            .notes(NO_KEYS)
            .validates()
            .done(204, "It does"),
        Operation::new("POST", &one("/public"), "Show a verified address to everyone")
            .login()
            .notes(NO_KEYS)
            .validates()
            .done(204, "It is shown"),
        Operation::new("DELETE", &one("/public"), "Show an address to nobody any more")
            .login()
            .notes(NO_KEYS)
            .validates()
            .done(204, "It is not shown"),
        Operation::new("POST", &one("/verification"), "Mail another link that verifies an address")
            .login()
            .notes("Open to an account whose address is not verified. A few within a quarter of an hour are mailed.")
            .validates()
            .done(204, "It is mailed"),
        Operation::new("POST", "/users/{name}/verify", "Verify an address with the key that was mailed to it")
            .open()
            .takes([always("email", Text, ""), always("key", Text, "")])
            .done(204, "It is verified"),
    ]
}

fn passwords() -> Vec<Operation> {
    vec![
        Operation::new("POST", "/users/me/password", "Change the password")
            .login()
            .hides()
            .notes("Not for API keys, nor for tokens that one was exchanged for. Other sessions and their tokens end.")
            .takes([
                always("current", Text, "The password until now"),
                always("new", Text, "At least 8 characters"),
                sometimes("new_confirmation", Text, "The same again"),
            ])
            .done(204, "It is changed"),
        Operation::new("POST", "/users/{name}/password/reset", "Mail a link that sets a new password")
            .open()
            .notes("By name or verified address. The answer is the same whether there is such an account or not.")
            .done(204, "If there is such an account, a link is mailed to it"),
        Operation::new("POST", "/users/{name}/password", "Set a new password with the key that was mailed")
            .open()
            .notes("Sessions and tokens of the account end.")
            .takes([
                always("key", Text, ""),
                always("password", Text, "At least 8 characters"),
                sometimes("password_confirmation", Text, "The same again"),
                sometimes("revoke_all", Bool, "Whether its keys are revoked too; they are if this is absent"),
            ])
            .done(204, "It is set"),
    ]
}
