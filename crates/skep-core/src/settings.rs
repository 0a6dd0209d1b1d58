//! What an operator decides about the rules. Read once at start; see the handbook for the same table.

use std::sync::Arc;

use crate::notice::Notice;
use crate::oauth::clients::Client;

/// Settings of the rules.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether anybody may make an account over the API.
    pub open_registration: bool,
    /// Who may make organizations.
    pub create_organizations: Creators,
    /// Whether name and password are accepted on the API (rebar3_hex needs it to make keys).
    pub basic_auth: bool,
    /// Whether new addresses count as verified because no mail server is configured.
    pub trust_addresses: bool,
    /// What users of clients are to read, unless the database knows something newer.
    pub notice: Option<Arc<Notice>>,
    /// Whether a password may be hashed with little work; only for tests, which make hundreds of users.
    pub weak_passwords: bool,
    /// How many sessions an account may have at a time, of browsers and clients together; at least 1.
    pub sessions_per_user: usize,
    /// OAuth clients besides those that are built in.
    pub clients: Vec<Client>,
}

/// Who may make something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creators {
    /// Every account.
    Everyone,
    /// Those who administer the instance.
    Administrators,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            open_registration: true,
            create_organizations: Creators::Everyone,
            basic_auth: true,
            trust_addresses: true,
            weak_passwords: false,
            sessions_per_user: 5,
            clients: Vec::new(),
            notice: None,
        }
    }
}
