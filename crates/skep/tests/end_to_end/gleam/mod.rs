//! Gleam's own client, the crate `hexpm`: it makes requests and reads answers, verification included, and we carry them.

mod build;
mod build_tool;
mod dependencies;
mod deps;

use hexpm::version::Version;
use hexpm::{ApiError, Config, OwnerLevel, RetirementReason};
use skep_testkit::docs;

use crate::support::registry::PASSWORD;
use crate::support::{Application, Column, Operation, Registry};

/// The client, set to our server.
struct Gleam {
    config: Config,
    http: reqwest::Client,
    key: String,
    public_key: String,
}

/// The crate's column of the compatibility page.
fn column() -> Column {
    let lock = include_str!("../../../../../Cargo.lock");
    let package = lock.split("[[package]]\n").find(|package| package.starts_with("name = \"hexpm\"\n"));
    let version = package.and_then(|package| package.split('"').nth(3)).expect("the crate is a dependency");
    Column::new("the crate hexpm", version)
}

impl Gleam {
    async fn new(registry: &Registry, user: &str) -> Self {
        let uri = |path| format!("{}/{path}/", registry.url()).parse().expect("an address");
        Self {
            config: Config { api_base: uri("api"), repository_base: uri("repo") },
            http: reqwest::Client::builder().no_proxy().build().expect("a client"),
            key: registry.user_key(user, "gleam").await,
            public_key: registry.public_key().await,
        }
    }

    async fn send(&self, request: http::Request<Vec<u8>>) -> http::Response<Vec<u8>> {
        let request = reqwest::Request::try_from(request).expect("a request that can be sent");
        let answer = self.http.execute(request).await.expect("an answer");
        let mut response = http::Response::new(Vec::new());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        *response.body_mut() = answer.bytes().await.expect("the whole answer").to_vec();
        response
    }

    async fn publish(&self, application: &Application, replace: bool) -> Result<(), ApiError> {
        let request =
            hexpm::api_publish_package_request(application.tarball(), &self.key, &self.config, replace);
        hexpm::api_publish_package_response(self.send(request).await)
    }

    /// The package as the registry has it, verified.
    async fn package(&self, name: &str) -> Result<hexpm::Package, ApiError> {
        let request = hexpm::repository_v2_get_package_request(name, None, &self.config);
        hexpm::repository_v2_get_package_response(self.send(request).await, self.public_key.as_bytes())
    }

    async fn tarball(&self, name: &str, version: &str, checksum: &[u8]) -> Result<Vec<u8>, ApiError> {
        let request = hexpm::repository_get_package_tarball_request(name, version, None, &self.config);
        hexpm::repository_get_package_tarball_response(self.send(request).await, checksum)
    }

    async fn retire(&self, name: &str, version: &str, message: Option<&str>) -> Result<(), ApiError> {
        let reason = RetirementReason::Security;
        let request =
            hexpm::api_retire_release_request(name, version, reason, message, &self.key, &self.config);
        hexpm::api_retire_release_response(self.send(request).await)
    }

    async fn unretire(&self, name: &str, version: &str) -> Result<(), ApiError> {
        let request = hexpm::api_unretire_release_request(name, version, &self.key, &self.config);
        hexpm::api_unretire_release_response(self.send(request).await)
    }

    async fn add_owner(&self, name: &str, owner: &str, level: OwnerLevel) -> Result<(), ApiError> {
        let request = hexpm::api_add_owner_request(name, owner, level, &self.key, &self.config);
        hexpm::api_add_owner_response(self.send(request).await)
    }

    async fn remove_owner(&self, name: &str, owner: &str) -> Result<(), ApiError> {
        let request = hexpm::api_remove_owner_request(name, owner, &self.key, &self.config);
        hexpm::api_remove_owner_response(self.send(request).await)
    }

    async fn transfer(&self, name: &str, owner: &str) -> Result<(), ApiError> {
        let request = hexpm::api_transfer_owner_request(name, owner, &self.key, &self.config);
        hexpm::api_transfer_owner_response(self.send(request).await)
    }

    async fn publish_docs(&self, name: &str, version: &str) -> Result<(), ApiError> {
        let archive = docs(&[("index.html", "<h1>leaf</h1>")]).to_vec();
        let request = hexpm::api_publish_docs_request(name, version, archive, &self.key, &self.config)?;
        hexpm::api_publish_docs_response(self.send(request).await)
    }

    async fn remove_docs(&self, name: &str, version: &str) -> Result<(), ApiError> {
        let request = hexpm::api_remove_docs_request(name, version, &self.key, &self.config)?;
        hexpm::api_remove_docs_response(self.send(request).await)
    }

    async fn revert(&self, name: &str, version: &str) -> Result<(), ApiError> {
        let request = hexpm::api_revert_release_request(name, version, &self.key, &self.config)?;
        hexpm::api_revert_release_response(self.send(request).await)
    }
}

#[tokio::test]
async fn publishes_fetches_and_reverts() {
    column()
        .all_work(
            &[
                Operation::AddRepository,
                Operation::Publish,
                Operation::Fetch,
                Operation::Revert,
                Operation::Info,
            ],
            async {
                let registry = Registry::start().await;
                let gleam = Gleam::new(&registry, "owner").await;
                let leaf = Application::new("leaf", "1.0.0");
                gleam.publish(&leaf, false).await.expect("leaf is published");
                let tree =
                    Application::new("tree", "0.1.0-rc.1").requires("hexpm", "leaf", ">= 1.0.0 and < 2.0.0");
                gleam.publish(&tree, false).await.expect("tree is published");

                let package = gleam.package("tree").await.expect("tree verifies");
                assert_eq!((package.name.as_str(), package.repository.as_str()), ("tree", "hexpm"));
                let [release] = package.releases.as_slice() else { panic!("{:?}", package.releases) };
                assert_eq!(release.version, Version::parse("0.1.0-rc.1").expect("a version"));
                assert_eq!(release.retirement_status, None);
                let dependency = &release.requirements["leaf"];
                assert!(!dependency.optional);
                assert_eq!(dependency.requirement.to_string(), ">= 1.0.0 and < 2.0.0");

                let tarball = gleam
                    .tarball("tree", "0.1.0-rc.1", &release.outer_checksum)
                    .await
                    .expect("its checksum is right");
                assert_eq!(tarball, tree.tarball());

                let request =
                    hexpm::api_get_package_release_request("tree", "0.1.0-rc.1", None, &gleam.config);
                let shown = hexpm::api_get_package_release_response(gleam.send(request).await)
                    .expect("the release is shown");
                assert_eq!(shown.outer_checksum, release.outer_checksum);
                assert_eq!(shown.meta.app, "tree");
                assert_eq!(shown.meta.build_tools, ["rebar3", "mix"]);
                assert_eq!(shown.requirements["leaf"].requirement, dependency.requirement);

                let request = hexpm::repository_v2_get_versions_request(None, &gleam.config);
                let versions = hexpm::repository_v2_get_versions_response(
                    gleam.send(request).await,
                    gleam.public_key.as_bytes(),
                );
                let versions = versions.expect("the versions verify");
                assert_eq!(versions["leaf"], [Version::new(1, 0, 0)]);
                assert_eq!(versions["tree"], std::slice::from_ref(&release.version));

                gleam.revert("tree", "0.1.0-rc.1").await.expect("tree is reverted");
                assert!(matches!(gleam.package("tree").await, Err(ApiError::NotFound)));
                assert!(matches!(
                    gleam.tarball("tree", "0.1.0-rc.1", &release.outer_checksum).await,
                    Err(ApiError::NotFound)
                ));
                assert!(matches!(gleam.revert("tree", "0.1.0-rc.1").await, Err(ApiError::NotFound)));
            },
        )
        .await;
}

#[tokio::test]
async fn replaces_only_when_asked_to() {
    column()
        .all_work(&[Operation::Replace], async {
            let registry = Registry::start().await;
            let gleam = Gleam::new(&registry, "owner").await;
            let leaf = Application::new("leaf", "1.0.0");
            gleam.publish(&leaf, false).await.expect("leaf is published");
            gleam.publish(&Application::new("twig", "1.0.0"), false).await.expect("twig is published");

            let changed = leaf.requires("hexpm", "twig", "~> 1.0");
            assert!(matches!(gleam.publish(&changed, false).await, Err(ApiError::NotReplacing)));
            gleam.publish(&changed, true).await.expect("leaf is replaced");
            let package = gleam.package("leaf").await.expect("leaf verifies");
            assert!(package.releases[0].requirements.contains_key("twig"));
            let tarball = gleam.tarball("leaf", "1.0.0", &package.releases[0].outer_checksum).await;
            assert_eq!(tarball.expect("its checksum is right"), changed.tarball());
        })
        .await;
}

#[tokio::test]
async fn retires_and_unretires() {
    column()
        .all_work(&[Operation::Retire], async {
            let registry = Registry::start().await;
            let gleam = Gleam::new(&registry, "owner").await;
            gleam.publish(&Application::new("leaf", "1.0.0"), false).await.expect("leaf is published");

            gleam.retire("leaf", "1.0.0", Some("it leaks")).await.expect("it is retired");
            let retired =
                gleam.package("leaf").await.expect("leaf verifies").releases[0].retirement_status.clone();
            let retired = retired.expect("it says that it is retired");
            assert_eq!((retired.reason, retired.message.as_str()), (RetirementReason::Security, "it leaks"));

            gleam.unretire("leaf", "1.0.0").await.expect("it is unretired");
            assert!(!gleam.package("leaf").await.expect("leaf verifies").releases[0].is_retired());
            gleam.retire("leaf", "1.0.0", None).await.expect("it is retired without a message");
            let retired =
                gleam.package("leaf").await.expect("leaf verifies").releases[0].retirement_status.clone();
            assert_eq!(retired.expect("it says that it is retired").message, "");
        })
        .await;
}

#[tokio::test]
async fn publishes_and_removes_documentation() {
    column()
        .all_work(&[Operation::Docs], async {
            let registry = Registry::start().await;
            let gleam = Gleam::new(&registry, "owner").await;
            gleam.publish(&Application::new("leaf", "1.0.0"), false).await.expect("leaf is published");
            assert!(matches!(gleam.publish_docs("leaf", "2.0.0").await, Err(ApiError::NotFound)));
            gleam.publish_docs("leaf", "1.0.0").await.expect("docs are published");
            let docs =
                registry.server.anonymous().get("/repo/docs/leaf-1.0.0.tar.gz").await.expect_status(200);
            assert_eq!(docs.body, skep_testkit::docs(&[("index.html", "<h1>leaf</h1>")]));
            gleam.remove_docs("leaf", "1.0.0").await.expect("docs are removed");
            registry.server.anonymous().get("/repo/docs/leaf-1.0.0.tar.gz").await.expect_status(404);
            assert!(matches!(gleam.remove_docs("leaf", "2.0.0").await, Err(ApiError::NotFound)));
        })
        .await;
}

#[tokio::test]
async fn owners_share_and_hand_over() {
    column()
        .all_work(&[Operation::Owners], async {
            let registry = Registry::start().await;
            let (owner, stranger) =
                (Gleam::new(&registry, "owner").await, Gleam::new(&registry, "stranger").await);
            owner.publish(&Application::new("leaf", "1.0.0"), false).await.expect("leaf is published");
            let next = Application::new("leaf", "1.1.0");
            assert!(matches!(stranger.publish(&next, false).await, Err(ApiError::Forbidden)));
            assert!(matches!(
                stranger.add_owner("leaf", "stranger", OwnerLevel::Full).await,
                Err(ApiError::Forbidden)
            ));

            owner.add_owner("leaf", "stranger", OwnerLevel::Maintainer).await.expect("the stranger is added");
            stranger.publish(&next, false).await.expect("a maintainer publishes");
            assert!(matches!(stranger.remove_owner("leaf", "owner").await, Err(ApiError::Forbidden)));
            owner.remove_owner("leaf", "stranger").await.expect("the stranger is removed");
            assert!(matches!(stranger.revert("leaf", "1.1.0").await, Err(ApiError::Forbidden)));

            owner.transfer("leaf", "stranger").await.expect("the package is handed over");
            assert!(matches!(owner.revert("leaf", "1.1.0").await, Err(ApiError::Forbidden)));
            stranger.revert("leaf", "1.1.0").await.expect("the new owner reverts");
        })
        .await;
}

#[tokio::test]
async fn refusals_are_understood() {
    column()
        .all_work(&[Operation::Authenticate], async {
            let registry = Registry::start().await;
            let mut gleam = Gleam::new(&registry, "owner").await;
            let leaf = Application::new("leaf", "1.0.0");
            gleam.publish(&leaf, false).await.expect("leaf is published");
            assert!(matches!(gleam.package("nothing").await, Err(ApiError::NotFound)));

            let other = gleam.public_key.clone();
            gleam.public_key =
                include_str!("../../../../hex-registry/tests/data/hexpm-public-key.pem").to_owned();
            assert!(matches!(gleam.package("leaf").await, Err(ApiError::IncorrectPayloadSignature)));
            gleam.public_key = other;
            assert!(matches!(
                gleam.tarball("leaf", "1.0.0", &[0; 32]).await,
                Err(ApiError::IncorrectChecksum)
            ));

            gleam.key = "0123456789abcdef0123456789abcdef".to_owned();
            assert!(matches!(gleam.publish(&leaf, true).await, Err(ApiError::InvalidApiKey)));
            assert!(matches!(gleam.retire("leaf", "1.0.0", None).await, Err(ApiError::InvalidCredentials)));
            assert!(matches!(gleam.revert("leaf", "1.0.0").await, Err(ApiError::InvalidApiKey)));
        })
        .await;
}

#[tokio::test]
async fn keys_are_made_and_revoked() {
    column()
        .all_work(&[Operation::Keys], async {
            let registry = Registry::start().await;
            let mut gleam = Gleam::new(&registry, "owner").await;
            let request = hexpm::api_create_api_key_request("owner", PASSWORD, "laptop", &gleam.config);
            let key = hexpm::api_create_api_key_response(gleam.send(request).await).expect("the key is made");
            gleam.key = key;
            gleam.publish(&Application::new("leaf", "1.0.0"), false).await.expect("the key publishes");
            let request = hexpm::api_remove_api_key_request("laptop", &gleam.key, &gleam.config);
            hexpm::api_remove_api_key_response(gleam.send(request).await).expect("the key is revoked");
            let next = gleam.publish(&Application::new("leaf", "1.1.0"), false).await;
            assert!(matches!(next, Err(ApiError::InvalidApiKey)));
        })
        .await;
}

/// It does not know organizations; but one has an address that looks like a server.
#[tokio::test]
async fn an_organization_is_an_address() {
    let registry = Registry::start().await;
    let mut gleam = Gleam::new(&registry, "owner").await;
    let uri = |path| format!("{}/{path}/", registry.url()).parse().expect("an address");
    gleam.config = Config { api_base: uri("api/repos/acme"), repository_base: uri("repo/repos/acme") };
    let twig = Application::new("twig", "1.0.0");
    gleam.publish(&twig, false).await.expect("twig is published");
    assert!(matches!(gleam.package("twig").await, Err(ApiError::NotFound)));
    let request = hexpm::repository_v2_get_package_request("twig", Some(&gleam.key), &gleam.config);
    let answer = gleam.send(request).await;
    let package = hexpm::repository_v2_get_package_response(answer, gleam.public_key.as_bytes());
    assert_eq!(package.expect("twig verifies").repository, "acme");
    gleam.revert("twig", "1.0.0").await.expect("twig is reverted");
}

#[test]
fn what_it_does_not_do() {
    for operation in [
        Operation::SignIn,
        Operation::TwoFactor,
        Operation::Policy,
        Operation::OrganizationKeys,
        Operation::Exchange,
        Operation::Search,
        Operation::OfflineCache,
    ] {
        column().has_no(operation, "the crate has no function for it");
    }
}
