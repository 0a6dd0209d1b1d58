//! A Hex registry as a folder of files that any web server can serve, as `mix hex.registry build` makes it:
//!
//! ```text
//! public_key                     the key that everything is signed with, as SPKI PEM
//! names, versions                what packages there are, and which versions of them
//! packages/NAME                  everything about one package
//! tarballs/NAME-VERSION.tar      what people put there
//! ```
//!
//! The tarballs are the truth, and the rest is made from them: [`build`] makes it, [`add`] puts tarballs there first,
//! [`verify`] says what is wrong. What tarballs don't tell, such as when a release was published and that it was
//! retired, is kept from the files that are there. A crash at any moment leaves a registry that clients can use, and
//! two programs at once come out as one after the other.
//!
//! This crate must not know the network, and must never hand out or keep the private key.

mod build;
mod earlier;
mod files;
mod name;
mod strangers;
mod tarballs;
mod verify;

pub use build::{Build, Built, Change, Verb, add, build};
pub use files::FileError;
pub use name::{RegistryName, RegistryNameError};
pub use tarballs::Broken;
pub use verify::{Finding, Verified, verify};

#[cfg(test)]
mod tests;

/// Why a registry could not be built or looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StaticError {
    /// The system refused.
    #[error(transparent)]
    File(#[from] FileError),
    /// The folder was not made for a registry.
    #[error(
        "{} has no folder tarballs: put NAME-VERSION.tar files into {}, or use `skep registry add`, which makes it",
        .0.display(),
        .0.join("tarballs").display()
    )]
    NoTarballs(std::path::PathBuf),
    /// Tarballs can't be used, and were not to be left out.
    #[error("{}", shown(.0))]
    Broken(Vec<Broken>),
    /// A registry file that can't be read; what it alone knows would be lost.
    #[error(
        "{file} can't be read: {reason}. Delete it to make it anew from the tarballs; the dates and retirements in it are \
         lost then"
    )]
    Earlier {
        /// The file, inside the folder.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A release is there already, with other bytes.
    #[error("{file} is there already with other bytes: a release that people have fetched must not change")]
    Differs {
        /// The tarball, inside the folder.
        file: String,
    },
    /// The public key can't be read.
    #[error("{file} is no public key: {reason}")]
    PublicKey {
        /// The file, inside the folder.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
}

fn shown(broken: &[Broken]) -> String {
    match broken {
        [Broken { file, reason }] => format!("{file} can't be used, and nothing was written: {reason}"),
        several => format!("{} tarballs can't be used, and nothing was written", several.len()),
    }
}
