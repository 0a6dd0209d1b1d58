//! Names and sizes that don't fit a header: PAX records and GNU long names.
//!
//! The readers of the ecosystem disagree about odd records (duplicates, empty values, line breaks, lengths), so only
//! records that all of them read alike are accepted. Must never let a record say what the header contradicts.

use super::archive::Member;
use super::error::ArchiveError;
use super::header::{Header, Kind};

/// What extension headers said about the entry that follows them.
#[derive(Debug, Default)]
pub(super) struct Extensions {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    any: bool,
    pax: bool,
}

impl Extensions {
    /// Whether an extension header waits for its entry.
    pub(super) fn pending(&self) -> bool {
        self.any
    }

    /// Takes a GNU long name or long link: the text and a NUL.
    pub(super) fn gnu(&mut self, kind: Kind, data: &[u8]) -> Result<(), ArchiveError> {
        self.any = true;
        let text = data.strip_suffix(b"\0").unwrap_or(data);
        if text.is_empty() || text.contains(&0) {
            return Err(ArchiveError::BadExtension("a long name that is empty or holds NUL"));
        }
        set(if kind == Kind::LongName { &mut self.path } else { &mut self.link }, text.to_vec())
    }

    /// Takes the PAX records of one entry.
    pub(super) fn pax(&mut self, data: &[u8]) -> Result<(), ArchiveError> {
        if std::mem::replace(&mut self.pax, true) {
            return Err(ArchiveError::BadExtension("two PAX headers for one entry"));
        }
        self.any = true;
        for record in Records(data) {
            let (key, value) = record?;
            match key {
                b"path" => set(&mut self.path, value.to_vec())?,
                b"linkpath" => set(&mut self.link, value.to_vec())?,
                b"size" => set(&mut self.size, decimal(value)?)?,
                _ if key.starts_with(b"GNU.sparse.") => {
                    return Err(ArchiveError::BadExtension("sparse files are not supported"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The entry that header and extensions describe together.
    pub(super) fn apply(self, header: Header, offset: u64) -> Result<Member, ArchiveError> {
        // Some readers follow the record and others the header. The record exists for sizes of 8 GiB and more,
        // which no limit here allows, so they have no reason to differ.
        if self.size.is_some_and(|size| size != header.size) {
            return Err(ArchiveError::BadExtension("the size contradicts the header"));
        }
        let link = match header.kind {
            Kind::Symlink => self.link.unwrap_or(header.link),
            _ => Vec::new(),
        };
        Ok(Member {
            name: self.path.unwrap_or(header.name),
            link,
            kind: header.kind,
            executable: header.executable,
            size: header.size,
            offset,
        })
    }
}

/// Checks PAX records that would apply to all later entries. Comments and times are harmless; names and sizes are
/// honoured by some readers only, so they are refused.
pub(super) fn check_global(data: &[u8]) -> Result<(), ArchiveError> {
    for record in Records(data) {
        let (key, _) = record?;
        if matches!(key, b"path" | b"linkpath" | b"size") || key.starts_with(b"GNU.sparse.") {
            return Err(ArchiveError::BadExtension("a name or size for all entries"));
        }
    }
    Ok(())
}

fn set<T>(place: &mut Option<T>, value: T) -> Result<(), ArchiveError> {
    match place.replace(value) {
        Some(_) => Err(ArchiveError::BadExtension("two values for one field")),
        None => Ok(()),
    }
}

fn decimal(value: &[u8]) -> Result<u64, ArchiveError> {
    let digits = value.iter().all(u8::is_ascii_digit).then(|| str::from_utf8(value).ok()).flatten();
    digits.and_then(|text| text.parse().ok()).ok_or(ArchiveError::BadExtension("a size that is no number"))
}

/// Splits `LENGTH KEY=VALUE\n` records. A record ends at its line break, as Erlang reads it, *and* where its length
/// says, as others do. One exception: for a name that is not ASCII, Erlang may itself write a length that is one too
/// small (it counts characters first, then bytes, and forgets that the length grew a digit).
struct Records<'a>(&'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = Result<(&'a [u8], &'a [u8]), ArchiveError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let record = self.record();
        if record.is_none() {
            self.0 = &[];
        }
        Some(record.ok_or(ArchiveError::BadExtension("not a PAX record")))
    }
}

impl<'a> Records<'a> {
    fn record(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        let end = self.0.iter().position(|byte| *byte == b'\n')?;
        let (line, rest) = (&self.0[..end], &self.0[end + 1..]);
        let space = line.iter().position(|byte| *byte == b' ')?;
        let (digits, pair) = (&line[..space], &line[space + 1..]);
        let length = length(digits)?;
        let erlang_slip = length == line.len() && !pair.is_ascii();
        if length != line.len() + 1 && !erlang_slip {
            return None;
        }
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        let (key, value) = (&pair[..equals], &pair[equals + 1..]);
        if key.is_empty() || value.is_empty() || value.contains(&0) {
            return None;
        }
        self.0 = rest;
        Some((key, value))
    }
}

/// A decimal length of at most six digits, without leading zero.
fn length(digits: &[u8]) -> Option<usize> {
    if digits.len() > 6 || digits.starts_with(b"0") || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(digits).ok()?.parse().ok()
}
