//! A file on its way: it grows beside its place, can be taken up again by a later command, and takes its place only when it
//! is whole.
//!
//! `.NAME.part` holds what came so far and `.NAME.part.etag` says of which version of the file. One command at a time
//! has them; another that wants the same file works on a nameless one.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::TransportError;
use super::transfer::Sink;

/// Most bytes of an entity tag that is kept.
const MAX_ETAG: usize = 1024;

/// A file on its way to its place.
pub(crate) struct Partial {
    target: PathBuf,
    file: File,
    place: Place,
    length: u64,
    etag: Option<String>,
    /// Whether to leave what came for another attempt.
    keep: bool,
}

enum Place {
    /// The file that a later command finds, and the one with its entity tag.
    Named { part: PathBuf, mark: PathBuf },
    /// One of our own, for while another command has that.
    Nameless(TempPath),
}

impl Partial {
    /// Opens what came of the file for `target` before, or begins.
    pub(crate) fn open(target: &Path) -> Result<Self, TransportError> {
        // A link goes on leading to the same place.
        let target = &fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        let open = || -> io::Result<Self> {
            let (folder, name) = (folder_of(target), target.file_name().unwrap_or_default());
            let beside = |suffix: &str| folder.join(format!(".{}.part{suffix}", name.to_string_lossy()));
            let (part, mark) = (beside(""), beside(".etag"));
            let Some(file) = lock(&part)? else { return Self::nameless(target, folder) };
            let etag = read_mark(&mark);
            let length = file.metadata()?.len();
            let (place, keep) = (Place::Named { part, mark }, length > 0 && etag.is_some());
            Ok(Self { target: target.to_owned(), file, place, length, etag, keep })
        };
        let mut partial = open().map_err(cannot_write(target))?;
        if !partial.keep {
            partial.restart(None)?;
        }
        Ok(partial)
    }

    fn nameless(target: &Path, folder: &Path) -> io::Result<Self> {
        let (file, path) = builder().tempfile_in(folder)?.into_parts();
        let place = Place::Nameless(path);
        Ok(Self { target: target.to_owned(), file, place, length: 0, etag: None, keep: false })
    }

    /// Whether some of it came before.
    pub(crate) fn is_resumed(&self) -> bool {
        self.length > 0
    }

    /// Throws away what came.
    pub(crate) fn discard(mut self) {
        self.keep = false;
    }

    /// Reads what is there.
    pub(crate) fn read(&mut self, mut each: impl FnMut(&[u8])) -> Result<(), TransportError> {
        use std::io::Seek as _;
        let mut read = || -> io::Result<()> {
            self.file.rewind()?;
            let mut buffer = vec![0; 64 << 10];
            loop {
                match self.file.read(&mut buffer)? {
                    0 => return Ok(()),
                    count => each(&buffer[..count]),
                }
            }
        };
        read().map_err(cannot_write(&self.target))
    }

    /// Puts the file, which is whole and right, into its place.
    pub(crate) fn finish(mut self) -> Result<(), TransportError> {
        let target = self.target.clone();
        let mut finish = || -> io::Result<()> {
            if fs::metadata(&target).is_ok_and(|there| !there.is_file()) {
                // A rename would put a file into the place of a device or a pipe.
                return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is there and no file"));
            }
            self.file.sync_all()?;
            match &mut self.place {
                Place::Named { part, mark } => {
                    fs::rename(part, &target)?;
                    let _ = fs::remove_file(mark);
                }
                Place::Nameless(path) => fs::rename(path, &target)?,
            }
            Ok(())
        };
        finish().map_err(cannot_write(&target))?;
        self.keep = true;
        Ok(())
    }
}

impl Sink for Partial {
    fn length(&self) -> u64 {
        self.length
    }

    fn etag(&self) -> Option<&str> {
        self.etag.as_deref()
    }

    fn restart(&mut self, etag: Option<&str>) -> Result<(), TransportError> {
        use std::io::Seek as _;
        self.etag = etag.filter(|etag| etag.len() <= MAX_ETAG).map(str::to_owned);
        self.keep = false;
        let mut restart = || -> io::Result<()> {
            self.file.set_len(0)?;
            self.file.rewind()?;
            self.length = 0;
            if let Place::Named { mark, .. } = &self.place {
                match &self.etag {
                    Some(etag) => write_mark(mark, etag)?,
                    None => drop(fs::remove_file(mark)),
                }
            }
            Ok(())
        };
        restart().map_err(cannot_write(&self.target))
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        use std::io::{Seek as _, SeekFrom};
        let mut append = || -> io::Result<()> {
            self.file.seek(SeekFrom::Start(self.length))?;
            self.file.write_all(bytes)
        };
        if let Err(error) = append() {
            // A full disk: what came is in the way rather than of use.
            self.keep = false;
            return Err(cannot_write(&self.target)(error));
        }
        self.length += bytes.len() as u64;
        self.keep = self.etag.is_some();
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if let Place::Named { part, mark } = &self.place
            && !self.keep
        {
            let _ = fs::remove_file(part);
            let _ = fs::remove_file(mark);
        }
    }
}

/// The part that is only ours from now on; `None` if another command has it.
fn lock(part: &Path) -> io::Result<Option<File>> {
    // The command that had it may have renamed it to its place between our opening and our locking.
    for _ in 0..8 {
        let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(part)?;
        match file.try_lock() {
            Ok(()) if is_at(&file, part) => return Ok(Some(file)),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(None)
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(open), Ok(there)) => (open.dev(), open.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

/// Beside its place and renamed: a link that somebody put there is replaced, not followed.
fn write_mark(mark: &Path, etag: &str) -> io::Result<()> {
    let mut file = builder().tempfile_in(folder_of(mark))?;
    file.write_all(etag.as_bytes())?;
    file.persist(mark).map_err(|error| error.error)?;
    Ok(())
}

fn read_mark(mark: &Path) -> Option<String> {
    let mut text = String::new();
    fs::symlink_metadata(mark).ok().filter(fs::Metadata::is_file)?;
    File::open(mark).ok()?.take(MAX_ETAG as u64 + 1).read_to_string(&mut text).ok()?;
    (text.len() <= MAX_ETAG && text.starts_with('"')).then_some(text)
}

fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".skep-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions({
        use std::os::unix::fs::PermissionsExt;
        // As any new file: the user's mask takes away from it.
        fs::Permissions::from_mode(0o666)
    });
    builder
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn cannot_write(path: &Path) -> impl Fn(io::Error) -> TransportError {
    let path = path.to_owned();
    move |source| TransportError::Keep { path: path.clone(), source }
}
