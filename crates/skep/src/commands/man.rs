//! `skep man`: manual pages, made from the same texts as `--help`.

use std::fs;

use anyhow::{Context as _, Result, anyhow};
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

use crate::args::{Cli, ManArgs};
use crate::output::{self, Report, Text};

/// Prints one page or writes them all.
pub(crate) fn run(args: &ManArgs) -> Result<()> {
    let mut root = Cli::command();
    root.build();
    if let Some(folder) = &args.output {
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let mut pages = Vec::new();
        collect(root, "", &mut pages);
        for (name, page) in &pages {
            let file = folder.join(name);
            fs::write(&file, page).with_context(|| format!("cannot write {}", file.display()))?;
        }
        let written = pages.into_iter().map(|(name, _)| Page { page: name }).collect();
        return output::report(&Pages(written));
    }
    let mut command = &root;
    let mut name = root.get_name().to_owned();
    for word in &args.command {
        let shown = name.replace('-', " ");
        let unknown = || anyhow!("there is no command {shown} {word}: see {shown} --help");
        command = command.find_subcommand(word).ok_or_else(unknown)?;
        name = format!("{name}-{}", command.get_name());
    }
    Ok(output::write_bytes(&page(command.clone(), &name)?)?)
}

#[derive(serde::Serialize)]
struct Pages(Vec<Page>);

#[derive(serde::Serialize)]
struct Page {
    page: String,
}

impl Report for Pages {
    fn text(&self) -> Text {
        Text::from(format!("{} pages written", self.0.len()))
    }
}

fn collect(command: Command, parent: &str, pages: &mut Vec<(String, Vec<u8>)>) {
    if command.get_name() == "help" {
        return;
    }
    let name = if parent.is_empty() {
        command.get_name().to_owned()
    } else {
        format!("{parent}-{}", command.get_name())
    };
    for below in command.get_subcommands() {
        collect(below.clone(), &name, pages);
    }
    if let Ok(page) = page(command, &name) {
        pages.push((format!("{name}.1"), page));
    }
}

fn page(command: Command, name: &str) -> std::io::Result<Vec<u8>> {
    let mut page = Vec::new();
    // The page's name and its commands in full: `skep-organization-auth`.
    let command = command.display_name(name.to_owned()).disable_help_subcommand(true);
    Man::new(command).render(&mut page)?;
    Ok(page)
}
