//! A registry in a folder, made by `skep registry`, and a web server for it.

use hex_registry::{KeySize, SigningKey};

use super::{Application, FileServer, Home};

/// Makes the registry `acme` with `leaf`, and `twig` which requires it, in the folder `public` of a home.
pub(crate) async fn build_static(home: &Home) -> FileServer {
    let key = SigningKey::generate(KeySize::Rsa2048).expect("a key can be made");
    home.write("key.pem", key.to_pkcs8_pem());
    let twig = Application::new("twig", "0.2.0").requires("acme", "leaf", "~> 1.0");
    for application in [Application::new("leaf", "1.0.0"), Application::new("leaf", "1.1.0"), twig] {
        home.write(&format!("public/tarballs/{}", application.file_name()), application.tarball());
    }
    home.skep(&["registry", "build", "public", "--name", "acme", "--private-key", "key.pem"])
        .await
        .succeeds();
    home.skep(&["registry", "verify", "public", "--name", "acme"]).await.succeeds();
    FileServer::start(home.path().join("public"))
}
