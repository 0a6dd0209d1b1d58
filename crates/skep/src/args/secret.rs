//! A secret given on the command line. It is hidden from the `Debug` output that argument parsing needs.

use std::fmt;
use std::str::FromStr;

use skep_client::secret::{Secret, SecretError};

/// A key's secret, or `-` for standard input, which keeps it out of the list of processes.
#[derive(Clone)]
pub(crate) enum SecretArg {
    /// As typed.
    Given(Secret),
    /// On the first line of standard input.
    Stdin,
}

impl FromStr for SecretArg {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "-" { Ok(Self::Stdin) } else { Secret::key(text).map(Self::Given) }
    }
}

impl fmt::Debug for SecretArg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretArg")
    }
}
