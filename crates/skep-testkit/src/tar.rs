//! Tar archives with anything wrong: what the writer of real tarballs refuses to make.

use hex_format::checksum::Sha256;
use hex_format::tarball::write;

const BLOCK: usize = 512;

/// An entry whose header can be given byte by byte.
#[derive(Debug, Clone)]
pub struct RawEntry {
    header: [u8; BLOCK],
    data: Vec<u8>,
}

impl RawEntry {
    /// An entry of the kind that `flag` says, in the POSIX format.
    pub fn new(flag: u8, name: impl AsRef<[u8]>, data: impl Into<Vec<u8>>) -> Self {
        let data = data.into();
        let size = format!("{:011o}\0", data.len());
        Self { header: [0; BLOCK], data }
            .put(0, name)
            .put(100, "0000644\0")
            .put(108, "0000000\0")
            .put(116, "0000000\0")
            .put(124, size)
            .put(136, "07033241600\0")
            .put(156, [flag])
            .put(257, b"ustar\x0000")
    }

    /// A regular file.
    pub fn file(name: impl AsRef<[u8]>, data: impl Into<Vec<u8>>) -> Self {
        Self::new(b'0', name, data)
    }

    /// A symbolic link.
    pub fn symlink(name: &str, target: &str) -> Self {
        Self::new(b'2', name, []).put(157, target)
    }

    /// Puts bytes into the header, whose checksum is made right afterwards.
    ///
    /// # Panics
    ///
    /// If they reach beyond the header.
    #[must_use]
    pub fn put(mut self, at: usize, bytes: impl AsRef<[u8]>) -> Self {
        self.header[at..at + bytes.as_ref().len()].copy_from_slice(bytes.as_ref());
        self
    }

    /// Header, data, padding.
    fn bytes(&self) -> Vec<u8> {
        let mut header = self.header;
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().copied().map(u32::from).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let mut out = [&header[..], &self.data].concat();
        out.resize(out.len().next_multiple_of(BLOCK), 0);
        out
    }
}

/// An archive of these entries.
pub fn archive(entries: &[RawEntry]) -> Vec<u8> {
    let mut out: Vec<u8> = entries.iter().flat_map(RawEntry::bytes).collect();
    out.resize(out.len() + 2 * BLOCK, 0);
    out
}

/// The four files of a package tarball, with the right checksum.
pub fn package_files(metadata: &[u8], contents: &[u8]) -> [RawEntry; 4] {
    let checksum = Sha256::of(&[b"3", metadata, contents].concat()).to_upper_hex();
    [
        RawEntry::file("VERSION", "3"),
        RawEntry::file("CHECKSUM", checksum),
        RawEntry::file("metadata.config", metadata),
        RawEntry::file("contents.tar.gz", contents),
    ]
}

/// A package tarball whose compressed contents are taken as they are; the checksum is right.
pub fn package(metadata: &[u8], contents: &[u8]) -> Vec<u8> {
    archive(&package_files(metadata, contents))
}

/// A package tarball whose contents are an archive of these entries; the checksum is right.
pub fn package_of(metadata: &[u8], entries: &[RawEntry]) -> Vec<u8> {
    package(metadata, &write::gzip(&archive(entries)))
}
