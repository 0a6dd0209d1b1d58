//! `skep registry …`: a registry as a folder of files.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use hex_static::RegistryName;

/// What can be done with a registry in a folder.
#[derive(Debug, Subcommand)]
pub(crate) enum RegistryCommand {
    /// Make the registry of the tarballs in FOLDER/tarballs
    ///
    /// Writes what mix, rebar3 and Gleam fetch: names, versions, packages and the public key. Only what has changed is
    /// written, and the lists come last, so that clients never see a half-made registry. Dates and retirements are kept
    /// from the files that are there; a new release was published when its tarball was last changed, or at
    /// SOURCE_DATE_EPOCH. What signs the registry must be kept secret, outside the folder.
    #[command(
        after_help = "Examples:\n  openssl genrsa -out key.pem 2048\n  mkdir -p public/tarballs && cp foo-1.0.0.tar \
                            public/tarballs/\n  skep registry build public --name acme --private-key key.pem"
    )]
    Build(RegistryBuildArgs),
    /// Put tarballs into the folder, and make the registry
    ///
    /// They are called as clients ask for them, by the name and version inside of them. Their releases are published now,
    /// or at SOURCE_DATE_EPOCH. A release that is there already with other bytes is refused.
    #[command(
        after_help = "Examples:\n  skep registry add public foo-1.1.0.tar --name acme --private-key key.pem\n  \
                            skep registry add public build/*.tar --name acme --private-key - < key.pem"
    )]
    Add(RegistryAddArgs),
    /// Say what is wrong with a registry: signatures, names, checksums, missing and superfluous files
    ///
    /// Exits with 1 if something is. Without --public-key the key in the folder counts, which says nothing about who
    /// signed it.
    #[command(after_help = "Examples:\n  skep registry verify public\n  \
                            skep registry verify public --name acme --public-key trusted.pem --json")]
    Verify(RegistryVerifyArgs),
}

/// Building.
#[derive(Debug, Args)]
pub(crate) struct RegistryBuildArgs {
    /// Folder that is served
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// Name of the registry, by which clients know it
    #[arg(long, value_name = "NAME")]
    pub(crate) name: RegistryName,
    /// File with the private RSA key, in PEM (PKCS#1 or PKCS#8); - reads it from standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) private_key: PathBuf,
    /// Leave out tarballs that can't be used, instead of failing
    #[arg(long)]
    pub(crate) skip_broken: bool,
}

/// Adding.
#[derive(Debug, Args)]
pub(crate) struct RegistryAddArgs {
    #[command(flatten)]
    pub(crate) build: RegistryBuildArgs,
    /// Tarballs to add
    #[arg(value_name = "TARBALL", required = true)]
    pub(crate) tarballs: Vec<PathBuf>,
}

/// Looking.
#[derive(Debug, Args)]
pub(crate) struct RegistryVerifyArgs {
    /// Folder that is served
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// Name that the registry must have [default: the one that it says]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<RegistryName>,
    /// File with the public key that it must be signed with [default: FOLDER/public_key]
    #[arg(long, value_name = "FILE")]
    pub(crate) public_key: Option<PathBuf>,
}
