//! The assembled rules: stores, keys, settings, caches.

use std::sync::Arc;

use hex_format::name::RepositoryName;
use hex_registry::SigningKey;
use skep_store::tables::repositories::{self, Repository};
use skep_store::{Change, Conn, Db, Feed, Micros, Objects, StoreError};

use crate::attempts::Attempts;
use crate::authenticate::PrincipalCache;
use crate::cache::Freshness;
use crate::downloads::DownloadCounter;
use crate::logins::Logins;
use crate::notice::NoticeBoard;
use crate::oauth::{Clients, TokenKey};
use crate::packages::PackageCache;
use crate::passwords::Passwords;
use crate::publish::Unpacking;
use crate::repositories::KnownRepositories;
use crate::resources::ResourceCache;
use crate::secrets::{InstanceKey, Keys};
use crate::{Environment, Error, Result, Settings};

/// Everything that the rules work with. Made once, shared by all requests.
pub struct Skep {
    pub(crate) db: Db,
    pub(crate) objects: Objects,
    pub(crate) environment: Environment,
    pub(crate) signing_key: SigningKey,
    pub(crate) instance_key: InstanceKey,
    pub(crate) token_key: TokenKey,
    pub(crate) clients: Clients,
    pub(crate) device_codes: Attempts<i64>,
    pub(crate) settings: Settings,
    pub(crate) passwords: Passwords,
    pub(crate) logins: Logins,
    pub(crate) two_factor_attempts: Attempts<i64>,
    pub(crate) principals: PrincipalCache,
    pub(crate) resources: ResourceCache,
    pub(crate) packages: PackageCache,
    pub(crate) downloads: DownloadCounter,
    pub(crate) notices: NoticeBoard,
    pub(crate) unpacking: Unpacking,
    pub(crate) freshness: Freshness,
    pub(crate) index_builder: tokio::sync::Mutex<()>,
    repositories: KnownRepositories,
}

impl Skep {
    /// Assembles the rules and makes what every instance has: the public repository.
    pub async fn new(
        db: Db,
        objects: Objects,
        environment: Environment,
        keys: Keys,
        settings: Settings,
    ) -> Result<Arc<Self>> {
        let passwords = Passwords::new(settings.weak_passwords);
        let core = Arc::new(Self {
            db: db.clone(),
            objects,
            environment,
            signing_key: keys.signing,
            instance_key: keys.instance,
            token_key: keys.token,
            clients: Clients::new(&settings.clients),
            device_codes: crate::oauth::user_code_attempts(),
            settings,
            passwords,
            logins: Logins::default(),
            two_factor_attempts: crate::two_factor::attempts(),
            principals: PrincipalCache::new(),
            resources: ResourceCache::new(),
            packages: PackageCache::new(),
            downloads: DownloadCounter::new(),
            notices: NoticeBoard::new(),
            unpacking: Unpacking::new(),
            freshness: Freshness::default(),
            index_builder: tokio::sync::Mutex::new(()),
            repositories: KnownRepositories::default(),
        });
        let listener = Arc::downgrade(&core);
        db.on_change(move |changes| {
            if let Some(core) = listener.upgrade() {
                core.invalidate(changes);
            }
        });
        core.make_public_repository().await?;
        core.make_package_index().await?;
        Ok(core)
    }

    /// The time now.
    pub fn now(&self) -> Micros {
        self.environment.now()
    }

    /// The key that signs the registry.
    pub fn signing_key(&self) -> &SigningKey {
        &self.signing_key
    }

    /// Settings of the rules.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Reads the change feed once and lets go of what other processes changed. To be called several
    /// times a second.
    pub async fn follow(&self, feed: &mut Feed) -> Result<()> {
        let asked_at = self.now();
        let changes = feed.poll().await?;
        if self.freshness.is_lost(asked_at) {
            self.forget_everything();
        }
        self.invalidate(&changes);
        self.freshness.confirm(asked_at);
        self.follow_notice().await
    }

    /// Lets go of every entry: what was loaded before the feed was followed may have changed unseen.
    fn forget_everything(&self) {
        self.principals.clear();
        self.notices.invalidate();
        self.forget_repositories();
    }

    fn forget_repositories(&self) {
        self.repositories.clear();
        self.resources.clear();
        self.packages.clear();
        self.notices.invalidate();
    }

    /// A reader of the change feed for [`Skep::follow`].
    pub async fn feed(&self) -> Result<Feed> {
        Ok(Feed::open(&self.db).await?)
    }

    /// Deletes entries of the change feed that nobody needs any more. To be called now and then.
    pub async fn forget_old_changes(&self, feed: &Feed) -> Result<()> {
        Ok(feed.forget_old(self.now()).await?)
    }

    /// Whether the database answers.
    pub async fn check_ready(&self) -> Result<()> {
        let mut conn = self.db.read().await?;
        skep_store::tables::instance::get(&mut conn, "ready").await?;
        Ok(())
    }

    /// Ends the connections to the database.
    pub async fn close(&self) {
        self.db.close().await;
    }

    fn invalidate(&self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Package { repository_id, name } => {
                    self.resources.invalidate(*repository_id, name);
                    self.packages.invalidate(*repository_id, name);
                }
                Change::Policy { repository_id, name } => {
                    self.resources.invalidate_policy(*repository_id, name);
                }
                Change::Repositories => self.forget_repositories(),
                Change::Notice => self.notices.invalidate(),
                Change::Access => {
                    self.principals.clear();
                    // Views of packages name their owners.
                    self.packages.clear();
                }
            }
        }
    }

    /// A repository by name.
    pub(crate) async fn repository(&self, name: &str) -> Result<Option<Arc<Repository>>> {
        // The public repository keeps its name. Others may have lost it in another process.
        let usable = name == RepositoryName::HEXPM || self.freshness.holds(self.now());
        if let Some(repository) = self.repositories.get(name).filter(|_| usable) {
            return Ok(Some(repository));
        }
        let known_at = self.repositories.version();
        let mut conn = self.db.read().await?;
        let repository = repositories::by_name(&mut conn, name).await?.map(Arc::new);
        if let Some(repository) = &repository {
            self.repositories.insert(known_at, repository.clone());
        }
        Ok(repository)
    }

    /// A transaction that changes something in a repository, which keeps its name until the end of it. To be
    /// begun with before anything of the repository is locked.
    ///
    /// Errors: 404 if the repository was renamed or deleted since it was looked up.
    pub(crate) async fn change_in(&self, repository: &Repository) -> Result<Conn> {
        let mut tx = self.db.write().await?;
        match repositories::hold(&mut tx, repository).await? {
            true => Ok(tx),
            false => Err(Error::not_found()),
        }
    }

    async fn make_public_repository(&self) -> Result<()> {
        let mut conn = self.db.read().await?;
        if repositories::by_name(&mut conn, "hexpm").await?.is_some() {
            return Ok(());
        }
        drop(conn);
        let now = self.now();
        let mut tx = self.db.write().await?;
        let made = async {
            let organization = skep_store::tables::organizations::insert(&mut tx, "hexpm", now).await?;
            repositories::insert(&mut tx, "hexpm", organization, now).await
        }
        .await;
        match made {
            Ok(id) => {
                debug_assert_eq!(id, repositories::HEXPM);
                Ok(tx.commit(now).await?)
            }
            // Another process was first.
            Err(StoreError::Duplicate(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        if error.is_unavailable() { Self::unavailable(error) } else { Self::internal(error) }
    }
}

impl From<skep_store::ObjectsError> for Error {
    fn from(error: skep_store::ObjectsError) -> Self {
        Self::internal(error)
    }
}
