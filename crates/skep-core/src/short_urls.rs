//! Short addresses: `POST /short_url` and `/l/CODE`. Rules and texts: the Hex HTTP contract, "Short URLs".
//!
//! They must never lead anywhere but to the hosts that the operator allows: whoever follows one trusts this server.

use std::net::IpAddr;

use skep_store::tables::{hourly_counts, short_urls};
use url::Url;

use crate::given::Given;
use crate::principal::Origin;
use crate::{Error, FieldError, Result, Skep};

/// Longest address, in bytes.
const MAX_URL: usize = 2000;

/// New short addresses that one client may make in an hour.
const MAX_NEW_PER_HOUR: i64 = 60;

/// Characters of a code.
const CODE_LENGTH: usize = 5;

/// Letters and digits, but none that are mistaken for each other.
const ALPHABET: &[u8; 58] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789";

/// How often a code that is taken is replaced by another one. Far from filling the space of 58⁵ codes once is enough.
const TRIES: usize = 10;

/// A host that short addresses may lead to: `hex.example`, `*.hex.example` for every host below it, or `hex.example/` for
/// its front page only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern {
    host: String,
    below: bool,
    front_page_only: bool,
}

/// A pattern that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a host such as hex.example, *.hex.example, or hex.example/ for its front page only")]
pub struct HostPatternError(String);

impl std::str::FromStr for HostPattern {
    type Err = HostPatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || HostPatternError(text.to_owned());
        let (rest, front_page_only) = text.strip_suffix('/').map_or((text, false), |rest| (rest, true));
        let (host, below) = rest.strip_prefix("*.").map_or((rest, false), |rest| (rest, true));
        // As an address has it: in small letters, and nothing but a host.
        let url = Url::parse(&format!("http://{host}")).map_err(|_| error())?;
        let only_host =
            url.port().is_none() && url.path() == "/" && url.username().is_empty() && !host.contains('*');
        let parsed = url.host_str().filter(|parsed| only_host && parsed.eq_ignore_ascii_case(host));
        Ok(Self { host: parsed.ok_or_else(error)?.to_owned(), below, front_page_only })
    }
}

impl HostPattern {
    /// The host of an address, to allow short addresses that lead there.
    pub fn of(url: &str) -> Option<Self> {
        let host = Url::parse(url).ok()?.host_str()?.to_owned();
        Some(Self { host, below: false, front_page_only: false })
    }

    fn admits(&self, host: &str, url: &Url) -> bool {
        let matches = match host.strip_suffix(&self.host) {
            Some(before) if self.below => before.len() > 1 && before.ends_with('.'),
            Some(before) => before.is_empty(),
            None => false,
        };
        matches && (!self.front_page_only || url.path() == "/")
    }

    fn shown(&self) -> String {
        format!("{}{}", if self.below { "*." } else { "" }, self.host)
    }
}

impl Skep {
    /// The code of an address, which is made if there is none yet.
    ///
    /// Errors: 422 for `url`; 429 for a client that makes too many.
    pub async fn shorten(
        &self,
        url: Given<String>,
        allowed: &[HostPattern],
        origin: &Origin,
    ) -> Result<String> {
        let url = check(url, allowed).map_err(|error| Error::field("url", error))?;
        for _ in 0..TRIES {
            if let Some(code) = short_urls::code(&mut self.db.read().await?, &url).await? {
                return Ok(code);
            }
            let now = self.now();
            let code = self.new_code();
            let mut tx = self.db.write().await?;
            if let Some(ip) = origin.ip.filter(|ip| !ip.is_loopback()) {
                let made = hourly_counts::count(&mut tx, &subject(ip), now).await?;
                if made > MAX_NEW_PER_HOUR {
                    return Err(too_many());
                }
            }
            if short_urls::insert(&mut tx, &code, &url, now).await? {
                tx.commit(now).await?;
                return Ok(code);
            }
        }
        Err(Error::internal("no free code was found for a short address"))
    }

    /// Where a code leads.
    ///
    /// Errors: 404.
    pub async fn short_url(&self, code: &str) -> Result<String> {
        if code.len() != CODE_LENGTH || !code.bytes().all(|byte| ALPHABET.contains(&byte)) {
            return Err(Error::not_found());
        }
        short_urls::url(&mut self.db.read().await?, code).await?.ok_or_else(Error::not_found)
    }

    fn new_code(&self) -> String {
        let mut code = String::with_capacity(CODE_LENGTH);
        while code.len() < CODE_LENGTH {
            let [byte] = self.environment.bytes::<1>();
            // 232 is four times 58: beyond it some letters would come more often than others.
            if byte < 232 {
                code.push(char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
            }
        }
        code
    }
}

/// Whom new short addresses are counted for: of IPv6 the network that one subscriber is given.
fn subject(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => format!("short_url/{ip}"),
        IpAddr::V6(ip) => format!("short_url/{:x}", ip.to_bits() >> 64),
    }
}

fn too_many() -> Error {
    Error::new(429, "rate_limited", "Too many short addresses from this client: try again in an hour")
}

/// The address as it is stored.
fn check(given: Given<String>, allowed: &[HostPattern]) -> Result<String, FieldError> {
    let text = given?.filter(|text| !text.trim().is_empty()).ok_or("can't be blank")?;
    if text.len() > MAX_URL {
        return Err(format!("should be at most {MAX_URL} character(s)").into());
    }
    let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    if !matches!(scheme.as_deref(), Some("http" | "https")) {
        return Err("must use http or https scheme".into());
    }
    // As browsers read it, so that nothing is allowed here that leads elsewhere there.
    let url = Url::parse(&text).ok();
    let Some((url, host)) = url.as_ref().and_then(|url| Some((url, url.host_str()?))) else {
        return Err("must include a host".into());
    };
    let names_itself = !url.username().is_empty() || url.password().is_some();
    if names_itself || !allowed.iter().any(|pattern| pattern.admits(host, url)) {
        return Err(format!("domain must match {}", listed(allowed)).into());
    }
    // What a header can hold is kept as it was given; the rest as a browser would send it.
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    Ok(if is_plain { text } else { url.as_str().to_owned() })
}

/// `a, b, or c`
fn listed(allowed: &[HostPattern]) -> String {
    let mut shown: Vec<String> = allowed.iter().map(HostPattern::shown).collect();
    match (shown.len(), shown.pop()) {
        (_, None) => "nothing: short addresses are switched off".to_owned(),
        (1, Some(only)) => only,
        (2, Some(last)) => format!("{} or {last}", shown.join(", ")),
        (_, Some(last)) => format!("{}, or {last}", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests;
