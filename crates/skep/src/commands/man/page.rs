//! One manual page. Names, options and commands are set by the renderer that knows them; title, synopsis and examples are
//! set here, as it gives each of them another shape than manual pages have.

use std::io;

use clap::Command;
use clap_mangen::Man;
use jiff::Timestamp;

/// The page of the command that these words name.
pub(super) fn render(command: Command, path: &[&str]) -> io::Result<Vec<u8>> {
    // The page's name and its commands in full: `skep-organization-auth`.
    let mut command = command.display_name(path.join("-")).disable_help_subcommand(true);
    let usage = command.render_usage().to_string();
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let has_commands = command.has_subcommands();
    let man = Man::new(command);
    let mut page = title(&path.join("-")).into_bytes();
    man.render_name_section(&mut page)?;
    page.extend(synopsis(path, &usage).bytes());
    man.render_description_section(&mut page)?;
    if has_commands {
        man.render_subcommands_section(&mut page)?;
    }
    man.render_options_section(&mut page)?;
    page.extend(sections_after(&after).bytes());
    if let [above @ .., _] = path
        && !above.is_empty()
    {
        page.extend(format!(".SH \"SEE ALSO\"\n\\fB{}\\fR(1)\n", escaped(&above.join("-"))).bytes());
    }
    // The renderer begins each section anew.
    let preamble = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";
    let page = format!("{preamble}{}", String::from_utf8_lossy(&page).replace(preamble, ""));
    // The renderer's gap before a list of values, which typesetters complain of.
    Ok(page.replace(".br\n\n.br\n", ".sp\n").into_bytes())
}

/// The line that every page begins with. The date is that of the release, which whoever packages it says.
fn title(name: &str) -> String {
    let epoch = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse().ok());
    let date = epoch.and_then(|seconds| Timestamp::from_second(seconds).ok());
    let date = date.map(|date| date.strftime("%Y-%m-%d").to_string()).unwrap_or_default();
    let (name, version) = (escaped(&name.to_uppercase()), env!("CARGO_PKG_VERSION"));
    format!(".TH {name} 1 \"{date}\" \"skep {version}\" \"Skep manual\"\n")
}

/// The usage as `--help` has it, with the command in bold.
fn synopsis(path: &[&str], usage: &str) -> String {
    let command = path.join(" ");
    let usage = usage.strip_prefix("Usage: ").unwrap_or(usage);
    let lines = usage.lines().map(|line| {
        let line = line.trim();
        match line.strip_prefix(&command) {
            Some(rest) => format!("\\fB{}\\fR{}", escaped(&command), escaped(rest)),
            None => escaped(line),
        }
    });
    format!(".SH SYNOPSIS\n{}\n", lines.collect::<Vec<_>>().join("\n.br\n"))
}

/// What stands below the options: remarks, and examples, line by line as they are.
fn sections_after(help: &str) -> String {
    let (notes, examples) = help.split_once("Examples:\n").unwrap_or((help, ""));
    let section = |name: &str, text: &str| match text {
        "" => String::new(),
        text => format!(".SH {name}\n{text}"),
    };
    section("NOTES", &paragraphs(notes)) + &section("EXAMPLES", &paragraphs(examples))
}

/// Sentences are filled, and what is indented stays as it is.
fn paragraphs(text: &str) -> String {
    let mut out = String::new();
    let mut was_literal = false;
    for line in text.trim_end().lines() {
        let is_literal = line.starts_with("  ");
        if is_literal != was_literal {
            out.push_str(if is_literal { ".nf\n" } else { ".fi\n" });
        }
        was_literal = is_literal;
        out.push_str(&if line.is_empty() { ".PP".to_owned() } else { escaped(line) });
        out.push('\n');
    }
    out + if was_literal { ".fi\n" } else { "" }
}

/// A text that says nothing to the typesetter.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq").replace('`', "\\(ga");
    if text.starts_with('.') { format!("\\&{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_an_order_to_the_typesetter() {
        assert_eq!(escaped("a-b 'c' \\d `e`"), "a\\-b \\(aqc\\(aq \\ed \\(gae\\(ga");
        assert_eq!(escaped(".TH"), "\\&.TH");
    }

    #[test]
    fn sections_below_the_options() {
        assert_eq!(sections_after(""), "");
        assert_eq!(
            sections_after("Exit code 1 if not.\n\nExamples:\n  skep x\n  skep x   why"),
            ".SH NOTES\nExit code 1 if not.\n.SH EXAMPLES\n.nf\n  skep x\n  skep x   why\n.fi\n"
        );
        assert_eq!(paragraphs("One.\nTwo:\n  a  b\n\nThree."), "One.\nTwo:\n.nf\n  a  b\n.fi\n.PP\nThree.\n");
    }
}
