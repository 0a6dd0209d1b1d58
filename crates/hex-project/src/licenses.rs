//! Licences as packages state them, brought to the names of SPDX, and what a project allows.
//!
//! Packages say what they like: "Apache 2", "MIT License", an expression. What is not understood is never guessed: it
//! stays as it is written, and no list allows it unless it names it so.

use hex_format::name::PackageName;
use spdx::{Expression, ParseMode};

#[cfg(test)]
mod tests;

/// Most characters of a licence that are looked at.
const MAX_CHARS: usize = 500;

/// What people write, in small letters without `the`, `license`, `version` and punctuation, and what they mean by it.
const SPELLINGS: [(&str, &str); 38] = [
    ("apache", "Apache-2.0"),
    ("apache 2", "Apache-2.0"),
    ("apache 2 0", "Apache-2.0"),
    ("apache2", "Apache-2.0"),
    ("apache2 0", "Apache-2.0"),
    ("apache v2", "Apache-2.0"),
    ("apache v2 0", "Apache-2.0"),
    ("asl 2 0", "Apache-2.0"),
    ("mit", "MIT"),
    ("expat", "MIT"),
    ("isc", "ISC"),
    ("bsd 2", "BSD-2-Clause"),
    ("bsd 2 clause", "BSD-2-Clause"),
    ("2 clause bsd", "BSD-2-Clause"),
    ("simplified bsd", "BSD-2-Clause"),
    ("freebsd", "BSD-2-Clause"),
    ("bsd 3", "BSD-3-Clause"),
    ("bsd 3 clause", "BSD-3-Clause"),
    ("3 clause bsd", "BSD-3-Clause"),
    ("new bsd", "BSD-3-Clause"),
    ("modified bsd", "BSD-3-Clause"),
    ("bsd3", "BSD-3-Clause"),
    ("mpl 2", "MPL-2.0"),
    ("mpl 2 0", "MPL-2.0"),
    ("mozilla public 2 0", "MPL-2.0"),
    ("gplv2", "GPL-2.0-only"),
    ("gpl 2", "GPL-2.0-only"),
    ("gpl 2 0", "GPL-2.0-only"),
    ("gplv3", "GPL-3.0-only"),
    ("gpl 3", "GPL-3.0-only"),
    ("gpl 3 0", "GPL-3.0-only"),
    ("lgpl 3 0", "LGPL-3.0-only"),
    ("lgplv3", "LGPL-3.0-only"),
    ("agpl 3 0", "AGPL-3.0-only"),
    ("agplv3", "AGPL-3.0-only"),
    ("unlicense", "Unlicense"),
    ("cc0", "CC0-1.0"),
    ("wtfpl", "WTFPL"),
];

/// One licence that a package states.
#[derive(Debug, Clone, PartialEq)]
pub struct License {
    /// As the package writes it.
    pub stated: String,
    /// An SPDX expression for it; none if it is not understood.
    pub spdx: Option<Expression>,
}

impl License {
    /// Understands a licence if it can: an identifier of SPDX, an expression of them, or a name that many write instead.
    pub fn parse(stated: &str) -> Self {
        let text: String = stated.trim().chars().take(MAX_CHARS).collect();
        let spdx = expression(&text).or_else(|| expression(spelling(&text)?));
        Self { stated: stated.to_owned(), spdx }
    }

    /// The SPDX expression, else what the package writes.
    pub fn name(&self) -> &str {
        self.spdx.as_ref().map_or(&self.stated, |expression| expression.as_ref())
    }

    /// Whether `is_fine` is true of so many of its licences that one may choose one that is.
    fn is_fine(&self, is_fine: impl Fn(&str) -> bool) -> bool {
        match &self.spdx {
            Some(expression) => expression.evaluate(|requirement| is_fine(&requirement.license.to_string())),
            None => is_fine(&self.stated),
        }
    }
}

/// An expression, with identifiers and operators as SPDX spells them.
fn expression(text: &str) -> Option<Expression> {
    let mode = ParseMode { allow_deprecated: true, ..ParseMode::STRICT };
    let words: Vec<String> = text.split_whitespace().map(proper).collect();
    Expression::parse_mode(&words.join(" "), mode).ok()
}

/// A word of an expression with its proper letters.
fn proper(word: &str) -> String {
    let bare = word.trim_matches(['(', ')']);
    let ids = spdx::identifiers::LICENSES.iter().map(|license| license.name);
    let known = ids.chain(["AND", "OR", "WITH"]).find(|name| name.eq_ignore_ascii_case(bare));
    known.map_or_else(|| word.to_owned(), |name| word.replace(bare, name))
}

/// The identifier for a licence's usual name.
fn spelling(text: &str) -> Option<&'static str> {
    let full =
        spdx::identifiers::LICENSES.iter().filter(|license| license.full_name.eq_ignore_ascii_case(text));
    if let Some(license) = full.min_by_key(|license| license.flags & spdx::flags::IS_DEPRECATED) {
        return Some(license.name);
    }
    let lower = text.to_lowercase();
    let words = lower.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    let kept: Vec<&str> =
        words.filter(|word| !["the", "license", "licence", "version"].contains(word)).collect();
    let key = kept.join(" ");
    SPELLINGS.iter().find(|(spelling, _)| *spelling == key).map(|(_, id)| *id)
}

/// What a project allows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Licences that are fine. When empty, all that are not denied.
    pub allow: Vec<String>,
    /// Licences that are not, whatever else is allowed.
    pub deny: Vec<String>,
    /// Packages that are not looked at.
    pub except: Vec<PackageName>,
}

/// Why a package is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It states no licence.
    Unstated,
    /// This licence is not allowed.
    NotAllowed(String),
    /// This licence is denied.
    Denied(String),
}

/// A licence in a list of rules that is neither an identifier of SPDX nor a name for one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no single licence: take an identifier of https://spdx.org/licenses, such as MIT")]
pub struct UnknownLicense(pub String);

impl Rules {
    /// Reads a licence of a list. `LicenseRef-…` names one that SPDX does not know.
    ///
    /// # Errors
    /// When it is not understood.
    pub fn license(text: &str) -> Result<String, UnknownLicense> {
        let text = text.trim();
        if text.starts_with("LicenseRef-") {
            return Ok(text.to_owned());
        }
        let parsed = License::parse(text).spdx.filter(|expression| expression.requirements().count() == 1);
        parsed.map(|expression| expression.to_string()).ok_or_else(|| UnknownLicense(text.to_owned()))
    }

    /// Whether there is nothing to check.
    pub fn is_empty(&self) -> bool {
        self.allow.is_empty() && self.deny.is_empty()
    }

    /// What speaks against a package with these licences. Of several each has to be fine, because nothing says
    /// that one may choose; an expression says so with `OR`.
    pub fn check(&self, name: &str, licenses: &[License]) -> Option<Refusal> {
        if self.is_empty() || self.except.iter().any(|package| package.as_str() == name) {
            return None;
        }
        if licenses.is_empty() {
            return (!self.allow.is_empty()).then_some(Refusal::Unstated);
        }
        let names = |list: &[String], license: &str| list.iter().any(|one| same(one, license));
        let denied = licenses.iter().find(|license| !license.is_fine(|one| !names(&self.deny, one)));
        if let Some(license) = denied {
            return Some(Refusal::Denied(license.name().to_owned()));
        }
        if self.allow.is_empty() {
            return None;
        }
        let refused = licenses
            .iter()
            .find(|license| !license.is_fine(|one| names(&self.allow, one) && !names(&self.deny, one)));
        refused.map(|license| Refusal::NotAllowed(license.name().to_owned()))
    }
}

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}
