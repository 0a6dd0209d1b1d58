//! Sessions of the caller.

use crate::openapi::schema::Schema::Named;
use crate::openapi::schema::list;
use crate::openapi::{Family, Operation};

pub(super) fn family() -> Family {
    Family {
        name: "Sessions",
        about: "Logins of the caller's account, in browsers and by clients",
        operations: operations(),
    }
}

fn operations() -> Vec<Operation> {
    vec![
        Operation::new("GET", "/users/me/sessions", "Sessions, the one used last first")
            .login()
            .hides()
            .gives(200, "Sessions that have not ended", list(Named("Session"))),
        Operation::new("DELETE", "/users/me/sessions", "End all sessions but that of the call")
            .login()
            .hides()
            .done(204, "They have ended, and their tokens with them"),
        Operation::new("DELETE", "/users/me/sessions/{id}", "End a session")
            .login()
            .done(204, "It has ended, and its tokens with it"),
    ]
}
