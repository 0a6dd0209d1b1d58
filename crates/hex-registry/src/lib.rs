//! Hex registry version 2, pure: build, sign and verify names, versions, packages and policies.
//!
//! A registry file is `gzip(Signed { payload, signature })`. The payload is one of four protobuf
//! messages, and every client of the ecosystem reads them: so the bytes written here follow the
//! reference server exactly, fields left out where it leaves them out, lists in its order.
//!
//! Nothing in this crate does I/O, reads a clock or draws randomness, except
//! [`SigningKey::generate`]. The same values give the same bytes.
//!
//! # The usual paths
//!
//! ```
//! use hex_registry::{KeySize, SigningKey, names::{Names, NamesEntry}};
//!
//! let key = SigningKey::generate(KeySize::Rsa2048)?;
//! let names = Names {
//!     repository: "acme".to_owned(),
//!     packages: vec![NamesEntry { name: "decimal".to_owned(), updated_at: None }],
//! };
//! let file = names.to_signed(&key);
//! assert_eq!(Names::from_signed(&file, key.public_key(), "acme")?, names);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Reading goes through `from_signed`, which checks the signature, the limits and the origin. There
//! is no way to open a signed file without its key.

mod error;
mod key;
pub mod limits;
pub mod names;
pub mod package;
pub mod policy;
pub mod signed;
mod time;
pub mod versions;
mod wire;

pub use error::{DecodeError, OriginError, ReadError};
pub use key::{Fingerprint, FingerprintError, KeyError, KeySize, PemError, PublicKey, SigningKey};
pub use signed::OpenError;
pub use time::Timestamp;
