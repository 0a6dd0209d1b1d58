//! Tar entries with any field wrong, for tests: what the writer refuses to make.

use super::header::{BLOCK, Block, sum};

/// An entry whose header fields are given as bytes.
#[derive(Clone)]
pub(super) struct Raw {
    block: Block,
    data: Vec<u8>,
    sealed: bool,
}

impl Raw {
    pub(super) fn new(flag: u8, name: impl AsRef<[u8]>, data: impl Into<Vec<u8>>) -> Self {
        let data = data.into();
        let size = format!("{:011o}\0", data.len());
        Self { block: [0; BLOCK], data, sealed: true }
            .put(0, name)
            .put(100, "0000644\0")
            .put(108, "0000000\0")
            .put(116, "0000000\0")
            .put(124, size)
            .put(136, "07033241600\0")
            .put(156, [flag])
            .put(257, b"ustar\x0000")
    }

    pub(super) fn file(name: impl AsRef<[u8]>, data: impl Into<Vec<u8>>) -> Self {
        Self::new(b'0', name, data)
    }

    pub(super) fn symlink(name: &str, target: impl AsRef<[u8]>) -> Self {
        Self::new(b'2', name, []).put(157, target)
    }

    pub(super) fn directory(name: &str) -> Self {
        Self::new(b'5', name, [])
    }

    /// PAX records with right lengths.
    pub(super) fn pax(records: &[(&str, &str)]) -> Self {
        let records = records.iter().map(|(key, value)| {
            let rest = format!(" {key}={value}\n");
            let digits = if rest.len() + 2 < 100 { 2 } else { 3 };
            format!("{}{rest}", rest.len() + digits)
        });
        Self::new(b'x', "PaxHeaders.0/x", records.collect::<String>())
    }

    /// Puts bytes into the header; the checksum stays right.
    pub(super) fn put(mut self, at: usize, bytes: impl AsRef<[u8]>) -> Self {
        self.block[at..at + bytes.as_ref().len()].copy_from_slice(bytes.as_ref());
        self
    }

    /// Puts bytes into the checksum field and leaves them there.
    pub(super) fn put_checksum(self, bytes: impl AsRef<[u8]>) -> Self {
        Self { sealed: false, ..self.put(148, bytes) }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut block = self.block;
        if self.sealed {
            let sum = format!("{:06o}\0 ", sum(&block));
            block[148..156].copy_from_slice(sum.as_bytes());
        }
        let mut out = [&block[..], &self.data].concat();
        out.resize(out.len().next_multiple_of(BLOCK), 0);
        out
    }
}

/// Entries without an end marker.
pub(super) fn entries(entries: &[Raw]) -> Vec<u8> {
    entries.iter().flat_map(Raw::bytes).collect()
}

/// A whole archive.
pub(super) fn archive(list: &[Raw]) -> Vec<u8> {
    [entries(list), vec![0; 2 * BLOCK]].concat()
}
