//! Whether rebar3 can fetch a release without running what somebody else has written: it evaluates scripts and loads
//! plugins of what it has just unpacked, and here nobody has chosen to trust the package.

use std::io::Read;

use hex_format::erlang::{self, Profile};
use hex_format::tarball::{self, ContentsError, Entry, EntryKind, Limits, contents};

/// Most bytes of a `rebar.config` that is read.
const MAX_CONFIG: u64 = 64 << 10;
/// What of a `rebar.config` matters to compiling alone, or to nothing.
const PLAIN: [&str; 2] = ["erl_opts", "minimum_otp_vsn"];

/// Whether the contents hold nothing that rebar3 runs or obeys when it fetches them.
pub(super) fn is_harmless(tarball: &[u8]) -> bool {
    let limits = Limits::default();
    let Ok(tarball) = tarball::read(tarball, &limits) else { return false };
    let mut harmless = true;
    let walked = contents::walk::<ContentsError>(tarball.contents, &limits, |entry, data| {
        harmless &= is_harmless_entry(entry, data);
        Ok(())
    });
    harmless && walked.is_ok()
}

fn is_harmless_entry(entry: &Entry, data: &mut dyn Read) -> bool {
    // Some systems do not tell apart how letters are written.
    let path = entry.path.as_str().to_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    match entry.kind {
        EntryKind::Symlink { .. } => false,
        EntryKind::File { .. } if name == "rebar.config" => {
            let mut text = Vec::new();
            data.take(MAX_CONFIG + 1).read_to_end(&mut text).is_ok() && is_plain(&text)
        }
        _ => !(name.starts_with("rebar.") || name.ends_with(".script") || name.ends_with(".beam")),
    }
}

/// Whether a `rebar.config` says nothing but how to compile.
fn is_plain(text: &[u8]) -> bool {
    let Ok(terms) = erlang::parse(text, Profile::Config, &erlang::Limits::CONFIG) else { return false };
    text.len() as u64 <= MAX_CONFIG
        && terms.iter().all(|term| match term.as_pair() {
            Some((key, value)) if key.is_atom("deps") => value.as_list().is_some_and(<[_]>::is_empty),
            Some((key, _)) => PLAIN.iter().any(|plain| key.is_atom(plain)),
            None => false,
        })
}

#[cfg(test)]
mod tests {
    use hex_format::tarball::write::{SourceFile, SourceKind};

    use super::*;

    fn with(path: &str, content: &str) -> bool {
        let bytes = content.as_bytes().into();
        let kind = SourceKind::File { bytes, executable: false };
        let files = [SourceFile { path: path.parse().unwrap(), kind }];
        let metadata = b"{<<\"name\">>,<<\"foo\">>}.\n{<<\"version\">>,<<\"1.0.0\">>}.\n";
        is_harmless(&tarball::build(metadata, &files, &Limits::default()).unwrap().tarball)
    }

    #[test]
    fn what_rebar3_runs_or_obeys() {
        assert!(with("src/foo.app.src", "{application,foo,[]}."));
        assert!(with("mix.exs", "System.halt()"), "rebar3 does not evaluate it");
        assert!(with("rebar.config", "{erl_opts, [debug_info]}.\n{deps, []}.\n"));
        for config in [
            "{plugins, [x]}.",
            "{deps, [x]}.",
            "{pre_hooks, []}.",
            "half",
            "erl_opts.",
            "{project_plugins, []}.",
        ] {
            assert!(!with("rebar.config", config), "{config}");
        }
        assert!(!with("rebar.config", &format!("{{erl_opts, []}}. %{}", "x".repeat(65 << 10))));
        for path in [
            "rebar.config.script",
            "Rebar.Config.Script",
            "apps/foo/rebar.config.script",
            "src/foo.app.src.script",
            "rebar.lock",
            "ebin/foo.beam",
        ] {
            assert!(!with(path, ""), "{path}");
        }
        assert!(!is_harmless(b"no tarball"));
    }
}
