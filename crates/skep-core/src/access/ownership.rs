//! Who owns a package well enough: the one place that says so. It looks nothing up, so that every question
//! about owners, whether asked to act, to make a key or by a key about itself, gets the same answer.

use skep_store::tables::owners::Owner;
use skep_store::tables::repositories::Repository;

use crate::principal::Principal;
use crate::role::Level;

/// Whether somebody owns a package of the repository with at least this level: as one of its owners, through
/// an organization that is one, or by the role in the organization of a private repository.
pub(crate) fn owns(principal: &Principal, repository: &Repository, owners: &[Owner], level: Level) -> bool {
    let member = principal.role_in(repository.organization_id);
    let by_role = !repository.is_public() && member.is_some_and(|role| role >= level.as_role());
    // The rights of a former member in a private package end with the membership.
    let counts = repository.is_public() || member.is_some();
    by_role
        || owners.iter().any(|owner| {
            let direct = owner.user_id == principal.acting_user_id()
                && Level::parse(&owner.level).is_some_and(|has| has >= level)
                && principal.highest_role() >= level.as_role();
            let through = owner.organization_id.and_then(|id| principal.role_in(id));
            counts && direct || through.is_some_and(|role| role >= level.as_role())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::principal::{Credential, Membership, OrganizationSubject, Subject, UserSubject};
    use crate::role::Role;

    const PUBLIC: i64 = 1;
    const ACME: i64 = 2;
    const UMBRELLA: i64 = 3;

    /// The user 10 with a role in acme, or without.
    fn user(role: Option<Role>) -> Principal {
        let membership = |role| Membership { organization_id: ACME, organization: "acme".into(), role };
        let subject = UserSubject {
            id: 10,
            username: "user".into(),
            email_verified: true,
            administrator: false,
            two_factor: false,
            memberships: role.into_iter().map(membership).collect(),
        };
        Principal { subject: Subject::User(subject), credential: Credential::Password }
    }

    /// acme itself, by a key of someone with this role.
    fn organization(role: Role) -> Principal {
        let subject =
            OrganizationSubject { id: ACME, name: "acme".into(), user_id: 20, role, maker_id: None };
        Principal { subject: Subject::Organization(subject), credential: Credential::Password }
    }

    fn owner(user_id: i64, organization_id: Option<i64>, level: Level) -> Owner {
        Owner { user_id, username: String::new(), organization_id, level: level.as_str().into() }
    }

    #[test]
    fn the_table() {
        use Level::{Full, Maintainer};
        use Role::{Admin, Read, Write};
        let none: &[Owner] = &[];
        let (full, maintainer) = (&[owner(10, None, Full)][..], &[owner(10, None, Maintainer)][..]);
        let by_acme = &[owner(20, Some(ACME), Full)][..];
        let somebodys = &[owner(11, None, Full), owner(21, Some(UMBRELLA), Full)][..];
        // Who, which repository's package, with which owners: the highest level that it comes to.
        type Line<'a> = (&'a str, Principal, i64, &'a [Owner], Option<Level>);
        let table: [Line<'_>; 23] = [
            ("a stranger", user(None), PUBLIC, none, None),
            ("not an owner", user(Some(Admin)), PUBLIC, somebodys, None),
            ("a full owner", user(None), PUBLIC, full, Some(Full)),
            ("a maintainer", user(None), PUBLIC, maintainer, Some(Maintainer)),
            ("a reader of an owner", user(Some(Read)), PUBLIC, by_acme, None),
            ("a writer of an owner", user(Some(Write)), PUBLIC, by_acme, Some(Maintainer)),
            ("an admin of an owner", user(Some(Admin)), PUBLIC, by_acme, Some(Full)),
            ("an owner as a reader's key", organization(Read), PUBLIC, by_acme, None),
            ("an owner as a writer's key", organization(Write), PUBLIC, by_acme, Some(Maintainer)),
            ("an owner as an admin's key", organization(Admin), PUBLIC, by_acme, Some(Full)),
            ("an organization that is none", organization(Admin), PUBLIC, somebodys, None),
            ("private: a stranger", user(None), ACME, none, None),
            ("private: a former member", user(None), ACME, full, None),
            ("private: a reader", user(Some(Read)), ACME, none, None),
            ("private: a reader who owns it", user(Some(Read)), ACME, full, Some(Full)),
            ("private: a reader who maintains it", user(Some(Read)), ACME, maintainer, Some(Maintainer)),
            ("private: a writer", user(Some(Write)), ACME, somebodys, Some(Maintainer)),
            ("private: a writer who owns it", user(Some(Write)), ACME, full, Some(Full)),
            ("private: an admin", user(Some(Admin)), ACME, none, Some(Full)),
            ("private: a reader's key", organization(Read), ACME, by_acme, None),
            ("private: a writer's key", organization(Write), ACME, none, Some(Maintainer)),
            ("private: an admin's key", organization(Admin), ACME, none, Some(Full)),
            ("private: another's admin", user(Some(Admin)), UMBRELLA, full, None),
        ];
        for (who, principal, organization_id, owners, highest) in table {
            let repository = Repository {
                id: organization_id,
                name: String::new(),
                organization_id,
                inserted_at: 0,
                updated_at: 0,
            };
            for level in [Maintainer, Full] {
                let expected = highest.is_some_and(|highest| highest >= level);
                assert_eq!(owns(&principal, &repository, owners, level), expected, "{who}: {level:?}");
            }
        }
    }
}
