//! One file for each page or small family of pages: read what was sent, ask the rules, show.

pub(super) mod account;
pub(super) mod consent;
pub(super) mod device;
pub(super) mod email;
pub(super) mod home;
pub(super) mod invites;
pub(super) mod login;
pub(super) mod password;
pub(super) mod proof;
mod scopes;
pub(super) mod second_factor;
pub(super) mod signup;
pub(super) mod two_factor;
