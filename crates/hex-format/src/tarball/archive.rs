//! A tar archive as a stream of entries.
//!
//! Reads each byte once and holds no more than one header and one extension in memory. It knows nothing about which
//! paths are good: [`super::contents`] and [`super::read`] decide. Must never trust a size for an allocation.

use std::io::{self, Read};

use super::error::ArchiveError;
use super::extension::{Extensions, check_global};
use super::header::{BLOCK, Block, Header, Kind, is_zero};

/// Largest extension header (PAX records, GNU long name), in bytes.
pub const MAX_EXTENSION: u64 = 64 * 1024;

/// An entry, extensions applied.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: Vec<u8>,
    /// Target, for symbolic links only.
    pub(super) link: Vec<u8>,
    pub(super) kind: Kind,
    pub(super) executable: bool,
    pub(super) size: u64,
    /// Where the data begin in the stream.
    pub(super) offset: u64,
}

/// Reads entries from `R` in order.
pub(super) struct Archive<R> {
    source: R,
    position: u64,
    /// Data of the current entry that nobody has read yet.
    unread: u64,
    padding: u64,
}

impl<R: Read> Archive<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, position: 0, unread: 0, padding: 0 }
    }

    pub(super) fn source(&mut self) -> &mut R {
        &mut self.source
    }

    /// The next entry, or `None` at the end marker. Data of the one before that were not read are skipped.
    pub(super) fn next(&mut self) -> Result<Option<Member>, ArchiveError> {
        let mut extensions = Extensions::default();
        loop {
            self.skip(self.unread + self.padding)?;
            (self.unread, self.padding) = (0, 0);
            let Some(block) = self.header_block()? else {
                return match extensions.pending() {
                    true => Err(ArchiveError::BadExtension("without an entry")),
                    false => Ok(None),
                };
            };
            let header = Header::parse(&block)?;
            self.unread = header.size;
            self.padding = header.size.next_multiple_of(BLOCK as u64) - header.size;
            match header.kind {
                Kind::LongName | Kind::LongLink => extensions.gnu(header.kind, &self.extension()?)?,
                Kind::PaxLocal => extensions.pax(&self.extension()?)?,
                Kind::PaxGlobal => check_global(&self.extension()?)?,
                _ => return extensions.apply(header, self.position).map(Some),
            }
        }
    }

    /// Reads what follows the end marker, which may be zeros only.
    pub(super) fn finish(&mut self) -> Result<(), ArchiveError> {
        let mut buffer = [0; 8 * 1024];
        loop {
            match self.source.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(read) if is_zero(&buffer[..read]) => {}
                Ok(_) => return Err(ArchiveError::TrailingData),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(read_error(&error)),
            }
        }
    }

    /// A header that is not zero, or `None` after two blocks of zeros.
    fn header_block(&mut self) -> Result<Option<Block>, ArchiveError> {
        let block = self.block()?;
        if !is_zero(&block) {
            return Ok(Some(block));
        }
        match is_zero(&self.block()?) {
            true => Ok(None),
            false => Err(ArchiveError::BadEnd),
        }
    }

    fn block(&mut self) -> Result<Block, ArchiveError> {
        let mut block = [0; BLOCK];
        self.source.read_exact(&mut block).map_err(|error| read_error(&error))?;
        self.position += BLOCK as u64;
        Ok(block)
    }

    fn extension(&mut self) -> Result<Vec<u8>, ArchiveError> {
        if self.unread > MAX_EXTENSION {
            return Err(ArchiveError::BigExtension(self.unread));
        }
        let mut data = Vec::new();
        self.read_to_end(&mut data).map_err(|error| read_error(&error))?;
        Ok(data)
    }

    fn skip(&mut self, bytes: u64) -> Result<(), ArchiveError> {
        let skipped = io::copy(&mut (&mut self.source).take(bytes), &mut io::sink())
            .map_err(|error| read_error(&error))?;
        self.position += skipped;
        if skipped == bytes { Ok(()) } else { Err(ArchiveError::UnexpectedEnd) }
    }
}

/// The data of the current entry.
impl<R: Read> Read for Archive<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(usize::try_from(self.unread).unwrap_or(usize::MAX));
        if wanted == 0 {
            return Ok(0);
        }
        let read = self.source.read(&mut buffer[..wanted])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.unread -= read as u64;
        self.position += read as u64;
        Ok(read)
    }
}

fn read_error(error: &io::Error) -> ArchiveError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => ArchiveError::UnexpectedEnd,
        _ => ArchiveError::Read(error.to_string()),
    }
}
