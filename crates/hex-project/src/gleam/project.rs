//! A project's folder.

use std::fs;
use std::path::{Path, PathBuf};

use hex_format::lock;

use super::edit::Edit;
use super::file::{self, io};
use super::{CONFIG_FILE, Config, MANIFEST_FILE, Manifest, ProjectError, Requirement, config};

/// A project as it stands on the disk.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its folder, absolute and without links.
    pub folder: PathBuf,
    /// `gleam.toml`.
    pub config: Config,
    /// `manifest.toml`, if it is there.
    pub manifest: Option<Manifest>,
    text: String,
}

impl Project {
    /// Reads the project in a folder.
    ///
    /// # Errors
    /// When there is none, or a file of it can't be read.
    pub fn open(folder: &Path) -> Result<Self, ProjectError> {
        let folder = fs::canonicalize(folder).map_err(io("find the folder", folder))?;
        let path = folder.join(CONFIG_FILE);
        let Some(text) = file::read(&path, config::MAX_BYTES)? else {
            return Err(ProjectError::NoProject { path });
        };
        let config = Config::parse(&text).map_err(content(&path))?;
        let path = folder.join(MANIFEST_FILE);
        let manifest = file::read(&path, lock::MAX_BYTES)?
            .map(|text| Manifest::parse(&text).map_err(content(&path)))
            .transpose()?;
        Ok(Self { folder, config, manifest, text })
    }

    /// Reads the project that a folder is in: that of the folder itself, or of the nearest one above it, as Gleam does.
    ///
    /// # Errors
    /// As [`Project::open`].
    pub fn find(folder: &Path) -> Result<Self, ProjectError> {
        let holds = |folder: &&Path| folder.join(CONFIG_FILE).is_file();
        Self::open(folder.ancestors().find(holds).unwrap_or(folder))
    }

    /// Starts to change `gleam.toml`.
    ///
    /// # Errors
    /// When it is not TOML.
    pub fn edit(&self) -> Result<Edit, ProjectError> {
        Edit::new(&self.text).map_err(self.problem())
    }

    /// Names `gleam.toml` in what is wrong with it.
    pub fn problem(&self) -> impl Fn(String) -> ProjectError + use<> {
        content(&self.folder.join(CONFIG_FILE))
    }

    /// Writes both files, where they are different: first `gleam.toml`, from which the other one can be made again. Without a
    /// manifest only the first.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write(&self, edit: &Edit, manifest: Option<&Manifest>) -> Result<(), ProjectError> {
        let text = edit.text();
        if text != self.text {
            file::write(&self.folder.join(CONFIG_FILE), text.as_bytes())?;
        }
        if let Some(manifest) = manifest.filter(|manifest| self.manifest.as_ref() != Some(manifest)) {
            let text = manifest.to_text(&self.folder);
            file::write(&self.folder.join(MANIFEST_FILE), text.as_bytes())?;
        }
        Ok(())
    }

    /// Tells Gleam that the packages in folders were looked at: otherwise it looks for versions anew, at hex.pm. It goes by
    /// the time of a file that holds a hash of its own making, and looks at the hash only where that file is older.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn mark_folders(&self, config: &Config) -> Result<(), ProjectError> {
        let modified = |path: &Path| fs::metadata(path).and_then(|known| known.modified()).ok();
        for (name, requirement) in config.dependencies.iter().chain(&config.dev_dependencies) {
            let Requirement::Path(path) = requirement else { continue };
            let mark = self.folder.join(format!("build/packages/{name}.config_fingerprint"));
            let described = modified(&self.folder.join(path).join(CONFIG_FILE));
            if modified(&mark) < described {
                file::write(&mark, b"0")?;
            }
        }
        Ok(())
    }

    /// Lets Gleam compile the project's own modules again, which it does not do by itself when a package that they import
    /// has gone. That it can't be done harms nobody.
    pub fn forget_build(&self) {
        for mode in ["dev", "prod", "lsp"] {
            for target in ["erlang", "javascript"] {
                let built = self.folder.join("build").join(mode).join(target).join(self.config.name.as_str());
                let _ = fs::remove_dir_all(built);
            }
        }
    }
}

/// Names the file in what is wrong with it.
pub(super) fn content(path: &Path) -> impl Fn(String) -> ProjectError + use<> {
    let path = path.to_owned();
    move |problem| ProjectError::Content { path: path.clone(), problem }
}
