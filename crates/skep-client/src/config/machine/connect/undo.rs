//! Undoing a connection.
//!
//! Where nobody else has written to a file since, and no other connection needs it, it gets back the bytes that it had.
//! Otherwise what we wrote is taken out entry by entry: an entry that was ours alone goes, one that was there before gets
//! back those fields that still hold what we wrote, and what somebody else has changed meanwhile stays.

use std::path::PathBuf;

use hex_format::hex_config::{HexConfig, RebarAuth, RebarConfig};
use hex_format::name::OrganizationName;
use hex_format::term::Term;

use super::super::Machine;
use super::{Files, Lock, connections, is_at, netrc_entries};
use crate::config::changes::Change;
use crate::config::connections::{Connected, Connection, Place, Slot};
use crate::config::{ConfigError, atomic_file};
use crate::server::RepositoryUrl;

/// What was undone.
pub struct Undone {
    /// The connection as it was.
    pub connection: Connection,
    /// The organizations that are not connected any more.
    pub organizations: Vec<Connected>,
    /// Whether nothing is left of the connection.
    pub whole: bool,
    /// The files that were changed or removed.
    pub files: Vec<PathBuf>,
    /// Entries that somebody else has changed since, and that were left for that.
    pub kept: Vec<String>,
}

impl Machine {
    /// Undoes a connection, or that of some of its organizations.
    ///
    /// # Errors
    /// When there is no connection of this name, it has no such organization, or a file can't be read or written.
    pub fn disconnect(&self, name: &str, organizations: &[OrganizationName]) -> Result<Undone, ConfigError> {
        let _lock = Lock::acquire(&self.paths.lock())?;
        let mut files = self.files(None)?;
        let known = files.memory.connections.iter().position(|connection| connection.name == name);
        let Some(place) = known else { return Err(ConfigError::NotConnected { name: name.to_owned() }) };
        let connection = files.memory.connections[place].clone();
        for wanted in organizations {
            if !connection.organizations.iter().any(|known| known.name == wanted.as_str()) {
                return Err(ConfigError::NotConnected { name: format!("{wanted} of {name}") });
            }
        }
        let chosen =
            |name: &str| organizations.is_empty() || organizations.iter().any(|o| o.as_str() == name);
        let (gone, left): (Vec<_>, Vec<_>) =
            connection.organizations.iter().cloned().partition(|known| chosen(&known.name));
        let whole = left.is_empty();
        let (undo, keep): (Vec<_>, Vec<_>) = connection.slots.iter().cloned().partition(|slot| {
            whole
                || slot.organization.as_deref().is_some_and(|name| gone.iter().any(|gone| gone.name == name))
        });
        let kept: Vec<String> =
            undo.iter().rev().filter(|slot| !files.undo(slot)).map(|slot| slot.name.clone()).collect();
        match whole {
            true => drop(files.memory.connections.remove(place)),
            false => {
                let known = &mut files.memory.connections[place];
                (known.organizations, known.slots) = (left, keep);
            }
        }
        files.tidy();
        let restored = files.restore();
        let modes: Vec<(PathBuf, u32)> = restored
            .iter()
            .filter_map(|change| {
                let touched = files.memory.files.get(change.path.to_string_lossy().as_ref())?;
                change.after.is_some().then_some((change.path.clone(), touched.mode?))
            })
            .collect();
        let files = self.commit_changes(files, restored)?;
        for (path, mode) in modes {
            atomic_file::set_mode(&path, mode)?;
        }
        Ok(Undone { connection, organizations: gone, whole, files, kept })
    }
}

impl Files {
    /// Undoes one entry; false if somebody else made something else of it.
    fn undo(&mut self, slot: &Slot) -> bool {
        let after = connections::from_text(&slot.after);
        let before = slot.before.as_deref().and_then(connections::from_text);
        let name = slot.name.as_str();
        match slot.place {
            Place::MixSetting => {
                if self.mix.config.get(name) != after.as_ref() {
                    return self.mix.config.get(name).is_none();
                }
                match before {
                    Some(before) => self.mix.config.set(name, before),
                    None => drop(self.mix.config.remove(name)),
                }
                true
            }
            Place::Rebar3Setting => {
                let config = &mut self.rebar3.config;
                if config.get(name) != after.as_ref() {
                    return config.get(name).is_none();
                }
                match before {
                    Some(before) => config.set(name, before),
                    None => drop(config.remove(name)),
                }
                true
            }
            Place::Mix => {
                let config = &mut self.mix.config;
                let Some(current) = config.repo(name).cloned() else { return true };
                match undone(&current, before.as_ref(), after.as_ref(), "url") {
                    Some(Some(fields)) => config.put_repo(name, fields),
                    Some(None) => drop(config.remove_repo(name)),
                    None => return false,
                }
                true
            }
            Place::Rebar3 => {
                let config = &mut self.rebar3.config;
                let Some(current) = config.repo(name).cloned() else { return true };
                match undone(&current, before.as_ref(), after.as_ref(), "repo_url") {
                    Some(Some(fields)) => config.put_repo(name, fields),
                    Some(None) => drop(config.remove_repo(name)),
                    None => return false,
                }
                true
            }
            Place::Rebar3Keys => {
                let config = &mut self.rebar3_keys.config;
                let Some(current) = config.repo(name).cloned() else { return true };
                match undone(&current, before.as_ref(), after.as_ref(), "repo_key") {
                    Some(Some(fields)) => config.put_repo(name, fields),
                    Some(None) => drop(config.remove_repo(name)),
                    None => return false,
                }
                true
            }
            Place::Certificates => {
                let ours = self.certificates.before.as_ref().map(|text| connections::checksum(text));
                if ours.is_some_and(|ours| ours == slot.after) {
                    self.certificates.after = None;
                }
                true
            }
            Place::Netrc => {
                let Some(file) = &mut self.netrc else { return true };
                if netrc_entries::password(&file.text, name) != Some(slot.after.as_str()) {
                    return netrc_entries::password(&file.text, name).is_none();
                }
                file.text = match &slot.before {
                    Some(password) => {
                        netrc_entries::with(&file.text, name, &crate::secret::Secret::new(password.clone()))
                    }
                    None => netrc_entries::without(&file.text, name),
                };
                true
            }
        }
    }

    /// Takes out what holds nothing any more and was not there before.
    fn tidy(&mut self) {
        let before = |path: &std::path::Path| {
            self.memory.files.get(path.to_string_lossy().as_ref()).and_then(|file| file.before.clone())
        };
        let had_repos =
            |text: &str| HexConfig::parse(text.as_bytes()).is_ok_and(|c| c.get("$repos").is_some());
        if !before(&self.mix.path).is_some_and(|text| had_repos(&text)) {
            self.mix.config.drop_empty_repos();
        }
        let had_list = |text: &str| {
            let without_hex = |mut config: RebarConfig| {
                let text = config.to_text().to_owned();
                config.drop_empty_repos();
                text != config.to_text()
            };
            RebarConfig::parse(text.as_bytes()).is_ok_and(without_hex)
        };
        if !before(&self.rebar3.path).is_some_and(|text| had_list(&text)) {
            self.rebar3.config.drop_empty_repos();
        }
    }

    /// What each file is to be: its text from before, if nobody but connections has written to it and none is left in
    /// it; else as it is now, or gone if it was not there and holds nothing.
    fn restore(&self) -> Vec<Change> {
        let mut changes = self.changes();
        for change in &mut changes {
            let Some(touched) = self.memory.files.get(change.path.to_string_lossy().as_ref()) else {
                // Not ours to touch, whatever a reader made of it.
                change.after = change.before.clone();
                continue;
            };
            if self.is_needed(&change.path) {
                continue;
            }
            if touched.is_untouched(change.before.as_deref()) {
                change.after = touched.before.clone();
            } else if touched.before.is_none() && self.is_blank(&change.path) {
                change.after = None;
            }
        }
        changes
    }

    /// Whether a connection that is left has written to this file.
    fn is_needed(&self, path: &std::path::Path) -> bool {
        let left = self.memory.connections.iter().flat_map(|connection| &connection.slots);
        left.into_iter().any(|slot| self.path_of(slot.place).is_some_and(|own| own == path))
    }

    fn path_of(&self, place: Place) -> Option<&std::path::Path> {
        match place {
            Place::Mix | Place::MixSetting => Some(&self.mix.path),
            Place::Rebar3 | Place::Rebar3Setting => Some(&self.rebar3.path),
            Place::Rebar3Keys => Some(&self.rebar3_keys.path),
            Place::Certificates => Some(&self.certificates.path),
            Place::Netrc => self.netrc.as_ref().map(|netrc| netrc.path.as_path()),
        }
    }

    /// Whether a file holds nothing that anybody would miss.
    fn is_blank(&self, path: &std::path::Path) -> bool {
        if path == self.rebar3_keys.path {
            return self.rebar3_keys.config
                == RebarAuth::parse(b"").expect("invariant: nothing is a file of keys");
        }
        let texts = [
            (self.mix.path.as_path(), self.mix.config.to_text()),
            (self.rebar3.path.as_path(), self.rebar3.config.to_text()),
        ];
        let netrc = self.netrc.as_ref().map(|netrc| (netrc.path.as_path(), netrc.text.as_str()));
        texts.into_iter().chain(netrc).any(|(own, text)| own == path && text.trim().is_empty())
    }

    /// Forgets files that no connection has written to any more.
    pub(super) fn forget(&mut self) {
        let needed: Vec<bool> =
            self.memory.files.keys().map(|path| self.is_needed(std::path::Path::new(path))).collect();
        let mut needed = needed.into_iter();
        self.memory.files.retain(|_, _| needed.next().unwrap_or(true));
    }
}

/// An entry without what we wrote: `None` if it is not ours any more, `Some(None)` if nothing of it is left.
///
/// `identity` is the field that says which server or key the entry is about.
fn undone(
    current: &Term,
    before: Option<&Term>,
    after: Option<&Term>,
    identity: &str,
) -> Option<Option<Term>> {
    let after = after?;
    let field = |term: &Term, name: &str| term.get_atom(name).cloned();
    let is_other = match (field(current, identity), field(after, identity)) {
        (Some(current), Some(after)) => current != after && !is_same_url(&current, &after),
        (Some(_), None) => true,
        // mix takes the URL out of an entry where it follows from that of the parent.
        (None, _) => false,
    };
    if is_other {
        return None;
    }
    let Some(before) = before else { return Some(None) };
    let mut fields = current.clone();
    for (key, written) in after.as_map().unwrap_or_default() {
        if current.get(key) != Some(written) {
            continue;
        }
        match before.get(key) {
            Some(value) => fields.set(key.clone(), value.clone()),
            None => drop(fields.remove(key)),
        }
    }
    // Fields that we took out, such as the token of a key before.
    for (key, value) in before.as_map().unwrap_or_default() {
        if after.get(key).is_none() && fields.get(key).is_none() {
            fields.set(key.clone(), value.clone());
        }
    }
    Some(Some(fields))
}

fn is_same_url(one: &Term, other: &Term) -> bool {
    let url = |term: &Term| term.text().and_then(|text| RepositoryUrl::parse(&text).ok());
    url(one).is_some_and(|url| other.text().is_some_and(|other| is_at(&other, &url)))
}
