//! The uploads, watched on a terminal.

use anyhow::{Context as _, Result, anyhow};
use bytes::Bytes;
use indicatif::ProgressBar;
use skep_client::api::{Api, Published};
use skep_client::network::Progress;
use skep_client::shell::quoted;

use super::plan::Release;
use crate::commands::failure::because;
use crate::output::progress;

/// Sends the package.
pub(super) async fn package(
    api: &Api,
    release: &Release,
    tarball: Bytes,
    replace: bool,
) -> Result<Published> {
    let Release { package, organization, .. } = release;
    let organization = organization.as_ref();
    let (bar, progress) = watch("Publishing package", &tarball);
    let published = api.publish(organization, package, tarball, replace, &progress).await;
    bar.finish_and_clear();
    let error = match published {
        Ok(published) => return Ok(published),
        Err(error) => error,
    };
    if error.status() == Some(403) && api.package(organization, package).await.is_ok() {
        return Err(anyhow!(
            "Publishing failed: Package with name {package} already exists. Make sure you are authenticated and have \
             permissions to publish the package"
        ));
    }
    let missing = match organization {
        Some(organization) => {
            format!(
                "there is no organization {organization} that you may publish {package} to; `skep organization list --remote` shows yours"
            )
        }
        None => "this is not the address of a Hex API; see --api-url".to_owned(),
    };
    Err(because("Publishing failed", missing)(error))
}

/// Sends the documentation; gives its address, where the server shows it itself.
pub(super) async fn docs(api: &Api, release: &Release, archive: Bytes) -> Result<Option<String>> {
    let Release { package, version, organization } = release;
    let (bar, progress) = watch("Publishing docs", &archive);
    let published = api.publish_docs(organization.as_ref(), package, version, archive, &progress).await;
    bar.finish_and_clear();
    let location = match published {
        Err(error) if error.status() == Some(404) => {
            return Err(anyhow!("Publishing docs failed due to the package not being published yet"));
        }
        other => other.context("Publishing docs failed")?,
    };
    Ok(location.filter(|_| !api.base().is_hexpm()))
}

fn watch(what: &str, bytes: &Bytes) -> (ProgressBar, Progress) {
    let bar = progress::bytes(what, bytes.len() as u64);
    let shown = bar.clone();
    (bar, Progress::new(move |done, _| shown.set_position(done)))
}

/// The command that was typed, for the documentation alone.
pub(super) fn docs_command(arguments: impl Iterator<Item = String>) -> String {
    let mut words = vec!["skep".to_owned()];
    for argument in arguments.filter(|argument| argument != "--replace") {
        let is_command = argument == "publish" && !words.iter().any(|word| word == "publish");
        words.push(quoted(&argument));
        if is_command {
            words.push("docs".to_owned());
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_that_tries_again() {
        let command = |line: &[&str]| docs_command(line.iter().map(|word| (*word).to_owned()));
        assert_eq!(
            command(&["--yes", "publish", "a b", "--organization", "acme", "--replace"]),
            "skep --yes publish docs 'a b' --organization acme"
        );
        assert_eq!(command(&["publish", "publish"]), "skep publish docs publish");
    }
}
