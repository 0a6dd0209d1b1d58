//! What the operator wants everyone who uses a client to read, for example before maintenance. `mix` prints it.
//!
//! The text goes into a header that clients read with little care: it must never hold anything that would end it early.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use skep_store::tables::instance;
use skep_store::{Change, Micros};

use crate::{Error, Result, Skep};

/// Longest text, in characters.
const MAX_TEXT: usize = 500;

/// Name of the fact in the database.
const FACT: &str = "notice";

/// What clients make of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoticeLevel {
    /// Nothing; it is for those who look at headers.
    None,
    /// A warning.
    #[default]
    Warn,
    /// An error, though the request is answered as ever.
    Fatal,
}

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    text: String,
    level: NoticeLevel,
    /// When it ends.
    until: Option<Micros>,
}

/// Why there can be no such notice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// The text.
    #[error("a notice has 1 to {MAX_TEXT} characters")]
    Length,
    /// The text.
    #[error(
        "a notice cannot hold {0:?}: letters, digits and punctuation of ASCII are possible, but no double quotes"
    )]
    Character(char),
    /// The level.
    #[error("there is no level {0:?}: choose none, warn or fatal")]
    Level(String),
}

impl FromStr for NoticeLevel {
    type Err = NoticeError;

    fn from_str(text: &str) -> Result<Self, NoticeError> {
        match text {
            "none" => Ok(Self::None),
            "warn" => Ok(Self::Warn),
            "fatal" => Ok(Self::Fatal),
            other => Err(NoticeError::Level(other.to_owned())),
        }
    }
}

impl Notice {
    /// A notice that ends at a time, if one is given.
    ///
    /// Errors: for a text that the header cannot hold.
    pub fn new(text: &str, level: NoticeLevel, until: Option<Micros>) -> Result<Self, NoticeError> {
        if let Some(bad) = text.chars().find(|c| !matches!(c, ' '..='~') || *c == '"') {
            return Err(NoticeError::Character(bad));
        }
        let text = text.trim();
        if text.is_empty() || text.len() > MAX_TEXT {
            return Err(NoticeError::Length);
        }
        Ok(Self { text: text.to_owned(), level, until })
    }

    fn is_over(&self, now: Micros) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

/// As the header has it: `"text";level=warn`.
impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.text)?;
        match self.level {
            NoticeLevel::None => Ok(()),
            NoticeLevel::Warn => f.write_str(";level=warn"),
            NoticeLevel::Fatal => f.write_str(";level=fatal"),
        }
    }
}

/// The notice of the database as this process knows it.
pub(crate) struct NoticeBoard {
    current: RwLock<Option<Arc<Notice>>>,
    /// Whether the database may know another one.
    is_stale: AtomicBool,
}

impl NoticeBoard {
    pub(crate) fn new() -> Self {
        Self { current: RwLock::default(), is_stale: AtomicBool::new(true) }
    }

    pub(crate) fn invalidate(&self) {
        self.is_stale.store(true, Ordering::SeqCst);
    }

    fn get(&self) -> Option<Arc<Notice>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Skep {
    /// The notice to be shown: the one that was set with [`Skep::operator_set_notice`], or that of the settings.
    pub fn notice(&self) -> Option<Arc<Notice>> {
        let set = self.notices.get().filter(|notice| !notice.is_over(self.now()));
        set.or_else(|| self.settings.notice.clone())
    }

    /// Shows a notice on every server of the instance within a second, or none but that of the settings.
    pub async fn operator_set_notice(&self, notice: Option<&Notice>) -> Result<()> {
        let mut tx = self.db.write().await?;
        match notice {
            Some(notice) => {
                let text = serde_json::to_string(notice).map_err(Error::internal)?;
                instance::set(&mut tx, FACT, &text).await?;
            }
            None => instance::delete(&mut tx, FACT).await?,
        }
        tx.note(Change::Notice);
        Ok(tx.commit(self.now()).await?)
    }

    /// Reads the notice again if it may have changed.
    pub(crate) async fn follow_notice(&self) -> Result<()> {
        if !self.notices.is_stale.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        let read = async {
            let stored = instance::get(&mut self.db.read().await?, FACT).await?;
            Ok(stored.and_then(|stored| serde_json::from_str(&stored).ok()).map(Arc::new))
        };
        match read.await {
            Ok(notice) => {
                *self.notices.current.write().unwrap_or_else(PoisonError::into_inner) = notice;
                Ok(())
            }
            Err(error) => {
                self.notices.invalidate();
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        let header =
            |level| Notice::new(" Maintenance at 18:00 (UTC); see \\docs ", level, None).unwrap().to_string();
        assert_eq!(header(NoticeLevel::None), r#""Maintenance at 18:00 (UTC); see \docs""#);
        assert_eq!(header(NoticeLevel::Warn), r#""Maintenance at 18:00 (UTC); see \docs";level=warn"#);
        assert_eq!(header(NoticeLevel::Fatal), r#""Maintenance at 18:00 (UTC); see \docs";level=fatal"#);
    }

    #[test]
    fn texts_that_a_header_cannot_hold() {
        let refused = |text: &str| Notice::new(text, NoticeLevel::Warn, None).unwrap_err();
        for bad in ['"', '\r', '\n', '\0', '\u{1b}', '\u{7f}', '\u{e9}'] {
            assert_eq!(refused(&format!("x{bad}y")), NoticeError::Character(bad));
        }
        for text in ["", "  ", &"x".repeat(501)] {
            assert_eq!(refused(text), NoticeError::Length);
        }
    }

    #[test]
    fn levels() {
        for (text, level) in
            [("none", NoticeLevel::None), ("warn", NoticeLevel::Warn), ("fatal", NoticeLevel::Fatal)]
        {
            assert_eq!(text.parse(), Ok(level));
        }
        assert_eq!("error".parse::<NoticeLevel>(), Err(NoticeError::Level("error".to_owned())));
    }
}
