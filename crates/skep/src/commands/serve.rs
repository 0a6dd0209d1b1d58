//! `skep serve`: opens the instance, says where it is and how to begin, serves until it is told to stop.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use skep_core::Skep;
use skep_server::{ApiSettings, App};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::instance::{self, Folder};
use crate::settings::Settings;

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 4000);

/// Arguments of `skep serve`.
#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    settings: Settings,
}

/// Runs the server.
pub(crate) fn run(args: ServeArgs) -> Result<()> {
    crate::output::refuse_json("the server tells how to reach it, and its log, in lines");
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("SKEP_LOG")
                .unwrap_or_else(|_| "info,sqlx=warn".into()),
        )
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(args.settings))
}

async fn serve(settings: Settings) -> Result<()> {
    let folder = Folder::open_or_make(settings.storage.data()?)?;
    let settings = settings.with_file()?;
    let _lock = folder.lock()?;
    let defaults = skep_core::Settings::default();
    let rules = skep_core::Settings {
        create_organizations: settings.create_organizations.map_or(defaults.create_organizations, Into::into),
        open_registration: settings.open_registration.unwrap_or(defaults.open_registration),
        basic_auth: settings.basic_auth.unwrap_or(defaults.basic_auth),
        sessions_per_user: settings
            .sessions_per_user
            .map_or(defaults.sessions_per_user, std::num::NonZeroUsize::get),
        clients: settings.clients()?,
        trust_addresses: settings.trusts_addresses(),
        weak_passwords: settings.weak_passwords.unwrap_or(defaults.weak_passwords),
        notice: settings.notice()?.map(Arc::new),
    };
    // Mistakes are told before anything is made.
    settings.apply(&mut ApiSettings::new("http://localhost"))?;
    let core = instance::open(&folder, &settings.storage, rules).await?;
    let asked = settings.listen.unwrap_or(DEFAULT_LISTEN);
    let listener = TcpListener::bind(asked).await.with_context(|| {
        format!(
            "cannot listen on {asked}: is another program using the port? Choose another one with --listen"
        )
    })?;
    let address = listener.local_addr()?;
    let base = settings.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let mut api = ApiSettings::new(&base);
    core.remember_web_url(&api.web_url).await.map_err(instance::explained)?;
    api.installs = Some(folder.installs());
    settings.apply(&mut api)?;
    greet(&core, &folder, address, &api).await?;
    let seed = u64::from(std::process::id()) ^ core.now().unsigned_abs();
    let transport = settings.transport(folder.mail(), &api.web_url)?;
    let app = Arc::new(App::new(core, api, seed).sending_mail(transport));
    // Handlers stand before the first request can come, so that no signal finds the default ones.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    skep_server::serve(app, listener, async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: running requests may end, new ones are refused");
    })
    .await;
    Ok(())
}

/// What an operator needs to go on, on standard output. The setup code is shown nowhere else.
async fn greet(core: &Skep, folder: &Folder, address: SocketAddr, api: &ApiSettings) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "Skep {}", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "data folder {}", folder.path().display())?;
    writeln!(out, "public key {}", core.signing_key().public_key().fingerprint())?;
    if let Some(code) = core.new_setup_code().await.map_err(instance::explained)? {
        writeln!(out, "\nThere is no administrator yet. Make the first one, here or on any machine, with")?;
        writeln!(out, "  skep user register --api-url {} --setup-code {}", api.api_url, code.reveal())?;
        writeln!(
            out,
            "The code works once; as long as there is no administrator, each start shows a new one.\n"
        )?;
    }
    writeln!(out, "listening on http://{address}")?;
    Ok(out.flush()?)
}
