//! What goes into a project.

use super::Subject;

pub(super) fn mix(subject: &Subject) -> String {
    let organization = subject.organization();
    format!(
        "# in project/0: where this project is published, which keeps it from going anywhere else\n\
         hex: [api_url: \"{}\"],\n\
         package: [organization: \"{organization}\"],\n\
         \n\
         # in deps/0\n\
         defp deps do\n  \
           [\n{}\n  \
           ]\n\
         end\n",
        subject.api,
        mix_deps(subject).iter().map(|dep| format!("    {dep}")).collect::<Vec<_>>().join(",\n")
    )
}

/// The dependencies of `mix.exs`, one for each organization.
pub(super) fn mix_deps(subject: &Subject) -> Vec<String> {
    let dep = |organization: &str| {
        format!("{{:{}, \"~> 1.0\", {}}}", subject.package(organization), subject.option(organization))
    };
    subject.all_organizations().into_iter().map(dep).collect()
}

/// Those of `rebar.config`: rebar3 looks for a package in all repositories that it knows.
pub(super) fn rebar3_deps(subject: &Subject) -> String {
    let dep = |organization: &str| format!("{{{}, \"~> 1.0\"}}", subject.package(organization));
    let deps: Vec<String> = subject.all_organizations().into_iter().map(dep).collect();
    format!("{{deps, [{}]}}.", deps.join(", "))
}

pub(super) fn rebar3(subject: &Subject) -> String {
    let names: Vec<(&str, String)> = subject
        .all_organizations()
        .into_iter()
        .map(|organization| (organization, subject.rebar3_name(organization)))
        .collect();
    let repositories: Vec<String> =
        names.iter().map(|(organization, name)| repository(subject, organization, name)).collect();
    let keys: Vec<String> =
        names.iter().map(|(_, name)| format!("<<\"{name}\">> => #{{repo_key => <<\"KEY\">>}}")).collect();
    let cdn = match subject.repository_is_hexpm_of_rebar3() {
        true => format!(
            "%% Public packages come from there as well with: export HEX_CDN={}\n",
            subject.repository
        ),
        false => String::new(),
    };
    format!(
        "{}\n\
         \n\
         %% Where they are. On a machine on which `skep connect` was run it knows that already; here it is for everybody.\n\
         %% The keys are in ~/.config/rebar3/hex.config, where `skep connect` writes them, or in full:\n\
         %%   #{{{}}}.\n\
         {cdn}\
         {{hex, [{{repos, [\n{}\n\
         ]}}]}}.\n",
        rebar3_deps(subject),
        keys.join(", "),
        repositories.join(",\n"),
    )
}

/// An entry of the list. A name with a colon has the address of the server, behind which rebar3 finds the organization.
fn repository(subject: &Subject, organization: &str, name: &str) -> String {
    if subject.is_hexpm() {
        return format!("    #{{name => <<\"{name}\">>}}");
    }
    let at = if name.contains(':') { String::new() } else { format!("/repos/{organization}") };
    let key = match &subject.signing_key {
        Some(pem) => pem.trim_end().replace('\n', "\\n") + "\\n",
        None => format!("the text of {}/public_key", subject.repository),
    };
    format!(
        "    #{{name => <<\"{name}\">>,\n      \
           repo_url => <<\"{}{at}\">>,\n      \
           repo_public_key => <<\"{key}\">>,\n      \
           api_url => <<\"{}\">>,\n      \
           api_repository => <<\"{organization}\">>}}",
        subject.repository, subject.api
    )
}

/// What Gleam is told: it can't be pointed anywhere, so that skep does it.
pub(super) fn gleam_command(subject: &Subject) -> String {
    let organization = subject.organization();
    format!("skep gleam add {} --repo {}", subject.package(organization), subject.repository_of(organization))
}

pub(super) fn gleam(subject: &Subject) -> String {
    let mut dependencies = String::new();
    let mut places = String::new();
    for organization in subject.all_organizations() {
        let package = subject.package(organization);
        dependencies.push_str(&format!("{package} = \">= 1.0.0 and < 2.0.0\"\n"));
        places.push_str(&format!("{package} = \"{}\"\n", subject.repository_of(organization)));
    }
    format!(
        "# Gleam itself fetches from hex.pm alone. skep resolves across both, writes manifest.toml and fills Gleam's\n\
         # cache, so that `gleam build` finds the packages there. It adds what follows with\n\
         #   {}\n\
         # and after a change by hand with\n\
         #   skep gleam update\n\
         # A build machine runs `skep gleam download` before `gleam build`.\n\
         [dependencies]\n\
         {dependencies}\
         \n\
         [tools.skep.packages]\n\
         {places}",
        gleam_command(subject)
    )
}
