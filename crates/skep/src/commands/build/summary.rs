//! What a package says about itself, as `mix hex.build` tells it.

use std::collections::BTreeMap;

use hex_format::metadata::{Field, Value};
use hex_format::name::RepositoryName;
use serde::Serialize;

use super::source::Source;
use crate::output::text::Style;
use crate::output::{Report, Text};

/// The metadata of a package and its files.
#[derive(Serialize)]
pub(crate) struct Summary {
    name: String,
    version: String,
    dependencies: Vec<Dependency>,
    organization: Option<String>,
    app: Option<String>,
    files: Vec<File>,
    build_tools: Vec<String>,
    description: Option<String>,
    licenses: Vec<String>,
    links: BTreeMap<String, String>,
    elixir: Option<String>,
    extra: BTreeMap<String, Value>,
}

#[derive(Serialize)]
struct Dependency {
    name: String,
    requirement: String,
    app: String,
    repository: String,
    optional: bool,
}

#[derive(Serialize)]
struct File {
    path: String,
    /// Bytes.
    size: u64,
}

impl Summary {
    pub(crate) fn of(source: &Source) -> Self {
        let metadata = &source.metadata;
        Self {
            name: source.name.to_string(),
            version: source.version.to_string(),
            dependencies: metadata.requirements.value().into_iter().flatten().map(Dependency::of).collect(),
            organization: source.organization.as_ref().map(ToString::to_string),
            app: metadata.app.value().cloned(),
            files: source.files.iter().map(|(path, size)| File { path: path.clone(), size: *size }).collect(),
            build_tools: or_none(&metadata.build_tools),
            description: metadata.description.value().cloned(),
            licenses: or_none(&metadata.licenses),
            links: or_none(&metadata.links),
            elixir: metadata.elixir.value().cloned(),
            extra: or_none(&metadata.extra),
        }
    }
}

fn or_none<T: Clone + Default>(field: &Field<T>) -> T {
    field.value().cloned().unwrap_or_default()
}

impl Dependency {
    fn of(dependency: &hex_format::metadata::Dependency) -> Self {
        let text = |field: &Field<String>, otherwise: &str| {
            field.value().map_or(otherwise, String::as_str).to_owned()
        };
        Self {
            name: dependency.name.clone(),
            requirement: text(&dependency.requirement, ""),
            app: text(&dependency.app, &dependency.name),
            repository: text(&dependency.repository, RepositoryName::HEXPM),
            optional: dependency.optional.value().copied().unwrap_or_default(),
        }
    }

    fn line(&self) -> String {
        let Self { name, requirement, app, repository, optional } = self;
        let app = if app == name { String::new() } else { format!(" (app: {app})") };
        let repository = match repository.as_str() {
            RepositoryName::HEXPM => String::new(),
            other => format!(" (repo: {other})"),
        };
        let optional = if *optional { " (optional)" } else { "" };
        format!("    {name} {requirement}{app}{repository}{optional}")
    }
}

impl Report for Summary {
    fn text(&self) -> Text {
        let heading = Text::styled(Style::Heading, &format!("Building {} {}", self.name, self.version));
        self.lines().into_iter().fold(heading, Text::line)
    }
}

impl Summary {
    fn lines(&self) -> Vec<String> {
        let field = |label: &str, value: Option<&str>| {
            value.filter(|value| !value.is_empty()).map(|value| format!("  {label}: {value}"))
        };
        let list = |label: &str, items: Vec<String>| {
            let label = (!items.is_empty()).then(|| format!("  {label}:"));
            label.into_iter().chain(items).collect::<Vec<_>>()
        };
        let mut lines = list("Dependencies", self.dependencies.iter().map(Dependency::line).collect());
        lines.extend(field("Organization", self.organization.as_deref()));
        lines.extend(field("App", self.app.as_deref()));
        lines.extend(field("Name", Some(&self.name)));
        lines.extend(list("Files", self.files.iter().map(|file| format!("    {}", file.path)).collect()));
        lines.extend(field("Version", Some(&self.version)));
        lines.extend(field("Build tools", Some(&self.build_tools.join(", "))));
        lines.extend(field("Description", self.description.as_deref()));
        lines.extend(field("Licenses", Some(&self.licenses.join(", "))));
        let links = self.links.iter().map(|(title, url)| format!("    {title}: {url}"));
        lines.extend(list("Links", links.collect()));
        lines.extend(field("Elixir", self.elixir.as_deref()));
        let extra: Vec<&str> = self.extra.keys().map(String::as_str).collect();
        lines.extend(field("Extra", Some(&extra.join(", "))));
        lines
    }
}
