//! `skep build` beside `gleam export hex-tarball`.

use crate::support::{Home, Packed};

use super::build_tool::BuildTool;

/// A project with modules, records, code in Erlang, and names that a careless writer gets wrong.
fn twig(home: &Home) {
    home.write(
        "twig/gleam.toml",
        "name = \"twig\"\nversion = \"1.2.0\"\ndescription = \"A twig – of an oak\"\nlicences = [\"Apache-2.0\", \"MIT\"]\n\
         repository = { type = \"codeberg\", user = \"acme\", repo = \"twig\" }\n\
         links = [{ title = \"Home\", href = \"https://twig.example.com\" }, { title = \"Docs\", href = \
         \"https://twig.example.com/docs?a=b\" }]\n\n[erlang]\nextra_applications = [\"inets\"]\n\
         application_start_module = \"twig/app\"\n",
    );
    home.write(
        "twig/src/twig.gleam",
        "pub type Point {\n  Point(x: Int, y: Int)\n}\n\npub fn version() -> Int {\n  1\n}\n",
    );
    home.write("twig/src/twig/app.gleam", "pub fn start() -> Int {\n  1\n}\n");
    home.write("twig/src/twig/deep/more.gleam", "pub const more = 1\n");
    home.write("twig/src/twig_ffi.erl", "-module(twig_ffi).\n");
    home.write("twig/src/native/twig_native.hrl", "-define(A, 1).\n");
    home.write("twig/src/twig_ffi.mjs", "");
    home.write("twig/src/notes.txt", "");
    home.write("twig/priv/é/日本.txt", "text");
    home.write("twig/priv/.hidden", "");
    home.write(
        "twig/test/twig_test.gleam",
        "pub type Point {\n  Point(z: Int)\n}\n\npub fn main() -> Int {\n  1\n}\n",
    );
    home.write("twig/README.md", "# twig\n");
    home.write("twig/LICENCE", "");
    home.write("twig/CHANGELOG.md", "");
}

#[tokio::test]
async fn skep_builds_what_gleam_builds() {
    let Some(gleam) = BuildTool::find().await else { return };
    for target in ["erlang", "javascript"] {
        let mut home = Home::new("http://127.0.0.1:9");
        home.set("HTTPS_PROXY", "http://127.0.0.1:9");
        twig(&home);
        let manifest = format!("target = \"{target}\"\n{}", home.read("twig/gleam.toml"));
        home.write("twig/gleam.toml", manifest);
        if target == "erlang" {
            home.skep(&["build", "twig"]).await.says("run `gleam build` in twig first").fails();
            gleam.run(&home, "twig", &["build"]).await.succeeds();
        }
        home.skep(&["build", "twig"]).await.says("Saved to twig-1.2.0.tar").succeeds();
        let ours = std::fs::read(home.path().join("twig-1.2.0.tar")).expect("skep built it");
        gleam.run(&home, "twig", &["export", "hex-tarball"]).await.succeeds();
        let theirs = std::fs::read(home.path().join("twig/build/twig-1.2.0.tar")).expect("gleam built it");
        Packed::read(&ours).is_like(&Packed::read(&theirs));
        // From the build that gleam made for its own tarball it is the same, to the byte.
        home.skep(&["build", "twig", "--output", "again.tar"]).await.succeeds();
        assert!(std::fs::read(home.path().join("again.tar")).expect("skep built it") == ours);
    }
}
