//! What end-to-end tests stand on: the real server on a random port with stores of its own, callers of every kind,
//! builders of real tarballs, a PostgreSQL to throw away.
//!
//! Everything goes over real HTTP into the real server. A test must never be able to reach what a client could not,
//! except for the few things that only an operator or the passing of time can do ([`TestServer`], [`Clock`]).
//!
//! ```no_run
//! use skep_testkit::{Package, TestServer, Who, World, both_engines};
//!
//! both_engines!(a_publish_is_visible);
//!
//! async fn a_publish_is_visible(server: TestServer) {
//!     let world = World::new(&server).await;
//!     world.by(Who::Owner).publish(&Package::new("tree", "1.0.0")).await.expect_status(201);
//!     world.by(Who::Anonymous).get("/repo/packages/tree").await.expect_status(200);
//! }
//! ```

mod answer;
mod browser;
mod client;
mod clock;
mod description;
mod engine;
mod mail;
mod package;
pub mod postgres;
mod server;
mod smtp;
mod stores;
pub mod tar;
mod totp;
mod world;

pub use answer::Answer;
pub use browser::Browser;
pub use client::{Client, MIX, Request};
pub use clock::Clock;
pub use engine::{Engine, SKIP_VARIABLE};
pub use mail::Mail;
pub use package::{Package, docs};
pub use server::{BUILD_SERVICE, MailTo, Options, TestServer};
pub use skep_core::Creators;
pub use smtp::{Answers, MailServer};
pub use totp::one_time_code;
pub use world::{ORGANIZATION, OTHER_ORGANIZATION, PASSWORD, Who, World};

/// Makes two test cases, `NAME::sqlite` and `NAME::postgres`, of each `async fn NAME(server: TestServer)`.
///
/// The PostgreSQL case fails without a PostgreSQL, unless the environment says that it may be left out
/// ([`SKIP_VARIABLE`]).
#[macro_export]
macro_rules! both_engines {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test]
            async fn sqlite() {
                super::$name($crate::TestServer::start($crate::Engine::Sqlite).await).await;
            }

            #[tokio::test]
            async fn postgres() {
                if $crate::Engine::Postgres.is_left_out() {
                    return;
                }
                super::$name($crate::TestServer::start($crate::Engine::Postgres).await).await;
            }
        }
    )+};
}
