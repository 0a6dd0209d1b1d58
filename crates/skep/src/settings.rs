//! Settings of the server: flags, `SKEP_…` variables and `skep.toml`, in this order of precedence.
//!
//! One struct is all three: clap reads flags and variables into it, serde the file, and what is still
//! missing gets its default in [`Settings::with_file`].

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use skep_core::notice::{Notice, NoticeLevel};
use skep_core::oauth::clients::Client;
use skep_server::ApiSettings;
use skep_server::mail::{self, Sender, Smtp, Transport};

/// Name of the settings file in the data folder.
pub(crate) const FILE: &str = "skep.toml";

/// Where an instance keeps its things.
#[derive(Debug, Clone, Default, clap::Args, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct Storage {
    /// Folder with the database, the packages and the keys
    #[arg(long, env = "SKEP_DATA", value_name = "DIR")]
    #[serde(skip)]
    pub(crate) data: Option<PathBuf>,

    /// Use a PostgreSQL database instead of the file in the data folder: postgres://USER:PASSWORD@HOST/NAME
    #[arg(long, env = "SKEP_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,

    /// Folder of the packages, which several servers may share [default: blobs in the data folder]
    #[arg(long, env = "SKEP_BLOBS", value_name = "DIR")]
    pub(crate) blobs: Option<PathBuf>,

    /// RSA private key (PEM) that signs the registry, instead of the one in the data folder
    #[arg(long, env = "SKEP_SIGNING_KEY", value_name = "FILE")]
    pub(crate) signing_key: Option<PathBuf>,
}

/// How the server behaves.
#[derive(Debug, Clone, Default, clap::Args, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
#[expect(rustdoc::bare_urls, reason = "these texts are the help, shown as they stand")]
pub(crate) struct Settings {
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) storage: Storage,

    /// Address to listen on [default: 127.0.0.1:4000]
    #[arg(long, env = "SKEP_LISTEN", value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,

    /// Address that clients use, when it is not the one listened on: https://hex.example
    #[arg(long, env = "SKEP_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<String>,

    /// Whether anybody may sign up [default: true]
    #[arg(long, env = "SKEP_OPEN_REGISTRATION", value_name = "BOOL")]
    pub(crate) open_registration: Option<bool>,

    /// Who may make organizations [default: everyone]
    #[arg(long, env = "SKEP_CREATE_ORGANIZATIONS", value_name = "WHO")]
    pub(crate) create_organizations: Option<Creators>,

    /// Whether name and password are accepted on the API; rebar3_hex needs it [default: true]
    #[arg(long, env = "SKEP_BASIC_AUTH", value_name = "BOOL")]
    pub(crate) basic_auth: Option<bool>,

    /// Whether addresses of new accounts count as verified without a mail [default: true without --smtp-url]
    #[arg(long, env = "SKEP_TRUST_ADDRESSES", value_name = "BOOL")]
    pub(crate) trust_addresses: Option<bool>,

    /// Mail server: smtps://USER:PASSWORD@HOST for TLS, smtp://USER:PASSWORD@HOST for STARTTLS, smtp://HOST?tls=none
    /// [default: none, mails become files in the folder mail of the data folder]
    #[arg(long, env = "SKEP_SMTP_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) smtp_url: Option<String>,

    /// Certificates (PEM) of a private authority that the mail server's certificate may come from
    #[arg(long, env = "SKEP_SMTP_CA", value_name = "FILE")]
    pub(crate) smtp_ca: Option<PathBuf>,

    /// Sender of mails: Skep <skep@hex.example> [default: skep at the host of the public address]
    #[arg(long, env = "SKEP_MAIL_FROM", value_name = "SENDER")]
    pub(crate) mail_from: Option<String>,

    /// Proxies whose X-Forwarded-For is believed: addresses or ranges [default: loopback]
    #[arg(long, env = "SKEP_TRUSTED_PROXIES", value_name = "RANGE", value_delimiter = ',')]
    pub(crate) trusted_proxies: Option<Vec<String>>,

    /// Proxies in front of the server that each append to X-Forwarded-For; 0 ignores it [default: 1]
    #[arg(long, env = "SKEP_FORWARDED_HOPS", value_name = "COUNT")]
    pub(crate) forwarded_hops: Option<usize>,

    /// Logins that an account may have at a time, of browsers and clients together [default: 5]
    #[arg(long, env = "SKEP_SESSIONS_PER_USER", value_name = "COUNT")]
    pub(crate) sessions_per_user: Option<NonZeroUsize>,

    /// OAuth clients besides mix and Gleam; in the file only.
    #[arg(skip)]
    pub(crate) oauth_clients: Vec<OAuthClient>,
    /// API requests of a user in a minute; 0 is no limit [default: 500]
    #[arg(long, env = "SKEP_USER_LIMIT", value_name = "COUNT")]
    pub(crate) user_limit: Option<u32>,

    /// API requests of an organization's keys in a minute; 0 is no limit [default: 500]
    #[arg(long, env = "SKEP_ORGANIZATION_LIMIT", value_name = "COUNT")]
    pub(crate) organization_limit: Option<u32>,

    /// API requests of an address without credentials in a minute; 0 is no limit [default: 100]
    #[arg(long, env = "SKEP_ADDRESS_LIMIT", value_name = "COUNT")]
    pub(crate) address_limit: Option<u32>,

    /// Bits of an IPv6 network that counts as one address [default: 64]
    #[arg(long, env = "SKEP_IPV6_PREFIX", value_name = "BITS", value_parser = clap::value_parser!(u8).range(1..=128))]
    pub(crate) ipv6_prefix: Option<u8>,

    /// Connections that one address may have open at once; 0 is no limit [default: 512]
    #[arg(long, env = "SKEP_CONNECTIONS_PER_ADDRESS", value_name = "COUNT")]
    pub(crate) connections_per_address: Option<usize>,

    /// Addresses or ranges that are neither limited nor blocked [default: loopback]
    #[arg(long, env = "SKEP_EXEMPT_ADDRESSES", value_name = "RANGE", value_delimiter = ',')]
    pub(crate) exempt_addresses: Option<Vec<String>>,

    /// Addresses or ranges that get 403 wherever they ask
    #[arg(long, env = "SKEP_BLOCKED_ADDRESSES", value_name = "RANGE", value_delimiter = ',')]
    pub(crate) blocked_addresses: Option<Vec<String>>,

    /// Hosts that short addresses may lead to: hex.example, *.hex.example, or hex.example/ for its front page [default:
    /// that of the public address]
    #[arg(long, env = "SKEP_SHORT_URL_HOSTS", value_name = "HOST", value_delimiter = ',')]
    pub(crate) short_url_hosts: Option<Vec<String>>,

    /// Text that mix shows to everyone; skep admin notice changes it while the server runs
    #[arg(long, env = "SKEP_NOTICE", value_name = "TEXT")]
    pub(crate) notice: Option<String>,

    /// What mix makes of the notice: none, warn or fatal [default: warn]
    #[arg(long, env = "SKEP_NOTICE_LEVEL", value_name = "LEVEL")]
    pub(crate) notice_level: Option<String>,

    /// Hash passwords with little work; for tests only
    #[arg(long, env = "SKEP_WEAK_PASSWORDS", value_name = "BOOL", hide = true)]
    #[serde(skip)]
    pub(crate) weak_passwords: Option<bool>,
}

/// A client that logs people in through a browser.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct OAuthClient {
    id: String,
    name: String,
    scopes: Vec<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
}

/// Who may make something.
#[derive(Debug, Clone, Copy, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Creators {
    /// Every account
    Everyone,
    /// Those who administer the instance
    Administrators,
}

impl From<Creators> for skep_core::Creators {
    fn from(creators: Creators) -> Self {
        match creators {
            Creators::Everyone => Self::Everyone,
            Creators::Administrators => Self::Administrators,
        }
    }
}

impl Storage {
    /// The data folder.
    pub(crate) fn data(&self) -> Result<&Path> {
        self.data.as_deref().context("no data folder given: add --data DIR or set SKEP_DATA")
    }

    fn or(self, file: Self) -> Self {
        Self {
            data: self.data,
            database_url: self.database_url.or(file.database_url),
            blobs: self.blobs.or(file.blobs),
            signing_key: self.signing_key.or(file.signing_key),
        }
    }

    /// What was given, completed from the settings file in the data folder.
    pub(crate) fn with_file(self) -> Result<Self> {
        let file = Settings::read(&self.data()?.join(FILE))?;
        Ok(self.or(file.storage))
    }
}

impl Settings {
    /// What was given, completed from the settings file in the data folder.
    pub(crate) fn with_file(self) -> Result<Self> {
        let file = Self::read(&self.storage.data()?.join(FILE))?;
        Ok(Self {
            storage: self.storage.or(file.storage),
            listen: self.listen.or(file.listen),
            public_url: self.public_url.or(file.public_url),
            open_registration: self.open_registration.or(file.open_registration),
            create_organizations: self.create_organizations.or(file.create_organizations),
            basic_auth: self.basic_auth.or(file.basic_auth),
            trust_addresses: self.trust_addresses.or(file.trust_addresses),
            smtp_url: self.smtp_url.or(file.smtp_url),
            smtp_ca: self.smtp_ca.or(file.smtp_ca),
            mail_from: self.mail_from.or(file.mail_from),
            trusted_proxies: self.trusted_proxies.or(file.trusted_proxies),
            forwarded_hops: self.forwarded_hops.or(file.forwarded_hops),
            sessions_per_user: self.sessions_per_user.or(file.sessions_per_user),
            oauth_clients: file.oauth_clients,
            user_limit: self.user_limit.or(file.user_limit),
            organization_limit: self.organization_limit.or(file.organization_limit),
            address_limit: self.address_limit.or(file.address_limit),
            ipv6_prefix: self.ipv6_prefix.or(file.ipv6_prefix),
            connections_per_address: self.connections_per_address.or(file.connections_per_address),
            exempt_addresses: self.exempt_addresses.or(file.exempt_addresses),
            blocked_addresses: self.blocked_addresses.or(file.blocked_addresses),
            short_url_hosts: self.short_url_hosts.or(file.short_url_hosts),
            notice: self.notice.or(file.notice),
            notice_level: self.notice_level.or(file.notice_level),
            weak_passwords: self.weak_passwords,
        })
    }

    fn read(path: &Path) -> Result<Self> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => bail!("cannot read the settings file {}: {error}", path.display()),
        };
        let parse = || -> Result<Self> {
            let table: toml::Table = toml::from_str(&text)?;
            if let Some(unknown) = table.keys().find(|key| !Self::names().contains(*key)) {
                bail!("there is no setting `{unknown}`; the settings are {}", Self::names().join(", "));
            }
            let mut settings: Self = table.try_into()?;
            settings.clients()?;
            // Whoever calls the command from another folder means the same packages.
            let folder = path.parent().context("a file has a folder")?;
            settings.storage.blobs = settings.storage.blobs.map(|blobs| folder.join(blobs));
            settings.smtp_ca = settings.smtp_ca.map(|file| folder.join(file));
            Ok(settings)
        };
        parse().with_context(|| format!("the settings file {} has a mistake", path.display()))
    }

    /// The OAuth clients of the file.
    pub(crate) fn clients(&self) -> Result<Vec<Client>> {
        let register = |client: &OAuthClient| {
            let OAuthClient { id, name, scopes, redirect_uris } = client.clone();
            let shown = name.clone();
            Client::registered(&id, name, scopes, redirect_uris)
                .map_err(|problem| anyhow!("the OAuth client {shown:?}: {problem}"))
        };
        self.oauth_clients.iter().map(register).collect()
    }

    /// Names of the settings that the file may hold: those of the flags, and the clients.
    fn names() -> Vec<String> {
        let command = <Self as clap::Args>::augment_args(clap::Command::new("serve"));
        let flags = command.get_arguments().filter(|flag| !flag.is_hide_set());
        let names = flags.filter_map(|flag| flag.get_long()).filter(|name| *name != "data");
        names.chain(["oauth-clients"]).map(str::to_owned).collect()
    }

    /// Whether addresses count as verified without a mail.
    pub(crate) fn trusts_addresses(&self) -> bool {
        self.trust_addresses.unwrap_or(self.smtp_url.is_none())
    }

    /// How mail leaves a server whose web pages are at `web_url`.
    pub(crate) fn transport(&self, folder: PathBuf, web_url: &str) -> Result<Transport> {
        let sender = match &self.mail_from {
            Some(given) => Sender::parse(given).context("mail-from")?,
            None => Sender::of(web_url),
        };
        let Some(url) = &self.smtp_url else {
            return Ok(Transport::Folder(mail::Folder::new(folder, sender)));
        };
        let read = |path: &PathBuf| {
            std::fs::read(path).with_context(|| format!("cannot read smtp-ca, {}", path.display()))
        };
        let authorities = self.smtp_ca.as_ref().map(read).transpose()?;
        Ok(Transport::Smtp(Smtp::new(url, authorities.as_deref(), sender).context("smtp-url")?))
    }

    /// Puts what was given in the place of the defaults.
    pub(crate) fn apply(&self, api: &mut ApiSettings) -> Result<()> {
        set_list(&mut api.trusted_proxies, self.trusted_proxies.as_deref(), "trusted-proxies")?;
        set_list(&mut api.exempt, self.exempt_addresses.as_deref(), "exempt-addresses")?;
        set_list(&mut api.blocked, self.blocked_addresses.as_deref(), "blocked-addresses")?;
        set_list(&mut api.short_url_hosts, self.short_url_hosts.as_deref(), "short-url-hosts")?;
        set(&mut api.forwarded_hops, self.forwarded_hops);
        set(&mut api.limits.user, self.user_limit);
        set(&mut api.limits.organization, self.organization_limit);
        set(&mut api.limits.address, self.address_limit);
        set(&mut api.limits.ipv6_prefix, self.ipv6_prefix);
        set(&mut api.connections_per_address, self.connections_per_address);
        // The file has not been through the checks of the flags.
        if !(1..=128).contains(&api.limits.ipv6_prefix) {
            bail!("ipv6-prefix: {} is not between 1 and 128", api.limits.ipv6_prefix);
        }
        Ok(())
    }

    /// The notice, if there is one.
    pub(crate) fn notice(&self) -> Result<Option<Notice>> {
        let level = self.notice_level.as_deref().map(str::parse::<NoticeLevel>).transpose();
        let level = level.context("notice-level")?.unwrap_or_default();
        let notice = self.notice.as_deref().filter(|text| !text.trim().is_empty());
        notice.map(|text| Notice::new(text, level, None)).transpose().context("notice")
    }
}

fn set<T>(place: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *place = given;
    }
}

fn set_list<T>(place: &mut Vec<T>, given: Option<&[String]>, name: &'static str) -> Result<()>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    if let Some(given) = given {
        let parsed = given.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).map(str::parse);
        *place = parsed.collect::<Result<_, _>>().context(name)?;
    }
    Ok(())
}
