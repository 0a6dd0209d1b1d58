//! How often user codes may be tried, by one account and from one address.
//!
//! It must be asked before a code is looked up, never after. Counts stand in this process only.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use skep_store::Micros;

use crate::principal::Origin;
use crate::{Error, Result};

/// Tries in one window.
const MAX_OF_USER: u32 = 10;
const MAX_OF_ADDRESS: u32 = 30;

/// Length of a window.
const WINDOW: Micros = 15 * 60 * 1_000_000;

/// Accounts and addresses counted in one window. Beyond it newcomers are not counted, so that a flood of
/// addresses can't lock out everyone else.
const MAX_COUNTED: usize = 100_000;

/// Bits of an IPv6 address that are one subject: the network that one subscriber is given.
const IPV6_PREFIX: u32 = 64;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Subject {
    User(i64),
    Address(IpAddr),
}

/// Counts tries.
#[derive(Default)]
pub(crate) struct Lookups(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    window: i64,
    tries: HashMap<Subject, u32>,
}

impl Lookups {
    /// Counts a try.
    ///
    /// Errors: 429 for one too many, which must not be made.
    pub(super) fn count(&self, user_id: i64, origin: &Origin, now: Micros) -> Result<()> {
        let address = origin.ip.map(|ip| (Subject::Address(network(ip)), MAX_OF_ADDRESS));
        let subjects = [Some((Subject::User(user_id), MAX_OF_USER)), address];
        // Counts stay valid whatever a panicking holder did.
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.advance(now);
        for (subject, most) in subjects.iter().flatten() {
            if counts.tries.get(subject).is_some_and(|tries| tries >= most) {
                let text = "Too many verification attempts. Please try again later.";
                return Err(Error::new(429, "too_many_codes", text));
            }
        }
        for (subject, _) in subjects.into_iter().flatten() {
            if counts.tries.len() < MAX_COUNTED || counts.tries.contains_key(&subject) {
                *counts.tries.entry(subject).or_default() += 1;
            }
        }
        Ok(())
    }

    /// A try that found what was meant does not count.
    pub(super) fn take_back(&self, user_id: i64, origin: &Origin) {
        let address = origin.ip.map(|ip| Subject::Address(network(ip)));
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for subject in [Some(Subject::User(user_id)), address].into_iter().flatten() {
            counts.tries.entry(subject).and_modify(|tries| *tries = tries.saturating_sub(1));
        }
    }
}

impl Counts {
    /// Windows are aligned to multiples of their length. A clock that goes back stays in the later one.
    fn advance(&mut self, now: Micros) {
        let window = now.div_euclid(WINDOW);
        if window > self.window {
            *self = Self { window, tries: HashMap::new() };
        }
    }
}

fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => {
            IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() >> (128 - IPV6_PREFIX) << (128 - IPV6_PREFIX)))
        }
        ip => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(ip: &str) -> Origin {
        Origin { ip: Some(ip.parse().unwrap()), user_agent: String::new() }
    }

    #[test]
    fn an_account_has_ten_tries_wherever_it_is() {
        let lookups = Lookups::default();
        for n in 0..10 {
            lookups.count(1, &from(&format!("192.0.2.{n}")), 0).unwrap();
        }
        assert_eq!(lookups.count(1, &from("192.0.2.99"), 0).unwrap_err().status, 429);
        lookups.count(2, &from("192.0.2.99"), 0).unwrap();
        lookups.count(1, &from("192.0.2.99"), WINDOW).unwrap();
        // A clock that is put back opens no window again.
        for _ in 1..10 {
            lookups.count(1, &Origin::default(), 0).unwrap();
        }
        assert!(lookups.count(1, &Origin::default(), 0).is_err());
    }

    #[test]
    fn an_address_has_thirty_tries_whoever_asks() {
        let lookups = Lookups::default();
        for n in 0..30 {
            lookups.count(n, &from(&format!("2001:db8:0:1::{n}")), 0).unwrap();
        }
        assert!(lookups.count(99, &from("2001:db8:0:1:ffff::"), 0).is_err());
        lookups.count(99, &from("2001:db8:0:2::1"), 0).unwrap();
    }

    #[test]
    fn what_is_taken_back_does_not_count() {
        let lookups = Lookups::default();
        for _ in 0..100 {
            lookups.count(1, &from("192.0.2.1"), 0).unwrap();
            lookups.take_back(1, &from("192.0.2.1"));
        }
    }
}
