//! The table of permissions: what each operation needs. This is the only place that says who may do
//! what; the choke point in `access` applies it.

use super::target::{
    Anything, Instance, KeysTarget, OrganizationTarget, OwnAccount, PackageTarget, PolicyTarget,
    RepositoryTarget,
};
use super::{Operation, Rule};
use crate::role::{Level, Role};

/// What of the API a credential must open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Nothing; the route has no guard.
    None,
    /// `api:read`.
    Read,
    /// `api:write`.
    Write,
    /// `api:write`, and not by an API key nor by a token that one was exchanged for: whoever finds a key must not be
    /// able to take over the account.
    Account,
    /// `api:write`, or a permission for the package in question.
    Package,
    /// Fetching from the repository in question.
    Fetch,
}

/// What the caller must be to the thing in question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Anyone.
    None,
    /// A user, not an organization.
    User,
    /// Member of the organization with at least this role. The organization `hexpm` can be read by all.
    Member(Role),
    /// Owner of the package with at least this level, or what counts as that.
    Owner(Level),
    /// An account that may administer the instance.
    Administrator,
}

macro_rules! operations {
    ($($(#[doc = $doc:literal])+ $name:ident: $target:ty = $credential:ident, $scope:expr, $relation:expr;)+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl Operation for $name {
                const NAME: &'static str = stringify!($name);
                const RULE: Rule = Rule {
                    credential: super::Presence::$credential,
                    scope: $scope,
                    relation: $relation,
                };
                type Target = $target;
            }
        )+

        /// Every operation with its rule, for documentation and tests.
        pub const ALL: &[(&str, Rule)] = &[$(($name::NAME, $name::RULE)),+];
    };
}

use Level::{Full, Maintainer};
use Relation::{Member, Owner};
use Role::{Admin, Read, Write};

operations! {
    /// See the own account.
    ShowMe: OwnAccount = Required, Scope::Read, Relation::User;
    /// See the own addresses, and which mails are wanted.
    ReadEmails: OwnAccount = Required, Scope::Read, Relation::User;
    /// Add, remove and choose addresses, choose mails.
    ChangeEmails: OwnAccount = Required, Scope::Account, Relation::User;
    /// Have another link mailed to an own address. Open to an unverified address.
    SendVerification: OwnAccount = Required, Scope::Write, Relation::User;
    /// Change the password.
    ChangePassword: OwnAccount = Required, Scope::Account, Relation::User;
    /// See whether the own account has a second factor.
    ShowTwoFactor: OwnAccount = Required, Scope::Read, Relation::User;
    /// Enable, change or disable the own second factor. Codes are checked by the rules, not by the gate.
    ChangeTwoFactor: OwnAccount = Required, Scope::Write, Relation::User;
    /// See any account. Only the deprecated route asks for it, the other one is open.
    ShowAccount: Anything = Required, Scope::Read, Relation::None;
    /// See which repositories there are for the caller.
    ListRepositories: Anything = Optional, Scope::Read, Relation::None;
    /// Read a repository through the API: itself, its packages, releases and owners.
    ReadRepository: RepositoryTarget = Optional, Scope::Read, Member(Read);
    /// See the packages of every repository that the caller may read.
    ListPackages: Anything = Optional, Scope::Read, Relation::None;
    /// Publish a release or replace one.
    Publish: PackageTarget = Required, Scope::Package, Owner(Maintainer);
    /// Delete a release.
    Revert: PackageTarget = Required, Scope::Package, Owner(Maintainer);
    /// Retire releases, or take that back.
    Retire: PackageTarget = Optional, Scope::Package, Owner(Maintainer);
    /// Upload or delete documentation.
    ChangeDocs: PackageTarget = Optional, Scope::Package, Owner(Maintainer);
    /// Add, change, transfer or remove owners.
    ChangeOwners: PackageTarget = Optional, Scope::Package, Owner(Full);
    /// List and see keys, of the caller or of an organization.
    ReadKeys: KeysTarget = Required, Scope::Read, Member(Read);
    /// See the own sessions.
    ReadSessions: OwnAccount = Required, Scope::Read, Relation::User;
    /// End own sessions.
    RevokeSessions: OwnAccount = Required, Scope::Write, Relation::User;
    /// Let a client act for the account, or refuse it; at a browser only.
    GrantAccess: OwnAccount = Required, Scope::Write, Relation::User;
    /// Make keys. The only guarded operation open to an unverified address.
    CreateKey: KeysTarget = Required, Scope::Write, Member(Write);
    /// Revoke keys.
    RevokeKeys: KeysTarget = Required, Scope::Write, Member(Write);
    /// See the organizations of the caller.
    ListOrganizations: Anything = Optional, Scope::Read, Relation::None;
    /// See an organization, its members and its audit log.
    ReadOrganization: OrganizationTarget = Optional, Scope::Read, Member(Read);
    /// Make an organization.
    CreateOrganization: OwnAccount = Required, Scope::Write, Relation::User;
    /// Limit the number of members. The reference asks for no more than `read`, which is a slip there.
    SetSeats: OrganizationTarget = Optional, Scope::Write, Member(Write);
    /// Rename or delete an organization.
    ManageOrganization: OrganizationTarget = Optional, Scope::Write, Member(Admin);
    /// Add, change and remove members.
    ChangeMembers: OrganizationTarget = Optional, Scope::Write, Member(Admin);
    /// See every account, with its addresses.
    ReadUsers: Instance = Required, Scope::Read, Relation::Administrator;
    /// Deactivate accounts, reset their second factors, end their sessions, make administrators.
    ChangeUsers: Instance = Required, Scope::Account, Relation::Administrator;
    /// Leave an organization.
    Leave: OrganizationTarget = Optional, Scope::Write, Member(Read);
    /// See invitations.
    ReadInvitations: OrganizationTarget = Optional, Scope::Read, Member(Admin);
    /// Make invitations and take them back.
    Invite: OrganizationTarget = Optional, Scope::Write, Member(Admin);
    /// See what an invitation is to.
    ShowInvitation: OwnAccount = Required, Scope::Read, Relation::User;
    /// Accept an invitation.
    AcceptInvitation: OwnAccount = Required, Scope::Write, Relation::User;
    /// Make, change and delete dependency policies.
    ChangePolicies: OrganizationTarget = Optional, Scope::Write, Member(Admin);
    /// Fetch a dependency policy. A public one is open to everyone.
    FetchPolicy: PolicyTarget = Optional, Scope::Fetch, Member(Read);
    /// See what only those who administer the instance may see.
    ReadInstance: Instance = Required, Scope::Read, Relation::Administrator;
    /// Reserve names of packages and give them free.
    ReserveNames: Instance = Required, Scope::Write, Relation::Administrator;
    /// Fetch registry resources, tarballs and documentation.
    Fetch: RepositoryTarget = Optional, Scope::Fetch, Member(Read);
}
