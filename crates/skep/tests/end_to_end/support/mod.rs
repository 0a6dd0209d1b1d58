//! What the tests of the program stand on.

pub(crate) mod compatibility;
pub(crate) mod file_server;
mod home;
pub(crate) mod instance;
pub(crate) mod package;
mod packed;
pub(crate) mod process;
pub(crate) mod registry;
mod static_registry;

pub(crate) use compatibility::{Column, Operation};
pub(crate) use file_server::FileServer;
pub(crate) use home::Home;
pub(crate) use instance::{Instance, Server};
pub(crate) use package::Application;
pub(crate) use packed::Packed;
pub(crate) use process::Run;
pub(crate) use registry::Registry;
pub(crate) use static_registry::build_static;
