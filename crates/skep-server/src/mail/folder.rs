//! Mail as files, for servers without a mail server: whoever runs the server can read them, or have them sent by
//! something else. Names sort by time. A file is there whole or not at all.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use skep_core::mail::delivery::Outgoing;

use super::{Failure, Sender};

/// A folder of `.eml` files. It is made when the first mail is written.
pub struct Folder {
    path: PathBuf,
    sender: Sender,
}

impl Folder {
    /// A folder, whose parent has to exist.
    pub fn new(path: PathBuf, sender: Sender) -> Self {
        Self { path, sender }
    }

    /// Writes a mail. One that was written before is written again under the same name.
    pub(super) async fn write(&self, mail: &Outgoing) -> Result<(), Failure> {
        let message = self.sender.message(mail).map_err(|reason| Failure { reason, for_all: false })?;
        let (folder, name) = (self.path.clone(), file_name(mail));
        let writing = tokio::task::spawn_blocking(move || write(&folder, &name, &message.formatted()));
        let written = writing.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        let reason =
            |error: io::Error| format!("cannot write to the folder {}: {error}", self.path.display());
        written.map_err(|error| Failure { reason: reason(error), for_all: true })
    }
}

/// The time at which it was written, and its message id.
fn file_name(mail: &Outgoing) -> String {
    let time = Timestamp::from_microsecond(mail.written_at).unwrap_or(Timestamp::MIN);
    format!("{}-{}.eml", time.strftime("%Y%m%dT%H%M%S%6fZ"), mail.message_id)
}

/// The files hold links with secrets, so they are for their owner alone.
fn write(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let temporary = folder.join(format!(".{name}.new"));
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temporary, folder.join(name))?;
    File::open(folder)?.sync_all()
}
