//! One 512-byte header of a tar archive.
//!
//! Accepts what the Hex world writes: POSIX `ustar`, old GNU, and headers without any magic (v7). Must never guess:
//! a header that two clients would read differently is refused, because what is checked here is unpacked there.

use super::error::ArchiveError;

/// Size of a header and the unit that data is padded to, in bytes.
pub(super) const BLOCK: usize = 512;

pub(super) type Block = [u8; BLOCK];

/// What an entry is, by its type flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Directory,
    Symlink,
    /// PAX records for the next entry (`x`).
    PaxLocal,
    /// PAX records for all later entries (`g`).
    PaxGlobal,
    /// The name of the next entry (GNU `L`).
    LongName,
    /// The link target of the next entry (GNU `K`).
    LongLink,
    /// Everything that no package may hold: hard links, devices, pipes, sparse files, inventions.
    Other(u8),
}

impl Kind {
    /// What a message calls it.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Directory => "directory",
            Self::Symlink => "symbolic link",
            Self::PaxLocal | Self::PaxGlobal | Self::LongName | Self::LongLink => "extension",
            Self::Other(b'1') => "hard link",
            Self::Other(b'3') => "character device",
            Self::Other(b'4') => "block device",
            Self::Other(b'6') => "fifo",
            Self::Other(b'7') => "contiguous file",
            Self::Other(b'S') => "sparse file",
            Self::Other(_) => "unknown",
        }
    }
}

/// The fields of a header that matter; owners and times are checked for shape and forgotten.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) name: Vec<u8>,
    pub(super) link: Vec<u8>,
    pub(super) kind: Kind,
    pub(super) executable: bool,
    pub(super) size: u64,
}

const NAME: std::ops::Range<usize> = 0..100;
const MODE: std::ops::Range<usize> = 100..108;
const UID: std::ops::Range<usize> = 108..116;
const GID: std::ops::Range<usize> = 116..124;
const SIZE: std::ops::Range<usize> = 124..136;
const MTIME: std::ops::Range<usize> = 136..148;
const CHECKSUM: std::ops::Range<usize> = 148..156;
const TYPE: usize = 156;
const LINK: std::ops::Range<usize> = 157..257;
const MAGIC_AND_VERSION: std::ops::Range<usize> = 257..265;
const AFTER_LINK: std::ops::Range<usize> = 257..512;
const PREFIX: std::ops::Range<usize> = 345..500;
const STAR_TRAILER: std::ops::Range<usize> = 508..512;

const USTAR: &[u8] = b"ustar\x0000";
const GNU: &[u8] = b"ustar  \0";

impl Header {
    /// Reads a header that is not all zeros.
    pub(super) fn parse(block: &Block) -> Result<Self, ArchiveError> {
        if octal(&block[CHECKSUM], "checksum").ok().flatten() != Some(sum(block)) {
            return Err(ArchiveError::BadHeader("wrong checksum"));
        }
        let name = full_name(block)?;
        let link = text(&block[LINK]).to_vec();
        let kind = match block[TYPE] {
            0 | b'0' => Kind::File,
            b'5' => Kind::Directory,
            b'2' => Kind::Symlink,
            b'x' => Kind::PaxLocal,
            b'g' => Kind::PaxGlobal,
            b'L' => Kind::LongName,
            b'K' => Kind::LongLink,
            other => Kind::Other(other),
        };
        let mode = number(&block[MODE], "mode")?;
        number(&block[UID], "uid")?;
        number(&block[GID], "gid")?;
        number(&block[MTIME], "mtime")?;
        let size = size(&block[SIZE])?;
        // Readers disagree whether such entries have data, hence where the next header is.
        if size > 0 && matches!(kind, Kind::Directory | Kind::Symlink) {
            return Err(ArchiveError::BadHeader("a directory or link with a size"));
        }
        Ok(Self { name, link, kind, executable: mode & 0o100 != 0, size })
    }
}

/// The name, with the prefix before it where the format has one.
fn full_name(block: &Block) -> Result<Vec<u8>, ArchiveError> {
    let name = text(&block[NAME]);
    let prefix = text(&block[PREFIX]);
    match &block[MAGIC_AND_VERSION] {
        USTAR if &block[STAR_TRAILER] == b"tar\0" => Err(ArchiveError::BadHeader("star format")),
        USTAR if prefix.is_empty() => Ok(name.to_vec()),
        // Some readers would let the absolute name win over the prefix.
        USTAR if name.starts_with(b"/") => Err(ArchiveError::BadHeader("an absolute name after a prefix")),
        USTAR => Ok([prefix, b"/", name].concat()),
        // Old GNU keeps times and sparse maps here, which other readers take for a prefix.
        GNU if !is_zero(&block[PREFIX]) => Err(ArchiveError::BadHeader("old GNU extensions")),
        GNU => Ok(name.to_vec()),
        _ if is_zero(&block[AFTER_LINK]) => Ok(name.to_vec()),
        _ => Err(ArchiveError::BadHeader("unknown magic")),
    }
}

/// The bytes of a field up to its first NUL.
fn text(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    &field[..end]
}

/// Whether all bytes are zero.
pub(super) fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

/// The sum of all bytes, those of the checksum itself counted as spaces.
pub(super) fn sum(block: &Block) -> u64 {
    let own: u64 = block[CHECKSUM].iter().map(|byte| u64::from(*byte)).sum();
    let all: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    all - own + CHECKSUM.len() as u64 * u64::from(b' ')
}

fn size(field: &[u8]) -> Result<u64, ArchiveError> {
    match field[0] {
        0xc0.. => Err(ArchiveError::NegativeSize),
        0x80.. => base256(field).ok_or(ArchiveError::Overflow),
        _ => octal(field, "size")?.ok_or(ArchiveError::BadHeader("no size")),
    }
}

/// A number whose value hardly matters, in octal or base 256; blank counts as zero.
fn number(field: &[u8], name: &'static str) -> Result<u64, ArchiveError> {
    match field[0] {
        0xc0.. => Ok(0),
        0x80.. => base256(field).ok_or(ArchiveError::Overflow),
        _ => Ok(octal(field, name)?.unwrap_or(0)),
    }
}

/// A positive big-endian number with the top bit of its first byte set as a mark.
fn base256(field: &[u8]) -> Option<u64> {
    let (first, rest) = field.split_first()?;
    let mut value = u64::from(first & 0x3f);
    for byte in rest {
        if value >> 55 != 0 {
            return None;
        }
        value = value << 8 | u64::from(*byte);
    }
    Some(value)
}

/// Octal digits between optional spaces before, and NULs or spaces after; `None` when there are none. Fields have at
/// most 12 digits, so this can't overflow.
fn octal(field: &[u8], name: &'static str) -> Result<Option<u64>, ArchiveError> {
    let start = field.iter().position(|byte| *byte != b' ').unwrap_or(field.len());
    let field = &field[start..];
    let end = field.iter().position(|byte| !matches!(byte, b'0'..=b'7')).unwrap_or(field.len());
    let (digits, rest) = field.split_at(end);
    if !rest.iter().all(|byte| matches!(byte, 0 | b' ')) {
        return Err(ArchiveError::BadNumber(name));
    }
    Ok((!digits.is_empty())
        .then(|| digits.iter().fold(0, |value, digit| value << 3 | u64::from(digit - b'0'))))
}
