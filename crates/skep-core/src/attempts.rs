//! How often a secret may be guessed: failures from one address and for one subject, in fixed windows of time.
//!
//! An attempt counts as failed before it is made, and is taken back if it did not fail: many at once are not more than one
//! after another. It must never be made when [`Attempts::begin`] refuses it, right or wrong. Counts stand in this process
//! only, and newcomers for whom there is no room are not counted.

mod window;

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use skep_store::Micros;

pub use window::{MAX_SUBJECTS, Window};

/// Bits of an IPv6 address that are one subject: the network that one subscriber is given.
pub const IPV6_PREFIX: u8 = 64;

/// Failures in a window.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// So many attempts may fail.
    pub failures: u32,
    /// Length of the window in seconds.
    pub seconds: i64,
}

/// Which limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// That of an address.
    Address,
    /// That of what is guessed at.
    Subject,
}

/// No more attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded {
    /// Whose limit was reached.
    pub scope: Scope,
    /// How long it lasts, in seconds.
    pub seconds: i64,
}

/// Counts failed attempts at something that may be guessed. `K` is what is guessed at, such as an account.
pub struct Attempts<K> {
    limits: Limits,
    failures: Arc<Mutex<Failures<K>>>,
}

#[derive(Clone, Copy)]
struct Limits {
    of_address: Limit,
    of_subject: Limit,
}

struct Failures<K> {
    addresses: Window<IpAddr>,
    subjects: Window<K>,
}

impl<K: Hash + Eq + Clone> Attempts<K> {
    /// Counts nothing yet. An IPv6 network of 64 bits is one address.
    pub fn new(of_address: Limit, of_subject: Limit) -> Self {
        let failures = Failures {
            addresses: Window::new(of_address.seconds),
            subjects: Window::new(of_subject.seconds),
        };
        Self { limits: Limits { of_address, of_subject }, failures: Arc::new(Mutex::new(failures)) }
    }

    /// Refuses what [`Attempts::begin`] would refuse, and counts nothing.
    pub fn check(&self, client: Option<IpAddr>, subject: &K, now: Micros) -> Result<(), Exceeded> {
        lock(&self.failures).check(self.limits, client.map(network), subject, now)
    }

    /// Counts an attempt as failed until it is [taken back](Attempt::take_back). Without an address only the subject is
    /// counted.
    pub fn begin(&self, client: Option<IpAddr>, subject: K, now: Micros) -> Result<Attempt<K>, Exceeded> {
        let address = client.map(network);
        let mut failures = lock(&self.failures);
        failures.check(self.limits, address, &subject, now)?;
        if let Some(address) = address {
            failures.addresses.add(address);
        }
        failures.subjects.add(subject.clone());
        drop(failures);
        Ok(Attempt { limits: self.limits, failures: self.failures.clone(), address, subject, now })
    }
}

/// An attempt that counts as failed.
#[must_use = "an attempt that is not taken back has failed"]
pub struct Attempt<K> {
    limits: Limits,
    failures: Arc<Mutex<Failures<K>>>,
    address: Option<IpAddr>,
    subject: K,
    now: Micros,
}

impl<K: Hash + Eq> Attempt<K> {
    /// It did not fail. In windows that have begun since, it does not stand.
    pub fn take_back(self) {
        let began_before = |end: i64, limit: Limit| end - limit.seconds <= self.now.div_euclid(1_000_000);
        let mut failures = lock(&self.failures);
        if let Some(address) = &self.address
            && began_before(failures.addresses.end(), self.limits.of_address)
        {
            failures.addresses.take_back(address);
        }
        if began_before(failures.subjects.end(), self.limits.of_subject) {
            failures.subjects.take_back(&self.subject);
        }
    }
}

impl<K: Hash + Eq> Failures<K> {
    fn check(
        &mut self,
        limits: Limits,
        address: Option<IpAddr>,
        subject: &K,
        now: Micros,
    ) -> Result<(), Exceeded> {
        self.addresses.advance(now);
        self.subjects.advance(now);
        let exceeded = |scope, end: i64| Err(Exceeded { scope, seconds: end - now.div_euclid(1_000_000) });
        let of_address = address.map_or(0, |address| self.addresses.count(&address));
        if of_address >= limits.of_address.failures {
            return exceeded(Scope::Address, self.addresses.end());
        }
        if self.subjects.count(subject) >= limits.of_subject.failures {
            return exceeded(Scope::Subject, self.subjects.end());
        }
        Ok(())
    }
}

fn lock<K>(failures: &Mutex<Failures<K>>) -> MutexGuard<'_, Failures<K>> {
    // Counts stay valid whatever a panicking holder did.
    failures.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What of an address is one subject.
pub fn network(ip: IpAddr) -> IpAddr {
    network_of(ip, IPV6_PREFIX)
}

/// What of an address is one subject where IPv6 networks of so many bits are one.
pub fn network_of(ip: IpAddr, ipv6_prefix: u8) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(ipv6_prefix.into())).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & mask))
        }
        ip => ip,
    }
}

#[cfg(test)]
mod tests;
