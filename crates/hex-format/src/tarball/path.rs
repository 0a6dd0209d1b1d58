//! Where an entry of an archive may be written.
//!
//! A path is judged here once, as text, so that nothing below has to ask whether it leaves the root: an
//! [`ArchivePath`] can't. It must never become more lenient than the strictest client that unpacks it, which is why
//! spellings that some systems read differently (backslashes, drive letters, control characters) are refused
//! instead of being cleaned.

use std::fmt;

/// Longest path of an entry and longest target of a symbolic link, in bytes.
pub const MAX_PATH: usize = 1024;
/// Longest single component of a path, in bytes: what common file systems can store.
pub const MAX_COMPONENT: usize = 255;
/// Deepest nesting of a path, in components.
pub const MAX_DEPTH: usize = 64;

/// A relative path that stays below the root it is joined to: components separated by `/`, none of them empty,
/// `.` or `..`, no backslash, no control character, at most [`MAX_PATH`] bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArchivePath(String);

/// Why a path or the target of a link is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Nothing between the slashes, or nothing at all.
    #[error("the path is empty")]
    Empty,
    /// Only `.`: the directory that everything is unpacked into.
    #[error("the path is the root itself")]
    Root,
    /// More `..` than components before them. The text is the reference implementation's.
    #[error("The path points above the current working directory")]
    Above,
    /// A `..` that stays inside; its meaning depends on what it goes through.
    #[error("the path has a `..` component")]
    Parent,
    /// A leading `/`.
    #[error("the path is absolute")]
    Absolute,
    /// `C:` or the like at the start.
    #[error("the path begins with a drive letter")]
    Drive,
    /// A backslash, which is a separator on some systems and a letter on others.
    #[error("the path has a backslash")]
    Backslash,
    /// NUL, line break or another control character.
    #[error("the path has the control character U+{:04X}", u32::from(*.0))]
    Control(char),
    /// Bytes that are not UTF-8.
    #[error("the path is not UTF-8")]
    NotUtf8,
    /// More than [`MAX_PATH`] bytes.
    #[error("the path is {0} bytes long, more than {MAX_PATH}")]
    TooLong(usize),
    /// A component of more than [`MAX_COMPONENT`] bytes.
    #[error("the path has a component of {0} bytes, more than {MAX_COMPONENT}")]
    LongComponent(usize),
    /// Another spelling of a file that clients look up by exactly this name.
    #[error("the name is not spelled {0}")]
    Spelling(&'static str),
    /// More than [`MAX_DEPTH`] components.
    #[error("the path is more than {MAX_DEPTH} components deep")]
    TooDeep,
}

impl ArchivePath {
    /// Reads a path as archives spell it. `.` components, doubled slashes and trailing slashes are dropped; anything
    /// that could name a place outside of the root, or different places on different systems, is refused.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.is_empty() {
            return Err(PathError::Empty);
        }
        refuse_ambiguous(text)?;
        let mut kept: Vec<&str> = Vec::new();
        let mut parent = false;
        let mut depth = 0_usize;
        for component in components(text) {
            match component {
                ".." => {
                    depth = depth.checked_sub(1).ok_or(PathError::Above)?;
                    parent = true;
                }
                name => {
                    depth += 1;
                    kept.push(name);
                }
            }
        }
        match () {
            () if parent => Err(PathError::Parent),
            () if kept.is_empty() => Err(PathError::Root),
            () if kept.len() > MAX_DEPTH => Err(PathError::TooDeep),
            () => match kept.iter().find(|name| name.len() > MAX_COMPONENT) {
                Some(name) => Err(PathError::LongComponent(name.len())),
                None => Ok(Self(kept.join("/"))),
            },
        }
    }

    /// The path as text, with `/` between components.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The components, outermost first; there is at least one.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    /// Whether a symbolic link at this path may point to `target`: relative, inside the root, and with all its `..`
    /// in front. A `..` after a name is refused because the name may be another link, whose parent is elsewhere;
    /// with them in front, links that each stay inside can't be chained to the outside.
    pub fn check_link(&self, target: &str) -> Result<(), PathError> {
        if target.is_empty() {
            return Err(PathError::Empty);
        }
        refuse_ambiguous(target)?;
        let mut depth = self.components().count() - 1;
        let mut named = false;
        for component in components(target) {
            match component {
                ".." if named => return Err(PathError::Parent),
                ".." => depth = depth.checked_sub(1).ok_or(PathError::Above)?,
                _ => named = true,
            }
        }
        Ok(())
    }
}

impl fmt::Display for ArchivePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for ArchivePath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for ArchivePath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        Self::parse(text)
    }
}

fn components(text: &str) -> impl Iterator<Item = &str> {
    text.split('/').filter(|component| !matches!(*component, "" | "."))
}

/// What is refused in paths and in targets of links alike.
fn refuse_ambiguous(text: &str) -> Result<(), PathError> {
    if text.len() > MAX_PATH {
        return Err(PathError::TooLong(text.len()));
    }
    if let Some(control) = text.chars().find(|letter| letter.is_control()) {
        return Err(PathError::Control(control));
    }
    if text.contains('\\') {
        return Err(PathError::Backslash);
    }
    if text.starts_with('/') {
        return Err(PathError::Absolute);
    }
    // `./C:x` is as bad as `C:x` once the `.` is dropped.
    let first = components(text).next().unwrap_or_default().as_bytes();
    if matches!(first, [letter, b':', ..] if letter.is_ascii_alphabetic()) {
        return Err(PathError::Drive);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
