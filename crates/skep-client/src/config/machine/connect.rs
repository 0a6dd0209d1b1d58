//! Writing and undoing a connection: all files of all tools, and the memory of what was done, as one change.

use std::path::PathBuf;

use hex_format::hex_config::{HexConfig, RebarAuth, RebarConfig};
use hex_format::name::{OrganizationName, RepositoryName};
use hex_format::term::Term;
use hex_registry::PublicKey;

use super::{Authorization, Loaded, Machine, place};
use crate::authorize::AuthorizedKey;
use crate::config::atomic_file::{self, Lock};
use crate::config::changes::{self, Change};
use crate::config::connections::{self, Connected, Connection, Connections, Place, Shape, Slot, Touched};
use crate::config::{ConfigError, mix, netrc_entries, rebar3};
use crate::server::{ApiUrl, RepositoryUrl};

mod keys;
#[cfg(test)]
mod tests;
mod undo;

pub use undo::Undone;

const HEXPM: &str = RepositoryName::HEXPM;
/// The setting of mix that names a file of certificate authorities.
const CACERTS: &str = "cacerts_path";
/// The same of rebar3, which reads it in the home directory alone.
const REBAR3_CACERTS: &str = "ssl_cacerts_path";

/// A connection to be made.
#[derive(Clone)]
pub struct Plan {
    /// The repository's name on this machine.
    pub name: RepositoryName,
    /// The server's API.
    pub api: ApiUrl,
    /// The server's repository.
    pub repository: RepositoryUrl,
    /// What it signs with.
    pub signing_key: PublicKey,
    /// How organizations are called.
    pub shape: Shape,
    /// Also write the entry `ORG` beside `NAME:ORG`, for mix with Hex 2.3 or 2.4, which can't read the latter.
    pub also_plain: bool,
    /// Whether rebar3's files are written.
    pub rebar3: bool,
    /// Where `rebar3` fetches `hexpm` from, if the environment says so (`HEX_CDN`).
    pub rebar3_hexpm: Option<RepositoryUrl>,
    /// The file that `~/.netrc` is, if it is wanted.
    pub netrc: Option<PathBuf>,
    /// Certificate authorities for mix, which takes them in the place of its own: the public ones have to be among them.
    pub certificates: Option<String>,
    /// Over entries that point at other servers.
    pub replace: bool,
}

/// A key to be written, and its name at the server if it was made for this machine.
pub struct NewKey {
    /// The key, which was seen to work.
    pub key: AuthorizedKey,
    /// Its name at the server.
    pub name: Option<String>,
}

/// All files that a connection may concern, as they are and as they are to be.
struct Files {
    mix: Loaded<HexConfig>,
    rebar3: Loaded<RebarConfig>,
    rebar3_keys: Loaded<RebarAuth>,
    netrc: Option<Netrc>,
    certificates: Change,
    memory: Connections,
    memory_before: Option<String>,
}

struct Netrc {
    path: PathBuf,
    before: Option<String>,
    text: String,
}

impl Machine {
    /// The servers that this machine is connected to.
    ///
    /// # Errors
    /// When the memory of them can't be read.
    pub fn connections(&self) -> Result<Vec<Connection>, ConfigError> {
        Ok(Connections::load(&self.paths.connections())?.0.connections)
    }

    /// Where the certificate authorities for mix are written.
    fn certificates_path(&self) -> PathBuf {
        self.paths.credentials.with_file_name("cacerts.pem")
    }

    /// Whether [`Machine::connect`] would find its places free and its files readable: to be asked before keys are made.
    ///
    /// # Errors
    /// When it would not.
    pub fn check_connection(
        &self,
        plan: &Plan,
        organizations: &[OrganizationName],
    ) -> Result<(), ConfigError> {
        let mut files = self.files(plan.netrc.clone())?;
        files.prepare(plan)?;
        for organization in organizations {
            files.places(plan, organization)?;
        }
        Ok(())
    }

    /// Writes a connection, or adds to one that is there. Gives it as it is now, and the files that were changed.
    ///
    /// # Errors
    /// When a file can't be read, has another server in a place that is needed, or can't be written. Then nothing has
    /// changed.
    pub fn connect(&self, plan: &Plan, keys: &[NewKey]) -> Result<(Connection, Vec<PathBuf>), ConfigError> {
        let _lock = Lock::acquire(&self.paths.lock())?;
        let mut files = self.files(plan.netrc.clone())?;
        let mut slots = files.prepare(plan)?;
        slots.append(&mut files.write_certificates(plan));
        let mut connected = Vec::new();
        for NewKey { key, name } in keys {
            let (mut written, repository) = files.write(plan, key)?;
            slots.append(&mut written);
            connected.push(Connected {
                name: key.organization().to_string(),
                repository,
                key_name: name.clone(),
            });
        }
        if let (Some(_), Some(key)) = (&plan.netrc, keys.first()) {
            slots.push(files.write_netrc(plan, keys.len(), key)?);
        }
        let connection = files.remember(plan, connected, slots);
        let written = self.commit(files)?;
        Ok((connection, written))
    }

    fn files(&self, netrc: Option<PathBuf>) -> Result<Files, ConfigError> {
        let (memory, memory_before) = Connections::load(&self.paths.connections())?;
        let others = ["hex.config", "rebar.config", "cacerts.pem"];
        let is_netrc = |path: &PathBuf| !others.iter().any(|name| path.ends_with(name));
        let remembered = || memory.files.keys().map(PathBuf::from).find(is_netrc);
        let netrc = match netrc.or_else(remembered) {
            Some(path) => {
                let before = read_text(&path)?;
                Some(Netrc { path, text: before.clone().unwrap_or_default(), before })
            }
            None => None,
        };
        let path = self.certificates_path();
        let before = read_text(&path)?;
        Ok(Files {
            certificates: Change { path, after: before.clone(), before },
            mix: self.mix()?,
            rebar3: self.rebar3()?,
            rebar3_keys: self.rebar3_keys()?,
            netrc,
            memory,
            memory_before,
        })
    }

    /// Writes everything, the memory first: whoever is killed in the middle can still undo. Gives the changed files.
    fn commit(&self, files: Files) -> Result<Vec<PathBuf>, ConfigError> {
        let wanted = files.changes();
        self.commit_changes(files, wanted)
    }

    fn commit_changes(&self, mut files: Files, mut wanted: Vec<Change>) -> Result<Vec<PathBuf>, ConfigError> {
        for change in &mut wanted {
            files.memory.touch(change);
        }
        files.forget();
        let memory = Change {
            path: self.paths.connections(),
            before: files.memory_before.clone(),
            after: files.memory.to_text(),
        };
        let changed: Vec<PathBuf> =
            wanted.iter().filter(|change| change.is_one()).map(|change| change.path.clone()).collect();
        let forgets = memory.after.is_none();
        // On the way out the memory goes last, for the same reason.
        let at = if forgets { wanted.len() } else { 0 };
        wanted.insert(at, memory);
        let mut folders = changes::commit(&wanted)?;
        if forgets {
            changes::remove_folders(&files.memory.folders);
        } else if !folders.is_empty() {
            folders.append(&mut files.memory.folders);
            folders.sort();
            files.memory.folders = folders;
            let text = files.memory.to_text().expect("invariant: there are connections");
            atomic_file::write_private(&self.paths.connections(), &text)?;
        }
        Ok(changed)
    }
}

impl Files {
    /// What all organizations need: free names, and `hexpm` and the API where they are to be replaced.
    fn prepare(&mut self, plan: &Plan) -> Result<Vec<Slot>, ConfigError> {
        let name = plan.name.as_str();
        let same = |connection: &&Connection| connection.is_to(&plan.api);
        if let Some(other) = self.memory.connections.iter().find(|c| c.name == name && !c.is_to(&plan.api)) {
            return Err(ConfigError::Connected { name: name.to_owned(), api: other.api.clone() });
        }
        if let Some(before) = self.memory.connections.iter().find(same)
            && (before.shape != plan.shape || before.name != name)
        {
            return Err(ConfigError::ConnectedOtherwise {
                name: before.name.clone(),
                api: before.api.clone(),
                how: match before.shape == plan.shape {
                    true => format!("not as {name}"),
                    false => format!("{}, not {}", before.shape.in_words(), plan.shape.in_words()),
                },
            });
        }
        if plan.shape != Shape::ReplaceHexpm || plan.repository.is_hexpm() {
            return Ok(Vec::new());
        }
        let mix_path = self.mix.path.clone();
        let occupied = |key: &str, url: String| ConfigError::Occupied {
            path: mix_path.clone(),
            name: key.to_owned(),
            url,
        };
        let config = &mut self.mix.config;
        if let Some(url) = config.repo(HEXPM).and_then(|repo| repo.get_atom("url")).and_then(Term::text)
            && !is_at(&url, &plan.repository)
            && !is_at(&url, &RepositoryUrl::hexpm())
            && !plan.replace
        {
            return Err(occupied(HEXPM, url.into_owned()));
        }
        if let Some(api) = config.api_url()
            && !is_api(&api, &plan.api)
            && !is_api(&api, &ApiUrl::hexpm())
            && !plan.replace
        {
            return Err(occupied("api_url", api.into_owned()));
        }
        let repo_before = config.repo(HEXPM).map(connections::to_text);
        let api_before = config.get("api_url").map(connections::to_text);
        config.set("api_url", Term::bin(plan.api.as_str()));
        let fields = [
            ("url", Term::bin(plan.repository.as_str())),
            ("public_key", Term::bin(plan.signing_key.to_pem())),
        ];
        config.set_repo(HEXPM, fields);
        let slot = |place, name: &str, before, after: Option<&Term>| Slot {
            place,
            name: name.to_owned(),
            organization: None,
            before,
            after: after.map(connections::to_text).unwrap_or_default(),
        };
        Ok(vec![
            slot(Place::MixSetting, "api_url", api_before, config.get("api_url")),
            slot(Place::Mix, HEXPM, repo_before, config.repo(HEXPM)),
        ])
    }

    /// Under which names an organization is written for mix, and for rebar3 if it is.
    fn places(
        &self,
        plan: &Plan,
        organization: &OrganizationName,
    ) -> Result<(Vec<mix::Placement>, Option<bool>), ConfigError> {
        let own_name = organization.repository();
        let names = match plan.shape {
            Shape::SideBySide if plan.also_plain => vec![Some(plan.name.clone()), Some(own_name)],
            Shape::SideBySide => vec![Some(plan.name.clone())],
            Shape::Plain => vec![Some(own_name)],
            Shape::ReplaceHexpm => vec![None],
        };
        let mut placements = Vec::new();
        for side_by_side in names {
            let how = Authorization { side_by_side, replace: plan.replace, rebar3_hexpm: None };
            placements.push(place(&self.mix, &plan.repository, organization, &how)?);
        }
        // An organization called like the server stands alone anyway.
        placements.dedup();
        if !plan.rebar3 {
            return Ok((placements, None));
        }
        // In rebar3 a name with a colon needs its parent in the list, which would then be asked for every package. So
        // the organization stands alone, or below `hexpm`, which is always there.
        let config = &self.rebar3.config;
        let occupied = |alone| rebar3::occupied(config, &plan.repository, organization, alone);
        let is_there = |alone| config.repo(&rebar3::entry(organization, alone)).is_some();
        let preferred = plan.shape != Shape::ReplaceHexpm;
        let alone = match (occupied(preferred), occupied(!preferred)) {
            (_, None) if is_there(!preferred) => !preferred,
            (None, _) => preferred,
            (Some(_), None) => !preferred,
            (Some((name, url)), Some(_)) if !plan.replace => {
                return Err(ConfigError::Occupied { path: self.rebar3.path.clone(), name, url });
            }
            (Some(_), Some(_)) => preferred,
        };
        Ok((placements, Some(alone)))
    }

    /// Writes an organization; gives what was written and what a dependency says.
    fn write(&mut self, plan: &Plan, key: &AuthorizedKey) -> Result<(Vec<Slot>, String), ConfigError> {
        let organization = key.organization();
        let (placements, rebar3) = self.places(plan, organization)?;
        let mut slots = Vec::new();
        for placement in &placements {
            let mut names = vec![(placement.entry(organization), Some(organization.to_string()))];
            if let mix::Placement::SideBySide(parent) = placement {
                names.push((parent.to_string(), None));
            }
            let config = &mut self.mix.config;
            let before: Vec<_> =
                names.iter().map(|(name, _)| config.repo(name).map(connections::to_text)).collect();
            mix::write(config, key, placement);
            for ((name, organization), before) in names.into_iter().zip(before) {
                let after = config.repo(&name).map(connections::to_text).unwrap_or_default();
                slots.push(Slot { place: Place::Mix, name, organization, before, after });
            }
        }
        if let Some(alone) = rebar3 {
            slots.append(&mut self.write_rebar3(plan, key, alone));
        }
        let last = placements.last().expect("invariant: there is one");
        Ok((slots, last.entry(organization)))
    }

    fn write_rebar3(&mut self, plan: &Plan, key: &AuthorizedKey, alone: bool) -> Vec<Slot> {
        let name = rebar3::entry(key.organization(), alone);
        let organization = Some(key.organization().to_string());
        let (config, keys) = (&mut self.rebar3.config, &mut self.rebar3_keys.config);
        let listed = |config: &RebarConfig, name: &str| config.repo(name).map(connections::to_text);
        let (before, hexpm_before) = (listed(config, &name), listed(config, HEXPM));
        let key_before = keys.repo(&name).map(connections::to_text);
        rebar3::write(config, keys, key, alone, plan.rebar3_hexpm.as_ref());
        let key_after = keys.repo(&name).map(connections::to_text).unwrap_or_default();
        let after = listed(config, &name).unwrap_or_default();
        let mut slots = vec![
            Slot {
                place: Place::Rebar3,
                name: name.clone(),
                organization: organization.clone(),
                before,
                after,
            },
            Slot { place: Place::Rebar3Keys, name, organization, before: key_before, after: key_after },
        ];
        if let Some(after) = listed(config, HEXPM).filter(|after| hexpm_before.as_ref() != Some(after)) {
            let (name, organization) = (HEXPM.to_owned(), None);
            slots.push(Slot { place: Place::Rebar3, name, organization, before: hexpm_before, after });
        }
        slots
    }

    /// Writes the authorities, and the settings by which mix and rebar3 find them without a variable.
    fn write_certificates(&mut self, plan: &Plan) -> Vec<Slot> {
        let Some(text) = &plan.certificates else { return Vec::new() };
        self.certificates.after = Some(text.clone());
        let path = self.certificates.path.to_string_lossy().into_owned();
        let before = self.mix.config.get(CACERTS).map(connections::to_text);
        let value = Term::bin(&path);
        let after = connections::to_text(&value);
        self.mix.config.set(CACERTS, value.clone());
        let setting = |place, name: &str, before, after| Slot {
            place,
            name: name.to_owned(),
            organization: None,
            before,
            after,
        };
        let mut slots = vec![
            setting(Place::MixSetting, CACERTS, before, after.clone()),
            setting(Place::Certificates, &path, None, connections::checksum(text)),
        ];
        if plan.rebar3 {
            let before = self.rebar3.config.get(REBAR3_CACERTS).map(connections::to_text);
            self.rebar3.config.set(REBAR3_CACERTS, value);
            slots.push(setting(Place::Rebar3Setting, REBAR3_CACERTS, before, after));
        }
        slots
    }

    /// `count` is how many organizations are connected with it: what only one of them needs goes with it.
    fn write_netrc(&mut self, plan: &Plan, count: usize, new: &NewKey) -> Result<Slot, ConfigError> {
        let key = new.key.secret();
        let organization = (count == 1 && new.name.is_some()).then(|| new.key.organization().to_string());
        let host = plan.repository.host();
        let netrc = self.netrc.as_mut().expect("invariant: it was asked for");
        let before = netrc_entries::password(&netrc.text, &host).map(str::to_owned);
        let has_entry =
            netrc_entries::entries(&netrc.text).iter().any(|entry| entry.machine == Some(host.as_str()));
        let known = self.memory.connections.iter().flat_map(|connection| &connection.slots);
        let is_ours = known.into_iter().any(|slot| slot.place == Place::Netrc && slot.name == host);
        if has_entry && !is_ours && before.as_deref() != Some(key.expose()) && !plan.replace {
            return Err(ConfigError::NetrcOccupied { path: netrc.path.clone(), host });
        }
        netrc.text = netrc_entries::with(&netrc.text, &host, key);
        let after = key.expose().to_owned();
        Ok(Slot { place: Place::Netrc, name: host, organization, before, after })
    }

    /// Adds to what is known about the server. What stood in a place before the first connection is what counts.
    fn remember(&mut self, plan: &Plan, connected: Vec<Connected>, slots: Vec<Slot>) -> Connection {
        let place = self.memory.connections.iter().position(|connection| connection.is_to(&plan.api));
        let place = place.unwrap_or_else(|| {
            self.memory.connections.push(Connection {
                name: plan.name.to_string(),
                api: plan.api.to_string(),
                repository: plan.repository.to_string(),
                fingerprint: String::new(),
                shape: plan.shape,
                organizations: Vec::new(),
                slots: Vec::new(),
            });
            self.memory.connections.len() - 1
        });
        let known = &mut self.memory.connections[place];
        known.fingerprint = plan.signing_key.fingerprint().to_string();
        known.repository = plan.repository.to_string();
        for new in connected {
            known.organizations.retain(|old| old.name != new.name);
            known.organizations.push(new);
        }
        for new in slots {
            match known.slots.iter_mut().find(|old| old.place == new.place && old.name == new.name) {
                Some(old) => (old.after, old.organization) = (new.after, new.organization),
                None => known.slots.push(new),
            }
        }
        known.clone()
    }

    fn changes(&self) -> Vec<Change> {
        let mut changes = vec![
            self.mix.change(HexConfig::parse, HexConfig::to_text),
            self.rebar3.change(RebarConfig::parse, RebarConfig::to_text),
            self.rebar3_keys.change(RebarAuth::parse, RebarAuth::to_text),
            self.certificates.clone(),
        ];
        if let Some(netrc) = &self.netrc {
            let after = (netrc.before.is_some() || !netrc.text.is_empty()).then(|| netrc.text.clone());
            changes.push(Change { path: netrc.path.clone(), before: netrc.before.clone(), after });
        }
        changes
    }
}

impl Connections {
    /// Remembers how a file was and what is written to it now.
    fn touch(&mut self, change: &Change) {
        let Some(after) = change.after.as_ref().filter(|_| change.is_one()) else { return };
        let written = connections::checksum(after);
        let path = change.path.to_string_lossy().into_owned();
        let known = self.files.get_mut(&path);
        match known {
            Some(touched) if touched.is_untouched(change.before.as_deref()) => touched.written = written,
            // Somebody else has written meanwhile, so that going back to the first text would undo that as well.
            Some(touched) => {
                *touched = Touched { written: String::new(), ..touched.clone() };
            }
            None => {
                let mode = atomic_file::mode(&change.path);
                self.files.insert(path, Touched { before: change.before.clone(), mode, written });
            }
        }
    }
}

fn is_at(url: &str, repository: &RepositoryUrl) -> bool {
    RepositoryUrl::parse(url).is_ok_and(|url| url == *repository)
}

fn is_api(url: &str, api: &ApiUrl) -> bool {
    ApiUrl::parse(url).is_ok_and(|url| url == *api)
}

fn read_text(path: &std::path::Path) -> Result<Option<String>, ConfigError> {
    let Some(bytes) = atomic_file::read(path, netrc_entries::MAX_BYTES)? else { return Ok(None) };
    String::from_utf8(bytes).map(Some).map_err(|_| ConfigError::NotText { path: path.to_owned() })
}
