//! Which versions of Hex mix has on this machine, found without starting it.
//!
//! An archive is a folder `hex*` in `archives`; Elixir 1.18 and later keep archives by version, in `elixir/1-18-otp-27`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// Most folders looked at, so that an odd home costs nothing.
const MAX_ENTRIES: usize = 200;

/// The versions of Hex, as their archives say; empty where there is none.
pub fn hex_versions(variable: impl Fn(&str) -> Option<OsString>) -> Vec<String> {
    let variable = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let is_xdg =
        variable("MIX_XDG").is_some_and(|value| value == Path::new("1") || value == Path::new("true"));
    let home = || variable("HOME").unwrap_or_default();
    let mix_home = variable("MIX_HOME").unwrap_or_else(|| match is_xdg {
        true => variable("XDG_DATA_HOME").unwrap_or_else(|| home().join(".local/share")).join("mix"),
        false => home().join(".mix"),
    });
    let mut folders = vec![variable("MIX_ARCHIVES").unwrap_or_else(|| mix_home.join("archives"))];
    folders.extend(entries(&mix_home.join("elixir")).map(|folder| folder.join("archives")));
    let archives = folders.iter().flat_map(|folder| entries(folder)).filter(|path| is_hex(path));
    let mut versions: Vec<String> = archives.filter_map(|archive| version(&archive)).collect();
    versions.sort();
    versions.dedup();
    versions
}

/// Whether this version compares an organization's repository with its whole name, so that only an entry without a colon
/// works beside `hexpm`: 2.3 and 2.4.
pub fn needs_plain_names(version: &str) -> bool {
    version.starts_with("2.3.") || version.starts_with("2.4.")
}

fn is_hex(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name == "hex" || name.starts_with("hex-")
}

/// From `ARCHIVE/NAME/ebin/hex.app`: `{vsn,"2.5.1"}`.
fn version(archive: &Path) -> Option<String> {
    let app = entries(archive).find_map(|folder| fs::read_to_string(folder.join("ebin/hex.app")).ok())?;
    let (_, rest) = app.split_once("{vsn,")?;
    Some(rest.split('"').nth(1)?.to_owned())
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(folder).into_iter().flatten().take(MAX_ENTRIES).filter_map(|entry| Some(entry.ok()?.path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_of_all_elixirs() {
        let home = tempfile::tempdir().unwrap();
        let put = |path: &str, version: &str| {
            let folder = home.path().join(path).join("ebin");
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("hex.app"), format!("{{application,hex,[{{vsn,\"{version}\"}}]}}."))
                .unwrap();
        };
        put(".mix/archives/hex-2.0.6/hex-2.0.6", "2.0.6");
        put(".mix/elixir/1-18-otp-27/archives/hex-2.4.2-otp-27/hex-2.4.2-otp-27", "2.4.2");
        put(".mix/archives/phx_new-1.7.0/phx_new-1.7.0", "1.7.0");
        let variable = |name: &str| (name == "HOME").then(|| home.path().as_os_str().to_owned());
        let found = hex_versions(variable);
        assert_eq!(found, ["2.0.6", "2.4.2"]);
        assert_eq!(found.iter().filter(|version| needs_plain_names(version)).count(), 1);
        assert!(hex_versions(|_| None).is_empty());
    }
}
