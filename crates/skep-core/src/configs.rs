//! The lines that people paste into their build files to depend on a package. Shapes: the Hex HTTP contract,
//! "Config snippets".
//!
//! Pure. Must never print an application's name unquoted where the build tool would read something else: names of
//! applications are not checked at publication.

use hex_format::elixir::ElixirTerm;
use hex_format::erlang;
use hex_format::term::Term;
use hex_format::version::Version;

#[cfg(test)]
mod tests;

/// One line for each build tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configs {
    /// `mix.exs`
    pub mix: String,
    /// `rebar.config`
    pub rebar: String,
    /// `erlang.mk`
    pub erlang_mk: String,
}

/// What a line depends on.
#[derive(Debug, Clone, Copy)]
pub struct Dependency<'a> {
    /// The organization of a private package.
    pub organization: Option<&'a str>,
    /// The package.
    pub name: &'a str,
    /// Its OTP application.
    pub app: &'a str,
    /// The version that is asked for, or what is compatible with it.
    pub version: &'a Version,
}

impl Configs {
    /// The lines for a dependency.
    pub fn of(dependency: &Dependency<'_>) -> Self {
        Self { mix: mix(dependency), rebar: rebar(dependency), erlang_mk: erlang_mk(dependency) }
    }
}

fn mix(dependency: &Dependency<'_>) -> String {
    let Dependency { organization, name, app, version } = *dependency;
    let requirement = mix_requirement(version);
    let mut line = format!("{{{}, \"{requirement}\"", ElixirTerm::Atom(app.to_owned()));
    if app != name {
        line += &format!(", hex: :{name}");
    }
    if let Some(organization) = organization {
        line += &format!(", organization: \"{organization}\"");
    }
    line + "}"
}

/// Before 1.0 a new minor version may break things, so the patch number is kept.
fn mix_requirement(version: &Version) -> String {
    if version.is_prerelease() {
        return format!("~> {version}");
    }
    match version.major {
        0 => format!("~> 0.{}.{}", version.minor, version.patch),
        major => format!("~> {major}.{}", version.minor),
    }
}

fn rebar(dependency: &Dependency<'_>) -> String {
    let Dependency { name, app, version, .. } = *dependency;
    if app == name {
        return format!("{{{name}, \"{version}\"}}");
    }
    format!("{{{}, \"{version}\", {{pkg, {name}}}}}", erlang::print(&Term::atom(app)))
}

fn erlang_mk(dependency: &Dependency<'_>) -> String {
    format!("dep_{} = hex {}", dependency.name, dependency.version)
}
