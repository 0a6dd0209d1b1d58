//! `skep man`: manual pages, made from the same texts as `--help`.

mod page;

use std::fs;

use anyhow::{Context as _, Result, anyhow};
use clap::{Command, CommandFactory as _};

use crate::args::{Cli, ManArgs};
use crate::output::{self, Report, Text, count};

/// Prints one page or writes them all.
pub(crate) fn run(args: &ManArgs) -> Result<()> {
    let mut root = Cli::command();
    root.build();
    if let Some(folder) = &args.output {
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let mut pages = Vec::new();
        collect(&root, &[], &mut pages)?;
        for (name, page) in &pages {
            let file = folder.join(name);
            fs::write(&file, page).with_context(|| format!("cannot write {}", file.display()))?;
        }
        let written = pages.into_iter().map(|(name, _)| Page { page: name }).collect();
        return output::report(&Pages(written));
    }
    output::refuse_json("a manual page is printed");
    let mut command = &root;
    let mut path = vec![root.get_name()];
    for word in &args.command {
        let shown = path.join(" ");
        let unknown = || anyhow!("there is no command {shown} {word}: see {shown} --help");
        command = command.find_subcommand(word).ok_or_else(unknown)?;
        path.push(command.get_name());
    }
    Ok(output::write_bytes(&page::render(command.clone(), &path)?)?)
}

#[derive(serde::Serialize)]
struct Pages(Vec<Page>);

#[derive(serde::Serialize)]
struct Page {
    page: String,
}

impl Report for Pages {
    fn text(&self) -> Text {
        Text::from(format!("{} written", count(self.0.len(), "page")))
    }
}

fn collect<'c>(command: &'c Command, above: &[&'c str], pages: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    if command.get_name() == "help" || command.is_hide_set() {
        return Ok(());
    }
    let path = [above, &[command.get_name()]].concat();
    for below in command.get_subcommands() {
        collect(below, &path, pages)?;
    }
    pages.push((format!("{}.1", path.join("-")), page::render(command.clone(), &path)?));
    Ok(())
}
