//! A secret given on the command line. It is hidden from the `Debug` output that argument parsing needs, and nothing is
//! wrong with it while arguments are parsed: what is refused there is shown.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use skep_client::secret::Secret;

use crate::output::prompt;

/// A key's secret, or `-` for standard input, which keeps it out of the list of processes.
#[derive(Clone)]
pub(crate) enum SecretArg {
    /// As typed: still to be judged.
    Given(Secret),
    /// On the first line of standard input.
    Stdin,
}

impl SecretArg {
    /// The secret, from wherever it is.
    ///
    /// # Errors
    /// When it can't be one. The text is not part of the message.
    pub(crate) fn read(&self) -> anyhow::Result<Secret> {
        Ok(match self {
            Self::Given(text) => Secret::key(text.expose())?,
            Self::Stdin => Secret::key(&prompt::first_line_of_stdin()?)?,
        })
    }
}

impl FromStr for SecretArg {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(if text == "-" { Self::Stdin } else { Self::Given(Secret::new(text)) })
    }
}

impl fmt::Debug for SecretArg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretArg")
    }
}
