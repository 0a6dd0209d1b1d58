//! `skep package …`

mod fetch;
pub(super) mod place;
mod unpack;

use anyhow::Result;

use super::context::Context;
use crate::args::PackageCommand;

pub(crate) fn run(context: &Context, command: PackageCommand) -> Result<()> {
    match command {
        PackageCommand::Fetch(args) => fetch::run(context, args),
    }
}
