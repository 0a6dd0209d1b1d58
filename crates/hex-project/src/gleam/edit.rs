//! Changes of `gleam.toml` that leave everything else as it is: comments, order, spaces.

use hex_format::name::PackageName;
use hex_format::requirement::Requirement;
use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use super::Config;

const DEPENDENCIES: &str = "dependencies";
const DEV_DEPENDENCIES: &str = "dev_dependencies";
/// The old name, which Gleam still reads.
const OLD_DEV_DEPENDENCIES: &str = "dev-dependencies";
/// Where the repositories are recorded.
const RECORDS: [&str; 3] = ["tools", "skep", "packages"];

/// A `gleam.toml` that is being changed.
#[derive(Debug, Clone)]
pub struct Edit {
    document: DocumentMut,
}

impl Edit {
    /// Starts from a text.
    ///
    /// # Errors
    /// With the problem, when it is not TOML.
    pub fn new(text: &str) -> Result<Self, String> {
        text.parse()
            .map(|document| Self { document })
            .map_err(|error: toml_edit::TomlError| error.to_string())
    }

    /// The changed text.
    pub fn text(&self) -> String {
        self.document.to_string()
    }

    /// What the changed text says.
    ///
    /// # Errors
    /// As [`Config::parse`].
    pub fn config(&self) -> Result<Config, String> {
        Config::parse(&self.text())
    }

    /// Adds a dependency, or changes its requirement.
    ///
    /// # Errors
    /// When there is something else than a table of dependencies.
    pub fn require(
        &mut self,
        name: &PackageName,
        requirement: &Requirement,
        dev: bool,
    ) -> Result<(), String> {
        let key = match dev {
            false => DEPENDENCIES,
            true if self.document.contains_key(OLD_DEV_DEPENDENCIES) => OLD_DEV_DEPENDENCIES,
            true => DEV_DEPENDENCIES,
        };
        let table = table(self.document.as_table_mut(), key, false)?;
        set(table, name.as_str(), requirement.as_str());
        Ok(())
    }

    /// Removes a dependency; whether it was there.
    pub fn remove(&mut self, name: &PackageName) -> bool {
        let mut remove = |key| {
            let dependencies = self.document.get_mut(key).and_then(Item::as_table_like_mut);
            dependencies.is_some_and(|table| table.remove(name.as_str()).is_some())
        };
        [DEPENDENCIES, DEV_DEPENDENCIES, OLD_DEV_DEPENDENCIES].into_iter().any(&mut remove)
    }

    /// Records the repository of a package.
    ///
    /// # Errors
    /// When there is something else than a table where it belongs.
    pub fn record(&mut self, name: &PackageName, repository: &str) -> Result<(), String> {
        let [tools, skep, packages] = RECORDS;
        let tools = table(self.document.as_table_mut(), tools, true)?;
        let skep = table(tools, skep, true)?;
        set(table(skep, packages, false)?, name.as_str(), repository);
        Ok(())
    }

    /// Forgets the repository of a package, and tables that are empty then.
    pub fn forget(&mut self, name: &PackageName) {
        forget(self.document.as_table_mut(), &RECORDS, name);
    }
}

/// The table under a key, made if it is not there; `implicit` if it is only on the way to another one.
fn table<'a>(
    parent: &'a mut dyn TableLike,
    key: &str,
    implicit: bool,
) -> Result<&'a mut dyn TableLike, String> {
    if parent.get(key).is_none_or(Item::is_none) {
        let mut table = Table::new();
        table.set_implicit(implicit);
        parent.insert(key, Item::Table(table));
    }
    let item = parent.get_mut(key).expect("invariant: it was inserted");
    item.as_table_like_mut().ok_or_else(|| format!("{key} is not a table"))
}

/// Sets a text, and leaves a comment behind it where it is.
fn set(table: &mut dyn TableLike, key: &str, text: &str) {
    let mut value = Value::from(text);
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(known) => {
            *value.decor_mut() = known.decor().clone();
            *known = value;
        }
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}

fn forget(table: &mut dyn TableLike, path: &[&str], name: &PackageName) {
    let Some((key, rest)) = path.split_first() else {
        table.remove(name.as_str());
        return;
    };
    let Some(inner) = table.get_mut(key).and_then(Item::as_table_like_mut) else { return };
    forget(inner, rest, name);
    if inner.is_empty() {
        table.remove(key);
    }
}
