//! The data folder: made when it is missing, held by one server at a time.

use std::fs::{self, File, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// A data folder that can be written to.
pub(crate) struct Folder(PathBuf);

/// Held for as long as a server runs in the folder. The system lets go of it with the process, however
/// that ends.
pub(crate) struct Lock {
    _file: File,
}

impl Folder {
    /// For the server: makes the folder (but not its parents, which are more likely mistyped).
    pub(crate) fn open_or_make(path: &Path) -> Result<Self> {
        if !path.exists() {
            let parent = match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent,
                _ => Path::new("."),
            };
            if !parent.is_dir() {
                bail!(
                    "there is no folder {}: make it first (mkdir -p {}) or correct --data",
                    parent.display(),
                    parent.display()
                );
            }
            fs::DirBuilder::new()
                .mode(0o700)
                .create(path)
                .with_context(|| format!("cannot make the data folder {}", path.display()))?;
        }
        Self::writable(path)
    }

    /// For the operator's commands: there must be an instance already.
    pub(crate) fn existing(path: &Path) -> Result<Self> {
        if !path.join("keys").is_dir() {
            bail!(
                "there is no Skep instance in {}: start one with skep serve --data {}, or correct --data",
                path.display(),
                path.display()
            );
        }
        Self::writable(path)
    }

    fn writable(path: &Path) -> Result<Self> {
        let meta = fs::metadata(path)
            .with_context(|| format!("cannot look at the data folder {}", path.display()))?;
        if !meta.is_dir() {
            bail!("{} is not a folder: give --data a folder", path.display());
        }
        let probe = path.join(format!(".write-probe-{}", std::process::id()));
        if let Err(error) = File::create(&probe) {
            bail!(
                "cannot write to the data folder {} ({error}): run Skep as the folder's owner, or change the owner \
                 with chown -R",
                path.display()
            );
        }
        fs::remove_file(&probe).with_context(|| format!("cannot remove {}", probe.display()))?;
        Ok(Self(path.to_owned()))
    }

    /// Takes the folder for this process.
    pub(crate) fn lock(&self) -> Result<Lock> {
        let path = self.0.join("skep.lock");
        let open = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.with_context(|| format!("cannot open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                bail!(
                    "the data folder {} is in use by another server (process {}): stop it first, or give this one a \
                     folder of its own",
                    self.0.display(),
                    holder.trim()
                );
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Lock { _file: file })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Where the database file is, if it is one.
    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("skep.db")
    }

    /// Where the operator puts files for installing the clients; it need not be there.
    pub(crate) fn installs(&self) -> PathBuf {
        self.0.join("installs")
    }

    /// The database file, made if it is missing. It holds hashes of passwords and keys, so it is made for its owner
    /// alone; SQLite gives its side files the same mode.
    pub(crate) fn make_database(&self) -> Result<PathBuf> {
        let path = self.database();
        let made = File::options().write(true).create(true).truncate(false).mode(0o600).open(&path);
        made.with_context(|| format!("cannot open the database {}", path.display()))?;
        Ok(path)
    }

    /// The folder of tarballs and documentation, which has to be there. `given` is used in place of the one in the
    /// data folder.
    pub(crate) fn blobs(&self, given: Option<&Path>) -> Result<PathBuf> {
        let path = given.map_or_else(|| self.0.join("blobs"), Path::to_owned);
        if !path.is_dir() {
            bail!("there is no folder {} for packages: correct --blobs, or --data", path.display());
        }
        Ok(path)
    }

    /// The same, made if it is missing, for its owner alone; but not its parents, which are more likely mistyped or
    /// not mounted.
    pub(crate) fn make_blobs(&self, given: Option<&Path>) -> Result<PathBuf> {
        let path = given.map_or_else(|| self.0.join("blobs"), Path::to_owned);
        match fs::DirBuilder::new().mode(0o700).create(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                Err(error).with_context(|| format!("cannot make the folder {} for packages", path.display()))
            }
            _ => self.blobs(given),
        }
    }

    /// Where mails are written, if there is no mail server.
    pub(crate) fn mail(&self) -> PathBuf {
        self.0.join("mail")
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    /// Writes a secret file so that it is there whole or not at all, readable by the owner alone.
    pub(crate) fn write_secret(path: &Path, content: &[u8]) -> Result<()> {
        let folder = path.parent().context("a file has a folder")?;
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let temporary = path.with_extension("new");
        let write = || -> std::io::Result<()> {
            let mut file = File::create(&temporary)?;
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
            file.write_all(content)?;
            file.sync_all()?;
            fs::rename(&temporary, path)?;
            File::open(folder)?.sync_all()
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }
}
