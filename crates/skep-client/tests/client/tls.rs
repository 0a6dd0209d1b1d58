//! Whom to believe: a private authority in addition to the others, and nobody else.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

use data_encoding::BASE64;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use skep_client::TransportError;
use skep_client::network::{CertificateFile, CertificateProblem, NetworkSettings, Proxies, ProxyAddress};
use skep_client::repository::RepositoryError;

use crate::support::{foo, package, settings, through};

/// A server for `localhost` with a certificate of an authority of its own.
struct Secure {
    port: u16,
    folder: tempfile::TempDir,
}

impl Secure {
    fn start() -> Self {
        Self::start_with(|_| {})
    }

    /// With something odd about its certificate.
    fn start_with(change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let names = vec!["localhost".to_owned()];
        let mut certificate = CertificateParams::new(names).unwrap();
        change(&mut certificate);
        let certificate = certificate.signed_by(&key, &authority).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let pem = format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            BASE64.encode(authority.as_ref().der())
        );
        std::fs::write(folder.path().join("ca.pem"), pem).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
        let port = listener.local_addr().unwrap().port();
        // It ends with the test's process, which has one test.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let connection = ServerConnection::new(config.clone()).unwrap();
                // A client that does not believe us goes away.
                let _ = answer(StreamOwned::new(connection, stream.unwrap()));
            }
        });
        Self { port, folder }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}/repo", self.port)
    }

    fn certificates(&self) -> Vec<CertificateFile> {
        named(self.folder.path().join("ca.pem"))
    }
}

fn named(path: PathBuf) -> Vec<CertificateFile> {
    vec![CertificateFile { origin: "HEX_CACERTS_PATH".to_owned(), path, instead_of_system: false }]
}

fn answer(mut stream: StreamOwned<ServerConnection, TcpStream>) -> std::io::Result<()> {
    read_head(&mut stream)?;
    let body = package(b"tar");
    let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)?;
    stream.conn.send_close_notify();
    stream.flush()
}

fn read_head(stream: &mut impl Read) -> std::io::Result<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8(head).unwrap())
}

#[tokio::test]
async fn a_private_authority() {
    let server = Secure::start();
    let error = through(&settings(), &server.url()).package(&foo()).await.unwrap_err().to_string();
    assert!(
        error.ends_with(
            "the certificate of localhost is not trusted: it comes from no authority that this machine knows. If it is a \
             private one, name the file with its certificate in HEX_CACERTS_PATH"
        ),
        "{error}"
    );
    let trusting = NetworkSettings { certificates: server.certificates(), ..settings() };
    through(&trusting, &server.url()).package(&foo()).await.unwrap();
    // Its certificate is for another name.
    let other = server.url().replace("localhost", "127.0.0.1");
    let error = through(&trusting, &other).package(&foo()).await.unwrap_err().to_string();
    assert!(error.ends_with(": the certificate of 127.0.0.1 is for another name: localhost"), "{error}");
}

#[tokio::test]
async fn what_is_wrong_is_told_to_programs_too() {
    async fn problem(settings: &NetworkSettings, url: &str) -> CertificateProblem {
        match through(settings, url).package(&foo()).await.unwrap_err() {
            RepositoryError::Transport(TransportError::Untrusted { problem, .. }) => problem,
            other => panic!("{other:?}"),
        }
    }
    let server = Secure::start();
    assert_eq!(problem(&settings(), &server.url()).await, CertificateProblem::UnknownAuthority);
    let trusting = NetworkSettings { certificates: server.certificates(), ..settings() };
    let other = server.url().replace("localhost", "127.0.0.1");
    assert_eq!(problem(&trusting, &other).await, CertificateProblem::Name);
    let server = Secure::start_with(|certificate| certificate.not_after = rcgen::date_time_ymd(2021, 1, 1));
    let trusting = NetworkSettings { certificates: server.certificates(), ..settings() };
    assert_eq!(problem(&trusting, &server.url()).await, CertificateProblem::Time);

    let server = Secure::start_with(|certificate| {
        certificate.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    });
    assert_eq!(problem(&settings(), &server.url()).await, CertificateProblem::IsAuthority);
    let error = through(&settings(), &server.url()).package(&foo()).await.unwrap_err().to_string();
    assert!(
        error.ends_with(
            "it is that of an authority, as self-signed ones often are. The server needs one of its own, that the \
             authority has signed"
        ),
        "{error}"
    );
}

#[tokio::test]
async fn certificates_out_of_time() {
    let year = |year| rcgen::date_time_ymd(year, 1, 1);
    for (from, to, told) in [
        (2020, 2021, "the certificate of localhost has expired, or the clock of this machine is wrong"),
        (2090, 2091, "the certificate of localhost is not valid yet, or the clock of this machine is wrong"),
    ] {
        let server = Secure::start_with(|certificate| {
            (certificate.not_before, certificate.not_after) = (year(from), year(to));
        });
        let trusting = NetworkSettings { certificates: server.certificates(), ..settings() };
        let error = through(&trusting, &server.url()).package(&foo()).await.unwrap_err().to_string();
        assert!(error.ends_with(told), "{error}");
    }
}

#[tokio::test]
async fn through_a_proxy() {
    let server = Secure::start();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://eric:secret@{}", listener.local_addr().unwrap());
    let (target, heads) = (server.port, std::sync::mpsc::channel());
    std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        heads.0.send(read_head(&mut client).unwrap()).unwrap();
        let mut server = TcpStream::connect(("127.0.0.1", target)).unwrap();
        client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
        let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut from_client, &mut to_server));
        let _ = std::io::copy(&mut server, &mut client);
    });
    let proxies =
        Proxies { https: Some(ProxyAddress { origin: "https_proxy".to_owned(), url }), ..Proxies::default() };
    let settings = NetworkSettings { certificates: server.certificates(), proxies, ..settings() };
    through(&settings, &server.url()).package(&foo()).await.unwrap();
    let head = heads.1.recv().unwrap().to_lowercase();
    assert!(head.starts_with(&format!("connect localhost:{} ", server.port)), "{head}");
    assert!(head.contains("proxy-authorization: basic zxjpyzpzzwnyzxq="), "{head}");
}

#[tokio::test]
async fn files_that_hold_no_certificates_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let told = async |path: &PathBuf| {
        let settings = NetworkSettings { certificates: named(path.clone()), ..settings() };
        through(&settings, "https://hex.invalid/repo").package(&foo()).await.unwrap_err().to_string()
    };
    assert!(told(&path).await.contains("can't be read"), "{}", told(&path).await);
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert!(told(&pipe).await.ends_with("pipe is no file"), "{}", told(&pipe).await);
    for text in ["", "junk", "-----BEGIN CERTIFICATE-----\njunk\n-----END CERTIFICATE-----\n"] {
        std::fs::write(&path, text).unwrap();
        assert_eq!(
            told(&path).await,
            format!(
                "HEX_CACERTS_PATH: {} holds no certificates in PEM form (-----BEGIN CERTIFICATE-----)",
                path.display()
            )
        );
    }
}
