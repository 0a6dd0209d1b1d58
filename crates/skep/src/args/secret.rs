//! A secret given on the command line. It is hidden from the `Debug` output that argument parsing needs.

use std::fmt;
use std::str::FromStr;

use skep_client::secret::{Secret, SecretError};

use crate::output::prompt;

/// A key's secret, or `-` for standard input, which keeps it out of the list of processes.
#[derive(Clone)]
pub(crate) enum SecretArg {
    /// As typed.
    Given(Secret),
    /// On the first line of standard input.
    Stdin,
}

impl SecretArg {
    /// The secret, from wherever it is.
    pub(crate) fn read(self) -> anyhow::Result<Secret> {
        match self {
            Self::Given(secret) => Ok(secret),
            Self::Stdin => Ok(Secret::key(&prompt::first_line_of_stdin()?)?),
        }
    }
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
