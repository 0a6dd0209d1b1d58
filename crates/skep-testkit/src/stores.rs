//! Where the servers of one test keep things: a folder, a database, two keys. All of it is gone after the test.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use hex_registry::{KeySize, SigningKey};
use skep_core::{Db, InstanceKey, Keys, Objects, TokenKey};
use skep_store::Pools;
use tempfile::TempDir;

use crate::Engine;
use crate::engine::SKIP_VARIABLE;
use crate::postgres::{Database, Postgres};

/// Connections of each server; there may be many servers at once.
const POOLS: Pools = Pools { connections: 6 };

#[derive(Debug)]
pub(crate) struct Stores {
    folder: TempDir,
    database: Option<Database>,
}

impl Stores {
    /// New and empty.
    pub(crate) fn new(engine: Engine) -> Self {
        let folder =
            tempfile::Builder::new().prefix("skep-test").tempdir().expect("a temporary folder can be made");
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => {
                let server = std::panic::catch_unwind(Postgres::shared).unwrap_or_else(|_| {
                    panic!("there is no PostgreSQL for this test: install one, or set {SKIP_VARIABLE} to leave it out")
                });
                Some(server.database())
            }
        };
        Self { folder, database }
    }

    pub(crate) fn engine(&self) -> Engine {
        if self.database.is_some() { Engine::Postgres } else { Engine::Sqlite }
    }

    pub(crate) async fn open_database(&self) -> Db {
        let opened = match &self.database {
            None => Db::open_sqlite(&self.folder.path().join("skep.db"), POOLS).await,
            Some(database) => Db::open_postgres(&database.url(), POOLS).await,
        };
        opened.expect("the database can be opened")
    }

    pub(crate) fn open_objects(&self) -> Objects {
        Objects::local(&self.blobs_folder()).expect("the folder can be used")
    }

    /// Names of the files in the folder of blobs, sorted.
    pub(crate) fn blobs(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut folders = vec![self.blobs_folder()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("the folder of blobs can be read").flatten() {
                match entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    true => folders.push(entry.path()),
                    false => names.push(entry.file_name().to_string_lossy().into_owned()),
                }
            }
        }
        names.sort();
        names
    }

    pub(crate) fn mail_folder(&self) -> PathBuf {
        self.folder.path().join("mail")
    }

    /// What was delivered, by name of the file.
    pub(crate) fn mails(&self) -> Vec<Vec<u8>> {
        // Before the first mail there is no folder.
        let Ok(entries) = std::fs::read_dir(self.mail_folder()) else { return Vec::new() };
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "eml"));
        files.sort();
        files.iter().map(|file| std::fs::read(file).expect("a mail can be read")).collect()
    }

    fn blobs_folder(&self) -> PathBuf {
        self.folder.path().join("blobs")
    }
}

/// The keys of an instance; the same for all tests of a process, because making one takes long, and because servers
/// beside each other share them.
pub(crate) fn keys() -> Keys {
    static MADE: OnceLock<(String, Vec<u8>)> = OnceLock::new();
    let (signing, token) = MADE.get_or_init(|| {
        let signing = SigningKey::generate(KeySize::default()).expect("the system can make keys");
        let token = TokenKey::generate().expect("the system can make keys");
        (signing.to_pkcs8_pem(), token.to_pkcs8().expect("a new key can be written"))
    });
    Keys {
        signing: SigningKey::from_pem(signing).expect("the key was written by the same code"),
        instance: InstanceKey::new(b"0123456789abcdef0123456789abcdef"),
        token: TokenKey::from_pkcs8(token).expect("the key was written by the same code"),
    }
}

/// Bytes that nobody has to guess, never the same twice in a process.
pub(crate) fn fill_random(buffer: &mut [u8]) {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    for chunk in buffer.chunks_mut(8) {
        // SplitMix64 over a counter: a permutation, so that no value comes twice.
        let mut word = COUNTER.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^= word >> 31;
        chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
    }
}
