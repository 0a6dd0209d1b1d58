//! `skep config`: the settings that skep shares with mix.

use anyhow::{Result, bail};
use hex_project::audit::ignores::IgnoredRetirement;
use hex_project::cooldown::Cooldown;
use hex_project::policy::PolicyRef;
use serde::Serialize;
use serde_json::json;
use skep_client::config::settings::{Kind, SETTINGS, Setting, Settings, Source};
use skep_client::nearest::did_you_mean;

use super::context::Context;
use super::done::done;
use crate::args::ConfigArgs;
use crate::output::{self, Report, Text, prompt};

pub(crate) fn run(context: &Context, args: ConfigArgs) -> Result<()> {
    let Some(key) = args.key.as_deref() else { return list(context) };
    match (args.value, args.delete) {
        (None, false) => read(context, key),
        (None, true) => {
            writable(key)?;
            context.machine.set_setting(key, None)?;
            // As mix, which says nothing.
            done("deleted", json!({ "key": key }), String::new())
        }
        (Some(value), _) => write(context, key, &value),
    }
}

/// A setting as it is now.
#[derive(Serialize)]
struct Row {
    key: &'static str,
    /// Not there for secrets that were not asked for by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<serde_json::Value>,
    /// `default`, `environment` or `file`.
    source: &'static str,
    /// The variable or the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    about: &'static str,
}

impl Row {
    fn of(context: &Context, settings: &Settings, setting: &'static Setting) -> Self {
        let found = match setting.kind {
            Kind::Folder => folder(context, setting.key),
            _ => settings.text(setting.key),
        };
        let (text, source) = match found {
            Some((text, source)) => (Some(text), source),
            None => (setting.default.map(str::to_owned), Source::Default),
        };
        let (source, origin) = match source {
            Source::Environment(name) => ("environment", Some(name.to_owned())),
            Source::File => ("file", Some(settings.file().display().to_string())),
            Source::Default => ("default", None),
        };
        let value = Some(value(settings, setting, text));
        Self { key: setting.key, value, source, origin, about: setting.about }
    }

    /// Without what should not stand on a screen that others see: secrets, and addresses of proxies with a login.
    fn hidden(mut self, setting: &Setting) -> Self {
        let is_secret = match &self.value {
            Some(serde_json::Value::String(text)) => setting.kind == Kind::Secret || has_login(text),
            _ => false,
        };
        if is_secret {
            self.value = None;
        }
        self
    }

    fn line(&self) -> String {
        let value = self.value.as_ref().map_or_else(|| "(hidden)".to_owned(), inspect);
        match &self.origin {
            Some(origin) => format!("{}: {value} (using `{origin}`)", self.key),
            None => format!("{}: {value} (default)", self.key),
        }
    }
}

fn has_login(address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split('/').next().is_some_and(|host| host.contains('@'))
}

/// The value as `mix` takes it.
fn value(settings: &Settings, setting: &Setting, text: Option<String>) -> serde_json::Value {
    match (setting.kind, text) {
        (Kind::Boolean | Kind::Truthy, _) => settings.boolean(setting.key).0.into(),
        (Kind::List, text) => {
            let text = text.unwrap_or_default();
            text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect()
        }
        (_, None) => serde_json::Value::Null,
        (Kind::Number, Some(text)) => text.parse::<u64>().map_or_else(|_| text.into(), Into::into),
        (_, Some(text)) => text.into(),
    }
}

/// As Elixir writes it.
fn inspect(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "nil".to_owned(),
        serde_json::Value::Array(items) => {
            format!("[{}]", items.iter().map(inspect).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn folder(context: &Context, key: &str) -> Option<(String, Source)> {
    let paths = context.machine.paths();
    let folder = match key {
        "cache_home" => &*paths.cache_home,
        "data_home" => &*paths.data_home,
        _ => paths.mix.parent()?,
    };
    let source = match std::env::var_os("HEX_HOME").is_some_and(|home| !home.is_empty()) {
        true => Source::Environment("HEX_HOME"),
        false => Source::Default,
    };
    Some((folder.display().to_string(), source))
}

#[derive(Serialize)]
#[serde(transparent)]
struct Rows(Vec<Row>);

impl Report for Rows {
    fn text(&self) -> Text {
        self.0.iter().fold(Text::default(), |text, row| text.line(row.line()))
    }
}

#[derive(Serialize)]
#[serde(transparent)]
struct One(Row);

impl Report for One {
    fn text(&self) -> Text {
        self.0.value.as_ref().map_or_else(Text::default, |value| Text::from(inspect(value)))
    }
}

fn list(context: &Context) -> Result<()> {
    let settings = context.settings()?;
    let rows = SETTINGS.iter().map(|setting| Row::of(context, settings, setting).hidden(setting));
    output::report(&Rows(rows.collect()))
}

fn read(context: &Context, key: &str) -> Result<()> {
    let Some(setting) = Setting::find(key) else {
        bail!("The key {key} is not valid{}: `skep config` lists those that are", meant(key))
    };
    output::report(&One(Row::of(context, context.settings()?, setting)))
}

fn write(context: &Context, key: &str, value: &str) -> Result<()> {
    let setting = writable(key)?;
    let from_stdin;
    let value = match value {
        "-" => {
            from_stdin = prompt::first_line_of_stdin()?;
            &from_stdin
        }
        value => value,
    };
    // With a slash at the end mix would ask for `…//users/me`.
    let value = if setting.key == "api_url" { value.trim_end_matches('/') } else { value };
    setting.check(value)?;
    check(setting.key, value)?;
    context.machine.set_setting(key, Some(value))?;
    done("changed", json!({ "key": key }), String::new())
}

/// A guess at the setting.
fn meant(key: &str) -> String {
    did_you_mean(key, SETTINGS.iter().map(|setting| setting.key))
}

/// Whether a value has the form that those commands want which read it: mix stops at one that has not.
fn check(key: &str, value: &str) -> Result<()> {
    match key {
        "cooldown" => drop(value.parse::<Cooldown>()?),
        "policy" => drop(value.parse::<PolicyRef>()?),
        "ignore_retirements" => {
            for entry in value.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
                entry.parse::<IgnoredRetirement>()?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// A setting that hex.config may hold.
fn writable(key: &str) -> Result<&'static Setting> {
    if key.starts_with('$') {
        bail!("Invalid key name: {key}");
    }
    match Setting::find(key) {
        Some(setting) if setting.stored => Ok(setting),
        Some(Setting { environment: [name, ..], .. }) => {
            bail!("Invalid key {key}: it is set by {name} alone")
        }
        Some(_) => bail!("Invalid key {key}: it follows from HEX_HOME and MIX_XDG"),
        None => bail!("Invalid key {key}{}: `skep config` lists those that are valid", meant(key)),
    }
}
