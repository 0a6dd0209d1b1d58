//! The address of the client, also behind proxies.
//!
//! `X-Forwarded-For` is what anybody may write, so it counts only when the peer is a trusted proxy.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use http::HeaderMap;

/// A range of addresses, such as `10.0.0.0/8` or `::1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRange {
    address: IpAddr,
    prefix: u8,
}

/// A range that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an address or a range such as 10.0.0.0/8")]
pub struct AddressRangeError(String);

impl AddressRange {
    /// The loopback ranges of both families.
    pub const LOOPBACK: [Self; 2] = [
        Self { address: IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), prefix: 8 },
        Self { address: IpAddr::V6(Ipv6Addr::LOCALHOST), prefix: 128 },
    ];

    /// Whether the address belongs to the range; IPv4 in IPv6 notation is IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                base.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                base.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl FromStr for AddressRange {
    type Err = AddressRangeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || AddressRangeError(text.to_owned());
        let (address, prefix) =
            text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| error())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(longest), str::parse).map_err(|_| error())?;
        if prefix > longest {
            return Err(error());
        }
        Ok(Self { address, prefix })
    }
}

/// Where a request came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress {
    /// The address; never IPv4 in IPv6 notation.
    pub ip: IpAddr,
    /// Whether a trusted proxy passed the request on for somebody, even if it is not clear for whom.
    pub forwarded: bool,
}

impl ClientAddress {
    /// The client of a request from `peer`.
    ///
    /// Behind `hops` proxies that each append the address they saw, the client is the entry number `hops` from the end.
    /// With fewer entries it is the first. With an entry that is no address it is nobody known, so that the request is
    /// counted for the peer: it must not pass for one made on this machine.
    pub fn find(peer: IpAddr, headers: &HeaderMap, trusted: &[AddressRange], hops: usize) -> Self {
        let peer = peer.to_canonical();
        let direct = Self { ip: peer, forwarded: false };
        if hops == 0 || !trusted.iter().any(|range| range.contains(peer)) {
            return direct;
        }
        // Several headers are one list; the last entries are the ones that our proxies wrote.
        let entries = headers.get_all("x-forwarded-for").iter().rev();
        let mut entries = entries.flat_map(|value| value.to_str().unwrap_or_default().rsplit(','));
        let mut entry = None;
        for _ in 0..hops {
            entry = entries.next().or(entry);
        }
        match entry.map(|entry| parse_entry(entry.trim())) {
            None => direct,
            Some(None) => Self { ip: peer, forwarded: true },
            Some(Some(ip)) => Self { ip: ip.to_canonical(), forwarded: true },
        }
    }
}

/// An address, with a port (`192.0.2.1:80`, `[2001:db8::1]:80`), or in brackets.
fn parse_entry(entry: &str) -> Option<IpAddr> {
    let in_brackets = || entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6);
    let with_port = || entry.parse::<SocketAddr>().ok().map(|address| address.ip());
    entry.parse().ok().or_else(with_port).or_else(in_brackets)
}

#[cfg(test)]
mod tests;
