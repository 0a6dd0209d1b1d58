//! A gzip stream with a limit on what it unpacks to.
//!
//! Exactly one gzip member and nothing after it: readers disagree about a second one. It remembers why it failed,
//! because that reason is lost when the error travels through `std::io::Error` and somebody else's code.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

use super::error::{ArchiveError, ContentsError};
use super::header::BLOCK;

pub(super) struct Inflate<R> {
    decoder: GzDecoder<R>,
    limit: u64,
    left: u64,
    failure: Option<ContentsError>,
}

impl<R: BufRead> Inflate<R> {
    /// Looks at the first bytes of `source` and refuses what is not gzip.
    pub(super) fn new(mut source: R, limit: u64) -> Result<Self, ContentsError> {
        let start = source.fill_buf().map_err(|error| ArchiveError::Read(error.to_string()))?;
        match start {
            [0x1f, 0x8b, ..] => {}
            // Too short to be an archive of any kind: the reference says the same.
            _ if start.len() < BLOCK => return Err(ArchiveError::UnexpectedEnd.into()),
            _ => return Err(ContentsError::NotGzip),
        }
        Ok(Self { decoder: GzDecoder::new(source), limit, left: limit, failure: None })
    }

    /// Bytes unpacked so far.
    pub(super) fn unpacked(&self) -> u64 {
        self.limit - self.left
    }

    /// Why reading failed, if it did.
    pub(super) fn take_failure(&mut self) -> Option<ContentsError> {
        self.failure.take()
    }

    /// Checks, after the last byte was read, that the compressed stream ends with it.
    pub(super) fn finish(&mut self) -> Result<(), ContentsError> {
        match self.decoder.get_mut().fill_buf() {
            Ok([]) => Ok(()),
            Ok(_) => Err(ContentsError::AfterGzip),
            Err(error) => Err(ArchiveError::Read(error.to_string()).into()),
        }
    }

    fn fail(&mut self, failure: ContentsError) -> io::Error {
        let error = io::Error::other(failure.to_string());
        self.failure = Some(failure);
        error
    }
}

impl<R: BufRead> Read for Inflate<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.decoder.read(buffer) {
            Ok(read) => match self.left.checked_sub(read as u64) {
                Some(left) => {
                    self.left = left;
                    Ok(read)
                }
                None => Err(self.fail(ContentsError::TooBig { limit: self.limit })),
            },
            Err(error) => match error.kind() {
                io::ErrorKind::Interrupted => Err(error),
                io::ErrorKind::UnexpectedEof => Err(self.fail(ArchiveError::UnexpectedEnd.into())),
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                    Err(self.fail(ContentsError::Corrupt(error.to_string())))
                }
                _ => Err(self.fail(ArchiveError::Read(error.to_string()).into())),
            },
        }
    }
}
