//! A network that does not let tests wait.

use std::time::Duration;

use skep_client::network::{Network, NetworkSettings, Retry};

pub(crate) fn settings() -> NetworkSettings {
    let retry = Retry { base: Duration::from_millis(1), ..Retry::default() };
    NetworkSettings { retry, ..NetworkSettings::default() }
}

pub(crate) fn network() -> Network {
    Network::new(&settings()).unwrap()
}
