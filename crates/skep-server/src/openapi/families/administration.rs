//! Accounts in the hands of administrators.

use super::page;
use crate::openapi::schema::Schema::{Named, Text};
use crate::openapi::schema::{list, sometimes};
use crate::openapi::{Family, Operation};

pub(super) fn family() -> Family {
    Family {
        name: "Administration",
        about: "Accounts, for those who may administer the instance",
        operations: operations(),
    }
}

fn operations() -> Vec<Operation> {
    let search = sometimes("search", Text, "A part of a name or address");
    let record = || Named("UserRecord");
    vec![
        Operation::new("GET", "/admin/users", "All accounts")
            .login()
            .query([page(), search])
            .gives(200, "A hundred accounts, by name", list(record())),
        Operation::new("GET", "/admin/users/{name}", "An account, by name or verified address")
            .login()
            .gives(200, "The account", record()),
        Operation::new("POST", "/admin/users/{name}/deactivate", "Deactivate an account")
            .notes("Its keys, tokens and passwords are refused from now on. Never the last active administrator's.")
            .login()
            .validates()
            .gives(200, "The account", record()),
        Operation::new("POST", "/admin/users/{name}/reactivate", "Activate an account again")
            .login()
            .gives(200, "The account", record()),
        Operation::new("POST", "/admin/users/{name}/administrator", "Make an account an administrator")
            .login()
            .gives(200, "The account", record()),
        Operation::new("DELETE", "/admin/users/{name}/administrator", "Make it an account like others")
            .notes("Never the last active administrator.")
            .login()
            .validates()
            .done(204, "It is no administrator"),
        Operation::new("DELETE", "/admin/users/{name}/tfa", "Reset the second factor of an account")
            .notes("For somebody who lost the device and the recovery codes.")
            .login()
            .done(204, "It has no second factor"),
        Operation::new("GET", "/admin/users/{name}/sessions", "Sessions of an account")
            .login()
            .gives(200, "Sessions that have not ended, the one used last first", list(Named("Session"))),
        Operation::new("DELETE", "/admin/users/{name}/sessions", "End all sessions of an account")
            .login()
            .done(204, "They have ended, and their tokens with them"),
    ]
}
