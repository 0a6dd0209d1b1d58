//! Builds: the key comes from a secret, and what is written goes away with the job.

use super::Subject;

pub(super) fn docker(subject: &Subject) -> String {
    format!(
        "# syntax=docker/dockerfile:1\n\
         # Build with: docker build --secret id=skep_key,env=SKEP_KEY .\n\
         FROM elixir:1.18\n\
         WORKDIR /app\n\
         RUN mix local.hex --force && mix local.rebar --force\n\
         # The program skep, for Linux, lies beside this file{}.\n\
         COPY skep /usr/local/bin/skep\n\
         COPY mix.exs mix.lock {}./\n\
         # The key is in no layer: it is mounted for this step, and what holds it is removed at the end of it.\n\
         RUN --mount=type=secret,id=skep_key \\\n    \
             settings=$({} --ci --key-stdin < /run/secrets/skep_key) && eval \"$settings\" \\\n    \
             && mix deps.get --only prod && skep disconnect --ci\n\
         COPY . .\n\
         RUN MIX_ENV=prod mix compile\n",
        if subject.needs_authority() { ", and so does the certificate authority ca.pem" } else { "" },
        if subject.needs_authority() { "ca.pem " } else { "" },
        subject.connect()
    )
}

pub(super) fn github(subject: &Subject) -> String {
    format!(
        "on: push\n\
         jobs:\n  \
           test:\n    \
             runs-on: ubuntu-latest\n    \
             steps:\n      \
               - uses: actions/checkout@v4\n      \
               - uses: erlef/setup-beam@v1\n        \
                 with: {{ otp-version: \"27\", elixir-version: \"1.18\" }}\n      \
               # skep itself has to be on the runner.\n      \
               - name: Connect to {}\n        \
                 run: {} --ci --shell github\n        \
                 env:\n          \
                   SKEP_KEY: ${{{{ secrets.SKEP_KEY }}}}\n      \
               - run: mix deps.get\n      \
               - run: mix test\n      \
               - if: always()\n        \
                 run: skep disconnect --ci\n",
        subject.site,
        subject.connect()
    )
}

pub(super) fn gitlab(subject: &Subject) -> String {
    format!(
        "# SKEP_KEY is a masked variable of the project or group. skep itself has to be in the image.\n\
         test:\n  \
           image: elixir:1.18\n  \
           before_script:\n    \
             - mix local.hex --force && mix local.rebar --force\n    \
             - settings=$({} --ci --shell gitlab)\n    \
             - eval \"$settings\"\n  \
           script:\n    \
             - mix deps.get\n    \
             - mix test\n  \
           after_script:\n    \
             - skep disconnect --ci\n",
        subject.connect()
    )
}
