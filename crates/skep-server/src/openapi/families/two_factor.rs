//! The second factor of the own account.

use crate::openapi::schema::Schema::{Bool, Int, Object, Text};
use crate::openapi::schema::{Field, always, list, sometimes};
use crate::openapi::{Family, Operation};

pub(super) fn family() -> Family {
    Family {
        name: "Two-factor authentication",
        about: "One-time codes, which writes with an OAuth token of an account need in the header `x-hex-otp`",
        operations: operations(),
    }
}

fn operations() -> Vec<Operation> {
    let status = Object(vec![
        always("enabled", Bool, ""),
        always("recovery_codes_left", Int, "Codes that were not used"),
    ]);
    let secret = Object(vec![
        always("secret", Text, "In base32; shown this once"),
        always("uri", Text, "`otpauth://…`, for a QR code"),
    ]);
    let codes =
        Object(vec![always("recovery_codes", list(Text), "Each replaces a code once; shown this once")]);
    let code = || always("code", Text, "That the authenticator app shows");
    vec![
        Operation::new("GET", "/users/me/tfa", "Whether the own account has a second factor")
            .login()
            .hides()
            .gives(200, "Whether it has, and how many recovery codes are left", status),
        Operation::new("POST", "/users/me/tfa", "Begin to set a second factor up")
            .notes("Nothing is asked for before a code is confirmed, which has to be within 15 minutes.")
            .login()
            .hides()
            .takes([password()])
            .gives(201, "A new secret for an authenticator app", secret),
        Operation::new("POST", "/users/me/tfa/confirm", "Enable the second factor")
            .login()
            .hides()
            .takes([code()])
            .gives(200, "It is enabled", codes.clone()),
        Operation::new("POST", "/users/me/tfa/recovery-codes", "New recovery codes in place of the old ones")
            .login()
            .hides()
            .takes([password(), code()])
            .gives(200, "The new ones", codes),
        Operation::new("DELETE", "/users/me/tfa", "Disable the second factor")
            .login()
            .hides()
            .takes([
                password(),
                sometimes("code", Text, "That the authenticator app shows"),
                sometimes("recovery_code", Text, "Instead of it, if the device is lost"),
            ])
            .done(204, "It is disabled"),
    ]
}

fn password() -> Field {
    sometimes("password", Text, "The account's; not for callers who log in with it")
}
