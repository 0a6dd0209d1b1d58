//! What a server has answered, for the next time that somebody presses the key. Names only, in a file that its owner alone
//! may read; that it can't be written is no failure.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, SystemTime};

use hex_format::checksum::Sha256;
use skep_client::config::atomic_file;

use crate::commands::context::Context;

/// Longest wait for a server.
const PATIENCE: Duration = Duration::from_millis(500);
/// Longest wait where an answer is known that is not [`OLD`].
const LITTLE_PATIENCE: Duration = Duration::from_millis(150);
/// As long as this nobody is asked again.
const FRESH: Duration = Duration::from_secs(60);
/// Then an answer is worth waiting for a new one.
const OLD: Duration = Duration::from_secs(24 * 60 * 60);
/// Most bytes of an answer.
const MAX_ANSWER: usize = 1 << 20;

/// The names that `ask` finds, or what it found before. `what` says which they are.
pub(super) fn names(
    context: Context,
    what: &str,
    ask: impl FnOnce(&Context) -> anyhow::Result<Vec<String>> + Send + 'static,
) -> Option<Vec<String>> {
    let path = path(&context, what)?;
    let kept = || {
        let text = String::from_utf8(atomic_file::read(&path, MAX_ANSWER).ok()??).ok()?;
        Some(text.lines().map(str::to_owned).collect())
    };
    let age = age(&path);
    if age.is_some_and(|age| age < FRESH)
        && let Some(names) = kept()
    {
        return Some(names);
    }
    // In a thread, as nobody can be made to hurry who looks up a name or opens a keyring.
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || tell.send(ask(&context).ok()));
    let patience = if age.is_some_and(|age| age < OLD) { LITTLE_PATIENCE } else { PATIENCE };
    let Ok(Some(names)) = told.recv_timeout(patience) else { return kept() };
    let _ = atomic_file::write_cache(&path, names.join("\n").as_bytes());
    Some(names)
}

/// Another file for each server and each credential: what one may see need not be for another.
fn path(context: &Context, what: &str) -> Option<PathBuf> {
    let api = context.api_url().ok()?;
    let credential = match context.key_surely_for(&api).ok()? {
        Some(key) => Sha256::of(key.expose().as_bytes()).to_lower_hex(),
        None => {
            let login = context.machine.server(&api).ok()?.login?;
            let since = login.since.map(|since| since.to_string()).unwrap_or_default();
            format!("{} {since}", login.username.unwrap_or_default())
        }
    };
    let name = Sha256::of(format!("{api}\n{credential}\n{what}").as_bytes()).to_lower_hex();
    Some(context.machine.paths().cache.join("completion").join(name))
}

/// None where there is no file, or one of the future, which is as good as one of long ago.
fn age(path: &Path) -> Option<Duration> {
    let changed = std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok()?;
    SystemTime::now().duration_since(changed).ok()
}
