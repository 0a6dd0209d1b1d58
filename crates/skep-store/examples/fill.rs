//! Fills a database with packages that look like real ones, for measurements: `fill ADDRESS NUMBER`, the address as in
//! `--database-url` or the path of an SQLite file. The repositories have to be there; the first gets most packages.
//!
//! Nothing is published: there are no tarballs, and no resources of the registry. The server makes its index of the
//! packages when it next starts.

use std::error::Error;
use std::path::Path;

use skep_store::tables::downloads::{self, NewDownloads};
use skep_store::tables::releases::NewRelease;
use skep_store::tables::requirements::NewRequirement;
use skep_store::tables::{instance, packages, releases, repositories, requirements};
use skep_store::{Conn, Db, Pools};

const NAMES: &str = "ecto phoenix plug json http client server auth token oauth jwt mail queue job cache redis postgres \
    mysql kafka rabbit stream event log metric trace test mock factory faker html css live view component router \
    socket channel graph query schema migration geo map time date zone money tax bank pay stripe cloud aws s3 azure \
    google slack discord telegram bot git docker nerves gpio sensor serial modbus mqtt coap image pdf csv xml yaml \
    toml parser lexer ast macro type spec check lint format docs search index vector tensor nif rust zig erlang gleam \
    port pool worker supervisor registry cluster raft gossip crypto hash cipher tls cert acme dns ldap smtp imap ftp \
    ssh sftp proxy rate limit retry circuit breaker config env vault secret flag feature audit role policy session";

/// The first come most often.
const WORDS: &str = "library elixir for and a with simple client the wrapper api erlang implementation of to in your \
    fast server support application an based easy using phoenix integration plug ecto data http tool json generating \
    functions written from parser small modules parsing helpers interface lightweight types working building adapter \
    services testing framework utilities web protocol module create provides code process database format files \
    managing messages distributed authentication converting encoding configuration generator queries schema validation \
    handling processes structures collection query logging tests common management storage embedded streaming events \
    tasks monitoring metrics formatting templates rendering components documents pictures graphs compression sockets \
    currencies calendars geography hashing encryption certificates scheduling background retries backoff throttling \
    pagination filtering sorting searching indexing clustering consensus replication telemetry tracing profiling \
    benchmarks dashboards notifications payments invoices subscriptions webhooks uploads downloads transformations";

const DAY: i64 = 86_400_000_000;
const START: i64 = 1_500_000_000_000_000;

/// The day of all downloads, in days since 1970.
const TODAY: i64 = 20_000;

/// Packages in one transaction.
const BATCH: usize = 2_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, number] = &arguments[..] else { return Err("usage: fill ADDRESS NUMBER".into()) };
    let db = match address.starts_with("postgres") {
        true => Db::open_existing_postgres(address, Pools::default()).await?,
        false => Db::open_existing_sqlite(Path::new(address), Pools::default()).await?,
    };
    let repositories = repositories::all(&mut db.read().await?).await?;
    let mut dice = Dice(1);
    let mut made: Vec<i64> = Vec::new();
    let number: usize = number.parse()?;
    while made.len() < number {
        let mut tx = db.write().await?;
        for n in made.len()..(made.len() + BATCH).min(number) {
            // One in ten is private.
            let repository = match dice.roll(10) {
                0 => &repositories[dice.roll(repositories.len())],
                _ => &repositories[0],
            };
            made.push(package(&mut tx, repository.id, n, &made, &mut dice).await?);
        }
        tx.commit(START).await?;
    }
    let mut tx = db.write().await?;
    for repository in &repositories {
        repositories::bump_generation(&mut tx, repository.id).await?;
    }
    instance::delete(&mut tx, "package_index").await?;
    tx.commit(START).await?;
    db.close().await;
    Ok(())
}

async fn package(
    tx: &mut Conn,
    repository: i64,
    n: usize,
    made: &[i64],
    dice: &mut Dice,
) -> Result<i64, Box<dyn Error>> {
    let (parts, words): (Vec<&str>, Vec<&str>) =
        (NAMES.split_whitespace().collect(), WORDS.split_whitespace().collect());
    let name = format!("{}_{}_{n}", parts[dice.roll(parts.len())], parts[dice.roll(parts.len())]);
    let described: Vec<&str> =
        (0..6 + dice.roll(10)).map(|_| words[dice.roll_low(words.len(), 1.5)]).collect();
    let extra = match dice.roll(20) {
        0 => format!(r#"{{"team":"t{}","tags":["{}"]}}"#, dice.roll(50), described[0]),
        _ => "null".to_owned(),
    };
    let meta = format!(
        r#"{{"description":"{}","licenses":["Apache-2.0"],"links":{{"GitHub":"https://example.com/{name}"}},"maintainers":null,"extra":{extra}}}"#,
        described.join(" ")
    );
    let at = START + (dice.roll(3_000) as i64) * DAY + n as i64;
    let id = packages::insert(tx, repository, &name, &meta, at).await?;
    let tool = ["mix", "mix", "mix", "mix", "mix", "mix", "rebar3", "rebar3", "make", "gleam"][dice.roll(10)];
    let meta = format!(r#"{{"app":"{name}","build_tools":["{tool}"],"elixir":null}}"#);
    for minor in 0..1 + dice.roll_low(6, 3.0) {
        let digest = [n as u8; 32];
        let release = NewRelease {
            version: &format!("1.{minor}.0"),
            inner_checksum: &digest,
            outer_checksum: &digest,
            tarball_size: 20_000,
            meta: &meta,
            publisher_id: None,
        };
        let release = releases::insert(tx, id, &release, at).await?;
        let mut required: Vec<usize> =
            (0..dice.roll(4)).map(|_| dice.roll_low(made.len().max(1), 3.0)).collect();
        required.sort_unstable();
        required.dedup();
        let required = required.iter().filter_map(|n| made.get(*n)).map(|id| NewRequirement {
            dependency_id: *id,
            app: "app".to_owned(),
            requirement: "~> 1.0".to_owned(),
            optional: false,
        });
        requirements::replace(tx, release, &required.collect::<Vec<_>>()).await?;
        if minor == 0 && dice.roll(2) == 0 {
            let count = dice.roll_low(1_000_000, 6.0) as i64 + 1;
            let new = NewDownloads { release_id: release, package_id: id, day: TODAY, count };
            downloads::add(tx, &[new], TODAY).await?;
        }
    }
    Ok(id)
}

/// The same numbers in every run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let word = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// Below `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        (self.next() % sides as u64) as usize
    }

    /// Below `sides`, more often a low one.
    fn roll_low(&mut self, sides: usize, weight: f64) -> usize {
        let part = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        (part.powf(weight) * sides as f64) as usize
    }
}
