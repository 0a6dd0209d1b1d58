//! `skep package …`

mod diff;
mod fetch;
mod files;
pub(super) mod place;
pub(super) mod unpack;
mod verify;
mod versions;

use anyhow::Result;

use super::context::Context;
use super::{info, search};
use crate::args::PackageCommand;

pub(super) use unpack::unpack_docs;

pub(crate) fn run(context: &Context, command: PackageCommand) -> Result<()> {
    match command {
        PackageCommand::Fetch(args) => fetch::run(context, args),
        PackageCommand::Diff(args) => diff::run(context, args),
        PackageCommand::Files(args) => files::run(context, &args),
        PackageCommand::Verify(args) => verify::run(context, &args),
        PackageCommand::Versions(args) => versions::run(context, &args),
        PackageCommand::Info(args) => info::run(context, args),
        PackageCommand::Search(args) => search::run(context, &args),
    }
}
