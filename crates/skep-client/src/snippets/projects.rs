//! What goes into a project.

use std::fmt::Write as _;

use super::Subject;

pub(super) fn mix(subject: &Subject) -> String {
    let organization = subject.organization();
    let mut deps = String::new();
    for organization in &subject.organizations {
        let _ = writeln!(
            deps,
            "    {{:package_of_{organization}, \"~> 1.0\", {}}},",
            subject.option(organization)
        );
    }
    if deps.is_empty() {
        deps = format!("    {{:package, \"~> 1.0\", {}}},\n", subject.option(organization));
    }
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
        deps.trim_end_matches([',', '\n'])
    )
}

pub(super) fn rebar3(subject: &Subject) -> String {
    let organization = subject.organization();
    format!(
        "%% The repository and its key are in your own configuration, which `skep connect` wrote.\n\
         {{deps, [{{package, \"~> 1.0\"}}]}}.\n\
         \n\
         %% Or in the project, so that everybody has it; the key then goes into ~/.config/rebar3/hex.config:\n\
         %%   #{{<<\"{organization}\">> => #{{repo_key => <<\"KEY\">>}}}}.\n\
         {{hex, [{{repos, [\n    \
           #{{name => <<\"{organization}\">>,\n      \
             repo_url => <<\"{}/repos/{organization}\">>,\n      \
             repo_public_key => <<\"THE TEXT OF {}/public_key\">>,\n      \
             api_url => <<\"{}\">>,\n      \
             api_repository => <<\"{organization}\">>}}\n\
         ]}}]}}.\n",
        subject.repository, subject.repository, subject.api
    )
}

pub(super) fn gleam(subject: &Subject) -> String {
    let organization = subject.organization();
    format!(
        "# Gleam itself fetches from hex.pm alone. skep resolves across both, writes manifest.toml and fills Gleam's\n\
         # cache, so that `gleam build` finds the packages there:\n\
         #\n\
         #   skep gleam add package --organization {organization}\n\
         #\n\
         # It adds this:\n\
         [dependencies]\n\
         package = \">= 1.0.0 and < 2.0.0\"\n"
    )
}
