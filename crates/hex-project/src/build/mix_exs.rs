//! The one thing that is read in `mix.exs`, which is a program and can't be read as data: whether it names a server, so that
//! a package which was meant for that one does not go to another.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use super::{BuildError, MAX_MANIFEST, read_text};

/// `hex: [api_url: "https://hex.example.com/api"]`
static API_URL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?m)^[^#\n]*\bapi_url:\s*"([^"\n]+)""#).expect("invariant: the pattern is right")
});

/// The API that the `mix.exs` in a folder writes down, if it does. One that it computes is not found.
///
/// # Errors
/// When the file can't be read.
pub fn api_url(folder: &Path) -> Result<Option<String>, BuildError> {
    let text = read_text(&folder.join("mix.exs"), MAX_MANIFEST)?;
    Ok(API_URL.captures(&text).map(|found| found[1].to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_written_down() {
        let folder = tempfile::tempdir().unwrap();
        let found = |text: &str| {
            std::fs::write(folder.path().join("mix.exs"), text).unwrap();
            api_url(folder.path()).unwrap()
        };
        assert_eq!(found("[\n  hex: [api_url: \"https://x/api\"],\n]").as_deref(), Some("https://x/api"));
        assert_eq!(found("[\n  # hex: [api_url: \"https://x/api\"],\n  hex: [api_url: url()]\n]"), None);
    }
}
