//! How many connections one address has open: it may not take the places of all others.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use skep_core::attempts::network_of;

use crate::api::{AddressRange, ApiSettings};

/// Counts open connections. There are never more entries than connections.
pub(super) struct Connections {
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
    /// 0 is no limit.
    limit: usize,
    ipv6_prefix: u8,
    /// The operator's own machines, and proxies, which speak for many.
    unlimited: Vec<AddressRange>,
}

/// A connection that is counted until this is dropped.
pub(super) struct OpenConnection {
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
    /// None is not counted.
    address: Option<IpAddr>,
}

impl Connections {
    /// Has counted nothing.
    pub(super) fn new(settings: &ApiSettings) -> Self {
        Self {
            open: Arc::default(),
            limit: settings.connections_per_address,
            ipv6_prefix: settings.limits.ipv6_prefix,
            unlimited: [&*settings.exempt, &*settings.trusted_proxies].concat(),
        }
    }

    /// Counts a connection; none if its address has too many.
    pub(super) fn open(&self, peer: IpAddr) -> Option<OpenConnection> {
        let is_unlimited = self.limit == 0 || self.unlimited.iter().any(|range| range.contains(peer));
        let address = (!is_unlimited).then(|| network_of(peer, self.ipv6_prefix));
        if let Some(address) = address {
            let mut open = lock(&self.open);
            let count = open.entry(address).or_insert(0);
            if *count >= self.limit {
                return None;
            }
            *count += 1;
        }
        Some(OpenConnection { open: self.open.clone(), address })
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut open = lock(&self.open);
        if let Some(count) = open.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&address);
            }
        }
    }
}

fn lock(open: &Mutex<HashMap<IpAddr, usize>>) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
    // Counts stay valid whatever a panicking holder did.
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(limit: usize) -> Connections {
        let mut settings = ApiSettings::new("http://127.0.0.1");
        settings.connections_per_address = limit;
        settings.exempt = vec!["10.0.0.0/8".parse().unwrap()];
        settings.trusted_proxies = vec!["192.0.2.7".parse().unwrap()];
        Connections::new(&settings)
    }

    fn open(connections: &Connections, address: &str) -> Option<OpenConnection> {
        connections.open(address.parse().unwrap())
    }

    #[test]
    fn an_address_has_a_limit() {
        let connections = connections(2);
        let (first, second) = (open(&connections, "192.0.2.1"), open(&connections, "::ffff:192.0.2.1"));
        assert!(first.is_some() && second.is_some());
        assert!(open(&connections, "192.0.2.1").is_none());
        assert!(open(&connections, "192.0.2.2").is_some());
        drop(first);
        assert!(open(&connections, "192.0.2.1").is_some());
        drop(second);
        assert!(lock(&connections.open).is_empty());
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        let connections = connections(1);
        let _first = open(&connections, "2001:db8::1");
        assert!(open(&connections, "2001:db8::2").is_none());
        assert!(open(&connections, "2001:db8:0:1::1").is_some());
    }

    #[test]
    fn some_have_no_limit() {
        let limited = connections(1);
        for address in ["10.1.2.3", "192.0.2.7"] {
            let many: Vec<_> = (0..9).map(|_| open(&limited, address)).collect();
            assert!(many.iter().all(Option::is_some), "{address}");
        }
        let unlimited = connections(0);
        let many: Vec<_> = (0..9).map(|_| open(&unlimited, "192.0.2.1")).collect();
        assert!(many.iter().all(Option::is_some));
    }
}
