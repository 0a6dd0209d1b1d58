//! What lies in a folder that is served and is no part of a registry: everybody can fetch it. A private key among it is the
//! end of every signature. Nothing of it is ever touched.

use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use crate::earlier::{MAX_KEY_BYTES, NAMES, PACKAGES, PUBLIC_KEY, VERSIONS};
use crate::files::{FileError, failed};
use crate::tarballs::FOLDER;
use crate::verify::Finding;

/// What clients ask for, those things included that only other programs make.
const OF_A_REGISTRY: [&str; 8] =
    [NAMES, VERSIONS, PUBLIC_KEY, PACKAGES, FOLDER, "docs", "policies", "installs"];
/// What a web server or whoever looks at one with a browser asks for. Names with a dot in front are of this kind, too.
const OF_A_SITE: [&str; 4] = ["index.html", "robots.txt", "favicon.ico", "CNAME"];
/// Folders below each other that are looked into. It also ends circles of links.
const MAX_DEPTH: usize = 6;

/// Private keys, wherever they lie, and files and folders of the root that do not belong there.
#[derive(Default)]
pub(crate) struct Strangers {
    pub(crate) keys: Vec<Finding>,
    pub(crate) others: Vec<Finding>,
}

/// Looks through the folder.
///
/// # Errors
/// When a folder can't be read.
pub(crate) fn strangers(root: &Path) -> Result<Strangers, FileError> {
    let mut found = Strangers::default();
    look(root, "", MAX_DEPTH, &mut found)?;
    Ok(found)
}

fn look(folder: &Path, below: &str, depth: usize, found: &mut Strangers) -> Result<(), FileError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed("read", folder)(error)),
    };
    for entry in entries {
        let path = entry.map_err(failed("read", folder))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let file = format!("{below}{name}");
        let finding = |problem: &str| Finding { file: file.clone(), problem: problem.to_owned() };
        let is_folder = path.is_dir();
        if !is_folder && is_private_key(&path) {
            found
                .keys
                .push(finding("it is a private key, and served to everybody: take it away, and use another"));
            continue;
        }
        let belongs = name.starts_with('.') || OF_A_REGISTRY.contains(&&*name) || OF_A_SITE.contains(&&*name);
        if below.is_empty() && !belongs {
            found.others.push(finding("it is no part of a registry, and served to everybody"));
        }
        if is_folder && depth > 0 {
            look(&path, &format!("{file}/"), depth - 1, found)?;
        }
    }
    Ok(())
}

/// Whether it says so, as PEM does: also behind other text, as some programs write it. Tarballs are looked at elsewhere.
fn is_private_key(file: &Path) -> bool {
    if file.extension().is_some_and(|extension| extension == "tar") || !file.is_file() {
        return false;
    }
    let mut bytes = Vec::new();
    let read = fs::File::open(file).and_then(|file| file.take(MAX_KEY_BYTES as u64).read_to_end(&mut bytes));
    let says = b"PRIVATE KEY-----";
    read.is_ok() && bytes.windows(says.len()).any(|window| window == says)
}
