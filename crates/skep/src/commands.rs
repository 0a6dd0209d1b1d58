//! One module per command: take the arguments, ask [`skep_client`], print the result. No rule lives here.

pub(crate) mod admin;
mod build;
mod completions;
mod config;
mod connect;
pub(crate) mod context;
mod deps;
mod disconnect;
mod docs;
mod doctor;
mod done;
mod failure;
mod gleam;
mod info;
mod instance;
mod keys;
mod log;
mod man;
mod organization;
mod owner;
mod package;
mod publish;
mod registry;
mod repo;
mod retire;
mod revert;
mod review;
mod search;
pub(crate) mod serve;
mod server;
mod session;
mod snippets;
mod source;
mod trust;
mod user;

use skep_client::api::KeysOf;

use crate::args::{Cli, Command};
use context::Context;

/// Runs what was typed.
pub(crate) fn run(cli: Cli) -> anyhow::Result<()> {
    // Registries in folders and the server's own commands need none of the client's files.
    let command = match cli.command {
        Command::Completions(args) => return completions::run(&args),
        Command::Man(args) => return man::run(&args),
        Command::Serve(args) => return serve::run(*args),
        Command::Admin(args) => return admin::run(args),
        Command::Registry(command) => return registry::run(command),
        command => command,
    };
    let context = Context::new(&cli.server)?;
    match command {
        Command::Connect(args) => connect::run(&context, &args),
        Command::Disconnect(args) => disconnect::run(&context, &args),
        Command::Doctor(args) => doctor::run(&context, &args),
        Command::Snippets(args) => snippets::run(&context, &args),
        Command::Organization(command) => organization::run(&context, command),
        Command::Invitation(command) => organization::invitation(&context, command),
        Command::Instance(command) => instance::run(&context, command),
        Command::User(command) => user::run(&context, command),
        Command::Key(command) => keys::run(&context, &KeysOf::Caller, command),
        Command::Tfa(command) => user::two_factor::run(&context, command),
        Command::Session(command) => session::run(&context, command),
        Command::Server(command) => server::run(&context, command),
        Command::Owner(command) => owner::run(&context, command),
        Command::Retire(args) => retire::run(&context, args),
        Command::Unretire(args) => retire::unretire(&context, &args),
        Command::Info(args) => info::run(&context, args),
        Command::Search(args) => search::run(&context, &args),
        Command::Build(args) => build::run(args),
        Command::Publish(args) => publish::run(&context, &args),
        Command::Revert(args) => revert::run(&context, &args),
        Command::Package(command) => package::run(&context, command),
        Command::Docs(command) => docs::run(&context, command),
        Command::Deps(command) => deps::run(&context, command),
        Command::Gleam(command) => gleam::run(&context, command),
        Command::Outdated(args) => review::outdated::run(&context, &args),
        Command::Audit(args) => review::audit::run(&context, &args),
        Command::Policy(command) => review::policy::run(&context, command),
        Command::Repo(command) => repo::run(&context, command),
        Command::Config(args) => config::run(&context, args),
        Command::Completions(_)
        | Command::Man(_)
        | Command::Serve(_)
        | Command::Admin(_)
        | Command::Registry(_) => unreachable!("handled above"),
    }
}
